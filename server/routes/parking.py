"""Parking for everybody: car parks by place and time, what is free, what it costs."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import AwareDatetime

from parking.model import SpaceKind
from parking.opening import is_open
from parking.records import Interval, Lot
from parking.refusals import Refusal
from parking.tariffs import Tariff, vehicle_of
from server.answers import JSON
from server.paging import DEFAULT_LIMIT, page_of
from server.parking import messages
from server.parking.availability import claims_of, free_of_lots, room
from server.parking.commands import naming_others, new_id
from server.parking.desk import refusal_problem
from server.parking.inside import awaited_at
from server.parking.offers import offers
from server.parking.operations import occupancy_of
from server.parking.schemas import Availability, LotDetail, LotList, QuoteView, body_of_message
from server.parking.service import Parking
from server.parking.short_cut import LARGEST
from server.parking.store import ServiceUnit
from server.parking.views import encode, lot_view, moment, place_view, quote_view, span_view
from server.problems import ProblemException, responses
from server.routes.common import CrsQuery, Cursor, Limit, Near, answer_bytes, body_of, point_of, unknown
from server.routes.parking_access import Bearer, citizen
from server.runtime import runtime_of
from server.views import Crs, places

router = APIRouter(prefix="/v1/parking", tags=["parking"])
_HOUR = 3600
_LONGEST = 31 * 86_400
From = Annotated[AwareDatetime | None, Query(alias="from", description="RFC 3339 with offset; now without it")]
To = Annotated[AwareDatetime | None, Query(alias="to", description="RFC 3339 with offset; an hour after `from` without it")]
_WISH = {"lot_id": "demo-station", "from": "2026-11-27T08:00:00+08:00", "to": "2026-11-27T10:00:00+08:00"}


@router.get("/lots", response_model=LotList, responses=responses(422, 503))
async def list_lots(
    request: Request,
    near: Near = None,
    radius: Annotated[float, Query(gt=0, le=50_000, description="m around `near`")] = 2000.0,
    start: From = None,
    end: To = None,
    kind: Annotated[SpaceKind, Query(description="what `free` counts")] = SpaceKind.GENERAL,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    crs: CrsQuery = "wgs84",
) -> Response:
    """Car parks, nearest first with `near`, with what each has free for all of the time."""
    parking = runtime_of(request).parking
    wanted, point = _interval(parking, start, end), point_of(near)
    catalogue = parking.catalogue
    found = [(0.0, lot) for lot in catalogue.lots.values()] if point is None else catalogue.near(*point, radius)
    page, following = page_of(found, limit, cursor)
    rooms = await parking.read(lambda unit, now: free_of_lots(unit, catalogue, page, kind, wanted, now))
    inside = await _inside(parking, [lot.id for _, lot in page])
    rows = []
    for one in rooms:
        distance = None if point is None else round(one.distance_m)
        rows.append(_lot(parking, one.lot, crs, inside) | {"distance_m": distance, "free": one.free})
    return answer_bytes(request, encode({"lots": rows, "next": following}))


@router.get("/lots/{lot_id}", response_model=LotDetail, responses=responses(404, 422, 503))
async def get_lot(request: Request, lot_id: str, crs: CrsQuery = "wgs84") -> Response:
    """A car park with its places; `free` is the general places of the coming hour."""
    parking = runtime_of(request).parking
    lot, wanted = _known(parking, lot_id), _interval(parking, None, None)
    (one,) = await parking.read(lambda unit, now: free_of_lots(unit, parking.catalogue, [(0.0, lot)], SpaceKind.GENERAL, wanted, now))
    inside = await _inside(parking, [lot.id])
    view = _lot(parking, lot, crs, inside) | {"distance_m": None, "free": one.free}
    return answer_bytes(request, encode(view | {"places": [place_view(place) for place in parking.catalogue.places(lot.id)]}))


@router.get("/lots/{lot_id}/availability", response_model=Availability, responses=responses(404, 422, 503))
async def get_availability(
    request: Request,
    lot_id: str,
    start: From = None,
    end: To = None,
    kind: Annotated[SpaceKind | None, Query(description="places of this kind alone")] = None,
) -> Response:
    """What every place of a car park has free for all of the time; private places left out."""
    parking = runtime_of(request).parking
    lot, wanted = _known(parking, lot_id), _interval(parking, start, end)
    some = [one for one in parking.catalogue.places(lot.id) if not one.shared_only and kind in (None, one.kind)]
    claims = await parking.read(lambda unit, now: claims_of(unit, some, wanted, now))
    opened = is_open(lot, wanted)
    rows = [
        {"place_id": one.id, "kind": one.kind.value, "capacity": one.capacity, "free": room(one, claims, wanted) if opened else 0}
        for one in some
    ]  # fmt: skip
    free = sum(int(str(row["free"])) for row in rows)
    view = {"lot_id": lot.id, **span_view(wanted), "open": opened, "free": free, "places": rows, "as_of": moment(parking.now())}
    return answer_bytes(request, encode(view))


@router.post(
    "/quotes", status_code=201, response_model=QuoteView, responses=responses(400, 401, 403, 404, 409, 413, 422, 503),
    openapi_extra=body_of_message({"$ref": "#/components/schemas/Wish"}, _WISH),
)  # fmt: skip
async def make_quote(request: Request, _bearer: Bearer) -> Response:
    """A place with room, its price and its terms, frozen for a quarter of an hour. It holds nothing: reserve it to be sure."""
    parking = runtime_of(request).parking
    body = await body_of(request, LARGEST, "a wish is short")
    caller = citizen(request, body)
    wish = messages.decoded(messages.Wish, body)
    wanted, new = Interval(messages.seconds(wish.start), messages.seconds(wish.end)), new_id(parking.clock())

    def rule(unit: Any, now: int) -> Any:
        choice = parking.catalogue.places(wish.lot_id)
        try:
            named = (caller.client, wish.lot_id, wish.place_id, wish.kind, wanted)
            quote = next(offers(unit, new, *named, choice, now, parking.rules, vehicle_of(wish.color)))
        except Refusal as refused:
            raise naming_others(unit, parking.means, refused, wish.lot_id, wish.kind, wanted) from None
        unit.put_quote(quote)
        return quote

    try:
        quote = await parking.run_rule(rule)
    except Refusal as refused:
        raise refusal_problem(refused) from None
    return Response(encode(quote_view(quote)), 201, {"cache-control": "no-store"}, JSON)


def _interval(parking: Parking, start: AwareDatetime | None, end: AwareDatetime | None) -> Interval:
    begins = parking.now() if start is None else messages.seconds(start)
    ends = begins + _HOUR if end is None else messages.seconds(end)
    if not begins < ends <= begins + _LONGEST or not 0 <= begins < 2**35:
        detail = "must lie after `from`, at most 31 days"
        raise ProblemException(422, "invalid_request", f"to {detail}", [{"pointer": "/query/to", "detail": detail}])
    return Interval(begins, ends)


def _known(parking: Parking, lot_id: str) -> Lot:
    parking.now()  # 503 before anything is known
    lot = parking.catalogue.lots.get(lot_id)
    if lot is None:
        raise unknown("lot", lot_id)
    return lot


async def _inside(parking: Parking, lots: list[str]) -> dict[str, dict[str, Any]]:
    """What is known of the vehicles inside, by lot."""
    counts = parking.inside.now(parking.now())

    def question(unit: ServiceUnit, now: int) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
        coming = {lot: awaited_at(unit, parking.catalogue.places(lot), now) for lot in lots if lot in counts}
        return occupancy_of(unit, lots), coming

    reported, coming = await parking.read(question)
    found = {}
    for lot in lots:
        told, now = reported.get(lot), counts.get(lot)
        found[lot] = {
            "occupied_reported": told and told[1], "occupied_at": moment(told and told[0]), "occupied_now": now and now[0],
            "free_now": now and max(0, now[1] - coming[lot]),
        }  # fmt: skip
    return found


def _lot(parking: Parking, lot: Lot, crs: Crs, inside: dict[str, dict[str, Any]]) -> dict[str, Any]:
    (lat,), (lon,) = places([lot.lat], [lot.lon], crs)
    return lot_view(lot, parking.catalogue.places(lot.id), lat, lon) | inside[lot.id]


def message_schemas() -> dict[str, Any]:
    """What clients send, for the components of OpenAPI."""
    kinds = (
        messages.Wish, messages.Reserve, messages.Wait, messages.Extend, messages.CheckIn, messages.CheckOut, messages.PlateText,
        messages.LotIn, messages.LotsIn, messages.PlaceIn, messages.GateEvents, messages.OccupancyReports, messages.WebhookIn,
        messages.ReplayIn, messages.ShareIn, messages.ShareChange,
    )  # fmt: skip
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    _, parts = msgspec.json.schema_components([Tariff], ref_template="#/components/schemas/Tariff{name}")  # buses are vehicles too
    return components | {name if name == "Tariff" else f"Tariff{name}": part for name, part in parts.items()}
