"""Errors of past predictions kept in lists: what histograms, slots and quantiles are compared with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from transit.kernels.intervals import BINS
from transit.learning_parameters import IntervalParameters

MINUTES = (1, 2, 3, 5, 8, 12, 18, 26, 38)


def bucket(ahead: float) -> int:
    return sum(ahead >= 60 * minutes for minutes in MINUTES)


def place(error: float) -> int:
    """The bin of an error in standard deviations."""
    return min(max(math.floor(BINS / 2 + 16 * math.asinh(error)), 0), BINS - 1)


class Kept(NamedTuple):
    sampled: float
    expected: float
    deviation: float
    pattern_stop: int
    trip: int
    source: int


@dataclass
class NaiveIntervals:
    par: IntervalParameters
    kept: dict[int, list[Kept]] = field(default_factory=dict)
    """by vehicle"""
    errors: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    """by source and bucket, in order of counting"""

    def keep(self, vehicle: int, call: Kept) -> None:
        calls = self.kept.setdefault(vehicle, [])
        if len(calls) == self.par.slots:
            calls.remove(min(calls, key=lambda one: one.sampled))
        calls.append(call)

    def settle(self, vehicle: int, trip: int, pattern_stop: int, arrival: float | None) -> int:
        """How many errors an arrival tells."""
        if arrival is None:
            return 0
        calls, settled = self.kept.get(vehicle, []), 0
        for call in list(calls):
            over = arrival - call.expected
            if call.pattern_stop == pattern_stop and call.trip in (trip, -1):
                calls.remove(call)
                if call.sampled <= arrival and over < self.par.longest:
                    self.errors.setdefault((call.source, bucket(call.expected - call.sampled)), []).append(over / call.deviation)
                    settled += 1
            elif over > self.par.longest:
                calls.remove(call)
        return settled

    def counts(self) -> np.ndarray:
        """[2, 10, BINS]"""
        table = np.zeros((2, len(MINUTES) + 1, BINS))
        for (source, ahead), errors in self.errors.items():
            for age, error in enumerate(reversed(errors)):
                table[source, ahead, place(error)] += (1.0 - 1.0 / self.par.memory) ** age
        return table
