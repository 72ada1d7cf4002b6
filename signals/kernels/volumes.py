"""Counts of any interval spread over intervals of one width."""

from __future__ import annotations

import math

from numba import njit

from signals.kernels.columns import F64, I32


@njit(cache=True, nogil=True, error_model="numpy")
def fill_cube(
    start: F64, end: F64, row: I32, volume: F64, origin: float, width: float, cube: F64, covered: F64
) -> int:
    """Spreads counts over intervals: `cube` [A, T] veh and `covered` [A, T] detector-seconds are added to; how many were left out.

    `start`, `end`, `origin`, `width` in s; interval t is `origin` + t·`width` … ; a count over several is shared out by time. `row`
    -1, an end not after its start, or a span outside all intervals: left out. An unknown volume makes its intervals unknown.
    """
    left_out = 0
    intervals = cube.shape[1]
    for i in range(start.size):
        span = end[i] - start[i]
        first = math.floor((start[i] - origin) / width)
        last = math.ceil((end[i] - origin) / width)
        if row[i] < 0 or not span > 0.0 or last <= 0 or first >= intervals:
            left_out += 1
            continue
        for t in range(max(first, 0), min(last, intervals)):
            begin = origin + t * width
            share = min(end[i], begin + width) - max(start[i], begin)
            cube[row[i], t] += volume[i] * share / span
            covered[row[i], t] += share
    return left_out
