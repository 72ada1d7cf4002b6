"""Crossings of patterns and approaches: the tiny city by heart, and any city against looking at every segment."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.signals.approaches import CrossingParameters, Crossings, find_crossings
from signals.inventory import Inventory
from tests.support.signal_sites import inventory_of
from tests.support.streets import LOOP, OUT_AND_BACK, STRAIGHT, TRUNK_NORTH, Line, streets
from tests.support.tiny_city import tiny_network
from transit.geometry import to_wgs84
from transit.network import Network

NAN = math.nan
Q = CrossingParameters()
CORNER = (36.7100, 117.5400)
"""where lines 1 eastbound turn north and westbound turn west: 894 m along `east`, 2,003 m along `west`"""
LAT, LON = 1 / 110_960.0, 1 / 89_340.0
"""degrees a metre, near enough"""


def pattern_of(network: Network, trip: str) -> int:
    return int(network.trips.pattern[network.trip_index[trip]])


def rows_of(network: Network, found: Crossings, trip: str) -> list[int]:
    pattern = pattern_of(network, trip)
    return list(range(found.start[pattern], found.start[pattern + 1]))


def four_approaches(lat: float = CORNER[0], lon: float = CORNER[1], bearings: bool = True) -> Inventory:
    """W, E, S, N: named by where they come from, 15 m out."""
    places = [(lat, lon - 15 * LON, 90.0), (lat, lon + 15 * LON, 270.0), (lat - 15 * LAT, lon, 0.0), (lat + 15 * LAT, lon, 180.0)]
    return inventory_of([(lat, lon)], [(0, a, b, c if bearings else NAN) for a, b, c in places])


@pytest.mark.parametrize("bearings", [True, False])
def test_a_turning_line_is_on_the_approach_it_comes_in_by(bearings: bool) -> None:
    network, inventory = tiny_network(), four_approaches(bearings=bearings)
    found = find_crossings(network, inventory)
    (east,), (west,) = rows_of(network, found, "1E-0700"), rows_of(network, found, "1W-0715")
    assert (found.approach[east], found.approach[west]) == (0, 3)
    assert found.distance[east] == pytest.approx(894 - 15, abs=3)
    assert found.distance[west] == pytest.approx(894 + 1109 - 15, abs=4)
    assert found.at_line[[east, west]].tolist() == [1, 1]
    assert found.heading[[east, west]].tolist() == pytest.approx([90, 180], abs=3)
    first = network.patterns.stop_start[pattern_of(network, "1E-0700")]
    assert (found.stop_before[east], found.stop_after[east]) == (first + 1, first + 2)


def test_a_loop_and_a_road_driven_out_and_back_pass_twice() -> None:
    network = tiny_network()
    found = find_crossings(network, four_approaches(36.7050, 117.5400))
    out, back = rows_of(network, found, "3-0710")
    assert (found.approach[out], found.approach[back]) == (0, 1)
    assert found.distance[out] + found.distance[back] == pytest.approx(2 * 1341 - 30, abs=8)
    begin = inventory_of([(36.7115, 117.5300)], [])
    (once,) = rows_of(network, find_crossings(network, begin), "2-0720")
    corner = network.patterns.distance[network.patterns.stop_start[pattern_of(network, "2-0720")] + 1]
    assert find_crossings(network, begin).distance[once] < corner


def test_without_approaches_the_middle_is_passed_and_nobody_knows_by_which() -> None:
    network = tiny_network()
    found = find_crossings(network, inventory_of([CORNER], []))
    (east,) = rows_of(network, found, "1E-0700")
    assert (found.approach[east], found.at_line[east]) == (-1, 0)
    assert found.distance[east] == pytest.approx(894, abs=4)
    assert found.heading[east] == pytest.approx(90, abs=3)


def test_approaches_without_a_place_are_told_apart_by_the_way_the_shape_comes_in() -> None:
    network = tiny_network()
    named = inventory_of([CORNER], [(0, NAN, NAN, 90.0), (0, NAN, NAN, 180.0)])
    found = find_crossings(network, named)
    assert [int(found.approach[rows_of(network, found, trip)[0]]) for trip in ("1E-0700", "1W-0715")] == [0, 1]
    alike = inventory_of([CORNER], [(0, NAN, NAN, 85.0), (0, NAN, NAN, 100.0)])
    found = find_crossings(network, alike)
    assert found.approach[rows_of(network, found, "1E-0700")].tolist() == [-1]


def test_of_two_lines_at_one_place_nobody_knows_which_is_passed() -> None:
    lat, lon = CORNER[0], CORNER[1] - 15 * LON
    found = find_crossings(tiny_network(), inventory_of([CORNER], [(0, lat, lon, 90.0), (0, lat + LAT, lon, 90.0)]))
    assert found.approach[rows_of(tiny_network(), found, "1E-0700")].tolist() == [-1]


def test_what_lies_farther_off_or_nowhere_or_across_is_not_passed() -> None:
    far = CORNER[0] - (Q.line + 8) * LAT
    inventory = inventory_of([(NAN, NAN)], [(0, far, CORNER[1] - 100 * LON, 90.0), (0, CORNER[0], CORNER[1] - 100 * LON, 0.0)])
    assert len(find_crossings(tiny_network(), inventory)) == 0
    assert len(find_crossings(tiny_network(), inventory_of([], []))) == 0


def test_a_stretch_begins_at_the_line_before_it_and_holds_its_near_side_stop() -> None:
    line = Line(STRAIGHT, (0, 900, 2000, 2995))
    network = streets(line)
    inventory = inventory_of([(NAN, NAN)] * 3, [(k, *at(network, x), 90.0) for k, x in enumerate((500.0, 590.0, 1000.0))])
    found = find_crossings(network, inventory)
    assert found.distance.tolist() == pytest.approx([500, 590, 1000], abs=1)
    assert found.zone.tolist() == pytest.approx([350, 500, 850], abs=1)
    assert found.stop_within.tolist() == [-1, -1, 1]


def at(network: Network, x: float, y: float = 0.0) -> tuple[float, float]:
    lat, lon = to_wgs84(x, y, network.origin_lat, network.origin_lon)
    return float(lat), float(lon)


LINES = [Line(corners, (0, 600, 1400)) for corners in (STRAIGHT, LOOP, OUT_AND_BACK, TRUNK_NORTH)]
NETWORK = streets(*LINES)
POINT = st.tuples(st.floats(-100, 3100), st.floats(-100, 1600), st.one_of(st.just(NAN), st.floats(0, 359)))


@settings(max_examples=60, deadline=None)
@given(st.lists(POINT, min_size=1, max_size=12))
def test_crossings_are_those_that_looking_at_every_segment_finds(points: list[tuple[float, float, float]]) -> None:
    inventory = inventory_of([(NAN, NAN)] * len(points), [(k, *at(NETWORK, x, y), bearing) for k, (x, y, bearing) in enumerate(points)])
    found = find_crossings(NETWORK, inventory)
    ours = sorted(zip(found.pattern.tolist(), found.approach.tolist(), found.distance.tolist()))
    theirs = sorted(naive_crossings(NETWORK, points))
    assert [one[:2] for one in ours] == [one[:2] for one in theirs]
    np.testing.assert_allclose([one[2] for one in ours], [one[2] for one in theirs], atol=0.05)  # shapes are float32
    assert (np.diff(found.pattern) >= 0).all()
    for p in range(len(LINES)):
        mine = slice(found.start[p], found.start[p + 1])
        assert (found.pattern[mine] == p).all()
        assert (np.diff(found.distance[mine]) >= 0).all()
    distance = NETWORK.patterns.distance
    assert (distance[found.stop_before] <= found.distance).all()
    assert (distance[found.stop_after] > found.distance).all()
    assert (found.zone <= found.distance).all()
    assert (found.aside <= Q.line).all()


def naive_crossings(network: Network, points: list[tuple[float, float, float]]) -> list[tuple[int, int, float]]:
    """The same by trying every point with every segment."""
    out = []
    shapes, patterns = network.shapes, network.patterns
    for p in range(len(patterns.route)):
        stops = patterns.distance[patterns.stop_start[p] : patterns.stop_start[p + 1]]
        for a, (x, y, bearing) in enumerate(points):
            near = []
            for g in shapes.segments[shapes.segment_start[p] : shapes.segment_start[p + 1]].astype(float):
                along = min(max((x - g[0]) * g[2] + (y - g[1]) * g[3], 0.0), g[4])
                aside = math.hypot(x - g[0] - along * g[2], y - g[1] - along * g[3])
                turn = abs((g[7] - bearing + 180) % 360 - 180)
                if aside <= Q.line and not turn > Q.turn:
                    near.append((g[5] + along * g[6], aside))
            passes: list[list[tuple[float, float]]] = []
            for one in sorted(near):
                if not passes or one[0] - passes[-1][-1][0] > Q.apart:
                    passes.append([])
                passes[-1].append(one)
            for run in passes:
                place = min(run, key=lambda one: (one[1], one[0]))[0]
                if stops[0] <= place < stops[-1]:
                    out.append((p, a, place))
    return out
