"""feeds.gtfs_trips: trips of known routes and services."""

from __future__ import annotations

import pytest

from feeds.errors import FeedError
from feeds.gtfs_report import Report
from feeds.gtfs_tables import Table, read_tables
from feeds.gtfs_trips import Trips, read_trips

ROUTES = {"R1": 0, "R2": 1}
SERVICES = {"W": 0, "S": 1}


def _table(name: str, text: str) -> Table:
    return read_tables([(name, text.encode())]).tables[name]


def _trips(rows: str, report: Report) -> Trips:
    header = "route_id,service_id,trip_id,trip_headsign,direction_id,block_id,shape_id\n"
    return read_trips(_table("trips.txt", header + rows), ROUTES, SERVICES, report)


def test_trips_of_unknown_routes_and_services_are_skipped() -> None:
    report = Report("feed")
    trips = _trips("R1,W,a,x,0,,\nR9,W,b,x,0,,\n,W,c,x,0,,\nR2,S,d,x,1,,\nR2,X,e,x,1,,\nR1,W,a,x,0,,\n", report)
    assert trips.ids == ["a", "d"]
    assert trips.route.tolist() == [0, 1]
    assert trips.service.tolist() == [0, 1]
    assert report.count("unknown_route") == 2
    assert report.count("unknown_service") == 1
    assert report.count("duplicate_id") == 1


def test_a_direction_is_zero_one_or_unknown() -> None:
    report = Report("feed")
    trips = _trips("R1,W,a,x,0,,\nR1,W,b,x,1,,\nR1,W,c,x,,,\nR1,W,d,x,2,,\nR1,W,e,x,up,,\n", report)
    assert trips.direction.tolist() == [0, 1, -1, -1, -1]
    assert report.count("bad_direction") == 2


def test_a_feed_may_have_no_directions_blocks_or_shapes() -> None:
    trips = read_trips(_table("trips.txt", "route_id,service_id,trip_id\nR1,W,a\n"), ROUTES, SERVICES, Report("feed"))
    assert trips.direction.tolist() == [-1]
    assert trips.block.texts() == trips.shape.texts() == [""]


def test_no_usable_trip_is_an_error() -> None:
    with pytest.raises(FeedError, match=r"trips\.txt: has no trip of a known route and service"):
        _trips("R9,W,a,x,0,,\n", Report("feed"))
