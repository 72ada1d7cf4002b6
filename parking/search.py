"""Nearest car parks with room: filtered and ordered by walking time over columns; room is asked for only of those shown.

Walking goes over a street graph where there is one; a car park off the graph, or a city without one, is reached in a straight line
times `detour`, and the answer says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from parking.model import SpaceKind
from parking.opening import is_open
from parking.records import Interval, Lot, Place
from parking.streets import StreetGraph, metres, nearest_nodes, walks_from

F64 = NDArray[np.float64]
KINDS = tuple(SpaceKind)
Room = Callable[[Lot, SpaceKind], int | None]
"""spaces of a kind that are free; None: unknown"""


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

    lat: float
    lon: float
    radius_m: float = 1000.0
    """to walk"""
    wanted: Interval | None = None
    """None: now"""
    kind: SpaceKind = SpaceKind.GENERAL
    most_fen: int | None = None
    """of the first hour; car parks whose price is unknown are left out then"""
    limit: int = 20
    full_too: bool = False
    """shows what has no room as well"""


class Found(NamedTuple):
    """One car park, with what it takes to walk there."""

    lot: Lot
    straight_m: float
    walk_m: float
    walk_s: float
    by_streets: bool
    """False: estimated from the straight distance"""
    free_now: int | None
    free_then: int | None
    """during all of `wanted`; None without one, or unknown"""


class Search:
    """Car parks as columns; made anew when one changes, read by any thread."""

    def __init__(self, lots: Sequence[Lot], places: Iterable[Place], price_fen: Mapping[str, int] | None = None,
                 streets: StreetGraph | None = None, par: SearchParameters | None = None) -> None:  # fmt: skip
        """`price_fen`: of the first hour by lot id, 0 free; what is not there is unknown."""
        self.lots, self.par, self.streets = list(lots), par or SearchParameters(), streets
        self.lat: F64 = np.array([one.lat for one in self.lots], np.float64)
        self.lon: F64 = np.array([one.lon for one in self.lots], np.float64)
        self.price: F64 = np.array([(price_fen or {}).get(one.id, np.nan) for one in self.lots], np.float64)
        self.capacity = np.zeros((len(self.lots), len(KINDS)), np.int32)
        """[L, kinds]"""
        rows = {one.id: k for k, one in enumerate(self.lots)}
        for place in places:
            if place.lot_id in rows:
                self.capacity[rows[place.lot_id], KINDS.index(place.kind)] += place.capacity
        if streets is not None:
            self._node, self._away = nearest_nodes(streets, self.lat, self.lon, self.par.off_graph_m)

    def find(self, query: Query, now: int, free_now: Room, free_then: Room) -> list[Found]:
        """By walking time, nearest first; open and with room during `wanted` (or now), at most `limit`."""
        straight, walk, by_streets = self._distances(query)
        fits = (walk <= query.radius_m) & (self.capacity[:, KINDS.index(query.kind)] > 0)
        if query.most_fen is not None:
            fits &= self.price <= query.most_fen
        rows = np.flatnonzero(fits)
        span = query.wanted or Interval(now, now + 1)
        found: list[Found] = []
        opening: dict[tuple[object, str], bool] = {}
        for k in rows[np.lexsort((rows, walk[rows]))]:
            if len(found) >= query.limit:
                break
            lot = self.lots[k]
            hours = lot.opening, lot.timezone
            if hours not in opening:  # many car parks share their hours
                opening[hours] = is_open(lot, span)
            if not opening[hours]:
                continue
            room_now = free_now(lot, query.kind)
            room_then = free_then(lot, query.kind) if query.wanted else None
            decides = room_then if query.wanted else room_now
            if decides == 0 and not query.full_too:
                continue
            seconds = float(walk[k]) / self.par.walking_mps
            found.append(Found(lot, float(straight[k]), float(walk[k]), seconds, bool(by_streets[k]), room_now, room_then))
        return found

    def _distances(self, query: Query) -> tuple[F64, F64, NDArray[np.bool_]]:
        """(straight, walked, whether over streets) of every lot [L]; m."""
        straight: F64 = metres(self.lat, self.lon, query.lat, query.lon)
        walk, by_streets = straight * self.par.detour, np.zeros(len(straight), np.bool_)
        if self.streets is None or not (straight <= query.radius_m).any():
            return straight, walk, by_streets
        reach = walks_from(self.streets, query.lat, query.lon, query.radius_m, self.par.off_graph_m)
        if reach is None:
            return straight, walk, by_streets
        by_streets = np.isfinite(self._away)
        return straight, np.where(by_streets, reach[self._node] + self._away, walk), by_streets
