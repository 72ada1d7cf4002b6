"""How near ETAs at stop lines came to the passings: at the instants when a bus was said to be 30 s and 60 s away.

One ETA a bus, line and horizon is kept until the bus passes, in a few rows a vehicle. The truth here are the engine's own
passings, known to half the time between two fixes; those known less well than an error of 5 s needs are counted, not judged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.signals.approaches_passed import Passed
from server.signals.priority_eta import Etas
from transit.kernels.columns import F64, I32, I64

HORIZONS = (30.0, 60.0)
"""s ahead"""
WITHIN = (5.0, 10.0)
"""s of error"""
_ROOM = 8
"""lines a bus may have ahead at once; of a longer row the first are forgotten"""
_SLACK = 10.0
"""s by which an ETA may be nearer than its horizon when it is first seen below it: the longest step"""
_SURE = 5.0
"""s of uncertainty up to which a passing is truth"""


class EtaTally(NamedTuple):
    """Counts at one horizon."""

    judged: int
    within_5: int
    within_10: int
    inside: int
    """passings within p10 and p90; 80 % of `judged` if intervals are right"""
    unjudged: int
    """passings known too roughly to judge by"""
    error: float
    """s, sum of ETA less passing"""
    absolute: float
    """s, sum of their sizes"""


class EtaAccuracy:
    """Of the ETAs of one engine."""

    def __init__(self) -> None:
        self._counts: I64 = np.zeros((len(HORIZONS), 5), np.int64)
        self._sums: F64 = np.zeros((len(HORIZONS), 2))
        self._crossing: I32 = np.full((0, len(HORIZONS), _ROOM), -1, np.int32)
        self._told: F64 = np.zeros((0, len(HORIZONS), _ROOM, 3))

    def step(self, now: float, etas: Etas, passed: Passed, vehicles: int) -> None:
        """Judges what passed, then keeps the ETAs that came within a horizon."""
        if vehicles > len(self._crossing):
            self._grow(vehicles + vehicles // 4)
        self._judge(passed)
        ahead = etas.likely - now
        for h, horizon in enumerate(HORIZONS):
            rows = np.flatnonzero((ahead <= horizon) & (ahead > horizon - _SLACK))
            at = etas.vehicle[rows], h, etas.crossing[rows] % _ROOM
            new = self._crossing[at] != etas.crossing[rows]
            rows, at = rows[new], (at[0][new], h, at[2][new])
            self._crossing[at] = etas.crossing[rows]
            self._told[at] = np.stack((etas.likely, etas.earliest, etas.latest), axis=1)[rows]

    def tallies(self) -> dict[float, EtaTally]:
        """Counts so far by horizon."""
        return {
            horizon: EtaTally(*self._counts[h].tolist(), *self._sums[h].tolist()) for h, horizon in enumerate(HORIZONS)
        }

    def _judge(self, passed: Passed) -> None:
        for h in range(len(HORIZONS)):
            at = passed.vehicle, h, passed.crossing % _ROOM
            known = np.flatnonzero(self._crossing[at] == passed.crossing)
            told, sure = self._told[at][known], passed.uncertainty[known] <= _SURE
            self._crossing[at] = -1
            likely, earliest, latest = told[sure].T
            time = passed.time[known][sure]
            error = likely - time
            inside = (earliest <= time) & (time <= latest)
            within = [(np.abs(error) <= most).sum() for most in WITHIN]
            self._counts[h] += np.array([len(error), *within, inside.sum(), (~sure).sum()])
            self._sums[h] += error.sum(), np.abs(error).sum()

    def _grow(self, count: int) -> None:
        more = count - len(self._crossing)
        self._crossing = np.concatenate((self._crossing, np.full((more, *self._crossing.shape[1:]), -1, np.int32)))
        self._told = np.concatenate((self._told, np.zeros((more, *self._told.shape[1:]))))
