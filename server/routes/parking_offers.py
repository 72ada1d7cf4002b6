"""What would be: what staying longer costs, how many wait before one, when a shared space is open and who has reserved it."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from parking.changes import wrong_state
from parking.model import State
from parking.quotes import AskLonger, quote_longer
from parking.records import Interval, Quote, Reservation
from parking.refusals import Refusal
from parking.waiting import MOST_LOOKED_AT
from parking.windows import openings, unknown_from
from server.answers import JSON
from server.parking import shares
from server.parking.commands import new_id
from server.parking.desk import refusal_problem, see
from server.parking.messages import Moment, decoded, seconds
from server.parking.offer_schemas import Openings, WaitingPlace
from server.parking.schemas import QuoteView, body_of_message
from server.parking.short_cut import LARGEST
from server.parking.store import ServiceUnit
from server.parking.views import encode, moment, quote_view, span_view
from server.problems import responses
from server.routes.common import body_of
from server.routes.parking_access import Bearer, citizen
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking"])
_PRIVATE = {"cache-control": "no-store"}
_DAY = 86_400
_LONGER = {
    "type": "object", "required": ["to"], "additionalProperties": False,
    "properties": {"to": {"type": "string", "format": "date-time"}},
}  # fmt: skip


class Longer(msgspec.Struct, forbid_unknown_fields=True, rename={"end": "to"}):
    """Until when."""

    end: Moment


@router.post(
    "/reservations/{reservation_id}/extension-quote", status_code=201, response_model=QuoteView,
    responses=responses(400, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=body_of_message(_LONGER, {"to": "2026-11-27T11:00:00+08:00"}),
)  # fmt: skip
async def quote_extension(request: Request, reservation_id: str, _bearer: Bearer) -> Response:
    """What staying until `to` costs on top, frozen for a quarter of an hour: `extend` takes its id."""
    body = await body_of(request, LARGEST, "a moment is short")
    caller, parking, said = citizen(request, body), runtime_of(request).parking, decoded(Longer, body)
    ask = AskLonger(new_id(parking.clock()), caller.client, reservation_id, seconds(said.end))

    def rule(unit: ServiceUnit, now: int) -> Quote:
        return quote_longer(unit, ask, now, parking.rules)

    try:
        quote = await parking.run_rule(rule)
    except Refusal as refused:
        raise refusal_problem(refused) from None
    return Response(encode(quote_view(quote)), 201, _PRIVATE, JSON)


@router.get("/reservations/{reservation_id}/waiting", response_model=WaitingPlace, responses=responses(401, 403, 404, 409, 422, 503))
async def see_waiting_place(request: Request, reservation_id: str, _bearer: Bearer) -> Response:
    """How many wait before one's own entry of a waiting list for the same kind of place and a time that meets it."""
    caller, parking = citizen(request), runtime_of(request).parking

    def question(unit: ServiceUnit, now: int) -> dict[str, Any]:
        found = see(unit, reservation_id, caller.client)
        if found.state is not State.WAITING:
            raise refusal_problem(wrong_state(found, "waited for"))
        before = [one for one in unit.waiting(found.lot_id, found.wanted, MOST_LOOKED_AT) if one.kind is found.kind]
        ahead = next((k for k, one in enumerate(before) if one.id == found.id), len(before))
        return {"reservation_id": found.id, "ahead": ahead, "at": moment(now)}

    return Response(encode(await parking.read(question)), headers=_PRIVATE, media_type=JSON)


@router.get("/shares/{share_id}/openings", response_model=Openings, responses=responses(401, 403, 404, 422, 503))
async def list_openings(
    request: Request, share_id: str, _bearer: Bearer, days: Annotated[int, Query(ge=1, le=62, description="from today")] = 14
) -> Response:
    """When one's own shared space is really open in the next days (调休 and exceptions included), and who has reserved it when."""
    caller, parking = citizen(request), runtime_of(request).parking

    def question(unit: ServiceUnit, now: int) -> dict[str, Any]:
        try:
            window = shares.find(unit, caller.client, share_id)
        except Refusal as refused:
            raise refusal_problem(refused) from None
        place = unit.place(window.place_id)
        lot = unit.lot(place.lot_id) if place else None
        zone = lot.timezone if lot else "Asia/Shanghai"
        span = Interval(now, now + days * _DAY)
        usable = openings(window, span, zone) if window.active else []
        unknown = unknown_from(window, span, zone) if window.active else None
        theirs = [one for one in unit.claimants(window.place_id, span) if one.window_id == window.id and one.blocks(now)]
        return {
            "share_id": window.id, **span_view(span), "openings": [span_view(one) for one in usable], "unknown_from": moment(unknown),
            "reserved": [_reserved(one) for one in theirs],
        }  # fmt: skip

    return Response(encode(await parking.read(question)), headers=_PRIVATE, media_type=JSON)


def _reserved(one: Reservation) -> dict[str, Any]:
    return {**span_view(one.wanted), "state": one.state.value, "plate": one.plate.masked}
