"""Coverage over time: the moments are those of `coverage_at`, and time in state is what a clock would show."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.coverage import coverage_at
from signals.coverage_days import HOUR, Bins, days, local_midnight, moments, service_time
from signals.coverage_series import coverage_moments, principal_series, time_in_state
from signals.coverage_weights import Measured
from signals.finding import Finding
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory_history import Import, InventoryHistory
from signals.inventory_spans import spans_now, spans_of
from signals.model import Grade, Rung, Verdict
from signals.state_history import StateHistory, StateParameters, StateView
from tests.support.inventories import crossings, graded

D = CoverageDefinitions()
MIDNIGHT = local_midnight(datetime.date(2026, 11, 26), "Asia/Shanghai")
DAY = 24 * HOUR


def told(*findings: tuple[str, int, int, Rung], life: int = 0) -> StateView:
    """States of intersections by id: (id, start, end, rung), all of it proved."""
    history = StateHistory(StateParameters(life))
    ids = sorted({one[0] for one in findings})
    history.record([Finding(ids.index(name), a, b, Verdict.ADAPTING, rung, rung, 22, 1.0) for name, a, b, rung in findings], ids)
    return history.view()


def test_a_signal_that_adapts_six_hours_a_day_is_covered_by_a_quarter() -> None:
    on = [("0", MIDNIGHT + k * DAY + 6 * HOUR, MIDNIGHT + k * DAY + 12 * HOUR, Rung.HEALTHY) for k in range(3)]
    off = [
        ("0", MIDNIGHT + k * DAY + h * HOUR, MIDNIGHT + k * DAY + (h + 6) * HOUR, Rung.ONLINE) for k in range(3) for h in (0, 12, 18)
    ]
    spans, states, end = spans_now(graded([11])), told(*on, *off), MIDNIGHT + 3 * DAY
    each = time_in_state(days(MIDNIGHT, end, "Asia/Shanghai"), spans, states, D)[0]
    assert each.strict(Rung.ADAPTING).tolist() == each.lenient(Rung.ADAPTING).tolist() == [0.25] * 3
    assert each.whole().strict(Rung.ADAPTING).tolist() == [0.25]
    assert each.strict(Rung.ONLINE).tolist() == [1.0] * 3
    service = time_in_state(service_time(MIDNIGHT, end, "Asia/Shanghai", D.service_time), spans, states, D)[0]
    assert service.whole().strict(Rung.ADAPTING).tolist() == [6 / 16]


def test_silence_is_unknown_time() -> None:
    states = told(("0", MIDNIGHT, MIDNIGHT + 6 * HOUR, Rung.HEALTHY))
    found = time_in_state(days(MIDNIGHT, MIDNIGHT + DAY, "Asia/Shanghai"), spans_now(graded([11])), states, D)[0]
    assert (found.strict(Rung.HEALTHY)[0], found.lenient(Rung.HEALTHY)[0]) == (0.25, 1.0)
    assert found.lenient(Rung.EFFECTIVE)[0] == 0.75
    held = told(("0", MIDNIGHT, MIDNIGHT + 6 * HOUR, Rung.HEALTHY), life=HOUR)
    found = time_in_state(days(MIDNIGHT, MIDNIGHT + DAY, "Asia/Shanghai"), spans_now(graded([11])), held, D)[0]
    assert found.strict(Rung.HEALTHY)[0] == 7 / 24


def test_an_intersection_weighs_by_its_time_in_the_inventory() -> None:
    history = InventoryHistory().record(crossings({"a": 22}), Import(MIDNIGHT, 0, "", "")).history
    history = history.record(crossings({"a": 22, "b": 22}), Import(MIDNIGHT + 12 * HOUR, 1, "", "")).history
    states = told(("a", MIDNIGHT, MIDNIGHT + DAY, Rung.EFFECTIVE), ("b", MIDNIGHT, MIDNIGHT + DAY, Rung.ONLINE))
    found = time_in_state(days(MIDNIGHT, MIDNIGHT + DAY, "Asia/Shanghai"), spans_of(history), states, D)[0]
    assert found.total[0, 0] == 1.5 * DAY
    assert found.strict(Rung.EFFECTIVE)[0] == pytest.approx(1 / 1.5)
    before = time_in_state(days(MIDNIGHT, MIDNIGHT + DAY, "Asia/Shanghai"), spans_of(history, known_at=0), states, D)[0]
    assert before.strict(Rung.EFFECTIVE)[0] == 1.0


DRAWN = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.integers(1, 12), st.sampled_from(list(Rung))), min_size=1, max_size=10
)


@settings(max_examples=25, deadline=None)
@given(DRAWN, st.lists(st.tuples(st.sampled_from(["a", "ab", "bc", "abc"]), st.sampled_from(list(Grade))), min_size=1, max_size=4))
def test_a_series_is_coverage_at_each_of_its_moments(
    findings: list[tuple[str, int, int, Rung]], imports: list[tuple[str, Grade]]
) -> None:
    history = InventoryHistory()
    for number, (ids, grade) in enumerate(imports):
        listed = crossings(dict.fromkeys(ids, 22), int(grade))
        history = history.record(listed, Import(12 * number, number, "", "")).history
    spans, states = spans_of(history), told(*((name, a, a + length, rung) for name, a, length, rung in findings), life=3)
    flow = Measured("flow", ["a", "b"], np.array([40.0, np.nan]))
    times = moments(-2, 60, 1)
    series = coverage_moments(times, spans, states, D, [flow])
    official = principal_series(times, spans, states, D)
    for t, time in enumerate(times.tolist()):
        now = coverage_at(time, spans, states, D, [flow])
        assert next(one for one in now.official if one.reading == D.principal) == official[t]
        for whole, scope in zip(series, now.scopes):
            assert whole.undecided[t] == scope.undecided
            for k, shares in enumerate(scope.shares):
                assert whole.proved[t, :, k].tolist() == pytest.approx(list(shares.proved))
                assert whole.possible[t, :, k].tolist() == pytest.approx(list(shares.possible))
                assert (whole.total[t, k], whole.unknown_items[t, k]) == pytest.approx((shares.total, shares.unknown_items))
    bins = Bins(np.array([-2, 20], np.int64), np.array([11, 60], np.int64))
    spent = time_in_state(bins, spans, states, D, [flow])
    for whole, sums in zip(spent, series):
        for b, (first, stop) in enumerate(((0, 13), (22, 62))):
            np.testing.assert_allclose(whole.proved[b], sums.proved[first:stop].sum(axis=0))
            np.testing.assert_allclose(whole.unknown_items[b], sums.unknown_items[first:stop].sum(axis=0))


def test_nothing_has_no_share() -> None:
    empty = coverage_moments(moments(0, 2, 1), spans_now(graded([])), told(("x", 0, 1, Rung.ONLINE)), D)[0]
    assert all(math.isnan(one) for one in empty.strict(Rung.LISTED))
    assert time_in_state(days(5, 5, "Asia/Shanghai"), spans_now(graded([11])), told(("0", 0, 1, Rung.ONLINE)), D)[0].total.shape == (
        0,
        2,
    )
