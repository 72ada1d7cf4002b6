"""The slow twin of feeds.positions_json: orjson over everything, then one check after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import orjson

NAMES = ("vehicle_id", "trip_id", "route_id", "timestamp_unix", "lat", "lon", "bearing", "speed_mps")


class Row(NamedTuple):
    """One accepted position; None is unknown."""

    vehicle: str
    trip: str
    route: str
    timestamp: float
    lat: float | None
    lon: float | None
    bearing: float | None
    speed: float | None


class Refused(Exception):
    """(field, reason) of an item."""


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def text(item: dict[str, Any], field: str) -> str:
    value = item.get(field)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Refused(field, f"{field}_not_text")
    if len(str(value).encode()) > 255:
        raise Refused(field, f"{field}_too_long")
    return str(value)


def number(item: dict[str, Any], field: str) -> float | None:
    value = item.get(field)
    if value is not None and not is_number(value):
        raise Refused(field, f"{field}_not_a_number")
    return None if value is None else float(value)


def time(item: dict[str, Any]) -> float:
    value = item.get("timestamp_unix")
    if value is None:
        raise Refused("timestamp_unix", "timestamp_unix_missing")
    if isinstance(value, str):
        try:
            when = datetime.fromisoformat(value)
        except ValueError:
            raise Refused("timestamp_unix", "timestamp_unix_not_a_time") from None
        if when.tzinfo is None:
            raise Refused("timestamp_unix", "timestamp_unix_not_a_time")
        value = when.timestamp()
    elif not is_number(value):
        raise Refused("timestamp_unix", "timestamp_unix_not_a_number")
    if not 0 < value < 1e11:
        raise Refused("timestamp_unix", "timestamp_unix_out_of_range")
    return float(value)


def read(item: Any) -> Row:
    if not isinstance(item, dict):
        raise Refused("", "not_an_object")
    vehicle = text(item, "vehicle_id")
    if not vehicle:
        raise Refused("vehicle_id", "vehicle_id_missing")
    trip, route = text(item, "trip_id"), text(item, "route_id")
    for field, limit in (("lat", 90), ("lon", 180)):
        if field not in item:
            raise Refused(field, f"{field}_missing")
        if abs(number(item, field) or 0) > limit:
            raise Refused(field, f"{field}_out_of_range")
    lat, lon = number(item, "lat"), number(item, "lon")
    if lat is None or lon is None:
        lat = lon = None
    bearing, speed = number(item, "bearing"), number(item, "speed_mps")
    return Row(
        vehicle,
        trip,
        route,
        time(item),
        lat,
        lon,
        bearing if bearing is not None and 0 <= bearing <= 360 else None,
        speed if speed is not None and 0 <= speed <= 1000 else None,
    )


def decode_items(items: list[Any], pointer: str = "/{row}/{field}") -> tuple[list[Row], list[tuple[str, str]]]:
    rows, refused = [], []
    for k, item in enumerate(items):
        try:
            if isinstance(item, Refused):
                raise item
            rows.append(read(item))
        except Refused as problem:
            field, reason = problem.args
            refused.append((pointer.format(row=k, field=field).rstrip("/"), reason))
    return rows, refused


def decode_lines(body: bytes) -> tuple[list[Row], list[tuple[str, str]]]:
    items: list[Any] = []
    for line in body.split(b"\n"):
        if line.strip(b" \t\r"):
            try:
                items.append(orjson.loads(line))
            except orjson.JSONDecodeError:
                items.append(Refused("", "not_json"))
    return decode_items(items)


def decode_document(body: bytes) -> tuple[list[Row], list[tuple[str, str]]] | None:
    """None when the body is an error as a whole."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(document, list):
        return decode_items(document)
    if not isinstance(document, dict):
        return None
    if "positions" in document:
        positions = document["positions"]
        return decode_items(positions, "/positions/{row}/{field}") if isinstance(positions, list) else None
    columns = {name: values for name, values in document.items() if name in NAMES and isinstance(values, list)}
    if not columns:
        return decode_items([document], "/{field}")
    if not {"vehicle_id", "timestamp_unix", "lat", "lon"} <= set(columns) or len({len(one) for one in columns.values()}) > 1:
        return None
    return decode_items([dict(zip(columns, row)) for row in zip(*columns.values())], "/{field}/{row}")
