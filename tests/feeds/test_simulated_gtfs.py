"""The district's feed compiles like a real one, with nothing to skip or to mend."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path

import numpy as np

from feeds.gtfs import compile_network
from feeds.gtfs_report import Report
from feeds.simulated import District
from feeds.simulated_gtfs import SERVICES, write_feed
from feeds.simulated_timetable import services_on
from transit.network import Network
from transit.service_day import service_day

TOWN = District(1)


@cache
def compiled() -> tuple[Network, Report]:
    return compile_network(TOWN.gtfs_tables())


def test_the_feed_compiles_with_nothing_skipped_mended_or_warned_of() -> None:
    network, report = compiled()
    assert [(one.file, one.reason, one.count) for one in report.defects] == []
    assert network.version == TOWN.version
    assert network.timezone == "Asia/Shanghai"
    assert len(network.stop_ids) == len(TOWN.ways.stops)
    assert list(network.route_ids) == TOWN.route_ids
    assert len(network.patterns.route) == len(TOWN.ways.patterns)
    assert len(network.frequencies.trip) >= 2
    assert network.trips.template.sum() == 2


def test_the_compiled_distances_are_the_true_ones() -> None:
    network, _ = compiled()
    trips = network.trip_index
    for number, trip in enumerate(TOWN.timetable.trips[::60]):
        pattern = network.trips.pattern[trips[trip.trip_id]]
        start, end = network.patterns.stop_start[pattern : pattern + 2]
        first, last = TOWN.ways.stop_start[trip.pattern : trip.pattern + 2]
        assert np.abs(network.patterns.distance[start:end] - TOWN.ways.stop_at[first:last]).max() < 3.0, number
        assert abs(network.shapes.length[pattern] - TOWN.ways.length[trip.pattern]) < 3.0


def test_the_compiled_times_are_the_true_ones() -> None:
    network, _ = compiled()
    trips = network.trip_index
    for run in range(0, len(TOWN.timetable.run_trip), 37):
        trip = TOWN.timetable.trips[TOWN.timetable.run_trip[run]]
        if not trip.template:
            t = trips[trip.trip_id]
            a, b = network.trips.start[t : t + 2]
            assert network.trips.arrival[a:b].tolist() == TOWN.timetable.run_times(run).tolist()


def test_the_calendar_says_what_the_simulation_runs() -> None:
    network, _ = compiled()
    names = list(network.service_ids)
    for date in (datetime.date(2026, 3, 6), datetime.date(2026, 3, 7), datetime.date(2026, 10, 1), datetime.date(2030, 1, 1)):
        active = service_day(network, date).active
        assert {names[i] for i in np.flatnonzero(active)} == {SERVICES[service] for service in services_on(date)}


def test_a_written_feed_reads_back_the_same(tmp_path: Path) -> None:
    tables = TOWN.gtfs_tables()
    write_feed(tables, tmp_path / "feed")
    for name, text in tables.items():
        assert (tmp_path / "feed" / name).read_bytes() == text.encode()
