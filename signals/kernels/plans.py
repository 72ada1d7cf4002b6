"""Best time-of-day plans: which of a set of timings to run when, so that the day's delay is least with at most so many plans.

`cost` [D, N, Q] is the delay (veh·s) on day d in interval n under timing q; NaN: not measured, and no reason for or against any plan.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32


@njit(cache=True, nogil=True, error_model="numpy")
def add_days(cost: F64, day_type: I32, wanted: int, total: F64) -> int:
    """`total` [N, Q]: the sum over the days of the type `wanted`, what was not measured left out; returns how many days those are."""
    days, intervals, timings = cost.shape
    total[:] = 0.0
    count = 0
    for d in range(days):
        if day_type[d] != wanted:
            continue
        count += 1
        for n in range(intervals):
            if not math.isnan(cost[d, n, 0]):
                for q in range(timings):
                    total[n, q] += cost[d, n, q]
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def choose(total: F64, plans: int, shortest: int, least: F64, timing: I32, best: F64, begin: I32, choice: I32) -> float:
    """The delay under the best day of at most `plans` plans of at least `shortest` intervals each; `choice` [N]: the timing in force.

    Exact: the best timing of every span of the day, then dynamic programming over where spans begin. Ties: fewer plans, later switch.
    Scratch: `least`, `timing` [N + 1, N + 1] of each span; `best`, `begin` [plans + 1, N + 1]. A day shorter than `shortest`: inf.
    """
    intervals, timings = total.shape
    running = np.empty(timings)
    for i in range(intervals):
        running[:] = 0.0
        for j in range(i + 1, intervals + 1):
            at = 0
            for q in range(timings):
                running[q] += total[j - 1, q]
                if running[q] < running[at]:
                    at = q
            least[i, j], timing[i, j] = running[at], at
    best[:] = np.inf
    best[0, 0] = 0.0
    for k in range(1, plans + 1):
        for j in range(shortest, intervals + 1):
            for i in range(j - shortest + 1):
                found = best[k - 1, i] + least[i, j]
                if found <= best[k, j] and found < np.inf:
                    best[k, j], begin[k, j] = found, i
    k = 1
    for more in range(2, plans + 1):
        if best[more, intervals] < best[k, intervals]:
            k = more
    cheapest: float = best[k, intervals]
    end = intervals
    while end > 0 and cheapest < np.inf:
        first = begin[k, end]
        choice[first:end] = timing[first, end]
        end = first
        k -= 1
    return cheapest


@njit(cache=True, nogil=True, error_model="numpy")
def judge(cost: F64, day_type: I32, plans: int, shortest: int, held: F64, finest: F64, choice: I32) -> None:
    """The delay of each day under plans made from the other days of its type; NaN where there is none or nothing was measured.

    `held` [D, N] with at most `plans` plans; `finest` [D, N] with a plan of its own in every interval where the other days ask for one;
    `choice` [D, N] the timing of `held` (-1 none). Days of type -1 are left out.
    """
    days, intervals, timings = cost.shape
    total, others = np.empty((intervals, timings)), np.empty((intervals, timings))
    least, timing = np.empty((intervals + 1, intervals + 1)), np.empty((intervals + 1, intervals + 1), np.int32)
    best, begin = np.empty((plans + 1, intervals + 1)), np.empty((plans + 1, intervals + 1), np.int32)
    held[:] = np.nan
    finest[:] = np.nan
    choice[:] = -1
    done = np.zeros(days, np.uint8)
    for first in range(days):
        if day_type[first] < 0 or done[first]:
            continue
        count = add_days(cost, day_type, day_type[first], total)
        for d in range(first, days):
            if day_type[d] != day_type[first]:
                continue
            done[d] = 1
            if count < 2:
                continue
            leave_out(cost[d], total, others)
            choose(others, plans, shortest, least, timing, best, begin, choice[d])
            for n in range(intervals):
                at = max(choice[d, n], 0)
                for q in range(timings):
                    if others[n, q] < others[n, at]:
                        at = q
                finest[d, n] = cost[d, n, at]
                if choice[d, n] >= 0:
                    held[d, n] = cost[d, n, choice[d, n]]


@njit(cache=True, nogil=True, error_model="numpy")
def leave_out(day: F64, total: F64, others: F64) -> None:
    """`others` [N, Q] = `total` less `day`, what was not measured counting nothing."""
    for n in range(day.shape[0]):
        measured = not math.isnan(day[n, 0])
        for q in range(day.shape[1]):
            others[n, q] = total[n, q] - day[n, q] if measured else total[n, q]
