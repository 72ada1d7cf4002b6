"""Findings in, states kept by intersection id."""

from __future__ import annotations

import numpy as np
import pytest

from signals.errors import HistoryFileError
from signals.finding import Finding
from signals.kernels.states import locate
from signals.model import Rung, Verdict
from signals.state_history import StateHistory, StateParameters, StateView
from signals.state_history_file import state_history_from_bytes, state_history_to_bytes

QUARTER = 900_000
Q = StateParameters(life=QUARTER)


def finding(row: int, quarter: int, rung: Rung = Rung.HEALTHY, mode: int = 22, possible: Rung | None = None) -> Finding:
    verdict = Verdict.ADAPTING if rung >= Rung.ADAPTING else Verdict.NOT_ADAPTING
    return Finding(row, quarter * QUARTER, (quarter + 1) * QUARTER, verdict, rung, possible or rung, mode, 1.0)


def rung_at(view: StateView, name: str, time: int) -> int | None:
    row = np.zeros(1, np.int64)
    locate(view.columns, view.rows_of([name]), time, row)
    return None if row[0] < 0 else int(view.columns.proved[row[0]])


def test_only_changes_and_silences_are_kept() -> None:
    history = StateHistory(Q)
    for quarter in range(10):
        told = history.record([finding(0, quarter), finding(1, quarter, Rung.ONLINE, 21)], ["a", "b"])
        assert told == (2, 2 if quarter == 0 else 0, 0)
    assert history.record([finding(0, 20)], ["a", "b"]) == (1, 2, 0), "a silence and what came after it"
    view = history.view()
    assert view.columns.time.tolist() == [0, 11 * QUARTER, 20 * QUARTER, 0]
    assert rung_at(view, "a", 11 * QUARTER - 1) == Rung.HEALTHY
    assert rung_at(view, "a", 11 * QUARTER) == Rung.LISTED
    assert rung_at(view, "b", 11 * QUARTER - 1) == Rung.ONLINE
    assert rung_at(view, "b", 11 * QUARTER) is None
    assert rung_at(view, "never heard of", 0) is None


def test_an_intersection_keeps_its_states_when_its_row_in_the_inventory_changes() -> None:
    history = StateHistory(Q)
    history.record([finding(0, 0, Rung.ADAPTING)], ["a"])
    history.record([finding(1, 1, Rung.EFFECTIVE), finding(0, 1, Rung.ONLINE)], ["z", "a"])
    view = history.view()
    assert [rung_at(view, "a", time) for time in (0, QUARTER)] == [Rung.ADAPTING, Rung.EFFECTIVE]
    assert rung_at(view, "z", QUARTER) == Rung.ONLINE


def test_a_view_does_not_change_when_more_is_told() -> None:
    history = StateHistory(Q)
    history.record([finding(0, 0)], ["a"])
    before = history.view()
    history.record([finding(0, 1, Rung.ONLINE), finding(1, 1)], ["a", "b"])
    assert rung_at(before, "a", QUARTER) == Rung.HEALTHY
    assert rung_at(before, "b", QUARTER) is None
    assert rung_at(history.view(), "a", QUARTER) == Rung.ONLINE
    assert rung_at(history.view(), "b", QUARTER) == Rung.HEALTHY


def test_late_findings_are_counted_and_impossible_ones_are_errors() -> None:
    history = StateHistory(Q)
    history.record([finding(0, 5)], ["a"])
    assert history.record([finding(0, 5, Rung.ONLINE), finding(0, 3)], ["a"]) == (2, 0, 2)
    with pytest.raises(ValueError, match="a: no finding can be"):
        history.record([finding(0, 6, Rung.HEALTHY, possible=Rung.ONLINE)], ["a"])
    for row in (-1, 1):
        with pytest.raises(ValueError, match=f"row {row} is no intersection of 1"):
            history.record([finding(row, 6)], ["a"])
    assert history.record([], ["a"]) == (0, 0, 0)


def test_forgetting_keeps_the_state_of_the_day_from_which_is_known() -> None:
    history = StateHistory(Q)
    for quarter, rung in enumerate([Rung.ONLINE, Rung.ADAPTING, Rung.HEALTHY, Rung.EFFECTIVE]):
        history.record([finding(0, quarter, rung), finding(1, quarter, Rung.ONLINE)], ["a", "b"])
    history.forget(2 * QUARTER + 5)
    view = history.view()
    assert view.columns.time.tolist() == [2 * QUARTER, 3 * QUARTER, 0]
    assert [rung_at(view, "a", quarter * QUARTER) for quarter in (1, 2, 3)] == [None, Rung.HEALTHY, Rung.EFFECTIVE]


def test_the_file_gives_back_a_history_that_goes_on_alike() -> None:
    one = StateHistory(Q)
    one.record([finding(0, 0), finding(1, 0, Rung.ONLINE, 21)], ["路口甲", "b"])
    data = state_history_to_bytes(one)
    other = state_history_from_bytes(data, "states.npz")
    assert other.parameters == Q
    assert state_history_to_bytes(other) == data
    for history in (one, other):
        history.record([finding(0, 7), finding(1, 1, Rung.ONLINE, 21)], ["路口甲", "b"])
    assert state_history_to_bytes(one) == state_history_to_bytes(other)
    assert rung_at(other.view(), "路口甲", 7 * QUARTER) == Rung.HEALTHY
    empty = state_history_from_bytes(state_history_to_bytes(StateHistory(Q)), "states.npz")
    assert empty.record([finding(0, 0)], ["a"]).changes == 1


def test_damaged_files_are_refused_with_a_sentence_that_names_them() -> None:
    one = StateHistory(Q)
    one.record([finding(0, 0), finding(0, 1, Rung.ONLINE)], ["a"])
    data = state_history_to_bytes(one)
    for broken in (b"", data[:-30], data[:200] + b"\x00" * 50 + data[250:]):
        with pytest.raises(HistoryFileError, match=r"^states\.npz: .*damaged"):
            state_history_from_bytes(broken, "states.npz")
