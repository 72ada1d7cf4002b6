from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transit.history import DAY_TYPES, HOURS, History
from transit.kernels.columns import F32
from transit.learning_parameters import LearningParameters
from transit.parameters import PredictionParameters

PAR = LearningParameters()
Q = PredictionParameters()
LINKS, STOPS, HOPS, PATTERNS = 4, 2, 5, 3
ELEMENTS = LINKS + STOPS


def planned(seconds: float = 30.0) -> F32:
    return np.full((DAY_TYPES, ELEMENTS, HOURS), seconds, np.float32)


def history() -> History:
    return History.empty(LINKS, STOPS, HOPS, PATTERNS)


def measure(known: History, element: int, day_type: int, hour: int, seconds: float, times: float) -> None:
    known.columns.weight[element, day_type, hour] += times
    known.columns.seconds[element, day_type, hour] += times * seconds


def test_of_an_element_never_measured_the_timetable_is_all_that_is_known() -> None:
    estimates = history().estimates(0, planned(), PAR)
    assert np.all(estimates.mean == 30.0)
    assert not estimates.weight.any()


def test_sparse_knowledge_leans_on_denser_step_by_step() -> None:
    known = history()
    measure(known, 1, 0, 8, 60.0, 1e6)
    mean = known.estimates(0, planned(), PAR).mean[1]
    assert mean[8] == pytest.approx(60.0, rel=1e-3)
    assert np.delete(mean, 8) == pytest.approx(60.0, rel=1e-3)
    measure(known, 1, 1, 8, 20.0, 1e6)
    other = known.estimates(1, planned(), PAR).mean[1]
    assert other[8] == pytest.approx(20.0, rel=1e-3)
    assert other[9] == pytest.approx(40.0, rel=1e-3)
    never = known.estimates(2, planned(), PAR).mean[1]
    assert never[8] == pytest.approx(40.0, rel=1e-3)
    assert known.estimates(0, planned(), PAR).mean[2] == pytest.approx(30.0)


@pytest.mark.parametrize("times", [0.5, 3.0, 40.0])
def test_an_hour_of_a_kind_of_day_counts_by_how_often_it_was_measured(times: float) -> None:
    known = history()
    measure(known, 0, 0, 7, 90.0, times)
    measure(known, 0, 2, 15, 30.0, 1000.0)
    whole = (90.0 * times + 30_000.0) / (times + 1000.0)
    hour = (90.0 * times + PAR.hour_weight * whole) / (times + PAR.hour_weight)
    typed = (90.0 * times + PAR.type_weight * hour) / (times + PAR.type_weight)
    assert known.estimates(0, planned(), PAR).mean[0, 7] == pytest.approx(typed, rel=1e-4)


def test_where_an_hour_was_not_measured_it_differs_as_in_the_timetable() -> None:
    plan = planned()
    plan[:, :, 8] = 60.0
    known = history()
    measure(known, 0, 0, 12, 45.0, 1e6)
    mean = known.estimates(0, plan, PAR).mean[0]
    assert mean[12] == pytest.approx(45.0, rel=1e-3)
    assert mean[20] == pytest.approx(45.0, rel=1e-3)
    assert mean[8] == pytest.approx(90.0, rel=1e-3)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), day_type=st.integers(0, 2))
def test_estimates_lie_between_what_was_measured_and_what_the_timetable_makes_of_it(seed: int, day_type: int) -> None:
    random, known = np.random.default_rng(seed), history()
    known.columns.weight[:] = random.choice([0.0, 0.3, 2.0, 500.0], known.columns.weight.shape)
    known.columns.seconds[:] = known.columns.weight * random.uniform(10.0, 50.0, known.columns.weight.shape)
    estimates = known.estimates(day_type, planned(30.0), PAR)
    assert np.all(np.isfinite(estimates.mean))
    assert np.all((estimates.mean >= 10.0 - 1e-3) & (estimates.mean <= 50.0 + 1e-3))


def test_memory_is_bounded_by_the_network_whatever_is_learned() -> None:
    known = history()
    before = sum(column.nbytes for column in known.columns)
    for day in range(50):
        measure(known, day % ELEMENTS, day % 3, day % 24, 30.0, 1.0)
    assert sum(column.nbytes for column in known.columns) == before
    per_element = known.columns.weight[0].nbytes + known.columns.seconds[0].nbytes + 8
    assert before == ELEMENTS * per_element + 8 * HOPS + 24 * PATTERNS + 8 * (5 + 2)


def test_days_that_have_passed_fade_and_each_is_begun_once() -> None:
    known = history()
    known.begin_day("2026-03-02", PAR)
    measure(known, 0, 0, 8, 60.0, 100.0)
    known.errors[0, 1, 2] = 10.0
    known.begin_day("2026-03-02", PAR)
    assert (known.days, known.columns.weight[0, 0, 8], known.errors[0, 1, 2]) == (1, 100.0, 10.0)
    known.begin_day("2026-03-03", PAR)
    assert (known.days, known.last) == (2, "2026-03-03")
    assert known.columns.weight[0, 0, 8] == pytest.approx(100.0 * PAR.keep)
    assert known.columns.seconds[0, 0, 8] == pytest.approx(6000.0 * PAR.keep)
    assert known.errors[0, 1, 2] == pytest.approx(10.0 * PAR.keep_errors)


@settings(max_examples=50, deadline=None)
@given(slope=st.floats(0.0, 4e-4), every=st.floats(-0.1, 0.1), seed=st.integers(0, 1000))
def test_recovery_is_the_slope_of_time_made_up_over_lateness(slope: float, every: float, seed: int) -> None:
    random, known = np.random.default_rng(seed), history()
    late, typical = random.uniform(30.0, 900.0, 4000), random.uniform(30.0, 120.0, 4000)
    made_up = typical * (every + slope * late)
    known.columns.lateness[:] = [
        typical.sum(), (late * typical).sum(), (late * late * typical).sum(), made_up.sum(), (late * made_up).sum(),
    ]
    assert known.recovery(Q._replace(recovery_prior=1.0)) == pytest.approx(np.polyfit(late, made_up / typical, 1)[0] * Q.fade, abs=0.01)
    assert history().recovery(Q) == pytest.approx(Q.recovery)


def test_a_hops_factor_counts_by_the_seconds_driven() -> None:
    known = history()
    known.columns.hop_actual[1], known.columns.hop_expected[1] = 1200.0, 600.0
    known.columns.hop_actual[2], known.columns.hop_expected[2] = 2e6, 1e6
    factors = known.hop_factors(PAR)
    assert factors[[0, 1]].tolist() == [1.0, pytest.approx(1.5)]
    assert factors[2] == pytest.approx(2.0, rel=1e-2)


def test_variance_before_anything_was_measured_is_a_share_of_the_time_and_then_what_was_measured() -> None:
    known, typical = history(), np.full(ELEMENTS, 40.0, np.float32)
    known.columns.squares[1], known.columns.passes[1] = 25.0 * 1e5, 1e5
    variance = known.variances(typical, PAR)
    assert variance[0] == pytest.approx((PAR.deviation * 40.0) ** 2, rel=1e-5)
    assert variance[1] == pytest.approx(25.0, rel=0.01)


def test_delays_and_holds_of_a_pattern_lean_on_those_of_all() -> None:
    known = history()
    assert known.start_delays(PAR).tolist() == [0.0, 0.0, 0.0]
    assert known.hold_shares(Q).tolist() == pytest.approx([Q.hold_share] * 3)
    known.columns.start_delay[0], known.columns.starts[0] = 60.0 * 1000, 1000
    known.columns.early[0], known.columns.waited[0] = 1e7, 0.2e7
    delays, shares = known.start_delays(PAR), known.hold_shares(Q)
    assert delays == pytest.approx([60.0, 60.0, 60.0], abs=0.5)
    assert shares == pytest.approx([0.2, 0.2, 0.2], abs=0.01)
    known.columns.start_delay[1], known.columns.starts[1] = -10.0 * 1000, 1000
    known.columns.early[1], known.columns.waited[1] = 1e7, 0.9e7
    delays, shares = known.start_delays(PAR), known.hold_shares(Q)
    assert delays == pytest.approx([60.0, -10.0, 25.0], abs=0.5)
    assert shares == pytest.approx([0.2, 0.9, 0.55], abs=0.01)
