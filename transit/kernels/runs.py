"""Which run of the timetable is a vehicle on whose pattern is known: the one its block goes on with, or the only one that fits."""
from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import (
    I32,
    BlockColumns,
    DayColumns,
    FleetColumns,
    MatchColumns,
    PatternColumns,
    Record,
    ReportColumns,
    TripColumns,
)
from transit.parameters import MatchingParameters

CONTINUED = 2
IN_SERVICE = 0
CANCELLED = 2**31 - 1
"""the claim on a run that does not take place: no vehicle's"""


@njit(cache=True, nogil=True, error_model="numpy")
def name_trips(
    rows: I32, reports: ReportColumns, fleet: FleetColumns, patterns: PatternColumns, trips: TripColumns, blocks: BlockColumns,
    pattern_start: I32, trip_of_pattern: I32, days: DayColumns, par: MatchingParameters, claims: I32, out: MatchColumns,
) -> None:
    """Names the trip of vehicles among `rows` that are in service without one, once for each time they were placed.

    Asked while they still waited at the terminal, the timetable would name the run before theirs.

    pattern_start [P + 1], trip_of_pattern: CSR of each pattern's trips. claims [T]: the vehicle on each trip, -1 none, CANCELLED.
    """
    states, vehicles = out.state, fleet.vehicles
    for j in range(rows.size):
        i = rows[j]
        v = reports.vehicle[i]
        if states[i] != IN_SERVICE or vehicles[v]["asked"]:
            continue
        vehicle, t = vehicles[v], reports.timestamp[i]
        vehicle["asked"] = 1
        if vehicle["trip"] >= 0 or vehicle["pattern"] < 0:
            continue
        trip, day = _continued(vehicle, t, trips, blocks, days, claims, par)
        if trip >= 0:
            vehicle["evidence"] = CONTINUED
        else:
            trip, day = _only_run(vehicle, v, t, patterns, trips, pattern_start, trip_of_pattern, days, claims, par)
        if trip >= 0:
            claims[trip] = v
        vehicle["trip"], vehicle["service_day"] = trip, day
        out.trip[i] = trip


@njit(cache=True, nogil=True, error_model="numpy")
def _continued(
    vehicle: Record, t: float, trips: TripColumns, blocks: BlockColumns, days: DayColumns, claims: I32, par: MatchingParameters,
) -> tuple[int, float]:
    """(trip, service day) that the block of its last trip goes on with, when that is on the vehicle's pattern about now."""
    last = vehicle["last_trip"]
    if last < 0 or trips.block[last] < 0:
        return -1, np.nan
    for k in range(blocks.position_of_trip[last] + 1, blocks.start[trips.block[last] + 1]):
        trip = blocks.trip[k]
        if trips.pattern[trip] != vehicle["pattern"] or claims[trip] == CANCELLED:
            continue
        row = trips.start[trip]
        for d in range(days.start.size):
            late = t - days.start[d] - trips.departure[row]
            running = trips.arrival[trips.start[trip + 1] - 1] - trips.departure[row]
            if days.active[d, trips.service[trip]] and -par.early <= late <= running + 2.0 * par.trip_late:
                return trip, days.start[d]
    return -1, np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def _only_run(
    vehicle: Record, v: int, t: float, patterns: PatternColumns, trips: TripColumns, pattern_start: I32, trip_of_pattern: I32,
    days: DayColumns, claims: I32, par: MatchingParameters,
) -> tuple[int, float]:
    """(trip, service day) of the one run of the vehicle's pattern that nobody else is on and that is here about now; else (-1, NaN)."""
    p, progress = vehicle["pattern"], vehicle["progress"]
    first, last = patterns.stop_start[p], patterns.stop_start[p + 1] - 1
    q = first
    while q < last - 1 and patterns.distance[q + 1] <= progress:
        q += 1
    length = patterns.distance[q + 1] - patterns.distance[q]
    share = min(max((progress - patterns.distance[q]) / length, 0.0), 1.0) if length > 0.0 else 0.0
    found, day = -1, np.nan
    for k in range(pattern_start[p], pattern_start[p + 1]):
        trip = trip_of_pattern[k]
        if trips.template[trip] or (claims[trip] >= 0 and claims[trip] != v):
            continue
        row = trips.start[trip] + q - first
        scheduled = trips.departure[row] + share * (trips.arrival[row + 1] - trips.departure[row])
        for d in range(days.start.size):
            late = t - days.start[d] - scheduled
            if days.active[d, trips.service[trip]] and -par.trip_early <= late <= par.trip_late:
                if found >= 0:
                    return -1, np.nan
                found, day = trip, days.start[d]
    return found, day
