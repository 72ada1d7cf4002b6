"""The networks of the bench are what they say, and on each of them greedy choice is never below the rankings."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from bench.siting_networks import Town, towns
from signals.siting import Limits, make_plan
from signals.siting_comparison import flow, ranking
from signals.siting_objective import make_objective


@pytest.mark.slow
def test_greedy_choice_beats_flow_and_betweenness_for_every_number_on_every_network() -> None:
    found = [town for town in towns(3000, 144) if isinstance(town, Town)]
    assert len(found) == 5
    for town in found:
        graph, count = town.graph, town.trips.intersections
        assert networkx.number_weakly_connected_components(graph.to_networkx()) < max(2, len(graph.node_ids) // 50)
        assert (np.diff(town.trips.first) > 0).mean() > 0.85
        objective, limits = make_objective(count), Limits(min(50, count))
        plan = make_plan(town.trips, objective, limits)
        central = graph.betweenness(200)
        for score in (flow(town.trips), central):
            theirs = np.cumsum(ranking(town.trips, objective, limits, plan, score).gain)
            assert (np.cumsum(plan.gain) >= theirs * (1 - 1e-9)).all(), town.name
            assert (np.cumsum(plan.gain) > theirs * (1 + 1e-9)).any(), town.name
        assert plan.gap < 0.03
