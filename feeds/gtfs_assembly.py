"""The last step of compiling: the parts of a feed put together as the columns of a Network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from feeds.gtfs_calendar import Services
from feeds.gtfs_entities import Agency, Routes, Stops
from feeds.gtfs_frequencies import Frequencies, expand_times
from feeds.gtfs_patterns import Patterns
from feeds.gtfs_shapes import Courses
from feeds.gtfs_stop_times import StopTimes
from feeds.gtfs_tables import Column
from feeds.gtfs_trips import Trips
from transit.grid import grid_columns
from transit.kernels.columns import I32, BlockColumns, PatternColumns, TripColumns
from transit.kernels.identity import build_table
from transit.network import Network
from transit.polylines import shape_columns, simplified
from transit.strings import Strings


class Numbered(NamedTuple):
    """A text column as the distinct texts in use and each row's."""

    texts: list[str]
    of_row: I32
    """[n] -1 where the cell is empty and empty cells do not count"""


class Parts(NamedTuple):
    """Everything checked and mended, before it becomes columns."""

    version: str
    agency: Agency
    stops: Stops
    routes: Routes
    services: Services
    trips: Trips
    times: StopTimes
    patterns: Patterns
    courses: Courses
    frequencies: Frequencies
    headsigns: Numbered
    blocks: Numbered
    origin: tuple[float, float]


def numbered(column: Column, blank: bool) -> Numbered:
    """Number the distinct texts of a column; `blank` says whether "" is one of them."""
    used, of_row = np.unique(column.codes, return_inverse=True)
    texts = [column.values[code] for code in used.tolist()]
    if not blank and "" in texts:
        empty = texts.index("")
        of_row = np.where(of_row == empty, -1, np.where(of_row > empty, of_row - 1, of_row))
        del texts[empty]
    return Numbered(texts, of_row.astype(np.int32))


def trip_columns(parts: Parts) -> TripColumns:
    """Trips of the feed in its order, then the exact runs of frequencies.txt."""
    runs = parts.frequencies.run_template
    template = parts.frequencies.template
    times = expand_times(parts.times, parts.frequencies) if len(runs) else parts.times
    block = np.where(template == 1, -1, parts.blocks.of_row)
    return TripColumns(
        pattern=_with_runs(parts.patterns.of_trip, runs),
        service=_with_runs(parts.trips.service, runs),
        block=np.append(block, np.full(len(runs), -1)).astype(np.int32),
        headsign=_with_runs(parts.headsigns.of_row, runs),
        start=times.start,
        arrival=np.ascontiguousarray(times.arrival, np.int32),
        departure=np.ascontiguousarray(times.departure, np.int32),
        timepoint=times.timepoint,
        template=np.append(template, np.zeros(len(runs))).astype(np.uint8),
    )


def assemble(
    parts: Parts, trips: TripColumns, blocks: BlockColumns, counts: dict[str, int], share_done: Callable[[float], None]
) -> Network:
    """Build the Network. Simplifying shapes takes longest: `share_done` hears how much of it is done."""
    lines = parts.courses.lines
    segments = []
    for number, line in enumerate(lines):
        share_done(number / len(lines))
        segments.append(simplified(line.lat, line.lon, *parts.origin))
    shapes = shape_columns(segments, parts.courses.line_of_pattern)
    return Network(
        version=parts.version,
        timezone=parts.agency.timezone,
        agency=parts.agency.name,
        origin_lat=parts.origin[0],
        origin_lon=parts.origin[1],
        headsigns=Strings.of(parts.headsigns.texts),
        service_ids=Strings.of(parts.services.ids),
        block_ids=Strings.of(parts.blocks.texts),
        patterns=_pattern_columns(parts),
        shapes=shapes,
        trips=trips,
        blocks=blocks,
        frequencies=parts.frequencies.headways,
        calendar=parts.services.calendar,
        grid=grid_columns(shapes),
        counts=counts,
        **_ids("stop", parts.stops.ids),
        **_ids("route", parts.routes.ids),
        **_ids("trip", parts.trips.ids + parts.frequencies.run_ids(parts.trips.ids)),
        **_stop_fields(parts.stops),
        **_route_fields(parts.routes),
        **_drawn(parts.courses),
    )


def _with_runs(column: I32, runs: I32) -> I32:
    return np.append(column, column[runs]).astype(np.int32)


def _pattern_columns(parts: Parts) -> PatternColumns:
    patterns = parts.patterns
    distance = parts.courses.distance.astype(np.float32)
    columns = (patterns.stop_start, patterns.stop, patterns.sequence, distance, patterns.route, patterns.direction)
    return PatternColumns(*columns, patterns.headsign)


def _ids(kind: str, ids: list[str]) -> dict[str, Any]:
    packed = Strings.of(ids)
    return {f"{kind}_ids": packed, f"{kind}_table": build_table(packed.starts, packed.text)}


def _stop_fields(stops: Stops) -> dict[str, Any]:
    return {
        "stop_codes": Strings.of(stops.codes),
        "stop_names": Strings.of(stops.names),
        "stop_lat": stops.lat,
        "stop_lon": stops.lon,
    }


def _route_fields(routes: Routes) -> dict[str, Any]:
    return {
        "route_short_names": Strings.of(routes.short_names),
        "route_long_names": Strings.of(routes.long_names),
        "route_colors": Strings.of(routes.colors),
        "route_text_colors": Strings.of(routes.text_colors),
        "route_types": routes.types,
    }


def _drawn(courses: Courses) -> dict[str, Any]:
    """The full polylines, pattern by pattern."""
    lines = [courses.lines[line] for line in courses.line_of_pattern]
    return {
        "shape_start": np.concatenate([[0], np.cumsum([len(line.lat) for line in lines])]).astype(np.int32),
        "shape_lat": np.concatenate([line.lat for line in lines]).astype(np.float32),
        "shape_lon": np.concatenate([line.lon for line in lines]).astype(np.float32),
    }
