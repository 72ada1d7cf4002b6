"""What equipping an intersection is worth: seconds saved per vehicle and bus delay, made one benefit with diminishing returns.

Let a trip of w persons a day pass chosen intersections with gains g_j (s saved per vehicle against the best time-of-day plans). It
saves w · s · (1 − Π (1 − β_j)) with β_j = 1 − exp(−g_j / s), which is w · s · (1 − exp(−Σ g_j / s)): nearly w · Σ g_j at first, less
with each further intersection, since platoons that one releases the next has less to adapt to. The scale s makes a typical gain
β = 0.15, so equal gains give 1 − 0.85^k. Bus passengers' delay at an intersection adds `bus_saving` of itself, undiminished.

A sum of weighted coverage terms and constants ≥ 0: monotone and submodular (Nemhauser, Wolsey & Fisher 1978), which greedy choice
and its bounds rest on. Negative gains count as 0, for nobody switches on what harms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.kernels.columns import F64, I64, U8

SECONDS, TRIPS = "person_seconds_per_day", "trips_per_day"


class SitingError(Exception):
    """What was asked cannot be: `str()` is one sentence for a person."""


class SitingParameters(NamedTuple):
    """Constants of where-next."""

    typical_share: float = 0.15
    """β of an intersection with the median gain: 1 − 0.85^k over k intersections, the curve on which greedy choice was compared with
    coverage and rankings (900 intersections, 23,600 trips)"""
    assumed_gain: float = math.nan
    """s per vehicle where the gain is not known; NaN: the median of the known ones"""
    bus_saving: float = 0.12
    """share of bus delay at an intersection that real-time control saves: what SCOOT saves of all delay against fresh TRANSYT plans"""
    replicates: int = 100
    """resamplings behind the confidence of ranks; shares are then good to ±5 %"""
    interval: float = 0.9
    """share of resamplings between the low and the high rank"""
    samples: int = 2000
    """sources of betweenness in larger networks: networkx takes minutes for all"""


class Objective(NamedTuple):
    """The benefit in numbers, J intersections."""

    share: F64
    """[J] β, 0 ≤ β ≤ 1"""
    extra: F64
    """[J] what it adds beside trips, in `unit`; ≥ 0"""
    scale: float
    """what one trip saves at most: s, or 1 where no gain is known"""
    unit: str
    """`person_seconds_per_day`, or `trips_per_day` where no gain is known"""
    assumed: U8
    """[J] 1: its gain is not known and stands for a typical one"""
    without_bus: U8
    """[J] 1: bus delay is not known and counts as none, so its benefit is a lower bound"""


@dataclass(frozen=True)
class Measured:
    """What was measured of J intersections; None: nothing of that kind was."""

    gain: F64 | None = None
    """[J], or [D, J] by day: s saved per vehicle; NaN unknown"""
    bus_delay: F64 | None = None
    """[J] person-seconds a day that bus passengers wait at its approaches; NaN unknown. Leave out when trips are themselves buses"""

    def on_days(self, days: I64) -> Measured:
        """The same with only some days' gains, which may repeat."""
        return self if self.gain is None or self.gain.ndim == 1 else Measured(self.gain[days], self.bus_delay)


def make_objective(intersections: int, measured: Measured | None = None, q: SitingParameters | None = None) -> Objective:
    """The objective of J intersections. Raises SitingError where bus delay is given and no gain says what a trip's seconds are."""
    measured, q = measured or Measured(), q or SitingParameters()
    known = np.full(intersections, np.nan) if measured.gain is None else _mean_of_days(measured.gain)
    assumed = np.isnan(known)
    bus = np.full(intersections, np.nan) if measured.bus_delay is None else np.asarray(measured.bus_delay, np.float64)
    without_bus = np.isnan(bus).astype(np.uint8)
    if assumed.all() and math.isnan(q.assumed_gain):
        if not np.isnan(bus).all():
            raise SitingError("bus delay is in seconds and no intersection's gain is: give gains, or a gain to assume")
        share = np.full(intersections, q.typical_share)
        return Objective(share, np.zeros(intersections), 1.0, TRIPS, assumed.astype(np.uint8), without_bus)
    gains = np.maximum(np.where(assumed, _assumed(known, q), known), 0.0)
    positive = gains[gains > 0]
    scale = float(np.median(positive)) / -math.log1p(-q.typical_share) if len(positive) else 1.0
    extra = q.bus_saving * np.where(np.isnan(bus), 0.0, np.maximum(bus, 0.0))
    return Objective(-np.expm1(-gains / scale), extra, scale, SECONDS, assumed.astype(np.uint8), without_bus)


def _assumed(known: F64, q: SitingParameters) -> float:
    return float(np.nanmedian(np.maximum(known, 0.0))) if math.isnan(q.assumed_gain) else q.assumed_gain


def _mean_of_days(gain: F64) -> F64:
    if gain.ndim == 1:
        return np.asarray(gain, np.float64)
    seen = (~np.isnan(gain)).sum(axis=0)
    return np.where(seen > 0, np.nansum(gain, axis=0) / np.maximum(seen, 1), np.nan)
