"""Parking for operators: a car park, or a part of it, closed for a time. It needs a key with the scope `parking`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from parking.closures import Closing, Foreseen, close, nights, preview, reopen
from parking.records import Closure, Interval, Lot
from parking.refusals import Refusal
from server.answers import JSON
from server.parking.commands import new_id
from server.parking.desk import refusal_problem
from server.parking.messages import decoded, invalid, seconds
from server.parking.operator_messages import ClosureIn
from server.parking.operator_schemas import ClosingView, ClosureList
from server.parking.schemas import body_of_message
from server.parking.service import Parking
from server.parking.short_cut import LARGEST
from server.parking.views import encode, moment, span_view
from server.problems import ProblemException, responses
from server.routes.common import body_of, unknown
from server.routes.parking_access import Key, operator
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking operators"])
_WRONG = responses(400, 401, 403, 404, 409, 413, 422, 503)
_NIGHTS = {"first_day": "2027-03-01", "last_day": "2027-03-05", "start": "22:00", "end": "06:00"}
_BODY = body_of_message({"$ref": "#/components/schemas/ClosureIn"}, {"nights": _NIGHTS, "reason": "路面施工"})


@router.get("/lots/{lot_id}/closures", response_model=ClosureList, responses=responses(401, 403, 404, 422, 503))
async def list_closures(request: Request, lot_id: str, _key: Key) -> Response:
    """Those that are not over."""
    operator(request)
    lot = await _lot(runtime_of(request).parking, lot_id)
    return _json({"closures": [_view(lot.id, one) for one in lot.closures]})


@router.post("/lots/{lot_id}/closures", status_code=201, response_model=ClosingView, responses=_WRONG, openapi_extra=_BODY)
async def close_lot(request: Request, lot_id: str, _key: Key) -> Response:
    """Close it for spans or nights. Who had confirmed such a time is offered another place, or all the money back; who is there stays.
    It is refused (409 too_late) where somebody has reserved for less than a day ahead, unless it is urgent."""
    parking = runtime_of(request).parking
    closure, urgent = await _asked(request, lot_id)
    closing = await _run(parking, lambda unit, now: close(unit, lot_id, closure, urgent, now, parking.rules))
    await parking.reload()
    return _closing(lot_id, closing, 201)


@router.post("/lots/{lot_id}/closures/preview", response_model=ClosingView, responses=_WRONG, openapi_extra=_BODY)
async def preview_closing(request: Request, lot_id: str, _key: Key) -> Response:
    """What closing it would do to those who have reserved; nothing of it is kept."""
    parking = runtime_of(request).parking
    closure, urgent = await _asked(request, lot_id)
    try:
        await _run(parking, lambda unit, now: preview(unit, lot_id, closure, urgent, now, parking.rules))
    except Foreseen as foreseen:
        return _closing(lot_id, foreseen.closing, 200)
    raise AssertionError("a preview ends in what it foresaw")


@router.delete("/lots/{lot_id}/closures/{closure_id}", status_code=204, responses=responses(401, 403, 404, 422, 503))
async def open_again(request: Request, lot_id: str, closure_id: str, _key: Key) -> Response:
    """Open it again at once. Who was moved stays moved."""
    operator(request)
    parking = runtime_of(request).parking
    if await _run(parking, lambda unit, _now: reopen(unit, lot_id, closure_id)) is None:
        raise ProblemException(404, "unknown_closure", f"the car park {lot_id!r} has no closing {closure_id!r}")
    await parking.reload()
    return Response(status_code=204)


async def _asked(request: Request, lot_id: str) -> tuple[Closure, bool]:
    operator(request)
    said, parking = decoded(ClosureIn, await body_of(request, LARGEST, "a closing is short")), runtime_of(request).parking
    lot = await _lot(parking, lot_id)
    spans = [Interval(seconds(one.start), seconds(one.end)) for one in said.spans]
    try:
        if said.nights is not None:
            one = said.nights
            spans += nights(one.first_day, one.last_day, one.days, _minute(one.start), _minute(one.end), lot.timezone)
    except Refusal as refused:
        raise refusal_problem(refused) from None
    if not spans:
        raise invalid("/body", "names no time: send `spans` or `nights`")
    if said.stalls is not None and said.place_id is None:
        raise invalid("/body/stalls", "are those of a place: name its `place_id`")
    new = new_id(parking.clock())
    return Closure(new, tuple(spans), said.place_id or "", said.stalls or 0, said.reason), said.urgent


async def _lot(parking: Parking, lot_id: str) -> Lot:
    lot = await parking.read(lambda unit, _now: unit.lot(lot_id))
    if lot is None:
        raise unknown("lot", lot_id)
    return lot


async def _run(parking: Parking, rule: Any) -> Any:
    try:
        return await parking.run_rule(rule)
    except Refusal as refused:
        raise refusal_problem(refused) from None


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _view(lot_id: str, one: Closure) -> dict[str, Any]:
    return {
        "id": one.id, "lot_id": lot_id, "place_id": one.place_id or None, "stalls": one.stalls or None,
        "spans": [span_view(span) for span in one.spans], "reason": one.reason, "created_at": moment(one.created), "waits": one.waits,
    }  # fmt: skip


def _closing(lot_id: str, closing: Closing, status: int) -> Response:
    effects = [
        {"reservation_id": one.reservation_id, **span_view(Interval(one.start, one.end)), "before": one.before.value,
         "after": one.after.value, "place_id": one.place_id, "refunded": one.refunded} for one in closing.effects
    ]  # fmt: skip
    return _json({**_view(lot_id, closing.closure), "effects": effects}, status)


def _json(value: Any, status: int = 200) -> Response:
    return Response(encode(value), status, {"cache-control": "no-store"}, JSON)
