from __future__ import annotations

import numpy as np

from feeds.parking.simulated import lots
from feeds.parking.simulated_walks import walking_streets
from feeds.parking.streets import read_streets
from feeds.simulated import District
from parking.streets import build_streets, metres


def test_the_streets_are_read_back_and_hang_together() -> None:
    drawn = District(1).streets
    read, counters = read_streets("streets.csv", walking_streets(drawn).encode())
    assert (len(read), counters.refused_total) == (len(drawn.edge_from) // 2, 0)
    graph = build_streets(read)
    assert len(graph.lat) > len(drawn.node_x)
    assert np.isclose(graph.length.sum() / 2, drawn.edge_length[::2].sum(), rtol=0.01)


def test_a_way_leads_from_each_car_park_to_its_street() -> None:
    drawn, places = District(3).streets, [(lot.lat, lot.lon) for lot, _ in lots()]
    plain, ways = (read_streets("streets.csv", walking_streets(drawn, some).encode())[0] for some in ((), places))
    graph = build_streets(ways)
    for lat, lon in places:
        assert metres(graph.lat, graph.lon, lat, lon).min() < 1.0, "it can be reached"
    lengths = [build_streets(some).length.sum() / 2 for some in (plain, ways)]
    direct = [float(metres(one.lat[0], one.lon[0], one.lat[-1], one.lon[-1])) for one in ways[-len(places) :]]
    assert np.isclose(lengths[1] - lengths[0], sum(direct), rtol=0.01), "streets are cut, not lengthened"
