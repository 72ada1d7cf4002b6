"""Scheduled departures that may be shown: those no vehicle stands for already, and whose bus has not been here early.

A schedule is shown as a schedule (`Source.SCHEDULE`, by the clock); the danger is showing one bus twice, or one that has gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transit.board_content import Call, CallState, Notice
from transit.board_text import shown_minutes
from transit.changed_departures import ChangedDeparture
from transit.departures import Line, LineTimetable
from transit.model import Source, State
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

UNSEEN_TRIP_TOLERANCE = 600.0
"""s: a bus whose trip is unknown stands for the scheduled departure within half a headway of it, and this at most"""
FINISHED_AHEAD = 1800.0
"""s: a trip that a vehicle has finished early is not announced within this; later, it is another day's run of it"""


class Situation(NamedTuple):
    """What all boards of one snapshot share; computed once for it."""

    notices: tuple[Notice, ...]
    vehicle_of_trip: dict[int, int]
    """trip → the vehicle that drives it"""
    finished: frozenset[int]
    """trips a vehicle now on its next one has done"""


def situation(snapshot: Snapshot, parameters: BoardParameters) -> Situation:
    """Health of the feed, and who drives what."""
    vehicles, now = snapshot.vehicles, snapshot.now
    age = now - vehicles["heard"]
    present = age <= parameters.vehicle_forgotten_after
    notices: tuple[Notice, ...] = ()
    if not now - snapshot.last_received <= parameters.feed_silent_after:
        notices = (Notice.FEED_DOWN,)
    else:
        on_trip = present & (vehicles["state"] == State.IN_SERVICE)
        silent = int(np.count_nonzero(on_trip & (age > parameters.stops_only_after)))
        share = parameters.feed_stale_share * np.count_nonzero(on_trip)
        if silent >= parameters.feed_stale_vehicles and silent > share:
            notices = (Notice.FEED_PARTLY_STALE,)
    driving = np.flatnonzero(present & (vehicles["trip"] >= 0))
    finished = vehicles["last_trip"][present]
    return Situation(
        notices,
        dict(zip(vehicles["trip"][driving].tolist(), driving.tolist())),
        frozenset(finished[finished >= 0].tolist()),
    )


def scheduled_calls(
    snapshot: Snapshot, one: LineTimetable, live: list[Call], shared: Situation, parameters: BoardParameters
) -> list[Call]:
    """The line's next scheduled departures that no vehicle already stands for, up to the rows that are left."""
    room = parameters.rows_per_line - len(live)
    now, times = snapshot.now, one.times
    at, end = one.next_index(now), len(times)
    if room <= 0 or at == end or times[at] > now + parameters.schedule_horizon:
        return []
    predicted = {(call.trip, call.pattern_stop, call.service_day) for call in live}
    nameless = [call.time for call in live if call.trip < 0]
    headway = one.headway(now, parameters.headway_window) if nameless else None
    near = min(UNSEEN_TRIP_TOLERANCE, (headway or 2 * UNSEEN_TRIP_TOLERANCE) / 2)
    found: list[Call] = []
    while at < end and len(found) < room:
        time = float(times[at])
        if time > now + parameters.schedule_horizon:
            break
        trip, place, day = int(one.trips[at]), int(one.pattern_stops[at]), float(one.days[at])
        taken = next((when for when in nameless if abs(when - time) <= near), None)
        if taken is not None:
            nameless.remove(taken)
        elif (trip, place, day) not in predicted and not _passed(snapshot, trip, place, day, time, shared):
            found.append(_call(snapshot, one.line, time, float(one.origins[at]), trip, place, day))
        at += 1
    return found


def changed_calls(snapshot: Snapshot, line: Line, found: Sequence[ChangedDeparture], parameters: BoardParameters) -> list[Call]:
    """The line's departures that do not take place, the next `rows_per_line`, each until its time has passed."""
    now = snapshot.now
    ahead = [one for one in found if now <= one.time <= now + parameters.schedule_horizon][: parameters.rows_per_line]
    calls = [_call(snapshot, line, one.time, one.origin, one.trip, one.pattern_stop, one.day) for one in ahead]
    states = (CallState.CANCELLED if one.cancelled else CallState.SKIPPED for one in ahead)
    return [call._replace(state=state, seconds=None, minutes=None) for call, state in zip(calls, states)]


def _passed(snapshot: Snapshot, trip: int, place: int, day: float, time: float, shared: Situation) -> bool:
    """Whether the bus of this scheduled departure has been here already, early."""
    vehicle = shared.vehicle_of_trip.get(trip)
    if vehicle is None:
        return trip in shared.finished and time - snapshot.now < FINISHED_AHEAD
    record = snapshot.vehicles[vehicle]
    on_pattern = record["pattern"] == snapshot.network.pattern_of_pattern_stop[place]
    passed = record["progress"] > snapshot.network.patterns.distance[place]
    return bool(on_pattern and passed and record["service_day"] == day)


def _call(snapshot: Snapshot, line: Line, time: float, origin: float, trip: int, place: int, day: float) -> Call:
    network, now = snapshot.network, snapshot.now
    k = place - int(network.patterns.stop_start[network.pattern_of_pattern_stop[place]])
    return Call(
        line=line, boarding=True, source=Source.SCHEDULE,
        state=CallState.WAITING_DEPARTURE if origin > now else None,
        time=time, arrival=day + float(network.trips.arrival[network.trips.start[trip] + k]), departure=time,
        seconds=int(time - now), minutes=shown_minutes(time - now), p10_seconds=None, p90_seconds=None,
        stops_away=None, distance=None, stuck=False,
        origin_departure=origin if origin > now else None, at_origin=k == 0, observed=None, vehicle=-1, trip=trip,
        service_day=day, pattern_stop=place, sequence=int(network.patterns.sequence[place]),
    )  # fmt: skip
