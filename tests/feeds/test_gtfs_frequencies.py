"""feeds.gtfs_frequencies and feeds.gtfs_blocks: headways, exact runs, blocks that cannot be driven."""

from __future__ import annotations

from feeds.gtfs import compile_network
from feeds.gtfs_report import Report
from tests.support.tiny_city import FEED, feed
from transit.network import Network

HEADER = "trip_id,start_time,end_time,headway_secs,exact_times\n"


def _compiled(rows: str) -> tuple[Network, Report]:
    return compile_network(feed(frequencies=HEADER + rows))


def _runs(network: Network, trip: str) -> list[str]:
    return [one.split("@")[1] for one in network.trip_ids if one.startswith(f"{trip}@")]


def test_the_last_exact_run_leaves_before_the_end() -> None:
    network, _ = _compiled("5,07:00:00,07:40:00,1200,1\n4,23:50:00,24:10:01,600,1\n")
    assert _runs(network, "5") == ["07:00:00", "07:20:00"]
    assert _runs(network, "4") == ["23:50:00", "24:00:00", "24:10:00"]
    assert network.trips.template[[network.trip_index["5"], network.trip_index["5@07:00:00"]]].tolist() == [1, 0]


def test_a_departure_named_twice_is_one_run() -> None:
    network, _ = _compiled("5,07:00:00,07:30:00,1800,1\n5,07:00:00,08:00:00,1800,1\n")
    assert _runs(network, "5") == ["07:00:00", "07:30:00"]


def test_a_run_has_the_running_times_of_its_template_from_its_own_departure() -> None:
    network, _ = _compiled("1E-0700,10:00:00,10:01:00,600,1\n")
    trips = network.trips
    run, template = network.trip_index["1E-0700@10:00:00"], network.trip_index["1E-0700"]
    rows, own = (slice(trips.start[trip], trips.start[trip + 1]) for trip in (run, template))
    assert (trips.arrival[rows] - trips.arrival[own] == 3 * 3600).all()
    assert (trips.departure[rows] - trips.departure[own] == 3 * 3600).all()
    assert (trips.timepoint[rows] == trips.timepoint[own]).all()
    assert (trips.pattern[run], trips.service[run]) == (trips.pattern[template], trips.service[template])


def test_what_runs_by_frequency_is_in_no_block() -> None:
    network, _ = _compiled("1E-0700,10:00:00,10:01:00,600,1\n1E-0715,10:00:00,11:00:00,600,0\n")
    index = network.trip_index
    blocks = network.trips.block[[index["1E-0700"], index["1E-0715"], index["1E-0700@10:00:00"]]]
    assert blocks.tolist() == [-1, -1, -1]
    assert network.frequencies.trip.tolist() == [index["1E-0715"]]


def test_unusable_rows_are_skipped_and_counted() -> None:
    network, report = _compiled(
        "x,07:00:00,08:00:00,600,0\n4,07:00:00,07:00:00,600,0\n4,7,08:00:00,600,0\n4,07:00:00,08:00:00,0,0\n"
        "4,07:00:00,08:00:00,soon,0\n4,07:00:00,08:00:00,600,\n"
    )
    assert report.count("unknown_trip", "frequencies.txt") == 1
    assert report.count("bad_number", "frequencies.txt") == 4
    assert network.frequencies.headway.tolist() == [600]


def test_a_block_whose_trips_overlap_on_a_common_date_is_reported() -> None:
    trips = FEED["trips.txt"]
    _, report = compile_network(feed(trips=trips.replace("1E-0715,大学城,0,B2", "1E-0715,大学城,0,B1")))
    assert report.defects[-1].reason == "block_overlap"
    assert report.defects[-1].examples == [{"line": 6}]
    _, report = compile_network(feed(trips=trips.replace("3-0710,绣源河,,B4", "3-0710,绣源河,,B1")))
    assert report.count("block_overlap") == 2
    assert report.defects[-1].examples == [{"line": 13}, {"line": 3}]


def test_trips_of_one_block_on_different_days_do_not_overlap() -> None:
    trips = FEED["trips.txt"].replace("R1,WEEKEND,1E-0800-S,大学城,0,B5", "R1,WEEKEND,1E-0800-S,大学城,0,B2")
    _, report = compile_network(feed(trips=trips))
    assert report.count("block_overlap") == 0
