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
from typing import Any

import numpy as np
from numba import njit

from transit.kernels.columns import F32, I32, U8, PatternColumns, Records, TripColumns
from transit.kernels.prediction_columns import DayPlan, Excess, Places, RunningTimes, Runs, Spread
from transit.parameters import PredictionParameters

LIVE, LAYOVER = 0, 1
HORIZONS, LAST_STEP, PER_STEP = 121, np.float32(120.0), np.float32(1.0 / 30.0)
"""quantiles are given for every 30 s ahead up to an hour"""


@njit(cache=True, nogil=True, error_model="numpy")
def predict_runs(
    vehicles: Records, now: float, patterns: PatternColumns, trips: TripColumns, plan: DayPlan, running: RunningTimes,
    places: Places, delay: F32, excess: Excess, share: F32, spread: Spread, keeps: bool, q: PredictionParameters,
    runs: Runs,
) -> int:
    """Fill `runs` with the calls ahead of all vehicles within the horizon; how many runs, or -1 when the scratch is too small.

    `excess` is what runs and stays take more now, `delay` [P] s by which buses begin after their time, `share` [P] how much of
    their earliness they wait out at timepoints (all of it where they already wait, and at a trip's first stop); `spread` gives
    deviations and the quantile that is published; means are filled in when `keeps`. A time is never before now. A run is followed
    by that of the next trip of its block.
    """
    stop_start, pattern_of, trip_row, timepoint, scheduled, due = (
        patterns.stop_start, trips.pattern, trips.start, trips.timepoint, trips.departure, trips.arrival
    )
    profile_row, arrive, leave, successor = running.profile, running.arrive, running.leave, plan.successor
    arrival, departure, later, run_row = runs.arrival, runs.departure, runs.later, runs.row
    more_running, more_dwell, added, variance_of_start = excess.running, excess.dwell, spread.variance, spread.start
    deviation, expected, middle = runs.deviation, runs.expected, spread.middle
    hop, horizon = np.float32(q.minimum_hop), np.float32(q.horizon)
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
        variance = np.float32((q.fix_deviation - q.age_deviation * base) ** 2)
        if start < 0 and places.wait[v] > 0:
            base, variance = places.wait[v], variance + variance_of_start[vehicles[v]["pattern"]]
        source, riders = LIVE, excess.headway[v]
        while start <= horizon:
            pattern, came, previous, fade = pattern_of[profile], row, -hop, np.float32(q.fade)
            first, end = stop_start[pattern], stop_start[pattern + 1]
            if count + 1 >= runs.vehicle.size or int(row) + end - first > arrival.size:
                return -1
            typical = np.uint64(profile_row[profile])
            if start >= 0:
                at, time, base, previous, fade = first + 1, leave[typical], start, start, np.float32(q.fade + start)
                arrival[row], departure[row] = start, start
                deviation[row], expected[row] = 0.0, start
                base, source, riders = start + delay[pattern], LAYOVER, np.float32(0.0)
                variance = variance + variance_of_start[pattern]
                row += np.uint64(1)
            calls = np.uint64(end - at)
            typical += np.uint64(at - first)
            times = np.uint64(trip_row[trip] + at - first) if trip >= 0 else np.uint64(0)
            late = 0.0
            if trip >= 0 and at < end:
                late = max(0.0, base + max(arrive[typical] - time, np.float32(0.0)) - day - due[times])
            e = min(max(own - q.recovery * late / q.fade, q.least_excess), q.most_excess)
            _lay(
                calls, row, typical, at, time, base, fade, np.float32(q.fade * e), arrive, leave, more_running, more_dwell, arrival,
                departure, later, riders,
            )
            row, previous, variance, complete = _close(
                calls, row, typical, times, at, first, end, time, day, previous, variance, share[pattern], start >= 0, trip >= 0,
                keeps, source, hop, horizon, arrive, leave, timepoint, scheduled, added, middle, arrival, departure, later, deviation,
                expected,
            )
            if row > came:
                runs.vehicle[count], runs.trip[count], runs.service_day[count] = v, trip, service_day
                runs.pattern_stop[count], runs.source[count] = at if start < 0 else first, source
                count += 1
                run_row[count], previous = row, max(previous, arrival[row - np.uint64(1)])
            if not complete or trip < 0 or places.day[v] < 0 or successor[places.day[v], trip] < 0:
                break
            trip = successor[places.day[v], trip]
            profile = trip
            start = np.float32(max(max(float(previous), 0.0) + q.minimum_layover, day + scheduled[trip_row[trip]]))
    return count


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _lay(
    calls: int, row: int, typical: int, at: int, time: float, base: float, fade: float, shrunk: float, arrive: F32, leave: F32,
    more_running: F32, more_dwell: F32, arrival: F32, departure: F32, later: F32,
    riders: float,
) -> None:
    """Times of a run's calls one by one, each without what came before it: a loop that the compiler turns into vectors.

    arrival = s after now by pace alone, departure = s of the stay, later = s that the traffic adds to the way there.
    """
    one = np.float32(1.0)
    for k in range(calls):
        ahead = max(arrive[typical + k] - time, np.float32(0.0))
        arrival[row + k] = base + ahead * (one + shrunk / (fade + ahead))
        stay, faded = max(leave[typical + k] - max(time, arrive[typical + k]), np.float32(0.0)), fade / (fade + ahead)
        driven = ahead if k == 0 else arrive[typical + k] - leave[typical + k - np.uint64(1)]
        departure[row + k] = stay * (one + riders + faded * more_dwell[at + k])
        later[k] = faded * driven * more_running[at + k]


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _close(
    calls: int, row: Any, typical: int, times: int, at: int, first: int, end: int, time: float, day: float, previous: Any,
    variance: Any, share: float, begins: bool, holds: bool, keeps: bool, source: int, hop: float, horizon: float, arrive: F32,
    leave: F32, timepoint: U8, scheduled: I32, added: F32, middle: F32, arrival: F32, departure: F32, later: F32, deviation: F32,
    expected: F32,
) -> Any:
    """Adds up what `_lay` left, holds and spreads: (next row, last departure, variance, whether the run ends in the horizon)."""
    zero, one, two = np.float32(0.0), np.float32(1.0), np.float32(2.0)
    held, told, left = zero, previous, previous
    for k in range(calls):
        held += later[k]
        comes = max(arrival[row] + held, previous + hop)
        if comes > horizon:
            return row, previous, variance, False
        goes, stay = comes + departure[row], max(leave[typical + k] - max(time, arrive[typical + k]), zero)
        held += departure[row] - stay
        variance += added[at + k] if k or begins or at == first else added[at] * min(
            max(arrive[typical] - time, zero) / max(arrive[typical] - leave[typical - np.uint64(1)], one), one
        )
        sigma, x = np.sqrt(variance), np.int64(min(comes * PER_STEP, LAST_STEP))
        if holds and (timepoint[times + k] or at + k == first) and at + k < end - 1:
            wait = np.float32(day + scheduled[times + k] - goes)
            if at + k != first and time < leave[typical + k]:
                wait *= share
            if wait > 0:
                goes += wait
                held += wait
                variance *= (one - min(wait / (two * sigma), one) * np.float32(0.8)) ** 2
        was, told = told, max(comes + middle[source, x] * sigma, told + hop)
        if k and left > told - hop:  # this call's point lies further before its mean than that of the one before
            departure[row - np.uint64(1)] = max(told - hop, was)
        left, previous = max(goes + told - comes, told), goes
        arrival[row], departure[row] = told, left
        deviation[row] = sigma
        if keeps:
            expected[row] = comes
        row += np.uint64(1)
    return row, previous, variance, True
