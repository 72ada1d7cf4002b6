"""A GTFS feed compiled into a transit.Network.

What can be left out is skipped and counted in the Report; what cannot be read at all raises a FeedError that names file,
line and field. Reference: gtfs.org, Schedule. The steps, one file each: source and tables (bytes to factorised columns),
entities, calendar, trips, stop_times, patterns, shapes and placement (stops on shapes), times, frequencies, blocks, assembly.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from feeds.errors import FeedError
from feeds.gtfs_assembly import Parts, assemble, numbered, trip_columns
from feeds.gtfs_blocks import block_columns, report_overlaps
from feeds.gtfs_calendar import Services, read_services
from feeds.gtfs_entities import Routes, Stops, feed_version, read_agency, read_routes, read_stops
from feeds.gtfs_frequencies import read_frequencies
from feeds.gtfs_patterns import find_patterns
from feeds.gtfs_report import EXAMPLES, Report
from feeds.gtfs_shapes import lay_courses, read_shapes, report_shapes
from feeds.gtfs_source import FeedFiles, FeedSource, open_feed
from feeds.gtfs_stop_times import StopTimes, read_stop_times
from feeds.gtfs_tables import Table, empty_table, read_tables
from feeds.gtfs_times import fill_missing, mend_order, spread_ties
from feeds.gtfs_trips import Trips, read_trips
from transit.network import Network

Progress = Callable[[str, float], None]
"""Called with what is being done and the share done, 0 … 1."""


class _Timetable(NamedTuple):
    stops: Stops
    trips: Trips
    times: StopTimes


def compile_network(source: FeedSource, progress: Progress | None = None) -> tuple[Network, Report]:
    """Compile a zip, a folder or a mapping of file name to text. Raises FeedError for a feed that cannot be used."""
    say = progress or _say_nothing
    say("opening", 0.0)
    files = open_feed(source)
    report = Report(files.label)
    read = read_tables(_announced(files, say))
    for name, lines in read.ragged.items():
        report.add("ragged_row", name, len(lines), lines)
    tables = read.tables
    report.version = feed_version(_table(tables, "feed_info.txt")) or files.digest()
    say("checking", 0.3)
    agency = read_agency(tables["agency.txt"], report)
    services = read_services(_table(tables, "calendar.txt"), _table(tables, "calendar_dates.txt"), report)
    routes = read_routes(tables["routes.txt"], report)
    stops, trips, times = _read_timetable(tables, routes, services, report)
    say("placing stops on shapes", 0.35)
    headsigns, block_names = numbered(trips.headsign, blank=True), numbered(trips.block, blank=False)
    origin = (float(np.median(stops.lat)), float(np.median(stops.lon)))
    patterns = find_patterns(trips, times, headsigns.of_row)
    shapes = read_shapes(_table(tables, "shapes.txt"), set(trips.shape.texts()), report)
    report_shapes(trips, _table(tables, "shapes.txt"), report)
    courses = lay_courses(trips, times, patterns, stops, shapes, origin, report)
    distance = courses.distance[patterns.pattern_stop_of_row(times)]
    times = spread_ties(fill_missing(times, distance, report), distance, report)
    frequencies = read_frequencies(_table(tables, "frequencies.txt"), trips, report)
    parts = Parts(
        report.version, agency, stops, routes, services, trips, times,
        patterns, courses, frequencies, headsigns, block_names, origin,
    )  # fmt: skip
    columns = trip_columns(parts)
    blocks = block_columns(columns, len(block_names.texts))
    report_overlaps(blocks, columns, services.calendar, trips.table.lines, report)
    network = assemble(parts, columns, blocks, _totals(report), lambda share: say("simplifying shapes", 0.5 + 0.45 * share))
    report.counts = _contents(network)
    _describe(network, report)
    say("done", 1.0)
    return network, report


def _say_nothing(_doing: str, _share: float) -> None:
    """Progress for nobody."""


def _announced(files: FeedFiles, say: Progress) -> Iterator[tuple[str, bytes]]:
    """The tables, each announced before it is read."""
    total, done = sum(len(data) for data in files.data.values()), 0
    for name, data in files.data.items():
        say(f"reading {name}", 0.3 * done / max(1, total))
        yield name, data
        done += len(data)


def _table(tables: dict[str, Table], name: str) -> Table:
    return tables[name] if name in tables else empty_table(name)


def _read_timetable(tables: dict[str, Table], routes: Routes, services: Services, report: Report) -> _Timetable:
    """Stops that are served or are platforms, trips with usable times, and those times."""
    stops = read_stops(tables["stops.txt"], report)
    trips = read_trips(tables["trips.txt"], routes.row_of, services.row_of, report)
    times = read_stop_times(tables["stop_times.txt"], trips.row_of(), stops.row_of, report)
    counts = times.counts()
    report.rows("no_stop_times", trips.table, counts == 0, "trip_id")
    report.rows("too_few_stops", trips.table, counts == 1, "trip_id")
    trips, times = trips.keep(counts >= 2), times.keep_trips(counts >= 2)
    times, lost = mend_order(times, report)
    trips, times = trips.keep(~lost), times.keep_trips(~lost)
    if not trips.ids:
        raise FeedError("stop_times.txt", None, None, "gives no trip two stops with usable times")
    stops, times = _served(stops, times, report)
    _report_unused(tables, routes, services, trips, report)
    return _Timetable(stops, trips, times)


def _served(stops: Stops, times: StopTimes, report: Report) -> tuple[Stops, StopTimes]:
    """Without the stations, entrances and path nodes that no trip serves."""
    used = np.zeros(len(stops.ids), np.bool_)
    used[times.stop] = True
    odd, idle = np.flatnonzero(used & ~stops.platform), np.flatnonzero(~used & stops.platform)
    report.add("station_served", "stops.txt", len(odd), stops.lines[odd[:EXAMPLES]])
    report.add("unused_stop", "stops.txt", len(idle), stops.lines[idle[:EXAMPLES]])
    kept = np.flatnonzero(used | stops.platform)
    place = np.zeros(len(stops.ids), np.int32)
    place[kept] = np.arange(len(kept))
    return stops.keep(kept), times._replace(stop=place[times.stop])


def _report_unused(tables: dict[str, Table], routes: Routes, services: Services, trips: Trips, report: Report) -> None:
    idle = np.setdiff1d(np.arange(len(routes.ids)), trips.route)
    report.add("unused_route", "routes.txt", len(idle), routes.lines[idle[:EXAMPLES]])
    calendar = "calendar.txt" if "calendar.txt" in tables else "calendar_dates.txt"
    report.add("unused_service", calendar, len(services.ids) - len(np.unique(trips.service)))
    for name, table in tables.items():
        if len(table) == 0:
            report.add("empty_file", name)


def _totals(report: Report) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for defect in report.defects:
        totals[defect.reason] += defect.count
    return dict(totals)


def _contents(network: Network) -> dict[str, int]:
    return {
        "stops": len(network.stop_ids),
        "routes": len(network.route_ids),
        "patterns": len(network.patterns.route),
        "trips": len(network.trip_ids),
        "stop_times": len(network.trips.arrival),
        "blocks": len(network.block_ids),
        "services": len(network.service_ids),
        "headways": len(network.frequencies.trip),
        "shape_points": len(network.shape_lat),
        "segments": len(network.shapes.segments),
    }


def _describe(network: Network, report: Report) -> None:
    days = np.flatnonzero(network.calendar.active.any(axis=0))
    first, last = (datetime.date.fromordinal(network.calendar.first_date + int(day)) for day in (days[0], days[-1]))
    report.notices.insert(0, f"{network.agency}, {network.timezone}, service from {first} to {last}")
