"""Slots, where riders of one line wait, and the departures that the timetable plans at each of them.

A slot is (route, direction, stop, occurrence): variants of one direction count together at the stops they share, and a loop that
serves a stop twice has two. The last stop of a pattern is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from transit.kernels.columns import F64, I32, I64, U8
from transit.network import Network
from transit.service_day import ServiceDay, trip_runs


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """The slots of one network: K of them, on L lines."""

    of_pattern_stop: I32
    """[Q] -1 at the last stop of a pattern"""
    pattern_stop: I32
    """[K] one place that has the slot, of the pattern with most trips"""
    stop: I32
    """[K]"""
    line: I32
    """[K]"""
    line_route: I32
    """[L]"""
    line_direction: I32
    """[L] GTFS direction_id, -1 unknown"""
    line_of_pattern: I32
    """[P]"""
    control: U8
    """[Q] 1: a bus may be held here: the first stop of a pattern, or a timepoint"""

    def __len__(self) -> int:
        return len(self.stop)


def find_slots(network: Network, control_share: float) -> Slots:
    """The slots of `network`. A pattern more than `control_share` of whose stops are timepoints is held at its first stop only."""
    patterns = network.patterns
    pattern = network.pattern_of_pattern_stop
    places = len(patterns.stop)
    lines, line_of_pattern = _distinct(np.stack((patterns.route, patterns.direction.astype(np.int32))))
    keys = np.stack((line_of_pattern[pattern], patterns.stop, _occurrence(pattern, patterns.stop)))
    boards = np.ones(places, bool)
    boards[patterns.stop_start[1:] - 1] = False
    found, slot = _distinct(keys[:, boards])
    of_pattern_stop = np.full(places, -1, np.int32)
    of_pattern_stop[boards] = slot
    return Slots(
        of_pattern_stop, _representatives(network, of_pattern_stop, found.shape[1]), found[1], found[0],
        lines[0], lines[1], line_of_pattern, _control(network, control_share),
    )  # fmt: skip


def planned_departures(network: Network, slots: Slots, days: Sequence[ServiceDay], begin: float, end: float) -> tuple[I64, F64]:
    """CSR (start [K + 1], epoch s in order): departures planned at each slot from `begin` to `end`.

    A headway-operated line has no departures, only headways; they are laid out from the start of its period. Where two such
    variants share a stop their phase is unknown, and their gaps there mean something on average only.
    """
    trip, day, shift = _runs(network, days, begin, end)
    length = (network.trips.start[trip + 1] - network.trips.start[trip]).astype(np.int64)
    at = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
    row = np.repeat(network.trips.start[trip], length) + at
    place = np.repeat(network.patterns.stop_start[network.trips.pattern[trip]], length) + at
    slot = slots.of_pattern_stop[place]
    time = np.repeat(day + shift, length) + network.trips.departure[row]
    kept = (slot >= 0) & (time >= begin) & (time <= end)
    slot, time = slot[kept], time[kept]
    order = np.lexsort((time, slot))
    return np.searchsorted(slot[order], np.arange(len(slots) + 1)).astype(np.int64), time[order]


def _runs(network: Network, days: Sequence[ServiceDay], begin: float, end: float) -> tuple[I64, F64, F64]:
    """Trips that run within [begin, end]: (trip, epoch s of its day, s by which it is shifted: multiples of a headway)."""
    trips, frequencies = network.trips, network.frequencies
    first, last = trips.departure[trips.start[:-1]], trips.arrival[trips.start[1:] - 1]
    parts: list[tuple[I64, F64, F64]] = []
    for day in days:
        on = np.flatnonzero(trip_runs(network, day) & (day.start + first <= end) & (day.start + last >= begin))
        parts.append((on, np.full(len(on), day.start), np.zeros(len(on))))
        open_now = (day.active[trips.service[frequencies.trip]] == 1) & (frequencies.headway > 0)
        open_now &= (day.start + frequencies.start <= end) & (day.start + frequencies.end + (last - first)[frequencies.trip] >= begin)
        for row in np.flatnonzero(open_now).tolist():
            template = int(frequencies.trip[row])
            starts = np.arange(frequencies.start[row], frequencies.end[row], frequencies.headway[row], dtype=np.float64)
            parts.append((np.full(len(starts), template), np.full(len(starts), day.start), starts - float(first[template])))
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    trip, start, shift = (np.concatenate(columns) for columns in zip(*parts))
    return trip.astype(np.int64), start, shift


def _distinct(keys: I32) -> tuple[I32, I32]:
    """(the distinct columns of [n, m], in order; which of them each column is)."""
    distinct, inverse = np.unique(keys, axis=1, return_inverse=True)
    return distinct.astype(np.int32), inverse.reshape(-1).astype(np.int32)


def _occurrence(pattern: I32, stop: I32) -> I32:
    """[Q] how often the pattern served the stop before."""
    order = np.lexsort((np.arange(len(stop)), stop, pattern))
    same = (np.diff(pattern[order], prepend=-1) == 0) & (np.diff(stop[order], prepend=-1) == 0)
    ordinal = np.arange(len(stop))
    begins = np.maximum.accumulate(np.where(same, 0, ordinal))
    occurrence = np.empty(len(stop), np.int32)
    occurrence[order] = ordinal - begins
    return occurrence


def _representatives(network: Network, of_pattern_stop: I32, count: int) -> I32:
    """[K] the pattern stop of each slot on the pattern with most trips; of equals the first."""
    start, _ = network.trips_of_pattern
    trips = np.diff(start)[network.pattern_of_pattern_stop]
    order = np.lexsort((-np.arange(len(trips)), trips))
    order = order[of_pattern_stop[order] >= 0]
    chosen = np.full(count, -1, np.int32)
    chosen[of_pattern_stop[order]] = order
    return chosen


def _control(network: Network, share: float) -> U8:
    patterns, trips = network.patterns, network.trips
    length = np.diff(trips.start).astype(np.int64)
    at = np.arange(len(trips.timepoint)) - np.repeat(trips.start[:-1], length)
    place = np.repeat(patterns.stop_start[trips.pattern], length) + at
    control = np.zeros(len(patterns.stop), np.uint8)
    control[place[trips.timepoint == 1]] = 1
    pattern, stops = network.pattern_of_pattern_stop, np.diff(patterns.stop_start)
    exact = np.bincount(pattern, control, len(stops)) > share * stops
    control[exact[pattern]] = 0
    control[patterns.stop_start[:-1]] = 1
    control[patterns.stop_start[1:] - 1] = 0
    return control
