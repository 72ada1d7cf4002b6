from __future__ import annotations

import numpy as np
import pytest

from parking.streets import PIECE_M, Street, build_streets, metres, nearest_nodes, walks_from

LAT, LON = 36.7, 117.5
UP, RIGHT = 1.0 / metres(LAT, LON, LAT + 1.0, LON), 1.0 / metres(LAT, LON, LAT, LON + 1.0)


def place(x: float, y: float) -> tuple[float, float]:
    """Degrees of a place x m east and y m north."""
    return LAT + y * UP, LON + x * RIGHT


def street(begin: str, end: str, *points: tuple[float, float]) -> Street:
    lat, lon = zip(*(place(*point) for point in points))
    return Street(begin, end, lat, lon)


SQUARE = [
    street("a", "b", (0, 0), (200, 0)),
    street("b", "c", (200, 0), (200, 200)),
    street("x", "y", (5000, 0), (5100, 0)),
]


def test_streets_are_cut_into_pieces_and_islands_left_out() -> None:
    graph = build_streets(SQUARE)
    assert graph.length.max() <= PIECE_M
    assert graph.length.sum() == pytest.approx(2 * 400.0, abs=0.1)  # both ways
    assert metres(graph.lat, graph.lon, *place(5000, 0)).min() > 4000


def test_a_walk_goes_along_the_streets_both_ways() -> None:
    graph = build_streets(SQUARE)
    walked = walks_from(graph, *place(200, 200), 1000.0, 200.0)
    node, away = nearest_nodes(graph, *(np.array([one]) for one in place(0, 30)), 200.0)
    assert away[0] == pytest.approx(30.0, abs=0.1)
    assert walked[node[0]] == pytest.approx(400.0, abs=0.5)
    assert np.isinf(walks_from(graph, *place(200, 200), 300.0, 200.0)[node[0]])
    assert walks_from(graph, *place(200, 450), 1000.0, 200.0) is None


def test_the_shorter_of_two_streets_between_junctions_counts() -> None:
    graph = build_streets([street("a", "b", (0, 0), (5, 10), (20, 0)), street("a", "b", (0, 0), (20, 0))])
    assert graph.length.tolist() == pytest.approx([20.0, 20.0], abs=0.05)


def test_what_is_far_from_every_street_has_no_node() -> None:
    graph = build_streets(SQUARE)
    lat, lon = (np.array(one) for one in zip(place(-300, 0), place(0, 900), place(10, 10)))
    node, away = nearest_nodes(graph, lat, lon, 200.0)
    assert np.isinf(away).tolist() == [True, True, False]
    assert graph.lat[node[2]] == pytest.approx(LAT)


def test_no_streets_is_an_error() -> None:
    with pytest.raises(ValueError, match="no street to walk on"):
        build_streets([])
