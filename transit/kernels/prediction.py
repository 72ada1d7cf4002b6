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
from typing import Any

from numba import njit

from transit.kernels.columns import F64, BlockColumns, PatternColumns, Records, TripColumns
from transit.kernels.prediction_columns import DayColumns, Places, RunningTimes, Runs
from transit.parameters import PredictionParameters

LAYOVER = 1
LIVE, AT_LAYOVER = 0, 1


@njit(cache=True, nogil=True, error_model="numpy")
def next_trip(trips: TripColumns, blocks: BlockColumns, days: DayColumns, trip: int, service_day: float) -> int:
    """The next trip of the block of `trip` that runs on that service day (epoch s), or -1."""
    if blocks.position_of_trip[trip] < 0:
        return -1
    for day in range(days.start.size):
        if days.start[day] == service_day:
            end = trips.arrival[trips.start[trip + 1] - 1]
            for i in range(blocks.position_of_trip[trip] + 1, blocks.start[trips.block[trip] + 1]):
                other = int(blocks.trip[i])
                if days.active[day, trips.service[other]] and not trips.template[other] and (
                    trips.departure[trips.start[other]] >= end
                ):
                    return other
    return -1


@njit(cache=True, nogil=True, error_model="numpy")
def begin_at_layover(
    vehicle: Any, now: float, trips: TripColumns, blocks: BlockColumns, days: DayColumns
) -> tuple[int, float]:
    """(trip, service day) that a vehicle waiting at a terminal will begin, (-1, nan) when that is not known."""
    day = float(vehicle["service_day"])
    if vehicle["trip"] >= 0:
        return int(vehicle["trip"]), day
    last = int(vehicle["last_trip"])
    if last < 0:
        return -1, math.nan
    if math.isnan(day):
        gap = math.inf
        for i in range(days.start.size):
            off = abs(days.start[i] + trips.arrival[trips.start[last + 1] - 1] - now)
            if days.active[i, trips.service[last]] and off < gap:
                day, gap = float(days.start[i]), off
    return next_trip(trips, blocks, days, last, day), day


@njit(cache=True, nogil=True, error_model="numpy")
def bounded(excess: float, q: PredictionParameters) -> float:
    """An excess of pace within the bounds that keep times increasing."""
    return min(max(excess, -q.excess), 2.0 * q.excess)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_calls(
    first: int, at: int, end: int, profile: int, times: int, day: float, base: float, sigma: float, previous: float,
    a: float, fade_a: float, b: float, fade_b: float, trips: TripColumns, running: RunningTimes, q: PredictionParameters,
    runs: Runs, rows: int,
) -> tuple[int, float]:
    """Write the calls at pattern stops at … end - 1 from row `rows` on; (next free row, last departure).

    `profile` and `times` are the trip's rows in `running` and the timetable (`times` -1: trip unknown, so no holding);
    `base`, `day` and `previous` (the departure before) are s after now. Stops early at the horizon.
    """
    shift = 0.0
    for k in range(at - first, end - first):
        ahead = max(0.0, running.arrive[profile + k] - sigma)
        arrival = base + shift + ahead * (1.0 + a * fade_a / (fade_a + ahead) + b * fade_b / (fade_b + ahead))
        arrival = max(arrival, previous + q.minimum_hop)
        if arrival > q.horizon:
            break
        departure = arrival + max(0.0, running.leave[profile + k] - max(sigma, running.arrive[profile + k]))
        if times >= 0 and (k == 0 or trips.timepoint[times + k]):
            held = day + trips.departure[times + k] - departure
            if held > 0.0:
                departure += held
                shift += held
        runs.arrival[rows] = arrival
        runs.departure[rows] = departure
        rows += 1
        previous = departure
    return rows, previous


@njit(cache=True, nogil=True, error_model="numpy")
def predict_runs(
    vehicles: Records, now: float, patterns: PatternColumns, trips: TripColumns, blocks: BlockColumns, days: DayColumns,
    running: RunningTimes, places: Places, excess: F64, q: PredictionParameters, runs: Runs,
) -> int:
    """Fill `runs` with the calls ahead of all vehicles within the horizon; how many runs, or -1 when the scratch is too small.

    `excess` [P] is that of each pattern's pace. A time is never before now. A bus is held until its scheduled time at the
    first stop of a trip and at timepoints.
    """
    count, rows = 0, 0
    runs.row[0] = 0
    for v in range(vehicles.size):
        vehicle = vehicles[v]
        trip, day, profile, start = int(vehicle["trip"]), float(vehicle["service_day"]), int(places.profile[v]), -1.0
        at, base, sigma = int(places.ahead[v]), vehicle["timestamp"] - now, float(places.time[v])
        if profile < 0 and vehicle["state"] == LAYOVER and now - vehicle["heard"] <= q.layover_age:
            trip, day = begin_at_layover(vehicle, now, trips, blocks, days)
            if trip >= 0 and day + trips.departure[trips.start[trip]] - now >= -q.layover_patience:
                profile, start = trip, max(0.0, day + trips.departure[trips.start[trip]] - now)
        own = bounded(q.own_gain * (math.exp(vehicle["log_pace"]) - 1.0), q)
        while profile >= 0 and start <= q.horizon:
            pattern, row = trips.pattern[profile], running.profile[profile]
            first, end = patterns.stop_start[pattern], patterns.stop_start[pattern + 1]
            if count + 1 >= runs.row.size or rows + end - first > runs.arrival.size:
                return -1
            later, previous, fresh = 0.0, -q.minimum_hop, 0
            if start >= 0.0:
                runs.arrival[rows], runs.departure[rows] = start, start
                at, base, sigma, later, previous, fresh = first + 1, start, float(running.leave[row]), start, start, 1
            fade_a, fade_b = q.own_fade + later, q.pattern_fade + later
            rows, previous = fill_calls(
                first, at, end, row, trips.start[trip] if trip >= 0 else -1, day - now, base, sigma, previous,
                own * q.own_fade / fade_a, fade_a, excess[pattern] * q.pattern_fade / fade_b, fade_b,
                trips, running, q, runs, rows + fresh,
            )
            complete = rows - runs.row[count] == end - at + fresh
            if rows > runs.row[count]:
                runs.vehicle[count], runs.trip[count], runs.service_day[count] = v, trip, day if trip >= 0 else math.nan
                runs.pattern_stop[count], runs.source[count] = at - fresh, AT_LAYOVER if fresh else LIVE
                count += 1
                runs.row[count] = rows
            if not complete or trip < 0:
                break
            trip = next_trip(trips, blocks, days, trip, day)
            profile = trip
            if trip >= 0:
                start = max(previous + q.minimum_layover, day + trips.departure[trips.start[trip]] - now)
    return count
