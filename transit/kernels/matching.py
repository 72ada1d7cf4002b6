"""Places each position on its vehicle's pattern: a forward filter over progress along the shape with several hypotheses.

A hypothesis is a place on the pattern (progress, speed, variance, cost, segment); a loop or an out-and-back shape keeps one
per pass until motion, heading and time tell them apart. Costs are negative log likelihoods. The published progress never
goes back on noise. A call holds at most one position of a vehicle.
"""
from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import (
    F32, HYPOTHESES, I32, SEGMENT_CHORD, SEGMENT_DX, SEGMENT_DY, SEGMENT_PROGRESS, SEGMENT_STRETCH, SEGMENT_X, SEGMENT_Y,
    FleetColumns, MatchColumns, PatternColumns, Records, ReportColumns, ShapeColumns, TripColumns, WorkColumns,
)
from transit.parameters import MatchingParameters

IN_SERVICE, LAYOVER, DEADHEAD, OFF_ROUTE, AMBIGUOUS = 0, 1, 2, 4, 5
ACCEPTED = 255
UNASSIGNED, REPORTED = 0, 1


@njit(cache=True, nogil=True, error_model="numpy")
def place(
    rows: I32, reports: ReportColumns, fleet: FleetColumns, shapes: ShapeColumns, patterns: PatternColumns, trips: TripColumns,
    par: MatchingParameters, scratch: Records, work: WorkColumns, out: MatchColumns,
) -> None:
    """Matches of the accepted positions among `rows` [m] whose vehicle is on a pattern. scratch: [HYPOTHESES] HYPOTHESIS."""
    for j in range(rows.size):
        i = rows[j]
        if out.state[i] != ACCEPTED:
            continue
        v = reports.vehicle[i]
        vehicle = fleet.vehicles[v]
        pattern = vehicle["pattern"]
        if pattern < 0:
            continue
        x, y, t = reports.x[i], reports.y[i], reports.timestamp[i]
        known = fleet.hypotheses[v]
        first, last = shapes.segment_start[pattern], shapes.segment_start[pattern + 1]
        dt = t - vehicle["timestamp"]
        ahead = dt <= par.max_gap and vehicle["hypotheses"] > 0
        east, north = 0.0, 0.0
        if not math.isnan(work.bearing[i]):
            east, north = math.sin(math.radians(work.bearing[i])), math.cos(math.radians(work.bearing[i]))
        if ahead:
            count = _advance(known, vehicle["hypotheses"], shapes.segments, first, last, x, y, dt, east, north, par, scratch)
        else:
            count = _acquire(vehicle, trips, patterns, shapes.segments, first, last, t, x, y, east, north, par, scratch)
        out.pattern[i], out.trip[i] = pattern, vehicle["trip"]
        if count == 0:
            _miss(vehicle, patterns, trips, t, par)
            out.state[i] = OFF_ROUTE if vehicle["state"] == IN_SERVICE else vehicle["state"]
            continue
        if ahead and vehicle["misses"] <= par.max_misses:
            work.since[i], work.passed[i] = vehicle["timestamp"], vehicle["progress"]
        _keep_best(known, scratch, count, vehicle, par)
        vehicle["misses"] = par.max_misses if vehicle["misses"] > par.max_misses else 0  # once lost, two fixes bring it back
        done = _settle(vehicle, known[0], patterns, trips, t, par)
        out.state[i] = vehicle["state"] if vehicle["misses"] == 0 else OFF_ROUTE
        out.progress[i], out.cross_track[i] = vehicle["progress"], vehicle["cross_track"]
        if done:
            vehicle["last_trip"] = vehicle["trip"]
            _release(vehicle)


@njit(cache=True, nogil=True, error_model="numpy")
def _advance(
    known: Records, alive: int, segments: F32, first: int, last: int, x: float, y: float, dt: float, east: float, north: float,
    par: MatchingParameters, scratch: Records,
) -> int:
    """Carries each hypothesis on to the fix at (x, y), dt s later. Returns how many candidates `scratch` then holds."""
    count = 0
    noise = par.deviation * par.deviation
    heads = par.heading if east * east + north * north > 0.5 else 0.0
    limit = par.off_route * par.off_route
    for h in range(alive):
        start, speed = known[h]["progress"], known[h]["speed"]
        expected = start + speed * min(dt, 60.0)
        variance = known[h]["variance"] + (par.acceleration * dt) ** 2
        weight = 0.5 / (variance + noise)
        carried = known[h]["cost"] * par.memory
        low, high = start - par.back, start + par.max_speed * dt + par.jump_slack
        g = known[h]["segment"]
        while g > first and segments[g, SEGMENT_PROGRESS] > low:
            g -= 1
        at, price, away, where, falling = 0.0, np.inf, 0.0, g, False
        while g < last and segments[g, SEGMENT_PROGRESS] <= high:
            dx, dy = segments[g, SEGMENT_DX], segments[g, SEGMENT_DY]
            rx, ry = x - segments[g, SEGMENT_X], y - segments[g, SEGMENT_Y]
            along = min(max(rx * dx + ry * dy, 0.0), segments[g, SEGMENT_CHORD])
            ex, ey = rx - along * dx, ry - along * dy
            off = ex * ex + ey * ey
            s = segments[g, SEGMENT_PROGRESS] + along * segments[g, SEGMENT_STRETCH]
            cost = np.inf
            if off <= limit and s >= low:
                cost = 0.5 * off / noise + weight * (s - expected) ** 2 + heads * (1.0 - dx * east - dy * north) + carried
            if cost < price:
                at, price, away, where, falling = s, cost, off, g, True
            elif cost > price and falling:
                count = _push(scratch, count, start, speed, expected, variance, at, price, away, where, dt, par)
                falling = False
                price = cost
            elif not falling:
                price = cost
            g += 1
        if falling:
            count = _push(scratch, count, start, speed, expected, variance, at, price, away, where, dt, par)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _push(
    scratch: Records, count: int, start: float, speed: float, expected: float, variance: float, at: float, cost: float,
    off: float, segment: int, dt: float, par: MatchingParameters,
) -> int:
    """Scalar Kalman update of one candidate; kept unless a cheaper one stands within `merge` of it or all places are taken."""
    noise = par.deviation * par.deviation
    gain = variance / (variance + noise)
    progress = expected + gain * (at - expected)
    slot = count
    for k in range(count):
        if abs(scratch[k]["progress"] - progress) < par.merge:
            if scratch[k]["cost"] <= cost:
                return count
            slot = k
            break
    if slot == HYPOTHESES:
        slot = 0
        for k in range(1, HYPOTHESES):
            if scratch[k]["cost"] > scratch[slot]["cost"]:
                slot = k
        if scratch[slot]["cost"] <= cost:
            return count
    share = dt / (dt + par.smoothing)
    one = scratch[slot]
    one["progress"], one["variance"] = progress, (1.0 - gain) * variance
    one["speed"] = max(0.0, min(par.max_speed, speed + share * ((progress - start) / dt - speed)))
    one["cost"], one["cross_track"], one["segment"] = cost, math.sqrt(off), segment
    return max(count, slot + 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _acquire(
    vehicle: Records, trips: TripColumns, patterns: PatternColumns, segments: F32, first: int, last: int, t: float, x: float,
    y: float, east: float, north: float, par: MatchingParameters, scratch: Records,
) -> int:
    """Places a new or lost vehicle anywhere on its pattern: one candidate per pass, weighed by the timetable when it is known."""
    count = 0
    expected = _scheduled_progress(vehicle, patterns, trips, t)
    heads = par.heading if east * east + north * north > 0.5 else 0.0
    limit = par.acquire * par.acquire
    at, price, away, where, falling = 0.0, np.inf, 0.0, first, False
    for g in range(first, last):
        dx, dy = segments[g, SEGMENT_DX], segments[g, SEGMENT_DY]
        rx, ry = x - segments[g, SEGMENT_X], y - segments[g, SEGMENT_Y]
        along = min(max(rx * dx + ry * dy, 0.0), segments[g, SEGMENT_CHORD])
        ex, ey = rx - along * dx, ry - along * dy
        off = ex * ex + ey * ey
        s = segments[g, SEGMENT_PROGRESS] + along * segments[g, SEGMENT_STRETCH]
        cost = np.inf
        if off <= limit:
            cost = 0.5 * off / (par.deviation * par.deviation) + heads * (1.0 - dx * east - dy * north)
            if not math.isnan(expected):
                cost += 0.5 * ((s - expected) / par.schedule) ** 2
            if s < vehicle["progress"]:
                cost += (vehicle["progress"] - s) / par.correction
        if cost < price:
            at, price, away, where, falling = s, cost, off, g, True
        elif falling and cost > price:
            count = _push(scratch, count, at, 0.0, at, 900.0, at, price, away, where, 1.0, par)
            falling, price = False, cost
        elif not falling:
            price = cost
    if falling:
        count = _push(scratch, count, at, 0.0, at, 900.0, at, price, away, where, 1.0, par)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _scheduled_progress(vehicle: Records, patterns: PatternColumns, trips: TripColumns, t: float) -> float:
    """m along the pattern where the timetable has the vehicle's trip at t; NaN without a trip."""
    trip = vehicle["trip"]
    if trip < 0:
        return np.nan
    clock = t - vehicle["service_day"]
    row, end, q = trips.start[trip], trips.start[trip + 1], patterns.stop_start[vehicle["pattern"]]
    if clock <= trips.departure[row]:
        return patterns.distance[q]
    while row + 1 < end and trips.arrival[row + 1] <= clock:
        row += 1
        q += 1
    if row + 1 == end or clock <= trips.departure[row]:
        return patterns.distance[q]
    share = (clock - trips.departure[row]) / (trips.arrival[row + 1] - trips.departure[row])
    return patterns.distance[q] + share * (patterns.distance[q + 1] - patterns.distance[q])


@njit(cache=True, nogil=True, error_model="numpy")
def _keep_best(known: Records, scratch: Records, count: int, vehicle: Records, par: MatchingParameters) -> None:
    """Copies the candidates worth keeping into `known`, the cheapest first and at cost 0, the others relative to it."""
    best = 0
    for k in range(1, count):
        if scratch[k]["cost"] < scratch[best]["cost"]:
            best = k
    least = scratch[best]["cost"]
    known[0] = scratch[best]
    known[0]["cost"] = 0.0
    alive = 1
    for k in range(count):
        if k != best and scratch[k]["cost"] - least <= par.drop:
            known[alive] = scratch[k]
            known[alive]["cost"] = scratch[k]["cost"] - least
            alive += 1
    vehicle["hypotheses"] = alive


@njit(cache=True, nogil=True, error_model="numpy")
def _settle(vehicle: Records, best: Records, patterns: PatternColumns, trips: TripColumns, t: float, par: MatchingParameters) -> bool:
    """Publishes the likeliest hypothesis: progress (never back on noise) and state. True when the trip is done."""
    progress = best["progress"]
    if vehicle["progress"] - progress <= par.correction:
        progress = max(progress, vehicle["progress"]) if not math.isnan(vehicle["progress"]) else progress
    if math.isnan(vehicle["begun"]):
        vehicle["begun"] = progress
    vehicle["progress"], vehicle["speed"], vehicle["cross_track"] = progress, best["speed"], best["cross_track"]
    vehicle["timestamp"] = t
    begin = patterns.distance[patterns.stop_start[vehicle["pattern"]]]
    end = patterns.distance[patterns.stop_start[vehicle["pattern"] + 1] - 1]
    trip = vehicle["trip"]
    since = t - vehicle["service_day"]  # NaN without a trip: then no comparison below holds
    if progress >= end - par.terminal and (
        progress - vehicle["begun"] > par.layover or (trip >= 0 and since > trips.arrival[trips.start[trip + 1] - 1] - par.early)
    ):
        vehicle["state"] = LAYOVER
        return True
    if vehicle["state"] != IN_SERVICE and progress <= begin + par.terminal:
        vehicle["state"] = LAYOVER
    elif trip >= 0 and vehicle["evidence"] == REPORTED and since < trips.departure[trips.start[trip]] - par.early:
        vehicle["state"] = DEADHEAD
    elif vehicle["misses"] == 0:
        vehicle["state"] = IN_SERVICE
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _miss(vehicle: Records, patterns: PatternColumns, trips: TripColumns, t: float, par: MatchingParameters) -> None:
    """The fix lies off the shape: patience first, then the vehicle is off route, or was only on its way to the trip."""
    vehicle["misses"] += 1
    if math.isnan(vehicle["begun"]) or vehicle["state"] == LAYOVER:
        trip = vehicle["trip"]
        early = trip >= 0 and t < vehicle["service_day"] + trips.departure[trips.start[trip]]
        if vehicle["state"] != LAYOVER or vehicle["misses"] > par.max_misses:
            vehicle["state"] = DEADHEAD if early else OFF_ROUTE
    if vehicle["misses"] > par.max_misses:
        vehicle["hypotheses"] = 0
        if vehicle["state"] == IN_SERVICE:
            vehicle["state"] = OFF_ROUTE
        if vehicle["evidence"] != REPORTED:
            _release(vehicle)


@njit(cache=True, nogil=True, error_model="numpy")
def _release(vehicle: Records) -> None:
    """Takes the vehicle off its pattern; what it was doing last (state) stays until something better is known."""
    vehicle["pattern"], vehicle["trip"], vehicle["hypotheses"], vehicle["evidence"] = -1, -1, 0, UNASSIGNED
    vehicle["progress"], vehicle["speed"], vehicle["cross_track"], vehicle["begun"] = np.nan, np.nan, np.nan, np.nan
    vehicle["service_day"], vehicle["misses"] = np.nan, 0
