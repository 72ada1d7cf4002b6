"""A made-up stop and what drives to it, for tests of boards: a Network and Snapshots built by hand, every number visible.

Line 11 (route index 0) runs A–B–C–D, stops 500 m apart, every ten minutes from 06:00 to 21:30, two minutes a stop.
Line K2 (1) runs C–A by headway, every 8 minutes from 07:00 to 20:00. Line 9 (2) runs B–C at 12:00 on Sundays only.
Everything happens on Monday 2026-11-23 in Asia/Shanghai unless a test says otherwise.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np

from transit.kernels.columns import (
    VEHICLE,
    ArrivalColumns,
    BlockColumns,
    CalendarColumns,
    EventColumns,
    FrequencyColumns,
    GridColumns,
    MatchColumns,
    PatternColumns,
    ShapeColumns,
    TripColumns,
)  # fmt: skip
from transit.kernels.identity import build_table
from transit.model import Source, State
from transit.network import Network
from transit.snapshot import Snapshot
from transit.strings import Strings

TIMEZONE = "Asia/Shanghai"
MONDAY = datetime.date(2026, 11, 23)
MIDNIGHT = datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone(datetime.timedelta(hours=8))).timestamp()
A, B, C, D = range(4)
STOP_NAMES = ("龙泉大厦", "百脉泉", "实验中学", "汽车总站")
Trip = tuple[int, int, list[int]]
"""(pattern, service, departure s at each stop)"""


def at(clock: str) -> float:
    """Epoch s of HH:MM[:SS] on the Monday; hours may pass 24."""
    parts = [int(part) for part in clock.split(":")] + [0]
    return MIDNIGHT + parts[0] * 3600 + parts[1] * 60 + parts[2]


@cache
def line_11_trips() -> tuple[int, int]:
    """(first trip index, how many) of line 11."""
    return 0, len(range(6 * 3600, 21 * 3600 + 1801, 600))


def trip_at(clock: str) -> int:
    """The trip of line 11 that leaves A at HH:MM."""
    return int((at(clock) - at("06:00")) // 600)


@cache
def network() -> Network:
    """The district of the module's docstring."""
    patterns = [(0, 0, "汽车总站", [A, B, C, D]), (1, 1, "龙泉大厦", [C, B, A]), (2, 0, "", [B, C])]
    trips: list[Trip] = [(0, 0, [start + 120 * k for k in range(4)]) for start in range(6 * 3600, 21 * 3600 + 1801, 600)]
    trips += [(1, 0, [0, 180, 360]), (2, 1, [12 * 3600, 12 * 3600 + 300])]
    template = len(trips) - 2
    weekdays = np.array([[1] * 6 + [0], [0] * 6 + [1]], np.uint8)
    return make_network(
        patterns, trips, ("11", "K2", "9"), np.tile(weekdays, 2), templates=[template],
        frequencies=[(template, 7 * 3600, 20 * 3600, 480)],
    )  # fmt: skip


def make_network(
    patterns: Sequence[tuple[int, int, str, list[int]]], trips: Sequence[Trip], routes: Sequence[str], active: np.ndarray,
    templates: Sequence[int] = (), frequencies: Iterable[tuple[int, int, int, int]] = (), timezone: str = TIMEZONE,
    first_date: datetime.date = MONDAY,
) -> Network:  # fmt: skip
    """A Network of patterns (route, direction, headsign, stops) 500 m apart and trips; shapes and grid stay empty."""
    headsigns = sorted({pattern[2] for pattern in patterns})
    stops = [stop for pattern in patterns for stop in pattern[3]]
    counts = [len(pattern[3]) for pattern in patterns]
    times = np.array([second for trip in trips for second in trip[2]], np.int32)
    template = np.zeros(len(trips), np.uint8)
    template[list(templates)] = 1
    signs = np.array([headsigns.index(pattern[2]) for pattern in patterns], np.int32)
    of_trip = np.array([trip[0] for trip in trips], np.int32)
    rows = np.array(list(frequencies), np.int32).reshape(-1, 4)
    empty, nothing = np.zeros(0, np.int32), np.zeros(0, np.float32)
    ids = Strings.of(f"S{i}" for i in range(len(STOP_NAMES)))
    route_ids, trip_ids = Strings.of(f"R{name}" for name in routes), Strings.of(f"T{i}" for i in range(len(trips)))
    return Network(
        version="test", timezone=timezone, agency="章丘公交", origin_lat=36.7, origin_lon=117.5,
        stop_ids=ids, stop_codes=ids, stop_names=Strings.of(STOP_NAMES),
        stop_lat=36.7 + 0.005 * np.arange(4), stop_lon=117.5 + 0.005 * np.arange(4),
        route_ids=route_ids, route_short_names=Strings.of(routes), route_long_names=Strings.of(routes),
        route_colors=Strings.of(["E2483D", "", ""][: len(routes)]), route_text_colors=Strings.of([""] * len(routes)),
        route_types=np.full(len(routes), 3, np.int32), headsigns=Strings.of(headsigns),
        service_ids=Strings.of(f"W{i}" for i in range(len(active))), block_ids=Strings.of([]), trip_ids=trip_ids,
        patterns=PatternColumns(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), np.array(stops, np.int32),
            np.concatenate([np.arange(1, n + 1) for n in counts]).astype(np.int32),
            np.concatenate([500.0 * np.arange(n) for n in counts]).astype(np.float32),
            np.array([p[0] for p in patterns], np.int32), np.array([p[1] for p in patterns], np.int8), signs,
        ),
        shapes=ShapeColumns(np.zeros(len(patterns) + 1, np.int32), np.zeros((0, 8), np.float32), nothing),
        shape_start=np.zeros(len(patterns) + 1, np.int32), shape_lat=nothing, shape_lon=nothing,
        trips=TripColumns(
            of_trip, np.array([trip[1] for trip in trips], np.int32), np.full(len(trips), -1, np.int32), signs[of_trip],
            np.concatenate([[0], np.cumsum([len(trip[2]) for trip in trips])]).astype(np.int64), times, times,
            np.zeros(len(times), np.uint8), template,
        ),
        blocks=BlockColumns(np.zeros(1, np.int32), empty, np.full(len(trips), -1, np.int32)),
        frequencies=FrequencyColumns(*rows.T.copy()),
        calendar=CalendarColumns(first_date.toordinal(), active),
        grid=GridColumns(0.0, 0.0, 100.0, 1, 1, np.zeros(2, np.int32), empty, empty),
        stop_table=build_table(ids.starts, ids.text), route_table=build_table(route_ids.starts, route_ids.text),
        trip_table=build_table(trip_ids.starts, trip_ids.text),
    )  # fmt: skip


def vehicle(now: float, progress: float = 0.0, trip: int = -1, pattern: int = 0, **fields: Any) -> dict[str, Any]:
    """A bus in service whose fix is 5 s old; `fields` of VEHICLE override."""
    return {
        "timestamp": now - 5, "heard": now - 5, "moved": now - 5, "progress": progress, "pattern": pattern, "trip": trip,
        "last_trip": -1, "state": State.IN_SERVICE, "service_day": MIDNIGHT if trip >= 0 else np.nan,
    } | fields  # fmt: skip


def call(stop: int, vehicle: int, trip: int, pattern_stop: int, arrival: float, **fields: Any) -> dict[str, Any]:
    """A predicted call, 15 s of dwell."""
    return {
        "stop": stop, "vehicle": vehicle, "pattern_stop": pattern_stop, "trip": trip,
        "service_day": MIDNIGHT if trip >= 0 else np.nan, "arrival": arrival, "departure": arrival + 15, "source": Source.LIVE,
        "p10": np.nan, "p90": np.nan,
    } | fields  # fmt: skip


def snapshot(
    now: float, vehicles: Sequence[dict[str, Any]] = (), calls: Sequence[dict[str, Any]] = (), net: Network | None = None,
    last_received: float | None = None, number: int = 1,
) -> Snapshot:  # fmt: skip
    """What City would publish: calls sorted by stop, then arrival."""
    net = net or network()
    records = np.zeros(len(vehicles), VEHICLE)
    for i, fields in enumerate(vehicles):
        for name, value in fields.items():
            records[i][name] = value
    rows = sorted(calls, key=lambda row: (row["stop"], row["arrival"]))
    types = (np.int32, np.int32, np.int32, np.float64, np.float64, np.float64, np.uint8, np.float64, np.float64)
    arrivals = ArrivalColumns(*(np.array([row[f] for row in rows], t) for f, t in zip(ArrivalColumns._fields, types)))
    start = np.searchsorted([row["stop"] for row in rows], np.arange(len(net.stop_ids) + 1)).astype(np.int32)
    empty = np.zeros(0, np.int32)
    return Snapshot(
        number=number, now=now, network=net, vehicles=records, vehicle_ids=[f"鲁A{i:05}D" for i in range(len(vehicles))],
        arrivals=arrivals, arrival_start=start, last_received=now - 4 if last_received is None else last_received,
        matches=MatchColumns(*[empty] * 6), events=EventColumns(*[empty] * 6),
    )  # fmt: skip
