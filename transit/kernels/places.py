"""Where a vehicle stands in the typical running times of its trip: the link from metres along a shape to seconds of a profile.

A profile gives times at stops; between two stops time is interpolated by distance, from leaving the one to arriving at the
next. A bus standing at a stop is placed by how long it has stood. A vehicle without a known trip borrows the profile of the
trip scheduled nearest to its place and time.
"""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from transit.kernels.columns import F32, F64, PatternColumns, Records, TripColumns
from transit.kernels.prediction_columns import DayColumns, PatternTrips, Places, RunningTimes
from transit.parameters import PredictionParameters

IN_SERVICE = 0


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
def profile_time(distance: F32, running: RunningTimes, first: int, ahead: int, end: int, row: int, progress: float) -> float:
    """Where a bus at `progress` stands in a profile, s after its zero; `ahead` is the first stop beyond it.

    Between two stops it is interpolated by distance from leaving the one to arriving at the next.
    """
    if ahead == first:
        return float(running.arrive[row])
    if ahead == end:
        return float(running.leave[row + end - first - 1])
    k = row + ahead - first
    hop = distance[ahead] - distance[ahead - 1]
    share = (progress - distance[ahead - 1]) / hop if hop > 0 else 1.0
    return float(running.leave[k - 1] + share * (running.arrive[k] - running.leave[k - 1]))


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
                    best, best_gap = int(trip), gap
                    break
                i += step
    return best if best >= 0 else int(pattern_trips.trip[(low_end + high_end) >> 1])


@njit(cache=True, nogil=True, error_model="numpy")
def profile_of(
    vehicle: Any, patterns: PatternColumns, trips: TripColumns, running: RunningTimes, pattern_trips: PatternTrips,
    days: DayColumns,
) -> int:
    """The trip whose profile serves a vehicle on a pattern; -1 when the pattern has no trip."""
    if vehicle["trip"] >= 0:
        return int(vehicle["trip"])
    pattern, progress = vehicle["pattern"], vehicle["progress"]
    low, high = pattern_trips.start[pattern], pattern_trips.start[pattern + 1]
    if low == high:
        return -1
    first, end = patterns.stop_start[pattern], patterns.stop_start[pattern + 1]
    row = running.profile[pattern_trips.trip[(low + high) >> 1]]
    ahead = first_stop_ahead(patterns.distance, first, end, progress)
    into = profile_time(patterns.distance, running, first, ahead, end, row, progress) - running.leave[row]
    return int(nearest_trip(pattern_trips, trips, days, pattern, vehicle["timestamp"], into))


@njit(cache=True, nogil=True, error_model="numpy")
def place_of(
    vehicle: Any, row: int, patterns: PatternColumns, running: RunningTimes, q: PredictionParameters
) -> tuple[int, float]:
    """(first pattern stop to predict, place in the profile at `row`) of a vehicle on a pattern."""
    pattern, progress = vehicle["pattern"], vehicle["progress"]
    first, end = patterns.stop_start[pattern], patterns.stop_start[pattern + 1]
    ahead = first_stop_ahead(patterns.distance, first, end, progress)
    stood = vehicle["timestamp"] - vehicle["pending_arrival"]
    if stood >= 0.0:
        behind = progress - patterns.distance[ahead - 1] if ahead > first else math.inf
        before = patterns.distance[ahead] - progress if ahead < end else math.inf
        if min(behind, before) <= q.stop_zone:
            at = ahead - 1 if behind <= before else ahead
            return int(at), min(running.arrive[row + at - first] + stood, float(running.leave[row + at - first]))
    return ahead, profile_time(patterns.distance, running, first, ahead, end, row, progress)


@njit(cache=True, nogil=True, error_model="numpy")
def place(
    vehicles: Records, now: float, patterns: PatternColumns, trips: TripColumns, running: RunningTimes,
    pattern_trips: PatternTrips, days: DayColumns, q: PredictionParameters, places: Places,
) -> None:
    """Fill `places` for all vehicles that are under way and were seen lately."""
    for v in range(vehicles.size):
        vehicle = vehicles[v]
        places.profile[v] = -1
        if vehicle["state"] == IN_SERVICE and vehicle["pattern"] >= 0 and now - vehicle["timestamp"] <= q.max_age:
            profile = profile_of(vehicle, patterns, trips, running, pattern_trips, days)
            if profile >= 0:
                places.profile[v] = profile
                places.ahead[v], places.time[v] = place_of(vehicle, running.profile[profile], patterns, running, q)


@njit(cache=True, nogil=True, error_model="numpy")
def cover(
    before: Records, after: Records, patterns: PatternColumns, trips: TripColumns, running: RunningTimes,
    pattern_trips: PatternTrips, days: DayColumns, q: PredictionParameters, typical: F64,
) -> None:
    """typical[v] = profile seconds that vehicle v covered between two records of it; NaN when it was not under way on one trip.

    Waiting says nothing about pace: at the first stop, and at a timepoint ahead of schedule, nothing is covered.
    """
    for v in range(before.size):
        one, other = before[v], after[v]
        typical[v] = math.nan
        passed = other["timestamp"] - one["timestamp"]
        if (
            one["state"] != IN_SERVICE or other["state"] != IN_SERVICE or one["pattern"] < 0
            or one["pattern"] != other["pattern"] or one["trip"] != other["trip"] or not 0.0 < passed <= q.max_age
        ):
            continue
        profile = profile_of(one, patterns, trips, running, pattern_trips, days)
        if profile < 0:
            continue
        row, first = running.profile[profile], patterns.stop_start[one["pattern"]]
        at, began = place_of(one, row, patterns, running, q)
        to, ended = place_of(other, row, patterns, running, q)
        waits = one["trip"] >= 0 and at == to and one["pending_arrival"] > 0.0 and (
            trips.timepoint[trips.start[profile] + at - first]
            and one["service_day"] + trips.departure[trips.start[profile] + at - first] > other["timestamp"]
        )
        if not (waits or at == first or one["progress"] <= patterns.distance[first] + q.stop_zone):
            typical[v] = max(0.0, ended - began)
