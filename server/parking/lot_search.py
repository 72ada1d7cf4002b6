"""Car parks as the API shows them: found by the catalogue's columns, their room read from the store, the vehicles inside beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from parking.model import SpaceKind
from parking.opening import is_open
from parking.records import Interval, Lot
from parking.search import Found, Query, Room
from server.parking import cursors
from server.parking.availability import rooms_of
from server.parking.catalogue import Catalogue, closed_because
from server.parking.forecasts import Ahead
from server.parking.inside import Count, Seen, awaited_at
from server.parking.operations import occupancy_of
from server.parking.store import ServiceUnit
from server.parking.views import moment, money
from server.views import Crs

Json = dict[str, Any]
Forecast = Callable[[str, int], tuple[Sequence[Ahead], str | None]]
"""`Forecasts.of`"""


def search(
    unit: ServiceUnit, catalogue: Catalogue, query: Query, counted: SpaceKind, seen: Seen, forecast: Forecast, crs: Crs, now: int
) -> Json:
    """A page of car parks. `counted`: what `free` counts."""
    coming: dict[str, int] = {}

    def rooms(lots: Sequence[Lot]) -> list[Room]:
        counted_lots = [lot for lot in lots if seen.of(lot.id).free is not None]
        coming.update(awaited_at(unit, [place for lot in counted_lots for place in catalogue.places(lot.id)], now))
        found = rooms_of(unit, catalogue, lots, counted, query.wanted, now)
        return [Room(free_now(seen.of(lot.id), coming.get(lot.id, 0)), *room) for lot, room in zip(lots, found, strict=True)]

    found, more = catalogue.search.find(query, rooms, catalogue.prices(query.wanted))
    reported = occupancy_of(unit, [one.lot.id for one in found])
    rows = [
        {**catalogue.view(one.lot, crs), **found_view(one, query, seen, reported),
         **forecast_view(catalogue, one.lot, *forecast(one.lot.id, now))} for one in found
    ]  # fmt: skip
    walked = any(one.by_streets for one in found)
    kind = None if query.lat is None or not found else "walking" if walked else "straight"
    return {"lots": rows, "next": cursors.give(*found[-1].key) if more else None, "distance_kind": kind}


def found_view(one: Found, query: Query, seen: Seen, reported: Mapping[str, tuple[int, int]]) -> Json:
    """What changes of it."""
    count, told = seen.of(one.lot.id), reported.get(one.lot.id)
    near, walked = not math.isnan(one.straight_m), one.by_streets
    return {
        "distance_m": round(one.straight_m) if near else None, "distance_kind": ("walking" if walked else "straight") if near else None,
        "walk_m": round(one.walk_m) if walked else None, "walk_s": round(one.walk_s) if walked else None,
        "open": one.open, "closed_because": None if one.open else closed_because(one.lot, query.wanted),
        "free": one.room.then, "free_shared": one.room.shared if one.open else None,
        "price": None if one.price_fen is None else money(one.price_fen),
        **count_view(count, told), "free_now": one.room.now,
    }  # fmt: skip


def count_view(count: Count, told: tuple[int, int] | None) -> Json:
    """Of the vehicles inside."""
    return {
        "occupied_reported": told[1] if told else None, "occupied_at": moment(told[0]) if told else None,
        "occupied_now": count.occupied,
    }  # fmt: skip


def forecast_view(catalogue: Catalogue, lot: Lot, ahead: Sequence[Ahead], missing: str | None) -> Json:
    """`forecast` and why there is none."""
    stalls = sum(place.capacity for place in catalogue.places(lot.id))

    def free(occupied: float) -> int:
        return max(0, round(stalls - occupied))

    rows = [
        {"at": moment(one.at), "minutes": one.minutes, "occupied": round(one.mid, 1),
         "p10": round(one.low, 1), "p90": round(one.high, 1),
         "free": free(one.mid), "free_p10": free(one.high), "free_p90": free(one.low)} for one in ahead
    ]  # fmt: skip
    return {"forecast": rows or None, "forecast_missing": missing}


def free_now(count: Count, coming: int) -> int | None:
    """Stalls less vehicles inside, less those that are reserved for now or soon by somebody who is not there yet; None: unknown."""
    return None if count.free is None else max(0, count.free - coming)


def alone(unit: ServiceUnit, catalogue: Catalogue, lot: Lot, wanted: Interval, seen: Seen, crs: Crs, now: int) -> Json:
    """One car park."""
    query = Query(None, None, wanted, limit=1, full_too=True)
    ((free, shared),) = rooms_of(unit, catalogue, [lot], SpaceKind.GENERAL, wanted, now)
    count = seen.of(lot.id)
    coming = 0 if count.free is None else awaited_at(unit, catalogue.places(lot.id), now).get(lot.id, 0)
    room = Room(free_now(count, coming), free, shared)
    opened = is_open(lot, wanted)
    nan = math.nan
    one = Found(lot, nan, nan, nan, False, opened, room if opened else Room(room.now, None), catalogue.prices(wanted)(lot))
    return {**catalogue.view(lot, crs), **found_view(one, query, seen, occupancy_of(unit, [lot.id]))}
