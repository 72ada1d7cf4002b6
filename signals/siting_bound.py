"""The most that any choice within the limits can be worth: what a plan is measured against."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from signals.kernels.columns import F64, U8
from signals.kernels.siting_bound import best_step, tangent
from signals.siting_objective import Objective
from signals.siting_trips import Trips

STEPS, HALVINGS = 3, 4
"""steps from a greedy choice towards the best fractional one: on a grid of 1,024 intersections the first leaves 1 to 3 % of doubt, the
third half of a percent, and later ones change little"""
HIGHEST_RATE = 700.0
"""λ of β = 1, where exp(−λ) is still a number; what it leaves of a trip is 1e-304"""


class Room(NamedTuple):
    """What the limits leave for rows that need not be chosen."""

    free: U8
    """[J] 1: may be chosen and need not"""
    must: U8
    """[J] 1: is chosen in any case"""
    cost: F64
    number: int
    budget: float


def fill(value: F64, rows: U8, room: Room) -> tuple[float, F64]:
    """(the most that rows, or fractions of them, can add up to, how much [J] of each that takes): number and budget apart.

    With both the smaller of two sums, each of which bounds the true one.
    """
    able = np.flatnonzero((rows != 0) & (value > 0) & (room.cost <= room.budget))
    by_value = able[np.argsort(-value[able], kind="stable")][: room.number]
    x = np.zeros(len(value))
    x[by_value] = 1.0
    most = float(value[by_value].sum())
    if not math.isinf(room.budget):
        by_ratio = able[np.argsort(-value[able] / room.cost[able], kind="stable")]
        spent = np.cumsum(room.cost[by_ratio])
        part = np.clip((room.budget - spent + room.cost[by_ratio]) / room.cost[by_ratio], 0.0, 1.0)
        paid = float((part * value[by_ratio]).sum())
        if paid < most:
            x[:] = 0.0
            x[by_ratio], most = part, paid
    return most, x


def tangent_bound(trips: Trips, whole: F64, objective: Objective, chosen: F64, room: Room) -> float:
    """The least bound of tangent planes at `chosen` [J] (0/1) and at a few points between it and the best fractional choice."""
    rate = np.minimum(-np.log1p(-np.minimum(objective.share, 1 - 1e-16)), HIGHEST_RATE)
    rate[objective.share >= 1.0] = HIGHEST_RATE
    slope, left, x, bound = np.empty(len(rate)), np.empty(len(trips)), chosen.copy(), math.inf
    for step in range(STEPS):
        worth = tangent(trips.first, trips.stop, whole, rate, objective.extra, x, left, slope)
        most, to = fill(slope, room.free, room)
        bound = min(bound, worth + most - float((slope * x)[room.must == 0].sum()))
        if step + 1 < STEPS:
            to[room.must == 1] = 1.0
            x += best_step(trips.first, trips.stop, left, rate, objective.extra, to - x, HALVINGS) * (to - x)
    return bound
