"""calendar.txt and calendar_dates.txt merged into one table of service by date.

Either file may be missing. A date outside 1990 … 2099 is cut to that range, so that a sentinel such as 99991231 costs nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.errors import FeedError
from feeds.gtfs_report import Report
from feeds.gtfs_tables import Table
from transit.kernels.columns import F64, CalendarColumns

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EARLIEST = datetime.date(1990, 1, 1).toordinal()
_LATEST = datetime.date(2099, 12, 31).toordinal()


class Services(NamedTuple):
    """Services by index, and the dates they run."""

    ids: list[str]
    calendar: CalendarColumns
    row_of: Mapping[str, int]


def read_services(calendar: Table, dates: Table, report: Report) -> Services:
    """Merge both files. Raises FeedError when no date of any service is left."""
    weeks, first, last = _weeks(calendar, report)
    exceptions, when, added = _exceptions(dates, report)
    ids = list(dict.fromkeys(weeks.column("service_id").texts() + exceptions.column("service_id").texts()))
    index = {key: row for row, key in enumerate(ids)}
    days = np.concatenate([first, last, when])
    if len(days) == 0:
        raise FeedError("calendar.txt", None, None, "names no service and no date, and neither does calendar_dates.txt")
    first_date = int(days.min())
    active = np.zeros((len(ids), int(days.max()) - first_date + 1), np.uint8)
    _mark_weeks(active, weeks, index, first - first_date, last - first_date, first_date)
    active[exceptions.column("service_id").find(index), when - first_date] = added
    idle = int((active.max(axis=1) == 0).sum())
    report.add("service_never_runs", "calendar.txt", idle)
    return Services(ids, CalendarColumns(first_date, active), index)


def parse_date(text: str) -> float:
    """YYYYMMDD → proleptic ordinal. Raises ValueError."""
    if len(text) != 8 or not text.isascii() or not text.isdigit():
        raise ValueError(text)
    ordinal = datetime.date(int(text[:4]), int(text[4:6]), int(text[6:])).toordinal()
    return float(min(max(ordinal, _EARLIEST), _LATEST))


def _weeks(table: Table, report: Report) -> tuple[Table, NDArray[np.int64], NDArray[np.int64]]:
    """Usable rows of calendar.txt, and their first and last dates."""
    if len(table) == 0:
        return table, np.zeros(0, np.int64), np.zeros(0, np.int64)
    table.require("service_id", *_WEEKDAYS, "start_date", "end_date")
    table = _unique_services(table, report)
    for name in _WEEKDAYS:
        wrong = ~np.isin(table.column(name).numbers(), (0.0, 1.0))
        report.rows("bad_number", table, wrong, name)
        table = table.keep(~wrong)
    first, last = _dates(table, "start_date"), _dates(table, "end_date")
    wrong = ~(first <= last)
    report.rows("bad_date", table, wrong & ~np.isnan(first), "end_date")
    report.rows("bad_date", table, np.isnan(first), "start_date")
    return table.keep(~wrong), first[~wrong].astype(np.int64), last[~wrong].astype(np.int64)


def _unique_services(table: Table, report: Report) -> Table:
    column = table.column("service_id")
    given = column.given()
    report.rows("missing_id", table, ~given, "service_id")
    first = np.zeros(len(table), np.bool_)
    first[np.unique(column.codes, return_index=True)[1]] = True
    report.rows("duplicate_id", table, given & ~first, "service_id")
    return table.keep(given & first)


def _exceptions(table: Table, report: Report) -> tuple[Table, NDArray[np.int64], NDArray[np.uint8]]:
    """Usable rows of calendar_dates.txt, their dates, and 1 where the date is added, 0 where it is taken out."""
    if len(table) == 0:
        return table, np.zeros(0, np.int64), np.zeros(0, np.uint8)
    table.require("service_id", "date", "exception_type")
    given = table.column("service_id").given()
    report.rows("missing_id", table, ~given, "service_id")
    table = table.keep(given)
    kind = table.column("exception_type").numbers()
    wrong = ~np.isin(kind, (1.0, 2.0))
    report.rows("bad_number", table, wrong, "exception_type")
    table, kind = table.keep(~wrong), kind[~wrong]
    when = _dates(table, "date")
    wrong = np.isnan(when)
    report.rows("bad_date", table, wrong, "date")
    return table.keep(~wrong), when[~wrong].astype(np.int64), (kind[~wrong] == 1).astype(np.uint8)


def _dates(table: Table, field: str) -> F64:
    return table.column(field).take(parse_date)


def _mark_weeks(
    active: NDArray[np.uint8],
    weeks: Table,
    index: Mapping[str, int],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    first_date: int,
) -> None:
    runs = np.column_stack([weeks.column(name).numbers() for name in _WEEKDAYS]).astype(np.uint8)
    for row, service in enumerate(weeks.column("service_id").find(index)):
        days = np.arange(first[row], last[row] + 1)
        active[service, days] = runs[row][(days + first_date - 1) % 7]
