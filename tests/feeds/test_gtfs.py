"""feeds.gtfs: the tiny city compiled, and what becomes of it when tables are broken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feeds.errors import FeedError
from feeds.gtfs import compile_network
from feeds.gtfs_report import Report
from tests.support.tiny_city import FEED, feed, tiny_network, write_feed
from transit.kernels import identity
from transit.network import Network


def _pattern(network: Network, route: str, direction: int) -> int:
    found = (network.patterns.route == network.route_index[route]) & (network.patterns.direction == direction)
    assert found.sum() == 1
    return int(np.flatnonzero(found)[0])


def _stops(network: Network, pattern: int) -> list[str]:
    rows = slice(*network.patterns.stop_start[pattern : pattern + 2])
    return [network.stop_ids[stop] for stop in network.patterns.stop[rows]]


def _distances(network: Network, pattern: int) -> np.ndarray:
    return network.patterns.distance[slice(*network.patterns.stop_start[pattern : pattern + 2])]


def _times(network: Network, trip: str) -> list[tuple[int, int]]:
    rows = slice(*network.trips.start[network.trip_index[trip] :][:2])
    return list(zip(network.trips.arrival[rows].tolist(), network.trips.departure[rows].tolist()))


def test_the_tiny_city_has_what_its_tables_say() -> None:
    network = tiny_network()
    assert (network.version, network.timezone, network.agency) == ("tiny-1", "Asia/Shanghai", "章丘公交")
    assert (len(network.stop_ids), len(network.route_ids), len(network.patterns.route)) == (24, 6, 7)
    assert network.stop_names[network.stop_index["E2"]] == "百脉泉公园"
    assert network.stop_codes[network.stop_index["E2"]] == "1002"
    assert network.route_colors[network.route_index["R1"]] == "D7262B"
    assert network.route_colors[network.route_index["R3"]] == ""
    assert network.route_types.tolist() == [3] * 6
    assert network.counts == {"straight_shapes": 1}


def test_trips_share_a_pattern_exactly_when_route_direction_shape_and_stops_agree() -> None:
    network = tiny_network()
    of_trip = {trip: int(network.trips.pattern[index]) for trip, index in network.trip_index.items()}
    assert of_trip["1E-0700"] == of_trip["1E-0745"] == of_trip["1E-0800-S"]
    assert len({of_trip[trip] for trip in ("1E-0700", "1W-0700", "N1-2350")}) == 3
    assert _stops(network, of_trip["N1-2350"]) == _stops(network, of_trip["1E-0700"])
    assert network.headsigns[network.patterns.headsign[of_trip["1E-0700"]]] == "大学城"


def test_distances_are_true_metres_of_the_shape() -> None:
    network = tiny_network()
    east = _pattern(network, "R1", 0)
    assert network.shapes.length[east] == pytest.approx(2896.6, abs=0.5)
    assert _distances(network, east) == pytest.approx([18, 625, 1338, 1782, 2879], abs=1)
    west = _pattern(network, "R1", 1)
    assert _distances(network, west) == pytest.approx(2896.6 - _distances(network, east)[::-1], abs=2)


def test_a_loop_and_a_way_out_and_back_have_every_pass() -> None:
    network = tiny_network()
    loop, spur = _pattern(network, "R2", 0), _pattern(network, "R3", -1)
    assert _stops(network, loop) == ["L0", "L1", "L2", "L3", "L0"]
    assert _distances(network, loop) == pytest.approx([11, 333, 934, 1535, 2404], abs=1)
    assert _stops(network, spur) == ["T0", "T1", "T2", "T1", "T0"]
    assert _distances(network, spur) == pytest.approx([18, 625, 1331, 2055, 2663], abs=1)


def test_a_pattern_without_a_shape_runs_straight_from_stop_to_stop() -> None:
    network = tiny_network()
    pattern = _pattern(network, "R5", 0)
    points = slice(*network.shape_start[pattern : pattern + 2])
    assert network.shape_lat[points] == pytest.approx([36.700, 36.704, 36.708], abs=1e-5)
    assert network.shapes.length[pattern] == _distances(network, pattern)[-1]


def test_the_full_polyline_is_kept_for_drawing() -> None:
    network = tiny_network()
    east = _pattern(network, "R1", 0)
    points = slice(*network.shape_start[east : east + 2])
    assert network.shape_lon[points] == pytest.approx([117.53, 117.54, 117.54, 117.55], abs=1e-5)


def test_times_pass_midnight_and_waits_are_kept() -> None:
    assert _times(tiny_network(), "N1-2350")[-1] == (86_460, 86_460)
    assert _times(tiny_network(), "1E-0700")[2] == (25_500, 25_530)
    first = int(tiny_network().trips.start[0])
    assert tiny_network().trips.timepoint[first : first + 5].tolist() == [1, 0, 1, 0, 1]


def test_blocks_are_in_order_of_departure() -> None:
    network = tiny_network()
    trips, blocks = network.trips, network.blocks
    block = list(network.block_ids).index("B3")
    order = blocks.trip[blocks.start[block] : blocks.start[block + 1]]
    assert [network.trip_ids[trip] for trip in order] == ["1W-0700", "2-0720", "2-0740"]
    assert (blocks.trip[blocks.position_of_trip[order]] == order).all()
    assert blocks.position_of_trip[network.trip_index["4"]] == -1
    assert (trips.block[order] == block).all()


def test_headways_stay_headways_and_exact_departures_become_trips() -> None:
    network = tiny_network()
    four, five = network.trip_index["4"], network.trip_index["5"]
    assert network.frequencies.trip.tolist() == [four, four]
    assert network.frequencies.headway.tolist() == [600, 900]
    assert (network.frequencies.start[0], network.frequencies.end[1]) == (6 * 3600, 17 * 3600)
    assert network.trips.template.sum() == 2
    assert network.trips.template[[four, five]].tolist() == [1, 1]
    assert [trip for trip in network.trip_ids if trip.startswith("5@")] == ["5@07:00:00", "5@07:20:00", "5@07:40:00"]
    assert _times(network, "5@07:20:00") == [(26_400, 26_400), (26_520, 26_520), (26_640, 26_640)]


def test_ids_are_found_by_their_bytes() -> None:
    network = tiny_network()
    for table, ids in ((network.stop_table, network.stop_ids), (network.trip_table, network.trip_ids)):
        at, length = ids.starts[:-1].astype(np.int32), np.diff(ids.starts).astype(np.int32)
        found = np.zeros(len(ids), np.int32)
        identity.find_all(table, ids.text, at, length, -1, -2, found)
        assert found.tolist() == list(range(len(ids)))


def test_a_zip_and_a_folder_give_the_same_network(tmp_path: Path) -> None:
    from_zip, report = compile_network(write_feed(tmp_path / "city.zip"))
    from_folder, _ = compile_network(write_feed(tmp_path / "city"))
    assert report.source.endswith("city.zip")
    assert list(from_zip.trip_ids) == list(from_folder.trip_ids) == list(tiny_network().trip_ids)
    assert np.array_equal(from_zip.shapes.segments, tiny_network().shapes.segments)


def test_windows_line_ends_a_byte_order_mark_and_blanks_change_nothing() -> None:
    tables = {name: "\ufeff" + text.replace(",", " , ").replace("\n", "\r\n") for name, text in FEED.items()}
    network, report = compile_network(tables)
    assert list(network.stop_names) == list(tiny_network().stop_names)
    assert np.array_equal(network.trips.arrival, tiny_network().trips.arrival)
    assert [defect.reason for defect in report.defects] == ["straight_shapes"]


def test_a_feed_without_optional_tables_is_whole() -> None:
    network, report = compile_network(feed(feed_info=None, shapes=None, frequencies=None, calendar_dates=None))
    assert len(network.version) == 12
    assert report.count("straight_shapes") == 7
    assert report.count("unknown_service") == 1
    assert _stops(network, _pattern(network, "R2", 0)) == ["L0", "L1", "L2", "L3", "L0"]
    assert "4" in network.trip_index
    assert network.trips.template.sum() == 0


def test_empty_optional_tables_are_as_good_as_none() -> None:
    headers = {name: FEED[f"{name}.txt"].splitlines()[0] + "\n" for name in ("shapes", "frequencies", "feed_info")}
    network, report = compile_network(feed(**headers))
    assert report.count("empty_file") == 3
    assert len(network.trip_ids) == 19


def test_progress_is_told_and_never_goes_back() -> None:
    heard: list[tuple[str, float]] = []
    compile_network(FEED, lambda doing, share: heard.append((doing, share)))
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert (shares[0], heard[-1]) == (0.0, ("done", 1.0))
    assert "reading stop_times.txt" in [doing for doing, _ in heard]


def _broken(table: str, *changes: tuple[str, str]) -> tuple[Network, Report]:
    text = FEED[f"{table}.txt"]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return compile_network(feed(**{table: text}))


def test_a_stop_that_is_skipped_leaves_its_trips_running() -> None:
    network, report = _broken("stops", ("36.7140,117.5401", "0,0"))
    assert "E3" not in network.stop_index
    assert report.count("bad_coordinate", "stops.txt") == 1
    assert report.count("unknown_stop", "stop_times.txt") == 6
    assert _stops(network, _pattern(network, "R1", 0)) == ["E1", "E2", "E4", "E5"]


def test_rows_that_name_nothing_are_skipped_and_the_rest_stays() -> None:
    network, report = _broken("trips", ("R2,WEEKDAY,2-0720", "R7,WEEKDAY,2-0720"), ("R3,WEEKDAY,3-0710", "R3,NEVER,3-0710"))
    assert not {"2-0720", "3-0710"} & set(network.trip_index)
    assert report.count("unknown_route") == report.count("unknown_service") == 1
    assert report.count("unknown_trip", "stop_times.txt") == 10
    assert len(network.trip_ids) == len(tiny_network().trip_ids) - 2


def test_a_shape_nobody_has_and_a_shape_of_another_place() -> None:
    network, report = _broken("trips", ("B4,spur", "B4,spurr"), (",0,B3,loop", ",0,B3,culture"))
    assert report.count("unknown_shape") == 2
    assert report.count("straight_shapes") == 2
    assert report.count("shape_misfit") == 1
    assert (np.diff(_distances(network, _pattern(network, "R3", -1))) > 0).all()


def test_a_shape_that_runs_the_other_way_is_not_used() -> None:
    _, report = _broken("trips", (",1,B1,west", ",1,B1,east"))
    assert report.count("shape_misfit") == 1


def test_a_stop_far_from_its_shape_is_reported() -> None:
    _, report = _broken("stops", ("36.7180,117.5401", "36.7180,117.5421"))
    assert report.count("stop_far_from_shape") == 1
    assert report.defects[-1].examples == [{"line": 5}]


def test_unused_things_are_reported() -> None:
    text = FEED["stops.txt"] + "X,,空站,36.7,117.5\n"
    _, report = compile_network(
        feed(
            stops=text,
            routes=FEED["routes.txt"] + "R9,ZQ,9路,,3,,\n",
            calendar=FEED["calendar.txt"] + "OLD,0,0,0,0,0,0,0,20260101,20260102\n",
            shapes=FEED["shapes.txt"] + "ghost,1,36.7,117.5,\nghost,2,36.8,117.5,\n",
        )
    )
    for reason in ("unused_stop", "unused_route", "unused_service", "unused_shape", "service_never_runs"):
        assert report.count(reason) == 1


def test_a_station_is_no_stop_unless_a_trip_serves_it() -> None:
    lines = FEED["stops.txt"].splitlines()
    rows = [lines[0] + ",location_type", "S,,总站,36.71,117.53,1", *[line + "," for line in lines[1:]]]
    network, report = compile_network(feed(stops="\n".join(rows)))
    assert "S" not in network.stop_index
    assert report.count("unused_stop") == 0
    rows[2] = rows[2] + "2"
    network, report = compile_network(feed(stops="\n".join(rows)))
    assert "E1" in network.stop_index
    assert report.count("station_served") == 1


@pytest.mark.parametrize(
    ("table", "old", "new", "sentence"),
    [
        ("agency", "Asia/Shanghai", "", r"agency\.txt, line 2, agency_timezone: is empty"),
        ("stops", "stop_lat", "latitude", r"stops\.txt, line 1, stop_lat: the column is missing"),
        ("stop_times", "stop_sequence", "sequence", r"stop_times\.txt, line 1, stop_sequence: the column is missing"),
        ("trips", "service_id", "service", r"trips\.txt, line 1, service_id: the column is missing"),
        ("calendar", "start_date", "from", r"calendar\.txt, line 1, start_date: the column is missing"),
        ("shapes", "shape_pt_lon", "lon", r"shapes\.txt, line 1, shape_pt_lon: the column is missing"),
        ("frequencies", "headway_secs", "headway", r"frequencies\.txt, line 1, headway_secs: the column is missing"),
    ],
)
def test_a_feed_that_cannot_be_used_says_file_line_and_field(table: str, old: str, new: str, sentence: str) -> None:
    with pytest.raises(FeedError, match=sentence):
        _broken(table, (old, new))


def test_a_feed_without_one_usable_trip_is_an_error() -> None:
    times = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n1E-0700,07:00:00,07:00:00,E1,1\n"
    with pytest.raises(FeedError, match=r"stop_times\.txt: gives no trip two stops with usable times"):
        compile_network(feed(stop_times=times))
