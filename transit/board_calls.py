"""The calls of tracked vehicles at a stop: how far away, doing what, and how much of it may still be said.

A fix grows old in three steps: delayed (minutes still shown), stops away only, gone. Columns are read once for all rows and
turned into Python numbers, since a board has a dozen rows and numpy scalars would cost more than the rules.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

from transit.board_content import Call, CallState
from transit.board_memory import CallKey, Shown, steady_time
from transit.board_text import shown_minutes
from transit.departures import Line, Place, StopTimetable
from transit.model import Source
from transit.network import Network
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot


class _Row(NamedTuple):
    """One row of ArrivalColumns beside what is known of its vehicle."""

    vehicle: int
    pattern_stop: int
    trip: int
    service_day: float
    arrival: float
    departure: float
    source: int
    p10: float
    p90: float
    fix: float
    moved: float
    progress: float
    on_pattern: int
    on_trip: int


def live_calls(
    snapshot: Snapshot, stop: int, timetable: StopTimetable, shown: Mapping[CallKey, Shown], parameters: BoardParameters
) -> tuple[list[Call], dict[CallKey, Shown]]:
    """Calls of vehicles at the stop, at most `rows_per_line` a line, and what they show."""
    network, now = snapshot.network, snapshot.now
    per_line: dict[Line, int] = {}
    calls: list[Call] = []
    current: dict[CallKey, Shown] = {}
    for row in _rows(snapshot, stop):
        age = now - row.fix
        limit = parameters.gone_after if row.source == Source.LIVE else parameters.layover_gone_after
        if not age <= limit or not row.departure >= now - parameters.departed_after:
            continue
        place = timetable.place(row.pattern_stop, row.trip)
        count = per_line.get(place.line, 0)
        if count >= parameters.rows_per_line:
            continue
        per_line[place.line] = count + 1
        key = (row.vehicle, row.trip, row.pattern_stop)
        raw = row.departure if place.k == 0 else row.arrival
        time = max(now, steady_time(shown, key, raw, now, parameters))
        current[key] = Shown(time, shown_minutes(time - now), now)
        calls.append(_call(network, row, place, time, now, age, parameters))
        if len(calls) == parameters.rows:
            break
    return calls, current


def _rows(snapshot: Snapshot, stop: int) -> list[_Row]:
    start, end = snapshot.arrival_start[stop : stop + 2].tolist()
    if start == end:
        return []
    arrivals = snapshot.arrivals
    vehicles = snapshot.vehicles[arrivals.vehicle[start:end]]
    columns = [column[start:end].tolist() for column in arrivals]
    facts = [vehicles[name].tolist() for name in ("timestamp", "moved", "progress", "pattern", "trip")]
    return [_Row(*values) for values in zip(*columns, *facts)]


def _call(network: Network, row: _Row, place: Place, time: float, now: float, age: float, parameters: BoardParameters) -> Call:
    seconds: int | None = int(time - now)
    minutes: int | None = shown_minutes(time - now)
    source = Source(row.source)
    stops, distance = (None, None) if source is not Source.LIVE else _ahead(network, row, place, parameters)
    stuck = age <= parameters.delayed_after and now - row.moved > parameters.stuck_after and stops != 0
    early, late = (None if math.isnan(bound) or place.k == 0 else max(0, int(bound - now)) for bound in (row.p10, row.p90))
    arrival: float | None = time if place.k else row.arrival
    departure: float | None = max(row.departure, time)
    if source is Source.LIVE and age > parameters.stops_only_after:
        seconds = minutes = early = late = arrival = departure = None
    origin = None
    if place.origin is not None and source is not Source.LIVE:
        origin = row.service_day + place.origin
        origin = origin if origin > now else None
    return Call(
        place.line, place.boarding, source, _state(source, stops, time - now, age, stuck, parameters), time, arrival, departure,
        seconds, minutes, early, late, stops, distance, stuck, origin, place.k == 0, row.fix,
        row.vehicle, row.trip, row.service_day, row.pattern_stop, place.sequence,
    )  # fmt: skip


def _ahead(network: Network, row: _Row, place: Place, parameters: BoardParameters) -> tuple[int | None, float | None]:
    """(stops still to reach, metres) — of the vehicle's own trip only: a bus on another trip is not a number of stops away."""
    first = row.pattern_stop - place.k
    if place.pattern != row.on_pattern or row.trip != row.on_trip or math.isnan(row.progress):
        return None, None
    distances = network.patterns.distance
    left = float(distances[row.pattern_stop]) - row.progress
    if left <= parameters.at_stop_distance:
        return 0, max(0.0, left)
    return row.pattern_stop + 1 - bisect_right(distances, row.progress, first, row.pattern_stop + 1), left


def _state(source: Source, stops: int | None, seconds: float, age: float, stuck: bool, parameters: BoardParameters) -> CallState:
    if source is not Source.LIVE:
        return CallState.WAITING_DEPARTURE
    if age > parameters.delayed_after or stuck:
        return CallState.DELAYED
    if stops == 0:
        return CallState.AT_STOP
    if shown_minutes(seconds) == 0 or (stops == 1 and seconds < parameters.arriving_within):
        return CallState.ARRIVING
    return CallState.APPROACHING
