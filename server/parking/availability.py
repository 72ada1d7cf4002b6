"""How much room there is: places of lots against what is claimed, expired holds left out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from parking.model import SpaceKind
from parking.opening import is_open
from parking.profile import most
from parking.records import Interval, Lot, Place
from server.parking.store import ServiceUnit

_AT_ONCE = 500
_AWAY, _MOST_NEAR, _STEP = 2000.0, 12, 3
"""alternatives: m, lots at most, lots looked at in one go"""
EARTH = 6_371_000.0
Json = dict[str, Any]
Claims = Mapping[str, Sequence[tuple[int, int]]]


class Found(NamedTuple):
    """A lot near somewhere. `free` None: closed for part of that time."""

    lot: Lot
    distance_m: float
    free: int | None


class Catalogue:
    """Lots and their places as last read: searches do not ask the store for what hardly changes."""

    def __init__(self) -> None:
        self.lots: dict[str, Lot] = {}
        self._places: dict[str, tuple[Place, ...]] = {}
        self._neighbours: dict[str, list[tuple[float, Lot]]] = {}

    def take(self, lots: Iterable[Lot], places: Mapping[str, tuple[Place, ...]]) -> None:
        """In place of what was known."""
        self.lots = {lot.id: lot for lot in lots}
        self._places = dict(places)
        self._neighbours = {}

    def places(self, lot_id: str) -> tuple[Place, ...]:
        """Of a lot, by id."""
        return self._places.get(lot_id, ())

    def neighbours(self, lot_id: str) -> list[tuple[float, Lot]]:
        """(m, lot) of the nearest, itself first."""
        lot = self.lots.get(lot_id)
        if lot is None:
            return []
        if lot_id not in self._neighbours:
            self._neighbours[lot_id] = self.near(lot.lat, lot.lon, _AWAY)[:_MOST_NEAR]
        return self._neighbours[lot_id]

    def near(self, lat: float, lon: float, radius: float) -> list[tuple[float, Lot]]:
        """(m, lot) within `radius` m, nearest first; straight, on a sphere."""
        found = []
        for lot in self.lots.values():
            distance = straight(lat, lon, lot.lat, lot.lon)
            if distance <= radius:
                found.append((distance, lot))
        return sorted(found, key=lambda one: (one[0], one[1].id))


def straight(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """m between two places, by the haversine formula."""
    a, b = math.radians(lat), math.radians(other_lat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))


_CLAIMED = "select c.place_id, c.starts, c.ends from claims c"
_UNEXPIRED = (
    " join reservations r on r.id = c.reservation_id and not (r.state in ('hold', 'offered') and r.due is not null and r.due <= {now})"
)


def claims_of(unit: ServiceUnit, places: Sequence[Place], wanted: Interval, now: int | None) -> Claims:
    """What is claimed of the places about `wanted` (widened to the coarsest grid), by place. `now` None: holds that expired and are
    not swept yet (a second or two) count too, which is much cheaper."""
    spans = [place.claim(wanted) for place in places]
    found: dict[str, list[tuple[int, int]]] = {}
    if not spans:
        return found
    start, end = min(one.start for one in spans), max(one.end for one in spans)
    for first in range(0, len(places), _AT_ONCE):
        ids = [place.id for place in places[first : first + _AT_ONCE]]
        unexpired = "" if now is None else _UNEXPIRED.format(now=int(now))
        where = f" where c.place_id in ({','.join('?' * len(ids))}) and c.ends > ? and c.starts < ?"
        rows = unit.sql(f"{_CLAIMED}{unexpired}{where}", *ids, start, end)
        for place_id, begins, ends in rows:
            found.setdefault(place_id, []).append((begins, ends))
    return found


def room(place: Place, claims: Claims, wanted: Interval) -> int:
    """How many more claims of `wanted` the place takes."""
    return max(0, place.room - most(claims.get(place.id, ()), place.claim(wanted)))


def candidates(unit: ServiceUnit, places: Sequence[Place], kind: SpaceKind, wanted: Interval, now: int) -> Iterator[Place]:
    """Places of the kind that have room, open to all, by id."""
    suiting = [place for place in places if place.kind is kind and not place.shared_only]
    claims = claims_of(unit, suiting, wanted, now)
    return (place for place in suiting if room(place, claims, wanted) > 0)


def free_of_lots(
    unit: ServiceUnit, catalogue: Catalogue, lots: Sequence[tuple[float, Lot]], kind: SpaceKind, wanted: Interval, now: int | None
) -> list[Found]:
    """What each lot has free of the kind for all of `wanted`, shared places left out."""
    places = {lot.id: [one for one in catalogue.places(lot.id) if one.kind is kind and not one.shared_only] for _, lot in lots}
    claims = claims_of(unit, [place for some in places.values() for place in some], wanted, now)
    return [
        Found(lot, distance, sum(room(place, claims, wanted) for place in places[lot.id]) if is_open(lot, wanted) else None)
        for distance, lot in lots
    ]


def alternatives(unit: ServiceUnit, catalogue: Catalogue, lot_id: str, kind: SpaceKind, wanted: Interval) -> list[Json]:
    """The nearest lots that have room for the kind then, three at most; the lot itself may be one."""
    near, found = catalogue.neighbours(lot_id), list[Json]()
    for first in range(0, len(near), _STEP):
        for one in free_of_lots(unit, catalogue, near[first : first + _STEP], kind, wanted, None):
            if one.free:
                found.append({"lot_id": one.lot.id, "name": one.lot.name, "distance_m": round(one.distance_m), "free": one.free})
        if len(found) >= 3:
            break
    return found[:3]
