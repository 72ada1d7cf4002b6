"""What recorded and live days taught: how long each link takes and how long buses stand at each stop, by hour and day type.

Sparse knowledge leans on denser: an hour of a day type on that hour of all days, that on all hours of the element, and that on
the timetable (`profiles.lay_profiles`). Nothing is kept of single days, so memory is bounded by the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from transit.intervals import MIDDLES
from transit.kernels.columns import F32
from transit.kernels.intervals import BINS
from transit.kernels.learning import estimate
from transit.kernels.prediction_columns import Estimates, HistoryColumns
from transit.learning_parameters import LearningParameters
from transit.parameters import PredictionParameters

HOURS = 24
DAY_TYPES = 3
"""workday, Saturday, Sunday"""


@dataclass
class History:
    """Sums over elements: `links` links, then the dwells at stops. The arrays are written by the one writer."""

    links: int
    columns: HistoryColumns
    errors: F32
    """[2, ranges of time ahead, bins] errors of predictions, as `intervals.Intervals.counts`"""
    days: int = 0
    """service days that taught something"""
    last: str = ""
    """the latest of them, ISO 8601"""

    @classmethod
    def empty(cls, links: int, stops: int, hops: int, patterns: int) -> History:
        """Nothing learned yet."""
        count = links + stops
        table = (count, DAY_TYPES, HOURS)
        shapes = (table, table, count, count, hops, hops, *[patterns] * 6)
        columns: list[Any] = [*(np.zeros(shape, np.float32) for shape in shapes), np.zeros(5), np.zeros(2)]
        errors = np.zeros((2, len(MIDDLES), BINS), np.float32)
        return cls(links, HistoryColumns(*columns), errors)

    def begin_day(self, date: str, par: LearningParameters) -> None:
        """A service day begins (ISO 8601): what was known fades a little, so that the sums stay bounded and follow the years."""
        if date == self.last:
            return
        if self.last:
            for column in self.columns:
                column *= par.keep
            self.errors *= par.keep_errors
        self.days, self.last = self.days + 1, date

    def estimates(self, day_type: int, planned: F32, par: LearningParameters) -> Estimates:
        """Means of one day type; `planned` [day types, E, hours] s is what the timetable gives. See `kernels.learning.estimate`."""
        mean, measured = np.empty(planned.shape[1:], np.float32), np.empty(planned.shape[1], np.float32)
        estimate(self.columns, planned, day_type, par, mean, measured)
        return Estimates(mean, measured)

    def hop_factors(self, par: LearningParameters) -> F32:
        """[H] what a hop takes beside what its links say."""
        known = self.columns
        factor: F32 = ((known.hop_actual + par.hop_weight) / (known.hop_expected + par.hop_weight)).astype(np.float32)
        return factor

    def variances(self, typical: F32, par: LearningParameters) -> F32:
        """[E] s^2 of the times of single buses about what is typical."""
        known, weight = self.columns, par.deviation_weight
        variance: F32 = ((known.squares + weight * (par.deviation * typical) ** 2) / (known.passes + weight)).astype(np.float32)
        return variance

    def hold_shares(self, par: PredictionParameters) -> F32:
        """[P] share of their earliness that buses of each pattern wait out at timepoints."""
        known = self.columns
        every = (known.waited.sum() + par.hold_prior * par.hold_share) / (known.early.sum() + par.hold_prior)
        share: F32 = ((known.waited + par.hold_prior * every) / (known.early + par.hold_prior)).astype(np.float32)
        return share

    def recovery(self, par: PredictionParameters) -> float:
        """Share of its lateness that a bus makes up in the long run: `fade` times the slope of time made up over lateness.

        The slope is that of a line through all hops driven late, so that what every bus makes up is left to the hops.
        """
        typical, late, square, made_up, both = (float(one) for one in self.columns.lateness)
        mean = late / typical if typical > 0 else 0.0
        slope = par.recovery / par.fade
        found = (both - mean * made_up + par.recovery_prior * slope) / (square - mean * late + par.recovery_prior)
        return min(max(found * par.fade, 0.0), 1.0)

    def start_delays(self, par: LearningParameters) -> F32:
        """[P] s after its scheduled time that a bus which is ready starts, as seen at its second stop."""
        known = self.columns
        every = known.start_delay.sum() / (known.starts.sum() + par.start_weight)
        delay: F32 = ((known.start_delay + par.start_weight * every) / (known.starts + par.start_weight)).astype(np.float32)
        return delay
