"""Nearest car parks with room: filtered and ordered by walking time over columns; room is asked for only of those shown.

Walking goes over a street graph where there is one. A car park off the graph, or a city without one, is told with its straight distance
alone (`by_streets` False); times `detour` it only decides the order beside those that were walked to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parking.model import SpaceKind
from parking.opening import is_open
from parking.records import Interval, Lot, Place
from parking.streets import StreetGraph, metres, nearest_nodes, walks_from

F64 = NDArray[np.float64]
KINDS = tuple(SpaceKind)
AT_ONCE = 16
"""car parks at least whose room is asked for in one go"""


class Room(NamedTuple):
    """What a car park has of a kind; None: unknown."""

    now: int | None
    then: int | None
    """for all of the time wanted"""
    shared: int = 0
    """of `then`: private places that their owners share"""


Rooms = Callable[[Sequence[Lot]], Sequence[Room]]
"""of each car park in turn"""
Price = Callable[[Lot], int | None]
"""fen; None: unknown"""


class SearchParameters(NamedTuple):
    """How people walk."""

    walking_mps: float = 1.2
    """m/s; design speed of pedestrians at crossings (HCM), a little slower than most walk"""
    detour: float = 1.3
    """walked over straight distance where streets are unknown: between 1.27 of a square grid on average and 1.4"""
    off_graph_m: float = 200.0
    """a car park farther from every street is not on the graph"""


class Query(NamedTuple):
    """What somebody looks for."""

    lat: float | None
    """None: anywhere; then the order is that of the ids"""
    lon: float | None
    wanted: Interval
    radius_m: float = 1000.0
    """to walk, or straight where there are no streets"""
    kind: SpaceKind | None = None
    """only car parks that have places of it"""
    most_fen: int | None = None
    """of `wanted`; car parks whose price is unknown are left out then"""
    limit: int = 20
    full_too: bool = False
    """shows what has no room or is closed as well"""
    at_once: bool = False
    """somebody comes now: what is full now has no room"""
    after: tuple[float, str] | None = None
    """(`key` of the last one of the page before)"""


class Found(NamedTuple):
    """One car park, with what it takes to walk there."""

    lot: Lot
    straight_m: float
    """NaN without a place to start from"""
    walk_m: float
    """where not `by_streets`: estimated from the straight distance, for the order"""
    walk_s: float
    by_streets: bool
    open: bool
    room: Room
    """where it is closed: none"""
    price_fen: int | None

    @property
    def key(self) -> tuple[float, str]:
        """Where it stands in the order."""
        return (0.0 if np.isnan(self.walk_m) else self.walk_m), self.lot.id


class Search:
    """Car parks as columns; made anew when one changes, read by any thread."""

    def __init__(
        self, lots: Iterable[Lot], places: Iterable[Place], streets: StreetGraph | None = None, par: SearchParameters | None = None
    ) -> None:
        self.lots, self.par, self.streets = sorted(lots, key=lambda one: one.id), par or SearchParameters(), streets
        self._ids = [one.id for one in self.lots]
        self.lat: F64 = np.array([one.lat for one in self.lots], np.float64)
        self.lon: F64 = np.array([one.lon for one in self.lots], np.float64)
        self.capacity = np.zeros((len(self.lots), len(KINDS)), np.int32)
        """[L, kinds]"""
        rows = {one.id: k for k, one in enumerate(self.lots)}
        for place in places:
            if place.lot_id in rows:
                self.capacity[rows[place.lot_id], KINDS.index(place.kind)] += place.capacity
        if streets is not None:
            self._node, self._away = nearest_nodes(streets, self.lat, self.lon, self.par.off_graph_m)

    def find(self, query: Query, rooms: Rooms, price: Price) -> tuple[list[Found], bool]:
        """(by walking time, nearest first; open and with room during `wanted`, at most `limit`; whether there may be more)."""
        found: list[Found] = []
        waiting: list[Found] = []
        for one in self._candidates(query, price):
            waiting.append(one)
            if len(waiting) >= max(query.limit + 1 - len(found), AT_ONCE):
                found += _with_room(query, waiting, rooms)
                waiting = []
            if len(found) > query.limit:
                break
        found += _with_room(query, waiting, rooms)
        return found[: query.limit], len(found) > query.limit

    def _candidates(self, query: Query, price: Price) -> Iterator[Found]:
        """In order, without their room."""
        straight, walk, by_streets = self._distances(query)
        fits = np.where(by_streets, walk, straight) <= query.radius_m if query.lat is not None else np.ones(len(walk), np.bool_)
        if query.kind is not None:
            fits &= self.capacity[:, KINDS.index(query.kind)] > 0
        if query.after is not None:
            least, row = query.after[0], bisect_right(self._ids, query.after[1])
            fits &= (walk > least) | ((walk == least) & (np.arange(len(walk)) >= row))
        rows = np.flatnonzero(fits)
        opening: dict[tuple[object, ...], bool] = {}
        for k in rows[np.lexsort((rows, walk[rows]))].tolist():
            lot = self.lots[k]
            hours = lot.opening, lot.timezone, lot.closures
            if hours not in opening:  # many car parks share their hours
                opening[hours] = is_open(lot, query.wanted)
            if not (opening[hours] or query.full_too):
                continue
            fen = price(lot)
            if query.most_fen is not None and (fen is None or fen > query.most_fen):
                continue
            far = float(walk[k]) if query.lat is not None else np.nan
            seconds = far / self.par.walking_mps
            yield Found(lot, float(straight[k]), far, seconds, bool(by_streets[k]), opening[hours], Room(None, None), fen)

    def _distances(self, query: Query) -> tuple[F64, F64, NDArray[np.bool_]]:
        """(straight, walked, whether over streets) of every lot [L]; m."""
        by_streets = np.zeros(len(self.lots), np.bool_)
        if query.lat is None or query.lon is None:
            return np.full(len(self.lots), np.nan), np.zeros(len(self.lots)), by_streets
        straight: F64 = metres(self.lat, self.lon, query.lat, query.lon)
        walk = straight * self.par.detour
        if self.streets is None or not (straight <= query.radius_m).any():
            return straight, walk, by_streets
        reach = walks_from(self.streets, query.lat, query.lon, query.radius_m, self.par.off_graph_m)
        if reach is None:
            return straight, walk, by_streets
        by_streets = np.isfinite(self._away)
        return straight, np.where(by_streets, reach[self._node] + self._away, walk), by_streets


def _with_room(query: Query, asked: Sequence[Found], rooms: Rooms) -> Iterator[Found]:
    for one, room in zip(asked, rooms([one.lot for one in asked]) if asked else (), strict=True):
        told = one._replace(room=room if one.open else Room(room.now, None))
        full = not told.open or room.then == 0 or (query.at_once and room.now == 0)
        if query.full_too or not full:
            yield told
