"""stop_times.txt: the rows of known trips and stops, in the order of the trips and of stop_sequence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.errors import FeedError
from feeds.gtfs_report import Report
from feeds.gtfs_tables import Table
from transit.kernels.columns import F64, I32, I64, U8

MISSING = -1
_TIME = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)")


class StopTimes(NamedTuple):
    """Rows grouped by trip: those of trip t are start[t] … start[t + 1] - 1."""

    start: I64
    """[T + 1]"""
    stop: I32
    sequence: I32
    arrival: I32
    """s since noon minus 12 h, MISSING (-1) when not given."""
    departure: I32
    traveled: F64
    """shape_dist_traveled in the feed's own unit, NaN unknown."""
    timepoint: U8
    lines: I32

    def counts(self) -> I64:
        """[T] rows of each trip."""
        return np.diff(self.start)

    def trip_of_row(self) -> I64:
        """[n]"""
        return np.repeat(np.arange(len(self.start) - 1), self.counts())

    def keep_trips(self, kept: NDArray[np.bool_]) -> StopTimes:
        """The rows of the trips a mask [T] marks."""
        rows = np.repeat(kept, self.counts())
        start = np.concatenate([[0], np.cumsum(self.counts()[kept])]).astype(np.int64)
        return self.take(start, rows)

    def take(self, start: I64, rows: NDArray[Any]) -> StopTimes:
        """The rows of a mask or index array, with these offsets."""
        columns: dict[str, Any] = {name: column[rows] for name, column in self._asdict().items() if name != "start"}
        return StopTimes(start, **columns)


def read_stop_times(table: Table, trips: Mapping[str, int], stops: Mapping[str, int], report: Report) -> StopTimes:
    """Usable rows. Raises FeedError when none is left."""
    table.require("trip_id", "stop_id", "stop_sequence")
    if "departure_time" not in table.columns:
        table.require("arrival_time")
    trip = table.column("trip_id").find(trips)
    stop = table.column("stop_id").find(stops)
    sequence = table.column("stop_sequence").numbers()
    report.rows("unknown_trip", table, trip < 0, "trip_id")
    report.rows("unknown_stop", table, (trip >= 0) & (stop < 0), "stop_id")
    if not np.any((trip >= 0) & (stop >= 0)):
        raise _nothing_known(table, trip)
    counted = (sequence >= 0) & (sequence == np.floor(sequence)) & (sequence < 2**31)
    report.rows("bad_number", table, (trip >= 0) & (stop >= 0) & ~counted, "stop_sequence")
    table, trip, stop, sequence = _select(table, trip, stop, sequence, (trip >= 0) & (stop >= 0) & counted)
    order = np.lexsort((sequence, trip))
    if not np.array_equal(order, np.arange(len(order))):
        table, trip, stop, sequence = _select(table, trip, stop, sequence, order)
    again = np.zeros(len(trip), np.bool_)
    again[1:] = (trip[1:] == trip[:-1]) & (sequence[1:] == sequence[:-1])
    report.rows("duplicate_sequence", table, again, "stop_sequence")
    table, trip, stop, sequence = _select(table, trip, stop, sequence, ~again)
    if len(table) == 0:
        raise FeedError(table.name, 2, "stop_sequence", "no row has a usable number")
    arrival, departure = _times(table, report)
    start = np.searchsorted(trip, np.arange(len(trips) + 1)).astype(np.int64)
    timepoint = (table.column("timepoint").numbers() == 1).astype(np.uint8)
    traveled = table.column("shape_dist_traveled").numbers()
    return StopTimes(start, stop, sequence.astype(np.int32), arrival, departure, traveled, timepoint, table.lines)


def parse_time(text: str) -> float:
    """HH:MM:SS, H:MM:SS, past 24:00:00 too → seconds. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(text)
    return float(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]))


def format_time(seconds: int) -> str:
    """Seconds → HH:MM:SS."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _nothing_known(table: Table, trip: I32) -> FeedError:
    """No row can be used: say of the first one which of its ids is not known."""
    if len(table) == 0:
        return FeedError(table.name, None, None, "has no rows")
    field, what = ("trip_id", "trip") if trip[0] < 0 else ("stop_id", "stop")
    value = table.column(field).texts()[0]
    return FeedError(table.name, int(table.lines[0]), field, f"no usable {what} has the id {value!r}; no other row fits either")


def _select(table: Table, trip: I32, stop: I32, sequence: F64, rows: NDArray[Any]) -> tuple[Table, I32, I32, F64]:
    return table.keep(rows), trip[rows], stop[rows], sequence[rows]


def _times(table: Table, report: Report) -> tuple[I32, I32]:
    """Arrival and departure; where only one is given the other is the same."""
    both = []
    for field in ("arrival_time", "departure_time"):
        column = table.column(field)
        seconds = column.take(parse_time)
        report.rows("bad_time", table, np.isnan(seconds) & column.given(), field)
        both.append(np.where(np.isnan(seconds), MISSING, seconds).astype(np.int32))
    arrival, departure = both
    return np.where(arrival < 0, departure, arrival), np.where(departure < 0, arrival, departure)
