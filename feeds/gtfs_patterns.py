"""Patterns: the distinct (route, direction, shape, sequence of stops with their stop_sequence) that trips follow."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from feeds.gtfs_stop_times import StopTimes
from feeds.gtfs_trips import Trips
from transit.kernels.columns import I8, I32, I64


class Patterns(NamedTuple):
    """In order of their first trip."""

    of_trip: I32
    """[T]"""
    first_trip: I32
    """[P] a trip that has the pattern"""
    stop_start: I32
    """[P + 1]"""
    stop: I32
    """[Q]"""
    sequence: I32
    """[Q]"""
    route: I32
    direction: I8
    headsign: I32
    """[P] the headsign most of its trips have, by their own numbering"""

    def pattern_stop_of_row(self, times: StopTimes) -> I64:
        """[n] the pattern stop of every stop time."""
        offset = self.stop_start[self.of_trip].astype(np.int64) - times.start[:-1]
        return np.arange(len(times.stop)) + np.repeat(offset, times.counts())


def find_patterns(trips: Trips, times: StopTimes, headsign: I32) -> Patterns:
    """Group trips; `headsign` [T] numbers their headsigns."""
    of_trip, first = _group(trips, times)
    counts = times.counts()[first]
    stop_start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    rows = np.repeat(times.start[:-1][first] - stop_start[:-1], counts) + np.arange(stop_start[-1])
    return Patterns(
        of_trip,
        first,
        stop_start,
        times.stop[rows],
        times.sequence[rows],
        trips.route[first],
        trips.direction[first],
        _commonest(of_trip, headsign, len(first)),
    )


def _group(trips: Trips, times: StopTimes) -> tuple[I32, I32]:
    known: dict[tuple[int, int, int, bytes, bytes], int] = {}
    first: list[int] = []
    of_trip = np.zeros(len(trips.ids), np.int32)
    start = times.start.tolist()
    routes, directions, shapes = trips.route.tolist(), trips.direction.tolist(), trips.shape.codes.tolist()
    for trip, (route, direction, shape) in enumerate(zip(routes, directions, shapes)):
        rows = slice(start[trip], start[trip + 1])
        key = (route, direction, shape, times.stop[rows].tobytes(), times.sequence[rows].tobytes())
        pattern = known.setdefault(key, len(first))
        if pattern == len(first):
            first.append(trip)
        of_trip[trip] = pattern
    return of_trip, np.array(first, np.int32)


def _commonest(of_trip: I32, value: I32, count: int) -> I32:
    """[count] the value most trips of each pattern have; of equals the smallest."""
    pairs, often = np.unique(np.column_stack([of_trip, value]), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], -often, pairs[:, 0]))
    leading = order[np.unique(pairs[order, 0], return_index=True)[1]]
    found = np.zeros(count, np.int32)
    found[pairs[leading, 0]] = pairs[leading, 1]
    return found
