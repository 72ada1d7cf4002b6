from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from transit.accuracy_arrivals import first_arrivals
from transit.accuracy_report import report
from transit.accuracy_rulers import BEYOND, BINS, MBTA, error_bin, ruler_bin
from transit.accuracy_sums import Cell, add, no_sums, pack, pack_errors, sum_by, unpack, unpack_errors
from transit.accuracy_tables import Codes, local_hours, no_arrivals, no_predictions
from transit.accuracy_tally import empty_tally

CELLS = st.lists(
    st.tuples(st.integers(-1, 2**20), st.integers(-1, 2**24 - 2), st.integers(0, 23), st.integers(0, BINS - 1)), min_size=1
)


@given(CELLS)
def test_a_cell_is_told_by_its_key(cells: list[tuple[int, int, int, int]]) -> None:
    columns = Cell(*(np.array(column, np.int64) for column in zip(*cells)))
    assert [tuple(row) for row in zip(*(c.tolist() for c in unpack(pack(columns))))] == cells


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-8000, 8000)), min_size=1))
def test_an_error_is_told_by_its_key(rows: list[tuple[int, int]]) -> None:
    bins, seconds = unpack_errors(pack_errors(*(np.array(c, kind) for c, kind in zip(zip(*rows), (np.int64, np.float64)))))
    assert list(zip(bins.tolist(), seconds.tolist())) == rows


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 100))), st.integers(0, 20))
def test_sums_of_parts_are_the_sum(rows: list[tuple[int, int]], cut: int) -> None:
    def summed(part: list[tuple[int, int]]) -> dict[int, float]:
        keys, values = np.array([k for k, _ in part], np.int64), np.array([[v] for _, v in part], float).reshape(-1, 1)
        sums = sum_by(keys, values) if part else no_sums(1)
        totals.append(sums)
        return dict(zip(sums.keys.tolist(), sums.values[:, 0].tolist()))

    totals: list = []  # type: ignore[type-arg]
    whole = summed(rows)
    summed(rows[:cut])
    summed(rows[cut:])
    both = add(totals[1], totals[2])
    assert dict(zip(both.keys.tolist(), both.values[:, 0].tolist())) == whole


def test_bins_have_the_edges_of_their_rulers() -> None:
    assert error_bin(np.array([-1.0, 0.0, 0.1, 120.0, 120.1, 3600.0, 3600.1])).tolist() == [BEYOND, BEYOND, 0, 0, 1, 5, BEYOND]
    assert ruler_bin(MBTA, np.array([-0.1, 0.0, 179.9, 180.0, 1799.9, 1800.0])).tolist() == [-1, 0, 0, 1, 3, -1]


def test_hours_are_those_of_the_clock_on_the_wall() -> None:
    spring_forward = 1_772_953_200.0  # 2026-03-08 02:00 in New York, which is 03:00
    assert local_hours(np.array([spring_forward - 1, spring_forward]), "America/New_York").tolist() == [1, 3]
    assert local_hours(np.zeros(0), "UTC").tolist() == []


def test_ids_are_numbered_as_they_come() -> None:
    codes = Codes(["a"])
    assert codes.codes(["b", "a", "", "b"]).tolist() == [1, 0, -1, 1]
    assert codes.ids == ["a", "b"]


def test_nothing_scored_has_no_figures() -> None:
    found = report(empty_tally())
    assert found.predictions == 0
    assert np.isnan([found.mbta_all, found.transit_score, found.coverage, found.whole.wobble]).all()
    assert len(first_arrivals(no_arrivals())) == len(no_predictions().arrival) == 0
