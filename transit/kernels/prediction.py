"""Arrival times at every stop ahead of every vehicle, by prefix sums over typical running times.

A trip's profile gives the typical time of each of its stops, so the typical time still to go to a stop is one subtraction;
a pace scales it. With own and pattern pace excess a and b (pace minus 1) the time to go for typical time x is
    f(x) = x * (1 + a * A / (A + x) + b * B / (B + x)),
each excess fading with the horizon. f'(x) = 1 + a * (A / (A + x))^2 + b * (B / (B + x))^2 >= 1 + min(a, 0) + min(b, 0),
so f is strictly increasing while the excesses together stay above -1, which their bounds ensure; the minimum hop keeps
times apart where profiles do not. A vehicle gives a run for each trip it is predicted on: the one it is on, then those
of its block. Times in the scratch rows are seconds after `now` (float32: 0.2 ms at an hour).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from transit.kernels.columns import F32, F64, I32, I64, U8, BlockColumns, PatternColumns, Records, TripColumns
from transit.parameters import PredictionParameters

IN_SERVICE, LAYOVER = 0, 1
LIVE, AT_LAYOVER = 0, 1


class RunningTimes(NamedTuple):
    """Typical times of each trip at its stops; the k-th stop of trip t is row `profile[t] + k`. Trips may share a profile."""

    profile: I64
    """[T]"""
    arrive: F32
    """s since any zero of the profile's own; only differences count."""
    leave: F32
    """likewise; arrive[k] <= leave[k] <= arrive[k + 1]"""


class PatternPace(NamedTuple):
    """How long all vehicles of a pattern took lately against their profiles, fading sums. All [P]."""

    actual: F64
    """s"""
    typical: F64
    """s"""
    updated: F64
    """epoch s the sums were faded to."""


class PatternTrips(NamedTuple):
    """Trips of each pattern in order of first departure: Network.trips_of_pattern."""

    start: I32
    trip: I32


class DayColumns(NamedTuple):
    """The service days around now, in date order."""

    start: F64
    """[D] epoch s of noon minus 12 h."""
    active: U8
    """[D, services]"""


class Runs(NamedTuple):
    """Scratch: a run is a vehicle on a trip, its calls are rows `row[i]` up to `row[i + 1]` at consecutive pattern stops."""

    vehicle: I32
    trip: I32
    pattern_stop: I32
    """the first call's"""
    row: I64
    """[runs + 1]"""
    service_day: F64
    source: U8
    arrival: F32
    """[rows] s after now"""
    departure: F32


@njit(cache=True, nogil=True, error_model="numpy")
def first_stop_ahead(distance: F32, first: int, end: int, progress: float) -> int:
    """The first of pattern stops first … end - 1 that lies beyond `progress` metres; `end` when none does."""
    low, high = first, end
    while low < high:
        middle = (low + high) >> 1
        if distance[middle] > progress:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def profile_time(distance: F32, arrive: F32, leave: F32, first: int, ahead: int, end: int, row: int, progress: float) -> float:
    """Where a bus at `progress` stands in a profile, s after its zero; `ahead` is the first stop beyond it.

    Between two stops it is interpolated by distance from leaving the one to arriving at the next.
    """
    if ahead == first:
        return float(arrive[row])
    if ahead == end:
        return float(leave[row + end - first - 1])
    k = row + ahead - first
    hop = distance[ahead] - distance[ahead - 1]
    share = (progress - distance[ahead - 1]) / hop if hop > 0 else 1.0
    return float(leave[k - 1] + share * (arrive[k] - leave[k - 1]))


@njit(cache=True, nogil=True, error_model="numpy")
def nearest_trip(
    pattern_trips: PatternTrips, trips: TripColumns, days: DayColumns, pattern: int, at: float, into: float
) -> int:
    """The pattern's trip of an active service that is scheduled nearest to being `into` seconds after its start at `at`.

    Any trip of the pattern when none is active on these days; -1 when the pattern has none.
    """
    low_end, high_end = pattern_trips.start[pattern], pattern_trips.start[pattern + 1]
    if low_end == high_end:
        return -1
    best, best_gap = -1, math.inf
    for day in range(days.start.size):
        target = at - into - days.start[day]
        low, high = low_end, high_end
        while low < high:
            middle = (low + high) >> 1
            if trips.departure[trips.start[pattern_trips.trip[middle]]] < target:
                low = middle + 1
            else:
                high = middle
        for step in (-1, 1):
            i = low - 1 if step < 0 else low
            while low_end <= i < high_end:
                trip = pattern_trips.trip[i]
                gap = abs(trips.departure[trips.start[trip]] - target)
                if gap >= best_gap:
                    break
                if days.active[day, trips.service[trip]]:
                    best, best_gap = trip, gap
                    break
                i += step
    return best if best >= 0 else pattern_trips.trip[(low_end + high_end) >> 1]


@njit(cache=True, nogil=True, error_model="numpy")
def next_trip(trips: TripColumns, blocks: BlockColumns, days: DayColumns, trip: int, service_day: float) -> int:
    """The next trip of the block of `trip` that runs on that service day (epoch s), or -1."""
    if blocks.position_of_trip[trip] < 0:
        return -1
    for day in range(days.start.size):
        if days.start[day] == service_day:
            end = trips.arrival[trips.start[trip + 1] - 1]
            for i in range(blocks.position_of_trip[trip] + 1, blocks.start[trips.block[trip] + 1]):
                other = blocks.trip[i]
                if days.active[day, trips.service[other]] and not trips.template[other]:
                    return other if trips.departure[trips.start[other]] >= end else -1
            return -1
    return -1
