"""The spatial index: which segments pass near each square cell of the local plane.

A segment is entered into every cell that lies within the margin of it (and a few just beyond), so that a position finds all
segments within the margin by looking into its own cell alone.
"""

from __future__ import annotations

import math

import numpy as np

from transit.kernels.columns import (
    F64,
    SEGMENT_CHORD,
    SEGMENT_DX,
    SEGMENT_DY,
    SEGMENT_X,
    SEGMENT_Y,
    GridColumns,
    ShapeColumns,
)

CELL = 250.0
"""m"""
MARGIN = 60.0
"""m"""
_STEP = 60.0
_CELLS_MOST = 4_000_000
"""a feed with a point in another country gets larger cells instead of more of them"""


def grid_columns(shapes: ShapeColumns, cell: float = CELL, margin: float = MARGIN) -> GridColumns:
    """Index all segments; `cell` grows when the feed spans more cells than fit."""
    pattern = np.repeat(np.arange(len(shapes.segment_start) - 1, dtype=np.int32), np.diff(shapes.segment_start))
    x, y, segment = _samples(shapes)
    if len(segment) == 0:
        return GridColumns(0.0, 0.0, cell, 1, 1, np.zeros(2, np.int32), np.zeros(0, np.int32), pattern)
    reach = margin + _STEP / 2
    x0, y0 = float(x.min()) - reach, float(y.min()) - reach
    width, height = float(x.max()) + reach - x0, float(y.max()) + reach - y0
    cell = max(cell, 2 * reach, math.sqrt(width * height / _CELLS_MOST), max(width, height) / _CELLS_MOST)
    columns, rows = int(width // cell) + 1, int(height // cell) + 1
    pairs = []
    for east in (-reach, reach):
        for north in (-reach, reach):
            cells = ((y + north - y0) // cell).astype(np.int64) * columns + ((x + east - x0) // cell).astype(np.int64)
            pairs.append(cells * len(pattern) + segment)
    found = np.unique(np.concatenate(pairs))
    start = np.searchsorted(found // len(pattern), np.arange(columns * rows + 1)).astype(np.int32)
    return GridColumns(x0, y0, cell, columns, rows, start, (found % len(pattern)).astype(np.int32), pattern)


def _samples(shapes: ShapeColumns) -> tuple[F64, F64, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Points at most _STEP apart along every segment, both ends included, and the segment each is of."""
    rows = shapes.segments.astype(np.float64)
    parts = np.maximum(1, np.ceil(rows[:, SEGMENT_CHORD] / _STEP)).astype(np.int64) + 1
    segment = np.repeat(np.arange(len(rows)), parts)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(parts) - parts, parts)
    metres = rows[segment, SEGMENT_CHORD] * step / (parts[segment] - 1)
    x = rows[segment, SEGMENT_X] + metres * rows[segment, SEGMENT_DX]
    y = rows[segment, SEGMENT_Y] + metres * rows[segment, SEGMENT_DY]
    return x, y, segment
