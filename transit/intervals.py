"""Intervals of predictions: which quantiles of past errors stand for 10 %, the published point and 90 %, by time ahead.

A split-conformal view (Vovk; adaptive as in Gibbs and Candès 2021): the model gives a mean and a standard deviation, what really
happened gives the quantiles. Before anything has happened they come from the recordings named at `BEFOREHAND`.
"""

from __future__ import annotations

import numpy as np

from transit.fleet import grown
from transit.kernels.columns import F32, F64, EventColumns, Records
from transit.kernels.intervals import BINS, keep_samples, settle
from transit.kernels.prediction import HORIZONS
from transit.kernels.prediction_columns import Runs
from transit.learning_parameters import IntervalParameters

SAMPLE = np.dtype(
    [
        ("sampled", "f8"),  # epoch s; 0: the slot is free
        ("expected", "f8"),  # epoch s, mean of the prediction
        ("deviation", "f4"),  # s
        ("pattern_stop", "i4"),
        ("trip", "i4"),
        ("source", "u1"),
    ],
    align=True,
)
MIDDLES = np.array([30, 90, 150, 240, 390, 600, 900, 1320, 1920, 2940], np.float64)
"""s ahead in the middle of each bucket of `kernels.intervals.bucket_of`"""
BEFOREHAND: F64 = np.array([-1.5, -0.1, 2.2])
"""10 %, 45 % and 90 % quantiles of error over standard deviation on wmata_dc_2026/dev and nyc_b63_2010/dev together"""
LEANING: F64 = np.array([1.0, 20.0, 1.0])
"""how many times as much each quantile leans on more errors: a point moved by the noise of a few is worse than one not moved"""
EDGES: F64 = np.sinh((np.arange(BINS + 1) - BINS / 2) / 16.0)


class Intervals:
    """Errors counted so far, and calls kept to count more. Only the engine's one writer touches it."""

    def __init__(self, par: IntervalParameters, counts: F32 | None = None) -> None:
        self.par = par
        self.counts: F32 = np.zeros((2, len(MIDDLES), BINS), np.float32) if counts is None else counts
        self._kept: Records = np.zeros((0, par.slots), SAMPLE)
        self._sampled = -np.inf
        self.low, self.middle, self.high = self.quantiles()

    def due(self, now: float) -> bool:
        """Whether `sample` will keep calls predicted at `now` (epoch s)."""
        return bool(np.floor(now / self.par.every) != self._sampled)

    def sample(self, runs: Runs, count: int, now: float, vehicles: int) -> None:
        """Keeps some of the calls just predicted, once every `every` seconds."""
        if not self.due(now):
            return
        turn = self._sampled = float(np.floor(now / self.par.every))
        if len(self._kept) < vehicles:
            self._kept = grown(self._kept, max(64, vehicles - len(self._kept)))
        keep_samples(runs, count, now, int(turn), self._kept)
        self.low, self.middle, self.high = self.quantiles()

    def learn(self, events: EventColumns) -> int:
        """Counts the errors that stop events tell of; how many."""
        return int(settle(events, self._kept, self.par, self.counts))

    def quantiles(self) -> tuple[F32, F32, F32]:
        """low, middle, high [2, HORIZONS]: error over standard deviation, by source and half minutes ahead.

        Few errors of one range of time ahead lean on those of all ranges, these on what was known beforehand.
        """
        ahead = np.arange(HORIZONS) * 30.0 + 15.0
        table = np.empty((3, 2, HORIZONS), np.float32)
        for source in range(2):
            counts = self.counts[source].astype(np.float64)
            pooled = self._blend(counts.sum(0), BEFOREHAND, self.par.prior)
            found = np.stack([self._blend(one, pooled, self.par.pooled) for one in counts])
            for k in range(3):
                table[k, source] = np.interp(ahead, MIDDLES, found[:, k])
        return table[0], table[1], table[2]

    def _blend(self, counts: F64, prior: F64, worth: float) -> F64:
        """[3] quantiles of counted errors, blended with `prior` that is worth so many errors."""
        total = float(counts.sum())
        if total == 0.0:
            return prior
        share = np.array([0.1, self.par.point, 0.9])
        values = np.interp(share * total, np.concatenate(([0.0], np.cumsum(counts))), EDGES)
        weight = worth * LEANING
        return (total * values + weight * prior) / (total + weight)
