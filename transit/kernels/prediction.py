"""Arrival times at every stop ahead of every vehicle, by prefix sums over typical running times.

A profile gives the typical time of each stop, so the typical time x still to go to a stop is one subtraction; the pace scales
it. With the excess e of the pace (pace minus 1: the vehicle's own and its pattern's, less what it makes up of its lateness)
that fades over F seconds,
    f(x) = x * (1 + e * F / (F + x)),      f'(x) = 1 + e * (F / (F + x))^2 >= 1 + min(e, 0),
so f is strictly increasing for e > -1, which the bounds of e ensure; the minimum hop keeps apart what a profile does not.
On a trip that begins h seconds from now the excess starts out faded, e * F / (F + h), and fades over F + h.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import F64, PatternColumns, Records, TripColumns
from transit.kernels.prediction_columns import DayPlan, Places, RunningTimes, Runs
from transit.parameters import PredictionParameters

LIVE, LAYOVER = 0, 1


@njit(cache=True, nogil=True, error_model="numpy")
def predict_runs(
    vehicles: Records, now: float, patterns: PatternColumns, trips: TripColumns, plan: DayPlan, running: RunningTimes,
    places: Places, excess: F64, share: float, q: PredictionParameters, runs: Runs,
) -> int:
    """Fill `runs` with the calls ahead of all vehicles within the horizon; how many runs, or -1 when the scratch is too small.

    `excess` [P] is that of each pattern's pace. A time is never before now. A bus is held until its scheduled time at the first
    stop of a trip, and for `share` of its earliness at timepoints; all of it where it already waits. A run is followed by
    that of the next trip of its block.
    """
    stop_start, pattern_of, trip_row, timepoint, scheduled, due = (
        patterns.stop_start, trips.pattern, trips.start, trips.timepoint, trips.departure, trips.arrival
    )
    profile_row, arrive, leave, successor = running.profile, running.arrive, running.leave, plan.successor
    arrival, departure, run_row = runs.arrival, runs.departure, runs.row
    one, share_held, hop, horizon = np.float32(1.0), np.float32(share), np.float32(q.minimum_hop), np.float32(q.horizon)
    count, row = 0, np.uint64(0)
    run_row[0] = 0
    for v in range(vehicles.size):
        profile, trip, start = places.profile[v], places.trip[v], places.begin[v]
        if profile < 0:
            continue
        service_day = vehicles[v]["service_day"] if trip >= 0 else math.nan
        if trip >= 0 and places.day[v] >= 0:
            service_day = plan.day_start[places.day[v]]
        day = service_day - now
        if trip >= 0 and trips.template[trip]:
            day = math.nan  # its times are no times of day: it is neither late by them nor held for them
        own = q.own_gain * (math.exp(vehicles[v]["log_pace"]) - 1.0)
        at, time, base = places.ahead[v], places.time[v], np.float32(vehicles[v]["timestamp"] - now)
        if places.wait[v] > 0:
            base = places.wait[v]
        while start <= horizon:
            pattern, came, previous, fade = pattern_of[profile], row, -hop, np.float32(q.fade)
            first, end = stop_start[pattern], stop_start[pattern + 1]
            if count + 1 >= runs.vehicle.size or int(row) + end - first > arrival.size:
                return -1
            typical = np.uint64(profile_row[profile])
            if start >= 0:
                at, time, base, previous, fade = first + 1, leave[typical], start, start, np.float32(q.fade + start)
                arrival[row], departure[row] = start, start
                row += np.uint64(1)
            calls = np.uint64(end - at)
            typical += np.uint64(at - first)
            times = np.uint64(trip_row[trip] + at - first) if trip >= 0 else np.uint64(0)
            late = 0.0
            if trip >= 0 and at < end:
                late = max(0.0, base + max(arrive[typical] - time, np.float32(0.0)) - day - due[times])
            e = min(max(own + excess[pattern] - q.recovery * late / q.fade, q.least_excess), q.most_excess)
            shrunk = np.float32(q.fade * e)
            for k in range(calls):
                ahead = max(arrive[typical + k] - time, np.float32(0.0))
                arrival[row + k] = base + ahead * (one + shrunk / (fade + ahead))
                departure[row + k] = max(leave[typical + k] - max(time, arrive[typical + k]), np.float32(0.0))
            held, complete, holds = np.float32(0.0), True, trip >= 0
            for k in range(calls):
                comes = max(arrival[row] + held, previous + hop)
                if comes > horizon:
                    complete = False
                    break
                goes = comes + departure[row]
                if holds and (timepoint[times + k] or at + k == first) and at + k < end - 1:
                    wait = np.float32(day + scheduled[times + k] - goes)
                    if at + k != first and time < leave[typical + k]:
                        wait *= share_held
                    if wait > 0:
                        goes += wait
                        held += wait
                arrival[row], departure[row], previous = comes, goes, goes
                row += np.uint64(1)
            if row > came:
                runs.vehicle[count], runs.trip[count], runs.service_day[count] = v, trip, service_day
                runs.pattern_stop[count], runs.source[count] = at if start < 0 else first, LIVE if start < 0 else LAYOVER
                count += 1
                run_row[count] = row
            if not complete or trip < 0 or places.day[v] < 0 or successor[places.day[v], trip] < 0:
                break
            trip = successor[places.day[v], trip]
            profile = trip
            start = np.float32(max(max(float(previous), 0.0) + q.minimum_layover, day + scheduled[trip_row[trip]]))
    return count
