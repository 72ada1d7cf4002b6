"""What the events kernel does, in plain Python: every stop of the pattern is looked at for every pair of fixes."""

from __future__ import annotations

import math
from typing import NamedTuple

from tests.support.naive_fleet import NAN, Bus, Pattern
from tests.support.naive_matching import Placed
from transit.model import State
from transit.parameters import MatchingParameters

MOST_STOPS = 12
TICK = 0.1


class Event(NamedTuple):
    trip: int
    pattern_stop: int
    arrival: float
    departure: float
    uncertainty: float


def tell(bus: Bus, placed: Placed, t: float, pattern: Pattern, par: MatchingParameters) -> list[Event]:
    """The events between the fix before this one and this one, at t."""
    if placed.state not in (State.IN_SERVICE, State.LAYOVER) or math.isnan(placed.progress):
        return []
    if math.isnan(placed.since) or math.isnan(placed.passed) or t - placed.since > par.event_gap:
        bus.pending_arrival = NAN
        return []
    done = bus.pattern < 0
    was, now = placed.passed, placed.progress
    if now <= was and not done:
        return []

    def when(progress: float) -> float:
        return placed.since + (t - placed.since) * (progress - was) / max(now - was, 0.1)

    told: list[Event] = []
    for k, stop in enumerate(pattern.stops):
        ends = done and k == len(pattern.stops) - 1
        enters, leaves = stop - par.stop_zone, stop + (par.terminal if k == 0 else par.left_zone)
        if leaves < was:
            continue
        if enters > now and not ends:
            break
        if k > 0 and (enters > was or told):
            bus.pending_arrival = when(min(max(enters, was), now))
            bus.pending_bracket = int(10 * (t - placed.since))
        if leaves > now and not ends:
            break
        if len(told) == MOST_STOPS:
            bus.pending_arrival = NAN
            return []
        event = _event(bus, k == 0, NAN if ends else when(max(stop + par.stop_zone, was)))
        bus.pending_arrival = NAN
        if event is not None:
            told.append(Event(placed.trip, pattern.first_stop + k, *event, _uncertainty(bus, event, t - placed.since)))
    return told


def _uncertainty(bus: Bus, event: tuple[float, float], bracket: float) -> float:
    """Half of the time between the fixes that the arrival fell between; of the departure where there is no arrival."""
    return bracket / 2 if math.isnan(event[0]) else bus.pending_bracket / 20


def _event(bus: Bus, first: bool, leaves: float) -> tuple[float, float] | None:
    """(arrival, departure), after everything told before; None where it was never seen to arrive."""
    earliest = -math.inf if math.isnan(bus.event_time) else bus.event_time + TICK
    arrival = NAN if first or math.isnan(bus.pending_arrival) else max(bus.pending_arrival, earliest)
    departure = NAN if math.isnan(leaves) else max(leaves, earliest)
    if math.isnan(arrival) and (not first or math.isnan(departure)):
        return None
    if not math.isnan(arrival) and not math.isnan(departure):
        departure = max(departure, arrival + TICK)
    bus.event_time = arrival if math.isnan(departure) else departure
    return arrival, departure
