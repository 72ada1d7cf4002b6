"""Timings of one junction: the best for each interval's flows, and the best time-of-day plans over days.

Best: least control delay (HCM d1 + d2, pretimed, random arrivals, each interval by itself: a queue left over is not carried on, so
delay above capacity is a lower bound) over cycles of a grid and effective greens in whole seconds. Webster's minimisation with
minimum greens and all movements instead of the critical ones only; a movement is critical when its delay says so.

Time-of-day plans are exact over every way to cut the day into spans and, for each span, over a library of timings: the best ones of the
mean flows (over days) of each interval and of blocks of 2, 4, 8 … intervals. A span's plan is the one of least delay summed over the
days as they were, which serves uneven days better than the plan of the mean. Days end at midnight: no span crosses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.kernels.columns import F64, I32
from signals.kernels.delay import best_timings, costs_each, costs_under
from signals.kernels.plans import choose, judge
from signals.worth_parameters import TIMING, WORTH, TimingParameters, WorthParameters


@dataclass(frozen=True)
class Junction:
    """What a timing has to serve: M movements (approaches or lane groups) in S stages that follow each other."""

    saturation: F64
    """[M] veh/h of green, all lanes of the movement; movements in order of their stage"""
    stage_start: I32
    """[S+1] the movements of stage s are `stage_start[s]` … `stage_start[s + 1]` - 1"""
    least: I32
    """[S] s of effective green at least: for drivers and for whoever crosses (`signals.delay.pedestrian_green`)"""
    lost: int
    """s of effective green lost a cycle"""


class Timings(NamedTuple):
    """One timing a row; cycle 0 and delay NaN where a flow is unknown or no cycle is long enough."""

    timing: I32
    """[R, 1 + S] s: cycle, then effective greens"""
    cost: F64
    """[R] veh·s of delay in the interval"""


class DayPlans(NamedTuple):
    """Time-of-day plans in force, P of them."""

    begin: I32
    """[P] interval of the day at which each begins; the first is 0"""
    timing: I32
    """[P, 1 + S] s: cycle, then effective greens"""
    cost: float
    """veh·s over all days that they were made from"""


class Judged(NamedTuple):
    """Delay (veh·s) of each interval, [D, N], under four ways to time it; NaN where it was not measured or nothing can be said."""

    plans: F64
    """best time-of-day plans, made from the other days of the same type"""
    finest: F64
    """the same with as many plans as intervals: what plans can do at most where demand repeats"""
    causal: F64
    """best for the flows of the interval before, which is known in time; where that was not measured, as `plans`"""
    best: F64
    """best for the interval's own flows, which nobody knows beforehand: no timing by flows does better"""
    timing: I32
    """[D, N, 1 + S] the timings of `best`, s; cycle 0 unknown"""


def cycle_grid(q: TimingParameters) -> I32:
    """s, the cycles that are tried."""
    return np.arange(q.shortest_cycle, q.longest_cycle + 1, q.cycle_step, dtype=np.int32)


def best_timing(flow: F64, junction: Junction, q: TimingParameters = TIMING) -> Timings:
    """The timing of least delay for each row of `flow` [R, M], veh/h."""
    rows = np.ascontiguousarray(flow, np.float64)
    timing, cost = np.zeros((len(rows), len(junction.stage_start)), np.int32), np.empty(len(rows))
    best_timings(
        rows, junction.saturation, junction.stage_start, junction.least, junction.lost, cycle_grid(q), q.period, q.factor, timing, cost
    )
    return Timings(timing, cost)


def library(flow: F64, junction: Junction, q: TimingParameters = TIMING) -> I32:
    """[Q, 1 + S] the timings that plans are chosen from; Q is 0 where no interval of `flow` [D, N, M] is known."""
    known: NDArray[np.bool_] = np.asarray(~np.isnan(flow).any(axis=2))
    total, count = np.where(known[:, :, None], flow, 0.0).sum(axis=0), known.sum(axis=0)
    means, width, intervals = [], 1, flow.shape[1]
    while True:
        at = np.arange(0, intervals, width)
        days = np.add.reduceat(count, at)
        some = np.flatnonzero(days)
        means.append(np.add.reduceat(total, at, axis=0)[some] / days[some, None])
        if width >= intervals:
            break
        width *= 2
    found = best_timing(np.concatenate(means), junction, q).timing
    return np.unique(found[found[:, 0] > 0], axis=0)


def day_plans(flow: F64, junction: Junction, q: WorthParameters = WORTH) -> DayPlans | None:
    """The best at most `q.plans` plans of a day for the days of `flow` [D, N, M] (veh/h; NaN unknown); None when nothing is known."""
    timings = library(flow, junction, q.timing)
    if not len(timings):
        return None
    n, choice = flow.shape[1], np.full(flow.shape[1], -1, np.int32)
    least, at = np.empty((n + 1, n + 1)), np.empty((n + 1, n + 1), np.int32)
    best, begin = np.empty((q.plans + 1, n + 1)), np.empty((q.plans + 1, n + 1), np.int32)
    total = np.nansum(_costs(flow, junction, timings, q.timing), axis=0)
    cost = choose(total, q.plans, q.shortest_plan, least, at, best, begin, choice)
    if choice[0] < 0:
        return None
    changes = np.flatnonzero(np.diff(choice, prepend=-1)).astype(np.int32)
    return DayPlans(changes, timings[choice[changes]], float(cost))


def judge_days(flow: F64, junction: Junction, day_type: I32, q: WorthParameters = WORTH) -> Judged:
    """Each interval of `flow` [D, N, M] (veh/h; NaN unknown) under the four ways. `day_type` [D]: plans go by it; -1: no such day.

    The library is made from all days of each type, the one judged among them, which flatters plans a little; what is chosen from
    it is not.
    """
    days, intervals, movements = flow.shape
    rows = np.ascontiguousarray(flow, np.float64).reshape(-1, movements)
    own = best_timing(rows, junction, q.timing)
    unknown, timing = [np.full((days, intervals), np.nan) for _ in range(3)], own.timing.reshape(days, intervals, -1)
    kinds = np.unique(day_type[day_type >= 0]).tolist()
    of_types = [library(flow[day_type == kind], junction, q.timing) for kind in kinds]
    timings = np.unique(np.concatenate([np.zeros((0, own.timing.shape[1]), np.int32), *of_types]), axis=0)
    if not len(timings):
        return Judged(unknown[0], unknown[1], unknown[2], own.cost.reshape(days, intervals), timing)
    cost = _costs(flow, junction, timings, q.timing)
    plans, finest, choice = unknown[0], unknown[1], np.empty((days, intervals), np.int32)
    judge(cost, day_type, q.plans, q.shortest_plan, plans, finest, choice)
    before, causal = np.zeros_like(own.timing), np.empty(days * intervals)
    before[1:] = own.timing[:-1]
    before[::intervals] = 0
    costs_each(rows, junction.saturation, junction.stage_start, before, q.timing.period, q.timing.factor, causal)
    late = causal.reshape(days, intervals)
    # the best of all timings by search; were one of the library better for a rounding, it counts
    best = np.minimum(own.cost.reshape(days, intervals), cost.min(axis=2))
    return Judged(plans, finest, np.where(np.isnan(late) | np.isnan(plans), plans, late), best, timing)


def _costs(flow: F64, junction: Junction, timings: I32, q: TimingParameters) -> F64:
    """[D, N, Q] veh·s."""
    days, intervals, movements = flow.shape
    out = np.empty((days * intervals, len(timings)))
    rows = np.ascontiguousarray(flow, np.float64).reshape(-1, movements)
    costs_under(rows, junction.saturation, junction.stage_start, timings, q.period, q.factor, out)
    return out.reshape(days, intervals, len(timings))
