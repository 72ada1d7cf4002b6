"""Networks drawn in local metres: a line is a list of corners, its stops and its departures. For tests of the tracker.

Everything runs on lines.DATE, the day before and the day after (service 0), in lines.ZONE; service 1 never runs. Times are
seconds after DAY, coordinates metres from ORIGIN.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from tests.support.lines import DATE, ZONE
from transit.geometry import heading, to_wgs84
from transit.grid import grid_columns
from transit.kernels.columns import (
    F64,
    BlockColumns,
    CalendarColumns,
    FrequencyColumns,
    PatternColumns,
    ShapeColumns,
    TripColumns,
)
from transit.kernels.identity import build_table
from transit.network import Network
from transit.strings import Strings

ORIGIN = (36.7, 117.5)
Corners = Sequence[tuple[float, float]]

STRAIGHT: Corners = [(0, 0), (1000, 0), (2000, 0), (3000, 0)]
LOOP: Corners = [(0, 0), (1200, 0), (1200, 900), (0, 900), (0, 0)]
OUT_AND_BACK: Corners = [(0, 0), (1500, 0), (1500, 1), (0, 1)]
TRUNK_NORTH: Corners = [(0, 0), (1500, 0), (1500, 1500)]
TRUNK_SOUTH: Corners = [(0, 0), (1500, 0), (1500, -1500)]


@dataclass
class Line:
    """One pattern and its trips."""

    corners: Corners
    stops: Sequence[float]
    """m along the line"""
    starts: Sequence[int] = (8 * 3600,)
    """s after DAY at which each trip leaves"""
    speed: float = 8.0
    route: int = 0
    direction: int = 0
    blocks: Sequence[int] = ()
    """of each trip; none: no blocks"""
    services: Sequence[int] = ()
    """of each trip; none: all run"""
    stretch: float = 1.0
    """true metres per drawn metre"""
    templates: bool = False
    """its trips are running-time templates, not runs"""


@dataclass
class _Tables:
    segments: list[list[float]] = field(default_factory=list)
    segment_start: list[int] = field(default_factory=lambda: [0])
    length: list[float] = field(default_factory=list)
    distance: list[float] = field(default_factory=list)
    sequence: list[int] = field(default_factory=list)
    stop_start: list[int] = field(default_factory=lambda: [0])
    stop_xy: list[tuple[float, float]] = field(default_factory=list)
    trips: list[tuple[int, int, int, int]] = field(default_factory=list)
    trip_start: list[int] = field(default_factory=lambda: [0])
    times: list[int] = field(default_factory=list)


def streets(*lines: Line) -> Network:
    """The network of these lines: pattern p is line p, trips are numbered line by line, stop ids S0 … in order, trips T0 …"""
    tables = _Tables()
    for p, line in enumerate(lines):
        _add_shape(tables, line)
        _add_trips(tables, p, line)
    routes = 1 + max(line.route for line in lines)
    i32: Any = lambda values: np.array(values, np.int32)  # noqa: E731
    shapes = ShapeColumns(
        i32(tables.segment_start), np.array(tables.segments, np.float32), np.array(tables.length, np.float32)
    )
    xy = np.array(tables.stop_xy)
    lat, lon = to_wgs84(xy[:, 0], xy[:, 1], *ORIGIN)
    pattern, service, block, template = (i32(column) for column in zip(*tables.trips))
    stops, route_ids, trip_ids = _ids("S", len(lat)), _ids("R", routes), _ids("T", len(pattern))
    zeros, none = np.zeros(len(lines), np.int32), np.zeros(0, np.int32)
    return Network(
        version="streets", timezone=ZONE, agency="streets", origin_lat=ORIGIN[0], origin_lon=ORIGIN[1],
        stop_ids=stops, stop_codes=stops, stop_names=stops, stop_lat=lat, stop_lon=lon,
        route_ids=route_ids, route_short_names=route_ids, route_long_names=route_ids, route_colors=route_ids,
        route_text_colors=route_ids, route_types=np.full(routes, 3, np.int32), headsigns=Strings.of([""]),
        service_ids=Strings.of(["daily", "never"]), block_ids=_ids("B", int(block.max()) + 1), trip_ids=trip_ids,
        patterns=PatternColumns(
            i32(tables.stop_start), np.arange(len(lat), dtype=np.int32), i32(tables.sequence),
            np.array(tables.distance, np.float32), i32([line.route for line in lines]),
            np.array([line.direction for line in lines], np.int8), zeros,
        ),
        shapes=shapes, shape_start=zeros, shape_lat=np.zeros(0, np.float32), shape_lon=np.zeros(0, np.float32),
        trips=TripColumns(
            pattern, service, block, zeros, np.array(tables.trip_start, np.int64), i32(tables.times), i32(tables.times),
            np.zeros(len(tables.times), np.uint8), template.astype(np.uint8),
        ),
        blocks=_blocks(tables, block), frequencies=FrequencyColumns(none, none, none, none),
        calendar=CalendarColumns(DATE.toordinal() - 1, np.array([[1] * 3, [0] * 3], np.uint8)),
        grid=grid_columns(shapes),
        stop_table=build_table(stops.starts, stops.text), route_table=build_table(route_ids.starts, route_ids.text),
        trip_table=build_table(trip_ids.starts, trip_ids.text),
    )  # fmt: skip


def _ids(prefix: str, count: int) -> Strings:
    return Strings.of(f"{prefix}{k}" for k in range(count))


def _add_shape(tables: _Tables, line: Line) -> None:
    along = 0.0
    for (x, y), (to_x, to_y) in pairwise(line.corners):
        chord = float(np.hypot(to_x - x, to_y - y))
        dx, dy = (to_x - x) / chord, (to_y - y) / chord
        tables.segments.append([x, y, dx, dy, chord, along, line.stretch, float(heading(dx, dy))])
        along += chord * line.stretch
    tables.segment_start.append(len(tables.segments))
    tables.length.append(along)
    tables.distance += line.stops
    tables.sequence += range(1, len(line.stops) + 1)
    tables.stop_start.append(len(tables.distance))
    tables.stop_xy += [place_on(line, stop) for stop in line.stops]


def _add_trips(tables: _Tables, p: int, line: Line) -> None:
    for k, start in enumerate(line.starts):
        service = line.services[k] if line.services else 0
        block = line.blocks[k] if line.blocks else -1
        tables.trips.append((p, service, block, int(line.templates)))
        tables.times += [start + round((stop - line.stops[0]) / line.speed) for stop in line.stops]
        tables.trip_start.append(len(tables.times))


def _blocks(tables: _Tables, block: Any) -> BlockColumns:
    first = np.array([tables.times[row] for row in tables.trip_start[:-1]])
    order = np.lexsort((first, block))
    order = order[block[order] >= 0].astype(np.int32)
    position = np.full(len(block), -1, np.int32)
    position[order] = np.arange(len(order))
    start = np.searchsorted(block[order], np.arange(int(block.max()) + 2)).astype(np.int32)
    return BlockColumns(start, order, position)


def place_on(line: Line, along: float) -> tuple[float, float]:
    """Local metres of the place so far along the line; before and beyond it, on its first and last piece prolonged."""
    pieces = list(pairwise(line.corners))
    for k, ((x, y), (to_x, to_y)) in enumerate(pieces):
        chord = float(np.hypot(to_x - x, to_y - y))
        if along <= chord * line.stretch or k == len(pieces) - 1:
            share = along / (chord * line.stretch)
            return x + share * (to_x - x), y + share * (to_y - y)
        along -= chord * line.stretch
    raise AssertionError("a line has a piece")


def length_of(line: Line) -> float:
    """m"""
    return line.stretch * sum(float(np.hypot(bx - ax, by - ay)) for (ax, ay), (bx, by) in pairwise(line.corners))


def evenly(line_length: float, count: int) -> list[float]:
    """Places of so many stops from end to end."""
    spaced: F64 = np.linspace(0.0, line_length, count)
    return spaced.tolist()
