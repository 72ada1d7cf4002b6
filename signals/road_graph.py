"""The street network: directed edges as columns, road classes, the intersections on it, and its graph for networkx.

Road classes are those of GB 50220-95 and the grades of GA/T 1049.2: 主干路 (with expressways), 次干路, 支路. The district's indicator
leaves out intersections of branch roads (支路) alone; the grade of an intersection follows from the streets that meet there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np

from signals.kernels.columns import F64, I8, I32, I64, U8
from signals.model import Grade


class RoadClass(IntEnum):
    """What a street is; a lower number is a higher class."""

    UNKNOWN = 0
    MAIN = 1
    """快速路, 主干路"""
    SECONDARY = 2
    """次干路"""
    BRANCH = 3
    """支路"""


ROAD_WORDS = {
    "motorway": RoadClass.MAIN, "trunk": RoadClass.MAIN, "primary": RoadClass.MAIN, "main": RoadClass.MAIN,
    "快速路": RoadClass.MAIN, "主干路": RoadClass.MAIN, "secondary": RoadClass.SECONDARY, "tertiary": RoadClass.SECONDARY,
    "次干路": RoadClass.SECONDARY, "residential": RoadClass.BRANCH, "unclassified": RoadClass.BRANCH, "service": RoadClass.BRANCH,
    "living_street": RoadClass.BRANCH, "branch": RoadClass.BRANCH, "支路": RoadClass.BRANCH,
}  # fmt: skip
"""OpenStreetMap `highway` values and Chinese classes. Mappers call both smaller 次干路 and larger 支路 tertiary; a tertiary road counts
as 次干路 here, so that no doubtful street is left out of the indicator."""
_GRADES = {
    (1, 1): Grade.MAIN_MAIN, (1, 2): Grade.MAIN_SECONDARY, (1, 3): Grade.MAIN_BRANCH, (2, 2): Grade.SECONDARY_SECONDARY,
    (2, 3): Grade.SECONDARY_BRANCH, (3, 3): Grade.BRANCH_BRANCH,
}  # fmt: skip


def road_class(word: str) -> RoadClass:
    """The class a word stands for: `highway.primary_tunnel`, `primary_link`, `主干路`; UNKNOWN for any other."""
    base = word.strip().lower().removeprefix("highway.")
    for ending in ("_link", "_tunnel", "_bridge"):
        base = base.removesuffix(ending)
    return ROAD_WORDS.get(base, RoadClass.UNKNOWN)


@dataclass(frozen=True)
class RoadGraph:
    """V nodes, E directed edges and J intersections with signals."""

    node_ids: Sequence[str]
    edge_from: I32
    edge_to: I32
    length: F64
    """[E] m"""
    speed: F64
    """[E] m/s on the empty street"""
    edge_class: I8
    """[E] `RoadClass`"""
    signal_of: I32
    """[V] the intersection a node belongs to; -1 none. One intersection may hold several nodes"""
    signal_ids: Sequence[str]
    """[J]"""
    lat: F64
    """[J] WGS-84 degrees; NaN unknown"""
    lon: F64

    @cached_property
    def seconds(self) -> F64:
        """[E] driving time on the empty street."""
        return np.asarray(self.length / np.maximum(self.speed, 0.1))

    @cached_property
    def outward(self) -> tuple[I64, I32, F64]:
        """(first [V+1], head [E], seconds [E]): edges by the node they leave."""
        order = np.argsort(self.edge_from, kind="stable")
        first = np.searchsorted(self.edge_from[order], np.arange(len(self.node_ids) + 1)).astype(np.int64)
        return first, self.edge_to[order], self.seconds[order]

    @cached_property
    def node_index(self) -> dict[str, int]:
        """Row of each node."""
        return {name: row for row, name in enumerate(self.node_ids)}

    @cached_property
    def signal_index(self) -> dict[str, int]:
        """Row of each intersection."""
        return {name: row for row, name in enumerate(self.signal_ids)}

    def to_networkx(self) -> Any:
        """networkx.DiGraph: nodes are rows; of parallel edges the quickest counts; `seconds` weighs."""
        import networkx

        graph = networkx.DiGraph()
        graph.add_nodes_from(range(len(self.node_ids)))
        for a, b, s in zip(self.edge_from.tolist(), self.edge_to.tolist(), self.seconds.tolist()):
            if a != b and s < graph.get_edge_data(a, b, {"seconds": np.inf})["seconds"]:
                graph.add_edge(a, b, seconds=s)
        return graph

    def grades(self) -> I8:
        """[J] `signals.model.Grade` of every intersection, from the classes of the streets that meet there.

        The first class is the highest. One street of it has two legs at most, counted as nodes from which edges come, or to which they
        lead if these are more (a dual carriageway has other nodes for each). The second class is the highest of the legs left.
        UNKNOWN where a class is, or where no second street meets a main or secondary one, as at a crossing for pedestrians.
        """
        inner = self.signal_of[self.edge_from] == self.signal_of[self.edge_to]
        legs = np.zeros((2, len(self.signal_ids), len(RoadClass)), np.int64)
        for way, (near, far) in enumerate(((self.edge_to, self.edge_from), (self.edge_from, self.edge_to))):
            e = np.flatnonzero((self.signal_of[near] >= 0) & ~inner)
            ends = np.unique(np.stack((self.signal_of[near[e]], far[e], self.edge_class[e])), axis=1)
            np.add.at(legs[way], (ends[0], ends[2]), 1)
        return np.array([_grade(np.repeat(np.arange(len(RoadClass)), row).tolist()) for row in legs.max(axis=0)], np.int8)

    def betweenness(self, samples: int | None = None, seed: int = 0) -> F64:
        """[J] networkx's betweenness by driving time, of an intersection's most central node (Brandes 2001; `samples` sources, all
        when None). It stands here for comparison alone, and takes seconds to minutes."""
        import networkx

        graph = self.to_networkx()
        known = networkx.betweenness_centrality(
            graph, k=None if samples is None or samples >= len(graph) else samples, weight="seconds", seed=seed
        )
        out = np.zeros(len(self.signal_ids))
        member = np.flatnonzero(self.signal_of >= 0)
        np.maximum.at(out, self.signal_of[member], np.array([known[v] for v in member.tolist()], np.float64))
        return out


def no_graph() -> RoadGraph:
    """A graph of nothing, for trips that are recorded as sequences of intersections."""
    i32, f64 = np.zeros(0, np.int32), np.zeros(0)
    return RoadGraph((), i32, i32, f64, f64, np.zeros(0, np.int8), i32, (), f64, f64)


def add_intersections(graph: RoadGraph, ids: Sequence[str], lat: F64, lon: F64) -> RoadGraph:
    """The graph with these intersections [n] too; where they are known, their place is put right.

    One lies at the node of its own id, if there is one and it has no signal yet. Nodes are never joined by distance: ramps and
    parallel roads would be joined as well.
    """
    index = dict(graph.signal_index)
    for one in ids:
        index.setdefault(one, len(index))
    places = [np.append(known, np.full(len(index) - len(known), np.nan)) for known in (graph.lat, graph.lon)]
    signal_of = graph.signal_of.copy()
    for row, one in enumerate(ids):
        j, node = index[one], graph.node_index.get(one, -1)
        if not (np.isnan(lat[row]) or np.isnan(lon[row])):
            places[0][j], places[1][j] = lat[row], lon[row]
        if node >= 0 and signal_of[node] < 0:
            signal_of[node] = j
    return replace(graph, signal_of=signal_of, signal_ids=tuple(index), lat=places[0], lon=places[1])


def important(grades: I8) -> U8:
    """[J] 1 unless only branch roads meet there (支-支): those the indicator counts, with unknown grades among them."""
    return np.asarray(grades != Grade.BRANCH_BRANCH, np.uint8)


def _grade(classes: list[int]) -> Grade:
    if not classes or classes[0] == RoadClass.UNKNOWN:
        return Grade.UNKNOWN
    rest = classes[2:] if classes[1:2] == classes[:1] else classes[1:]
    if rest:
        return _GRADES[classes[0], rest[0]]
    return Grade.BRANCH_BRANCH if classes[0] == RoadClass.BRANCH else Grade.UNKNOWN
