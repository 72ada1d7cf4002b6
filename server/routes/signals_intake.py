"""Signal events, control states and lane counts in. All need a key with the scope `signals`."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request, Response

from feeds.errors import FeedError
from feeds.signals.counters import SignalCounters
from feeds.signals.hires import read_events
from server.answers import JSON
from server.auth import ApiKey
from server.problems import ProblemException, responses
from server.routes.common import body_of, require
from server.runtime import Runtime, runtime_of
from server.signals.inbox import InboxFull
from server.signals.schemas import SignalsAccepted

router = APIRouter(prefix="/v1/signals", tags=["signals"])
Take = Callable[[Runtime, bytes], SignalCounters]


@router.post("/events", status_code=202, response_model=SignalsAccepted, responses=responses(400, 401, 403, 413, 415, 503))
async def post_events(request: Request, _key: Annotated[ApiKey, Depends(require("signals"))]) -> Response:
    """Take in hi-res events (Indiana enumeration): a JSON array, NDJSON or CSV."""
    return await _take(request, _events)


def _events(runtime: Runtime, raw: bytes) -> SignalCounters:
    signals = runtime.signals
    events, counters = read_events(io.BytesIO(raw), signals.inventory)
    signals.inbox.put_events(int(runtime.clock() * 1000), events, counters)
    return counters


async def _take(request: Request, take: Take) -> Response:
    """Read, decode, put in the inbox; answer what became of it."""
    runtime = runtime_of(request)
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemException(415, "unsupported_encoding", "the body must come without Content-Encoding")
    try:
        counters = take(runtime, await body_of(request, runtime.settings.body_bytes, "send it in several requests"))
    except FeedError as wrong:
        raise ProblemException(400, "not_signals", str(wrong)) from None
    except InboxFull:
        detail = "the signal engine is behind and nothing of this request was taken; send it again"
        raise ProblemException(503, "inbox_full", detail, headers={"retry-after": "1"}) from None
    return Response(_receipt(counters), 202, media_type=JSON)


def _receipt(counters: SignalCounters) -> bytes:
    errors = [{"pointer": "/".join(filter(None, (one.where, one.field))), "detail": one.detail} for one in counters.examples]
    told = {"accepted": counters.accepted, "refused": counters.refused, "unknown_codes": counters.unknown_codes, "errors": errors}
    return orjson.dumps(told)
