"""transit.polylines: few long segments that keep true distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from transit.geometry import polyline_lengths, to_local, to_wgs84
from transit.kernels.columns import (
    SEGMENT_CHORD,
    SEGMENT_DX,
    SEGMENT_DY,
    SEGMENT_HEADING,
    SEGMENT_PROGRESS,
    SEGMENT_STRETCH,
    SEGMENT_X,
    SEGMENT_Y,
)  # fmt: skip
from transit.polylines import LONG, MERGE_TOLERANCE, TOLERANCE, shape_columns, simplified

ORIGIN = (36.71, 117.53)


def _wgs84(points: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    return to_wgs84(*np.array(points, float).T, *ORIGIN)


def test_a_straight_is_cut_into_equal_parts() -> None:
    segments = simplified(*_wgs84([(0, 0), (333, 0), (1000, 0)]), *ORIGIN)
    assert segments.columns[:, SEGMENT_CHORD] == pytest.approx([333.3] * 3, abs=0.1)
    assert segments.columns[:, SEGMENT_PROGRESS] == pytest.approx([0, 333.3, 666.7], abs=0.1)
    assert segments.columns[:, SEGMENT_HEADING] == pytest.approx([90] * 3)


def test_a_corner_stays_where_it_is() -> None:
    segments = simplified(*_wgs84([(0, 0), (200, 0), (200, -200)]), *ORIGIN)
    assert segments.columns[:, [SEGMENT_X, SEGMENT_Y]] == pytest.approx(np.array([[0, 0], [200, 0]]), abs=0.01)
    assert segments.columns[:, SEGMENT_HEADING] == pytest.approx([90, 180], abs=0.01)


def test_a_bend_drawn_in_many_points_becomes_long_segments() -> None:
    turn = np.linspace(0, np.pi, 400)
    segments = simplified(*_wgs84(list(zip(500 * np.cos(turn), 500 * np.sin(turn)))), *ORIGIN)
    assert segments.columns[:-1, SEGMENT_CHORD].min() >= 60
    assert segments.length == pytest.approx(500 * np.pi, rel=1e-3)


def test_the_far_end_of_a_spur_is_not_cut_off() -> None:
    segments = simplified(*_wgs84([(0, 0), (300, 0), (0, 0)]), *ORIGIN)
    assert segments.columns[:, SEGMENT_DX] == pytest.approx([1, -1])
    assert segments.length == pytest.approx(600, abs=0.1)


def test_a_shape_smaller_than_the_tolerance_still_has_a_segment() -> None:
    segments = simplified(*_wgs84([(0, 0), (0.4, 0), (0, 0)]), *ORIGIN)
    assert len(segments.columns) >= 1
    assert np.isfinite(segments.columns).all()
    assert segments.length == pytest.approx(0.8, abs=0.01)


def test_patterns_of_one_shape_get_their_own_segments() -> None:
    one, two = (simplified(*_wgs84([(0, 0), (length, 0)]), *ORIGIN) for length in (300, 900))
    shapes = shape_columns([one, two], [1, 0, 1])
    assert shapes.segment_start.tolist() == [0, 3, 4, 7]
    assert shapes.length == pytest.approx([900, 300, 900], abs=0.1)
    assert shapes.segments.dtype == np.float32


@given(st.lists(st.tuples(st.floats(-30, 90), st.floats(-60, 60)), min_size=2, max_size=60))
def test_segments_follow_the_shape_in_true_metres(steps: list[tuple[float, float]]) -> None:
    lat, lon = _wgs84([(float(x), float(y)) for x, y in np.cumsum(steps, axis=0)])
    along = polyline_lengths(lat, lon)
    assume(np.all(np.diff(along) > 0.01))
    segments = simplified(lat, lon, *ORIGIN)
    rows = segments.columns.astype(float)

    ends = rows[:, SEGMENT_PROGRESS] + rows[:, SEGMENT_CHORD] * rows[:, SEGMENT_STRETCH]
    assert rows[0, SEGMENT_PROGRESS] == 0
    assert ends[:-1] == pytest.approx(rows[1:, SEGMENT_PROGRESS], abs=0.01)
    assert ends[-1] == pytest.approx(along[-1], abs=0.01) == pytest.approx(segments.length, abs=0.01)
    assert np.hypot(rows[:, SEGMENT_DX], rows[:, SEGMENT_DY]) == pytest.approx(1, abs=1e-5)
    assert rows[:, SEGMENT_CHORD].max() <= LONG + 0.01
    assert rows[:, SEGMENT_CHORD].min() > 0

    x, y = to_local(lat, lon, *ORIGIN)
    for px, py, progress in zip(x, y, along):
        own = max(0, int(np.searchsorted(rows[:, SEGMENT_PROGRESS], progress, side="right")) - 1)
        away = min(_away(rows[k], px, py) for k in range(max(0, own - 1), min(len(rows), own + 2)))
        assert away <= TOLERANCE + MERGE_TOLERANCE + 0.5


def _away(row: np.ndarray, x: float, y: float) -> float:
    east, north = x - row[SEGMENT_X], y - row[SEGMENT_Y]
    along = min(max(east * row[SEGMENT_DX] + north * row[SEGMENT_DY], 0.0), row[SEGMENT_CHORD])
    return float(np.hypot(east - along * row[SEGMENT_DX], north - along * row[SEGMENT_DY]))
