"""The whole answer: grades decide what counts, days are averaged, and JSON says all of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from signals.model import Grade
from signals.road_graph import add_intersections, no_graph
from signals.siting import Limits
from signals.siting_objective import Measured, SitingParameters
from signals.siting_report import SitingCase, report_json, where_next
from signals.siting_trips import trips_between
from tests.signals.test_road_graph import graph_of
from tests.support.siting_cases import trips_of

FEW = SitingParameters(replicates=20)


def town() -> SitingCase:
    """a – b – c – d, with a side street of branch roads at c and d."""
    streets = [("a", "b", 1), ("b", "c", 1), ("c", "d", 3), ("d", "e", 3), ("d", "f", 3), ("b", "g", 2), ("c", "h", 2)]
    graph = graph_of([e for a, b, c in streets for e in ((a, b, c), (b, a, c))], {"b": "B", "c": "C", "d": "D"})
    origin = np.array([graph.node_index[one] for one in "aaeeg"], np.int32)
    goal = np.array([graph.node_index[one] for one in "eeafa"], np.int32)
    trips, lost = trips_between(graph, origin, goal, np.full(5, 2.0))
    assert lost == 0
    return SitingCase(graph, trips, names={"B": "汇泉路"})


def test_a_crossing_of_branch_roads_alone_is_chosen_only_when_it_must_be() -> None:
    case = town()
    assert case.grades.tolist()[2] == Grade.BRANCH_BRANCH
    report = where_next(case, Limits(3), q=FEW)
    assert [case.graph.signal_ids[j] for j in report.plan.chosen] == ["B", "C"]
    forced = where_next(case, Limits(3, must=[2]), q=FEW)
    assert [case.graph.signal_ids[j] for j in forced.plan.chosen] == ["D", "B", "C"]
    listed = where_next(replace(case, grade=np.array([0, 0, 11], np.int8)), Limits(3), q=FEW)
    assert sorted(listed.plan.chosen.tolist()) == [0, 1, 2]


def test_the_json_tells_the_plan_its_doubt_and_the_rankings() -> None:
    case = replace(town(), measured=Measured(np.array([4.0, np.nan, 1.0]), np.array([600.0, np.nan, np.nan])))
    answer = json.loads(json.dumps(report_json(where_next(case, Limits(2, equipped=[2]), q=FEW)), allow_nan=False))
    assert answer["unit"] == "person_seconds_per_day"
    assert (answer["n"], answer["budget"], answer["spent"]) == (2, None, None)
    assert answer["benefit"] == pytest.approx(sum(row["marginal_benefit"] for row in answer["intersections"]))
    assert answer["benefit_at_assumed_gain"] == answer["intersections"][1]["marginal_benefit"]
    assert answer["benefit"] <= answer["bound"]
    assert answer["intersections_known"] == {
        "all": 3, "equipped": 1, "branch_only_or_left_out": 1, "gain_assumed": 1, "bus_delay_unknown": 2,
    }  # fmt: skip
    first, second = answer["intersections"]
    assert (first["rank"], first["intersection_id"], first["name"], first["lat"]) == (1, "B", "汇泉路", None)
    assert (first["grade"], first["gain_assumed"], first["bus_delay_known"]) == (Grade.MAIN_SECONDARY, False, True)
    assert second["gain_assumed"]
    assert second["cumulative_benefit"] == pytest.approx(answer["benefit"])
    assert first["confidence"].keys() == {"held", "at_least_this_rank", "rank_low", "rank_high"}
    assert first["flow"] == {"score": 8.0, "rank": 1, "cumulative_benefit": pytest.approx(first["cumulative_benefit"])}
    assert sorted(answer["rankings"]["betweenness"]["intersections"]) == ["B", "C"]
    assert answer["trips"] == {"rows": 5, "days": 1, "passing_a_chosen": 0.8}


def test_trips_of_several_days_give_the_benefit_of_one() -> None:
    case = town()
    one = where_next(case, Limits(2), q=FEW)
    two_days = replace(case.trips, day=np.array([0, 0, 0, 0, 1], np.int32))
    assert where_next(replace(case, trips=two_days), Limits(2), q=FEW).plan.benefit == pytest.approx(one.plan.benefit / 2)


def test_without_streets_there_is_no_betweenness_and_every_intersection_counts() -> None:
    nowhere = np.full(3, np.nan)
    case = SitingCase(add_intersections(no_graph(), "xyz", nowhere, nowhere), trips_of([[0, 1], [2]], [1.0, 1.0], 3))
    answer = report_json(where_next(case, Limits(None, 2.0, np.ones(3)), q=FEW))
    assert answer["rankings"]["betweenness"] is None
    assert [row["betweenness"] for row in answer["intersections"]] == [None, None]
    assert (answer["budget"], answer["n"], answer["spent"]) == (2.0, 2, 2.0)
    assert answer["intersections"][0]["cost"] == 1.0


def test_betweenness_computed_before_is_used_as_it_is() -> None:
    report = where_next(town(), Limits(1), q=FEW, central=np.array([0.0, 5.0, 9.0]))
    assert report.betweenness is not None
    assert report.betweenness.chosen.tolist() == [1]
