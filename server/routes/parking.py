"""Parking for everybody: car parks by place and time, what is free, what it costs."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request, Response

from parking.availability import MOST_STEPS
from parking.model import SpaceKind
from parking.records import Interval, Lot
from parking.refusals import Refusal
from parking.search import Query as Search
from parking.tariffs import Tariff, vehicle_of
from server.answers import JSON
from server.paging import DEFAULT_LIMIT
from server.parking import cursors, messages, operator_messages, owner_messages
from server.parking.commands import naming_others, new_id
from server.parking.desk import refusal_problem
from server.parking.lot_availability import available
from server.parking.lot_schemas import Availability, LotDetail, LotList
from server.parking.lot_search import alone, forecast_view, search
from server.parking.offers import offers
from server.parking.schemas import QuoteView, body_of_message
from server.parking.service import Parking
from server.parking.short_cut import LARGEST
from server.parking.views import encode, place_view, quote_view
from server.problems import ProblemException, responses
from server.routes.common import CrsQuery, Limit, Near, answer_bytes, body_of, point_of, unknown
from server.routes.parking_access import Bearer, citizen
from server.routes.parking_times import From, To, interval_of
from server.runtime import runtime_of

router = APIRouter(prefix="/v1/parking", tags=["parking"])
_WISH = {"lot_id": "demo-station", "from": "2026-11-27T08:00:00+08:00", "to": "2026-11-27T10:00:00+08:00"}


@router.get("/lots", response_model=LotList, responses=responses(422, 503))
async def list_lots(
    request: Request,
    near: Near = None,
    radius: Annotated[float, Query(gt=0, le=50_000, description="m around `near`: on foot where streets are known")] = 2000.0,
    start: From = None,
    end: To = None,
    kind: Annotated[SpaceKind | None, Query(description="what `free` counts (`general`), and lots that have it alone")] = None,
    room: Annotated[bool, Query(description="only those that are open and have room for all of the time")] = False,
    max_price: Annotated[int | None, Query(ge=0, le=10_000_000, description="fen, of all of the time; unknown: left out")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: cursors.Cursor = None,
    crs: CrsQuery = "wgs84",
) -> Response:
    """Car parks, nearest first with `near` (`distance_kind` says by what distance), with what each has free for all of the time."""
    parking = runtime_of(request).parking
    wanted, point = interval_of(parking.now(), start, end), point_of(near) or (None, None)
    query = Search(
        point[0], point[1], wanted, radius, kind, max_price, limit, full_too=not room, at_once=start is None,
        after=cursors.take(cursor, float, str),
    )
    catalogue, seen = parking.catalogue, parking.counting.inside.at(parking.now())
    counted, forecast = kind or SpaceKind.GENERAL, parking.counting.forecasts.of
    found = await parking.read(lambda unit, now: search(unit, catalogue, query, counted, seen, forecast, crs, now))
    return answer_bytes(request, encode(found))


@router.get("/lots/{lot_id}", response_model=LotDetail, responses=responses(404, 422, 503))
async def get_lot(request: Request, lot_id: str, crs: CrsQuery = "wgs84") -> Response:
    """A car park with its places; `free` is the general places of the coming hour."""
    parking = runtime_of(request).parking
    lot, wanted = _known(parking, lot_id), interval_of(parking.now(), None, None)
    catalogue, seen = parking.catalogue, parking.counting.inside.at(parking.now())
    view = await parking.read(lambda unit, now: alone(unit, catalogue, lot, wanted, seen, crs, now))
    forecast = forecast_view(catalogue, lot, *parking.counting.forecasts.of(lot_id, parking.now()))
    return answer_bytes(request, encode({**view, **forecast, "places": [place_view(place) for place in catalogue.places(lot.id)]}))


@router.get("/lots/{lot_id}/availability", response_model=Availability, responses=responses(404, 422, 503))
async def get_availability(
    request: Request,
    lot_id: str,
    start: From = None,
    end: To = None,
    kind: Annotated[SpaceKind | None, Query(description="places of this kind alone")] = None,
    step: Annotated[int | None, Query(ge=300, le=86_400, description="s of a step; without it as long as the time needs")] = None,
) -> Response:
    """What every place of a car park has free for all of the time, step by step what is reserved, and the vehicles inside now and soon.
    Private places are shown while their owners share them with anybody."""
    parking = runtime_of(request).parking
    lot, wanted = _known(parking, lot_id), interval_of(parking.now(), start, end)
    catalogue, now = parking.catalogue, parking.now()
    seen, forecast = parking.counting.inside.at(now), parking.counting.forecasts.of(lot_id, now)
    if step is not None and (wanted.end - wanted.start) > MOST_STEPS * step:
        detail = f"makes more than {MOST_STEPS} steps"
        raise ProblemException(422, "invalid_request", f"step {detail}", [{"pointer": "/query/step", "detail": detail}])
    view = await parking.read(lambda unit, at: available(unit, catalogue, lot, wanted, kind, step, seen, forecast, at))
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


def _known(parking: Parking, lot_id: str) -> Lot:
    parking.now()  # 503 before anything is known
    lot = parking.catalogue.lots.get(lot_id)
    if lot is None:
        raise unknown("lot", lot_id)
    return lot


def message_schemas() -> dict[str, Any]:
    """What clients send, for the components of OpenAPI."""
    kinds = (
        messages.Wish, messages.Reserve, messages.Wait, messages.Extend, messages.CheckIn, messages.CheckOut, messages.PlateText,
        messages.LotIn, messages.LotsIn, messages.PlaceIn, messages.GateEvents, messages.OccupancyReports, messages.WebhookIn,
        messages.ReplayIn, messages.Nothing, operator_messages.ProposalIn, operator_messages.RefusalIn,
        operator_messages.CorrectionIn, operator_messages.CountIn, operator_messages.ClosureIn, *owner_messages.KINDS,
    )  # fmt: skip
    _, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    _, parts = msgspec.json.schema_components([Tariff], ref_template="#/components/schemas/Tariff{name}")  # buses are vehicles too
    return components | {name if name == "Tariff" else f"Tariff{name}": part for name, part in parts.items()}
