"""transit.geometry: the plane, lengths, simplification."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transit import geometry

ORIGIN = (36.71, 117.53)


def test_one_degree_has_the_ellipsoids_length() -> None:
    at_equator, at_pole = geometry.metres_per_degree(0.0), geometry.metres_per_degree(90.0)
    assert at_equator == pytest.approx((110_574.3, 111_319.5), abs=0.1)
    assert at_pole == pytest.approx((111_694.0, 0.0), abs=0.1)


@given(st.floats(-80, 80), st.floats(-180, 180), st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))
def test_to_wgs84_undoes_to_local(lat: float, lon: float, north: float, east: float) -> None:
    x, y = geometry.to_local(lat + north, lon + east, lat, lon)
    back = geometry.to_wgs84(x, y, lat, lon)
    assert back[0] == pytest.approx(lat + north, abs=1e-9)
    assert back[1] == pytest.approx(lon + east, abs=1e-9)


def test_unknown_coordinates_stay_unknown() -> None:
    x, y = geometry.to_local([36.71, np.nan], [117.54, np.nan], *ORIGIN)
    assert np.isfinite([x[0], y[0]]).all()
    assert np.isnan([x[1], y[1]]).all()


def test_distance_agrees_with_the_geodesic() -> None:
    # Vincenty's own example, Flinders Peak to Buninyong: 54,972.271 m
    metres = geometry.distance(-37.95103341666667, 144.42486788888888, -37.65282113888889, 143.92649552777777)
    assert metres == pytest.approx(54_972.271, rel=1e-5)


def test_lengths_along_a_polyline_add_up() -> None:
    lat, lon = np.array([36.71, 36.72, 36.72]), np.array([117.53, 117.53, 117.54])
    lengths = geometry.polyline_lengths(lat, lon)
    assert lengths[0] == 0
    assert np.diff(lengths) == pytest.approx(geometry.distance(lat[:-1], lon[:-1], lat[1:], lon[1:]))
    assert geometry.polyline_lengths(lat[:1], lon[:1]).tolist() == [0.0]


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=2, max_size=40), st.floats(0.1, 50))
def test_no_point_lies_further_from_the_simplified_line(points: list[tuple[float, float]], tolerance: float) -> None:
    x, y = np.array(points).T
    keep = geometry.simplify(x, y, tolerance)
    assert keep[0]
    assert keep[-1]
    kept = np.flatnonzero(keep)
    for first, last in pairwise(kept):
        for k in range(first, last + 1):
            assert _to_segment(x[k], y[k], x[first], y[first], x[last], y[last]) <= tolerance + 1e-6


def _to_segment(px: float, py: float, ax: float, ay: float, bx: float, by: float) -> float:
    square = (bx - ax) ** 2 + (by - ay) ** 2
    part = 0.0 if square == 0 else min(1.0, max(0.0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / square))
    return float(np.hypot(px - ax - part * (bx - ax), py - ay - part * (by - ay)))


def test_the_far_end_of_a_spur_survives_simplification() -> None:
    x, y = np.array([0.0, 50, 100, 50, 0]), np.zeros(5)
    assert geometry.simplify(x, y, 1.0).tolist() == [True, False, True, False, True]


def test_headings_are_degrees_clockwise_from_north() -> None:
    degrees = geometry.heading([0.0, 1.0, 0.0, -1.0, -1e-300], [1.0, 0.0, -1.0, 0.0, 1.0])
    assert degrees.tolist() == [0.0, 90.0, 180.0, 270.0, 0.0]
