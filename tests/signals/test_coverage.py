"""Coverage at a moment against a count one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.coverage import coverage_at
from signals.coverage_situation import situation_at
from signals.coverage_weights import Measured, by_grade, weights_of
from signals.finding import Finding
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory_history import Import, InventoryHistory
from signals.inventory_spans import spans_now, spans_of
from signals.model import Grade, Rung, Verdict
from signals.state_history import StateHistory, StateView
from tests.support import naive_coverage
from tests.support.inventories import crossings, graded
from tests.support.naive_coverage import Crossing

D = CoverageDefinitions()
HOUR = 3_600_000
GRADES = st.sampled_from([int(grade) for grade in Grade])
ITEMS = st.lists(
    st.tuples(GRADES, st.integers(0, 5), st.integers(0, 5), st.booleans(), st.sampled_from([float("nan"), 0.0, 120.0, 700.5])),
    max_size=12,
)


def told(rungs: list[tuple[int, int] | None], mode: int = 22) -> StateView:
    """States from 0 to an hour of intersections `0`, `1`, …; None: never heard of."""
    found = [
        Finding(row, 0, HOUR, Verdict.UNKNOWN, Rung(one[0]), Rung(one[1]), mode, 1.0)
        for row, one in enumerate(rungs)
        if one is not None
    ]
    history = StateHistory()
    history.record(found, [str(row) for row in range(len(rungs))])
    return history.view()


@settings(max_examples=100, deadline=None)
@given(ITEMS)
def test_every_sum_of_every_scope_is_that_of_the_twin(items: list[tuple[int, int, int, bool, float]]) -> None:
    rungs = [(min(a, b), max(a, b)) if heard else None for _, a, b, heard, _ in items]
    flow = Measured("flow", [str(k) for k in range(len(items))], np.array([one[4] for one in items]))
    found = coverage_at(5, spans_now(graded([one[0] for one in items])), told(rungs), D, [flow])
    for scope, grades in zip(found.scopes, (None, *(reading.grades for reading in D.grade_readings))):
        for shares in scope.shares:
            one_by_one = []
            for (grade, *_, value), rung in zip(items, rungs):
                by = {"count": 1.0, "importance": D.grade_weights.get(Grade(grade), float("nan")), "flow": value}
                one_by_one.append(Crossing(grade, *(rung or (0, 5)), by[shares.weight]))
            proved, possible, total, unknown, undecided = naive_coverage.shares(one_by_one, grades and frozenset(map(int, grades)))
            assert list(shares.proved) == pytest.approx(proved)
            assert list(shares.possible) == pytest.approx(possible)
            assert (shares.total, shares.unknown_items, scope.undecided) == (pytest.approx(total), unknown, undecided)


def test_coverage_equals_an_earlier_one_until_something_changes() -> None:
    spans, states = spans_now(graded([11, 12, 31])), told([(4, 4), (2, 5), None])
    first = coverage_at(0, spans, states, D)
    assert coverage_at(HOUR - 1, spans, states, D, items=True) == first
    assert coverage_at(2 * HOUR, spans, states, D) != first, "a silence is a change"
    assert coverage_at(0, spans_now(graded([11, 12, 0])), states, D) != first
    assert coverage_at(0, spans, told([(4, 5), (2, 5), None]), D) != first
    assert coverage_at(0, spans, states, dataclasses.replace(D, version="other")) != first


def test_coverage_of_a_past_date_is_over_the_inventory_of_that_date() -> None:
    history = InventoryHistory().record(crossings({"0": 22, "1": 22}), Import(0, 0, "", "")).history
    history = history.record(crossings({"0": 22}), Import(10, 10, "", "")).history
    states = told([(5, 5), (3, 3)])
    by_date = [coverage_at(at, spans_of(history), states, D).scopes[0].shares[0] for at in (-1, 9, 10)]
    assert [one.total for one in by_date] == [0.0, 2.0, 1.0]
    assert [one.strict(Rung.EFFECTIVE) for one in by_date] == [None, 0.5, 1.0]
    assert by_date[1].lenient(Rung.ADAPTING) == 1.0


def test_a_situation_knows_nothing_before_the_first_finding_and_after_a_silence() -> None:
    spans, states = spans_now(graded([11])), told([(4, 5)])
    for at, known in ((-1, False), (0, True), (HOUR + 899_999, True), (HOUR + 900_000, False)):
        now = situation_at(at, spans, states)
        assert bool(now.row[0] >= 0) is known
        assert (int(now.proved[0]), int(now.possible[0]), int(now.mode[0])) == ((4, 5, 22) if known else (0, 5, -1))


def test_weights_come_by_id_and_are_unknown_where_nothing_was_measured() -> None:
    spans = spans_now(graded([11, 31, 0]))
    weights = weights_of(spans.ids, spans.grade, D, [Measured("flow", ["2", "0", "gone"], np.array([5.0, 7.0, 9.0]))])
    assert weights.names == ("count", "importance", "flow")
    np.testing.assert_array_equal(weights.values, [[1.0, 6.0, 7.0], [1.0, 2.0, np.nan], [1.0, np.nan, 5.0]])
    with pytest.raises(ValueError, match="flow: 1 values for 2 intersections"):
        weights_of(spans.ids, spans.grade, D, [Measured("flow", ["0", "1"], np.array([1.0]))])
    assert np.isnan(by_grade(np.array([0, 99], np.int8), D.grade_weights)).all()
