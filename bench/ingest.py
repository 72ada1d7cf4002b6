"""Bytes in → fleet state and predictions at every stop ahead, on one core.

Whole feeds of one position a vehicle, as GTFS-Realtime, JSON array and NDJSON, through decoder, City.absorb and the predictor.
The baselines decode the same bytes as one would without kernels (the protobuf library and a Python loop; orjson and a loop;
pydantic models), and then go through the same engine. Notes say where the time goes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import orjson
from google.transit import gtfs_realtime_pb2
from pydantic import BaseModel, Field, TypeAdapter

from bench import payloads
from bench.rows import Row
from bench.workload import synthetic_fleet, synthetic_network
from feeds import gtfs_rt, positions_json
from server.city import City
from transit.fleet import Fleet, copy_records
from transit.kernels.columns import PositionColumns
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.prediction import Predictor
from transit.service_day import service_days
from transit.tracker import Tracker

WARM = 3
"""feeds that only warm up"""
TURN = 6
"""feeds that a contender takes before the next one has its turn: one engine has the caches to itself, as a server's has"""
Decode = Callable[[bytes, float], PositionColumns]


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in positions/s."""
    vehicles, batches = (300, 6) if smoke else (5000, 24)
    network = synthetic_network(patterns=40 if smoke else 600)
    positions = synthetic_fleet(network, vehicles=vehicles, batches=batches).batches
    # as an agency's feed has them, in the same order each time; random order is what locate measures
    feeds = [payloads.gtfs_rt(one) for one in positions]
    arrays = [payloads.json_array(one) for one in positions]
    lines = [payloads.ndjson(one) for one in positions]
    moments = [float(one.received[0]) for one in positions]
    results = _race(
        network,
        moments,
        [
            (_decode_gtfs_rt, feeds),
            (_protobuf_loop, feeds),
            (_decode_json, arrays),
            (_orjson_loop, arrays),
            (_pydantic_loop, arrays),
            (_decode_ndjson, lines),
            (_orjson_lines, lines),
        ],
    )
    (rt, rt_decode), (upb, upb_decode), (array, _), (loads, _), (model, _), (nd, _), (nd_loads, _) = results
    yield _row("GTFS-RT bytes to predictions", vehicles, rt, upb, "protobuf library + Python loop")
    yield _row("GTFS-RT bytes to columns alone", vehicles, rt_decode, upb_decode, "protobuf library + Python loop")
    yield _row("JSON array to predictions", vehicles, array, loads, "orjson + Python loop")
    yield _row("JSON array to predictions, beside pydantic", vehicles, array, model, "pydantic models + Python loop")
    yield _row("NDJSON to predictions", vehicles, nd, nd_loads, "orjson + Python loop")
    wanted = "wanted at least"
    yield Row("GTFS-RT bytes to predictions, beside the aim", vehicles / rt, 1.5e6, wanted, "positions/s", True)
    yield Row("JSON array to predictions, beside the aim", vehicles / array, 0.8e6, wanted, "positions/s", True)
    yield _single(network, moments, positions)
    yield from _stages(network, moments, feeds, arrays, vehicles)


def _single(network: Network, moments: Sequence[float], positions: Sequence[PositionColumns]) -> Row:
    """Vehicles that send a message each, as they do over HTTP and WebSocket; a step takes a thousand of them."""
    cities = City(network), City(network)
    best = [np.inf, np.inf]
    for k, now in enumerate(moments):
        messages = [orjson.dumps(one) for one in payloads.records(positions[k])[:1000]]
        for c, decode in enumerate((_decode_json, _pydantic_single)):
            begun = time.perf_counter()
            cities[c].absorb(now, [decode(one, now) for one in messages])
            spent = (time.perf_counter() - begun) / len(messages)
            if k >= WARM:
                best[c] = min(best[c], spent)
    name = "pydantic model + same engine"
    return Row("one position a message, JSON to fleet state", 1.0 / best[0], 1.0 / best[1], name, "positions/s", True)


def _row(name: str, vehicles: int, ours: float, baseline: float, baseline_name: str) -> Row:
    return Row(name, vehicles / ours, vehicles / baseline, baseline_name, "positions/s", True)


def _race(
    network: Network, moments: Sequence[float], contenders: Sequence[tuple[Decode, Sequence[bytes]]]
) -> list[tuple[float, float]]:
    """(least seconds a feed, of decoding alone) of each contender; each has an engine of its own, and they take turns."""
    cities = [City(network) for _ in contenders]
    predictors = [Predictor(network, PredictionParameters()) for _ in contenders]
    days = service_days(network, moments[0])
    best = [(np.inf, np.inf)] * len(contenders)
    for turn in range(0, len(moments), TURN):
        for c, (decode, feeds) in enumerate(contenders):
            city = cities[c]
            for k, now in list(enumerate(moments))[turn : turn + TURN]:
                begun = time.perf_counter()
                positions = decode(feeds[k], now)
                decoded = time.perf_counter()
                city.absorb(now, [positions])
                predictors[c].predict_runs(city.fleet.columns.vehicles, now, days)
                done = time.perf_counter()
                if k >= WARM:
                    best[c] = min(best[c][0], done - begun), min(best[c][1], decoded - begun)
    return best


def _stages(
    network: Network, moments: Sequence[float], feeds: Sequence[bytes], arrays: Sequence[bytes], vehicles: int
) -> Iterator[str]:
    """Least nanoseconds a position of each stage."""
    fleet = Fleet()
    tracker, predictor = Tracker(network, fleet), Predictor(network, PredictionParameters())
    names = ("decode JSON", "decode GTFS-RT", "ids and local metres", "kernels", "learn", "predict", "order by stop")
    best = dict.fromkeys(names, np.inf)
    for k, now in enumerate(moments):
        tracker.turn_to(now)
        marks = [time.perf_counter()]
        _decode_json(arrays[k], now)
        marks.append(time.perf_counter())
        positions = _decode_gtfs_rt(feeds[k], now)
        marks.append(time.perf_counter())
        reports = tracker.resolve(positions)
        before = copy_records(fleet.columns.vehicles)
        marks.append(time.perf_counter())
        _, events = tracker.track(reports)
        marks.append(time.perf_counter())
        after = fleet.columns.vehicles
        predictor.learn(before, after, events, now, tracker.days)
        marks.append(time.perf_counter())
        predictor.predict_runs(after, now, tracker.days)
        marks.append(time.perf_counter())
        predictor.predict(after, now, tracker.days)
        marks.append(time.perf_counter())
        if k >= WARM:
            for name, spent in zip(names, np.diff(marks).tolist()):
                best[name] = min(best[name], spent)
    best["order by stop"] -= best["predict"]
    yield "ns a position: " + ", ".join(f"{name} {seconds / vehicles * 1e9:.0f}" for name, seconds in best.items())
    rows = predictor.predict(fleet.columns.vehicles, moments[-1], tracker.days)[0].vehicle
    yield f"calls predicted: {len(rows) / vehicles:.1f} a vehicle"


def _decode_gtfs_rt(raw: bytes, received: float) -> PositionColumns:
    return gtfs_rt.decode_positions(raw, received)[0]


def _decode_json(raw: bytes, received: float) -> PositionColumns:
    return positions_json.decode_positions(raw, received, "json")[0]


def _decode_ndjson(raw: bytes, received: float) -> PositionColumns:
    return positions_json.decode_positions(raw, received, "ndjson")[0]


def _protobuf_loop(raw: bytes, received: float) -> PositionColumns:
    """What one writes with the protobuf library: attribute by attribute into lists."""
    feed = gtfs_realtime_pb2.FeedMessage.FromString(raw)
    rows = []
    for entity in feed.entity:
        vehicle = entity.vehicle
        place, trip = vehicle.position, vehicle.trip
        rows.append(
            (
                vehicle.vehicle.id, trip.trip_id, trip.route_id, vehicle.timestamp, place.latitude, place.longitude,
                place.bearing if place.HasField("bearing") else None, place.speed if place.HasField("speed") else None,
            )
        )  # fmt: skip
    return _columns(rows, received)


def _orjson_loop(raw: bytes, received: float) -> PositionColumns:
    return _columns([_fields(one) for one in orjson.loads(raw)], received)


def _orjson_lines(raw: bytes, received: float) -> PositionColumns:
    return _columns([_fields(orjson.loads(line)) for line in raw.splitlines()], received)


def _fields(one: dict[str, Any]) -> tuple[Any, ...]:
    return (
        one["vehicle_id"], one.get("trip_id", ""), one.get("route_id", ""), one["timestamp_unix"], one["lat"], one["lon"],
        one.get("bearing"), one.get("speed_mps"),
    )  # fmt: skip


class _Position(BaseModel):
    """What a FastAPI body parameter would be."""

    vehicle_id: str
    timestamp_unix: float
    lat: float = Field(ge=-90, le=90)
    lon: float = Field(ge=-180, le=180)
    trip_id: str = ""
    route_id: str = ""
    bearing: float | None = None
    speed_mps: float | None = None


_MODEL, _MODELS = TypeAdapter(_Position), TypeAdapter(list[_Position])


def _pydantic_loop(raw: bytes, received: float) -> PositionColumns:
    return _columns([_values(one) for one in _MODELS.validate_json(raw)], received)


def _pydantic_single(raw: bytes, received: float) -> PositionColumns:
    return _columns([_values(_MODEL.validate_json(raw))], received)


def _values(one: _Position) -> tuple[Any, ...]:
    return one.vehicle_id, one.trip_id, one.route_id, one.timestamp_unix, one.lat, one.lon, one.bearing, one.speed_mps


def _columns(rows: list[tuple[Any, ...]], received: float) -> PositionColumns:
    """Rows (vehicle, trip, route, timestamp, lat, lon, bearing, speed) to the columns that the engine takes."""
    vehicle, trip, route, timestamp, lat, lon, bearing, speed = zip(*rows)
    encoded = [one.encode() for ids in (vehicle, trip, route) for one in ids]
    lengths = np.fromiter(map(len, encoded), np.int32, len(encoded)).reshape(3, -1)
    starts = (np.cumsum(lengths.ravel()) - lengths.ravel()).astype(np.int32).reshape(3, -1)
    text = np.frombuffer(b"".join(encoded), np.uint8)
    return PositionColumns(
        text, starts[0], lengths[0], starts[1], lengths[1], starts[2], lengths[2], np.array(timestamp, np.float64),
        np.full(len(rows), received), np.array(lat, np.float64), np.array(lon, np.float64), np.array(bearing, np.float32),
        np.array(speed, np.float32),
    )  # fmt: skip
