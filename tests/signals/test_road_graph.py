"""Street graphs: words for road classes, grades of intersections, networkx's view, and intersections from a list."""

from __future__ import annotations

import numpy as np
import pytest

from signals.model import Grade
from signals.road_graph import RoadClass, RoadGraph, add_intersections, important, no_graph, road_class


def graph_of(edges: list[tuple[str, str, int]], signals: dict[str, str], length: float = 100.0) -> RoadGraph:
    """Edges of (from, to, class) at 10 m/s; `signals` node → intersection."""
    nodes = list(dict.fromkeys(node for a, b, _ in edges for node in (a, b)))
    ids = list(dict.fromkeys(signals.values()))
    start, end = (np.array([nodes.index(edge[k]) for edge in edges], np.int32) for k in (0, 1))
    return RoadGraph(
        nodes, start, end, np.full(len(edges), length), np.full(len(edges), 10.0), np.array([c for *_, c in edges], np.int8),
        np.array([ids.index(signals[node]) if node in signals else -1 for node in nodes], np.int32), ids,
        np.full(len(ids), np.nan), np.full(len(ids), np.nan),
    )  # fmt: skip


def star(*classes: int) -> RoadGraph:
    """A crossing with one street of each class, driven both ways."""
    legs = [(f"n{k}", "x", c) for k, c in enumerate(classes)]
    return graph_of([edge for a, b, c in legs for edge in ((a, b, c), (b, a, c))], {"x": "X"})


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("highway.primary_tunnel", RoadClass.MAIN), ("motorway_link", RoadClass.MAIN), ("主干路", RoadClass.MAIN),
        (" Secondary ", RoadClass.SECONDARY), ("highway.tertiary_bridge", RoadClass.SECONDARY), ("支路", RoadClass.BRANCH),
        ("highway.residential", RoadClass.BRANCH), ("footway", RoadClass.UNKNOWN), ("", RoadClass.UNKNOWN),
    ],
)  # fmt: skip
def test_words_of_openstreetmap_and_chinese_classes_are_known(word: str, expected: RoadClass) -> None:
    assert road_class(word) == expected


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ((1, 1, 1, 1), Grade.MAIN_MAIN), ((1, 1, 2, 2), Grade.MAIN_SECONDARY), ((1, 2, 2), Grade.MAIN_SECONDARY),
        ((1, 1, 1), Grade.MAIN_MAIN), ((1, 1, 3), Grade.MAIN_BRANCH), ((2, 2, 2), Grade.SECONDARY_SECONDARY),
        ((2, 2, 3, 3), Grade.SECONDARY_BRANCH), ((3, 3, 3), Grade.BRANCH_BRANCH), ((3, 3), Grade.BRANCH_BRANCH),
        ((1, 1), Grade.UNKNOWN), ((1, 1, 0), Grade.UNKNOWN),
    ],
)  # fmt: skip
def test_the_grade_is_the_class_of_the_through_street_and_of_what_crosses_it(classes: tuple[int, ...], expected: Grade) -> None:
    assert star(*classes).grades().tolist() == [expected]


def test_both_ways_of_a_dual_carriageway_are_one_street() -> None:
    edges = [("w1", "x", 1), ("x", "e1", 1), ("e2", "x", 1), ("x", "w2", 1), ("s", "x", 3), ("x", "s", 3)]
    assert graph_of(edges, {"x": "X"}).grades().tolist() == [Grade.MAIN_BRANCH]


def test_edges_within_an_intersection_of_several_nodes_are_no_street_of_it() -> None:
    edges = [("a", "x", 2), ("x", "y", 3), ("y", "b", 2), ("b", "y", 2), ("y", "x", 3), ("x", "a", 2), ("c", "y", 2)]
    assert graph_of(edges, {"x": "X", "y": "X"}).grades().tolist() == [Grade.SECONDARY_SECONDARY]


def test_only_crossings_of_branch_roads_alone_are_left_out() -> None:
    grades = np.array([Grade.BRANCH_BRANCH, Grade.MAIN_BRANCH, Grade.UNKNOWN], np.int8)
    assert important(grades).tolist() == [0, 1, 1]


def test_networkx_sees_the_quickest_of_parallel_edges_and_no_loops() -> None:
    graph = graph_of([("a", "b", 1), ("a", "b", 1), ("a", "a", 1)], {})
    graph.length[1] = 30.0
    assert list(graph.to_networkx().edges(data="seconds")) == [(0, 1, 3.0)]


def test_betweenness_is_that_of_the_most_central_node() -> None:
    line = [("a", "b", 1), ("b", "c", 1), ("c", "d", 1)]
    graph = graph_of([edge for a, b, c in line for edge in ((a, b, c), (b, a, c))], {"b": "X", "a": "X", "d": "Y"})
    assert graph.betweenness().tolist() == pytest.approx([4 / 6, 0.0])
    assert graph.betweenness(samples=2, seed=3).shape == (2,)


def test_a_list_adds_intersections_by_id_and_puts_places_right() -> None:
    streets = graph_of([("a", "b", 1)], {"b": "B"})
    graph = add_intersections(streets, ["B", "a", "far"], np.array([36.7, np.nan, 36.8]), np.full(3, 117.5))
    assert list(graph.signal_ids) == ["B", "a", "far"]
    assert graph.signal_of.tolist() == [1, 0]
    assert graph.lat[0] == 36.7
    assert np.isnan(graph.lat[1])
    assert graph.lon.tolist()[::2] == [117.5, 117.5]
    alone = add_intersections(no_graph(), ["one"], np.array([np.nan]), np.array([np.nan]))
    assert alone.grades().tolist() == [Grade.UNKNOWN]
