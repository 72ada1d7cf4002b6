"""When each bus came into the stretch before a stop line and when it passed the line, told from its successive places.

Between two fixes a bus is taken to have driven evenly, unless it was slower than traffic that flows: then it stood, and most
likely in the queue, so it entered the stretch as early and passed the line as late as a flowing drive allows. Stops in the
same piece of way undo that: there nobody knows where it stood. What is remembered is one row a vehicle.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from server.signals.approaches import Crossings
from transit.kernels.columns import F64, I32, Records
from transit.model import State
from transit.network import Network
from transit.snapshot import Snapshot

_FAR = 1e7
"""m, longer than any pattern"""
Ints = NDArray[np.signedinteger[Any]]


class PassingParameters(NamedTuple):
    """How passings are told from fixes."""

    gap: float = 60.0
    """s between fixes beyond which no passing is told: two reports of the usual 30 s"""
    back: float = 300.0
    """m by which progress must fall to be another run of the same line: twice what transit puts right (`correction`)"""
    flowing: float = 8.0
    """m/s of a bus between stops that nothing holds up: below the 10 m/s of half of sim_city's moving buses, since it slows for lines
    and turns. With it times over a stretch are 1.3 s too long there in the mean (fixes 5 to 30 s apart), evenly driven 12 s"""


class Passed(NamedTuple):
    """Passings of stop lines that this step's positions tell. All [n], in order of vehicle, then of crossing."""

    vehicle: I32
    """fleet row"""
    crossing: I32
    """row of Crossings"""
    time: F64
    """epoch s at the line"""
    uncertainty: F64
    """s, half of the bracket between fixes that it fell in"""
    entered: F64
    """epoch s at the begin of its stretch; NaN when that was not seen"""
    entered_uncertainty: F64


_SEEN = np.dtype(
    [
        ("time", "f8"),  # epoch s of the newest fix used, NaN none
        ("progress", "f8"),  # m along the pattern
        ("entered", "f8"),  # epoch s it came into the stretch `within`
        ("bracket", "f8"),  # s, half of the time between the fixes around that
        ("pattern", "i4"),  # -1 not on one
        ("trip", "i4"),
        ("within", "i4"),  # the crossing whose stretch it is in, -1 none
    ],
    align=True,
)


class _Legs(NamedTuple):
    """Vehicles that moved on along their pattern since the step before. All [m]."""

    vehicle: Ints
    pattern: Ints
    begun: F64
    ended: F64
    former: F64
    progress: F64


class PassingWatch:
    """Of one Network and its Crossings; only the engine's one writer calls it."""

    def __init__(self, network: Network, crossings: Crossings, parameters: PassingParameters | None = None) -> None:
        self.network, self.crossings, self.parameters = network, crossings, parameters or PassingParameters()
        self._line = crossings.pattern * _FAR + crossings.distance
        self._zone = crossings.pattern * _FAR + crossings.zone
        patterns = network.patterns
        self._stops = network.pattern_of_pattern_stop * _FAR + patterns.distance.astype(np.float64)
        self._seen = _nothing_seen(0)

    def step(self, snapshot: Snapshot) -> Passed:
        """Passings since the step before."""
        vehicles = snapshot.vehicles
        if len(vehicles) > len(self._seen):
            self._seen = np.concatenate((self._seen, _nothing_seen(len(vehicles) + len(vehicles) // 4 - len(self._seen))))
        legs = self._legs(vehicles)
        passed = self._pass(legs)
        self._enter(legs)
        return passed

    def _legs(self, vehicles: Records) -> _Legs:
        seen, gap = self._seen[: len(vehicles)], self.parameters.gap
        pattern, trip, time = vehicles["pattern"], vehicles["trip"], vehicles["timestamp"]
        progress = vehicles["progress"].astype(np.float64)
        on = (vehicles["state"] == State.IN_SERVICE) & (pattern >= 0) & np.isfinite(progress)
        same = on & (pattern == seen["pattern"]) & ((trip == seen["trip"]) | (seen["trip"] < 0))
        lost = ~same | ~(time - seen["time"] <= gap) | (progress < seen["progress"] - self.parameters.back)
        rows = np.flatnonzero(~lost & (time > seen["time"]))
        before = seen["progress"][rows]
        legs = _Legs(
            rows, pattern[rows].astype(np.int64), seen["time"][rows], time[rows], before, np.maximum(progress[rows], before)
        )
        seen["within"][lost] = -1
        seen["pattern"], seen["trip"] = np.where(on, pattern, -1), trip
        seen["time"][lost], seen["progress"][lost] = time[lost], progress[lost]
        seen["time"][rows], seen["progress"][rows] = legs.ended, legs.progress
        return legs

    def _pass(self, legs: _Legs) -> Passed:
        leg, crossing = _between(self._line, legs)
        c, vehicle = self.crossings, legs.vehicle[leg]
        time = self._at(legs, leg, c.distance[crossing], late=True)
        bracket = (legs.ended - legs.begun)[leg] / 2
        here = c.zone[crossing] > legs.former[leg]
        waited = ~here & (self._seen["within"][vehicle] == crossing)
        entry = self._at(legs, leg, np.minimum(c.zone[crossing], c.distance[crossing]), late=False)
        entered = np.where(here, np.minimum(entry, time), np.where(waited, self._seen["entered"][vehicle], np.nan))
        unsure = np.where(here, bracket, np.where(waited, self._seen["bracket"][vehicle], np.nan))
        return Passed(vehicle.astype(np.int32), crossing.astype(np.int32), time, bracket, entered, unsure)

    def _enter(self, legs: _Legs) -> None:
        """Of each leg the last stretch it came into and has not left. Stretches of a pattern do not overlap."""
        leg, crossing = _between(self._zone, legs)
        inside = self.crossings.distance[crossing] > legs.progress[leg]
        leg, crossing = leg[inside], crossing[inside]
        vehicle = legs.vehicle[leg]
        self._seen["within"][vehicle] = crossing
        self._seen["entered"][vehicle] = self._at(legs, leg, self.crossings.zone[crossing], late=False)
        self._seen["bracket"][vehicle] = (legs.ended - legs.begun)[leg] / 2

    def _at(self, legs: _Legs, leg: Ints, place: F64, late: bool) -> F64:
        """Epoch s at which legs passed places on them."""
        t0, t1, s0, s1 = legs.begun[leg], legs.ended[leg], legs.former[leg], legs.progress[leg]
        even = t0 + (t1 - t0) * (place - s0) / np.maximum(s1 - s0, 1e-6)
        key = legs.pattern[leg] * _FAR
        low, high = (key + place, key + s1) if late else (key + s0, key + place)
        clear = np.searchsorted(self._stops, low) == np.searchsorted(self._stops, high)
        if late:
            return np.where(clear, np.maximum(even, t1 - (s1 - place) / self.parameters.flowing), even)
        return np.where(clear, np.minimum(even, t0 + (place - s0) / self.parameters.flowing), even)


def _nothing_seen(count: int) -> Records:
    rows = np.zeros(count, _SEEN)
    rows["time"], rows["pattern"], rows["trip"], rows["within"] = np.nan, -1, -1, -1
    return rows


def _between(keys: F64, legs: _Legs) -> tuple[Ints, Ints]:
    """(leg, row of `keys`) of all places that the legs drove over: former < place <= progress."""
    low = np.searchsorted(keys, legs.pattern * _FAR + legs.former, side="right")
    count = np.searchsorted(keys, legs.pattern * _FAR + legs.progress, side="right") - low
    leg = np.repeat(np.arange(len(count)), count)
    return leg, np.arange(len(leg)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
