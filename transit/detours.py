"""Ways around: where vehicles leave the shape of their pattern and come back to it, and spans that several go around.

An excursion begins where a vehicle that was in service on a pattern was last on its shape, and ends where it is in service on the
same pattern again, farther on. A vehicle that never was on the shape (a wrong login) has none. A detour candidate is a span that
several vehicles went or are going around, at least one of them all the way, with none through between them.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import F32, F64, I32, Records
from transit.model import State
from transit.network import Network
from transit.supervision_parameters import SupervisionParameters

_END_ZONE = 300.0
"""m before the last stop within which a vehicle that leaves the shape is done, and only going to its next trip or the depot"""


@dataclass(frozen=True, slots=True)
class Excursion:
    """One way around. Metres are along the pattern; `back` and `end` are None while the vehicle is away."""

    vehicle: int
    pattern: int
    begin: float
    end: float | None
    left: float
    """epoch s"""
    back: float | None

    def same_span(self, other: Excursion, slack: float) -> bool:
        """Whether both leave at one place, or have most of their spans in common."""
        if self.pattern != other.pattern:
            return False
        if self.end is None or other.end is None:
            return abs(self.begin - other.begin) <= slack
        shared = min(self.end, other.end) - max(self.begin, other.begin)
        return shared >= 0.5 * min(self.end - self.begin, other.end - other.begin)


@dataclass(slots=True)
class Candidate:
    """A span that several vehicles went around."""

    pattern: int
    begin: float
    end: float
    since: float
    """epoch s the first of them left it"""
    latest: float
    """epoch s of the newest of them"""
    vehicles: list[int] = field(default_factory=list)


class DetourWatch:
    """Follows a fleet on one network, step by step. Memory: 25 bytes a vehicle, and `most_excursions`."""

    def __init__(self, network: Network, parameters: SupervisionParameters) -> None:
        self._lengths = network.patterns.distance[network.patterns.stop_start[1:] - 1].astype(np.float64)
        self._q = parameters
        self._pattern: I32 = np.zeros(0, np.int32)
        """[V] it was last in service on, -1 none"""
        self._progress: F32 = np.zeros(0, np.float32)
        self._since: F32 = np.zeros(0, np.float32)
        """m at which it joined the shape, from which on it was never off it; NaN when that is not known"""
        self._left: F64 = np.zeros(0)
        """epoch s it was first seen off its shape; NaN while on it"""
        self._excursions: deque[Excursion] = deque(maxlen=parameters.most_excursions)
        self.candidates: list[Candidate] = []
        self._counted = -np.inf
        """epoch s of the step before"""

    @property
    def left(self) -> F64:
        """[V] epoch s each vehicle left the shape of the trip it was on, NaN when on it or elsewhere."""
        return self._left

    def place(self, vehicle: int) -> tuple[int, float]:
        """(pattern, m along it) where the vehicle was last in service."""
        return int(self._pattern[vehicle]), float(self._progress[vehicle])

    def step(self, now: float, vehicles: Records) -> None:
        """Takes in the vehicles at `now` (epoch s), and brings `candidates` up to it."""
        self._grow(len(vehicles))
        inside = (vehicles["state"] == State.IN_SERVICE) & (vehicles["pattern"] >= 0) & (vehicles["misses"] == 0)
        off = ~inside & ((vehicles["state"] == State.OFF_ROUTE) | (vehicles["strayed"] == 1))
        off |= ~inside & ~np.isnan(self._left) & np.isin(vehicles["state"], (State.DEADHEAD, State.AMBIGUOUS))
        same = inside & (vehicles["pattern"] == self._pattern)
        fresh = self._come_back(now, vehicles, np.flatnonzero(inside & ~np.isnan(self._left)))
        self._excursions.extend(fresh)
        self._drive_through(vehicles, same & np.isnan(self._left))
        self._follow(now, vehicles, inside, off, same)
        self._collect(now, fresh)

    def _grow(self, count: int) -> None:
        more = count - len(self._pattern)
        if more > 0:
            self._pattern = np.concatenate((self._pattern, np.full(more, -1, np.int32)))
            self._progress, self._since = (
                np.concatenate((column, np.full(more, np.nan, np.float32))) for column in (self._progress, self._since)
            )
            self._left = np.concatenate((self._left, np.full(more, np.nan)))

    def _come_back(self, now: float, vehicles: Records, rows: NDArray[np.intp]) -> list[Excursion]:
        """Of vehicles that were away and are in service, those on the same pattern, farther on: they went around."""
        q, found = self._q, []
        for v in rows.tolist():
            pattern, begin = self.place(v)
            end, left = float(vehicles[v]["progress"]), float(self._left[v])
            away = q.detour_away <= now - left <= q.detour_open
            if away and vehicles[v]["pattern"] == pattern and end - begin >= q.detour_span:
                found.append(Excursion(v, pattern, begin, end, left, now))
        return found

    def _drive_through(self, vehicles: Records, on: NDArray[np.bool_]) -> None:
        """A vehicle that drove a span on the shape, from before to beyond it, ends what was seen there."""
        if not self._excursions and not self.candidates:
            return
        before, at, since, slack = self._progress, vehicles["progress"], self._since, 0.25 * self._q.detour_slack
        concerned = [*(one.pattern for one in self._excursions), *(one.pattern for one in self.candidates)]
        moved = np.flatnonzero(on & (at > before))
        moved = moved[np.isin(self._pattern[moved], concerned)]
        pattern, before, at, since = self._pattern[moved], before[moved], at[moved], since[moved]

        def through(one: Excursion | Candidate) -> bool:
            begin, end = one.begin, one.end
            if end is None:
                return False
            crossed = (pattern == one.pattern) & (before < end) & (at >= end) & (since <= begin + slack)
            return bool(crossed.any())

        if len(moved):
            self.candidates = [one for one in self.candidates if not through(one)]
            kept = [one for one in self._excursions if not through(one)]
            if len(kept) < len(self._excursions):
                self._excursions = deque(kept, self._q.most_excursions)

    def _follow(
        self, now: float, vehicles: Records, inside: NDArray[np.bool_], off: NDArray[np.bool_], same: NDArray[np.bool_]
    ) -> None:
        """Remembers where every vehicle is on its shape, and when it left it."""
        joins = inside & (~same | ~np.isnan(self._left) | np.isnan(self._since) | (vehicles["progress"] < self._progress))
        self._since[joins] = vehicles["progress"][joins]
        self._since[~inside] = np.nan
        length = self._lengths[np.maximum(self._pattern, 0)]
        leaves = off & np.isnan(self._left) & (self._pattern >= 0) & (self._progress < length - _END_ZONE)
        leaves &= (vehicles["pattern"] < 0) | (vehicles["pattern"] == self._pattern)
        self._left[leaves] = now
        self._left[inside | ~off | (now - self._left > self._q.detour_open)] = np.nan
        self._pattern[inside], self._progress[inside] = vehicles["pattern"][inside], vehicles["progress"][inside]
        gone = ~inside & np.isnan(self._left) & (vehicles["misses"] == 0)
        self._pattern[gone] = -1

    def _collect(self, now: float, fresh: list[Excursion]) -> None:
        """Joins new excursions, and vehicles away for long enough since this step, to candidates or makes one of them."""
        q = self._q
        age = now - self._left
        away = [
            Excursion(v, *self.place(v), None, float(self._left[v]), None) for v in np.flatnonzero(age >= q.detour_away).tolist()
        ]
        while self._excursions and now - self._excursions[0].left > q.detour_window:
            self._excursions.popleft()
        for one in [*fresh, *(one for one in away if one.left > self._counted - q.detour_away)]:
            self._join(one, [*self._excursions, *away])
        self.candidates = [one for one in self.candidates if now - one.latest <= q.detour_window]
        self._counted = now

    def _join(self, one: Excursion, others: list[Excursion]) -> None:
        q = self._q
        for candidate in self.candidates:
            span = Excursion(-1, candidate.pattern, candidate.begin, candidate.end, candidate.since, candidate.latest)
            if one.same_span(span, q.detour_slack):
                candidate.latest = max(candidate.latest, one.left)
                if one.vehicle not in candidate.vehicles:
                    candidate.vehicles.append(one.vehicle)
                return
        alike = sorted((other for other in others if one.same_span(other, q.detour_slack)), key=lambda other: other.left)
        ends = [other.end for other in alike if other.end is not None]
        if not ends or len({other.vehicle for other in alike}) < q.detour_vehicles:
            return
        begin = min(other.begin for other in alike if other.end is not None)
        vehicles = list(dict.fromkeys(other.vehicle for other in alike))
        self.candidates.append(Candidate(one.pattern, begin, max(ends), alike[0].left, alike[-1].left, vehicles))
