"""Time-of-day plans by trying every way to cut the day, and counts spread second by second."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

Day = Sequence[Sequence[float]]
"""cost of each interval under each timing; NaN not measured"""


def cuts(intervals: int, plans: int, shortest: int) -> Iterator[tuple[int, ...]]:
    """Every way to cut a day into at most `plans` spans of at least `shortest` intervals, as borders from 0 to the end."""
    for number in range(plans):
        for inner in combinations(range(1, intervals), number):
            borders = (0, *inner, intervals)
            if all(b - a >= shortest for a, b in pairwise(borders)):
                yield borders


def best(days: Sequence[Day], plans: int, shortest: int) -> tuple[float, list[int]]:
    """Least delay over all days, and the timing in force in each interval."""
    intervals = len(days[0])
    found, choice = math.inf, [-1] * intervals
    for borders in cuts(intervals, plans, shortest):
        total, chosen = 0.0, []
        for a, b in pairwise(borders):
            spans = [sum_known(days, a, b, q) for q in range(len(days[0][0]))]
            at = spans.index(min(spans))
            total += spans[at]
            chosen += [at] * (b - a)
        if total < found:
            found, choice = total, chosen
    return found, choice


def sum_known(days: Sequence[Day], first: int, last: int, timing: int) -> float:
    return sum(day[n][timing] for day in days for n in range(first, last) if not math.isnan(day[n][timing]))


def spread(
    counts: Sequence[tuple[int, int, int, float]], rows: int, origin: int, width: int, intervals: int
) -> tuple[list[list[float]], list[list[int]], int]:
    """Of (start s, end s, row, veh), second by second: vehicles and seconds of each interval; how many were left out."""
    cube = [[0.0] * intervals for _ in range(rows)]
    covered = [[0] * intervals for _ in range(rows)]
    left_out = 0
    for start, end, row, volume in counts:
        touched = False
        for second in range(start, end):
            t = (second - origin) // width
            if row >= 0 and 0 <= t < intervals:
                cube[row][t] += volume / (end - start)
                covered[row][t] += 1
                touched = True
        left_out += not touched
    return cube, covered, left_out
