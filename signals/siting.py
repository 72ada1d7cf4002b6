"""Where next: the intersections to equip, chosen greedily, with how far from the best that may be and what exchanges would change.

Greedy choice of n reaches at least 1 − 1/e of the best choice (Nemhauser, Wolsey & Fisher 1978). Under a budget the better of greedy
by gain per cost and greedy by gain — which begins with the best single intersection — reaches half of that (Leskovec et al. 2007,
KDD). Both hold beside those that must be chosen, which come first, since what a set adds to a given one is submodular too. What is
proved for the case at hand is far nearer (Minoux 1978, and `signals.siting_bound`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.kernels.columns import F64, I32, U8
from signals.kernels.siting import all_gains, best_swaps, choose, corridor_passes
from signals.siting_bound import Room, fill, tangent_bound
from signals.siting_objective import Objective, SitingError
from signals.siting_trips import Trips

GREEDY = 1 - math.exp(-1)


@dataclass(frozen=True)
class Limits:
    """What may be chosen: rows of intersections."""

    most: int | None = None
    """how many, those that must be in it among them; None: as many as the budget pays for"""
    budget: float = math.inf
    cost: F64 | None = None
    """[J] > 0 in the budget's unit; None: 1 each"""
    must: Sequence[int] = ()
    never: Sequence[int] = ()
    equipped: Sequence[int] = ()
    """those that run in real time already: trips have their gains"""
    candidates: U8 | None = None
    """[J] 0: not one of the intersections that count; None: all are"""


class Selection(NamedTuple):
    """One greedy choice in order, those that must be in it first."""

    chosen: I32
    gain: F64
    """what each adds"""
    by_ratio: bool
    reached: bool
    """whether it stopped because it had `most`"""
    evaluations: int


@dataclass(frozen=True)
class Plan:
    """K chosen intersections in order, in the objective's unit."""

    chosen: I32
    gain: F64
    """[K] what each adds to those before it"""
    cost: F64
    """[K]"""
    must: U8
    """[K] 1: it had to be in it"""
    corridor: F64
    """[K] weighted passes a day from one equipped intersection straight to the next that it adds. Coordination may gain there; it is
    told and not optimised, because such gains grow with each neighbour and would void the guarantee"""
    swap: I32
    """[K] the row that would replace it best; -1 none may"""
    swap_change: F64
    """[K] what that would change; NaN none may"""
    bound: float
    """no choice within the limits is worth more"""
    guarantee: float
    """share of the best choice that is proved beforehand; NaN where both number and budget bind"""
    by_ratio: bool
    """chosen by gain per cost"""
    evaluations: int

    @property
    def benefit(self) -> float:
        """Of all of them."""
        return float(self.gain.sum())

    @property
    def gap(self) -> float:
        """Share of the best choice that may be missing, at most."""
        return max(0.0, 1.0 - self.benefit / self.bound) if self.bound > 0 else 0.0

    @property
    def swap_regret(self) -> float:
        """What the best single exchange would add; 0 when none would."""
        return max(0.0, float(np.nanmax(self.swap_change, initial=0.0)))


class Start(NamedTuple):
    """Where a choice begins: limits checked, in columns."""

    left: F64
    """[T] what trips can still gain beside the equipped"""
    must: U8
    """[J]"""
    free: U8
    """[J] may be chosen and need not"""
    cost: F64
    most: int
    budget: float


def begin(trips: Trips, objective: Objective, limits: Limits) -> Start:
    """Raises SitingError when limits contradict each other or cannot be kept."""
    count = trips.intersections
    cost = np.ones(count) if limits.cost is None else np.asarray(limits.cost, np.float64)
    must, free = np.zeros(count, np.uint8), np.ones(count, np.uint8)
    if limits.candidates is not None:
        free &= limits.candidates != 0
    free[list(limits.never) + list(limits.equipped)] = 0
    must[list(limits.must)] = 1
    free &= 1 - must
    if set(limits.must) & {*limits.never, *limits.equipped}:
        raise SitingError("an intersection that must be chosen is excluded, or equipped already")
    if not (cost[(free | must) == 1] > 0).all():
        raise SitingError("a cost is unknown or not above 0")
    if limits.most is None and math.isinf(limits.budget):
        raise SitingError("neither a number nor a budget says where to stop")
    most = count if limits.most is None else limits.most
    if must.sum() > most:
        raise SitingError(f"{int(must.sum())} intersections must be chosen and the number is {most}")
    if cost[must == 1].sum() > limits.budget:
        raise SitingError(f"those that must be chosen cost {cost[must == 1].sum():g} and the budget is {limits.budget:g}")
    left = trips.weight * objective.scale
    for j in set(limits.equipped):
        left[trips.trip[trips.start[j] : trips.start[j + 1]]] *= 1.0 - objective.share[j]
    return Start(left, must, free, cost, most, limits.budget)


def select(trips: Trips, objective: Objective, start: Start, by_ratio: bool) -> tuple[Selection, F64]:
    """(the greedy choice, what trips can still gain beside it)."""
    left = start.left.copy()
    chosen, gain = np.empty(trips.intersections, np.int32), np.empty(trips.intersections)
    columns = trips.start, trips.trip, left, objective.share, objective.extra
    k, first = choose(start.must, start.most, math.inf, start.cost, by_ratio, *columns, chosen, gain)
    rest = start.budget - float(start.cost[chosen[:k]].sum())
    m, then = choose(start.free, start.most - k, rest, start.cost, by_ratio, *columns, chosen[k:], gain[k:])
    return Selection(chosen[: k + m].copy(), gain[: k + m].copy(), by_ratio, k + m == start.most, first + then), left


def make_plan(trips: Trips, objective: Objective, limits: Limits) -> Plan:
    """Choose, and say how good the choice is. Raises SitingError (see `begin`)."""
    start = begin(trips, objective, limits)
    runs = [select(trips, objective, start, by_ratio) for by_ratio in ((False,) if math.isinf(start.budget) else (False, True))]
    best, left = max(runs, key=lambda run: float(run[0].gain.sum()))
    residual = np.empty(trips.intersections)
    bound = math.inf
    for run, beside in reversed(runs):
        all_gains(trips.start, trips.trip, beside, objective.share, objective.extra, residual)
        bound = min(bound, _bound(trips, objective, start, run, residual))
    bound = max(bound, float(best.gain.sum()))  # they may be equal, and rounding apart
    if best is not runs[0][0]:
        all_gains(trips.start, trips.trip, left, objective.share, objective.extra, residual)
    other, change = np.empty(len(best.chosen), np.int32), np.empty(len(best.chosen))
    spare = start.budget - float(start.cost[best.chosen].sum())
    best_swaps(
        best.chosen, 1 - start.must[best.chosen], start.free, start.cost, spare, trips.first, trips.stop, trips.start, trips.trip,
        start.left, left, objective.share, objective.extra, residual, other, change,
    )  # fmt: skip
    return Plan(
        best.chosen, best.gain, start.cost[best.chosen], start.must[best.chosen], _corridor(trips, limits, best.chosen), other, change,
        bound, _guarantee([run for run, _ in runs], trips, objective, start), best.by_ratio, sum(run.evaluations for run, _ in runs),
    )  # fmt: skip


def _bound(trips: Trips, objective: Objective, start: Start, run: Selection, residual: F64) -> float:
    """No choice adds more to this one than the largest gains beside it; the tangent plane there bounds nearer."""
    rest = start.budget - float(start.cost[start.must == 1].sum())
    room = Room(start.free, start.must, start.cost, start.most - int(start.must.sum()), rest)
    chosen, beside = np.zeros(trips.intersections), start.free.copy()
    chosen[run.chosen], beside[run.chosen] = 1.0, 0
    by_gains = float(run.gain.sum()) + fill(residual, beside, room)[0]
    return min(by_gains, tangent_bound(trips, start.left, objective, chosen, room))


def _guarantee(runs: Sequence[Selection], trips: Trips, objective: Objective, start: Start) -> float:
    if len(runs) == 1:
        return GREEDY
    unbound, _ = select(trips, objective, start._replace(budget=math.inf), False)
    if start.cost[unbound.chosen].sum() <= start.budget:
        return GREEDY
    return math.nan if any(run.reached for run in runs) else GREEDY / 2


def _corridor(trips: Trips, limits: Limits, chosen: I32) -> F64:
    step = np.full(trips.intersections, -1, np.int32)
    step[list(limits.equipped)] = 0
    step[chosen] = np.arange(1, len(chosen) + 1)
    passes = np.empty(len(chosen) + 1)
    corridor_passes(trips.first, trips.stop, trips.weight, step, passes)
    return passes[1:]
