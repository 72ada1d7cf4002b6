"""Brings the predicted calls of each vehicle's run together for the TripUpdates of GTFS-Realtime; they come sorted by stop."""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F64, I32, I64, ArrivalColumns

LAYOVER = 1
"""model.Source: this and what is below it is a prediction of a vehicle"""
VEHICLE, TRIP, PATTERN, EARLIER, CALLS = range(5)
"""Rows of `runs`: whose run it is, of which trip (-2 - pattern where that is unknown), on which pattern, the run of the same
vehicle met before it or -1, how many calls it has."""
FIRST, DAY = range(2)
"""Rows of `moments`: epoch s of its first arrival and of its service day."""


@njit(cache=True, nogil=True, error_model="numpy")
def find_runs(arrivals: ArrivalColumns, pattern_of: I32, newest: I32, run_of: I32, runs: I32, moments: F64) -> int:
    """Which calls are of one run; returns how many runs there are, in the order they are met.

    A run is a vehicle's trip, or its pattern where the trip is unknown. Only live calls and those after a layover count: what
    the timetable says, readers of GTFS know. newest [V] must be -1 and ends as each vehicle's newest run; runs [5, R] and
    moments [2, R] describe the runs; run_of [R] gets the run of each call, or -1.
    """
    count = 0
    for row in range(arrivals.vehicle.size):
        vehicle = arrivals.vehicle[row]
        run_of[row] = -1
        if vehicle < 0 or vehicle >= newest.size or arrivals.source[row] > LAYOVER or not arrivals.arrival[row] > 0.0:
            continue
        trip = arrivals.trip[row]
        if trip < 0:
            trip = np.int32(-2 - pattern_of[arrivals.pattern_stop[row]])
        run = newest[vehicle]
        while run >= 0 and runs[TRIP, run] != trip:
            run = runs[EARLIER, run]
        if run < 0:
            run = np.int32(count)
            runs[VEHICLE, run], runs[TRIP, run], runs[CALLS, run] = vehicle, trip, 0
            runs[PATTERN, run], runs[EARLIER, run] = pattern_of[arrivals.pattern_stop[row]], newest[vehicle]
            moments[FIRST, run], moments[DAY, run] = np.inf, arrivals.service_day[row]
            newest[vehicle] = run
            count += 1
        runs[CALLS, run] += 1
        moments[FIRST, run] = min(moments[FIRST, run], arrivals.arrival[row])
        run_of[row] = run
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def rank_runs(newest: I32, runs: I32, moments: F64, rank: I32, run_at: I32, start: I64) -> None:
    """The place of each run: by vehicle, then first arrival.

    rank [runs] must be -1; run_at [runs] is its inverse; start [runs + 1] gets where the calls of the run at each place begin.
    """
    place = 0
    start[0] = 0
    for vehicle in range(newest.size):
        while True:
            best, run = -1, newest[vehicle]
            while run >= 0:
                # of two at once the one met first
                if rank[run] < 0 and (best < 0 or moments[FIRST, run] <= moments[FIRST, best]):
                    best = run
                run = runs[EARLIER, run]
            if best < 0:
                break
            rank[best], run_at[place] = place, best
            place += 1
            start[place] = start[place - 1] + runs[CALLS, best]


@njit(cache=True, nogil=True, error_model="numpy")
def order_calls(arrivals: ArrivalColumns, run_of: I32, rank: I32, start: I64, heads: I32, by_stop: I32, calls: I32, times: F64) -> None:
    """calls [C] and times [2, C]: pattern stops, arrivals and departures of each run, at its place, in the order of its stops.

    Two counting sorts, by pattern stop and then, stable, by run. heads [Q + 1] must be 0, by_stop [R] is scratch.
    """
    for row in range(run_of.size):
        if run_of[row] >= 0:
            heads[arrivals.pattern_stop[row] + 1] += 1
    for place in range(1, heads.size):
        heads[place] += heads[place - 1]
    for row in range(run_of.size):
        if run_of[row] >= 0:
            by_stop[heads[arrivals.pattern_stop[row]]] = row
            heads[arrivals.pattern_stop[row]] += 1
    next_of_run = start[:-1].copy()
    for k in range(start[-1]):
        row = by_stop[k]
        place = rank[run_of[row]]
        at = next_of_run[place]
        next_of_run[place] = at + 1
        calls[at] = arrivals.pattern_stop[row]
        times[0, at], times[1, at] = arrivals.arrival[row], arrivals.departure[row]
