"""Greedy choice, gains, exchanges and corridors against plain Python, on random trips."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.kernels.columns import F64, I32
from signals.kernels.siting import all_gains, best_swaps, choose, corridor_passes, take_in_order
from tests.support.naive_siting import benefit, plain_greedy
from tests.support.siting_cases import Case, cases, trips_of


def chosen_of(case: Case, allowed: list[int], most: int, budget: float, by_ratio: bool) -> tuple[list[int], list[float], F64, int]:
    count = len(case.share)
    mask = np.zeros(count, np.uint8)
    mask[allowed] = 1
    left, chosen, gain = case.trips.weight.copy(), np.empty(count, np.int32), np.empty(count)
    picked, evaluated = choose(
        mask, most, budget, case.cost, by_ratio, case.trips.start, case.trips.trip, left, case.share, case.extra, chosen, gain
    )
    return chosen[:picked].tolist(), gain[:picked].tolist(), left, evaluated


@given(cases(), st.data())
def test_lazy_greedy_chooses_what_plain_greedy_does(case: Case, data: st.DataObject) -> None:
    count = len(case.share)
    allowed = sorted(data.draw(st.sets(st.integers(0, count - 1))))
    most, by_ratio = data.draw(st.integers(0, count)), data.draw(st.booleans())
    budget = data.draw(st.sampled_from([np.inf, 0.5, 3.0, 4.5, 7.0]))
    left = list(case.weight)
    numbers = case.share.tolist(), case.extra.tolist()
    expected = plain_greedy(allowed, most, budget, case.cost.tolist(), by_ratio, case.rows, left, *numbers)
    chosen, gain, rest, evaluated = chosen_of(case, allowed, most, budget, by_ratio)
    assert chosen == [j for j, _ in expected]
    assert gain == [g for _, g in expected]
    assert rest.tolist() == left
    assert evaluated <= len(allowed) * (most + 1)
    assert sum(gain) == pytest.approx(benefit(chosen, case.rows, case.weight, *numbers))


@given(cases())
def test_gains_fall_as_the_choice_grows_and_are_never_negative(case: Case) -> None:
    count = len(case.share)
    chosen, gain, _, _ = chosen_of(case, list(range(count)), count, np.inf, False)
    assert sorted(chosen) == list(range(count))
    assert all(g >= 0 for g in gain)
    before, left = np.full(count, np.inf), case.trips.weight.copy()
    for j in chosen:
        now = np.empty(count)
        all_gains(case.trips.start, case.trips.trip, left, case.share, case.extra, now)
        assert (now <= before).all()
        before = now
        take_in_order(np.array([j], np.int32), case.trips.start, case.trips.trip, left, case.share, case.extra, np.empty(1))


def test_equal_gains_go_to_the_lower_row() -> None:
    case = Case(rows := [[3], [1], [2]], [1.0] * 3, np.full(4, 0.15), np.zeros(4), np.ones(4), trips_of(rows, [1.0] * 3, 4))
    assert chosen_of(case, [0, 1, 2, 3], 4, np.inf, False)[0] == [1, 2, 3, 0]
    assert chosen_of(case, [0, 1, 2, 3], 4, np.inf, True)[0] == [1, 2, 3, 0]


@given(cases(), st.data())
def test_the_best_exchange_is_the_one_that_trying_all_finds(case: Case, data: st.DataObject) -> None:
    count, trips = len(case.share), case.trips
    chosen, _, left, _ = chosen_of(case, list(range(count)), data.draw(st.integers(0, count)), np.inf, False)
    allowed = data.draw(st.sets(st.integers(0, count - 1)))
    movable = np.array([data.draw(st.booleans()) for _ in chosen], np.uint8)
    spare = data.draw(st.sampled_from([np.inf, 0.0, 1.0]))
    mask, residual = np.zeros(count, np.uint8), np.empty(count)
    mask[list(allowed)] = 1
    all_gains(trips.start, trips.trip, left, case.share, case.extra, residual)
    other, change = np.empty(len(chosen), np.int32), np.empty(len(chosen))
    best_swaps(
        np.array(chosen, np.int32), movable, mask, case.cost, spare, trips.first, trips.stop, trips.start, trips.trip, trips.weight,
        left, case.share, case.extra, residual, other, change,
    )  # fmt: skip
    arguments = case.rows, case.weight, case.share.tolist(), case.extra.tolist()
    here = benefit(chosen, *arguments)
    for k, j in enumerate(chosen):
        tried = {
            m: benefit({*chosen} - {j} | {m}, *arguments) - here
            for m in allowed - {*chosen} if movable[k] and case.cost[m] <= case.cost[j] + spare
        }  # fmt: skip
        if not tried:
            assert other[k] == -1
            assert np.isnan(change[k])
        else:
            assert change[k] == pytest.approx(max(tried.values()), abs=1e-9)
            assert tried[int(other[k])] == pytest.approx(max(tried.values()), abs=1e-9)


@given(cases(), st.data())
def test_corridor_passes_are_counted_for_the_step_that_makes_them(case: Case, data: st.DataObject) -> None:
    count = len(case.share)
    order = data.draw(st.permutations(range(count)))
    equipped, chosen = order[: count // 3], order[count // 3 : 2 * count // 3]
    step = np.full(count, -1, np.int32)
    step[equipped] = 0
    step[chosen] = np.arange(1, len(chosen) + 1)
    out: F64 = np.empty(len(chosen) + 1)
    corridor_passes(case.trips.first, case.trips.stop, case.trips.weight, step, out)
    for k in range(len(out)):
        there = {*equipped, *chosen[:k]}
        passes = sum(w for row, w in zip(case.rows, case.weight) for a, b in pairwise(row) if a in there and b in there)
        assert out[: k + 1].sum() == pytest.approx(passes)


@given(cases())
def test_trips_are_indexed_by_intersection_in_their_order(case: Case) -> None:
    trips = case.trips
    for j in range(trips.intersections):
        through: I32 = trips.trip[trips.start[j] : trips.start[j + 1]]
        assert through.tolist() == [t for t, row in enumerate(case.rows) if j in row]
