"""Trips as the intersections they pass: from recorded sequences, from origins and destinations, or from vehicle tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.kernels.columns import F64, I32, I64
from signals.kernels.siting import index_trips
from signals.kernels.siting_routes import passed_signals, quickest_tree, signals_on_the_way
from signals.road_graph import RoadGraph


class TrackParameters(NamedTuple):
    """How tracks are laid beside signals."""

    radius: float = 30.0
    """m from a signal within which a vehicle passes it: half an intersection of two main roads, and GPS that is 8 m off (sim_city)"""
    longest: float = 500.0
    """m between two fixes of one track beyond which the street between them is not known; 30 s at 60 km/h"""
    slowest: float = 120.0
    """s between two fixes beyond which they are not joined; pings come every 5 to 30 s (sim_city)"""


@dataclass(frozen=True)
class Trips:
    """T trips over J intersections, each intersection of a trip once, in the order it was first passed."""

    first: I64
    """[T+1] trip t passes `stop[first[t] : first[t + 1]]`"""
    stop: I32
    weight: F64
    """[T] persons (or vehicles) a day that one row stands for; > 0"""
    day: I32
    """[T] number of the day it was seen on, 0 where all are of one"""
    start: I64
    """[J+1] intersection j is passed by `trip[start[j] : start[j + 1]]`"""
    trip: I32

    def __len__(self) -> int:
        return len(self.weight)

    @property
    def intersections(self) -> int:
        """J"""
        return len(self.start) - 1


def make_trips(trip: I32, stop: I32, weight: F64, day: I32, intersections: int) -> Trips:
    """From passings (`trip` [n] 0 … T-1, `stop` [n] 0 … J-1, in the order passed) and each trip's weight and day [T].

    A trip that passes an intersection again counts it once: the benefit asks which intersections lie on a trip.
    """
    order = np.argsort(trip, kind="stable")
    trip, stop = trip[order], stop[order]
    _, once = np.unique(trip.astype(np.int64) * max(intersections, 1) + stop, return_index=True)
    keep = np.sort(once)
    trip, stop = trip[keep], np.ascontiguousarray(stop[keep], np.int32)
    first = np.searchsorted(trip, np.arange(len(weight) + 1)).astype(np.int64)
    start, of = np.zeros(intersections + 1, np.int64), np.zeros(len(stop), np.int32)
    index_trips(first, stop, start, of)
    return Trips(first, stop, np.asarray(weight, np.float64), np.asarray(day, np.int32), start, of)


def trips_between(graph: RoadGraph, origin: I32, goal: I32, weight: F64, day: I32 | None = None) -> tuple[Trips, int]:
    """(trips along quickest ways, how many pairs no way joins); `origin`, `goal` [T] are rows of nodes. Pairs with none are empty."""
    first, head, seconds = graph.outward
    time, before = np.empty(len(graph.node_ids)), np.empty(len(graph.node_ids), np.int32)
    way = np.empty(len(graph.signal_ids), np.int32)
    rows: list[I32] = [np.zeros(0, np.int32)] * len(origin)
    lost, reached = 0, -1
    for t in np.argsort(origin, kind="stable").tolist():
        if origin[t] != reached:
            reached = int(origin[t])
            quickest_tree(reached, first, head, seconds, time, before)
        if np.isinf(time[goal[t]]):
            lost += 1
            continue
        rows[t] = way[: signals_on_the_way(int(goal[t]), before, graph.signal_of, way)].copy()
    return _of_rows(rows, weight, day, len(graph.signal_ids)), lost


def trips_of_tracks(
    track: I32, time: F64, x: F64, y: F64, weight: F64, day: I32, signal_x: F64, signal_y: F64, q: TrackParameters | None = None
) -> Trips:
    """Trips of vehicles that report positions: `track` [n] 0 … T-1, `time` s, `x`, `y` m; weight and day are of tracks [T].

    A vehicle passes a signal within `q.radius` m of the straight piece between two fixes. Rows without a place are left out.
    """
    q = q or TrackParameters()
    known = np.flatnonzero(~(np.isnan(x) | np.isnan(y) | np.isnan(time)))
    order = known[np.lexsort((time[known], track[known]))]
    sorted_signals = np.argsort(signal_x, kind="stable")
    columns = track[order], time[order], x[order], y[order], signal_x[sorted_signals], signal_y[sorted_signals]
    room = max(4 * len(order), 16)
    while True:
        row, signal, along = np.empty(room, np.int64), np.empty(room, np.int32), np.empty(room)
        found = passed_signals(*columns, q.radius, q.longest, q.slowest, row, signal, along)
        if found <= room:
            break
        room = found
    row, signal, along = row[:found], signal[:found], along[:found]
    passed = np.lexsort((along, row))
    stop = sorted_signals[signal[passed]].astype(np.int32)
    return make_trips(track[order][row[passed]], stop, weight, day, len(signal_x))


def _of_rows(rows: Sequence[I32], weight: F64, day: I32 | None, intersections: int) -> Trips:
    trip = np.repeat(np.arange(len(rows), dtype=np.int32), [len(one) for one in rows])
    stop = np.concatenate([np.zeros(0, np.int32), *rows])
    return make_trips(trip, stop, weight, np.zeros(len(rows), np.int32) if day is None else day, intersections)
