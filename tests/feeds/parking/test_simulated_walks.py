from __future__ import annotations

import numpy as np

from feeds.parking.simulated_walks import walking_streets
from feeds.parking.streets import read_streets
from feeds.simulated import District
from parking.streets import build_streets


def test_the_streets_are_read_back_and_hang_together() -> None:
    drawn = District(1).streets
    read, counters = read_streets("streets.csv", walking_streets(drawn).encode())
    assert (len(read), counters.refused_total) == (len(drawn.edge_from) // 2, 0)
    graph = build_streets(read)
    assert len(graph.lat) > len(drawn.node_x)
    assert np.isclose(graph.length.sum() / 2, drawn.edge_length[::2].sum(), rtol=0.01)
