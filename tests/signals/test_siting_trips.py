"""Trips over intersections: from sequences, along quickest ways, and from tracks."""

from __future__ import annotations

import numpy as np

from signals.kernels.columns import F64
from signals.siting_trips import TrackParameters, Trips, make_trips, trips_between, trips_of_tracks
from tests.signals.test_road_graph import graph_of


def stops(trips: Trips) -> list[list[int]]:
    return [trips.stop[trips.first[t] : trips.first[t + 1]].tolist() for t in range(len(trips))]


def test_a_trip_counts_an_intersection_once_where_it_first_passed() -> None:
    trip, stop = np.array([1, 0, 1, 1, 1], np.int32), np.array([2, 0, 1, 2, 0], np.int32)
    trips = make_trips(trip, stop, np.array([1.0, 4.0, 2.0]), np.zeros(3, np.int32), 4)
    assert stops(trips) == [[0], [2, 1, 0], []]
    assert (len(trips), trips.intersections) == (3, 4)
    assert trips.start.tolist() == [0, 2, 3, 4, 4]
    assert trips.trip.tolist() == [0, 1, 1, 1]


def test_trips_between_nodes_take_the_quickest_way_and_lost_ones_are_counted() -> None:
    edges = [("a", "b", 1), ("b", "d", 1), ("a", "c", 1), ("c", "d", 1), ("e", "a", 1)]
    graph = graph_of(edges, {"b": "B", "c": "C", "d": "D"})
    graph.length[:2] = 10.0
    a, d, e = (graph.node_index[name] for name in "ade")
    trips, lost = trips_between(graph, np.array([e, d, a], np.int32), np.array([d, a, a], np.int32), np.ones(3))
    assert lost == 1
    names = [[graph.signal_ids[j] for j in row] for row in stops(trips)]
    assert names == [["B", "D"], [], []]


def one_track(time: F64, x: F64, y: F64, signal_x: F64, signal_y: F64, q: TrackParameters | None = None) -> list[int]:
    track, day = np.zeros(len(x), np.int32), np.zeros(1, np.int32)
    (found,) = stops(trips_of_tracks(track, time, x, y, np.ones(1), day, signal_x, signal_y, q))
    return found


def test_a_track_passes_signals_near_its_line_in_order() -> None:
    signal_x, signal_y = np.array([400.0, 100.0, 250.0, 700.0]), np.array([10.0, -20.0, 31.0, 0.0])
    time, x = np.array([30.0, 0.0, 10.0, 500.0]), np.array([450.0, 0.0, 300.0, 900.0])
    assert one_track(time, x, np.zeros(4), signal_x, signal_y) == [1, 0]  # 250 lies 31 m off, 700 in a gap of 470 s
    wide = TrackParameters(radius=35.0, slowest=1000.0)
    assert one_track(time, x, np.zeros(4), signal_x, signal_y, wide) == [1, 2, 0, 3]


def test_fixes_without_a_place_do_not_break_a_track() -> None:
    x = np.array([0.0, np.nan, 200.0])
    assert one_track(np.array([0.0, 5.0, 10.0]), x, np.zeros(3), np.array([100.0]), np.zeros(1)) == [0]


def test_more_passings_than_expected_find_room() -> None:
    found = one_track(np.zeros(1), np.zeros(1), np.zeros(1), np.zeros(40), np.zeros(40))
    assert sorted(found) == list(range(40))


def test_tracks_equal_a_slow_search_on_random_lines() -> None:
    rng = np.random.default_rng(4)
    x, y = np.cumsum(rng.normal(0, 60, (2, 200)), axis=1)
    signal_x, signal_y = rng.uniform(-600, 600, (2, 60))
    found = one_track(np.arange(200.0), x, y, signal_x, signal_y)
    share = np.linspace(0, 1, 400)
    along_x, along_y = x[:-1, None] + np.diff(x)[:, None] * share, y[:-1, None] + np.diff(y)[:, None] * share
    near = [k for k in range(60) if np.hypot(along_x - signal_x[k], along_y - signal_y[k]).min() <= 30]
    assert len(near) >= 10
    assert sorted(found) == near
