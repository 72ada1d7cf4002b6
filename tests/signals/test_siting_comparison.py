"""Rankings beside a plan: flow counts persons, the same limits hold, benefits are those of the plan's own ruler."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from signals.siting import Limits, make_plan
from signals.siting_comparison import flow, ranking
from signals.siting_objective import make_objective
from tests.support.naive_siting import benefit
from tests.support.siting_cases import Case, cases, trips_of


@given(cases())
def test_flow_counts_the_weight_of_trips_that_pass(case: Case) -> None:
    expected = [sum(w for row, w in zip(case.rows, case.weight) if j in row) for j in range(len(case.share))]
    assert flow(case.trips).tolist() == pytest.approx(expected)


def test_a_ranking_repeats_what_greedy_choice_avoids() -> None:
    trips = trips_of([[0, 1]] * 10 + [[2]] * 9, [1.0] * 19, 3)
    objective, limits = make_objective(3), Limits(2)
    plan = make_plan(trips, objective, limits)
    by_flow = ranking(trips, objective, limits, plan, flow(trips))
    assert (plan.chosen.tolist(), by_flow.chosen.tolist()) == ([0, 2], [0, 1])
    assert by_flow.rank.tolist() == [1, 2, 3]
    assert by_flow.benefit == pytest.approx(benefit([0, 1], [[0, 1]] * 10 + [[2]] * 9, [1.0] * 19, [0.15] * 3, [0.0] * 3))
    assert by_flow.benefit < plan.benefit


def test_rankings_keep_the_limits_of_the_plan() -> None:
    trips = trips_of([[k] for k in range(5)], [9.0, 8.0, 7.0, 6.0, 1.0], 5)
    cost = np.array([1.0, 1.0, 5.0, 1.0, 2.0])
    limits = Limits(None, 4.0, cost, must=[4], never=[1], equipped=[0])
    plan = make_plan(trips, make_objective(5), limits)
    other = ranking(trips, make_objective(5), limits, plan, flow(trips))
    assert plan.chosen.tolist() == other.chosen.tolist() == [4, 3]
    assert other.rank.tolist() == [0, 0, 1, 2, 3]
