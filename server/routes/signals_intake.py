"""Signal events, control states and lane counts in. All need a key with the scope `signals`.

A body is taken whole or, when the engine is behind, not at all (503, to be sent again). Within one, each item that cannot be used is
refused by itself, counted and told.
"""

from __future__ import annotations

import asyncio
import io
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Query, Request, Response

from feeds.errors import FeedError
from feeds.signals.counters import SignalCounters
from feeds.signals.gat1049_json import decode_reports
from feeds.signals.gat1049_xml import decode_xml
from feeds.signals.hires import read_events
from feeds.signals.hires_json import decode_events
from feeds.signals.json_bodies import CONTENTS
from feeds.signals.reports import Decoded
from feeds.signals.vendor_codes import VendorCodes
from server.answers import JSON
from server.auth import ApiKey
from server.problems import ProblemException, responses
from server.routes.common import body_of, require
from server.runtime import runtime_of
from server.signals.inbox import InboxFull
from server.signals.schemas import SignalsAccepted
from server.signals.service import SignalService
from server.signals.vendors import chosen_vendor
from signals.inventory import Inventory
from signals.kernels.columns import EventColumns

router = APIRouter(prefix="/v1/signals", tags=["signals"])
Key = Annotated[ApiKey, Depends(require("signals"))]
Vendor = Annotated[
    str | None,
    Query(max_length=100, description="numbering of codes and modes: `gat1049` without it, `openatc`, … or one of `signals/vendors/`"),
]
_BESIDE = 64 * 1024
"""bytes from which on a body is decoded in a thread: the loop would stand still for some milliseconds"""
_XML = ("application/xml", "text/xml")
_ERRORS = responses(400, 401, 403, 413, 415, 422, 503)
_EVENT = {
    "type": "object",
    "required": ["device_id", "event_code"],
    "properties": {
        "timestamp_unix": {"type": "number", "description": "epoch s by the controller's clock; or `timestamp`, epoch s or RFC 3339"},
        "device_id": {"type": "string", "description": "controller in the inventory"},
        "event_code": {"type": "integer", "description": "Indiana Traffic Signal Hi Resolution Data Logger Enumerations"},
        "parameter": {"type": "integer", "description": "phase, detector channel, plan: what the code says it is"},
    },
}
_STATE = {
    "type": "object",
    "properties": {
        "cross_id": {"type": "string", "description": "intersection or controller in the inventory"},
        "at": {"type": "string", "format": "date-time"},
        "online": {"type": "boolean"},
        "mode": {"type": ["integer", "string"], "description": "control mode, GA/T 1049.2 unless `mode_std` names another numbering"},
        "plan_no": {"type": "integer"},
        "cycle_s": {"type": "number", "description": "s, of the cycle that ended"},
    },
}
_COUNT = {
    "type": "object",
    "properties": {
        "approach_id": {"type": "string"},
        "start": {"type": "string", "format": "date-time"},
        "end": {"type": "string", "format": "date-time"},
        "volume": {"type": "number", "description": "vehicles in the interval"},
    },
}
_EVENT_1 = {"timestamp_unix": 1795354205.4, "device_id": "C-0302", "event_code": 1, "parameter": 2}
_STATE_1 = {"cross_id": "ZQ-0302", "at": "2026-11-22T21:30:05+08:00", "online": True, "mode": 23, "plan_no": 4, "cycle_s": 92}
_COUNT_1 = {"approach_id": "C-0302-1a", "start": "2026-11-22T21:15:00+08:00", "end": "2026-11-22T21:30:00+08:00", "volume": 141}


def _body(item: dict[str, Any], example: dict[str, Any], *others: str) -> dict[str, Any]:
    """What OpenAPI says of a body."""
    content: dict[str, Any] = {
        "application/json": {"schema": {"type": "array", "items": item}, "example": [example]},
        "application/x-ndjson": {"schema": item, "example": example},
        **{kind: {"schema": {"type": "string"}} for kind in others},
    }
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/events", status_code=202, response_model=SignalsAccepted, responses=_ERRORS,
    openapi_extra=_body(_EVENT, _EVENT_1, "text/csv", "application/vnd.apache.parquet"),
)  # fmt: skip
async def post_events(request: Request, _key: Key, vendor: Vendor = None) -> Response:
    """Take in hi-res events: a JSON array, NDJSON, or a recorded file as CSV or Parquet.

    Codes that no table explains are kept and counted. Clocks are followed and put right by the time of receipt.
    """
    service, received = _service(request), _received(request)
    body, kind = await _whole(request), _kind(request)
    try:
        beside = len(body) > _BESIDE
        given = (body, kind, service.inventory, chosen_vendor(vendor, service.source.vendors))
        events, counters = await asyncio.to_thread(_events, *given) if beside else _events(*given)
        service.inbox.put_events(received, events, counters)
    except (FeedError, InboxFull) as wrong:
        raise _problem(wrong) from None
    return _receipt(counters)


@router.post(
    "/states", status_code=202, response_model=SignalsAccepted, responses=_ERRORS, openapi_extra=_body(_STATE, _STATE_1, *_XML)
)
async def post_states(request: Request, _key: Key, vendor: Vendor = None) -> Response:
    """Take in control states: plain ones, or objects of GA/T 1049.2 (CrossState, CrossModePlan, CrossCycle, CrossStage,
    CrossSignalGroupStatus, …) as JSON under their names or as XML messages. Lane counts among them are taken too.
    """
    return await _reports(request, "states", vendor)


@router.post(
    "/counts", status_code=202, response_model=SignalsAccepted, responses=_ERRORS, openapi_extra=_body(_COUNT, _COUNT_1, *_XML)
)
async def post_counts(request: Request, _key: Key, vendor: Vendor = None) -> Response:
    """Take in lane counts: plain ones by approach, or CrossTrafficData of GA/T 1049.2 as JSON or XML."""
    return await _reports(request, "counts", vendor)


async def _reports(request: Request, name: str, vendor: str | None) -> Response:
    service, received = _service(request), _received(request)
    body, kind = await _whole(request), _kind(request)
    source = service.source._replace(vendor=chosen_vendor(vendor, service.source.vendors))
    try:
        decoded: Decoded = (
            decode_xml(body, source, received)
            if kind in _XML
            else decode_reports(body, source, received, name=name, content=CONTENTS.get(kind))
        )
        service.inbox.put_reports(received, decoded, name)
    except (FeedError, InboxFull) as wrong:
        raise _problem(wrong) from None
    return _receipt(decoded.counters)


def _events(body: bytes, kind: str, inventory: Inventory, vendor: VendorCodes) -> tuple[EventColumns, SignalCounters]:
    if kind == "text/csv":
        return read_events(io.BytesIO(body), inventory, vendor=vendor)
    return decode_events(body, inventory, content=CONTENTS.get(kind), vendor=vendor)


def _service(request: Request) -> SignalService:
    return runtime_of(request).signals


def _received(request: Request) -> int:
    return int(runtime_of(request).clock() * 1000)


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _whole(request: Request) -> bytes:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemException(415, "unsupported_encoding", "the body must come without Content-Encoding")
    return await body_of(request, runtime_of(request).settings.body_bytes, "send it in several requests")


def _problem(wrong: FeedError | InboxFull) -> ProblemException:
    if isinstance(wrong, FeedError):
        return ProblemException(400, "not_signals", str(wrong))
    detail = "the signal engine is behind and nothing of this request was taken; send it again"
    return ProblemException(503, "inbox_full", detail, headers={"retry-after": "1"})


def _receipt(counters: SignalCounters) -> Response:
    errors = [{"pointer": "/".join(filter(None, (one.where, one.field))), "detail": one.detail} for one in counters.examples]
    told = {
        "accepted": counters.accepted, "refused": counters.refused, "unknown_codes": counters.unknown_codes,
        "unknown_modes": counters.unknown_modes, "left_unknown": counters.left_unknown, "errors": errors,
    }  # fmt: skip
    return Response(orjson.dumps(told), 202, media_type=JSON)
