"""Where vehicles stand in the typical running times of their trips: the link from metres along a shape to seconds.

A profile gives times at stops; between two stops time is interpolated by distance, from leaving the one to arriving at the
next. A bus standing at a stop is placed by how long it has stood. A vehicle without a known trip borrows the profile of the
trip planned nearest to its place and time; one at a terminal is placed before the trip it will begin.

Kernels here and in `prediction` are flat on purpose: columns are unpacked once, for passing them to helpers costs more (in
reference counts) than all the arithmetic.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import F32, I32, PatternColumns, Records, TripColumns
from transit.kernels.prediction_columns import DayPlan, Places, RunningTimes
from transit.parameters import PredictionParameters

IN_SERVICE, LAYOVER = 0, 1


@njit(cache=True, nogil=True, error_model="numpy")
def choose_profiles(
    vehicles: Records, now: float, max_age: float, patterns: PatternColumns, running: RunningTimes, plan: DayPlan, profile: I32
) -> None:
    """profile[v] = the trip whose profile serves each vehicle under way and seen within `max_age` s; -1: none does."""
    stop_start, distance = patterns.stop_start, patterns.distance
    profile_row, arrive, leave = running.profile, running.arrive, running.leave
    plan_start, plan_trip, plan_begin = plan.start, plan.trip, plan.begin
    for v in range(vehicles.size):
        profile[v] = -1
        pattern, timestamp, progress = vehicles[v]["pattern"], vehicles[v]["timestamp"], vehicles[v]["progress"]
        if vehicles[v]["state"] != IN_SERVICE or pattern < 0 or not now - timestamp <= max_age:
            continue
        profile[v] = vehicles[v]["trip"]
        low, high = plan_start[pattern], plan_start[pattern + 1]
        if profile[v] >= 0 or low == high:
            continue
        first, end = stop_start[pattern], stop_start[pattern + 1]
        k = first
        while k < end and distance[k] <= progress:
            k += 1
        row = profile_row[plan_trip[(low + high) >> 1]]
        into = 0.0
        if k > first:
            into = leave[row + k - 1 - first] - leave[row]
            if k < end:
                share = (progress - distance[k - 1]) / (distance[k] - distance[k - 1])
                into += share * (arrive[row + k - first] - leave[row + k - 1 - first])
        begun, last = timestamp - into, high - 1
        while low < high:
            middle = (low + high) >> 1
            if plan_begin[middle] < begun:
                low = middle + 1
            else:
                high = middle
        nearer = low > plan_start[pattern] and (low > last or begun - plan_begin[low - 1] <= plan_begin[low] - begun)
        profile[v] = plan_trip[low - 1 if nearer else low]


@njit(cache=True, nogil=True, error_model="numpy")
def stand(
    vehicles: Records, now: float, patterns: PatternColumns, trips: TripColumns, running: RunningTimes, delay: F32,
    q: PredictionParameters, places: Places,
) -> None:
    """Set ahead, time and wait of each vehicle that has a profile: what it has still to do, and whether it waits for its time.

    A bus that stands ahead of its scheduled time a little beyond the first stop or a timepoint waits there still; buses of a
    pattern begin `delay` [P] s after their time, and one that stands past it moves off a while from now.
    """
    stop_start, distance, trip_row, timepoint, departure, template = (
        patterns.stop_start, patterns.distance, trips.start, trips.timepoint, trips.departure, trips.template
    )
    profile_row, arrive, leave = running.profile, running.arrive, running.leave
    profile, ahead, time, wait = places.profile, places.ahead, places.time, places.wait
    for v in range(vehicles.size):
        if profile[v] < 0:
            continue
        pattern, progress = vehicles[v]["pattern"], vehicles[v]["progress"]
        first, end = stop_start[pattern], stop_start[pattern + 1]
        low, high = vehicles[v]["ahead"], end  # a hint: a search from the middle mispredicts every branch
        if first < low <= end and distance[low - 1] <= progress:
            while low < end and distance[low] <= progress:
                low += 1
        else:
            low = first
            while low < high:
                middle = (low + high) >> 1
                if distance[middle] > progress:
                    high = middle
                else:
                    low = middle + 1
        ahead[v], wait[v] = low, np.float32(0.0)
        row = profile_row[profile[v]] + low - first
        behind, before = math.inf, math.inf
        if low > first:
            behind = progress - distance[low - 1]
        if low < end:
            before = distance[low] - progress
        stood = vehicles[v]["timestamp"] - vehicles[v]["pending_arrival"]
        if stood >= 0.0 and min(behind, before) <= q.stop_zone:
            if behind <= before:
                ahead[v] -= 1
                row -= 1
            time[v] = min(arrive[row] + stood, leave[row])
        elif low == first:
            time[v] = arrive[row]
        elif low == end:
            time[v] = leave[row - 1]
        else:
            time[v] = leave[row - 1] + behind / (behind + before) * (arrive[row] - leave[row - 1])
        trip = vehicles[v]["trip"]
        if trip >= 0 and not template[trip] and first < ahead[v] < end and vehicles[v]["speed"] < q.standing:
            k = -1
            if progress - distance[first] <= q.wait_first:
                ready = vehicles[v]["service_day"] + departure[trip_row[trip]] + delay[pattern] - now
                wait[v] = max(ready, q.restart - max(now - vehicles[v]["timestamp"], 0.0))
            elif behind <= q.wait_timepoint and timepoint[trip_row[trip] + ahead[v] - 1 - first]:
                k = trip_row[trip] + ahead[v] - 1 - first
            if k >= 0:
                wait[v] = max(vehicles[v]["service_day"] + departure[k] - now, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def await_departure(
    vehicles: Records, now: float, patterns: PatternColumns, trips: TripColumns, plan: DayPlan, q: PredictionParameters,
    places: Places,
) -> None:
    """Complete `places`, whose profile, ahead and time are set for vehicles under way: trip, day, and what those waiting begin.

    A vehicle at a terminal begins the trip it is assigned to (if it stands in its first half) or the one that follows its
    last trip in the block, never before its scheduled time; when that is `layover_patience` past, it may never run.
    """
    day_start, successor = plan.day_start, plan.successor
    row, arrival, departure = trips.start, trips.arrival, trips.departure
    pattern_of, distance, stop_start = trips.pattern, patterns.distance, patterns.stop_start
    for v in range(vehicles.size):
        trip, day = vehicles[v]["trip"], -1
        for d in range(day_start.size):
            if day_start[d] == vehicles[v]["service_day"]:
                day = d
        if vehicles[v]["state"] == LAYOVER:
            last = vehicles[v]["last_trip"]
            if trip >= 0 and vehicles[v]["progress"] > 0.5 * distance[stop_start[pattern_of[trip] + 1] - 1]:
                trip, last = -1, trip
            if trip < 0 and last >= 0:
                if day < 0:
                    gap = math.inf
                    for d in range(day_start.size):
                        off = abs(day_start[d] + arrival[row[last + 1] - 1] - now)
                        if successor[d, last] >= 0 and off < gap:
                            day, gap = d, off
                if day >= 0:
                    trip = successor[day, last]
            if trip >= 0 and day >= 0 and now - vehicles[v]["heard"] <= q.layover_age:
                begin = day_start[day] + departure[row[trip]] - now
                if begin >= -q.layover_patience:
                    places.profile[v], places.begin[v] = trip, max(begin, 0.0)
        else:
            places.begin[v] = -1.0
        places.trip[v], places.day[v] = trip, day
