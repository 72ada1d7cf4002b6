"""Agency, feed version, stops and routes: the tables that depend on no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from feeds.errors import FeedError
from feeds.gtfs_report import Report
from feeds.gtfs_tables import Table
from transit.kernels.columns import F64, I32

_COLOR = re.compile(r"[0-9A-Fa-f]{6}")


class Agency(NamedTuple):
    """Whose feed it is. A feed of several agencies has one time zone (GTFS), and here the first one's name."""

    name: str
    timezone: str


class Stops(NamedTuple):
    """Stops that a trip may serve."""

    ids: list[str]
    codes: list[str]
    names: list[str]
    lat: F64
    lon: F64
    lines: I32
    platform: NDArray[np.bool_]
    """[S] location_type is 0 or empty."""
    row_of: Mapping[str, int]

    def keep(self, rows: NDArray[np.int64]) -> Stops:
        """The stops with these indices."""
        ids, codes, names = ([column[row] for row in rows] for column in (self.ids, self.codes, self.names))
        index = {key: place for place, key in enumerate(ids)}
        return Stops(ids, codes, names, self.lat[rows], self.lon[rows], self.lines[rows], self.platform[rows], index)


class Routes(NamedTuple):
    """Lines."""

    ids: list[str]
    short_names: list[str]
    long_names: list[str]
    colors: list[str]
    text_colors: list[str]
    types: I32
    """GTFS route_type, -1 unknown."""
    lines: I32
    row_of: Mapping[str, int]


def read_agency(table: Table, report: Report) -> Agency:
    """Raises FeedError when there is no agency or no known time zone."""
    table.require("agency_timezone")
    if len(table) == 0:
        raise FeedError(table.name, None, None, "has no rows: the feed names no agency and no time zone")
    zones = table.column("agency_timezone").texts()
    line = int(table.lines[0])
    if not zones[0]:
        raise FeedError(table.name, line, "agency_timezone", "is empty: times of a feed without a time zone mean nothing")
    try:
        ZoneInfo(zones[0])
    except (KeyError, ValueError, OSError):
        raise FeedError(table.name, line, "agency_timezone", f"is no time zone: {zones[0]!r}") from None
    others = sorted(set(zones) - {zones[0], ""})
    if others:
        report.notices.append(f"agencies name several time zones; {zones[0]} is used for all, not {', '.join(others)}")
    return Agency(table.column("agency_name").texts()[0], zones[0])


def read_stops(table: Table, report: Report) -> Stops:
    """Every stop with an id and a place, whatever its location_type. Raises FeedError when none is left."""
    table.require("stop_id", "stop_lat", "stop_lon")
    table = unique_ids(table, "stop_id", report)
    lat, lon = table.column("stop_lat").numbers(), table.column("stop_lon").numbers()
    wrong = bad_coordinates(lat, lon)
    kinds = table.column("location_type").texts()
    report.rows("bad_coordinate", table, wrong & np.array([kind in ("", "0", "1", "2") for kind in kinds], bool), "stop_lat")
    table, lat, lon = table.keep(~wrong), lat[~wrong], lon[~wrong]
    if len(table) == 0:
        raise FeedError(table.name, None, None, "has no stop with an id and a usable coordinate")
    ids = table.column("stop_id").texts()
    codes, names = table.column("stop_code").texts(), table.column("stop_name").texts()
    platform = np.array([kind in ("", "0") for kind in table.column("location_type").texts()])
    return Stops(ids, codes, names, lat, lon, table.lines, platform, {key: row for row, key in enumerate(ids)})


def read_routes(table: Table, report: Report) -> Routes:
    """Raises FeedError when no route has an id."""
    table.require("route_id")
    table = unique_ids(table, "route_id", report)
    if len(table) == 0:
        raise FeedError(table.name, None, None, "has no route")
    types = table.column("route_type").numbers()
    ids = table.column("route_id").texts()
    return Routes(
        ids,
        table.column("route_short_name").texts(),
        table.column("route_long_name").texts(),
        _colors(table, "route_color", report),
        _colors(table, "route_text_color", report),
        np.where(np.isnan(types), -1, types).astype(np.int32),
        table.lines,
        {key: row for row, key in enumerate(ids)},
    )


def feed_version(table: Table) -> str:
    """feed_info.feed_version, "" when the feed gives none."""
    return table.column("feed_version").texts()[0] if len(table) else ""


def unique_ids(table: Table, field: str, report: Report) -> Table:
    """Rows whose id is given and was not used before."""
    column = table.column(field)
    given = column.given()
    report.rows("missing_id", table, ~given, field)
    first = np.zeros(len(table), np.bool_)
    first[np.unique(column.codes, return_index=True)[1]] = True
    report.rows("duplicate_id", table, given & ~first, field)
    return table.keep(given & first)


def bad_coordinates(lat: F64, lon: F64) -> NDArray[np.bool_]:
    """Where a coordinate is unknown, out of range, or the 0, 0 that stands for unknown."""
    with np.errstate(invalid="ignore"):
        good = (np.abs(lat) <= 90) & (np.abs(lon) <= 180) & ~((np.abs(lat) < 1e-6) & (np.abs(lon) < 1e-6))
    return np.asarray(~good)


def _colors(table: Table, field: str, report: Report) -> list[str]:
    found = [text.removeprefix("#") for text in table.column(field).texts()]
    wrong = np.array([bool(text) and not _COLOR.fullmatch(text) for text in found], np.bool_)
    report.rows("bad_color", table, wrong, field)
    return ["" if bad else text.upper() for text, bad in zip(found, wrong)]
