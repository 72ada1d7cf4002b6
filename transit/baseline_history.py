"""What baselines remember of stop events: how long hops between stops took, of the last bus and of earlier days.

A passage is one hop: leaving a stop, arriving at the next, and the dwell before it. Nothing of an operating day is told to
the means before that day is over; an operating day ends at 4 in the morning, as people count it.
"""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

import numpy as np

from transit.accuracy_tables import DAY_BEGINS, service_dates
from transit.kernels.columns import F64, I32, I64, EventColumns
from transit.network import Network
from transit.service_day import local_date, service_day_start

_PARTS = 500
"""batches of one day that are kept apart at most: an engine hands over one a second"""


class Passages(NamedTuple):
    """Hops that vehicles completed, in order of telling. All [n]."""

    trip: I32
    """-1 unknown"""
    pattern_stop: I32
    """where the hop ended; never the first stop of a pattern"""
    drive: F64
    """s from leaving the stop before to arriving"""
    dwell: F64
    """s at the stop before, NaN unknown"""
    arrival: F64
    """epoch s"""


class Passings:
    """Turns stop events, batch by batch, into passages: two events of one vehicle at consecutive stops of one run."""

    def __init__(self) -> None:
        self._last = _blank(0)

    def observe(self, events: EventColumns) -> Passages:
        """The passages that `events` complete. Vehicles are known by their index, which may grow."""
        most = int(events.vehicle.max(initial=-1)) + 1
        if most > len(self._last.vehicle):
            self._last = _joined(self._last, _blank(most - len(self._last.vehicle)))
        told = np.unique(events.vehicle)
        both = _joined(_rows(self._last, told)._replace(vehicle=told.astype(np.int32)), events)
        both = _rows(both, np.argsort(both.vehicle, kind="stable"))
        one, other = _rows(both, slice(None, -1)), _rows(both, slice(1, None))
        newest = np.flatnonzero(np.append(one.vehicle != other.vehicle, len(both.vehicle) > 0))
        pairs: list[Any] = list(zip(self._last, both))
        for column, values in pairs:
            column[told] = values[newest]
        drive = other.arrival - one.departure
        follows = (one.vehicle == other.vehicle) & (one.pattern_stop + 1 == other.pattern_stop) & (drive > 0.0)
        follows &= one.trip == other.trip
        kept = np.flatnonzero(follows)
        kept = kept[np.argsort(other.arrival[kept], kind="stable")]
        return Passages(
            other.trip[kept], other.pattern_stop[kept], drive[kept], (one.departure - one.arrival)[kept], other.arrival[kept]
        )


class LastBus:
    """How long the last vehicle took over each pair of stops, on whatever pattern, and when it came."""

    def __init__(self, network: Network) -> None:
        stop = network.patterns.stop.astype(np.int64)
        before = np.concatenate((stop[:1], stop[:-1]))
        self.pair: I64 = np.unique(before * (int(stop.max(initial=0)) + 1) + stop, return_inverse=True)[1].ravel()
        """[Q] which pair of stops the hop to a pattern stop is; means nothing at the first stop of a pattern"""
        pairs = int(self.pair.max(initial=-1)) + 1
        self._drive, self._dwell, self._seen = np.full(pairs, np.nan), np.zeros(pairs), np.full(pairs, -np.inf)

    def observe(self, passages: Passages) -> None:
        """Take passages in; of several over one pair the last counts."""
        pair = self.pair[passages.pattern_stop]
        self._drive[pair], self._seen[pair] = passages.drive, passages.arrival
        self._dwell[pair] = np.nan_to_num(passages.dwell)

    def hops(self, pattern_stop: I32, since: float) -> tuple[F64, F64]:
        """(drive, dwell) s of the last bus over the hops to `pattern_stop`; drive is NaN where none came since epoch s `since`."""
        pair = self.pair[pattern_stop]
        return np.where(self._seen[pair] >= since, self._drive[pair], np.nan), self._dwell[pair]


class DayTimes:
    """Times of the hops of each trip on earlier days: means over all of them, and the last few one by one."""

    def __init__(self, network: Network, days: int) -> None:
        """`days`: how many of the last are kept one by one."""
        self.network = network
        count = int(network.trips.start[-1])
        self.drives: F64 = np.zeros(count)
        self.dwells: F64 = np.zeros(count)
        self.count: I32 = np.zeros(count, np.int32)
        """[rows of stop times] passages told"""
        self.latest = np.full((count, days), np.nan)
        """[rows of stop times, days] s of the newest drives, the last in column 0"""
        self.left_out = 0
        """passages without a trip, which belong to no row"""
        self._waiting: dict[int, list[Passages]] = {}
        self._order: I64 = np.zeros(0, np.int64)
        self._key: F64 = np.zeros(0)

    def observe(self, passages: Passages) -> None:
        """Keep passages until their operating day is over."""
        known = (passages.trip >= 0) & (self.network.trips.pattern[passages.trip] == self._pattern(passages.pattern_stop))
        self.left_out += int((~known).sum())
        dates = service_dates(passages.arrival, self.network.timezone)
        for date in np.unique(dates[known]).tolist():
            columns: list[Any] = [column[known & (dates == date)] for column in passages]
            parts = self._waiting.setdefault(date, [])
            parts.append(Passages(*columns))
            if len(parts) == _PARTS:
                parts[:] = [_together(parts)]

    def turn_to(self, date: datetime.date) -> None:
        """Take in what operating days before `date` told."""
        over = sorted(day for day in self._waiting if day < date.toordinal())
        for day in over:
            self._take(_together(self._waiting.pop(day)))
        if over:
            self._index()

    def means(self, row: I64, pattern_stop: I32) -> tuple[F64, F64]:
        """(drive, dwell) s on average over earlier days of the hops that end at rows of stop times [R].

        Where the trip itself was never seen there: of the trip of the pattern that starts nearest. NaN where none was.
        """
        used = self._nearest(row, pattern_stop)
        seen = np.maximum(self.count[used], 1) if len(self.count) else np.ones(0)
        drive: F64 = np.where(used < 0, np.nan, self.drives[used] / seen)
        return drive, self.dwells[used] / seen

    def _take(self, passages: Passages) -> None:
        trips = self.network.trips
        first = self.network.patterns.stop_start[trips.pattern[passages.trip]]
        row = trips.start[passages.trip] + passages.pattern_stop - first
        np.add.at(self.drives, row, passages.drive)
        np.add.at(self.dwells, row, np.nan_to_num(passages.dwell))
        np.add.at(self.count, row, 1)
        row, last = np.unique(row[::-1], return_index=True)
        self.latest[row, 1:] = self.latest[row, :-1]
        self.latest[row, 0] = passages.drive[::-1][last]

    def _index(self) -> None:
        """Rows with a mean, ordered by pattern stop and the start of their trip."""
        trips = self.network.trips
        rows = np.flatnonzero(self.count)
        key = self._keys(rows, np.searchsorted(trips.start, rows, "right") - 1)
        order = np.argsort(key, kind="stable")
        self._order, self._key = rows[order].astype(np.int64), key[order]

    def _keys(self, rows: I64, trip: I64) -> F64:
        trips = self.network.trips
        stop = self.network.patterns.stop_start[trips.pattern[trip]] + rows - trips.start[trip]
        return np.asarray(stop * 1e6 + trips.departure[trips.start[trip]], np.float64)

    def _nearest(self, row: I64, pattern_stop: I32) -> I64:
        used = np.where(row >= 0, row, 0)
        if not len(self._key) or not len(used):
            return np.full(len(row), -1)
        lost = np.flatnonzero((row >= 0) & (self.count[used] == 0))
        used = np.where(row >= 0, row, -1)
        if len(lost):
            key = self._keys(row[lost], np.searchsorted(self.network.trips.start, row[lost], "right") - 1)
            after = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
            before = np.maximum(after - 1, 0)
            gaps = [np.abs(self._key[at] - key) + 1e7 * (self._key[at] // 1e6 != pattern_stop[lost]) for at in (before, after)]
            found = np.where(gaps[0] <= gaps[1], self._order[before], self._order[after])
            used[lost] = np.where(np.minimum(*gaps) < 1e7, found, -1)
        return used

    def _pattern(self, pattern_stop: I32) -> I32:
        return self.network.pattern_of_pattern_stop[pattern_stop]


def _together(parts: list[Passages]) -> Passages:
    columns: list[Any] = [np.concatenate(column) for column in zip(*parts)]
    return Passages(*columns)


def operating_date(now: float, timezone: str) -> datetime.date:
    """The operating day that epoch s `now` belongs to."""
    return local_date(now - DAY_BEGINS, timezone)


def day_begin(date: datetime.date, timezone: str) -> float:
    """Epoch s from which events belong to the operating day."""
    return service_day_start(date, timezone) + DAY_BEGINS


def _blank(count: int) -> EventColumns:
    """The last events of vehicles nothing is known of."""
    integers = [np.full(count, -2, np.int32) for _ in range(3)]
    times = [np.full(count, np.nan) for _ in range(2)]
    return EventColumns(integers[0], integers[1], integers[2], times[0], times[1], np.full(count, np.nan, np.float32))


def _rows(events: EventColumns, rows: I64 | I32 | slice) -> EventColumns:
    columns: list[Any] = [column[rows] for column in events]
    return EventColumns(*columns)


def _joined(one: EventColumns, other: EventColumns) -> EventColumns:
    pairs: list[Any] = list(zip(one, other))
    return EventColumns(*(np.concatenate(pair) for pair in pairs))
