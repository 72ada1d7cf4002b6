"""Delay at signals (Webster; Highway Capacity Manual), and the timing in whole seconds that makes it least.

HCM: Highway Capacity Manual, 6th and 7th ed., chapter 19. Flows in veh/h, times in s, delays in s/veh unless said otherwise.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32

EPSILON = 1e-9
"""veh·s below which a second of green moved from one stage to another gains nothing"""


@njit(cache=True, nogil=True, error_model="numpy")
def webster(flow: float, saturation: float, green: float, cycle: float) -> float:
    """d = C(1-λ)²/2(1-λx) + x²/2q(1-x) - 0.65(C/q²)^⅓ x^(2+5λ), Webster 1958, eq. 1; NaN outside 0 < x < 1, 0 < λ <= 1."""
    if not (0.0 < green <= cycle and saturation > 0.0 and flow > 0.0):
        return np.nan
    share = green / cycle
    x = flow / (saturation * share)
    if x >= 1.0:
        return np.nan
    q = flow / 3600.0
    even = cycle * (1.0 - share) ** 2 / (2.0 * (1.0 - share * x))
    random = x * x / (2.0 * q * (1.0 - x))
    found: float = even + random - 0.65 * (cycle / (q * q)) ** (1.0 / 3.0) * x ** (2.0 + 5.0 * share)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def uniform(x: float, share: float, cycle: float) -> float:
    """d1 without progression: 0.5 C(1-g/C)² / (1 - min(1, X) g/C); HCM eq. 19-19. No red: 0."""
    if share >= 1.0:
        return 0.0
    return 0.5 * cycle * (1.0 - share) ** 2 / (1.0 - min(1.0, x) * share)


@njit(cache=True, nogil=True, error_model="numpy")
def incremental(x: float, capacity: float, period: float, factor: float, upstream: float) -> float:
    """d2 = 900T[(X-1) + √((X-1)² + 8kIX/cT)]; HCM eq. 19-26. `period` h, `capacity` veh/h; for X below and above 1."""
    over = x - 1.0
    return 900.0 * period * (over + math.sqrt(over * over + 8.0 * factor * upstream * x / (capacity * period)))


@njit(cache=True, nogil=True, error_model="numpy")
def initial_queue(flow: float, capacity: float, period: float, queue: float) -> float:
    """d3 of a queue of `queue` veh that stood when the period of `period` h began; HCM eq. 19-44 … 19-49."""
    if queue <= 0.0 or flow <= 0.0:
        return 0.0
    if flow >= capacity:
        without, unmet = period * (flow - capacity), period
    else:
        without, unmet = 0.0, min(queue / (capacity - flow), period)
    end = queue + unmet * (flow - capacity)
    area = unmet * (queue + end - without) / 2.0 + (end * end - without * without - queue * queue) / (2.0 * capacity)
    return 3600.0 / (flow * period) * area


@njit(cache=True, nogil=True, error_model="numpy")
def progression(x: float, share: float, on_green: float) -> float:
    """PF of d1 when `on_green` of the vehicles (0–1) arrive in green; HCM eq. 19-20. 1 for random arrivals, P = g/C."""
    if share >= 1.0:
        return 1.0
    held = min(1.0, x)
    y = held * share
    spread = (1.0 - y) / (1.0 - held * on_green) * (1.0 + y * (1.0 - on_green / share) / (1.0 - share))
    return (1.0 - on_green) / (1.0 - share) * spread


@njit(cache=True, nogil=True, error_model="numpy")
def webster_delays(flow: F64, saturation: F64, green: F64, cycle: F64, out: F64) -> None:
    """`webster` of each row, [n]."""
    for i in range(flow.size):
        out[i] = webster(flow[i], saturation[i], green[i], cycle[i])


@njit(cache=True, nogil=True, error_model="numpy")
def control_delays(
    flow: F64, saturation: F64, green: F64, cycle: F64, period: float, factor: F64, upstream: F64, on_green: F64, queue: F64,
    out: F64,
) -> None:
    """`out` [n, 3]: d1·PF, d2, d3 of each row; NaN where an input is NaN or out of its domain. `on_green` NaN: random arrivals."""
    for i in range(flow.size):
        out[i] = np.nan
        if not (0.0 < green[i] <= cycle[i] and saturation[i] > 0.0 and flow[i] >= 0.0):
            continue
        share = green[i] / cycle[i]
        capacity = saturation[i] * share
        x = flow[i] / capacity
        pf = 1.0 if math.isnan(on_green[i]) else progression(x, share, on_green[i])
        out[i, 0] = pf * uniform(x, share, cycle[i])
        out[i, 1] = incremental(x, capacity, period, factor[i], upstream[i])
        out[i, 2] = queue[i] if math.isnan(queue[i]) else initial_queue(flow[i], capacity, period, queue[i])


@njit(cache=True, nogil=True, error_model="numpy")
def stage_cost(flow: F64, saturation: F64, first: int, last: int, green: float, cycle: float, period: float, factor: float) -> float:
    """veh·s of control delay (d1 + d2, random arrivals, no queue before) in one period on the movements `first` … `last` - 1."""
    total = 0.0
    share = green / cycle
    for m in range(first, last):
        if flow[m] > 0.0:
            capacity = saturation[m] * share
            x = flow[m] / capacity
            total += flow[m] * period * (uniform(x, share, cycle) + incremental(x, capacity, period, factor, 1.0))
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def best_greens(
    flow: F64, saturation: F64, stage_start: I32, least: I32, cycle: int, period: float, factor: float, green: I32,
    change: F64,
) -> float:
    """Moves single seconds between stages until no move lessens delay; `green` [S] adds up and is changed in place. The delay, veh·s.

    A stage's delay is convex in its green (d2 outweighs the kink of d1 at X = 1), so where no single move helps none does.
    `change` [2, S] is scratch: the change of delay with a second more, and with one less.
    """
    stages = green.size
    total = 0.0
    for s in range(stages):
        first, last, g = stage_start[s], stage_start[s + 1], green[s]
        now = stage_cost(flow, saturation, first, last, g, cycle, period, factor)
        change[0, s] = stage_cost(flow, saturation, first, last, g + 1, cycle, period, factor) - now
        change[1, s] = np.inf
        if g > least[s]:
            change[1, s] = stage_cost(flow, saturation, first, last, g - 1, cycle, period, factor) - now
        total += now
    moved = False
    for _ in range(cycle):
        up, down, gain = -1, -1, -EPSILON
        for a in range(stages):
            for b in range(stages):
                if a != b and change[0, a] + change[1, b] < gain:
                    up, down, gain = a, b, change[0, a] + change[1, b]
        if up < 0:
            break
        moved = True
        green[up] += 1
        green[down] -= 1
        change[1, up], change[0, down] = -change[0, up], -change[1, down]
        first, last, g = stage_start[up], stage_start[up + 1], green[up]
        change[0, up] = stage_cost(flow, saturation, first, last, g + 1, cycle, period, factor)
        change[0, up] -= stage_cost(flow, saturation, first, last, g, cycle, period, factor)
        first, last, g = stage_start[down], stage_start[down + 1], green[down]
        change[1, down] = np.inf
        if g > least[down]:
            change[1, down] = stage_cost(flow, saturation, first, last, g - 1, cycle, period, factor)
            change[1, down] -= stage_cost(flow, saturation, first, last, g, cycle, period, factor)
    if moved:
        total = 0.0
        for s in range(stages):
            total += stage_cost(flow, saturation, stage_start[s], stage_start[s + 1], green[s], cycle, period, factor)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def share_out(green: I32, more: int) -> None:
    """Gives `more` seconds to the stages in proportion to what they have: where the search for the next cycle starts."""
    total, given, past = green.sum(), 0, 0
    for s in range(green.size):
        past += green[s]
        due = more * past // total
        green[s] += due - given
        given = due


@njit(cache=True, nogil=True, error_model="numpy")
def best_timings(
    flow: F64, saturation: F64, stage_start: I32, least: I32, lost: int, cycles: I32, period: float, factor: float, timing: I32,
    cost: F64,
) -> None:
    """The best timing of each row of `flow` [R, M] (veh/h, in order of stage): `timing` [R, 1 + S] cycle and greens, `cost` [R].

    `cycles` rise; those too short for `lost` and `least` [S] are passed over. Rows with NaN: cycle 0, cost NaN. All movements
    empty: the shortest cycle, cost 0.
    """
    stages = stage_start.size - 1
    needed = lost
    for s in range(stages):
        needed += least[s]
    green, change = np.empty(stages, np.int32), np.empty((2, stages))
    for r in range(flow.shape[0]):
        timing[r] = 0
        cost[r] = np.nan
        if math.isnan(flow[r].sum()):
            continue
        before = 0
        for c in range(cycles.size):
            cycle = cycles[c]
            if cycle < needed:
                continue
            if before == 0:
                green[:] = least
                before = needed
            share_out(green, cycle - before)
            before = cycle
            total = best_greens(flow[r], saturation, stage_start, least, cycle, period, factor, green, change)
            if math.isnan(cost[r]) or total < cost[r]:
                cost[r] = total
                timing[r, 0] = cycle
                timing[r, 1:] = green


@njit(cache=True, nogil=True, error_model="numpy")
def cost_of(flow: F64, saturation: F64, stage_start: I32, timing: I32, period: float, factor: float) -> float:
    """veh·s of flows [M] under one timing [1 + S]; NaN where a flow is NaN or the cycle 0."""
    if timing[0] <= 0 or math.isnan(flow.sum()):
        return np.nan
    total = 0.0
    for s in range(stage_start.size - 1):
        total += stage_cost(flow, saturation, stage_start[s], stage_start[s + 1], timing[1 + s], timing[0], period, factor)
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def costs_under(flow: F64, saturation: F64, stage_start: I32, timing: I32, period: float, factor: float, out: F64) -> None:
    """`out` [R, Q]: the cost of each row of `flow` [R, M] under each timing [Q, 1 + S]."""
    for r in range(flow.shape[0]):
        for q in range(timing.shape[0]):
            out[r, q] = cost_of(flow[r], saturation, stage_start, timing[q], period, factor)


@njit(cache=True, nogil=True, error_model="numpy")
def costs_each(flow: F64, saturation: F64, stage_start: I32, timing: I32, period: float, factor: float, out: F64) -> None:
    """`out` [R]: the cost of each row of `flow` [R, M] under its own timing [R, 1 + S]."""
    for r in range(flow.shape[0]):
        out[r] = cost_of(flow[r], saturation, stage_start, timing[r], period, factor)
