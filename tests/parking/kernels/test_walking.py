from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.kernels.walking import walk
from tests.support.naive_walking import naive_walk

NODES = 12
EDGES = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(0, 200).map(float)), max_size=60)
SOURCES = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, 300).map(float)), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(EDGES, SOURCES, st.integers(0, 900).map(float))
def test_walks_are_those_of_the_naive_twin(edges: list[tuple[int, int, float]], sources: list[tuple[int, float]], limit: float) -> None:
    edges.sort()
    start = np.searchsorted(np.array([one[0] for one in edges]), np.arange(NODES + 1)).astype(np.int32)
    target, length = np.array([one[1] for one in edges], np.int32), np.array([one[2] for one in edges], np.float64)
    distance, room = np.full(NODES, np.inf), len(edges) + len(sources)
    nodes, offset = np.array([one[0] for one in sources], np.int32), np.array([one[1] for one in sources], np.float64)
    reached = walk(start, target, length, nodes, offset, limit, distance, np.empty(room), np.empty(room, np.int32))
    assert distance.tolist() == naive_walk(edges, NODES, sources, limit)
    assert reached == np.isfinite(distance).sum()
