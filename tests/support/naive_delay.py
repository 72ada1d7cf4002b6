"""Delay formulas in plain Python, written from the manuals' text, and the best timing by trying every one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

Movement = tuple[float, float, int]
"""flow veh/h, saturation veh/h, stage"""


def webster(flow: float, saturation: float, green: float, cycle: float) -> float:
    if math.isnan(flow + saturation + green + cycle) or flow <= 0 or saturation <= 0 or not 0 < green <= cycle:
        return math.nan
    split, q = green / cycle, flow / 3600
    degree = (flow / saturation) / split
    if degree >= 1:
        return math.nan
    terms = [
        cycle * (1 - split) ** 2 / (2 * (1 - flow / saturation)),
        degree**2 / (2 * q * (1 - degree)),
        -0.65 * (cycle / q**2) ** (1 / 3) * degree ** (2 + 5 * split),
    ]
    return sum(terms)


def control(
    flow: float, saturation: float, green: float, cycle: float, period: float = 0.25, k: float = 0.5, upstream: float = 1.0,
    on_green: float = math.nan, queue: float = 0.0,
) -> tuple[float, float, float]:  # fmt: skip
    if math.isnan(flow + saturation + green + cycle) or flow < 0 or saturation <= 0 or not 0 < green <= cycle:
        return math.nan, math.nan, math.nan
    red, c = cycle - green, saturation * green / cycle
    x = flow / c
    served = min(flow, c) / saturation
    d1 = 0.0 if red == 0 else red**2 / (2 * cycle * (1 - served))
    if not math.isnan(on_green) and red > 0:
        p, r = on_green, green / cycle
        d1 *= (1 - p) / (1 - r) * (1 - served) / (1 - min(1, x) * p) * (1 + served * (1 - p / r) / (1 - r))
    d2 = 900 * period * ((x - 1) + math.sqrt((x - 1) ** 2 + 8 * k * upstream * x / (c * period)))
    return d1, d2, _queue_delay(flow, c, period, queue)


def _queue_delay(flow: float, capacity: float, period: float, queue: float) -> float:
    if math.isnan(queue):
        return math.nan
    if queue <= 0 or flow == 0:
        return 0.0
    if flow >= capacity:
        unmet, left = period, period * (flow - capacity)
    else:
        unmet, left = min(queue / (capacity - flow), period), 0.0
    end = queue + unmet * (flow - capacity)
    return 3600 / (flow * period) * (
        unmet * (queue + end - left) / 2 + (end**2 - left**2) / (2 * capacity) - queue**2 / (2 * capacity)
    )


def cost(movements: Sequence[Movement], cycle: int, greens: Sequence[int], period: float = 0.25, k: float = 0.5) -> float:
    """veh·s of d1 + d2."""
    total = 0.0
    for flow, saturation, stage in movements:
        d1, d2, _ = control(flow, saturation, greens[stage], cycle, period, k)
        total += flow * period * (d1 + d2)
    return total


def best(movements: Sequence[Movement], least: Sequence[int], lost: int, cycles: Sequence[int]) -> float:
    """The least cost of all cycles and all whole greens."""
    return min(
        (cost(movements, cycle, greens) for cycle in cycles for greens in _splits(cycle - lost, least)),
        default=math.nan,
    )


def _splits(seconds: int, least: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if len(least) == 1:
        if seconds >= least[0]:
            yield (seconds,)
        return
    for first in range(least[0], seconds - sum(least[1:]) + 1):
        for rest in _splits(seconds - first, least[1:]):
            yield (first, *rest)
