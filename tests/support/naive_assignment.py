"""What the assignment and runs kernels do, in plain Python: every pattern is tried, there is no grid and no scratch."""

from __future__ import annotations

import math
from typing import NamedTuple

from tests.support.naive_fleet import NAN, Bus, Hypothesis, Pattern, Point, Town, dips
from transit.model import Evidence, State
from transit.parameters import MatchingParameters

TRAIL = 16
MOST_PASSES = 6
TIE = 2.0


class Surroundings(NamedTuple):
    """What assignment knows beside the town."""

    running: list[int]
    """of each pattern, how many runs it has about now"""
    following: list[int]
    """of each trip, the pattern its block goes on with, -1 none"""
    terminals: list[tuple[float, float]]


class Pass(NamedTuple):
    progress: float
    gain: float
    origin: float
    off: float
    stop: tuple[float, float] | None = None
    """the first stop, where it waited off the shape"""


def infer(bus: Bus, point: Point, state: int, town: Town, around: Surroundings, par: MatchingParameters) -> int:
    """The state of a bus whose accepted fix no pattern took (state ACCEPTED) or that has just left one (OFF_ROUTE)."""
    grew = _extend(bus, point, par)
    if state == State.OFF_ROUTE:
        return state
    verdict = int(State.DEADHEAD)
    if not bus.reports_trips:
        verdict = State.AMBIGUOUS if len(bus.trail) < 2 else bus.state
        if grew and len(bus.trail) > 1:
            verdict = _fit(bus, town, around, point.timestamp, par)
            if verdict == State.DEADHEAD and len(bus.trail) > 2:
                bus.strayed = 1
    if verdict == State.IN_SERVICE and grew:
        bus.former, bus.waited = NAN, 0
        bus.timestamp, bus.evidence, bus.misses, bus.asked = point.timestamp, Evidence.INFERRED, 0, 0
    else:
        verdict = _rest(bus, point, verdict, around, par)
    if verdict == State.LAYOVER and point.timestamp - bus.moved > par.waiting:
        bus.waited = 1
    bus.state = verdict
    return verdict


def _extend(bus: Bus, point: Point, par: MatchingParameters) -> bool:
    if bus.trail and point.timestamp - bus.trail[-1].timestamp > par.trail_gap:
        bus.trail, bus.waited = [], 0
    if bus.trail and math.dist(bus.trail[-1][1:3], point[1:3]) < par.trail_step:
        bus.trail[-1] = bus.trail[-1]._replace(timestamp=point.timestamp)
        return False
    bus.trail = [*bus.trail, point][-TRAIL:]
    bus.waited = bus.waited + 1 if 0 < bus.waited < par.leaving else 0
    return True


def _rest(bus: Bus, point: Point, verdict: int, around: Surroundings, par: MatchingParameters) -> int:
    still = point.timestamp - bus.moved
    near = any(math.dist(terminal, point[1:3]) <= par.layover for terminal in around.terminals)
    if still > par.parked_after * (4 if near else 1):
        return State.PARKED
    if near and (bus.state == State.LAYOVER or still > par.waiting or len(bus.trail) < 2):
        bus.strayed = 0
        return State.LAYOVER
    return State.DEADHEAD if verdict in (State.LAYOVER, State.IN_SERVICE) else verdict


def _fit(bus: Bus, town: Town, around: Surroundings, t: float, par: MatchingParameters) -> int:
    chosen, best, rival = -1, -math.inf, -math.inf
    where = Pass(NAN, NAN, NAN, NAN)
    for p, pattern in enumerate(town.patterns):
        if around.running[p] == 0 or bus.route not in (-1, -2, pattern.route):
            continue
        found = best_pass(bus.trail, bus.waited, pattern, par)
        if found is None:
            continue
        gain = _weigh(bus, found, p, town, around, t, par)
        if gain is None:
            continue
        same = chosen >= 0 and _line(town, p) == _line(town, chosen)
        busier = chosen >= 0 and around.running[p] > around.running[chosen]
        better = (gain > best + TIE or (gain > best - TIE and busier)) if same else gain > best
        if chosen >= 0 and not same:
            rival = max(rival, min(gain, best))
        if better:
            chosen, best, where = p, gain, found
    if chosen < 0:
        return State.DEADHEAD
    if best - rival < par.margin:
        return State.AMBIGUOUS
    bus.pattern, bus.progress, bus.begun, bus.cross_track, bus.speed = chosen, where.progress, where.progress, where.off, 0.0
    bus.passes = [Hypothesis(where.progress, 0.0, par.deviation**2, 0.0, where.off)]
    return State.IN_SERVICE


def _line(town: Town, p: int) -> tuple[int, int]:
    return town.patterns[p].route, town.patterns[p].direction


def _weigh(
    bus: Bus, found: Pass, p: int, town: Town, around: Surroundings, t: float, par: MatchingParameters
) -> float | None:
    """The evidence for pattern p, None when it may not be taken at all."""
    pattern, gain, needed = town.patterns[p], found.gain, par.advance
    if bus.waited and found.origin <= pattern.stops[0] + par.layover:
        needed = par.trail_step
        if bus.last_trip >= 0 and around.following[bus.last_trip] == p:
            gain += par.block_gain
    if gain < par.gain or found.progress - found.origin < needed or found.progress >= pattern.stops[-1] - par.terminal:
        return None
    if bus.strayed and found.origin > pattern.stops[0] + par.pull_out:
        was = bus.last_pattern
        if was < 0 or t - bus.left > par.rejoin or _line(town, was) != _line(town, p):
            return None
    return gain


def passes_of(point: Point, pattern: Pattern, par: MatchingParameters) -> list[Pass]:
    """The places one trail point may have on the pattern."""
    places = pattern.project(point.x, point.y, point.east, point.north)
    costs = [
        place.off**2 / par.deviation**2 / 2 + par.heading * place.against if place.off <= par.acquire else math.inf
        for place in places
    ]
    lows = dips(costs)
    if len(lows) > MOST_PASSES:
        lows = [*lows[: MOST_PASSES - 1], lows[-1]]
    return [Pass(places[k].progress, par.unlikely - min(costs[k], 2 * par.unlikely), places[k].progress, places[k].off) for k in lows]


def best_pass(trail: list[Point], waited: int, pattern: Pattern, par: MatchingParameters) -> Pass | None:
    """The likeliest place of the newest trail point, with the evidence of the best run of points that ends there.

    Where it waited near the first stop, one of the last `waited` points, a run may begin with terminal_gain.
    """
    runs: list[tuple[Point, list[Pass]]] = []
    begin, silent = pattern.stops[0], 0
    stop = _on_shape(pattern, begin)
    for point in trail:
        places = passes_of(point, pattern, par)
        waiting = point in trail[len(trail) - waited : -1] and math.dist(stop, point[1:3]) <= par.layover
        if waiting:
            places.append(Pass(begin, 0.0, begin, 0.0, stop))
        if not places:
            silent += 1
            if silent > 2:
                runs = []
            continue
        before, ways = runs[-1] if runs else (point, [])
        penalty, silent = silent * par.unlikely / 2, 0
        extended = []
        for place in places:
            least = par.terminal_gain if waiting and place.progress <= begin + par.layover else 0.0
            fit = [way for way in ways if way.gain > penalty + least and _plausible(before, point, way, place, par)]
            way = max(fit, key=lambda one: one.gain, default=None)
            gain, origin = (way.gain - penalty, way.origin) if way else (least, place.origin)
            extended.append(place._replace(gain=place.gain + gain, origin=origin))
        runs.append((point, extended))
    if not runs or silent:
        return None
    return max(runs[-1][1], key=lambda one: one.gain)


def _on_shape(pattern: Pattern, progress: float) -> tuple[float, float]:
    segment = [one for one in pattern.segments if one is pattern.segments[0] or one.begins <= progress][-1]
    along = (progress - segment.begins) / segment.stretch
    return segment.x + along * segment.dx, segment.y + along * segment.dy


def _plausible(before: Point, point: Point, way: Pass, place: Pass, par: MatchingParameters) -> bool:
    chord, step = math.dist(way.stop or before[1:3], point[1:3]), place.progress - way.progress
    fastest = par.max_speed * (point.timestamp - before.timestamp) + par.jump_slack
    return 0 < step <= min(1.7 * chord + 80, fastest) and step >= chord - 60


def name_trip(bus: Bus, v: int, t: float, town: Town, claims: dict[int, int], par: MatchingParameters) -> None:
    """Names the run of a bus in service that was placed without one; once for each time it was placed."""
    if bus.asked:
        return
    bus.asked = 1
    if bus.trip >= 0 or bus.pattern < 0:
        return
    named = _continued(bus, t, town, par)
    if named:
        bus.evidence = Evidence.CONTINUED
    else:
        fitting = _fitting(bus, v, t, town, claims, par)
        named = fitting[0] if len(fitting) == 1 else None
    bus.trip, bus.service_day = named or (-1, NAN)
    if named:
        claims[named[0]] = v


def _continued(bus: Bus, t: float, town: Town, par: MatchingParameters) -> tuple[int, float] | None:
    block = town.runs[bus.last_trip].block if bus.last_trip >= 0 else -1
    if block < 0:
        return None
    trips = town.blocks[block]
    for trip in trips[trips.index(bus.last_trip) + 1 :]:
        run = town.runs[trip]
        for start, active in town.days:
            earliest = start + run.departures[0] - par.early
            latest = start + run.arrivals[-1] + 2 * par.trip_late
            if run.pattern == bus.pattern and run.service in active and earliest <= t <= latest:
                return trip, start
    return None


def _fitting(
    bus: Bus, v: int, t: float, town: Town, claims: dict[int, int], par: MatchingParameters
) -> list[tuple[int, float]]:
    """The runs of its pattern that nobody else is on and that the timetable has here about now."""
    pattern = town.patterns[bus.pattern]
    k = max([0] + [k for k, stop in enumerate(pattern.stops[:-1]) if stop <= bus.progress])
    gap = pattern.stops[k + 1] - pattern.stops[k]
    share = min(max((bus.progress - pattern.stops[k]) / gap, 0.0), 1.0) if gap > 0 else 0.0
    found = []
    for trip in pattern.trips:
        run = town.runs[trip]
        if run.template or claims[trip] not in (-1, v):
            continue
        here = run.departures[k] + share * (run.arrivals[k + 1] - run.departures[k])
        for start, active in town.days:
            if run.service in active and -par.trip_early <= t - start - here <= par.trip_late:
                found.append((trip, start))
    return found
