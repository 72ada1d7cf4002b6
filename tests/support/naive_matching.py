"""What the matching and extent kernels do, in plain Python: every projection first, then the valleys, then the choice."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tests.support.naive_fleet import NAN, Bus, Hypothesis, Pattern, Run, Town, dips
from transit.model import Evidence, State
from transit.parameters import MatchingParameters

MOST = 4


class Placed(NamedTuple):
    """What is published of one position."""

    state: int
    pattern: int
    trip: int
    progress: float = NAN
    cross_track: float = NAN
    since: float = NAN
    passed: float = NAN


class Fix(NamedTuple):
    x: float
    y: float
    t: float
    east: float
    north: float


def place(bus: Bus, fix: Fix, town: Town, par: MatchingParameters) -> Placed:
    """Places an accepted fix of a bus that is on a pattern."""
    pattern, run = town.patterns[bus.pattern], town.runs[bus.trip] if bus.trip >= 0 else None
    run = None if run is None or run.template else run
    on = Placed(State.OFF_ROUTE, bus.pattern, bus.trip)
    starts = bus.service_day + run.departures[0] if run else NAN
    ends = bus.service_day + run.arrivals[-1] if run else NAN
    carried = bool(bus.passes) and fix.t - bus.timestamp <= par.max_gap
    found = _carry_on(bus, fix, pattern, par) if carried else _look_everywhere(bus, fix, pattern, run, par)
    if carried and found:
        bus.former, bus.former_time = bus.passes[0].progress, bus.timestamp
    elif not carried:
        bus.former = NAN
    elif bus.misses > 0 and not math.isnan(bus.former):
        there = Hypothesis(bus.former, 0.0, par.deviation**2, 0.0, NAN)
        found, carried = _carry_on(replace(bus, passes=[there], timestamp=bus.former_time), fix, pattern, par), False
        if found and bus.state == State.IN_SERVICE and bus.former <= pattern.stops[0] + par.terminal:
            bus.state, bus.progress = State.LAYOVER, NAN
        bus.former = NAN
    if not found:
        _miss(bus, fix.t, starts, pattern, par)
        return on._replace(state=State.OFF_ROUTE if bus.state == State.IN_SERVICE else bus.state)
    lost = bus.misses > par.max_misses
    was, before = bus.timestamp, bus.progress
    bus.misses = par.max_misses if lost else 0
    bus.passes = _ranked(found, par)
    leap = bus.passes[0].progress - before > par.max_speed * (fix.t - was) + par.jump_slack
    if carried and not lost and not leap:
        on = on._replace(since=was, passed=before)
    bus.speed, bus.cross_track = bus.passes[0].speed, bus.passes[0].cross_track
    done = _settle(bus, fix.t, pattern, starts, ends, par)
    on = on._replace(
        state=bus.state if bus.misses == 0 else State.OFF_ROUTE, progress=bus.progress, cross_track=bus.cross_track
    )
    if done:
        bus.last_trip, bus.finished = bus.trip, 1
        leave_pattern(bus)
        bus.state = State.LAYOVER
    return on


def _carry_on(bus: Bus, fix: Fix, pattern: Pattern, par: MatchingParameters) -> list[Hypothesis]:
    """Each living hypothesis carried on to the fix: the valleys of its cost along the stretch it can have reached."""
    elapsed, found = fix.t - bus.timestamp, list[Hypothesis]()
    noise = par.deviation**2
    spare = par.drop if folds(pattern, 2 * par.off_route) else 0.0
    projections = pattern.project(fix.x, fix.y, fix.east, fix.north)
    for old in bus.passes:
        expected = old.progress + old.speed * min(elapsed, par.coast)
        carried = old.cost * par.memory + (0.0 if old is bus.passes[0] else par.doubt)
        variance = old.variance + (par.acceleration * elapsed) ** 2
        low, high = old.progress - par.back, old.progress + par.max_speed * elapsed + par.jump_slack

        def surprise(progress: float) -> float:
            return (progress - expected) ** 2 / (variance + noise) / 2 + carried  # noqa: B023

        costs = []
        for segment, place in zip(pattern.segments, projections):
            if segment.begins > high:
                break
            bound = surprise(segment.begins) if segment.begins > expected else 0.0
            if costs and bound > costs[-1] + spare:
                break  # whatever comes now is farther from what was expected than a place found already
            near = place.off <= par.off_route and place.progress >= low
            off_the_line = place.off**2 / noise / 2 + par.heading * place.against
            costs.append(off_the_line + surprise(place.progress) if near else math.inf)
        for k in dips(costs):
            gain = variance / (variance + noise)
            progress = expected + gain * (projections[k].progress - expected)
            share = elapsed / (elapsed + par.smoothing)
            speed = old.speed + share * ((progress - old.progress) / elapsed - old.speed)
            speed = min(max(speed, 0.0), par.max_speed)
            back = max(old.progress - projections[k].progress, 0.0)
            cost = costs[k] + (back / par.deviation) ** 2 / 4
            _add(found, Hypothesis(progress, speed, (1 - gain) * variance, cost, projections[k].off), par)
    return found


def _look_everywhere(bus: Bus, fix: Fix, pattern: Pattern, run: Run | None, par: MatchingParameters) -> list[Hypothesis]:
    found = list[Hypothesis]()
    clock = fix.t - bus.service_day
    expected = timetabled(run, pattern.stops, clock) if run else NAN
    spread = par.layover if run and clock < run.departures[0] else par.schedule
    projections = pattern.project(fix.x, fix.y, fix.east, fix.north)
    costs = []
    for place in projections:
        cost = place.off**2 / par.deviation**2 / 2 + par.heading * place.against
        cost += 0.0 if math.isnan(expected) else ((place.progress - expected) / spread) ** 2 / 2
        cost += max(0.0, bus.progress - place.progress) / par.correction if not math.isnan(bus.progress) else 0.0
        costs.append(cost if place.off <= par.acquire else math.inf)
    before = par.merge**2
    variance = before * par.deviation**2 / (before + par.deviation**2)
    for k in dips(costs):
        _add(found, Hypothesis(projections[k].progress, 0.0, variance, costs[k], projections[k].off), par)
    return found


def _add(found: list[Hypothesis], one: Hypothesis, par: MatchingParameters) -> None:
    rivals = [k for k, other in enumerate(found) if abs(other.progress - one.progress) < par.merge]
    if not rivals and len(found) < MOST:
        found.append(one)
        return
    rival = rivals[0] if rivals else max(range(MOST), key=lambda k: found[k].cost)
    if one.cost < found[rival].cost:
        found[rival] = one


def _ranked(found: list[Hypothesis], par: MatchingParameters) -> list[Hypothesis]:
    best = min(found, key=lambda one: one.cost)
    others = [one for one in found if one is not best and one.cost - best.cost <= par.drop]
    return [replace(one, cost=one.cost - best.cost) for one in (best, *others)]


def timetabled(run: Run, stops: list[float], clock: float) -> float:
    """m where the timetable has the run: at a stop from its arrival to its departure, evenly in between."""
    moments = [
        (time, stop)
        for arrival, departure, stop in zip(run.arrivals, run.departures, stops)
        for time in (arrival, departure)
    ]
    if clock <= run.departures[0]:
        return stops[0]
    for (earlier, a), (later, b) in pairwise(moments):
        if earlier < clock <= later:
            return a + (b - a) * (clock - earlier) / (later - earlier)
    return stops[-1]


def _settle(bus: Bus, t: float, pattern: Pattern, starts: float, ends: float, par: MatchingParameters) -> bool:
    """The published progress and state; whether the trip is done."""
    begin, end = pattern.stops[0], pattern.stops[-1]
    progress = bus.passes[0].progress
    if not math.isnan(bus.progress) and bus.progress - par.correction <= progress:
        progress = max(progress, bus.progress)
    if math.isnan(bus.begun) or bus.state == State.LAYOVER:
        bus.begun = progress
    bus.progress, bus.timestamp = progress, t
    sure, too_early = bus.misses == 0, bus.evidence == Evidence.REPORTED and t < starts - par.early
    stands_near_the_end = progress >= end - par.layover and t - bus.moved > par.waiting
    came_along = progress - bus.begun > par.layover or (t > ends - par.early and t > (starts + ends) / 2)
    if sure and not too_early and came_along and (progress >= end - par.arrived or stands_near_the_end):
        bus.state, bus.last_pattern, bus.left = State.IN_SERVICE, bus.pattern, t
        return True
    if bus.state != State.IN_SERVICE and not begin + par.terminal < progress < end - par.arrived:
        bus.state = State.LAYOVER
    elif too_early:
        bus.state = State.DEADHEAD
    elif sure:
        bus.state, bus.strayed, bus.last_pattern, bus.left = State.IN_SERVICE, 0, bus.pattern, t
    return False


def _miss(bus: Bus, t: float, starts: float, pattern: Pattern, par: MatchingParameters) -> None:
    bus.misses += 1
    lost = bus.misses > par.max_misses
    if math.isnan(bus.begun) or (bus.state == State.LAYOVER and lost):
        bus.state = State.DEADHEAD if t < starts else State.OFF_ROUTE
    if not lost:
        return
    bus.passes = []
    if bus.state == State.IN_SERVICE:
        bus.state = State.OFF_ROUTE
    if bus.evidence != Evidence.REPORTED:
        if bus.progress >= pattern.stops[-1] - 2 * par.layover:
            bus.last_trip, bus.finished = bus.trip, 1
        leave_pattern(bus)


def leave_pattern(bus: Bus) -> None:
    """Off its pattern; its state stays, and so does an arrival that is still to be told."""
    bus.pattern = bus.trip = -1
    bus.evidence, bus.passes, bus.misses = Evidence.NONE, [], 0
    bus.progress = bus.speed = bus.cross_track = bus.begun = bus.service_day = NAN


def folds(pattern: Pattern, reach: float) -> bool:
    """Whether two segments far from each other along the shape have middles within reach and their half lengths."""
    ends = [segment.begins + segment.chord * segment.stretch for segment in pattern.segments]
    middles = [(s.x + s.dx * s.chord / 2, s.y + s.dy * s.chord / 2) for s in pattern.segments]
    for a, one in enumerate(pattern.segments):
        for b, other in enumerate(pattern.segments):
            near = reach + (one.chord + other.chord) / 2
            if a < b and other.begins - ends[a] >= 2 * near and math.dist(middles[a], middles[b]) < near:
                return True
    return False
