from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.kernels.columns import F64, I32
from signals.kernels.plans import choose, judge
from tests.support import naive_plans


def chosen(total: F64, plans: int, shortest: int) -> tuple[float, list[int]]:
    n = len(total)
    choice = np.full(n, -1, np.int32)
    cost = choose(
        total, plans, shortest, np.empty((n + 1, n + 1)), np.empty((n + 1, n + 1), np.int32), np.empty((plans + 1, n + 1)),
        np.empty((plans + 1, n + 1), np.int32), choice,
    )  # fmt: skip
    return float(cost), choice.tolist()


def judged(cost: F64, day_type: list[int], plans: int, shortest: int) -> tuple[F64, F64, I32]:
    held, finest = np.empty(cost.shape[:2]), np.empty(cost.shape[:2])
    choice = np.empty(cost.shape[:2], np.int32)
    judge(cost, np.array(day_type, np.int32), plans, shortest, held, finest, choice)
    return held, finest, choice


@st.composite
def costs(draw: st.DrawFn) -> F64:
    days, intervals, timings = draw(st.integers(1, 4)), draw(st.integers(1, 7)), draw(st.integers(1, 4))
    values = draw(st.lists(st.integers(0, 50), min_size=days * intervals * timings, max_size=days * intervals * timings))
    cost = np.array(values, float).reshape(days, intervals, timings)
    for d, n in draw(st.sets(st.tuples(st.integers(0, days - 1), st.integers(0, intervals - 1)))):
        cost[d, n] = math.nan
    return cost


@settings(max_examples=200, deadline=None)
@given(costs(), st.integers(1, 4), st.integers(1, 3))
def test_the_plans_are_the_best_of_all_ways_to_cut_the_day(cost: F64, plans: int, shortest: int) -> None:
    wanted, _ = naive_plans.best(cost.tolist(), plans, shortest)
    total = np.nansum(cost, axis=0)
    found, choice = chosen(total, plans, shortest)
    assert found == wanted
    if math.isfinite(found):
        assert sum(total[n, q] for n, q in enumerate(choice)) == found
        assert 1 + sum(a != b for a, b in pairwise(choice)) <= plans
    else:
        assert choice == [-1] * len(total)


@settings(max_examples=200, deadline=None)
@given(costs(), st.integers(1, 3), st.integers(1, 2), st.data())
def test_a_day_is_judged_under_plans_made_without_it(cost: F64, plans: int, shortest: int, data: st.DataObject) -> None:
    day_type = data.draw(st.lists(st.integers(-1, 1), min_size=len(cost), max_size=len(cost)))
    held, finest, choice = judged(cost, day_type, plans, shortest)
    for d, kind in enumerate(day_type):
        others = [day.tolist() for e, day in enumerate(cost) if e != d and day_type[e] == kind]
        if kind < 0 or not others:
            assert np.isnan(held[d]).all()
            assert np.isnan(finest[d]).all()
            assert (choice[d] == -1).all()
            continue
        least, _ = naive_plans.best(others, plans, shortest)
        if math.isinf(least):
            assert (choice[d] == -1).all()
            continue
        chosen_for_others = sum(naive_plans.sum_known(others, n, n + 1, q) for n, q in enumerate(choice[d].tolist()))
        assert chosen_for_others == least
        for n, q in enumerate(choice[d].tolist()):
            assert held[d, n] == pytest.approx(cost[d, n, q], nan_ok=True)
            own = [naive_plans.sum_known(others, n, n + 1, q) for q in range(cost.shape[2])]
            finer = q if own[q] == min(own) else own.index(min(own))
            assert finest[d, n] == pytest.approx(cost[d, n, finer], nan_ok=True)


def test_more_plans_never_cost_more() -> None:
    total = np.random.default_rng(5).uniform(0.0, 9.0, (20, 6))
    found = [chosen(total, plans, 1)[0] for plans in range(1, 21)]
    assert all(b <= a for a, b in pairwise(found))
    assert found[-1] == pytest.approx(total.min(axis=1).sum())
