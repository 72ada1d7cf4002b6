"""The compiled timetable: what a GTFS feed says, as columns. Immutable; a new timetable is a new Network, swapped in whole.

Coordinates are WGS-84 degrees at the edges and local metres inside: equirectangular around (origin_lat, origin_lon).
Distances along a pattern are true metres of its GTFS shape from the shape's first point, whatever unit
`shape_dist_traveled` had. Made by `feeds.gtfs`, stored by `transit.network_file`.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from transit.kernels.columns import (
    F32,
    F64,
    I32,
    BlockColumns,
    CalendarColumns,
    FrequencyColumns,
    GridColumns,
    IdTable,
    PatternColumns,
    ShapeColumns,
    TripColumns,
)
from transit.strings import Strings


@dataclass(frozen=True)
class Network:
    """Stops, routes, patterns, trips, blocks, stop times and calendars of one feed version."""

    version: str
    """feed_info.feed_version, or a digest of the feed."""
    timezone: str
    agency: str
    origin_lat: float
    origin_lon: float
    stop_ids: Strings
    stop_codes: Strings
    stop_names: Strings
    stop_lat: F64
    stop_lon: F64
    route_ids: Strings
    route_short_names: Strings
    route_long_names: Strings
    route_colors: Strings
    """RRGGBB, empty when the feed gives none."""
    route_text_colors: Strings
    route_types: I32
    headsigns: Strings
    """distinct headsigns; patterns and trips refer to them."""
    service_ids: Strings
    block_ids: Strings
    trip_ids: Strings
    patterns: PatternColumns
    shapes: ShapeColumns
    shape_start: I32
    """[P + 1] first point of each pattern's full polyline, for drawing."""
    shape_lat: F32
    shape_lon: F32
    trips: TripColumns
    blocks: BlockColumns
    frequencies: FrequencyColumns
    calendar: CalendarColumns
    grid: GridColumns
    stop_table: IdTable
    route_table: IdTable
    trip_table: IdTable
    counts: Mapping[str, int] = field(default_factory=dict)
    """what compiling counted: rows skipped, times and shapes interpolated, by reason."""

    @cached_property
    def stop_index(self) -> dict[str, int]:
        """stop_id → index."""
        return {key: index for index, key in enumerate(self.stop_ids)}

    @cached_property
    def route_index(self) -> dict[str, int]:
        """route_id → index."""
        return {key: index for index, key in enumerate(self.route_ids)}

    @cached_property
    def trip_index(self) -> dict[str, int]:
        """trip_id → index. Costs a dictionary of every trip: ask only at the edges."""
        return {key: index for index, key in enumerate(self.trip_ids)}

    @cached_property
    def pattern_stops_of_stop(self) -> tuple[I32, I32]:
        """CSR: (start [S + 1], pattern stop) — every place each stop has on every pattern."""
        order = np.argsort(self.patterns.stop, kind="stable").astype(np.int32)
        start = np.searchsorted(self.patterns.stop[order], np.arange(len(self.stop_ids) + 1)).astype(np.int32)
        return start, order

    @cached_property
    def pattern_of_pattern_stop(self) -> I32:
        """[Q]"""
        return np.repeat(np.arange(len(self.patterns.route), dtype=np.int32), np.diff(self.patterns.stop_start))

    @cached_property
    def trips_of_pattern(self) -> tuple[I32, I32]:
        """CSR: (start [P + 1], trip) — trips of each pattern in order of first departure, templates included."""
        first = self.trips.departure[self.trips.start[:-1]] if len(self.trips.pattern) else np.zeros(0, np.int32)
        order = np.lexsort((first, self.trips.pattern)).astype(np.int32)
        start = np.searchsorted(self.trips.pattern[order], np.arange(len(self.patterns.route) + 1)).astype(np.int32)
        return start, order
