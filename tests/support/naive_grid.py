"""Distances to segments one at a time: what the grid promises to find."""

from __future__ import annotations

import math

from transit.kernels.columns import GridColumns, ShapeColumns


def segments_within(shapes: ShapeColumns, x: float, y: float, metres: float) -> set[int]:
    """Segments that come within `metres` of a point."""
    found = set()
    for segment, (ax, ay, dx, dy, chord, *_) in enumerate(shapes.segments.tolist()):
        along = min(max((x - ax) * dx + (y - ay) * dy, 0.0), chord)
        if math.hypot(x - ax - along * dx, y - ay - along * dy) <= metres:
            found.add(segment)
    return found


def segments_of_cell(grid: GridColumns, x: float, y: float) -> set[int]:
    """Segments entered into the cell of a point; none outside the grid."""
    column, row = math.floor((x - grid.x0) / grid.cell), math.floor((y - grid.y0) / grid.cell)
    if not (0 <= column < grid.columns and 0 <= row < grid.rows):
        return set()
    cell = row * grid.columns + column
    return set(grid.segment[grid.start[cell] : grid.start[cell + 1]].tolist())
