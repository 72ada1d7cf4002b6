"""Bounds: the filling of limits by fractions, and how near tangent planes come where the plain bound is far off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.kernels.siting import all_gains
from signals.siting import Limits, begin, make_plan, select
from signals.siting_bound import Room, fill, tangent_bound
from signals.siting_objective import Objective, make_objective
from tests.support.siting_cases import trips_of

VALUES = st.lists(st.floats(0, 10), min_size=1, max_size=8)


@given(VALUES, st.integers(0, 8), st.sampled_from([math.inf, 0.5, 2.0, 5.0]), st.data())
def test_filling_is_above_every_choice_and_takes_no_more_than_there_is(
    values: list[float], number: int, budget: float, data: st.DataObject
) -> None:
    value = np.array(values)
    cost = np.array([data.draw(st.sampled_from([0.5, 1.0, 3.0])) for _ in values])
    rows = np.array([data.draw(st.booleans()) for _ in values], np.uint8)
    most, x = fill(value, rows, Room(rows, 1 - rows, cost, number, budget))
    assert most == pytest.approx(float(x @ value))
    assert (x[rows == 0] == 0).all()
    assert x.sum() <= number + 1e-9 or float(x @ cost) <= budget + 1e-9
    for subset in range(1 << len(values)):
        chosen = [j for j in range(len(values)) if subset >> j & 1]
        if len(chosen) <= number and cost[chosen].sum() <= budget and rows[chosen].all():
            assert value[chosen].sum() <= most + 1e-9


def test_the_tangent_bound_is_several_times_nearer_than_gains_left_over() -> None:
    rng = np.random.default_rng(2)
    rows = [rng.choice(60, 12, replace=False, p=(p := rng.random(60)) / p.sum()).tolist() for _ in range(800)]
    trips = trips_of(rows, [1.0] * 800, 60)
    objective, limits = make_objective(60), Limits(15)
    plan, start = make_plan(trips, objective, limits), begin(trips, objective, limits)
    _, left = select(trips, objective, start, False)
    residual = np.empty(60)
    all_gains(trips.start, trips.trip, left, objective.share, objective.extra, residual)
    left_over = np.sort(residual)[::-1][:15].sum()
    assert plan.bound - plan.benefit < left_over / 5


def test_a_share_of_one_has_a_finite_bound() -> None:
    trips, nothing = trips_of([[0, 1], [1]], [1.0, 2.0], 2), np.zeros(2, np.uint8)
    objective = Objective(np.array([0.5, 1.0]), np.zeros(2), 1.0, "", nothing, nothing)
    room = Room(np.ones(2, np.uint8), nothing, np.ones(2), 1, math.inf)
    assert tangent_bound(trips, trips.weight, objective, np.array([0.0, 1.0]), room) == pytest.approx(3.0)
