"""A made-up network of any size for speed benchmarks: straight lines, no geometry beyond distances, seeded."""

from __future__ import annotations

import datetime

import numpy as np

from transit.kernels.columns import (
    VEHICLE,
    BlockColumns,
    CalendarColumns,
    FrequencyColumns,
    GridColumns,
    PatternColumns,
    Records,
    ShapeColumns,
    TripColumns,
)
from transit.kernels.identity import build_table
from transit.network import Network
from transit.strings import Strings

DATE = datetime.date(2026, 3, 2)
FIRST_START, LAST_END = 6 * 3600, 22 * 3600


def lines_network(patterns: int = 600, stops: int = 60, trips: int = 40, length: float = 20_000.0, seed: int = 1) -> Network:
    """`patterns` lines of `stops` stops over `length` metres with `trips` trips each; every other trip of a pattern is a block."""
    random = np.random.default_rng(seed)
    names = Strings.of([f"{k}" for k in range(patterns * stops)])
    trip_ids = Strings.of([f"{k}" for k in range(patterns * trips)])
    route_ids = Strings.of([f"{k}" for k in range(patterns)])
    empty = Strings.of([])
    gaps = random.uniform(0.5, 1.5, (patterns, stops - 1))
    distance = np.zeros((patterns, stops), np.float32)
    distance[:, 1:] = np.cumsum(gaps, 1) / gaps.sum(1)[:, None] * length
    starts = np.linspace(FIRST_START, LAST_END - 5400, trips)
    seconds = np.round(starts[None, :, None] + distance[:, None, :] / 6.0).astype(np.int32)
    pattern_of = np.repeat(np.arange(patterns, dtype=np.int32), trips)
    block = (pattern_of * 4 + np.tile(np.arange(trips) % 4, patterns)).astype(np.int32)
    order = np.lexsort((seconds[:, :, 0].ravel(), block)).astype(np.int32)
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    zero = np.zeros(0, np.int32)
    return Network(
        version="synthetic", timezone="Asia/Shanghai", agency="synthetic", origin_lat=36.7, origin_lon=117.5,
        stop_ids=names, stop_codes=names, stop_names=names,
        stop_lat=np.zeros(len(names)), stop_lon=np.zeros(len(names)),
        route_ids=route_ids, route_short_names=route_ids, route_long_names=route_ids,
        route_colors=route_ids, route_text_colors=route_ids, route_types=np.full(patterns, 3, np.int32),
        headsigns=Strings.of([""]), service_ids=Strings.of(["daily"]),
        block_ids=Strings.of([f"{k}" for k in range(patterns * 4)]), trip_ids=trip_ids,
        patterns=PatternColumns(
            np.arange(0, patterns * stops + 1, stops, dtype=np.int32), np.arange(patterns * stops, dtype=np.int32),
            np.tile(np.arange(1, stops + 1, dtype=np.int32), patterns), distance.ravel(),
            np.arange(patterns, dtype=np.int32), np.zeros(patterns, np.int8), np.zeros(patterns, np.int32),
        ),
        shapes=ShapeColumns(np.zeros(patterns + 1, np.int32), np.zeros((0, 8), np.float32), np.full(patterns, length, np.float32)),
        shape_start=np.zeros(patterns + 1, np.int32), shape_lat=np.zeros(0, np.float32), shape_lon=np.zeros(0, np.float32),
        trips=TripColumns(
            pattern_of, np.zeros(len(pattern_of), np.int32), block, np.zeros(len(pattern_of), np.int32),
            np.arange(0, len(pattern_of) * stops + 1, stops, dtype=np.int64), seconds.ravel(), seconds.ravel(),
            np.zeros(seconds.size, np.uint8), np.zeros(len(pattern_of), np.uint8),
        ),
        blocks=BlockColumns(
            np.arange(0, len(order) + 1, trips // 4, dtype=np.int32), order, position,
        ),
        frequencies=FrequencyColumns(zero, zero, zero, zero),
        calendar=CalendarColumns(DATE.toordinal(), np.ones((1, 1), np.uint8)),
        grid=GridColumns(0.0, 0.0, 100.0, 1, 1, np.zeros(2, np.int32), zero, zero),
        stop_table=build_table(names.starts, names.text), route_table=build_table(route_ids.starts, route_ids.text),
        trip_table=build_table(trip_ids.starts, trip_ids.text),
    )


def vehicles_under_way(network: Network, count: int, now: float, day: float, seed: int = 1) -> Records:
    """`count` vehicles with known trips, anywhere on the first 80 % of their lines, up to 15 s since their fix."""
    random = np.random.default_rng(seed)
    out = np.zeros(count, VEHICLE)
    out["trip"] = random.integers(0, len(network.trips.pattern), count)
    out["pattern"] = network.trips.pattern[out["trip"]]
    out["progress"] = random.uniform(0.0, 0.8, count) * network.shapes.length[out["pattern"]]
    out["timestamp"] = out["heard"] = now - random.uniform(0.0, 15.0, count)
    out["service_day"] = day
    out["pending_arrival"] = out["event_time"] = np.nan
    out["log_pace"] = random.normal(0.0, 0.1, count)
    out["last_trip"] = out["route"] = -1
    return out
