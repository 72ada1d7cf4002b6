"""The positions of a workload as a vehicle or an agency would send them: GTFS-Realtime, JSON array, NDJSON."""

from __future__ import annotations

import math
from typing import Any

import orjson
from google.transit import gtfs_realtime_pb2

from transit.kernels.columns import I32, U8, PositionColumns


def texts(text: U8, at: I32, length: I32) -> list[str]:
    """Ids of one kind, empty where there is none."""
    raw = text.tobytes()
    return [raw[a : a + n].decode() for a, n in zip(at.tolist(), length.tolist())]


def records(positions: PositionColumns) -> list[dict[str, Any]]:
    """One dictionary a position, in the form of POST /v1/positions, unknown fields left out."""
    vehicle = texts(positions.text, positions.vehicle_at, positions.vehicle_length)
    trip = texts(positions.text, positions.trip_at, positions.trip_length)
    rows = []
    for i, (lat, lon) in enumerate(zip(positions.lat.tolist(), positions.lon.tolist())):
        row: dict[str, Any] = {"vehicle_id": vehicle[i], "timestamp_unix": float(positions.timestamp[i])}
        row |= {"lat": round(lat, 6), "lon": round(lon, 6)}
        if trip[i]:
            row["trip_id"] = trip[i]
        for name, value in (("bearing", float(positions.bearing[i])), ("speed_mps", float(positions.speed[i]))):
            if not math.isnan(value):
                row[name] = round(value, 1)
        rows.append(row)
    return rows


def json_array(positions: PositionColumns) -> bytes:
    """A JSON array of objects."""
    return orjson.dumps(records(positions))


def ndjson(positions: PositionColumns) -> bytes:
    """An object a line."""
    return b"\n".join(map(orjson.dumps, records(positions)))


def gtfs_rt(positions: PositionColumns) -> bytes:
    """A FeedMessage of VehiclePositions, written by the protobuf library."""
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(positions.received[0])
    for i, row in enumerate(records(positions)):
        entity = feed.entity.add(id=str(i))
        entity.vehicle.vehicle.id = row["vehicle_id"]
        entity.vehicle.timestamp = int(row["timestamp_unix"])
        entity.vehicle.position.latitude, entity.vehicle.position.longitude = row["lat"], row["lon"]
        if "trip_id" in row:
            entity.vehicle.trip.trip_id = row["trip_id"]
        if "bearing" in row:
            entity.vehicle.position.bearing = row["bearing"]
        if "speed_mps" in row:
            entity.vehicle.position.speed = row["speed_mps"]
    raw: bytes = feed.SerializeToString()
    return raw
