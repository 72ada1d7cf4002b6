"""feeds.gtfs_patterns: grouping trips, compared with a dictionary."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feeds.gtfs_patterns import find_patterns
from feeds.gtfs_stop_times import StopTimes
from feeds.gtfs_tables import Column, empty_table
from feeds.gtfs_trips import Trips

_TRIP = st.tuples(
    st.integers(0, 1),
    st.integers(-1, 1),
    st.integers(0, 1),
    st.lists(st.integers(0, 2), min_size=2, max_size=3),
    st.booleans(),
    st.integers(0, 2),
)


@given(st.lists(_TRIP, min_size=1, max_size=12))
def test_trips_are_grouped_by_route_direction_shape_stops_and_sequence(
    rows: list[tuple[int, int, int, list[int], bool, int]],
) -> None:
    keys = [(route, direction, shape, tuple(stops), wide) for route, direction, shape, stops, wide, _ in rows]
    route, direction, shape = (np.array([row[k] for row in rows], np.int32) for k in range(3))
    stops = [stop for row in rows for stop in row[3]]
    sequence = [place * (10 if row[4] else 1) + 1 for row in rows for place in range(len(row[3]))]
    start = np.cumsum([0] + [len(row[3]) for row in rows])
    zero = np.zeros(len(stops), np.int32)
    times = StopTimes(start, np.array(stops, np.int32), np.array(sequence, np.int32), zero, zero, zero * 0.5, zero, zero)
    text = Column(shape, ["a", "b"])
    ids = [str(k) for k in range(len(rows))]
    trips = Trips(empty_table("trips.txt"), ids, route, route, direction.astype(np.int8), text, text, text)
    headsign = np.array([row[5] for row in rows], np.int32)

    patterns = find_patterns(trips, times, headsign)

    order = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    assert patterns.of_trip.tolist() == [order[key] for key in keys]
    for pattern, key in enumerate(order):
        rows_of = slice(patterns.stop_start[pattern], patterns.stop_start[pattern + 1])
        assert (patterns.route[pattern], patterns.direction[pattern]) == key[:2]
        assert tuple(patterns.stop[rows_of]) == key[3]
        signs = [row[5] for row, own in zip(rows, keys) if own == key]
        assert patterns.headsign[pattern] == min(set(signs), key=lambda sign: (-signs.count(sign), sign))
    assert np.array_equal(patterns.stop[patterns.pattern_stop_of_row(times)], times.stop)
