"""Which pieces of shapes are the same road: samples along shapes, each joined to an earlier one close by with the same heading.

The samples registered first stand for the road; a later one within reach of one of them is of that road, whatever pattern it
belongs to. Samples are found through a chained hash of square cells as wide as the reach.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import F32, I32, ShapeColumns


@njit(cache=True, nogil=True, error_model="numpy")
def sample_shapes(shapes: ShapeColumns, start: I32, points: F32) -> None:
    """points [n, 4] = x, y (m), unit dx, dy in the middle of equal steps of each shape; rows start[p] … start[p + 1] are its own."""
    segments = shapes.segments
    for p in range(start.size - 1):
        count = start[p + 1] - start[p]
        at, last = shapes.segment_start[p], shapes.segment_start[p + 1] - 1
        for k in range(count):
            progress = (k + 0.5) * shapes.length[p] / count
            while at < last and segments[at + 1, 5] <= progress:
                at += 1
            along = (progress - segments[at, 5]) / segments[at, 6]
            row = start[p] + k
            points[row, 0] = segments[at, 0] + along * segments[at, 2]
            points[row, 1] = segments[at, 1] + along * segments[at, 3]
            points[row, 2], points[row, 3] = segments[at, 2], segments[at, 3]


@njit(cache=True, nogil=True, error_model="numpy")
def join_roads(points: F32, given: int, reach: float, cosine: float, road: I32) -> None:
    """road[i] = the registered sample that sample i is on, i itself when it is the first there.

    `points` [n, 4] as `sample_shapes` gives them. The first `given` are registered as they are. Another is of the nearest one
    within `reach` m whose heading differs by no more than the angle of `cosine`.
    """
    count = points.shape[0]
    size = 16
    while size < 2 * count:
        size *= 2
    head, link = np.full(size, -1, np.int32), np.full(count, -1, np.int32)
    for i in range(count):
        column, line = math.floor(points[i, 0] / reach), math.floor(points[i, 1] / reach)
        best, nearest = i, np.float32(reach * reach)
        if i >= given:
            for cell in range(9):
                j = head[_slot(column + cell % 3 - 1, line + cell // 3 - 1, size)]
                while j >= 0:
                    east, north = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
                    away = east * east + north * north
                    if away < nearest and points[j, 2] * points[i, 2] + points[j, 3] * points[i, 3] >= cosine:
                        best, nearest = j, away
                    j = link[j]
        road[i] = best
        if best == i:
            slot = _slot(column, line, size)
            link[i], head[slot] = head[slot], i


@njit(cache=True, nogil=True, error_model="numpy")
def _slot(column: int, line: int, size: int) -> int:
    return ((column * 73_856_093) ^ (line * 19_349_663)) & (size - 1)
