"""Stop events: when a vehicle arrived at and left each stop, interpolated between the two fixes around the passing.

At a stop means within `stop_zone` metres of it along the shape; its passing is told once the bus is `left_zone` beyond it,
the first stop's once it has left the terminal. Events of a vehicle are strictly increasing in time; where fixes are too far
apart, or too many stops lie between them, nothing is told.
"""
from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import I32, EventColumns, FleetColumns, MatchColumns, PatternColumns, ReportColumns, WorkColumns
from transit.parameters import MatchingParameters

IN_SERVICE, LAYOVER = 0, 1
MOST_STOPS = 12
"""stops between two fixes above which their passings are not told (TransitClock)"""
TICK = 0.1
"""s by which events of one vehicle differ at least"""


@njit(cache=True, nogil=True, error_model="numpy")
def tell(
    rows: I32, reports: ReportColumns, fleet: FleetColumns, patterns: PatternColumns, par: MatchingParameters,
    work: WorkColumns, matches: MatchColumns, count: int, out: EventColumns,
) -> int:
    """Appends the events of the positions among `rows` to `out` from row `count` on; returns the new count.

    `out` must have room for MOST_STOPS rows a position.
    """
    vehicles, row_of, times = fleet.vehicles, reports.vehicle, reports.timestamp
    distance, stop_start = patterns.distance, patterns.stop_start
    states, on_pattern, progress, since, passed = matches.state, matches.pattern, matches.progress, work.since, work.passed
    for j in range(rows.size):
        i = rows[j]
        if states[i] > LAYOVER or math.isnan(progress[i]):
            continue
        vehicle = vehicles[row_of[i]]
        t0, t1, s0, s1 = since[i], times[i], passed[i], progress[i]
        if math.isnan(t0) or math.isnan(s0) or t1 - t0 > par.event_gap:
            vehicle["pending_arrival"] = np.nan
            continue
        done = vehicle["pattern"] < 0
        if s1 <= s0 and not done:
            continue
        first, last = stop_start[on_pattern[i]], stop_start[on_pattern[i] + 1]
        rate = (t1 - t0) / max(s1 - s0, 0.1)
        low = vehicle["ahead"]  # a hint: the first stop it could still leave when it was last here
        if low < first or low >= last or (low > first and distance[low - 1] + _zone(low - 1 == first, par) >= s0):
            low = first
        while low < last and distance[low] + _zone(low == first, par) < s0:
            low += 1
        vehicle["ahead"] = low
        begin = count
        for q in range(low, last):
            enters, leaves = distance[q] - par.stop_zone, distance[q] + _zone(q == first, par)
            ends = done and q == last - 1
            if enters > s1 and not ends:
                break
            if q > first and (enters > s0 or count > begin):  # told of the stop before: of two so close it is at one at a time
                vehicle["pending_arrival"] = t0 + rate * (max(min(enters, s1), s0) - s0)
                vehicle["pending_bracket"] = min(10.0 * (t1 - t0), 65_535.0)
            if leaves > s1 and not ends:
                break
            if count - begin == MOST_STOPS:
                count, vehicle["pending_arrival"] = begin, np.nan
                break
            earliest = vehicle["event_time"] + TICK if math.isfinite(vehicle["event_time"]) else -np.inf
            arrival = max(vehicle["pending_arrival"], earliest) if q > first else np.nan
            leaving = np.nan if ends else max(t0 + rate * (max(distance[q] + par.stop_zone, s0) - s0), earliest)
            if not math.isnan(arrival) and not math.isnan(leaving):
                leaving = max(leaving, arrival + TICK)
            vehicle["pending_arrival"] = np.nan
            if math.isnan(arrival) and (q > first or math.isnan(leaving)):
                continue  # it was first seen at this stop: nobody knows when it came
            out.vehicle[count], out.trip[count], out.pattern_stop[count] = row_of[i], matches.trip[i], q
            out.arrival[count], out.departure[count] = arrival, leaving
            out.uncertainty[count] = 0.5 * (t1 - t0) if math.isnan(arrival) else 0.05 * vehicle["pending_bracket"]
            vehicle["event_time"] = leaving if not math.isnan(leaving) else arrival
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _zone(first: bool, par: MatchingParameters) -> float:
    """m beyond a stop at which it is told to be left: a bus that waits a little beyond the first one has not begun."""
    return par.terminal if first else par.left_zone
