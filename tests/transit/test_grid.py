"""transit.grid: whatever lies within the margin of a point is in the point's cell."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.naive_grid import segments_of_cell, segments_within
from tests.support.tiny_city import tiny_network
from transit.geometry import to_wgs84
from transit.grid import CELL, MARGIN, grid_columns
from transit.kernels.columns import ShapeColumns
from transit.polylines import shape_columns, simplified

_POINT = st.tuples(st.floats(-1500, 1500), st.floats(-1500, 1500))


def _shapes(lines: list[list[tuple[float, float]]]) -> ShapeColumns:
    segments = []
    for line in lines:
        lat, lon = to_wgs84(*np.array(line).T, 36.71, 117.53)
        segments.append(simplified(lat, lon, 36.71, 117.53))
    return shape_columns(segments, range(len(lines)))


@given(
    st.lists(st.lists(_POINT, min_size=2, max_size=4, unique=True), min_size=1, max_size=4),
    st.lists(_POINT, min_size=1, max_size=9),
)
def test_a_cell_holds_every_segment_within_the_margin(
    lines: list[list[tuple[float, float]]], points: list[tuple[float, float]]
) -> None:
    shapes = _shapes([[(x, y), (x + 1, y), *rest] for (x, y), *rest in lines])
    grid = grid_columns(shapes)
    for x, y in points:
        assert segments_within(shapes, x, y, MARGIN) <= segments_of_cell(grid, x, y)


def test_a_segment_is_entered_once_a_cell_and_knows_its_pattern() -> None:
    network = tiny_network()
    grid = network.grid
    for cell in range(grid.columns * grid.rows):
        inside = grid.segment[grid.start[cell] : grid.start[cell + 1]]
        assert len(set(inside.tolist())) == len(inside)
    assert grid.cell == CELL
    assert grid.start[-1] == len(grid.segment)
    assert np.array_equal(np.bincount(grid.pattern_of_segment), np.diff(network.shapes.segment_start))


def test_a_point_in_another_country_makes_cells_larger_not_more() -> None:
    grid = grid_columns(_shapes([[(0, 0), (500, 0)], [(4_000_000, 3_000_000), (4_000_500, 3_000_000)]]))
    assert grid.columns * grid.rows < 5_000_000
    assert grid.cell > CELL


def test_an_empty_network_has_an_empty_grid() -> None:
    grid = grid_columns(ShapeColumns(np.zeros(1, np.int32), np.zeros((0, 8), np.float32), np.zeros(0, np.float32)))
    assert (grid.columns * grid.rows, len(grid.segment)) == (1, 0)
