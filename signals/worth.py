"""What better timing is worth, by intersection: delay under the best time-of-day plans less delay under timings that follow demand.

Computed from measured volumes and HCM control delay, without simulation; nothing of how the junction is timed today enters. Each day is
judged under plans made from the other days of its type. Three figures, and what each may be called:

* `upper`: timings best for each interval's own flows, which nobody has beforehand. An upper bound of what timing that follows flows of
  15 min can gain over good plans; counts scatter even where demand repeats, and following that scatter is part of it.
* `causal`: timings best for the flows of the interval before. What a plain adaptive system would gain; may be below 0, where demand
  changes by chance more than by trend.
* `finest`: as many plans as intervals, no following. What redrawn plans would gain without real time, as far as the days show.

Each interval stands by itself: delay of queues that stay from one to the next is missing on both sides, and more of it on that of the
plans. Where a detector counts only what got through, demand above capacity is missing too. `saturated` says how often that matters.
Nothing is said of what control inside an interval gains (gaps, coordination, priority).
Method: NCHRP Synthesis 403 (adaptive control pays where demand varies unforeseeably); day-wise bootstrap, Efron & Tibshirani 1993.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from signals.kernels.columns import F64, I32
from signals.plans import Judged, Junction, judge_days
from signals.worth_junctions import TimedIntersection
from signals.worth_parameters import WORTH, WorthParameters


class Estimate(NamedTuple):
    """One figure of each intersection, [J]; NaN unknown."""

    gain: F64
    """veh·s of delay less a day, over the intervals of the day that were measured on any day"""
    low: F64
    """lower end of its bootstrap interval over days (`WorthParameters.level`); NaN with fewer than three days. Days of disturbance are
    rare and weigh much, and plans from few days are poorer than from many: of the 95 % intervals that `bench signal_worth` makes from
    24 days, 83 to 92 % hold the figure of other days, where exact ones would hold 93 %"""
    high: F64
    per_vehicle: F64
    """s/veh: the gain over the vehicles counted in those intervals"""


class Worth(NamedTuple):
    """What better timing is worth; rows are intersections of the inventory."""

    upper: Estimate
    causal: Estimate
    finest: Estimate
    plans: F64
    """[J] s/veh of delay under the best time-of-day plans"""
    days: I32
    """[J] days that could be judged"""
    observed: F64
    """[J] share of all intervals of all days (but those left out) that were measured on all approaches and judged"""
    saturated: F64
    """[J] share of those in which even the best timing leaves an approach above capacity; there delay is understated; NaN none"""


def gain(
    volume: F64, intersections: Sequence[TimedIntersection], day_type: I32, rng: np.random.Generator,
    q: WorthParameters = WORTH,
) -> Worth:  # fmt: skip
    """The worth of each of `intersections` from `volume` [A, D, N] (`worth_volumes.volume_cube`; veh an interval, NaN unknown).

    `day_type` [D]: plans are made by it (weekday, Saturday, …); -1 leaves a day out. `rng` draws the bootstrap's days.
    An interval in which any approach of the intersection is unknown is unknown. Raises ValueError when shapes do not fit.
    """
    if volume.ndim != 3 or len(day_type) != volume.shape[1]:
        raise ValueError(f"volumes of shape {volume.shape} do not fit {len(day_type)} day types")
    kept = day_type >= 0
    volume, kinds, number = volume[:, kept], np.ascontiguousarray(day_type[kept], np.int32), len(intersections)
    figures = np.full((3, 4, number), np.nan)
    plans, observed, saturated = np.full(number, np.nan), np.zeros(number), np.full(number, np.nan)
    days, total = np.zeros(number, np.int32), len(kinds)
    draws = rng.multinomial(total, np.full(max(total, 1), 1.0 / max(total, 1)), q.resamples).astype(np.float64)
    for row, one in enumerate(intersections):
        if one.junction is None or not total:
            continue
        counted = np.moveaxis(volume[one.approach], 0, 2)
        judged = judge_days(counted / q.timing.period, one.junction, kinds, q)
        known = ~np.isnan(judged.plans)
        days[row], observed[row] = known.any(axis=1).sum(), known.mean()
        if not known.any():
            continue
        vehicles = np.where(known, counted.sum(axis=2), np.nan)
        daily = _a_day(vehicles)
        plans[row] = _over(_a_day(judged.plans), daily)
        saturated[row] = _saturated(counted[known] / q.timing.period, judged.timing[known], one.junction)
        for k, less in enumerate(_gains(judged)):
            figures[k, :, row] = _estimate(less, daily, draws, q)
    upper, causal, finest = (Estimate(*figure) for figure in figures)
    return Worth(upper, causal, finest, plans, days, observed, saturated)


def _gains(judged: Judged) -> tuple[F64, F64, F64]:
    """[D, N] veh·s saved, of each figure."""
    return judged.plans - judged.best, judged.plans - judged.causal, judged.plans - judged.finest


def _a_day(values: F64) -> float:
    """Mean over the days on which each interval [D, N] was measured, summed over the day."""
    known = ~np.isnan(values)
    count = known.sum(axis=0)
    return float((np.where(known, values, 0.0).sum(axis=0)[count > 0] / count[count > 0]).sum())


def _estimate(less: F64, vehicles: float, draws: F64, q: WorthParameters) -> tuple[float, float, float, float]:
    """gain, low, high, per vehicle. A resample without any day of an interval takes that interval's mean over all days."""
    known = ~np.isnan(less)
    low = high = np.nan
    if known.any(axis=1).sum() >= 3:
        values, once = np.where(known, less, 0.0), known.astype(np.float64)
        count = np.einsum("bd,dn->bn", draws, once)  # not BLAS, whose threads stand in each other's way on a busy machine
        mean = values.sum(axis=0) / np.maximum(once.sum(axis=0), 1.0)
        drawn = np.where(count > 0.0, np.einsum("bd,dn->bn", draws, values) / np.maximum(count, 1.0), mean).sum(axis=1)
        low, high = np.quantile(drawn, (0.5 - q.level / 2, 0.5 + q.level / 2))
    total = _a_day(less)
    return total, float(low), float(high), _over(total, vehicles)


def _over(delay: float, vehicles: float) -> float:
    return delay / vehicles if vehicles > 0.0 else float("nan")


def _saturated(flow: F64, timing: I32, junction: Junction) -> float:
    """Share of the rows of `flow` [R, M], veh/h, that their `timing` [R, 1 + S] leaves above capacity."""
    stage = np.repeat(np.arange(len(junction.least)), np.diff(junction.stage_start))
    capacity = junction.saturation * timing[:, 1 + stage] / timing[:, :1]
    return float((flow > capacity).any(axis=1).mean())
