"""A stretch of the simulated district's day as recorded files: positions, arrivals (exact), and the truth of each position.

Same forms as `interfaces` names for positions and arrivals; `labels` has one row a position, in the same order, with what
the vehicle really did. For tests, benches and for trying `replay`, `learn` and `score` without a real feed.
"""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from feeds.simulated import District
from feeds.simulated_dispatch import Phase
from feeds.simulated_equipment import Reports
from feeds.simulated_motion import Calls

POSITIONS = "vehicle_id,trip_id,route_id,timestamp_unix,received_unix,lat,lon,bearing,speed_mps"
ARRIVALS = "trip_id,stop_sequence,stop_id,arrival_unix,uncertainty_s,vehicle_id,departure_unix,service_day_unix"
LABELS = "vehicle_id,timestamp_unix,phase,trip_id,route_id,direction_id,shape_dist_m"


class Recording(NamedTuple):
    """Text of three CSV files."""

    positions: str
    arrivals: str
    labels: str


def record(district: District, at: float, seconds: float) -> Recording:
    """Start the district at `at` (epoch s) and record it for so many seconds, header lines included."""
    district.start(at)
    reports = district.advance(at + seconds)
    calls = district.take_calls()
    return Recording(
        _text(POSITIONS, _positions(district, reports)),
        _text(ARRIVALS, _arrivals(district, calls)),
        _text(LABELS, _labels(district, reports)),
    )


def write_recording(recording: Recording, folder: Path) -> None:
    """positions.csv, arrivals.csv and labels.csv in a folder, which is made when it does not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in recording._asdict().items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")


def _text(header: str, rows: Iterable[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def _number(value: float, digits: int) -> str:
    return "" if np.isnan(value) else f"{value:.{digits}f}"


def _positions(district: District, reports: Reports) -> Iterable[str]:
    for i, vehicle in enumerate(reports.vehicle.tolist()):
        trip = district.trip_ids[reports.trip[i]] if reports.trip[i] >= 0 else ""
        route = district.route_ids[reports.route[i]] if reports.route[i] >= 0 else ""
        yield (
            f"{district.vehicle_ids[vehicle]},{trip},{route},{reports.timestamp[i]:.0f},{reports.received[i]:.3f},"
            f"{reports.lat[i]:.6f},{reports.lon[i]:.6f},{_number(reports.bearing[i], 1)},{_number(reports.speed[i], 1)}"
        )


def _arrivals(district: District, calls: Calls) -> Iterable[str]:
    table, ways = district.timetable, district.ways
    for i, run in enumerate(calls.run.tolist()):
        stop = ways.stops[ways.stop[ways.stop_start[table.run_pattern[run]] + calls.nth[i]]]
        yield (
            f"{district.trip_ids[table.run_trip[run]]},{calls.nth[i] + 1},{stop.stop_id},{calls.arrival[i]:.0f},0.5,"
            f"{district.vehicle_ids[calls.vehicle[i]]},{calls.departure[i]:.0f},{calls.day[i]:.0f}"
        )


def _labels(district: District, reports: Reports) -> Iterable[str]:
    table, ways = district.timetable, district.ways
    for i, vehicle in enumerate(reports.vehicle.tolist()):
        trip = route = direction = ""
        if reports.run[i] >= 0:
            pattern = ways.patterns[reports.pattern[i]]
            trip = district.trip_ids[table.run_trip[reports.run[i]]]
            route, direction = district.route_ids[pattern.route], str(pattern.direction)
        yield (
            f"{district.vehicle_ids[vehicle]},{reports.timestamp[i]:.0f},{Phase(int(reports.phase[i])).word},"
            f"{trip},{route},{direction},{_number(reports.distance[i], 1)}"
        )
