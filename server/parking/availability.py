"""How much room there is: places of lots against what is claimed, read from the store; expired holds left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from parking.model import SpaceKind
from parking.opening import fits_window, is_open
from parking.profile import most
from parking.records import Interval, Lot, Place
from parking.window_table import pattern
from server.parking.catalogue import Catalogue
from server.parking.records_codec import WINDOW
from server.parking.store import ServiceUnit

_AT_ONCE = 500
_STEP = 3
"""alternatives: lots looked at in one go"""
Json = dict[str, Any]
Claims = Mapping[str, Sequence[tuple[int, int]]]


class Found(NamedTuple):
    """A lot near somewhere. `free` None: closed for part of that time."""

    lot: Lot
    distance_m: float
    free: int | None


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
        where = f" where c.place_id in ({_marks(ids)}) and c.ends > ? and c.starts < ?"
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


def rooms_of(
    unit: ServiceUnit, catalogue: Catalogue, lots: Sequence[Lot], kind: SpaceKind, wanted: Interval, now: int
) -> list[tuple[int, int]]:
    """(free of the kind for all of `wanted`, of which private places that are shared then with anybody) of each lot, were it open.
    Windows and claims are those in the store."""
    places = [[one for one in catalogue.places(lot.id) if one.kind is kind] for lot in lots]
    private = [one for some in places for one in some if one.shared_only]
    shared = shared_then(unit, private, {lot.id: lot.timezone for lot in lots}, wanted, now) if private else frozenset()
    open_to_all = [[one for one in some if not one.shared_only or one.id in shared] for some in places]
    claims = claims_of(unit, [one for some in open_to_all for one in some], wanted, now)
    found = []
    for some in open_to_all:
        free = [(room(one, claims, wanted), one.shared_only) for one in some]
        found.append((sum(count for count, _ in free), sum(count for count, private in free if private)))
    return found


def shared_then(unit: ServiceUnit, places: Sequence[Place], zones: Mapping[str, str], wanted: Interval, now: int) -> frozenset[str]:
    """Which of these private places a window covers for all of `wanted` that anybody may use now: residents come first, and what a
    calendar not yet decreed would tell is not shared. `zones`: time zone by lot."""
    by_id = {place.id: place for place in places}
    found, memo = set(), dict[tuple[object, ...], bool]()
    names = sorted(by_id)
    for first in range(0, len(names), _AT_ONCE):
        some = names[first : first + _AT_ONCE]
        for place_id, body in unit.sql(f"select place_id, body from windows where active and place_id in ({_marks(some)})", *some):
            if place_id in found or by_id[place_id].kind is SpaceKind.RESIDENT:
                continue
            window, zone = WINDOW.decode(bytes(body)), zones[by_id[place_id].lot_id]
            key = pattern(window, zone)
            if key not in memo:  # many windows are alike
                memo[key] = fits_window(window, wanted, zone) is True
            if memo[key] and not 0 < window.residents_first_s < wanted.start - now:
                found.add(place_id)
    return frozenset(found)


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


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
