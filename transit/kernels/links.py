"""Which pieces of shapes are the same road: samples along shapes, each joined to an earlier one close by with the same heading.

The samples registered first stand for the road; a later one within reach of one of them is of that road, whatever pattern it
belongs to. Samples are found through a chained hash of square cells as wide as the reach.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import F32, I32, Records, ShapeColumns
from transit.kernels.prediction_columns import Measurements
from transit.learning_parameters import LearningParameters

SAME_WAY = 0.85
"""cosine of the angle (32°) by which headings on one road may differ"""


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
def index_points(points: F32, cell: float, head: I32, chain: I32) -> None:
    """The chained hash of all points by square cells of `cell` m: `head` [2^b] begins chains, `chain` [n] goes on, -1 ends."""
    head[:] = -1
    for i in range(points.shape[0]):
        slot = _slot(math.floor(points[i, 0] / cell), math.floor(points[i, 1] / cell), head.size)
        chain[i], head[slot] = head[slot], i


@njit(cache=True, nogil=True, error_model="numpy")
def drive_past(
    before: Records, after: Records, points: F32, head: I32, chain: I32, link_of_point: I32, length: F32, typical: F32,
    par: LearningParameters, count: int, out: Measurements,
) -> int:
    """Appends to the `count` rows of `out` what vehicles on no pattern tell of links they drive along; how many there are then.

    Two fixes near road samples whose headings agree with the way between them: the time goes to the link of both, or half of it
    to each. What does not fit into `out` is left out.
    """
    for v in range(before.size):
        one, other = before[v], after[v]
        took = other["heard"] - one["heard"]
        if other["pattern"] >= 0 or one["pattern"] >= 0 or not 0.0 < took <= par.longest_passing:
            continue
        east, north = other["x"] - one["x"], other["y"] - one["y"]
        way = math.sqrt(east * east + north * north)
        if way < par.least_passing or count + 2 > out.element.size:
            continue
        first = _nearest(one["x"], one["y"], east / way, north / way, points, head, chain, par.passing_reach)
        last = _nearest(other["x"], other["y"], east / way, north / way, points, head, chain, par.passing_reach)
        if first < 0 or last < 0:
            continue
        parts = 1 if link_of_point[first] == link_of_point[last] else 2
        for part in range(parts):
            link = link_of_point[first if part == 0 else last]
            share = min(way / parts / length[link], 1.0)
            out.element[count], out.vehicle[count], out.time[count] = link, v, other["heard"]
            out.actual[count], out.expected[count], out.share[count] = took / parts, share * typical[link], share
            out.passing[count] = 1
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(x: float, y: float, east: float, north: float, points: F32, head: I32, chain: I32, cell: float) -> int:
    """The nearest point within `cell` m whose heading is within 32° of (east, north); -1 none."""
    column, line = math.floor(x / cell), math.floor(y / cell)
    best, nearest = -1, cell * cell
    for k in range(9):
        j = head[_slot(column + k % 3 - 1, line + k // 3 - 1, head.size)]
        while j >= 0:
            away = (points[j, 0] - x) ** 2 + (points[j, 1] - y) ** 2
            if away < nearest and points[j, 2] * east + points[j, 3] * north >= SAME_WAY:
                best, nearest = j, away
            j = chain[j]
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def _slot(column: int, line: int, size: int) -> int:
    return ((column * 73_856_093) ^ (line * 19_349_663)) & (size - 1)
