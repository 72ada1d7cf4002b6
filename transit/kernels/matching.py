"""Places each position on its vehicle's pattern: a forward filter over progress along the shape with several hypotheses.

A hypothesis is a place on the pattern (progress, speed, variance, cost, segment); a loop or an out-and-back shape keeps one
per pass until motion, heading and time tell them apart. Costs are negative log likelihoods. The published progress never
goes back on noise. A call holds at most one position of a vehicle.

Helpers are forced inline and take plain arrays and numbers, never column tuples or views: each of those costs a counted
reference per position, together more than the arithmetic.
"""
from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import (
    F32,
    HYPOTHESES,
    I32,
    SEGMENT_COLUMNS,
    FleetColumns,
    MatchColumns,
    PatternColumns,
    Record,
    Records,
    ReportColumns,
    ShapeColumns,
    TripColumns,
    WorkColumns,
)
from transit.kernels.prefetch import SOON, prefetch
from transit.parameters import MatchingParameters

IN_SERVICE, LAYOVER, DEADHEAD, OFF_ROUTE, AMBIGUOUS = 0, 1, 2, 4, 5
ACCEPTED = 255
X, Y, DX, DY, CHORD, PROGRESS, STRETCH, _ = SEGMENT_COLUMNS
UNASSIGNED, REPORTED = 0, 1
BEGIN, END, FOLDS = 0, 1, 2


@njit(cache=True, nogil=True, error_model="numpy")
def place(
    rows: I32, reports: ReportColumns, fleet: FleetColumns, shapes: ShapeColumns, patterns: PatternColumns, trips: TripColumns,
    extent: F32, unsettled: I32, par: MatchingParameters, scratch: Records, work: WorkColumns, out: MatchColumns,
) -> int:
    """Matches of the accepted positions among `rows` [m] whose vehicle is on a pattern.

    Writes to unsettled [m] those of `rows` that later stages may have a question about, and returns how many they are: vehicles
    on no pattern or off it, and those in service whose run was not asked for yet.

    extent [P, 3]: m of the first and last stop, 1 where a shape comes back near itself (`measure`). scratch: [HYPOTHESES] HYPOTHESIS.
    """
    vehicles, hypotheses, segments, segment_start = fleet.vehicles, fleet.hypotheses, shapes.segments, shapes.segment_start
    stop_start, distance = patterns.stop_start, patterns.distance
    trip_start, departures, arrivals, template = trips.start, trips.departure, trips.arrival, trips.template
    row_of, xs, ys, times, heading = reports.vehicle, reports.x, reports.y, reports.timestamp, work.heading
    since, passed = work.since, work.passed
    states, on_pattern, on_trip, progress, cross_track = out.state, out.pattern, out.trip, out.progress, out.cross_track
    left_over = 0
    for j in range(rows.size):
        if j + SOON < rows.size:
            soon = row_of[rows[j + SOON]]
            if soon >= 0:
                prefetch(hypotheses, soon)
            soon = row_of[rows[j + SOON // 2]]
            if soon >= 0 and vehicles[soon]["pattern"] >= 0:
                prefetch(segments, hypotheses[soon, 0]["segment"])
                prefetch(segments, min(hypotheses[soon, 0]["segment"] + 2, segments.shape[0] - 1))
        i = rows[j]
        if states[i] != ACCEPTED:
            continue
        v = row_of[i]
        vehicle = vehicles[v]
        pattern, trip = vehicle["pattern"], vehicle["trip"]
        unsettled[left_over] = i
        if pattern < 0:
            left_over += 1
            continue
        x, y, t, east, north = xs[i], ys[i], times[i], heading[i, 0], heading[i, 1]
        first, last = segment_start[pattern], segment_start[pattern + 1]
        dt = t - vehicle["timestamp"]
        on_pattern[i], on_trip[i] = pattern, trip
        carried = dt <= par.max_gap and vehicle["hypotheses"] > 0
        if carried:
            spare = par.drop if extent[pattern, FOLDS] > 0.0 else 0.0
            count = _advance(hypotheses, v, vehicle["hypotheses"], segments, first, last, spare, x, y, dt, east, north,
                             par, scratch)
            if count == 0 and vehicle["misses"] > 0 and not math.isnan(vehicle["former"]):
                count = _return(hypotheses, v, vehicle["former"], segments, first, last, spare, x, y, t - vehicle["former_time"], east,
                                north, par, scratch)
                if count > 0 and vehicle["state"] == IN_SERVICE and vehicle["former"] <= extent[pattern, BEGIN] + par.terminal:
                    vehicle["state"], vehicle["progress"] = LAYOVER, np.nan  # it never left
                vehicle["former"], carried = np.nan, False
            elif count > 0:
                vehicle["former"], vehicle["former_time"] = hypotheses[v, 0]["progress"], vehicle["timestamp"]
        else:
            vehicle["former"] = np.nan
            expected, spread = np.nan, par.schedule
            if trip >= 0 and not template[trip]:
                clock = t - vehicle["service_day"]
                expected = _scheduled_progress(clock, trip_start[trip], stop_start[pattern], stop_start[pattern + 1], departures,
                                               arrivals, distance)
                if clock < departures[trip_start[trip]]:
                    spread = par.layover  # before its time a bus that can be at its first stop is
            count = _acquire(vehicle["progress"], expected, spread, segments, first, last, x, y, east, north, par, scratch)
        if count > 0:
            vehicle["hypotheses"] = _keep_best(hypotheses, v, scratch, count, par)
        near_end = hypotheses[v, 0]["progress"] > extent[pattern, END] - par.layover
        starts, ends = np.nan, np.nan  # epoch s, where they matter
        if trip >= 0 and not template[trip] and (count == 0 or vehicle["state"] != IN_SERVICE or near_end):
            starts = vehicle["service_day"] + departures[trip_start[trip]]
            ends = vehicle["service_day"] + arrivals[trip_start[trip + 1] - 1]
        if count == 0:
            _miss(vehicle, t, starts, extent[pattern, END], par)
            states[i] = OFF_ROUTE if vehicle["state"] == IN_SERVICE else vehicle["state"]
            left_over += 1
            continue
        leap = hypotheses[v, 0]["progress"] - vehicle["progress"] > par.max_speed * dt + par.jump_slack  # to another pass
        if carried and vehicle["misses"] <= par.max_misses and not leap:
            since[i], passed[i] = vehicle["timestamp"], vehicle["progress"]
        vehicle["misses"] = par.max_misses if vehicle["misses"] > par.max_misses else 0  # once lost, two fixes bring it back
        vehicle["speed"], vehicle["cross_track"] = hypotheses[v, 0]["speed"], hypotheses[v, 0]["cross_track"]
        still = t - vehicle["moved"]
        done = _settle(vehicle, hypotheses[v, 0]["progress"], extent[pattern, BEGIN], extent[pattern, END], t, still, starts, ends, par)
        states[i] = vehicle["state"] if vehicle["misses"] == 0 else OFF_ROUTE
        left_over += not vehicle["asked"] or vehicle["misses"] > 0
        progress[i], cross_track[i] = vehicle["progress"], vehicle["cross_track"]
        if done:  # at its last stop it is still in service, after it no more
            vehicle["last_trip"], vehicle["finished"], vehicle["state"] = trip, 1, LAYOVER
            _release(vehicle)
    return left_over


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _advance(
    hypotheses: Records, v: int, alive: int, segments: F32, first: int, last: int, spare: float, x: float, y: float, dt: float,
    east: float, north: float, par: MatchingParameters, scratch: Records,
) -> int:
    """Carries each hypothesis on to the fix at (x, y), dt s later. Returns how many candidates `scratch` then holds.

    spare: cost above the best at which the search goes on: 0 on a shape that never comes back near itself.
    """
    count = 0
    lowest, beyond_last = np.uint64(first), np.uint64(last)
    noise = par.deviation * par.deviation
    nearness = 0.5 / noise
    heads = par.heading if east != 0.0 or north != 0.0 else 0.0
    limit = par.off_route * par.off_route
    for h in range(alive):
        start, speed, carried = hypotheses[v, h]["progress"], hypotheses[v, h]["speed"], hypotheses[v, h]["cost"] * par.memory
        if h > 0:
            carried += par.doubt
        expected = start + speed * min(dt, par.coast)
        variance = hypotheses[v, h]["variance"] + (par.acceleration * dt) ** 2
        weight = 0.5 / (variance + noise)
        low, high = start - par.back, start + par.max_speed * dt + par.jump_slack
        g = np.uint64(hypotheses[v, h]["segment"])  # unsigned: no check for an index from the end
        while g > lowest and segments[g, PROGRESS] > low:
            g -= np.uint64(1)
        at, price, away, where, falling = 0.0, np.inf, 0.0, g, False
        while g < beyond_last and segments[g, PROGRESS] <= high:
            beyond = segments[g, PROGRESS] - expected
            if beyond > 0.0 and weight * beyond * beyond + carried > price + spare:
                break  # it only gets farther from what is expected
            dx, dy = segments[g, DX], segments[g, DY]
            rx, ry = x - segments[g, X], y - segments[g, Y]
            along = min(max(rx * dx + ry * dy, 0.0), segments[g, CHORD])
            ex, ey = rx - along * dx, ry - along * dy
            off = ex * ex + ey * ey
            s = segments[g, PROGRESS] + along * segments[g, STRETCH]
            cost = np.inf
            if off <= limit and s >= low:
                cost = nearness * off + weight * (s - expected) ** 2 + heads * (1.0 - dx * east - dy * north) + carried
            if cost < price:
                at, price, away, where, falling = s, cost, off, g, True
            elif cost > price and falling:
                count = _push(scratch, count, start, speed, expected, variance, at, price, away, where, dt, par)
                price, falling = cost, False
            elif not falling:
                price = cost
            g += np.uint64(1)
        if falling:
            count = _push(scratch, count, start, speed, expected, variance, at, price, away, where, dt, par)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _return(
    hypotheses: Records, v: int, former: float, segments: F32, first: int, last: int, spare: float, x: float, y: float, dt: float,
    east: float, north: float, par: MatchingParameters, scratch: Records,
) -> int:
    """Candidates as if the fix that the hypotheses stand on had not been: an outlier that fell onto the shape farther ahead.

    Asked when two fixes in a row lie where the bus cannot have come from there. dt: s since the fix before it, at `former` m.
    """
    one = hypotheses[v, 0]
    was, speed, variance, cost = one["progress"], one["speed"], one["variance"], one["cost"]
    one["progress"], one["speed"], one["variance"], one["cost"] = former, 0.0, par.deviation * par.deviation, 0.0
    count: int = _advance(hypotheses, v, 1, segments, first, last, spare, x, y, dt, east, north, par, scratch)
    one["progress"], one["speed"], one["variance"], one["cost"] = was, speed, variance, cost
    return count


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _push(
    scratch: Records, count: int, start: float, speed: float, expected: float, variance: float, at: float, cost: float,
    off: float, segment: int, dt: float, par: MatchingParameters,
) -> int:
    """Scalar Kalman update of one candidate; kept unless a cheaper one stands within `merge` of it or all places are taken."""
    back = max(start - at, 0.0) / par.deviation
    cost += 0.25 * back * back  # buses do not reverse: only the noise of two fixes makes one seem to
    gain = variance / (variance + par.deviation * par.deviation)
    progress = expected + gain * (at - expected)
    slot = count
    for k in range(count):
        if abs(scratch[k]["progress"] - progress) < par.merge:
            slot = k
            break
    if slot == HYPOTHESES:
        slot = 0
        for k in range(1, HYPOTHESES):
            if scratch[k]["cost"] > scratch[slot]["cost"]:
                slot = k
    if slot < count and scratch[slot]["cost"] <= cost:
        return count
    one = scratch[slot]
    one["progress"], one["variance"] = progress, (1.0 - gain) * variance
    # exponential smoothing of (progress - start) / dt with the share dt / (dt + smoothing)
    one["speed"] = max(0.0, min(par.max_speed, speed + (progress - start - speed * dt) / (dt + par.smoothing)))
    one["cost"], one["cross_track"], one["segment"] = cost, math.sqrt(off), segment
    return max(count, slot + 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _acquire(
    progress: float, expected: float, spread: float, segments: F32, first: int, last: int, x: float, y: float, east: float,
    north: float, par: MatchingParameters, scratch: Records,
) -> int:
    """Places a new or lost vehicle anywhere on its pattern: one candidate per pass, weighed by the timetable when it is known.

    expected: m where the timetable has it, NaN unknown, `spread` m the standard deviation of that.
    """
    count = 0
    heads = par.heading if east != 0.0 or north != 0.0 else 0.0
    limit = par.acquire * par.acquire
    at, price, away, where, falling = 0.0, np.inf, 0.0, first, False
    for g in range(first, last):
        dx, dy = segments[g, DX], segments[g, DY]
        rx, ry = x - segments[g, X], y - segments[g, Y]
        along = min(max(rx * dx + ry * dy, 0.0), segments[g, CHORD])
        ex, ey = rx - along * dx, ry - along * dy
        off = ex * ex + ey * ey
        s = segments[g, PROGRESS] + along * segments[g, STRETCH]
        cost = np.inf
        if off <= limit:
            cost = 0.5 * off / (par.deviation * par.deviation) + heads * (1.0 - dx * east - dy * north)
            if not math.isnan(expected):
                cost += 0.5 * ((s - expected) / spread) ** 2
            if s < progress:
                cost += (progress - s) / par.correction
        if cost < price:
            at, price, away, where, falling = s, cost, off, g, True
        elif falling and cost > price:
            count = _push(scratch, count, at, 0.0, at, par.merge * par.merge, at, price, away, where, 1.0, par)
            price, falling = cost, False
        elif not falling:
            price = cost
    if falling:
        count = _push(scratch, count, at, 0.0, at, par.merge * par.merge, at, price, away, where, 1.0, par)
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _scheduled_progress(clock: float, row: int, q: int, end: int, departures: I32, arrivals: I32, distance: F32) -> float:
    """m along the pattern (stops q … end - 1, stop times from `row`) where the timetable has the trip at `clock`, s of its day."""
    if clock <= departures[row]:
        return float(distance[q])
    while q + 1 < end and arrivals[row + 1] <= clock:
        row += 1
        q += 1
    if q + 1 == end or clock <= departures[row]:
        return float(distance[q])
    share = (clock - departures[row]) / (arrivals[row + 1] - departures[row])
    return float(distance[q] + share * (distance[q + 1] - distance[q]))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _keep_best(hypotheses: Records, v: int, scratch: Records, count: int, par: MatchingParameters) -> int:
    """Copies the candidates worth keeping, the cheapest first and at cost 0, the others relative to it; returns how many."""
    best = 0
    for k in range(1, count):
        if scratch[k]["cost"] < scratch[best]["cost"]:
            best = k
    least = scratch[best]["cost"]
    hypotheses[v, 0] = scratch[best]
    hypotheses[v, 0]["cost"] = 0.0
    alive = 1
    for k in range(count):
        if k != best and scratch[k]["cost"] - least <= par.drop:
            hypotheses[v, alive] = scratch[k]
            hypotheses[v, alive]["cost"] = scratch[k]["cost"] - least
            alive += 1
    return alive


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _settle(
    vehicle: Record, progress: float, begin: float, end: float, t: float, still: float, starts: float, ends: float,
    par: MatchingParameters,
) -> bool:
    """Publishes progress (never back on noise) and state; True when the trip is done. begin, end: m of the first and last stop.

    still: s it has not moved. starts, ends: epoch s of the scheduled run, NaN without one: then no comparison with them holds.
    """
    if -par.correction <= progress - vehicle["progress"] < 0.0:
        progress = vehicle["progress"]
    if math.isnan(vehicle["begun"]) or vehicle["state"] == LAYOVER:
        vehicle["begun"] = progress
    vehicle["progress"], vehicle["timestamp"] = progress, t
    arrived = progress >= end - par.arrived or (progress >= end - par.layover and still > par.waiting)
    before_its_time = vehicle["evidence"] == REPORTED and t < starts - par.early
    late = t > max(ends - par.early, 0.5 * (starts + ends))
    if arrived and (late or progress - vehicle["begun"] > par.layover) and not before_its_time and vehicle["misses"] == 0:
        vehicle["state"] = IN_SERVICE
        vehicle["last_pattern"], vehicle["left"] = vehicle["pattern"], t
        return True
    if vehicle["state"] != IN_SERVICE and (progress <= begin + par.terminal or progress >= end - par.arrived):
        vehicle["state"] = LAYOVER
    elif before_its_time:
        vehicle["state"] = DEADHEAD
    elif vehicle["misses"] == 0:
        vehicle["state"], vehicle["strayed"] = IN_SERVICE, 0
        vehicle["last_pattern"], vehicle["left"] = vehicle["pattern"], t
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def _miss(vehicle: Record, t: float, starts: float, end: float, par: MatchingParameters) -> None:
    """The fix lies off the shape: patience first, then the vehicle is off route, or was only on its way to the trip."""
    vehicle["misses"] += 1
    lost = vehicle["misses"] > par.max_misses
    if math.isnan(vehicle["begun"]) or (vehicle["state"] == LAYOVER and lost):
        vehicle["state"] = DEADHEAD if t < starts else OFF_ROUTE
    if lost:
        vehicle["hypotheses"] = 0
        if vehicle["state"] == IN_SERVICE:
            vehicle["state"] = OFF_ROUTE
        if vehicle["evidence"] != REPORTED:
            if vehicle["progress"] >= end - 2.0 * par.layover:
                vehicle["last_trip"], vehicle["finished"] = vehicle["trip"], 1
            _release(vehicle)


@njit(cache=True, nogil=True, error_model="numpy")
def _release(vehicle: Record) -> None:
    """Takes the vehicle off its pattern; what it was doing last (state) stays."""
    vehicle["pattern"], vehicle["trip"], vehicle["hypotheses"], vehicle["evidence"] = -1, -1, 0, UNASSIGNED
    vehicle["progress"], vehicle["speed"], vehicle["cross_track"], vehicle["begun"] = np.nan, np.nan, np.nan, np.nan
    vehicle["service_day"], vehicle["misses"] = np.nan, 0
