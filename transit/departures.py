"""The timetable as one stop sees it: its lines, their departures around now, their first and last bus, their headways.

A line at a stop is (route, direction, headsign). The window is yesterday's, today's and tomorrow's service day, because times
pass 24:00. The last stop of a pattern is no departure. Built once a stop and date, then asked by bisection.
"""

from __future__ import annotations

import datetime
import itertools
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import F64, I32, I64
from transit.network import Network
from transit.service_day import ServiceDay, service_days


class Line(NamedTuple):
    """What a board has one row for. `headsign` is the destination: the headsign, or the last stop's name without one."""

    route: int
    direction: int
    headsign: str


class Place(NamedTuple):
    """A pattern stop as a board needs it."""

    line: Line
    pattern: int
    k: int
    """which stop of the pattern, from 0"""
    boarding: bool
    """whether the trip goes on from here"""
    sequence: int
    origin: float | None
    """s since the service day's start at which the trip is to leave its first stop; None without a trip"""


class Operation(NamedTuple):
    """A line's service at a stop on one service day: epoch s of its first and last departure there."""

    day: float
    first: float
    last: float


class Window(NamedTuple):
    """Headway operation at a stop: a bus every `headway` s from `first` to `last` (epoch s)."""

    first: float
    last: float
    headway: float


@dataclass(frozen=True, slots=True, eq=False)
class LineTimetable:
    """Scheduled departures of one line at one stop, in order of time. Runs of headway operation are in `windows` only."""

    line: Line
    times: F64
    """epoch s at this stop"""
    origins: F64
    """epoch s the same trip is to leave its first stop"""
    trips: I32
    pattern_stops: I32
    days: F64
    """epoch s the trip's service day starts"""
    operations: tuple[Operation, ...]
    """of the service days it runs on, in order"""
    windows: tuple[Window, ...]

    def next_index(self, now: float) -> int:
        """The first scheduled departure at or after now; `len(times)` when the window has none."""
        return bisect_left(self.times, now)

    def operation(self, now: float, today: float) -> Operation | None:
        """Yesterday's service while it lasts, else today's; None when the line does not run."""
        for operation in self.operations:
            if operation.day == today or (operation.day < today and operation.last >= now):
                return operation
        return None

    def following(self, now: float) -> tuple[float | None, float | None]:
        """(next departure here, when that trip is to leave its first stop if that lies ahead); headway service begins anew."""
        at = self.next_index(now)
        best, origin = (float(self.times[at]), float(self.origins[at])) if at < len(self.times) else (None, None)
        for window in self.windows:
            if window.first >= now and (best is None or window.first < best):
                best, origin = window.first, None
        return best, origin if origin is not None and origin > now else None

    def headway(self, now: float, around: float) -> float | None:
        """s between buses: the one operated now, else the median gap of departures around now (the longer
        of two middle ones); None with fewer than 3 departures.
        """
        for window in self.windows:
            if window.first - window.headway <= now <= window.last:
                return window.headway
        near = self.times[bisect_left(self.times, now - around / 2) : bisect_left(self.times, now + around)].tolist()
        gaps = sorted(after - before for before, after in itertools.pairwise(near))
        return gaps[len(gaps) // 2] if len(gaps) >= 2 else None

    def operated_by_headway(self, now: float) -> bool:
        """Whether now lies in a time of headway operation."""
        return any(window.first - window.headway <= now <= window.last for window in self.windows)


@dataclass(frozen=True, slots=True, eq=False)
class StopTimetable:
    """All lines of a stop for one local date."""

    network: Network
    stop: int
    today: float
    """epoch s today's service day starts"""
    valid_from: float
    valid_until: float
    """epoch s: the local midnights between which yesterday, today and tomorrow are these"""
    covered: bool
    """whether the feed's calendar knows today at all; if not, silence is ignorance and no day off"""
    lines: tuple[LineTimetable, ...]
    """in the order of a board: route numbers as people count them, then direction"""
    terminus: bool
    """buses end here and none begin"""
    places: dict[tuple[int, int], Place] = field(default_factory=dict)
    """answers of `place` so far"""

    def serves(self, network: Network, now: float) -> bool:
        """Whether it still is the timetable to ask."""
        return self.network is network and self.valid_from <= now < self.valid_until

    def place(self, pattern_stop: int, trip: int) -> Place:
        """What a vehicle's call means here; `trip` is -1 when it is unknown."""
        found = self.places.get((pattern_stop, trip))
        if found is None:
            found = self.places[pattern_stop, trip] = self._place(pattern_stop, trip)
        return found

    def _place(self, pattern_stop: int, trip: int) -> Place:
        network = self.network
        patterns, trips = network.patterns, network.trips
        pattern = int(network.pattern_of_pattern_stop[pattern_stop])
        first, end = patterns.stop_start[pattern : pattern + 2].tolist()
        headsign = int(trips.headsign[trip] if trip >= 0 else patterns.headsign[pattern])
        line = Line(int(patterns.route[pattern]), int(patterns.direction[pattern]), destination(network, headsign, pattern))
        lines = [one.line for one in self.lines]
        if line not in lines:  # then by route and direction, so that a bus never opens a second row for its line
            line = next((one for one in lines if one[:2] == line[:2]), line)
        origin = float(trips.departure[trips.start[trip]]) if trip >= 0 else None
        k = pattern_stop - first
        return Place(line, pattern, k, pattern_stop + 1 < end, int(patterns.sequence[pattern_stop]), origin)


def destination(network: Network, headsign: int, pattern: int) -> str:
    """The headsign, or the name of the pattern's last stop when the feed gives none."""
    text = network.headsigns[headsign] if headsign >= 0 else ""
    return text or network.stop_names[int(network.patterns.stop[network.patterns.stop_start[pattern + 1] - 1])]


def route_name(network: Network, route: int) -> str:
    """What people call the route: its short name, else its long one, else its id."""
    return network.route_short_names[route] or network.route_long_names[route] or network.route_ids[route]


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts 2 before 10 and K9 before K10."""
    parts: list[tuple[int, int, str]] = []
    run = ""
    for character in text + "\0":
        if run and (character.isdecimal() != run[-1].isdecimal() or character == "\0"):
            parts.append((0, int(run), "") if run.isdecimal() else (1, 0, run))
            run = ""
        run += character
    return tuple(parts)


class _Calls(NamedTuple):
    """Every call at the stop of every trip, whatever the day: one row a trip and pattern stop."""

    trip: I32
    pattern_stop: I32
    departure: I64
    origin: I64
    line: I64
    """index into the lines found"""


def stop_timetable(network: Network, stop: int, now: float) -> StopTimetable:
    """Build the timetable of stop index `stop` for the local date of `now` (epoch s)."""
    yesterday, today, tomorrow = service_days(network, now)
    calls, lines = _calls(network, stop)
    order = sorted(range(len(lines)), key=lambda i: (natural_key(route_name(network, lines[i].route)), lines[i]))
    timetables = tuple(_line_timetable(network, lines[i], calls, calls.line == i, (yesterday, today, tomorrow)) for i in order)
    ordinal = today.date.toordinal() - network.calendar.first_date
    return StopTimetable(
        network, stop, today.start, _midnight(today, network), _midnight(tomorrow, network),
        0 <= ordinal < network.calendar.active.shape[1],
        timetables, not lines and bool(np.diff(network.pattern_stops_of_stop[0][stop : stop + 2])[0]),
    )  # fmt: skip


def _midnight(day: ServiceDay, network: Network) -> float:
    return datetime.datetime.combine(day.date, datetime.time(), ZoneInfo(network.timezone)).timestamp()


def _calls(network: Network, stop: int) -> tuple[_Calls, list[Line]]:
    start, places = network.pattern_stops_of_stop
    first_trip, trips_in_order = network.trips_of_pattern
    pattern_of = network.pattern_of_pattern_stop
    stop_start, trips = network.patterns.stop_start, network.trips
    trip_parts: list[I32] = []
    stop_parts: list[I32] = []
    for place in places[start[stop] : start[stop + 1]].tolist():
        pattern = int(pattern_of[place])
        if place == stop_start[pattern + 1] - 1:
            continue
        found = trips_in_order[first_trip[pattern] : first_trip[pattern + 1]]
        trip_parts.append(found)
        stop_parts.append(np.full(len(found), place, np.int32))
    trip = np.concatenate(trip_parts) if trip_parts else np.zeros(0, np.int32)
    pattern_stop = np.concatenate(stop_parts) if stop_parts else np.zeros(0, np.int32)
    row = trips.start[trip] + (pattern_stop - stop_start[pattern_of[pattern_stop]])
    line, lines = _number_lines(network, trip)
    departure = trips.departure[row].astype(np.int64)
    return _Calls(trip, pattern_stop, departure, trips.departure[trips.start[trip]].astype(np.int64), line), lines


def _number_lines(network: Network, trip: I32) -> tuple[I64, list[Line]]:
    """The line of each trip, as an index into the distinct lines."""
    if not len(trip):
        return np.zeros(0, np.int64), []
    pattern = network.trips.pattern[trip]
    keys = np.stack([network.patterns.route[pattern], network.patterns.direction[pattern], network.trips.headsign[trip]])
    distinct, first, inverse = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    lines: list[Line] = []
    number = np.zeros(distinct.shape[1], np.int64)
    for i, (route, direction, headsign) in enumerate(distinct.T.tolist()):
        line = Line(route, direction, destination(network, headsign, int(pattern[first[i]])))
        if line not in lines:
            lines.append(line)
        number[i] = lines.index(line)
    return number[inverse.reshape(-1)], lines


def _line_timetable(
    network: Network, line: Line, calls: _Calls, mine: NDArray[np.bool_], days: tuple[ServiceDay, ...]
) -> LineTimetable:
    trip, place = calls.trip[mine], calls.pattern_stop[mine]
    departure, origin = calls.departure[mine], calls.origin[mine]
    template = network.trips.template[trip] == 1
    parts: list[tuple[F64, F64, I32, I32, F64]] = []
    operations: list[Operation] = []
    windows: list[Window] = []
    for day in days:
        active = day.active[network.trips.service[trip]] == 1
        runs = active & ~template
        times = day.start + departure[runs]
        parts.append((times, day.start + origin[runs], trip[runs], place[runs], np.full(len(times), day.start)))
        today = _windows(network, trip[active & template], (departure - origin)[active & template], day.start)
        windows += today
        ends = [*times.tolist(), *(end for window in today for end in (window.first, window.last))]
        if ends:
            operations.append(Operation(day.start, min(ends), max(ends)))
    times, origins, trips, places, starts = (np.concatenate(columns) for columns in zip(*parts))
    order = np.argsort(times, kind="stable")
    return LineTimetable(
        line, times[order], origins[order], trips[order], places[order], starts[order],
        tuple(operations), tuple(sorted(windows)),
    )  # fmt: skip


def _windows(network: Network, templates: I32, offsets: I64, day: float) -> list[Window]:
    """Headway operation of the templates, `offsets` s after their first stop."""
    found: list[Window] = []
    frequencies = network.frequencies
    for trip, offset in zip(templates.tolist(), offsets.tolist()):
        for row in np.flatnonzero(frequencies.trip == trip).tolist():
            begin, end, headway = (int(column[row]) for column in (frequencies.start, frequencies.end, frequencies.headway))
            if headway > 0 and end > begin:
                last = begin + (end - begin - 1) // headway * headway  # GTFS: no departure at end_time itself
                found.append(Window(day + begin + offset, day + last + offset, float(headway)))
    return found
