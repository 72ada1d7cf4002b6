"""shapes.txt: the polylines of the patterns, the stops placed on them, straight lines where there is no usable shape."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from feeds.gtfs_entities import Stops, bad_coordinates
from feeds.gtfs_patterns import Patterns
from feeds.gtfs_placement import MISFIT, Placement, Polyline, make_track, place_stops, separate, straight_line
from feeds.gtfs_report import EXAMPLES, Report
from feeds.gtfs_stop_times import StopTimes
from feeds.gtfs_tables import Column, Table
from feeds.gtfs_trips import Trips
from transit.geometry import polyline_lengths, to_local
from transit.kernels.columns import F64, I32

FAR = 100.0
"""m; a stop further from its shape is reported"""


class Courses(NamedTuple):
    """Where the patterns run."""

    lines: list[Polyline]
    """distinct polylines"""
    line_of_pattern: I32
    """[P]"""
    distance: F64
    """[Q] m along the line of each pattern stop"""


def read_shapes(table: Table, used: set[str], report: Report) -> dict[str, Polyline]:
    """The usable shapes among those that trips name, by shape_id."""
    if len(table) == 0:
        return {}
    table.require("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence")
    shape = table.column("shape_id")
    unused = [value not in used for value in shape.values]
    report.add("unused_shape", table.name, sum(unused))
    table = table.keep(~np.array(unused)[shape.codes])
    lat, lon = table.column("shape_pt_lat").numbers(), table.column("shape_pt_lon").numbers()
    wrong = bad_coordinates(lat, lon)
    report.rows("bad_coordinate", table, wrong, "shape_pt_lat")
    sequence = table.column("shape_pt_sequence").numbers()
    report.rows("bad_number", table, np.isnan(sequence) & ~wrong, "shape_pt_sequence")
    order = np.lexsort((sequence, table.column("shape_id").codes))
    order = order[~(wrong | np.isnan(sequence))[order]]
    table, lat, lon = table.keep(order), lat[order], lon[order]
    return _polylines(table, lat, lon, report)


def lay_courses(
    trips: Trips,
    times: StopTimes,
    patterns: Patterns,
    stops: Stops,
    shapes: dict[str, Polyline],
    origin: tuple[float, float],
    report: Report,
) -> Courses:
    """Give every pattern its line and place its stops on it. Patterns of one shape and one sequence of stops share the work."""
    x, y = to_local(stops.lat, stops.lon, *origin)
    names = trips.shape.texts()
    tracks = {name: make_track(line, origin) for name, line in shapes.items()}
    lines: dict[str | bytes, int] = {}
    found: list[Polyline] = []
    placed: dict[tuple[str, bytes], Placement] = {}
    line_of_pattern = np.zeros(len(patterns.route), np.int32)
    distance = np.empty(len(patterns.stop))
    far: dict[int, None] = {}
    for pattern, trip in enumerate(patterns.first_trip.tolist()):
        rows = slice(patterns.stop_start[pattern], patterns.stop_start[pattern + 1])
        stop, name = patterns.stop[rows], names[trip]
        key = (name, stop.tobytes())
        if name in shapes and key not in placed:
            traveled = times.traveled[times.start[trip] : times.start[trip + 1]]
            placed[key] = place_stops(shapes[name], tracks[name], x[stop], y[stop], stop, traveled)
        if name in shapes and np.median(placed[key].offset) <= MISFIT:
            line, distance[rows], own = shapes[name], placed[key].distance, name
            far.update(dict.fromkeys(stop[placed[key].offset > FAR].tolist()))
        else:
            line, along = straight_line(stops.lat[stop], stops.lon[stop])
            distance[rows], own = separate(along, stop, line.along[-1]), stop.tobytes()
            _count_straight(report, trips, trip, name, name in shapes)
        line_of_pattern[pattern] = lines.setdefault(own, len(found))
        if lines[own] == len(found):
            found.append(line)
    report.add("stop_far_from_shape", "stops.txt", len(far), stops.lines[list(far)[:EXAMPLES]])
    return Courses(found, line_of_pattern, distance)


def report_shapes(trips: Trips, table: Table, report: Report) -> None:
    """Count trips that name a shape the feed does not have."""
    known = set(table.column("shape_id").values) if len(table) else set()
    wrong = np.array([value != "" and value not in known for value in trips.shape.values])[trips.shape.codes]
    report.rows("unknown_shape", trips.table, wrong, "shape_id")


def _count_straight(report: Report, trips: Trips, trip: int, name: str, misfit: bool) -> None:
    reason = "shape_misfit" if misfit else "straight_shapes"
    report.add(reason, "trips.txt", 1, trips.table.lines[[trip]], "shape_id", [name])


def _polylines(table: Table, lat: F64, lon: F64, report: Report) -> dict[str, Polyline]:
    shape: Column = table.column("shape_id")
    traveled = table.column("shape_dist_traveled").numbers()
    bounds = np.flatnonzero(np.diff(shape.codes, prepend=-1, append=-1))
    shapes = {}
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist()):
        rows = slice(first, last)
        along = polyline_lengths(lat[rows], lon[rows])
        kept = np.append(True, np.diff(along) > 0)
        if kept.sum() < 2:
            report.add("shape_too_short", table.name, 1, table.lines[[first]], "shape_id", [shape.values[shape.codes[first]]])
            continue
        line = Polyline(lat[rows][kept], lon[rows][kept], along[kept], traveled[rows][kept])
        shapes[shape.values[shape.codes[first]]] = line
    return shapes
