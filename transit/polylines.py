"""Polylines in degrees to the segments that positions are matched against.

A shape is simplified twice: Douglas–Peucker with 1 m, then short neighbours are merged while that moves no point by more than
3 m, because a window of few long segments is what makes matching fast; straights are cut at 400 m. A segment keeps the true
distance at its start and the true metres a metre of its chord stands for, so progress stays exact whatever was merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transit.geometry import from_chord, heading, polyline_lengths, simplify, to_local
from transit.kernels.columns import F32, F64, I32, I64, ShapeColumns

TOLERANCE = 1.0
"""m, Douglas–Peucker"""
MERGE_TOLERANCE = 3.0
"""m, well under the noise of a bus's position"""
SHORT = 60.0
"""m; segments under it are merged with the next where the geometry allows"""
LONG = 400.0
"""m; longer segments are cut into equal parts"""


class Segments(NamedTuple):
    """One polyline, simplified."""

    columns: F32
    """[G, 8] as ShapeColumns.segments"""
    length: float
    """true metres"""


def simplified(lat: F64, lon: F64, origin_lat: float, origin_lon: float) -> Segments:
    """Segments of one polyline of at least two different points."""
    x, y = to_local(lat, lon, origin_lat, origin_lon)
    along = polyline_lengths(lat, lon)
    kept = _merged(x, y, np.flatnonzero(simplify(x, y, TOLERANCE)))
    if _chord(x, y, int(kept[0]), int(kept[1])) == 0:
        kept = np.arange(len(x))
    x, y, along = _cut(x[kept], y[kept], along[kept])
    dx, dy = np.diff(x), np.diff(y)
    chord = np.hypot(dx, dy)
    columns = (x[:-1], y[:-1], dx / chord, dy / chord, chord, along[:-1], np.diff(along) / chord, heading(dx, dy))
    return Segments(np.column_stack(columns).astype(np.float32), float(along[-1]))


def shape_columns(segments: Sequence[Segments], of_pattern: Sequence[int] | I32) -> ShapeColumns:
    """The columns of patterns that each run along one of the polylines."""
    chosen = [segments[index] for index in of_pattern]
    start = np.concatenate([[0], np.cumsum([len(one.columns) for one in chosen])]).astype(np.int32)
    rows = np.concatenate([one.columns for one in chosen]) if chosen else np.zeros((0, 8), np.float32)
    return ShapeColumns(start, np.ascontiguousarray(rows), np.array([one.length for one in chosen], np.float32))


def _merged(x: F64, y: F64, kept: I64) -> I64:
    """Of the kept points those that stay when segments under SHORT take in the next one."""
    chosen = [int(kept[0])]
    place = 0
    while place < len(kept) - 1:
        end = place + 1
        while end < len(kept) - 1 and _may_merge(x, y, int(kept[place]), int(kept[end]), int(kept[end + 1])):
            end += 1
        chosen.append(int(kept[end]))
        place = end
    if len(chosen) > 2 and _chord(x, y, chosen[-2], chosen[-1]) < 0.5:
        del chosen[-2]
    return np.array(chosen)


def _may_merge(x: F64, y: F64, first: int, middle: int, last: int) -> bool:
    """Whether the short piece first … middle can go on to last as one segment."""
    reach = _chord(x, y, first, middle)
    if reach < 0.5:
        return True
    if reach >= SHORT and _chord(x, y, middle, last) >= SHORT:
        return False
    if reach + _chord(x, y, middle, last) > LONG:
        return False
    return float(from_chord(x[first : last + 1], y[first : last + 1]).max()) <= MERGE_TOLERANCE


def _chord(x: F64, y: F64, first: int, last: int) -> float:
    return float(np.hypot(x[last] - x[first], y[last] - y[first]))


def _cut(x: F64, y: F64, along: F64) -> tuple[F64, F64, F64]:
    """Points with straights longer than LONG cut into equal parts."""
    parts = np.maximum(1, np.ceil(np.hypot(np.diff(x), np.diff(y)) / LONG)).astype(np.int64)
    place = np.repeat(np.arange(len(parts)), parts)
    part = (np.arange(len(place)) - np.repeat(np.cumsum(parts) - parts, parts)) / parts[place]
    at = np.append(place + part, len(x) - 1)
    points = np.arange(len(x))
    return np.interp(at, points, x), np.interp(at, points, y), np.interp(at, points, along)
