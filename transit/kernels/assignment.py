"""Which pattern is a vehicle on that does not say so: evidence over its trail.

Each trail point that lies on a pattern, in the pattern's order and direction, gains up to `unlikely`; the best run of points
that ends with the newest one is the evidence for the pattern (a Viterbi pass; what lies before the run, a deadhead say,
costs nothing). A rest where the pattern begins is evidence too, for as long as a few points. A vehicle is placed when one route
and direction leads all others by `margin`; else it is ambiguous.
"""
from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import (
    F32,
    F64,
    I32,
    SEGMENT_CHORD,
    SEGMENT_DX,
    SEGMENT_DY,
    SEGMENT_PROGRESS,
    SEGMENT_STRETCH,
    SEGMENT_X,
    SEGMENT_Y,
    TRAIL,
    FleetColumns,
    GridColumns,
    MatchColumns,
    PatternColumns,
    Record,
    Records,
    ReportColumns,
    ShapeColumns,
    WorkColumns,
)
from transit.parameters import MatchingParameters

IN_SERVICE, LAYOVER, DEADHEAD, PARKED, OFF_ROUTE, AMBIGUOUS = 0, 1, 2, 3, 4, 5
ACCEPTED = 255
INFERRED = 3
PASSES = 6
"""places one trail point may have on one pattern"""
PLACE, GAIN, ORIGIN, OFF, SEGMENT = range(5)
"""columns of a pass: progress m, evidence so far, progress where its run of points began, m off the shape, segment"""
AT_STOP = -1.0
"""segment of a pass at the first stop where the bus waited off the shape"""
TIE = 2.0
"""evidence within which variants of one route and direction are equal: the one with more runs about now is taken"""


@njit(cache=True, nogil=True, error_model="numpy")
def infer(
    rows: I32, reports: ReportColumns, fleet: FleetColumns, shapes: ShapeColumns, patterns: PatternColumns, grid: GridColumns,
    terminals: F32, running: I32, following: I32, par: MatchingParameters, work: WorkColumns, stamps: I32, passes: F64,
    out: MatchColumns,
) -> None:
    """Extends trails, and places or names the state of the vehicles among `rows` that are on no pattern.

    terminals [M, 2]: x, y of first and last stops. running [P]: how many runs the pattern has about now. following [T]: the
    pattern the block of a trip goes on with, -1 none. Scratch: stamps [P + 1], passes [2, PASSES + 1, 5].
    """
    for j in range(rows.size):
        i = rows[j]
        v = reports.vehicle[i]
        if v < 0 or (out.state[i] != ACCEPTED and out.state[i] != OFF_ROUTE):
            continue
        vehicle, trail = fleet.vehicles[v], fleet.trail[v]
        x, y, t = reports.x[i], reports.y[i], reports.timestamp[i]
        grew = _extend_trail(vehicle, trail, x, y, t, work.heading[i], par)
        if out.state[i] == OFF_ROUTE:
            continue
        state = DEADHEAD
        if vehicle["reports_trips"] == 0:
            state = AMBIGUOUS if vehicle["trail_count"] < 2 else vehicle["state"]
            if grew and vehicle["trail_count"] > 1:
                expected = following[vehicle["last_trip"]] if vehicle["last_trip"] >= 0 else -1
                state = _fit(vehicle, trail, fleet.hypotheses[v], shapes, patterns, grid, running, expected, t, par, stamps, passes)
                if state == DEADHEAD and vehicle["trail_count"] > 2:
                    vehicle["strayed"] = 1
        if state == IN_SERVICE and grew:
            vehicle["timestamp"], vehicle["evidence"], vehicle["misses"], vehicle["asked"] = t, INFERRED, 0, 0
            out.pattern[i], out.progress[i] = vehicle["pattern"], vehicle["progress"]
            out.cross_track[i] = vehicle["cross_track"]
        else:
            state = _resting(vehicle, state, x, y, t, terminals, par)
        if state == LAYOVER and t - vehicle["moved"] > par.waiting:
            vehicle["waited"] = 1
        vehicle["state"] = state
        out.state[i] = state


@njit(cache=True, nogil=True, error_model="numpy")
def _extend_trail(vehicle: Record, trail: Records, x: float, y: float, t: float, heading: F32, par: MatchingParameters) -> bool:
    """True when the trail grew by this fix: it lies a step from the last point. Old points fall off, a gap starts anew."""
    count = vehicle["trail_count"]
    if count > 0:
        if t - trail[count - 1]["timestamp"] > par.trail_gap:
            count, vehicle["waited"] = 0, 0
        elif math.hypot(x - trail[count - 1]["x"], y - trail[count - 1]["y"]) < par.trail_step:
            trail[count - 1]["timestamp"] = t
            return False
    if count == TRAIL:
        for k in range(1, TRAIL):
            trail[k - 1] = trail[k]
        count -= 1
    point = trail[count]
    point["timestamp"], point["x"], point["y"], point["east"], point["north"] = t, x, y, heading[0], heading[1]
    vehicle["trail_count"] = count + 1
    if vehicle["waited"] > 0:
        vehicle["waited"] = (vehicle["waited"] + 1) % (par.leaving + 1)
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _resting(vehicle: Record, state: int, x: float, y: float, t: float, terminals: F32, par: MatchingParameters) -> int:
    """The state of a vehicle on no pattern: standing for long, waiting at a terminal, or `state` as it is."""
    still = t - vehicle["moved"]
    near = False
    for m in range(terminals.shape[0]):
        if (x - terminals[m, 0]) ** 2 + (y - terminals[m, 1]) ** 2 <= par.layover * par.layover:
            near = True
            break
    if still > (4.0 if near else 1.0) * par.parked_after:
        return PARKED
    if near and (vehicle["state"] == LAYOVER or still > par.waiting or vehicle["trail_count"] < 2):
        vehicle["strayed"] = 0
        return LAYOVER
    if state in (LAYOVER, IN_SERVICE):
        return DEADHEAD
    return state


@njit(cache=True, nogil=True, error_model="numpy")
def _fit(
    vehicle: Record, trail: Records, known: Records, shapes: ShapeColumns, patterns: PatternColumns, grid: GridColumns,
    running: I32, expected: int, t: float, par: MatchingParameters, stamps: I32, passes: F64,
) -> int:
    """IN_SERVICE with the vehicle placed, AMBIGUOUS when several routes or directions fit, DEADHEAD when none does."""
    last = trail[vehicle["trail_count"] - 1]
    column, row = int((last["x"] - grid.x0) / grid.cell), int((last["y"] - grid.y0) / grid.cell)
    if not (0 <= column < grid.columns and 0 <= row < grid.rows):
        return DEADHEAD
    cell = row * grid.columns + column
    stamps[-1] += 1
    chosen, best, rival = -1, -np.inf, -np.inf
    final = passes[0, 0]  # the best pass of each pattern comes back in passes[0, 0]
    place, off, segment = np.nan, np.nan, 0
    for k in range(grid.start[cell], grid.start[cell + 1]):
        p = grid.pattern_of_segment[grid.segment[k]]
        if stamps[p] == stamps[-1]:
            continue
        stamps[p] = stamps[-1]
        if running[p] == 0 or (vehicle["route"] >= 0 and patterns.route[p] != vehicle["route"]):
            continue
        begin = patterns.distance[patterns.stop_start[p]]
        if not _evidence(trail, vehicle["trail_count"], vehicle["waited"], shapes, p, begin, par, passes):
            continue
        advance = final[PLACE] - final[ORIGIN]
        gain, needed = final[GAIN], par.advance
        if vehicle["waited"] > 0 and final[ORIGIN] <= begin + par.layover:
            needed = par.trail_step
            if p == expected:
                gain += par.block_gain
        if gain < par.gain or advance < needed or final[PLACE] >= patterns.distance[patterns.stop_start[p + 1] - 1] - par.terminal:
            continue
        if vehicle["strayed"] and final[ORIGIN] > begin + par.pull_out:
            was = vehicle["last_pattern"]
            if was < 0 or t - vehicle["left"] > par.rejoin or patterns.route[was] != patterns.route[p] or (
                patterns.direction[was] != patterns.direction[p]
            ):
                continue  # a bus from the depot that follows the line midway carries nobody
        same = chosen >= 0 and patterns.route[p] == patterns.route[chosen] and patterns.direction[p] == patterns.direction[chosen]
        better = gain > best + TIE or (gain > best - TIE and running[p] > running[chosen]) if same else gain > best
        if not same and chosen >= 0:
            rival = max(rival, best if better else gain)
        if better:
            chosen, best, place, off, segment = p, gain, final[PLACE], final[OFF], int(final[SEGMENT])
    if chosen < 0:
        return DEADHEAD
    if best - rival < par.margin:
        return AMBIGUOUS
    vehicle["pattern"], vehicle["progress"], vehicle["begun"], vehicle["cross_track"] = chosen, place, place, off
    vehicle["hypotheses"], vehicle["speed"], vehicle["former"], vehicle["waited"] = 1, 0.0, np.nan, 0
    known[0]["progress"], known[0]["speed"], known[0]["variance"] = place, 0.0, par.deviation * par.deviation
    known[0]["cost"], known[0]["cross_track"], known[0]["segment"] = 0.0, off, segment
    return IN_SERVICE


@njit(cache=True, nogil=True, error_model="numpy")
def _evidence(
    trail: Records, count: int, waited: int, shapes: ShapeColumns, p: int, begin: float, par: MatchingParameters, passes: F64
) -> bool:
    """Viterbi over the trail on pattern p; the best pass of the newest point is left in passes[0, 0]. False: it has none.

    A run of points may begin with `terminal_gain` at one of the last `waited` points near the first stop, `begin` m along; where
    the bus waited off the shape, at that stop itself.
    """
    g = shapes.segment_start[p]
    while g + 1 < shapes.segment_start[p + 1] and shapes.segments[g + 1, SEGMENT_PROGRESS] <= begin:
        g += 1
    along = (begin - shapes.segments[g, SEGMENT_PROGRESS]) / shapes.segments[g, SEGMENT_STRETCH]
    stop_x = shapes.segments[g, SEGMENT_X] + along * shapes.segments[g, SEGMENT_DX]
    stop_y = shapes.segments[g, SEGMENT_Y] + along * shapes.segments[g, SEGMENT_DY]
    earlier, skipped = 0, 0
    side = 0
    for j in range(count):
        now = _passes_of(trail[j], shapes, p, par, passes[1 - side])
        waiting = count - waited <= j < count - 1 and math.hypot(trail[j]["x"] - stop_x, trail[j]["y"] - stop_y) <= par.layover
        if waiting:
            one = passes[1 - side, now]
            one[PLACE], one[GAIN], one[ORIGIN], one[OFF], one[SEGMENT] = begin, 0.0, begin, 0.0, AT_STOP
            now += 1
        if now == 0:
            skipped += 1
            if skipped > 2:
                earlier = 0
            for b in range(earlier):
                passes[side, b, GAIN] -= 0.5 * par.unlikely
            continue
        for a in range(now):
            reached = par.terminal_gain if waiting and passes[1 - side, a, PLACE] <= begin + par.layover else 0.0
            for b in range(earlier):
                step = passes[1 - side, a, PLACE] - passes[side, b, PLACE]
                k = j - 1 - skipped
                if passes[side, b, SEGMENT] == AT_STOP:
                    chord = math.hypot(trail[j]["x"] - stop_x, trail[j]["y"] - stop_y)
                else:
                    chord = math.hypot(trail[j]["x"] - trail[k]["x"], trail[j]["y"] - trail[k]["y"])
                most = min(1.7 * chord + 80.0, par.max_speed * (trail[j]["timestamp"] - trail[k]["timestamp"]) + par.jump_slack)
                if chord - 60.0 <= step <= most and step > 0.0 and passes[side, b, GAIN] > reached:
                    reached = passes[side, b, GAIN]
                    passes[1 - side, a, ORIGIN] = passes[side, b, ORIGIN]
            passes[1 - side, a, GAIN] += reached
        side, earlier, skipped = 1 - side, now, 0
    if earlier == 0 or skipped > 0:
        return False
    best = 0
    for a in range(1, earlier):
        if passes[side, a, GAIN] > passes[side, best, GAIN]:
            best = a
    passes[0, 0] = passes[side, best]
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _passes_of(point: Record, shapes: ShapeColumns, p: int, par: MatchingParameters, out: F64) -> int:
    """Local minima of the point's distance to pattern p within `acquire`, as passes that begin with this point."""
    count = 0
    segments = shapes.segments
    east, north = point["east"], point["north"]
    heads = par.heading if east != 0.0 or north != 0.0 else 0.0
    limit = par.acquire * par.acquire
    least, falling = np.inf, False
    for g in range(shapes.segment_start[p], shapes.segment_start[p + 1]):
        dx, dy = segments[g, SEGMENT_DX], segments[g, SEGMENT_DY]
        rx, ry = point["x"] - segments[g, SEGMENT_X], point["y"] - segments[g, SEGMENT_Y]
        along = min(max(rx * dx + ry * dy, 0.0), segments[g, SEGMENT_CHORD])
        ex, ey = rx - along * dx, ry - along * dy
        off = ex * ex + ey * ey
        cost = np.inf
        if off <= limit:
            cost = 0.5 * off / (par.deviation * par.deviation) + heads * (1.0 - dx * east - dy * north)
        if cost < least:
            if not falling and count < PASSES:
                count += 1
            falling, least = True, cost
            one = out[count - 1]
            one[PLACE] = segments[g, SEGMENT_PROGRESS] + along * segments[g, SEGMENT_STRETCH]
            one[GAIN], one[ORIGIN], one[OFF], one[SEGMENT] = par.unlikely - min(cost, 2.0 * par.unlikely), one[PLACE], math.sqrt(off), g
        elif cost > least:
            falling, least = False, cost
    return count
