"""What one car park has: room step by step as reserved, vehicles inside as reported and as counted, and what is to be expected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from parking.availability import Step, profile
from parking.model import SpaceKind
from parking.opening import is_open
from parking.records import Interval, Lot, Place
from parking.window_table import WindowTable
from server.parking.availability import claims_of, room, rooms_of, shared_then
from server.parking.catalogue import Catalogue, closed_because
from server.parking.forecasts import Ahead
from server.parking.inside import Seen, awaited_at
from server.parking.lot_search import count_view, forecast_view, free_now
from server.parking.operations import occupancy_of
from server.parking.records_codec import WINDOW
from server.parking.store import ServiceUnit
from server.parking.views import moment, span_view

Json = dict[str, Any]
STEP_S, MOST = 900, 192
"""of a step without another wish, and steps then: a longer time has longer steps"""


def available(
    unit: ServiceUnit, catalogue: Catalogue, lot: Lot, wanted: Interval, kind: SpaceKind | None, step: int | None, seen: Seen,
    forecast: tuple[list[Ahead], str | None], now: int,
) -> Json:  # fmt: skip
    """The answer. Raises ValueError for too many steps."""
    places = [one for one in catalogue.places(lot.id) if kind in (None, one.kind)]
    private = [one for one in places if one.shared_only]
    shared = shared_then(unit, private, {lot.id: lot.timezone}, wanted, now) if private else frozenset()
    claims, opened = claims_of(unit, places, wanted, now), is_open(lot, wanted)
    shown = [one for one in places if not one.shared_only or one.id in shared]
    rows = [
        {"place_id": one.id, "kind": one.kind.value, "capacity": one.capacity, "shared": one.shared_only,
         "free": room(one, claims, wanted) if opened else 0} for one in shown
    ]  # fmt: skip
    step_s = step or max(STEP_S, -(-(wanted.end - wanted.start) // (MOST * STEP_S)) * STEP_S)
    steps = profile(lot, places, claims, wanted, step_s, _shared_in(unit, private, lot, wanted, now))
    return {
        "lot_id": lot.id, **span_view(wanted), "open": opened, "closed_because": None if opened else closed_because(lot, wanted),
        "free": sum(int(str(row["free"])) for row in rows),
        "free_shared": sum(int(str(row["free"])) for row in rows if row["shared"]),
        "places": rows, "steps": [_step(one) for one in steps],
        "now": now_view(unit, catalogue, lot, seen, now), **forecast_view(catalogue, lot, *forecast), "as_of": moment(now),
    }  # fmt: skip


def now_view(unit: ServiceUnit, catalogue: Catalogue, lot: Lot, seen: Seen, now: int) -> Json:
    """The vehicles inside: both counts, and what is free."""
    count = seen.of(lot.id)
    coming = awaited_at(unit, catalogue.places(lot.id), now).get(lot.id, 0)
    return {
        **count_view(count, occupancy_of(unit, [lot.id]).get(lot.id)), "occupied_derived": count.derived, "source": count.source,
        "age_s": count.age_s, "drift": count.drift, "uncertainty": count.uncertainty, "reserved_not_arrived": coming,
        "free": free_now(count, coming),
    }  # fmt: skip


def topic_values(unit: ServiceUnit, catalogue: Catalogue, lots: Sequence[Lot], soon: Interval, seen: Seen, now: int) -> list[Json]:
    """What the topics `lot:{id}` say, without the forecast."""
    rooms = rooms_of(unit, catalogue, lots, SpaceKind.GENERAL, soon, now)
    coming = awaited_at(unit, [place for lot in lots for place in catalogue.places(lot.id)], now)
    values = []
    for lot, (free, shared) in zip(lots, rooms, strict=True):
        count, opened = seen.of(lot.id), is_open(lot, soon)
        own = [one for one in catalogue.places(lot.id) if one.kind is SpaceKind.GENERAL and not one.shared_only]
        values.append({
            "lot_id": lot.id, "free": free if opened else None, "free_shared": shared if opened else None,
            "free_now": free_now(count, coming.get(lot.id, 0)), "occupied_now": count.occupied,
            "capacity": max(sum(place.capacity for place in own), free),
        })  # fmt: skip
    return values


def _step(one: Step) -> Json:
    return {
        "from": moment(one.start), "to": moment(one.end), "capacity": one.capacity, "reserved": one.reserved, "free": one.free,
        "free_shared": one.shared,
    }  # fmt: skip


def _shared_in(
    unit: ServiceUnit, private: Sequence[Place], lot: Lot, wanted: Interval, now: int
) -> Callable[[Place, Interval], bool]:
    """Whether a place may be had by anybody during a part of `wanted`."""
    if not private:
        return lambda _place, _part: True
    names = sorted(place.id for place in private if place.kind is not SpaceKind.RESIDENT)
    bodies = unit.sql(f"select body from windows where active and place_id in ({','.join('?' * len(names))})", *names) if names else []
    windows = [WINDOW.decode(bytes(body)) for (body,) in bodies]
    first = np.array([one.residents_first_s for one in windows], np.int64)
    table = WindowTable([(one, lot.timezone) for one in windows], wanted)
    known: dict[Interval, frozenset[str]] = {}

    def shared(place: Place, part: Interval) -> bool:
        if not place.shared_only:
            return True
        if part not in known:
            usable = table.covering(part) & ((first == 0) | (part.start - now <= first))
            known[part] = frozenset(windows[k].place_id for k in np.flatnonzero(usable).tolist())
        return place.id in known[part]

    return shared


