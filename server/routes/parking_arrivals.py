"""For who stands at the barrier: whom a car park expects and has inside, and what a plate in front of it has reserved."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from parking.plates import read
from parking.records import Interval, Reservation
from parking.refusals import Refusal
from server.answers import JSON
from server.paging import DEFAULT_LIMIT
from server.parking import cursors
from server.parking.desk import refusal_problem
from server.parking.messages import PlateText, decoded
from server.parking.reservation_lists import of_lot
from server.parking.schemas import ReservationList, body_of_message
from server.parking.short_cut import LARGEST
from server.parking.store import ServiceUnit
from server.parking.views import encode, reservation_view
from server.problems import responses
from server.routes.common import Limit, body_of, unknown
from server.routes.parking_access import Key, operator
from server.routes.parking_times import From, To, interval_of
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking/lots", tags=["parking operators"])
_PRIVATE = {"cache-control": "no-store"}
_DAY = 86_400
_PLATE = {"text": "鲁A12345", "color": "blue"}


@router.get("/{lot_id}/reservations", response_model=ReservationList, responses=responses(401, 403, 404, 422, 503))
async def list_lot_reservations(
    request: Request, lot_id: str, _key: Key, start: From = None, end: To = None, limit: Limit = DEFAULT_LIMIT,
    cursor: cursors.Cursor = None,
) -> Response:  # fmt: skip
    """Everything that has a place of the car park at that time (a day from now without `from` and `to`), by start; plates masked."""
    operator(request)
    parking, after = runtime_of(request).parking, cursors.take(cursor, int, str)
    wanted = interval_of(parking.now(), start, end, _DAY)
    if lot_id not in parking.catalogue.lots:
        raise unknown("lot", lot_id)
    found = await parking.read(lambda unit, _now: of_lot(unit, parking.catalogue.places(lot_id), wanted, after, limit + 1))
    following = cursors.give(found[limit - 1].wanted.start, found[limit - 1].id) if len(found) > limit else None
    return _answer(found[:limit], following)


@router.post(
    "/{lot_id}/plate-lookup", response_model=ReservationList, responses=responses(400, 401, 403, 404, 413, 422, 503),
    openapi_extra=body_of_message({"$ref": "#/components/schemas/PlateText"}, _PLATE),
)  # fmt: skip
async def look_up_plate(request: Request, lot_id: str, _key: Key) -> Response:
    """What this plate has here, inside or in the coming day. The plate stands in the body, so that no log keeps it."""
    operator(request)
    said = decoded(PlateText, await body_of(request, LARGEST, "a plate is short"))
    parking = runtime_of(request).parking
    try:
        key = parking.means.plates.key_of(read(said.text, said.color))
    except Refusal as refused:
        raise refusal_problem(refused) from None
    if lot_id not in parking.catalogue.lots:
        raise unknown("lot", lot_id)

    def question(unit: ServiceUnit, now: int) -> list[Reservation]:
        found = unit.of_plate(key, Interval(now - _DAY, now + _DAY))
        return sorted((one for one in found if one.lot_id == lot_id and one.blocks(now)), key=lambda one: (one.wanted.start, one.id))

    return _answer(await parking.read(question), None)


def _answer(found: list[Reservation], following: str | None) -> Response:
    view = {"reservations": [reservation_view(one) for one in found], "next": following}
    return Response(encode(view), headers=_PRIVATE, media_type=JSON)
