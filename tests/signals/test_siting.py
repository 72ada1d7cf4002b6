"""Plans against the best of all choices: bounds hold, guarantees are met, limits are kept."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.siting import GREEDY, Limits, Plan, make_plan
from signals.siting_objective import Objective, SitingError, make_objective
from signals.siting_trips import Trips
from tests.support.naive_siting import benefit, optimum
from tests.support.siting_cases import Case, cases, trips_of


def objective_of(case: Case) -> Objective:
    nothing = np.zeros(len(case.share), np.uint8)
    return Objective(case.share, case.extra, 1.0, "", nothing, nothing)


@st.composite
def limits(draw: st.DrawFn, count: int) -> tuple[Limits, list[int], list[int]]:
    """(limits without contradictions, rows that may be chosen, rows equipped)."""
    order = draw(st.permutations(range(count)))
    equipped, never = order[: count // 4], order[count // 4 : count // 3]
    free = sorted(order[count // 3 :])
    must = draw(st.lists(st.sampled_from(free), max_size=1))
    most = draw(st.none() | st.integers(max(len(must), 1), count))
    budget = draw(st.sampled_from([4.0, 7.0, 12.0] if most is None else [math.inf, math.inf, 4.0, 7.0]))
    return Limits(most, budget, None, must, never, equipped), free, equipped


def priced(case: Case, wanted: Limits) -> Limits:
    return Limits(wanted.most, wanted.budget, case.cost, wanted.must, wanted.never, wanted.equipped)


@given(cases(most=7), st.data())
def test_no_choice_beats_the_bound_and_the_plan_keeps_its_guarantee(case: Case, data: st.DataObject) -> None:
    count = len(case.share)
    wanted, free, equipped = data.draw(limits(count))
    wanted = priced(case, wanted)
    plan = make_plan(case.trips, objective_of(case), wanted)
    begun = [w * math.prod(1 - case.share[j] for j in row if j in equipped) for row, w in zip(case.rows, case.weight)]
    arguments = case.rows, begun, case.share.tolist(), case.extra.tolist()
    most = count if wanted.most is None else wanted.most
    best = optimum(free, most, wanted.budget, case.cost.tolist(), wanted.must, *arguments)
    assert plan.benefit == pytest.approx(benefit(plan.chosen.tolist(), *arguments), abs=1e-9)
    assert plan.benefit <= best + 1e-9
    assert plan.bound >= best - 1e-9
    assert math.isnan(plan.guarantee) or plan.benefit >= plan.guarantee * best - 1e-9
    assert plan.guarantee == GREEDY or not math.isinf(wanted.budget)
    assert set(wanted.must) <= set(plan.chosen.tolist()) <= set(free)
    assert len(plan.chosen) <= most
    assert plan.cost.sum() <= wanted.budget + 1e-9
    assert 0 <= plan.gap <= 1
    check_exchanges(plan, best)


def check_exchanges(plan: Plan, best: float) -> None:
    """An exchange leads to a choice within the limits, so to none above the best."""
    assert plan.swap_regret >= 0
    assert plan.benefit + plan.swap_regret <= best + 1e-9
    assert (np.isnan(plan.swap_change) == (plan.swap < 0)).all()
    assert (plan.swap[plan.must == 1] == -1).all()


@given(cases())
def test_a_larger_number_keeps_the_smaller_plan_and_never_loses(case: Case) -> None:
    plans = [make_plan(case.trips, objective_of(case), Limits(n)) for n in range(1, len(case.share) + 1)]
    for small, large in pairwise(plans):
        assert large.chosen[:-1].tolist() == small.chosen.tolist()
        assert large.benefit >= small.benefit - 1e-9
    assert plans[-1].gap == pytest.approx(0, abs=1e-9)


def test_a_dear_intersection_is_not_bought_for_two_that_save_more() -> None:
    trips = trips_of([[0], [1], [2]], [10.0, 7.0, 7.0], 3)
    cost = np.array([2.0, 1.0, 1.0])
    plan = make_plan(trips, make_objective(3), Limits(None, 2.0, cost))
    assert (plan.chosen.tolist(), plan.by_ratio) == ([1, 2], True)
    assert plan.guarantee == GREEDY / 2


def test_a_cheap_one_of_the_best_ratio_does_not_displace_the_best_single() -> None:
    trips = trips_of([[0], [1]], [1.0, 90.0], 2)
    plan = make_plan(trips, make_objective(2), Limits(None, 100.0, np.array([1.0, 100.0])))
    assert (plan.chosen.tolist(), plan.by_ratio) == ([1], False)


def test_a_number_and_a_budget_that_both_bind_have_no_guarantee_but_a_bound() -> None:
    trips = trips_of([[0], [1], [2], [3]], [9.0, 8.0, 4.0, 3.0], 4)
    plan = make_plan(trips, make_objective(4), Limits(2, 5.0, np.array([5.0, 3.0, 2.0, 1.0])))
    assert math.isnan(plan.guarantee)
    assert plan.chosen.tolist() == [3, 1]
    assert plan.swap_regret == pytest.approx(0.15)  # 2 for 3 is the best choice
    assert plan.bound >= 0.15 * 12
    enough = make_plan(trips, make_objective(4), Limits(2, 50.0, np.array([5.0, 3.0, 2.0, 1.0])))
    assert (enough.guarantee, enough.chosen.tolist()) == (GREEDY, [0, 1])


def test_corridor_passes_are_told_beside_the_benefit() -> None:
    trips = trips_of([[0, 1, 2], [2, 1]], [4.0, 1.0], 3)
    plan = make_plan(trips, make_objective(3), Limits(2, equipped=[0]))
    assert plan.chosen.tolist() == [1, 2]
    assert plan.corridor.tolist() == [4.0, 5.0]


def test_candidates_leave_out_what_does_not_count_but_not_what_must_be_in_it() -> None:
    trips: Trips = trips_of([[0], [1], [2]], [3.0, 2.0, 1.0], 3)
    few = np.array([0, 0, 1], np.uint8)
    assert make_plan(trips, make_objective(3), Limits(3, candidates=few)).chosen.tolist() == [2]
    assert make_plan(trips, make_objective(3), Limits(3, candidates=few, must=[1])).chosen.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (Limits(2, must=[0], never=[0]), "excluded, or equipped already"), (Limits(2, must=[0], equipped=[0]), "equipped already"),
        (Limits(), "neither a number nor a budget"), (Limits(1, must=[0, 1]), "2 intersections must be chosen and the number is 1"),
        (Limits(None, 2.0, np.array([3.0, 1.0]), must=[0]), "cost 3 and the budget is 2"),
        (Limits(None, 2.0, np.array([np.nan, 1.0])), "unknown or not above 0"), (Limits(1, 2.0, np.array([0.0, 1.0])), "not above 0"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_kept_are_told_in_a_sentence(wanted: Limits, sentence: str) -> None:
    with pytest.raises(SitingError, match=sentence):
        make_plan(trips_of([[0], [1]], [1.0, 1.0], 2), make_objective(2), wanted)
