"""The concave benefit: right at 0/1, its slope that of finite differences, its tangents above it, its steps uphill."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.kernels.columns import F64
from signals.kernels.siting_bound import best_step, tangent
from tests.support.naive_siting import benefit
from tests.support.siting_cases import Case, cases


def at(case: Case, x: F64) -> tuple[float, F64, F64]:
    rate = -np.log1p(-np.minimum(case.share, 0.9999))
    left, slope = np.empty(len(case.trips)), np.empty(len(x))
    value = tangent(case.trips.first, case.trips.stop, case.trips.weight, rate, case.extra, x, left, slope)
    return value, left, slope


@given(cases(), st.data())
def test_it_is_the_benefit_at_choices_and_lies_below_its_tangents(case: Case, data: st.DataObject) -> None:
    count = len(case.share)
    fractions = st.lists(st.floats(0, 1), min_size=count, max_size=count)
    chosen = data.draw(st.sets(st.integers(0, count - 1)))
    x = np.array([float(j in chosen) for j in range(count)])
    share = np.minimum(case.share, 0.9999).tolist()
    value, _, _ = at(case, x)
    assert value == pytest.approx(benefit(chosen, case.rows, case.weight, share, case.extra.tolist()), abs=1e-9)
    y = np.array(data.draw(fractions))
    there, _, slope = at(case, y)
    assert value <= there + float(slope @ (x - y)) + 1e-9
    for j in range(count):
        by = np.zeros(count)
        by[j] = 1e-6
        risen = (at(case, y + by)[0] - at(case, y - by)[0]) / 2e-6
        assert slope[j] == pytest.approx(risen, rel=1e-4, abs=1e-4)


@given(cases(), st.data())
def test_a_step_is_the_best_of_many_places_on_the_way(case: Case, data: st.DataObject) -> None:
    count = len(case.share)
    fractions = st.lists(st.floats(0, 1), min_size=count, max_size=count)
    x, to = np.array(data.draw(fractions)), np.array(data.draw(fractions))
    rate = -np.log1p(-np.minimum(case.share, 0.9999))
    _, left, _ = at(case, x)
    step = best_step(case.trips.first, case.trips.stop, left, rate, case.extra, to - x, 40)
    assert 0 <= step <= 1
    best = max(at(case, x + s * (to - x))[0] for s in np.linspace(0, 1, 21))
    assert at(case, x + step * (to - x))[0] >= best - 1e-9
