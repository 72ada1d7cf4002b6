from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drives import random_town
from tests.support.streets import LOOP, STRAIGHT, TRUNK_NORTH, TRUNK_SOUTH, Corners, Line, evenly, streets
from tests.support.tiny_city import tiny_network
from transit.links import STEP, STOP_ZONE, Links, find_links
from transit.network import Network

BACK = list(STRAIGHT)[::-1]


def links_of(links: Links, p: int) -> list[int]:
    """The links that a pattern drives, in order, each named once in a row."""
    mine = links.pieces.link[links.pieces.start[p] : links.pieces.start[p + 1]].tolist()
    return [link for k, link in enumerate(mine) if k == 0 or mine[k - 1] != link]


def line(corners: Corners, stops: list[float], **fields: float) -> Line:
    return Line(corners, stops, **fields)  # type: ignore[arg-type]


def check_pieces(network: Network, links: Links) -> None:
    """Each pattern is cut into pieces without gaps; each stop has its zone, in order, and every zone is of that stop."""
    pieces, patterns = links.pieces, network.patterns
    assert pieces.start[0] == 0
    assert pieces.start[-1] == len(pieces.end) == len(pieces.link) == len(pieces.stop)
    assert np.all((pieces.link >= 0) & (pieces.link < len(links)))
    for p in range(len(patterns.route)):
        own = slice(pieces.start[p], pieces.start[p + 1])
        end = pieces.end[own]
        assert end[0] > 0.0
        assert np.all(np.diff(end) > 0.0)
        assert end[-1] == pytest.approx(float(network.shapes.length[p]), abs=0.06)
        stops = np.arange(patterns.stop_start[p], patterns.stop_start[p + 1])
        zones = pieces.of_stop[stops]
        assert np.all((zones >= own.start) & (zones < own.stop))
        assert np.all(np.diff(zones) >= 0)
        begin = np.where(zones > own.start, pieces.end[zones - 1], 0.0)
        place = patterns.distance[stops]
        assert np.all(begin <= place + 0.06)
        assert np.all(place <= pieces.end[zones] + 0.26)
        assert np.all(pieces.end[zones] - begin <= 2 * STOP_ZONE + 0.11)
        named = pieces.stop[own][pieces.stop[own] >= 0]
        assert np.all(np.diff(named) > 0)
        apart = np.append(np.diff(place) > 0.5, True)
        assert set(stops[apart]) <= set(named)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_pieces_cover_every_pattern_without_gaps_and_every_stop_has_its_zone(seed: int) -> None:
    network, _ = random_town(seed)
    check_pieces(network, find_links(network))


def test_so_they_do_in_a_compiled_city() -> None:
    check_pieces(tiny_network(), find_links(tiny_network()))


@pytest.mark.parametrize("stops", [[0.0, 0.0, 1500.0], [0.0, 700.0, 700.0, 700.0, 1500.0], [0.0, 1500.0, 1500.0], [0.0, 0.5, 1.0, 2.0]])
def test_calls_at_one_place_share_a_zone(stops: list[float]) -> None:
    network = streets(line([(0, 0), (1500, 0)], stops))
    check_pieces(network, find_links(network))


def test_a_line_shorter_than_its_zones_has_pieces_too() -> None:
    network = streets(line([(0, 0), (0.9, 0)], [0.0, 0.3, 0.6, 0.9]))
    check_pieces(network, find_links(network))


def test_links_are_pieces_of_road_of_at_most_250_m_that_together_are_the_road() -> None:
    links = find_links(streets(line(STRAIGHT, [0, 1000, 3000])))
    assert links.length.max() <= 250.0 + STEP
    assert links.length.sum() == pytest.approx(3000.0, abs=0.5)
    assert len(links) == 12


def test_two_patterns_on_one_road_share_its_links_wherever_they_stop() -> None:
    links = find_links(streets(line(STRAIGHT, [0, 1000, 3000]), line([(0, 4), (3000, 4)], [0, 400, 1700, 3000], route=1)))
    assert links_of(links, 0) == links_of(links, 1)
    assert links.length.sum() == pytest.approx(3000.0, abs=0.5)


def test_opposite_directions_share_none() -> None:
    links = find_links(streets(line(STRAIGHT, [0, 3000]), line(BACK, [0, 3000], direction=1)))
    assert not set(links_of(links, 0)) & set(links_of(links, 1))
    assert links.length.sum() == pytest.approx(6000.0, abs=0.5)


def test_two_lines_share_the_trunk_and_not_their_branches() -> None:
    links = find_links(streets(line(TRUNK_NORTH, [0, 3000]), line(TRUNK_SOUTH, [0, 3000], route=1)))
    one, other = links_of(links, 0), links_of(links, 1)
    shared = set(one) & set(other)
    assert shared == set(one[: len(shared)])
    assert links.length[list(shared)].sum() == pytest.approx(1500.0, abs=2 * STEP)


def test_a_pattern_whose_path_is_changed_drives_other_links_where_it_is_changed_only() -> None:
    detour: Corners = [(0, 0), (1000, 0), (1000, 400), (2000, 400), (2000, 0), (3000, 0)]
    links = find_links(streets(line(STRAIGHT, [0, 3000]), line(detour, [0, 3800])))
    usual, changed = links_of(links, 0), links_of(links, 1)
    assert usual[:4] == changed[:4]
    assert usual[-3:] == changed[-3:]
    assert not set(usual[5:7]) & set(changed)
    new = set(changed) - set(usual)
    assert links.length[list(new)].sum() == pytest.approx(1800.0, abs=4 * STEP)


def test_a_loop_drives_every_link_once_and_the_same_network_gives_the_same_links() -> None:
    network = streets(line(LOOP, evenly(4200.0, 6)))
    links = find_links(network)
    assert len(set(links_of(links, 0))) == len(links_of(links, 0)) == len(links)
    again = find_links(network)
    for name in ("length", "points", "hop_of"):
        np.testing.assert_array_equal(getattr(links, name), getattr(again, name))
    for one, other in zip(links.pieces, again.pieces):
        np.testing.assert_array_equal(one, other)


def test_a_hop_is_that_of_all_patterns_that_drive_from_the_same_stop_to_the_same_stop_as_far() -> None:
    network = tiny_network()
    links = find_links(network)
    patterns, seen = network.patterns, {}
    for p in range(len(patterns.route)):
        for q in range(patterns.stop_start[p], patterns.stop_start[p + 1]):
            first = q == patterns.stop_start[p]
            before = -1 if first else int(patterns.stop[q - 1])
            way = 0 if first else round(float(patterns.distance[q] - patterns.distance[q - 1]) / 100.0)
            seen.setdefault((before, int(patterns.stop[q]), way), set()).add(int(links.hop_of[q]))
    assert all(len(numbers) == 1 for numbers in seen.values())
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(links.hops))
