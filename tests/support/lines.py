"""A made-up network of straight lines for tests of prediction: 10 km apart and all eastwards, every number seeded.

Each pattern has a round number of trips that four blocks share in turn; trip t of pattern p is `p * trips + t`.
"""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np

from transit.intervals import Intervals
from transit.kernels.columns import (
    F32,
    VEHICLE,
    BlockColumns,
    CalendarColumns,
    EventColumns,
    FrequencyColumns,
    GridColumns,
    IdTable,
    PatternColumns,
    Records,
    ShapeColumns,
    TripColumns,
)
from transit.learning_parameters import IntervalParameters
from transit.network import Network
from transit.service_day import ServiceDay, service_days
from transit.strings import Strings

ZONE = "Asia/Shanghai"
DATE = datetime.date(2026, 3, 2)
NOON = datetime.datetime(2026, 3, 2, 4, tzinfo=datetime.UTC).timestamp()
DAY = NOON - 43_200.0
FIRST_START = 6 * 3600
SPEED = 6.0
NO_IDS = IdTable(np.zeros(8, np.int32), np.zeros(0, np.uint64), np.zeros(1, np.int64), np.zeros(0, np.uint8))
"""nothing here is looked up by id"""


def lines_network(patterns: int = 2, stops: int = 6, trips: int = 8, headway: int = 600, seed: int = 1) -> Network:
    """Lines of 500 m a hop on average, a trip every `headway` s from 06:00 (each line two headways after the last), some timepoints."""
    random = np.random.default_rng(seed)
    distance = np.zeros((patterns, stops), np.float32)
    distance[:, 1:] = np.cumsum(random.uniform(200.0, 800.0, (patterns, stops - 1)), axis=1)
    begins = FIRST_START + headway * np.arange(trips)
    slower = random.uniform(0.8, 1.5, (patterns, trips, 1))
    begins = begins[None, :] + 2 * headway * np.arange(patterns)[:, None]
    arrival = (begins[:, :, None] + slower * distance[:, None, :] / SPEED).astype(np.int32)
    stay = random.integers(0, 2, arrival.shape) * random.integers(0, 20, arrival.shape)
    departure = (arrival + np.minimum(stay, 5)).astype(np.int32)
    pattern_of = np.repeat(np.arange(patterns, dtype=np.int32), trips)
    block = np.tile(np.arange(trips, dtype=np.int32) % 4, patterns)
    order = np.lexsort((departure[:, :, 0].ravel(), block)).astype(np.int32)
    position = np.empty(len(order), np.int32)
    position[order] = np.arange(len(order), dtype=np.int32)
    stop_ids, route_ids, trip_ids = (Strings.of(str(k) for k in range(n)) for n in (patterns * stops, patterns, len(block)))
    none = np.zeros(0, np.int32)
    zeros = np.zeros(len(block), np.int32)
    return Network(
        version="lines", timezone=ZONE, agency="lines", origin_lat=36.7, origin_lon=117.5,
        stop_ids=stop_ids, stop_codes=stop_ids, stop_names=stop_ids,
        stop_lat=np.zeros(len(stop_ids)), stop_lon=np.zeros(len(stop_ids)),
        route_ids=route_ids, route_short_names=route_ids, route_long_names=route_ids, route_colors=route_ids,
        route_text_colors=route_ids, route_types=np.full(patterns, 3, np.int32), headsigns=Strings.of([""]),
        service_ids=Strings.of(["daily"]), block_ids=Strings.of("0123"), trip_ids=trip_ids,
        patterns=PatternColumns(
            np.arange(0, patterns * stops + 1, stops, dtype=np.int32), np.arange(patterns * stops, dtype=np.int32),
            np.tile(np.arange(1, stops + 1, dtype=np.int32), patterns), distance.ravel(),
            np.arange(patterns, dtype=np.int32), np.zeros(patterns, np.int8), np.zeros(patterns, np.int32),
        ),
        shapes=ShapeColumns(np.arange(patterns + 1, dtype=np.int32), _straights(distance[:, -1]), distance[:, -1].copy()),
        shape_start=np.zeros(patterns + 1, np.int32), shape_lat=np.zeros(0, np.float32), shape_lon=np.zeros(0, np.float32),
        trips=TripColumns(
            pattern_of, zeros, block, zeros, np.arange(0, arrival.size + 1, stops, dtype=np.int64), arrival.ravel(),
            departure.ravel(), (random.random(arrival.size) < 0.25).astype(np.uint8), np.zeros(len(block), np.uint8),
        ),
        blocks=BlockColumns(np.arange(0, len(order) + 1, len(order) // 4, dtype=np.int32), order, position),
        frequencies=FrequencyColumns(none, none, none, none),
        calendar=CalendarColumns(DATE.toordinal() - 1, np.ones((1, 3), np.uint8)),
        grid=GridColumns(0.0, 0.0, 100.0, 1, 1, np.zeros(2, np.int32), none, none),
        stop_table=NO_IDS, route_table=NO_IDS, trip_table=NO_IDS,
    )


def _straights(length: F32) -> F32:
    """[P, 8] one segment each."""
    rows = np.zeros((len(length), 8), np.float32)
    rows[:, 1], rows[:, 2], rows[:, 4], rows[:, 6], rows[:, 7] = 10_000.0 * np.arange(len(length)), 1.0, length, 1.0, 90.0
    return rows


def without_timepoints(network: Network) -> Network:
    """The same network where no bus waits for its time but at the first stop."""
    return dataclasses.replace(network, trips=network.trips._replace(timepoint=np.zeros_like(network.trips.timepoint)))


def days_of(network: Network) -> tuple[ServiceDay, ...]:
    """Yesterday, DATE and tomorrow."""
    return service_days(network, NOON)


def vehicle(network: Network, trip: int = -1, progress: float = 0.0, timestamp: float = NOON, **fields: float) -> Records:
    """One vehicle record, in service on `trip` (or on the pattern given); further fields by name."""
    record = np.zeros(1, VEHICLE)
    for name in ("pending_arrival", "event_time", "speed", "service_day"):
        record[name] = np.nan
    for name in ("pattern", "trip", "route", "last_trip", "piece"):
        record[name] = -1
    record["timestamp"], record["heard"], record["progress"], record["trip"] = timestamp, timestamp, progress, trip
    if trip >= 0:
        record["pattern"], record["service_day"] = network.trips.pattern[trip], DAY
    for name, value in fields.items():
        record[name] = value
    return record


def centred() -> Intervals:
    """Intervals whose first published points are the means of the predictions."""
    intervals = Intervals(IntervalParameters())
    intervals.middle[:] = 0.0
    return intervals


def events_of(*rows: tuple[int, int, int, float, float]) -> EventColumns:
    """Stop events: (vehicle, trip, pattern stop, arrival, departure) each."""
    vehicles, trips, stops, arrivals, departures = zip(*rows) if rows else ((),) * 5
    integers = (np.array(column, np.int32) for column in (vehicles, trips, stops))
    return EventColumns(*integers, np.array(arrivals, np.float64), np.array(departures, np.float64), np.ones(len(rows), np.float32))


def scheduled(network: Network, trip: int, k: int) -> float:
    """Epoch s of the scheduled arrival of a trip of DATE at its k-th stop."""
    return DAY + float(network.trips.arrival[network.trips.start[trip] + k])
