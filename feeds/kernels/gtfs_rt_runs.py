"""Brings the predicted calls of each vehicle's run together for the TripUpdates of GTFS-Realtime; they come sorted by stop."""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F64, I32, I64, ArrivalColumns

LAYOVER = 1
"""model.Source: this and what is below it is a prediction of a vehicle"""


@njit(cache=True, nogil=True, error_model="numpy")
def find_runs(arrivals: ArrivalColumns, pattern_of: I32, newest: I32, run_of: I32, runs: I32, first: F64) -> int:
    """Which calls are of one run; returns how many runs there are, in the order they are met.

    A run is a vehicle's trip, or its pattern where the trip is unknown (trip -2 - pattern). Only live calls and those after a
    layover count: what the timetable says, readers of GTFS know. newest [V] must be -1 and ends as each vehicle's newest run.
    runs [4, R] gets vehicle, trip, the run of the same vehicle met before it, calls; first [R] the first arrival; run_of [R]
    the run of each call, or -1.
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
        while run >= 0 and runs[1, run] != trip:
            run = runs[2, run]
        if run < 0:
            run = np.int32(count)
            runs[0, run], runs[1, run], runs[2, run], runs[3, run] = vehicle, trip, newest[vehicle], 0
            first[run] = np.inf
            newest[vehicle] = run
            count += 1
        runs[3, run] += 1
        first[run] = min(first[run], arrivals.arrival[row])
        run_of[row] = run
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def rank_runs(newest: I32, runs: I32, first: F64, rank: I32, start: I64) -> None:
    """The place of each run: by vehicle, then first arrival. rank [runs] must be -1; start [runs + 1] gets where the calls of the
    run at each place begin."""
    place = 0
    start[0] = 0
    for vehicle in range(newest.size):
        while True:
            best, run = -1, newest[vehicle]
            while run >= 0:
                if rank[run] < 0 and (best < 0 or first[run] <= first[best]):  # of two at once the one met first
                    best = run
                run = runs[2, run]
            if best < 0:
                break
            rank[best] = place
            place += 1
            start[place] = start[place - 1] + runs[3, best]


@njit(cache=True, nogil=True, error_model="numpy")
def order_calls(pattern_stop: I32, run_of: I32, rank: I32, start: I64, heads: I32, by_stop: I32, order: I32) -> None:
    """order [R]: the rows of each run, at its place, in the order of its stops.

    Two counting sorts, by pattern stop and then, stable, by run. heads [Q + 1] must be 0, by_stop [R] is scratch.
    """
    for row in range(run_of.size):
        if run_of[row] >= 0:
            heads[pattern_stop[row] + 1] += 1
    for place in range(1, heads.size):
        heads[place] += heads[place - 1]
    for row in range(run_of.size):
        if run_of[row] >= 0:
            by_stop[heads[pattern_stop[row]]] = row
            heads[pattern_stop[row]] += 1
    next_of_run = start[:-1].copy()
    for k in range(start[-1]):
        row = by_stop[k]
        place = rank[run_of[row]]
        order[next_of_run[place]] = row
        next_of_run[place] += 1
