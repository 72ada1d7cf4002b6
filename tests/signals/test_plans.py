from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.delay import control_delay, webster_cycle
from signals.kernels.columns import F64, I32
from signals.plans import Junction, best_timing, cycle_grid, day_plans, judge_days, library
from signals.worth_parameters import WORTH, TimingParameters

Q = WORTH
CROSS = Junction(np.array([3300.0, 3300.0, 1650.0, 1650.0]), np.array([0, 2, 4], np.int32), np.array([15, 15], np.int32), 8)
SAME_TYPE = np.zeros(8, np.int32)


def random_days(seed: int, days: int = 5, intervals: int = 24) -> F64:
    """Flows that differ from day to day, veh/h."""
    rng = np.random.default_rng(seed)
    shape = 0.5 + 0.5 * np.sin(np.linspace(0.0, 2 * np.pi, intervals))
    return rng.uniform(0.3, 1.5, (days, intervals, 4)) * shape[None, :, None] * np.array([800.0, 700.0, 400.0, 350.0])


def total_delay(flow: F64, timing: I32) -> float:
    """By the formulas of `signals.delay`, veh·s."""
    stage = np.repeat([0, 1], 2)
    delay = control_delay(flow, CROSS.saturation, timing[1:][stage], float(timing[0])).total
    return float((flow * Q.timing.period * delay).sum())


def test_the_delay_of_a_timing_is_that_of_the_formulas() -> None:
    flow = np.array([[900.0, 500.0, 300.0, 250.0], [1600.0, 400.0, 800.0, 100.0]])
    found = best_timing(flow, CROSS)
    assert [total_delay(row, timing) for row, timing in zip(flow, found.timing)] == pytest.approx(found.cost.tolist())


def test_the_best_cycle_is_near_websters() -> None:
    """Webster's C₀ is the minimum of his own delay; HCM's differs, and is flat about its minimum."""
    wide = TimingParameters(cycle_step=1, least_green=1)
    junction = Junction(CROSS.saturation, CROSS.stage_start, np.array([1, 1], np.int32), 8)
    for load in (0.5, 0.6, 0.7, 0.8):
        flow = CROSS.saturation * load / 2
        found = best_timing(flow[None], junction, wide)
        webster = float(webster_cycle(8.0, load))
        assert 0.6 * webster < found.timing[0, 0] < 1.5 * webster
        assert abs(int(found.timing[0, 1]) - int(found.timing[0, 2])) <= 8, "equal flow ratios: about equal greens"


def test_greens_keep_their_minimum_and_fill_the_cycle() -> None:
    found = best_timing(random_days(1).reshape(-1, 4), CROSS)
    assert (found.timing[:, 1:] >= 15).all()
    assert (found.timing[:, 1:].sum(axis=1) + 8 == found.timing[:, 0]).all()
    assert set(found.timing[:, 0].tolist()) <= set(cycle_grid(Q.timing).tolist())


def test_where_no_cycle_is_long_enough_nothing_is_known() -> None:
    slow = Junction(CROSS.saturation, CROSS.stage_start, np.array([120, 120], np.int32), 8)
    days = random_days(2)
    assert np.isnan(best_timing(days[0], slow).cost).all()
    assert day_plans(days, slow) is None
    assert all(np.isnan(column).all() for column in judge_days(days, slow, SAME_TYPE[:5])[:4])


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_own_timings_beat_plans_and_plans_beat_one_plan(seed: int, plans: int) -> None:
    days = random_days(seed)
    several = day_plans(days, CROSS, Q._replace(plans=plans))
    one = day_plans(days, CROSS, Q._replace(plans=1))
    judged = judge_days(days, CROSS, SAME_TYPE[:5], Q._replace(plans=plans))
    assert several is not None
    assert one is not None
    assert judged.best.sum() <= several.cost * (1 + 1e-12)
    assert several.cost <= one.cost * (1 + 1e-12)
    assert len(several.begin) <= plans
    assert len(one.begin) == 1
    assert (judged.best <= judged.plans + 1e-9).all()
    assert (judged.best <= judged.causal + 1e-9).all()
    assert (judged.best <= judged.finest + 1e-9).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_demand_that_repeats_in_as_many_spans_as_there_are_plans_gains_nothing(seed: int, spans: int) -> None:
    rng = np.random.default_rng(seed)
    levels = rng.uniform(50.0, 900.0, (spans, 4))
    day = np.repeat(levels, 4, axis=0)
    judged = judge_days(np.stack([day] * 3), CROSS, SAME_TYPE[:3], Q._replace(plans=spans))
    assert judged.plans == pytest.approx(judged.best, rel=1e-12)
    assert judged.finest == pytest.approx(judged.best, rel=1e-12)


def test_plans_are_switched_where_demand_changes() -> None:
    day = np.concatenate([np.tile([200.0, 200.0, 600.0, 600.0], (10, 1)), np.tile([1500.0, 1400.0, 150.0, 150.0], (14, 1))])
    found = day_plans(np.stack([day, day]), CROSS)
    assert found is not None
    assert found.begin.tolist() == [0, 10]
    assert found.timing[1, 1] > found.timing[0, 1]
    assert found.cost == pytest.approx(2 * sum(total_delay(row, found.timing[int(n >= 10)]) for n, row in enumerate(day)))


def test_what_was_not_measured_stays_unknown_and_says_nothing() -> None:
    days = random_days(3)
    days[2, 5, 1] = np.nan
    days[:, 7] = np.nan
    judged = judge_days(days, CROSS, SAME_TYPE[:5])
    assert (judged.timing[:, 7] == 0).all()
    for column in judged[:4]:
        unknown = np.isnan(column)
        assert unknown[2, 5]
        assert unknown[:, 7].all()
        assert unknown.sum() == 6
    assert np.array_equal(judged.causal[:, 8], judged.plans[:, 8]), "nothing was known of the interval before"
    assert (judged.causal[:, 0] == judged.plans[:, 0]).all()


def test_plans_are_made_by_day_type_and_need_another_day_of_it() -> None:
    busy, calm = random_days(4, days=1)[0] * 1.6, random_days(5, days=1)[0] * 0.3
    days = np.stack([busy, calm, busy, calm, busy])
    kinds = np.array([0, 1, 0, 1, 2], np.int32)
    judged = judge_days(days, CROSS, kinds, Q._replace(plans=12))
    assert np.isnan(judged.plans[4]).all(), "the only day of its type"
    assert judged.plans[0] == pytest.approx(judged.plans[2])
    mixed = judge_days(days, CROSS, np.zeros(5, np.int32), Q._replace(plans=12))
    assert judged.plans[:4].sum() < mixed.plans[:4].sum()


def test_the_library_holds_only_timings_that_can_run() -> None:
    found = library(random_days(6), CROSS)
    assert 1 < len(found) <= 2 * 24
    assert (found[:, 1:].sum(axis=1) + 8 == found[:, 0]).all()
    assert library(np.full((2, 4, 4), np.nan), CROSS).shape == (0, 3)
