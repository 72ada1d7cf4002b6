"""The first stage of a step: is this fix usable, what does the feed say of its trip, has the vehicle moved.

A call holds at most one position of a vehicle, so results do not depend on how a recording is cut into batches.
"""
from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import F32, I32, DayColumns, FleetColumns, MatchColumns, Records, ReportColumns, TripColumns, WorkColumns
from transit.parameters import MatchingParameters

IN_SERVICE, LAYOVER, DEADHEAD, AMBIGUOUS = 0, 1, 2, 5
NO_FIX, DUPLICATE, LATE, STALE, OUTLIER, FUTURE = 6, 7, 8, 9, 10, 11
ACCEPTED = 255
UNASSIGNED, REPORTED = 0, 1
NONE_SENT, UNKNOWN_ID = -1, -2


@njit(cache=True, nogil=True, error_model="numpy")
def take_in(
    rows: I32, reports: ReportColumns, fleet: FleetColumns, trips: TripColumns, days: DayColumns, par: MatchingParameters,
    work: WorkColumns, out: MatchColumns,
) -> None:
    """For the positions named by `rows` [m]: out.state = why one is refused, or ACCEPTED with the fleet brought up to it."""
    for j in range(rows.size):
        i = rows[j]
        v = reports.vehicle[i]
        out.vehicle[i], out.pattern[i], out.trip[i] = v, -1, -1
        out.progress[i], out.cross_track[i] = np.nan, np.nan
        work.since[i], work.passed[i] = np.nan, np.nan
        if v < 0:
            out.state[i] = NO_FIX
            continue
        vehicle = fleet.vehicles[v]
        out.state[i] = _verdict(reports, i, vehicle, par)
        if out.state[i] != ACCEPTED:
            continue
        x, y, t = reports.x[i], reports.y[i], reports.timestamp[i]
        _head(vehicle, x, y, reports.bearing[i], reports.speed[i], par, work.heading[i])
        _follow_report(vehicle, reports.trip[i], reports.route[i], t, trips, days)
        if not math.isfinite(vehicle["heard"]) or math.hypot(x - vehicle["anchor_x"], y - vehicle["anchor_y"]) >= par.parked_radius:
            vehicle["anchor_x"], vehicle["anchor_y"], vehicle["moved"] = x, y, t
        vehicle["x"], vehicle["y"], vehicle["heard"] = x, y, t


@njit(cache=True, nogil=True, error_model="numpy")
def occurrences(vehicle: I32, seen: I32, nth: I32) -> int:
    """nth[i] = how often the vehicle of position i came before it in the batch; returns the most + 1. `seen`: zeros [V + 1]."""
    most = 0
    for i in range(vehicle.size):
        nth[i] = seen[vehicle[i]] if vehicle[i] >= 0 else 0
        seen[vehicle[i]] += 1  # row -1 is the spare last one
        most = max(most, nth[i] + 1)
    return most


@njit(cache=True, nogil=True, error_model="numpy")
def _verdict(reports: ReportColumns, i: int, vehicle: Records, par: MatchingParameters) -> int:
    """ACCEPTED, or the state that says why this fix is not used."""
    t, received = reports.timestamp[i], reports.received[i]
    if not (math.isfinite(reports.x[i]) and math.isfinite(reports.y[i]) and math.isfinite(t)):
        return NO_FIX
    if t > received + par.max_ahead:
        return FUTURE
    if received - t > par.max_age:
        return STALE
    dt = t - vehicle["heard"]
    if dt == 0.0:
        return DUPLICATE
    if dt < 0.0:
        return LATE
    dx, dy = reports.x[i] - vehicle["x"], reports.y[i] - vehicle["y"]
    reach = par.max_speed * dt + par.jump_slack
    if dx * dx + dy * dy > reach * reach and vehicle["misses"] < 2:
        vehicle["misses"] += 1  # believed when it is confirmed twice
        return OUTLIER
    return ACCEPTED


@njit(cache=True, nogil=True, error_model="numpy")
def _head(vehicle: Records, x: float, y: float, bearing: float, speed: float, par: MatchingParameters, out: F32) -> None:
    """Unit vector: the sent bearing (degrees) of a moving vehicle, else the course from its last fix when that is far enough."""
    dx, dy = x - vehicle["x"], y - vehicle["y"]
    step = math.sqrt(dx * dx + dy * dy)
    out[0], out[1] = 0.0, 0.0
    if math.isfinite(bearing) and (speed >= par.moving or (math.isnan(speed) and step >= par.trail_step)):
        out[0], out[1] = math.sin(math.radians(bearing)), math.cos(math.radians(bearing))
    elif step >= par.trail_step:
        out[0], out[1] = dx / step, dy / step
    if out[0] != 0.0 or out[1] != 0.0:
        vehicle["east"], vehicle["north"] = out[0], out[1]


@njit(cache=True, nogil=True, error_model="numpy")
def _follow_report(vehicle: Records, trip: int, route: int, t: float, trips: TripColumns, days: DayColumns) -> None:
    """Takes what the feed says of trip and route; a vehicle that named trips and now names none is on none."""
    vehicle["route"] = route
    if trip >= 0:
        vehicle["reports_trips"] = 1
        if trip != vehicle["trip"] and trip != vehicle["last_trip"]:
            _release(vehicle)
            vehicle["trip"], vehicle["pattern"], vehicle["evidence"] = trip, trips.pattern[trip], REPORTED
            vehicle["service_day"] = _service_day(trips, trip, t, days)
            vehicle["misses"] = 0
    elif trip == NONE_SENT and vehicle["reports_trips"] == 1:
        if vehicle["pattern"] >= 0:
            vehicle["last_trip"] = vehicle["trip"]
            _release(vehicle)
    elif trip == UNKNOWN_ID:
        vehicle["reports_trips"] = 0
        if vehicle["evidence"] == REPORTED:
            _release(vehicle)


@njit(cache=True, nogil=True, error_model="numpy")
def _release(vehicle: Records) -> None:
    """Takes the vehicle off its pattern."""
    vehicle["pattern"], vehicle["trip"], vehicle["hypotheses"], vehicle["evidence"] = -1, -1, 0, UNASSIGNED
    vehicle["progress"], vehicle["speed"], vehicle["cross_track"], vehicle["begun"] = np.nan, np.nan, np.nan, np.nan
    vehicle["service_day"], vehicle["pending_arrival"] = np.nan, np.nan
    vehicle["state"] = AMBIGUOUS


@njit(cache=True, nogil=True, error_model="numpy")
def _service_day(trips: TripColumns, trip: int, t: float, days: DayColumns) -> float:
    """Start of the service day on which `trip` runs nearest to t; a day it does not run on only when none fits."""
    first, last = trips.departure[trips.start[trip]], trips.arrival[trips.start[trip + 1] - 1]
    best, chosen = np.inf, np.nan
    for d in range(days.start.size):
        away = max(days.start[d] + first - t, t - days.start[d] - last, 0.0)
        if days.active[d, trips.service[trip]] == 0:
            away += 7 * 86_400.0
        if away < best:
            best, chosen = away, days.start[d]
    return chosen
