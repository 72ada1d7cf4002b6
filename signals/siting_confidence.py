"""How sure the ranks of a plan are: the choice made again on days drawn with replacement, on trips where all are of one day.

The bootstrap of Efron (1979). Days are the unit where there are several, because trips of one day rise and fall together; with one
day the spread between days is not seen, and ranks look surer than they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from signals.kernels.columns import F64, I32
from signals.siting import Limits, Plan, begin, select
from signals.siting_objective import Measured, SitingError, SitingParameters, make_objective
from signals.siting_trips import Trips


@dataclass(frozen=True)
class Confidence:
    """Of the K rows of a plan."""

    unit: str
    """what was drawn: `days` or `trips`"""
    drawn: int
    """how many of them there are"""
    held: F64
    """[K] share of resamplings in which it is chosen at all"""
    top: F64
    """[K] share in which it ranks as high as here or higher"""
    low: I32
    """[K] the better end of the interval of its rank, from 1"""
    high: I32
    """[K] the worse end; K + 1: not chosen"""


def confidence(
    trips: Trips, measured: Measured, limits: Limits, plan: Plan, seed: int, q: SitingParameters | None = None
) -> Confidence:
    """Ranks of `plan` over `q.replicates` resamplings of its trips and daily gains; the same seed gives the same answer.

    Raises SitingError where trips and gains are of different days.
    """
    q = q or SitingParameters()
    generator = np.random.default_rng(seed)
    days = _days(trips, measured)
    count = len(plan.chosen)
    ranks = np.full((q.replicates, count), count + 1, np.int32)
    place = np.full(trips.intersections, -1, np.int32)
    place[plan.chosen] = np.arange(count)
    for k in range(q.replicates):
        drawn, again = _draw(trips, measured, days, generator)
        objective = make_objective(trips.intersections, again, q)
        found, _ = select(drawn, objective, begin(drawn, objective, limits), plan.by_ratio)
        ours = place[found.chosen]
        inside = np.flatnonzero(ours[:count] >= 0)
        ranks[k, ours[inside]] = inside + 1
    tail = (1 - q.interval) / 2
    low, high = np.quantile(ranks, (tail, 1 - tail), axis=0, method="inverted_cdf") if count else np.zeros((2, 0))
    return Confidence(
        "days" if days > 1 else "trips", days if days > 1 else len(trips), (ranks <= count).mean(axis=0),
        (ranks <= np.arange(1, count + 1)).mean(axis=0), low.astype(np.int32), high.astype(np.int32),
    )  # fmt: skip


def _days(trips: Trips, measured: Measured) -> int:
    of_trips = int(trips.day.max(initial=0)) + 1
    of_gains = 1 if measured.gain is None or measured.gain.ndim == 1 else len(measured.gain)
    if of_trips > 1 and of_gains > 1 and of_trips != of_gains:
        raise SitingError(f"trips are of {of_trips} days and gains of {of_gains}")
    return max(of_trips, of_gains)


def _draw(trips: Trips, measured: Measured, days: int, generator: np.random.Generator) -> tuple[Trips, Measured]:
    """One resampling: how often each day or trip was drawn multiplies weights."""
    if days == 1:
        times = np.bincount(generator.integers(0, len(trips), len(trips)), minlength=len(trips)) if len(trips) else np.zeros(0)
        return replace(trips, weight=trips.weight * times), measured
    drawn = generator.integers(0, days, days)
    times = np.bincount(drawn, minlength=days)
    again = measured.on_days(drawn)
    one_day = not trips.day.any()  # the same trips every day: only gains vary
    return trips if one_day else replace(trips, weight=trips.weight * times[trips.day]), again
