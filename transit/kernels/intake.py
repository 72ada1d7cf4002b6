"""The first stage of a step: is this fix usable, what does the feed say of its trip, has the vehicle moved.

A call holds at most one position of a vehicle, so results do not depend on how a recording is cut into batches.
"""
from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import (
    F64,
    I32,
    U8,
    DayColumns,
    FleetColumns,
    MatchColumns,
    Record,
    ReportColumns,
    TripColumns,
    WorkColumns,
)
from transit.kernels.prefetch import SOON, prefetch
from transit.parameters import MatchingParameters

IN_SERVICE, LAYOVER, DEADHEAD, AMBIGUOUS = 0, 1, 2, 5
NO_FIX, DUPLICATE, LATE, STALE, OUTLIER, FUTURE = 6, 7, 8, 9, 10, 11
ACCEPTED = 255
UNASSIGNED, REPORTED = 0, 1
UNKNOWN_ID = -2
DAY = 86_400.0


@njit(cache=True, nogil=True, error_model="numpy")
def take_in(
    rows: I32, reports: ReportColumns, fleet: FleetColumns, trips: TripColumns, days: DayColumns, par: MatchingParameters,
    work: WorkColumns, out: MatchColumns,
) -> None:
    """For the positions named by `rows` [m]: out.state = why one is refused, or ACCEPTED with the fleet brought up to it."""
    vehicles, row_of, trip_of, route_of = fleet.vehicles, reports.vehicle, reports.trip, reports.route
    xs, ys, times, receipts = reports.x, reports.y, reports.timestamp, reports.received
    bearings, speeds, heading, since, passed = reports.bearing, reports.speed, work.heading, work.since, work.passed
    who, states, patterns, on_trip, progress, cross_track = out.vehicle, out.state, out.pattern, out.trip, out.progress, out.cross_track
    for j in range(rows.size):
        if j + SOON < rows.size and row_of[rows[j + SOON]] >= 0:
            prefetch(vehicles, row_of[rows[j + SOON]])
        i = rows[j]
        v = row_of[i]
        who[i], patterns[i], on_trip[i] = v, -1, -1
        progress[i], cross_track[i], since[i], passed[i] = np.nan, np.nan, np.nan, np.nan
        heading[i, 0], heading[i, 1] = 0.0, 0.0
        x, y, t = xs[i], ys[i], times[i]
        states[i] = NO_FIX
        if v < 0 or not (math.isfinite(x) and math.isfinite(y) and math.isfinite(t)):
            continue
        vehicle = vehicles[v]
        dx, dy, dt = x - vehicle["x"], y - vehicle["y"], t - vehicle["heard"]
        states[i] = _verdict(vehicle, dx, dy, dt, receipts[i] - t, par)
        if states[i] != ACCEPTED:
            continue
        step = math.sqrt(dx * dx + dy * dy)
        if math.isfinite(bearings[i]) and (speeds[i] >= par.moving or (math.isnan(speeds[i]) and step >= par.trail_step)):
            heading[i, 0], heading[i, 1] = math.sin(math.radians(bearings[i])), math.cos(math.radians(bearings[i]))
        elif step >= par.trail_step:
            heading[i, 0], heading[i, 1] = dx / step, dy / step
        if heading[i, 0] != 0.0 or heading[i, 1] != 0.0:
            vehicle["east"], vehicle["north"] = heading[i, 0], heading[i, 1]
        if dt > par.forgotten:
            _leave(vehicle)
        vehicle["route"] = route_of[i]
        trip = trip_of[i]
        if trip >= 0:
            vehicle["reports_trips"] = 1
            if trip != vehicle["trip"] or t - vehicle["service_day"] > DAY:
                _hear_trip(vehicle, trip, t, trips, days, par)
        elif trip == UNKNOWN_ID or vehicle["reports_trips"] == 1:
            _follow_silence(vehicle, trip)
        ax, ay = x - vehicle["anchor_x"], y - vehicle["anchor_y"]
        if not ax * ax + ay * ay < par.parked_radius * par.parked_radius:  # the first fix has no anchor yet
            vehicle["anchor_x"], vehicle["anchor_y"], vehicle["moved"] = x, y, t
        vehicle["x"], vehicle["y"], vehicle["heard"] = x, y, t
        if vehicle["pattern"] < 0:
            vehicle["misses"] = 0  # counts jumps in a row here; on a pattern matching goes on with it


@njit(cache=True, nogil=True, error_model="numpy")
def occurrences(vehicle: I32, seen: I32, nth: I32) -> int:
    """nth[i] = how often the vehicle of position i came before it in the batch; returns the most + 1. `seen`: zeros [V + 1]."""
    most = 0
    for i in range(vehicle.size):
        nth[i] = seen[vehicle[i]] if vehicle[i] >= 0 else 0
        seen[vehicle[i]] += 1  # row -1 is the spare last one
        most = max(most, nth[i] + 1)
    return most


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _verdict(vehicle: Record, dx: float, dy: float, dt: float, age: float, par: MatchingParameters) -> int:
    """ACCEPTED, or the state that says why a fix is not used: (dx, dy) m and dt s after the last one, `age` s old on receipt."""
    if -age > par.max_ahead:
        return FUTURE
    if age > par.max_age:
        return STALE
    if dt == 0.0:
        return DUPLICATE
    if dt < 0.0:
        return LATE
    reach = par.max_speed * dt + par.jump_slack
    if dx * dx + dy * dy > reach * reach and vehicle["misses"] < 2:
        vehicle["misses"] += 1  # believed when it is confirmed twice
        return OUTLIER
    return ACCEPTED


@njit(cache=True, nogil=True, error_model="numpy")
def _hear_trip(vehicle: Record, trip: int, t: float, trips: TripColumns, days: DayColumns, par: MatchingParameters) -> None:
    """Puts the vehicle on the trip it names, unless that is the run it is on already, or the one it has finished."""
    first, last = trips.departure[trips.start[trip]], trips.arrival[trips.start[trip + 1] - 1]
    if trips.template[trip]:  # its times are no times of day
        first, last = 0, int(DAY)
    day = _service_day(trips.service[trip], first, last, t, days.start, days.active)
    if trip == vehicle["trip"] and (trips.template[trip] or day == vehicle["service_day"]):
        return
    if trip == vehicle["last_trip"] and vehicle["finished"] and not trips.template[trip] and vehicle["left"] >= day + first - par.early:
        return
    _release(vehicle)
    vehicle["trip"], vehicle["pattern"], vehicle["service_day"] = trip, trips.pattern[trip], day
    vehicle["evidence"], vehicle["misses"] = REPORTED, 0


@njit(cache=True, nogil=True, error_model="numpy")
def _follow_silence(vehicle: Record, trip: int) -> None:
    """A vehicle that named trips and now names none is on none; one that names an unknown trip says nothing of its own."""
    if trip == UNKNOWN_ID:
        vehicle["reports_trips"] = 0
        if vehicle["evidence"] == REPORTED:
            _release(vehicle)
    else:
        _leave(vehicle)


@njit(cache=True, nogil=True, error_model="numpy")
def _leave(vehicle: Record) -> None:
    """Takes the vehicle off the trip it has not finished: when it names that again, it goes on with it."""
    if vehicle["pattern"] >= 0:
        if vehicle["trip"] >= 0:
            vehicle["last_trip"], vehicle["finished"] = vehicle["trip"], 0
        _release(vehicle)


@njit(cache=True, nogil=True, error_model="numpy")
def _release(vehicle: Record) -> None:
    """Takes the vehicle off its pattern."""
    vehicle["pattern"], vehicle["trip"], vehicle["hypotheses"], vehicle["evidence"] = -1, -1, 0, UNASSIGNED
    vehicle["progress"], vehicle["speed"], vehicle["cross_track"], vehicle["begun"] = np.nan, np.nan, np.nan, np.nan
    vehicle["service_day"], vehicle["pending_arrival"] = np.nan, np.nan
    vehicle["state"] = AMBIGUOUS


@njit(cache=True, nogil=True, error_model="numpy")
def _service_day(service: int, first: int, last: int, t: float, day_start: F64, active: U8) -> float:
    """Start of the service day on which a trip (first … last, s of its day) runs nearest to t; a day it does not run on only
    when none fits."""
    best, chosen = np.inf, np.nan
    for d in range(day_start.size):
        away = max(day_start[d] + first - t, t - day_start[d] - last, 0.0)
        if active[d, service] == 0:
            away += 7 * DAY
        if away < best:
            best, chosen = away, day_start[d]
    return chosen
