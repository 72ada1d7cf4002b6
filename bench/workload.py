"""A synthetic fleet of any size with known truth: the workload of the speed benches.

Patterns are winding polylines of equal segments; every vehicle drives one, one way, at a speed of its own that changes, and
reports every few seconds with GPS noise and some outliers.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transit.geometry import to_wgs84
from transit.kernels.columns import (
    F32,
    F64,
    I32,
    BlockColumns,
    CalendarColumns,
    FrequencyColumns,
    GridColumns,
    PatternColumns,
    PositionColumns,
    ShapeColumns,
    TripColumns,
)
from transit.kernels.identity import build_table
from transit.network import Network
from transit.strings import Strings

ORIGIN = (36.71, 117.53)
START_DATE = "2026-03-02"
ZONE = "Asia/Shanghai"
EPOCH = 1772409600.0  # 2026-03-02 08:00 +08:00
SPEED = 8.0


class Workload(NamedTuple):
    """A network, and batches of positions of its fleet: one position a vehicle and batch."""

    network: Network
    batches: list[PositionColumns]
    progress: list[F32]
    """[V] true metres along the shape at each batch"""
    pattern: I32
    """[V]"""


def synthetic_network(patterns: int = 600, segments: int = 200, segment: float = 100.0, stops: int = 60, seed: int = 1) -> Network:
    """Winding patterns of `segments` pieces of `segment` metres, one trip each, all day."""
    rng = np.random.default_rng(seed)
    turns = np.cumsum(rng.normal(0.0, 0.12, (patterns, segments)), axis=1) + rng.uniform(0, 2 * np.pi, (patterns, 1))
    start = rng.uniform(-15e3, 15e3, (2, patterns, 1))
    x = start[0] + np.concatenate((np.zeros((patterns, 1)), np.cumsum(np.sin(turns) * segment, axis=1)), axis=1)
    y = start[1] + np.concatenate((np.zeros((patterns, 1)), np.cumsum(np.cos(turns) * segment, axis=1)), axis=1)
    return network_of(x, y, stops)


def network_of(x: F64, y: F64, stops: int) -> Network:
    """One route, pattern and trip per row of the polylines x, y [patterns, points] (local metres), with `stops` stops each."""
    patterns, segments = x.shape[0], x.shape[1] - 1
    chord = np.hypot(np.diff(x), np.diff(y))
    along = np.concatenate((np.zeros((patterns, 1)), np.cumsum(chord, axis=1)), axis=1)
    table = np.ones((patterns, segments, 8), np.float32)
    table[:, :, 0], table[:, :, 1] = x[:, :-1], y[:, :-1]
    table[:, :, 2], table[:, :, 3] = np.diff(x) / chord, np.diff(y) / chord
    table[:, :, 4], table[:, :, 5] = chord, along[:, :-1]
    table[:, :, 7] = np.degrees(np.arctan2(np.diff(x), np.diff(y))) % 360.0
    length = along[:, -1]
    distance = np.linspace(0.0, 1.0, stops) * length[:, None]
    lat, lon = to_wgs84(x, y, *ORIGIN)
    at = np.stack([np.searchsorted(row, where) for row, where in zip(along, distance - 1e-6)])
    count = patterns * stops
    stop_ids, route_ids, trip_ids = _ids("S", count), _ids("R", patterns), _ids("T", patterns)
    none = Strings.of([""] * patterns)
    times = (8 * 3600 - 900 + distance / SPEED).astype(np.int32).ravel()
    index, zeros = np.arange(patterns, dtype=np.int32), np.zeros(patterns, np.int32)
    each = np.arange(patterns + 1)
    return Network(
        version="synthetic",
        timezone=ZONE,
        agency="bench",
        origin_lat=ORIGIN[0],
        origin_lon=ORIGIN[1],
        stop_ids=stop_ids,
        stop_codes=stop_ids,
        stop_names=stop_ids,
        stop_lat=np.take_along_axis(lat, at, axis=1).ravel(),
        stop_lon=np.take_along_axis(lon, at, axis=1).ravel(),
        route_ids=route_ids,
        route_short_names=route_ids,
        route_long_names=route_ids,
        route_colors=none,
        route_text_colors=none,
        route_types=zeros + 3,
        headsigns=Strings.of([""]),
        service_ids=Strings.of(["daily"]),
        block_ids=Strings.of([]),
        trip_ids=trip_ids,
        patterns=PatternColumns(
            (each * stops).astype(np.int32), np.arange(count, dtype=np.int32),
            np.tile(np.arange(1, stops + 1, dtype=np.int32), patterns), distance.ravel().astype(np.float32), index,
            np.zeros(patterns, np.int8), zeros,
        ),
        shapes=ShapeColumns(
            (each * segments).astype(np.int32), np.ascontiguousarray(table.reshape(-1, 8)), length.astype(np.float32)
        ),
        shape_start=(each * (segments + 1)).astype(np.int32),
        shape_lat=lat.ravel().astype(np.float32),
        shape_lon=lon.ravel().astype(np.float32),
        trips=TripColumns(
            index, zeros, zeros - 1, zeros, (each * stops).astype(np.int64), times, times.copy(), np.zeros(count, np.uint8),
            np.zeros(patterns, np.uint8),
        ),
        blocks=BlockColumns(np.zeros(1, np.int32), np.zeros(0, np.int32), zeros - 1),
        frequencies=FrequencyColumns(*(np.zeros(0, np.int32) for _ in range(4))),
        calendar=CalendarColumns(np.datetime64(START_DATE).astype(object).toordinal() - 1, np.ones((1, 3), np.uint8)),
        grid=GridColumns(0.0, 0.0, 1.0, 1, 1, np.zeros(2, np.int32), np.zeros(0, np.int32), np.repeat(index, segments)),
        stop_table=build_table(stop_ids.starts, stop_ids.text),
        route_table=build_table(route_ids.starts, route_ids.text),
        trip_table=build_table(trip_ids.starts, trip_ids.text),
    )


def _ids(prefix: str, count: int) -> Strings:
    return Strings.of(f"{prefix}{k}" for k in range(count))


def synthetic_fleet(network: Network, vehicles: int = 5000, batches: int = 40, interval: float = 7.5, seed: int = 2) -> Workload:
    """`batches` reports of each vehicle, `interval` seconds apart: 8 m noise a side, 1 % outliers at 60 m, no bearing."""
    rng = np.random.default_rng(seed)
    count = len(network.patterns.route)
    pattern = (rng.permutation(vehicles) % count).astype(np.int32)
    first, last = network.shapes.segment_start[pattern], network.shapes.segment_start[pattern + 1]
    length = network.shapes.length[pattern].astype(np.float64)
    progress = rng.uniform(0.01, 0.5, vehicles) * length
    speed = np.full(vehicles, SPEED)
    names = _ids("bus-", vehicles)
    text = np.concatenate((names.text, network.trip_ids.text))
    trip_at = (network.trip_ids.starts[pattern] + len(names.text)).astype(np.int32)
    trip_length = np.diff(network.trip_ids.starts)[pattern].astype(np.int32)
    blank = np.zeros(vehicles, np.int32)
    unknown = np.full(vehicles, np.nan, np.float32)
    rows, truth = [], []
    for k in range(batches):
        speed = np.clip(speed + rng.normal(0.0, 1.5, vehicles), 0.0, 16.0)
        progress = np.minimum(progress + speed * interval, length - 100.0)
        g = network.shapes.segments[_segments_at(network, first, last, progress)]
        along = progress - g[:, 5]
        noise = rng.normal(0.0, 8.0, (2, vehicles))
        noise[:, rng.random(vehicles) < 0.01] *= 7.5
        lat, lon = to_wgs84(g[:, 0] + along * g[:, 2] + noise[0], g[:, 1] + along * g[:, 3] + noise[1], *ORIGIN)
        order = rng.permutation(vehicles)
        at = np.full(vehicles, EPOCH + k * interval)
        rows.append(
            PositionColumns(
                text, names.starts[:-1].astype(np.int32)[order], np.diff(names.starts).astype(np.int32)[order], trip_at[order],
                trip_length[order], blank, blank, at, at + 1.0, lat[order], lon[order], unknown, unknown,
            )
        )
        truth.append(progress.astype(np.float32))
    return Workload(network, rows, truth, pattern)


def _segments_at(network: Network, first: I32, last: I32, progress: F64) -> I32:
    """[V] the segment each vehicle is on."""
    at = np.empty(len(progress), np.int32)
    for v, (a, b, s) in enumerate(zip(first.tolist(), last.tolist(), progress.tolist())):
        at[v] = a + np.searchsorted(network.shapes.segments[a:b, 5], s, "right") - 1
    return at


def vehicle_numbers(ids: Sequence[str], rows: I32) -> I32:
    """The number in the id of each fleet row: which vehicle of the workload it is."""
    return np.array([int(key[4:]) for key in ids], np.int32)[rows]
