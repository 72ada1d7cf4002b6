"""A stop's timetable with its service changes: departures that do not take place are set aside, to be shown as what they are.

First and last bus, headways and the next departure then count only what runs. Made again when the changes are others, and only
for stops that they touch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.changes import Period
from transit.changes_in_force import ChangesInForce
from transit.departures import Line, LineTimetable, Operation, StopTimetable


class ChangedDeparture(NamedTuple):
    """A scheduled departure at this stop that does not take place."""

    time: float
    """epoch s"""
    origin: float
    """epoch s its trip was to leave its first stop"""
    trip: int
    pattern_stop: int
    day: float
    cancelled: bool
    """the trip does not run; False: it runs and does not call here"""


@dataclass(frozen=True, slots=True, eq=False)
class ChangedTimetable:
    """`timetable` is what runs; `departures` what does not, announced, in order of time."""

    base: StopTimetable
    changes: ChangesInForce
    timetable: StopTimetable
    departures: Mapping[Line, tuple[ChangedDeparture, ...]] = field(default_factory=dict)
    closed: Mapping[Line, tuple[Period, ...]] = field(default_factory=dict)
    """lines that have all their places here closed, and when"""

    def closed_now(self, line: Line, now: float) -> bool:
        """Whether no bus of the line calls here now."""
        return any(period.holds(now) for period in self.closed.get(line, ()))


def with_changes(base: StopTimetable, changes: ChangesInForce) -> ChangedTimetable:
    """The timetable `base` as it is with `changes`."""
    start, places = base.network.pattern_stops_of_stop
    here = base.network.pattern_of_pattern_stop[places[start[base.stop] : start[base.stop + 1]]].tolist()
    if not changes.changes_calls or not changes.touches(base.network, here):
        return ChangedTimetable(base, changes, base)
    lines: list[LineTimetable] = []
    departures: dict[Line, tuple[ChangedDeparture, ...]] = {}
    for one in base.lines:
        runs, found = _split(one, changes)
        lines.append(runs)
        if found:
            departures[one.line] = found
    closed = _closed_lines(base, changes)
    return ChangedTimetable(base, changes, replace(base, lines=tuple(lines)), departures, closed)


def _split(one: LineTimetable, changes: ChangesInForce) -> tuple[LineTimetable, tuple[ChangedDeparture, ...]]:
    """The line with what runs, and its departures that do not take place."""
    keep = np.ones(len(one.times), bool)
    found: list[ChangedDeparture] = []
    for k in np.flatnonzero(_touched(one, changes)).tolist():
        trip, day, place = int(one.trips[k]), float(one.days[k]), int(one.pattern_stops[k])
        time = float(one.times[k])
        announced = changes.cancelled.get((trip, day))
        if announced is None and not changes.skips(trip, day, place, time):
            continue
        keep[k] = False
        if announced is not False:
            found.append(ChangedDeparture(time, float(one.origins[k]), trip, place, day, announced is not None))
    if keep.all():
        return one, ()
    return LineTimetable(
        one.line, one.times[keep], one.origins[keep], one.trips[keep], one.pattern_stops[keep], one.days[keep],
        _operations(one, keep), one.windows,
    ), tuple(found)  # fmt: skip


def _touched(one: LineTimetable, changes: ChangesInForce) -> NDArray[np.bool_]:
    """[departures] which of them changes speak about, perhaps of another day."""
    return np.isin(one.trips, changes.trips) | np.isin(one.pattern_stops, changes.places)


def _operations(one: LineTimetable, keep: NDArray[np.bool_]) -> tuple[Operation, ...]:
    """First and last departure of each service day that still has one; headway operation counts in full."""
    found: list[Operation] = []
    for operation in one.operations:
        times = one.times[keep & (one.days == operation.day)].tolist()
        lost = one.times[~keep & (one.days == operation.day)]
        ends = [*times, *(end for window in one.windows for end in window[:2] if operation.first <= end <= operation.last)]
        if not len(lost):
            found.append(operation)
        elif ends:
            found.append(Operation(operation.day, min(ends), max(ends)))
    return tuple(found)


def _closed_lines(base: StopTimetable, changes: ChangesInForce) -> dict[Line, tuple[Period, ...]]:
    """Of each line the times at which all its places here are closed; where they differ, those of the first."""
    network = base.network
    start, places = network.pattern_stops_of_stop
    here: dict[tuple[int, int], list[int]] = {}
    for place in places[start[base.stop] : start[base.stop + 1]].tolist():
        pattern = int(network.pattern_of_pattern_stop[place])
        if place + 1 < network.patterns.stop_start[pattern + 1]:
            here.setdefault((int(network.patterns.route[pattern]), int(network.patterns.direction[pattern])), []).append(place)
    return {
        one.line: changes.closed[here[one.line[:2]][0]]
        for one in base.lines
        if one.line[:2] in here and all(place in changes.closed for place in here[one.line[:2]])
    }
