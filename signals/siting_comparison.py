"""What the usual rankings would have chosen in a plan's place, in the same benefit: by flow and by betweenness."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signals.kernels.columns import F64, I32
from signals.kernels.siting import all_gains, take_in_order
from signals.siting import Limits, Plan, begin
from signals.siting_objective import Objective
from signals.siting_trips import Trips


class Ranking(NamedTuple):
    """One way to rank, and where it leads."""

    score: F64
    """[J]"""
    rank: I32
    """[J] from 1 among those that may be chosen; 0 of all others"""
    chosen: I32
    """as many as the plan chose, or as its budget pays for; those that must be in it first"""
    gain: F64
    """what each adds to those before it"""

    @property
    def benefit(self) -> float:
        """Of all of them."""
        return float(self.gain.sum())


def flow(trips: Trips) -> F64:
    """[J] persons a day that pass."""
    count = trips.intersections
    out = np.empty(count)
    all_gains(trips.start, trips.trip, trips.weight, np.ones(count), np.zeros(count), out)
    return out


def ranking(trips: Trips, objective: Objective, limits: Limits, plan: Plan, score: F64) -> Ranking:
    """The plan's number of intersections by `score` [J], high first, ties by row; under the same limits."""
    start = begin(trips, objective, limits)
    order = np.argsort(-score, kind="stable")
    rank = np.zeros(len(score), np.int32)
    able = order[(start.free | start.must)[order] == 1]
    rank[able] = np.arange(1, len(able) + 1)
    chosen, rest = [j for j in order.tolist() if start.must[j]], start.budget - float(start.cost[start.must == 1].sum())
    for j in order.tolist():
        if len(chosen) < len(plan.chosen) and start.free[j] and start.cost[j] <= rest:
            chosen.append(j)
            rest -= float(start.cost[j])
    taken, gain = np.array(chosen, np.int32), np.empty(len(chosen))
    take_in_order(taken, trips.start, trips.trip, start.left.copy(), objective.share, objective.extra, gain)
    return Ranking(score, rank, taken, gain)
