"""What the intake kernel does, one position at a time in plain Python."""

from __future__ import annotations

import math
from typing import NamedTuple

from tests.support.naive_fleet import NAN, Bus, Run, Town
from transit.model import Evidence, State
from transit.parameters import MatchingParameters

ACCEPTED = 255
DAY = 86_400.0
WEEK = 7 * DAY


class Report(NamedTuple):
    """One position with its ids resolved."""

    trip: int
    route: int
    timestamp: float
    received: float
    x: float
    y: float
    bearing: float
    speed: float


def take_in(bus: Bus, report: Report, town: Town, par: MatchingParameters) -> tuple[int, tuple[float, float]]:
    """(why it is refused or ACCEPTED, heading)"""
    if not all(map(math.isfinite, (report.x, report.y, report.timestamp))):
        return State.NO_FIX, (0.0, 0.0)
    age = report.received - report.timestamp
    if age < -par.max_ahead:
        return State.FUTURE, (0.0, 0.0)
    if age > par.max_age:
        return State.STALE, (0.0, 0.0)
    known = not math.isnan(bus.heard)
    elapsed = report.timestamp - bus.heard
    if known and elapsed <= 0:
        return (State.DUPLICATE if elapsed == 0 else State.LATE), (0.0, 0.0)
    jump = math.dist((report.x, report.y), (bus.x, bus.y)) if known else 0.0
    if jump > par.max_speed * elapsed + par.jump_slack and bus.misses < 2:
        bus.misses += 1
        return State.OUTLIER, (0.0, 0.0)
    heading = _heading(bus, report, jump, par)
    if heading != (0.0, 0.0):
        bus.east, bus.north = heading
    bus.route = report.route
    if known and elapsed > par.forgotten:
        _forget(bus)
    _hear_trip(bus, report, town, par)
    if bus.pattern < 0:
        bus.misses = 0
    if not known or math.dist((report.x, report.y), (bus.anchor_x, bus.anchor_y)) >= par.parked_radius:
        bus.anchor_x, bus.anchor_y, bus.moved = report.x, report.y, report.timestamp
    bus.x, bus.y, bus.heard = report.x, report.y, report.timestamp
    return ACCEPTED, heading


def _heading(bus: Bus, report: Report, jump: float, par: MatchingParameters) -> tuple[float, float]:
    moving = jump >= par.trail_step if math.isnan(report.speed) else report.speed >= par.moving
    if moving and not math.isnan(report.bearing):
        return math.sin(math.radians(report.bearing)), math.cos(math.radians(report.bearing))
    if jump >= par.trail_step:
        return (report.x - bus.x) / jump, (report.y - bus.y) / jump
    return 0.0, 0.0


def _hear_trip(bus: Bus, report: Report, town: Town, par: MatchingParameters) -> None:
    named, nothing = report.trip >= 0, report.trip == -1
    if named:
        bus.reports_trips = 1
        day = day_of(town, report.trip, report.timestamp)
        if not _knows(bus, report, day, town.runs[report.trip], par):
            leave_pattern(bus)
            bus.trip, bus.pattern, bus.evidence = report.trip, town.runs[report.trip].pattern, Evidence.REPORTED
            bus.service_day = day
    elif nothing and bus.reports_trips:
        _forget(bus)
    elif not nothing:
        bus.reports_trips = 0
        if bus.evidence == Evidence.REPORTED:
            leave_pattern(bus)


def _knows(bus: Bus, report: Report, day: float, run: Run, par: MatchingParameters) -> bool:
    """Whether the run it names is the one it is on, or the one it has driven to the end."""
    if report.trip == bus.trip:
        return run.template or report.timestamp - bus.service_day <= DAY or day == bus.service_day
    begins = day + run.departures[0] - par.early
    return report.trip == bus.last_trip and bool(bus.finished) and not run.template and bus.left >= begins


def _forget(bus: Bus) -> None:
    """Off a trip that it has not finished."""
    if bus.pattern >= 0:
        if bus.trip >= 0:
            bus.last_trip, bus.finished = bus.trip, 0
        leave_pattern(bus)


def leave_pattern(bus: Bus) -> None:
    """Off its pattern, and nobody knows yet what it does."""
    bus.pattern = bus.trip = -1
    bus.evidence, bus.passes, bus.misses, bus.state = Evidence.NONE, [], 0, State.AMBIGUOUS
    bus.progress = bus.speed = bus.cross_track = bus.begun = bus.service_day = bus.pending_arrival = NAN


def day_of(town: Town, trip: int, at: float) -> float:
    """Start of the service day whose run of the trip is nearest; a day it does not run on is a week farther."""
    run = town.runs[trip]

    def away(day: tuple[float, list[int]]) -> float:
        start, active = day
        first, last = (0, DAY) if run.template else (run.departures[0], run.arrivals[-1])
        early, late = start + first - at, at - start - last
        return max(early, late, 0.0) + (0.0 if run.service in active else WEEK)

    return min(town.days, key=away)[0]


def occurrences(vehicles: list[int]) -> list[int]:
    """How often the vehicle of each position came before it; 0 without a vehicle."""
    return [vehicles[:i].count(v) if v >= 0 else 0 for i, v in enumerate(vehicles)]
