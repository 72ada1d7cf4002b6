"""Parking for operators: barriers' events that matched nothing, corrections by hand, counts of vehicles, stays of long ago.

All of it needs a key with the scope `parking`. Plates are masked.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from parking.passages import Heard, Passage
from parking.records import Interval
from parking.refusals import Refusal
from server.answers import JSON
from server.paging import DEFAULT_LIMIT
from server.parking.counting import set_by_hand
from server.parking.cursors import Cursor
from server.parking.desk import refusal_problem
from server.parking.gate_desk import amend_rule, confirm_rule, heard_view, hour_view, open_events, settle_rule
from server.parking.lot_availability import now_view
from server.parking.messages import Nothing, decoded, invalid, seconds
from server.parking.operator_messages import CorrectionIn, CountIn, ProposalIn, RefusalIn
from server.parking.operator_schemas import CountsView, GateEventList, GateEventView, StayHours
from server.parking.schemas import body_of_message
from server.parking.service import Parking
from server.parking.short_cut import LARGEST
from server.parking.store import Rule
from server.parking.views import encode, moment
from server.problems import ProblemException, responses
from server.routes.common import Limit, body_of, unknown
from server.routes.parking_access import Key, operator
from server.routes.parking_times import Instant
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking operators"])
_READ, _WRONG = responses(401, 403, 404, 422, 503), responses(400, 401, 403, 404, 409, 413, 422, 503)
_LONGEST = 366 * 86_400
_EVENT = "/lots/{lot_id}/gate-events/{event_id}"
_PROPOSAL = {"proposal_id": "demo-station/gate1-000016"}
_PLATE = {"plate": {"text": "鲁A12345", "color": "blue"}}


def _message(name: str, example: Any) -> dict[str, Any]:
    return body_of_message({"$ref": f"#/components/schemas/{name}"}, example)


@router.get("/gate-events", response_model=GateEventList, responses=_READ)
async def list_gate_events(
    request: Request,
    _key: Key,
    lot_id: Annotated[str | None, Query(max_length=64, description="of this car park alone")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    """Events of barriers that people must look at, newest first: exits without entry, entries without exit, plates that were not read
    or may be one character off, reservations that could not be checked in."""
    operator(request)
    parking = runtime_of(request).parking
    if lot_id is not None:
        _known(parking, lot_id)
    return _json(await parking.read(lambda unit, _now: open_events(unit, lot_id or "", limit, cursor)))


@router.post(f"{_EVENT}/confirm", response_model=GateEventView, responses=_WRONG, openapi_extra=_message("ProposalIn", _PROPOSAL))
async def confirm_proposal(request: Request, lot_id: str, event_id: str, _key: Key) -> Response:
    """It was the vehicle that is proposed: the event is corrected to its plate, and stays and counts with it."""
    said, parking = decoded(ProposalIn, await _body(request)), runtime_of(request).parking
    return await _done(parking, confirm_rule(parking.means, f"{lot_id}/{event_id}", said.proposal_id))


@router.post(f"{_EVENT}/refuse", response_model=GateEventView, responses=_WRONG, openapi_extra=_message("RefusalIn", _PROPOSAL))
async def refuse_proposal(request: Request, lot_id: str, event_id: str, _key: Key) -> Response:
    """It was not that vehicle; without a `proposal_id` none of them, and the event is settled."""
    said, parking = decoded(RefusalIn, await _body(request)), runtime_of(request).parking
    return await _done(parking, settle_rule(f"{lot_id}/{event_id}", said.proposal_id or ""))


@router.post(f"{_EVENT}/correct", response_model=GateEventView, responses=_WRONG, openapi_extra=_message("CorrectionIn", _PLATE))
async def correct_gate_event(request: Request, lot_id: str, event_id: str, _key: Key) -> Response:
    """The plate as a person reads it, and the time if it was told wrong. What the event did is undone first."""
    said, parking = decoded(CorrectionIn, await _body(request)), runtime_of(request).parking
    try:
        plate = None if said.plate is None else parking.means.plate(said.plate, "")
    except Refusal as refused:
        raise refusal_problem(refused) from None
    at = None if said.at is None else seconds(said.at)
    return await _done(parking, amend_rule(parking.means, f"{lot_id}/{event_id}", Passage.CORRECTION, plate, at))


@router.post(f"{_EVENT}/void", response_model=GateEventView, responses=_WRONG, openapi_extra=_message("Nothing", {}))
async def void_gate_event(request: Request, lot_id: str, event_id: str, _key: Key) -> Response:
    """It never happened: what it did is undone."""
    decoded(Nothing, await _body(request))
    parking = runtime_of(request).parking
    return await _done(parking, amend_rule(parking.means, f"{lot_id}/{event_id}", Passage.VOID, None, None))


@router.get("/lots/{lot_id}/counts", response_model=CountsView, responses=_READ)
async def get_counts(request: Request, lot_id: str, _key: Key) -> Response:
    """Vehicles inside: as reported, as barriers count, and how far these drift."""
    operator(request)
    parking = runtime_of(request).parking
    _known(parking, lot_id)
    return await _counts(parking, lot_id)


@router.post("/lots/{lot_id}/counts", response_model=CountsView, responses=_WRONG, openapi_extra=_message("CountIn", {"occupied": 87}))
async def set_counts(request: Request, lot_id: str, _key: Key) -> Response:
    """Vehicles that people counted: the derived count goes on from there. An older count than is known changes nothing."""
    said, parking = decoded(CountIn, await _body(request)), runtime_of(request).parking
    _known(parking, lot_id)
    at = parking.now() if said.at is None else seconds(said.at)
    if not 0 <= at <= parking.now():
        raise invalid("/body/at", "lies in the future, or before 1970")
    await parking.run_rule(lambda unit, _now: set_by_hand(unit, lot_id, said.occupied, at))
    await parking.counting.catch_up()
    parking.counting.inside.counted(lot_id, said.occupied, at)
    return await _counts(parking, lot_id)


@router.get("/lots/{lot_id}/stays", response_model=StayHours, responses=_READ)
async def get_stays(
    request: Request,
    lot_id: str,
    _key: Key,
    start: Annotated[Instant, Query(alias="from", description="RFC 3339 with offset")],
    end: Annotated[Instant, Query(alias="to", description="RFC 3339 with offset; at most 366 days later")],
) -> Response:
    """How many stays began in each hour, of those whose plates are forgotten."""
    operator(request)
    parking = runtime_of(request).parking
    _known(parking, lot_id)
    span = Interval(seconds(start), seconds(end))
    if not 0 <= span.start < span.end <= span.start + _LONGEST:
        detail = "must lie after `from`, at most 366 days"
        raise ProblemException(422, "invalid_request", f"to {detail}", [{"pointer": "/query/to", "detail": detail}])
    hours = await parking.read(lambda unit, _now: unit.stays_by_hour(lot_id, span))
    return _json({"lot_id": lot_id, "hours": [hour_view(one) for one in hours]})


async def _body(request: Request) -> bytes:
    operator(request)
    return await body_of(request, LARGEST, "this message is short")


async def _done(parking: Parking, rule: Rule[Heard]) -> Response:
    heard = await parking.run_rule(rule)
    await parking.counting.catch_up()
    return _json(heard_view(heard))


async def _counts(parking: Parking, lot_id: str) -> Response:
    catalogue, seen = parking.catalogue, parking.counting.inside.at(parking.now())
    view = await parking.read(lambda unit, now: now_view(unit, catalogue, catalogue.lots[lot_id], seen, now))
    return _json({"lot_id": lot_id, **view, "as_of": moment(parking.now())})


def _known(parking: Parking, lot_id: str) -> None:
    parking.now()  # 503 before anything is known
    if lot_id not in parking.catalogue.lots:
        raise unknown("lot", lot_id)


def _json(value: Any) -> Response:
    return Response(encode(value), 200, {"cache-control": "no-store"}, JSON)
