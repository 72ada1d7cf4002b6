"""feeds.gtfs_placement: stops on shapes that cross, loop and turn back on themselves."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from feeds.gtfs_placement import (
    Placement,
    Polyline,
    _cheapest,
    _project,
    make_track,
    place_stops,
    separate,
    straight_line,
)
from tests.support.naive_placement import cheapest_cost
from transit.geometry import polyline_lengths, to_wgs84

ORIGIN = (36.71, 117.53)


def _line(*points: tuple[float, float], traveled: list[float] | None = None) -> Polyline:
    """A polyline through local metres."""
    lat, lon = to_wgs84(*np.array(points, float).T, *ORIGIN)
    return Polyline(lat, lon, polyline_lengths(lat, lon), np.array(traveled) if traveled else np.full(len(points), np.nan))


def _place(
    line: Polyline, stops: list[tuple[float, float]], ids: list[int] | None = None, traveled: list[float] | None = None
) -> Placement:
    x, y = np.array(stops, float).T
    unknown = np.full(len(stops), np.nan)
    stop = np.array(ids if ids is not None else range(len(stops)), np.int32)
    return place_stops(line, make_track(line, ORIGIN), x, y, stop, unknown if traveled is None else np.array(traveled))


def test_stops_beside_a_straight_road() -> None:
    placement = _place(_line((0, 0), (1000, 0)), [(10, 8), (500, -8), (990, 8)])
    assert placement.distance == pytest.approx([10, 500, 990], abs=0.1)
    assert placement.offset == pytest.approx([8, 8, 8], abs=0.01)
    assert not placement.from_feed


def test_a_loop_begins_at_its_start_and_ends_at_its_end() -> None:
    square = _line((0, 0), (400, 0), (400, 400), (0, 400), (0, 0))
    placement = _place(square, [(0, -5), (405, 200), (200, 405), (0, -5)], ids=[0, 1, 2, 0])
    assert placement.distance == pytest.approx([0, 600, 1000, 1600], abs=0.5)


def test_out_and_back_on_one_road_takes_each_stop_on_its_own_pass() -> None:
    spur = _line((0, 0), (1000, 0), (0, 0))
    placement = _place(spur, [(0, 0), (400, 0), (1000, 0), (400, 0), (0, 0)], ids=[0, 1, 2, 1, 0])
    assert placement.distance == pytest.approx([0, 400, 1000, 1600, 2000], abs=0.5)


def test_twice_round_a_circle_is_twice_its_length() -> None:
    corners = [(0, 0), (300, 0), (300, 300), (0, 300)]
    placement = _place(_line(*corners, *corners, (0, 0)), [*corners, *corners, (0, 0)], ids=[0, 1, 2, 3, 0, 1, 2, 3, 0])
    assert placement.distance == pytest.approx(np.arange(9) * 300, abs=0.5)


def test_a_figure_of_eight_crosses_at_the_right_time() -> None:
    eight = _line((0, 0), (200, 200), (400, 0), (400, 200), (200, 0), (0, 200))
    leg = 200 * np.sqrt(2)
    placement = _place(eight, [(0, 0), (100, 100), (400, 100), (300, 100), (0, 200)])
    assert placement.distance == pytest.approx([0, leg / 2, 2 * leg + 100, 2 * leg + 200 + leg / 2, 4 * leg + 200], abs=0.5)


def test_one_misplaced_stop_does_not_pull_the_others_along() -> None:
    hairpin = _line((0, 0), (1000, 0), (1000, 900), (0, 900))
    stops = [(0, 0), (300, 0), (500, 700), (700, 0), (990, 0), (1000, 500), (0, 900)]
    placement = _place(hairpin, stops)
    assert placement.distance[[1, 3, 4, 5]] == pytest.approx([300, 700, 990, 1500], abs=0.5)
    assert placement.offset[2] > 600


def test_stops_in_the_wrong_order_on_a_straight_are_moved_little() -> None:
    placement = _place(_line((0, 0), (3000, 0)), [(0, 0), (1500, 0), (1480, 0), (3000, 0)])
    assert np.all(np.diff(placement.distance) > 0)
    assert placement.offset.max() < 60


def test_different_stops_at_one_place_are_a_metre_apart_and_one_stop_twice_is_not() -> None:
    apart = _place(_line((0, 0), (1000, 0)), [(0, 0), (500, 0), (500, 0), (1000, 0)])
    assert np.diff(apart.distance) == pytest.approx([500, 1, 499], abs=0.01)
    together = _place(_line((0, 0), (1000, 0)), [(0, 0), (500, 0), (500, 0), (1000, 0)], ids=[0, 1, 1, 2])
    assert np.diff(together.distance) == pytest.approx([500, 0, 500], abs=0.01)


@pytest.mark.parametrize("unit", [1.0, 1000.0, 1609.344, 0.3048])
def test_the_feeds_own_distances_are_believed_in_any_unit(unit: float) -> None:
    spur = _line((0, 0), (1000, 0), (0, 0))
    placement = _place(spur, [(0, 0), (400, 6), (400, -6)], traveled=[0, 1600 / unit, 1600 / unit])
    assert placement.from_feed
    assert placement.distance == pytest.approx([0, 1600, 1601], abs=0.5)


def test_the_feeds_own_distances_are_read_against_those_of_the_shape() -> None:
    bent = _line((0, 0), (1000, 0), (1000, 500), traveled=[7.0, 9.0, 17.0])
    placement = _place(bent, [(0, 0), (500, 0), (1000, 250)], traveled=[7.0, 8.0, 13.0])
    assert placement.from_feed
    assert placement.distance == pytest.approx([0, 500, 1250], abs=0.5)


@pytest.mark.parametrize("traveled", [[0.0, 900, 1000], [0, 500, 400], [500, 500, 500], [0, 600, 5000], [-1, 500, 1000]])
def test_distances_that_contradict_the_shape_are_not_believed(traveled: list[float]) -> None:
    placement = _place(_line((0, 0), (1000, 0)), [(0, 0), (500, 0), (1000, 0)], traveled=traveled)
    assert not placement.from_feed
    assert placement.distance == pytest.approx([0, 500, 1000], abs=0.5)


def test_straight_lines_through_the_stops() -> None:
    lat, lon = to_wgs84(np.array([0.0, 300, 300, 300]), np.array([0.0, 0, 0, 400]), *ORIGIN)
    line, distance = straight_line(lat, lon)
    assert distance == pytest.approx([0, 300, 300, 700], abs=0.1)
    assert len(line.lat) == 3
    assert separate(distance, np.array([0, 1, 2, 3]), line.along[-1]) == pytest.approx([0, 300, 301, 700], abs=0.1)


def test_stops_all_at_one_place_still_have_a_line() -> None:
    line, distance = straight_line(np.full(3, 36.71), np.full(3, 117.53))
    assert line.along[-1] == pytest.approx(0.9, abs=0.1)
    placed = separate(distance, np.array([0, 1, 2]), line.along[-1])
    assert np.all(np.diff(placed) > 0)
    assert placed[-1] <= line.along[-1]


_POINT = st.tuples(st.integers(-8, 8), st.integers(-8, 8)).map(lambda point: (point[0] * 5.0, point[1] * 5.0))


@given(st.lists(_POINT, min_size=2, max_size=5), st.lists(_POINT, min_size=2, max_size=4), st.booleans())
def test_no_other_assignment_is_cheaper(shape: list[tuple[float, float]], stops: list[tuple[float, float]], twice: bool) -> None:
    line = _line(*shape)
    assume(np.all(np.diff(line.along) > 0))
    track = make_track(line, ORIGIN)
    assume(len(track.x) <= 8)
    if twice:
        stops = [stops[0], *stops]
    x, y = np.array(stops).T
    same = np.array([a == b for a, b in pairwise(stops)])
    off, along = _project(track, x, y)
    least = cheapest_cost(off, along, same, track.along[-1])
    assume(np.isfinite(least))
    distance = _cheapest(off, along, same, track.along[-1])
    assert np.all(np.diff(distance) >= 0)
    assert _cost_of(distance, off, along, track.along[-1]) == pytest.approx(least, abs=1e-6)


def _cost_of(distance: np.ndarray, off: np.ndarray, along: np.ndarray, length: float) -> float:
    total = 1e-3 * distance[0] + 1e-3 * (length - distance[-1])
    for k, place in enumerate(distance):
        away = off[k][np.isclose(along[k], place, atol=1e-9)].min()
        total += away**2 if away <= 50 else 100 * away - 2500
    return float(total)
