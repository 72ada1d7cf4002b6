"""What the live map draws, and which stops the first page shows."""

from __future__ import annotations

import orjson

from server.map_view import busiest_stops, encode_map
from tests.support.board_scenes import network
from tests.support.tiny_city import tiny_network


def test_the_map_has_every_route_with_its_shape_and_every_served_stop() -> None:
    net = tiny_network()
    drawn = orjson.loads(encode_map(net))
    assert [route["id"] for route in drawn["routes"]] == list(net.route_ids)
    assert all(len(shape) >= 2 for route in drawn["routes"] for shape in route["shapes"])
    west, south, east, north = drawn["bounds"]
    assert all(west <= stop["at"][0] <= east and south <= stop["at"][1] <= north for stop in drawn["stops"])
    assert all(0 <= route < len(drawn["routes"]) for stop in drawn["stops"] for route in stop["routes"])


def test_a_network_without_shapes_is_drawn_from_stop_to_stop() -> None:
    drawn = orjson.loads(encode_map(network()))
    assert drawn["routes"][0]["shapes"] == [[[117.5, 36.7], [117.505, 36.705], [117.51, 36.71], [117.515, 36.715]]]
    assert drawn["routes"][0]["color"] == "#E2483D"


def test_the_way_back_along_the_same_points_is_drawn_once() -> None:
    drawn = orjson.loads(encode_map(network()))
    assert [len(route["shapes"]) for route in drawn["routes"]] == [1, 1, 1]


def test_the_first_page_shows_the_stops_most_lines_serve_and_no_mere_terminus() -> None:
    assert busiest_stops(network(), 2) == ["S1", "S2"]
    assert "S3" not in busiest_stops(network(), 10)
