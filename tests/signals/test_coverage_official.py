"""The plan's ratio in its readings."""

from __future__ import annotations

import dataclasses

import pytest

from signals.coverage_official import official_figures, principal_figure
from signals.coverage_situation import situation_at
from signals.figures import Figure
from signals.finding import Finding
from signals.indicator_definitions import CoverageDefinitions
from signals.inventory_spans import spans_now
from signals.model import Rung, Verdict
from signals.state_history import StateHistory
from tests.support.inventories import graded

D = CoverageDefinitions()


def figures(grades: list[int], modes: list[int], found: dict[int, tuple[Rung, Rung, int]]) -> dict[str, Figure]:
    """By reading; `found` gives proved rung, possible rung and mode of the rows that were heard of."""
    history, ids = StateHistory(), [str(row) for row in range(len(grades))]
    told = [Finding(row, 0, 1000, Verdict.UNKNOWN, proved, possible, mode, 1.0) for row, (proved, possible, mode) in found.items()]
    history.record(told, ids)
    now = situation_at(500, spans_now(graded(grades, modes)), history.view())
    named = {one.reading: one for one in official_figures(now, D, items=True)}
    assert principal_figure(now, D) == named[D.principal]
    return named


def lists(figure: Figure) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    assert figure.items is not None
    return tuple(figure.items)


def test_which_modes_and_states_count() -> None:
    on, off, perhaps = (Rung.DECLARED, Rung.DECLARED), (Rung.LISTED, Rung.LISTED), (Rung.LISTED, Rung.EFFECTIVE)
    states = {
        0: (*on, 23), 1: (*off, 23), 2: (*on, 41), 3: (*on, 31), 4: (*on, 21), 5: (*perhaps, 22), 6: (*on, -1), 7: (*perhaps, 21),
    }  # fmt: skip
    found = figures([11] * 9, [23, 22, -1, 41, 31, 21, 21, 21, 22], states)
    assert lists(found["declared.strict.no_branch"]) == (("0",), ("5", "6", "8"), ())
    assert lists(found["declared.lenient.no_branch"]) == (("0", "2"), ("5", "6", "8"), ())
    assert lists(found["declared.widest.no_branch"]) == (("0", "2", "3"), ("5", "6", "8"), ())
    assert lists(found["listed.strict.no_branch"]) == (("0", "1", "8"), ("2",), ())
    assert lists(found["listed.lenient.no_branch"]) == (("0", "1", "3", "8"), ("2",), ())
    assert {one.denominator for one in found.values()} == {9}, "off line stays in the denominator"
    one = found["declared.strict.no_branch"]
    assert (one.value, one.low, one.high) == (1 / 9, 1 / 9, 4 / 9)


def test_which_grades_are_important() -> None:
    grades = [11, 12, 13, 21, 22, 31, 0]
    healthy = dict.fromkeys(range(7), (Rung.HEALTHY, Rung.HEALTHY, 22))
    found = figures(grades, [22] * 7, healthy)
    assert lists(found["declared.strict.except_branch_branch"]) == (tuple("01234"), (), ("6",))
    assert lists(found["declared.strict.no_branch"]) == (tuple("013"), (), ("6",))


def test_how_much_of_it_is_real() -> None:
    rungs = {
        0: (Rung.DECLARED, Rung.DECLARED, 23), 1: (Rung.ADAPTING, Rung.EFFECTIVE, 23), 2: (Rung.HEALTHY, Rung.HEALTHY, 23),
        3: (Rung.EFFECTIVE, Rung.EFFECTIVE, 23),
    }  # fmt: skip
    found = figures([11] * 4, [23] * 4, rungs)
    assert found["declared.strict.no_branch"].value == 1.0
    counted = {name: lists(found[f"{name}.no_branch"])[:2] for name in ("adapting", "healthy", "effective")}
    assert counted == {
        "adapting": (("1", "2", "3"), ()), "healthy": (("2", "3"), ("1",)), "effective": (("3",), ("1",)),
    }  # fmt: skip


def test_definitions_are_data_and_a_principal_that_is_no_reading_is_an_error() -> None:
    assert dataclasses.replace(D, principal="effective.no_branch").principal == "effective.no_branch"
    with pytest.raises(ValueError, match="indicator 7 has no reading 'best'; it has adapting"):
        dataclasses.replace(D, principal="best")
    with pytest.raises(ValueError, match="indicator 30 has no reading"):
        dataclasses.replace(D, principal_epolice="any")
