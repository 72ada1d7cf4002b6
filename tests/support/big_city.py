"""A feed of a million stop times: 300 lines in both directions, 40 stops each, 42 trips a direction, whole minutes."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import numpy as np

from tests.support.tiny_city import AGENCY

LINES, STOPS, TRIPS, POINTS = 300, 40, 42, 200
CALENDAR = """\
service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date
DAILY,1,1,1,1,1,1,1,20260101,20261231
"""


def write_big_feed(path: Path, lines: int = LINES) -> Path:
    """Write the feed, always the same, to a zip; `lines` routes of it."""
    rng = np.random.default_rng(5)
    tables: dict[str, list[str]] = {
        "stops.txt": ["stop_id,stop_name,stop_lat,stop_lon"],
        "routes.txt": ["route_id,agency_id,route_short_name,route_type"],
        "shapes.txt": ["shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence"],
        "trips.txt": ["route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id"],
        "stop_times.txt": ["trip_id,arrival_time,departure_time,stop_id,stop_sequence"],
    }
    for line in range(lines):
        tables["routes.txt"].append(f"R{line},ZQ,{line}路,3")
        course = _course(rng)
        for direction in (0, 1):
            _direction(tables, f"{line}-{direction}", line, direction, course[:: 1 - 2 * direction], rng)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("agency.txt", AGENCY)
        archive.writestr("calendar.txt", CALENDAR)
        for name, rows in tables.items():
            archive.writestr(name, "\n".join(rows) + "\n")
    return path


def _course(rng: np.random.Generator) -> list[tuple[float, float]]:
    heading = rng.uniform(0, 2 * math.pi) + np.cumsum(rng.normal(0, 0.1, POINTS))
    lat = 36.71 + rng.uniform(-0.15, 0.15) + np.cumsum(np.cos(heading)) * 80 / 110_980
    lon = 117.53 + rng.uniform(-0.2, 0.2) + np.cumsum(np.sin(heading)) * 80 / 89_360
    return list(zip(lat.tolist(), lon.tolist()))


def _direction(
    tables: dict[str, list[str]],
    name: str,
    line: int,
    direction: int,
    course: list[tuple[float, float]],
    rng: np.random.Generator,
) -> None:
    tables["shapes.txt"] += [f"{name},{lat:.6f},{lon:.6f},{k}" for k, (lat, lon) in enumerate(course)]
    places = [course[k * (POINTS - 1) // (STOPS - 1)] for k in range(STOPS)]
    tables["stops.txt"] += [f"{name}-{k},{line}路第{k}站,{lat + 5e-5:.6f},{lon:.6f}" for k, (lat, lon) in enumerate(places)]
    for trip in range(TRIPS):
        tables["trips.txt"].append(f"R{line},DAILY,trip-{name}-{trip},终点站,{direction},B{line}-{direction}-{trip % 6},{name}")
        seconds = 5 * 3600 + trip * 1500 + np.cumsum(rng.integers(40, 90, STOPS))
        for k, minute in enumerate((seconds // 60).tolist()):
            clock = f"{minute // 60:02d}:{minute % 60:02d}:00"
            tables["stop_times.txt"].append(f"trip-{name}-{trip},{clock},{clock},{name}-{k},{k + 1}")
