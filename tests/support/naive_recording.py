"""The slow twin of feeds.recording_read: a dictionary a row, plain sorting."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import NamedTuple

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)


class Row(NamedTuple):
    """One position; None is unknown."""

    vehicle: str
    trip: str
    route: str
    timestamp: float | None
    received: float
    lat: float | None
    lon: float | None
    bearing: float | None
    speed: float | None


READ = ("vehicle_id", "trip_id", "route_id", "timestamp_unix", "received_unix", "lat", "lon", "bearing", "speed_mps")


def number(cell: str) -> float | None:
    """The number, None for an empty cell or nan; ValueError when it is neither."""
    word = cell.strip()
    if cell == "" or word.lower() == "nan":
        return None
    if not NUMBER.fullmatch(word) or not math.isfinite(float(word)):
        raise ValueError(word)
    return float(word)


def read_file(text: str, counts: dict[str, int]) -> list[Row]:
    """The rows of one CSV file, each with a time of receipt; `counts` gets what was refused."""
    rows: list[list[object]] = []
    for line in csv.DictReader(io.StringIO(text, newline="")):
        if not any(line.get(name) for name in READ):  # nothing in any column that is read
            continue
        values: dict[str, float | None] = {}
        for name in ("timestamp_unix", "received_unix", "lat", "lon", "bearing", "speed_mps"):
            try:
                values[name] = number(line.get(name) or "")
            except ValueError:
                counts[f"{name}_not_a_number"] = counts.get(f"{name}_not_a_number", 0) + 1
                break
        else:
            rows.append([line["vehicle_id"], line.get("trip_id") or "", line.get("route_id") or "", values])
    times = [one[3]["received_unix"] if one[3]["received_unix"] is not None else one[3]["timestamp_unix"] for one in rows]
    for k, time in enumerate(times):
        if time is None and k > 0:
            times[k] = times[k - 1]
    known = next((time for time in times if time is not None), None)
    return [row(ids, values, known if time is None else time) for (*ids, values), time in zip(rows, times)]


def row(ids: list[str], values: dict[str, float | None], received: float) -> Row:
    lat, lon = values["lat"], values["lon"]
    if lat is None or lon is None or abs(lat) > 90 or abs(lon) > 180:
        lat = lon = None
    bearing, speed = values["bearing"], values["speed_mps"]
    if bearing is not None and not 0 <= bearing <= 360:
        bearing = None
    if speed is not None and not 0 <= speed <= 1000:
        speed = None
    return Row(*ids, values["timestamp_unix"], received, lat, lon, bearing, speed)


def read(texts: list[str]) -> tuple[list[Row], dict[str, int]]:
    """Several files, merged by time of receipt."""
    counts: dict[str, int] = {}
    rows = [row for text in texts for row in read_file(text, counts)]
    return sorted(rows, key=lambda row: row.received), counts
