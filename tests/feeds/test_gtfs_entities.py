"""feeds.gtfs_entities: agency, stops, routes, and the rows that cannot be used."""

from __future__ import annotations

import numpy as np
import pytest

from feeds.errors import FeedError
from feeds.gtfs_entities import feed_version, read_agency, read_routes, read_stops
from feeds.gtfs_report import Report
from feeds.gtfs_tables import Table, read_tables


def _table(name: str, text: str) -> Table:
    return read_tables([(name, text.encode())]).tables[name]


def _stops(rows: str) -> Table:
    return _table("stops.txt", "stop_id,stop_name,stop_lat,stop_lon,location_type\n" + rows)


def test_the_first_agency_gives_name_and_time_zone() -> None:
    report = Report("feed")
    table = _table("agency.txt", "agency_name,agency_timezone\n公交,Asia/Shanghai\n地铁,Asia/Urumqi\n")
    assert read_agency(table, report) == ("公交", "Asia/Shanghai")
    assert report.notices == ["agencies name several time zones; Asia/Shanghai is used for all, not Asia/Urumqi"]


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("agency_name\nA\n", r"agency\.txt, line 1, agency_timezone: the column is missing"),
        ("agency_name,agency_timezone\n\nA,\n", r"agency\.txt, line 3, agency_timezone: is empty"),
        ("agency_name,agency_timezone\nA,Asia/Zhangqiu\n", r"line 2, agency_timezone: is no time zone: 'Asia/Zhangqiu'"),
        ("agency_name,agency_timezone\nA,../etc\n", r"agency_timezone: is no time zone"),
        ("agency_name,agency_timezone\nA,Asia\n", r"agency_timezone: is no time zone"),
        ("agency_name,agency_timezone\n", r"agency\.txt: has no rows"),
    ],
)
def test_a_feed_without_a_time_zone_cannot_be_used(rows: str, sentence: str) -> None:
    with pytest.raises(FeedError, match=sentence):
        read_agency(_table("agency.txt", rows), Report("feed"))


def test_stops_without_a_usable_place_are_skipped_and_shown() -> None:
    report = Report("feed")
    rows = "A,a,36.7,117.5,\nB,b,,117.5,\nC,c,91,117.5,\nD,d,36.7,181,\nE,e,0,0,\nF,f,north,117.5,0\nG,g,36.8,117.6,0\n"
    stops = read_stops(_stops(rows), report)
    assert stops.ids == ["A", "G"]
    assert stops.lat.tolist() == [36.7, 36.8]
    assert report.count("bad_coordinate", "stops.txt") == 5
    assert report.defects[0].examples[:2] == [
        {"line": 3, "field": "stop_lat", "value": ""},
        {"line": 4, "field": "stop_lat", "value": "91"},
    ]


def test_a_place_of_a_path_node_is_not_missed() -> None:
    report = Report("feed")
    stops = read_stops(_stops("A,a,36.7,117.5,\nN,node,,,3\nS,station,36.7,117.5,1\n"), report)
    assert stops.ids == ["A", "S"]
    assert stops.platform.tolist() == [True, False]
    assert report.defects == []


def test_of_two_equal_ids_the_first_row_counts() -> None:
    report = Report("feed")
    stops = read_stops(_stops("A,first,36.7,117.5,\nA,second,36.8,117.5,\n,nobody,36.7,117.5,\n"), report)
    assert stops.names == ["first"]
    assert report.count("duplicate_id") == 1
    assert report.count("missing_id") == 1


def test_no_usable_stop_at_all_is_an_error() -> None:
    with pytest.raises(FeedError, match=r"stops\.txt: has no stop with an id and a usable coordinate"):
        read_stops(_stops("A,a,117.5,360.7,\n"), Report("feed"))


def test_routes_keep_their_type_and_colours_only_when_they_are_some() -> None:
    report = Report("feed")
    text = "route_id,route_short_name,route_type,route_color,route_text_color\nR1,1,3,#d7262b,FFFFFF\nR2,2,,red,\n"
    routes = read_routes(_table("routes.txt", text), report)
    assert routes.types.tolist() == [3, -1]
    assert routes.colors == ["D7262B", ""]
    assert routes.text_colors == ["FFFFFF", ""]
    assert report.count("bad_color", "routes.txt") == 1


def test_a_feed_without_routes_is_an_error() -> None:
    with pytest.raises(FeedError, match=r"routes\.txt: has no route"):
        read_routes(_table("routes.txt", "route_id,route_type\n"), Report("feed"))


def test_the_version_is_the_feeds_own_or_none() -> None:
    assert feed_version(_table("feed_info.txt", "feed_publisher_name,feed_version\nA,2026-03\n")) == "2026-03"
    assert feed_version(_table("feed_info.txt", "feed_publisher_name\nA\n")) == ""
    assert feed_version(_table("feed_info.txt", "")) == ""


def test_many_stops_are_read_in_the_order_of_the_file() -> None:
    rows = "".join(f"S{k},n,{36 + k / 1000},117.5,0\n" for k in (5, 3, 9, 1))
    stops = read_stops(_stops(rows), Report("feed"))
    assert stops.row_of == {"S5": 0, "S3": 1, "S9": 2, "S1": 3}
    assert np.array_equal(stops.lines, [2, 3, 4, 5])
