"""Batches of events: joined, put in one order, cut by time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signals.events import between, in_order, join_batches, no_events
from signals.kernels.columns import EventColumns


def batch(*rows: tuple[int, int, int, int]) -> EventColumns:
    time, device, code, parameter = np.array(rows, np.int64).reshape(-1, 4).T
    return EventColumns(time, device.astype(np.int32), code.astype(np.int32), parameter.astype(np.int32))


def test_the_order_does_not_depend_on_how_batches_came() -> None:
    one, other = batch((5, 0, 8, 2), (5, 0, 1, 2)), batch((3, 1, 82, 4), (5, 0, 1, 1))
    there, back = in_order(join_batches([one, other])), in_order(join_batches([other, one]))
    assert [list(column) for column in there] == [list(column) for column in back]
    rows = list(zip(there.time.tolist(), there.code.tolist(), there.parameter.tolist()))
    assert rows == [(3, 82, 4), (5, 1, 1), (5, 1, 2), (5, 8, 2)]


@given(st.integers(0, 2**32), st.sampled_from([0, 10**5, 2**40]), st.sampled_from([5, 2**31 - 1]))
def test_the_order_is_that_of_time_code_device_parameter(seed: int, latest: int, most: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.integers(0, latest + 1, 50), *(rng.integers(-1, most, 50) for _ in range(3))])
    found = in_order(batch(*map(tuple, rows.tolist())))
    wanted = sorted(rows.tolist(), key=lambda row: (row[0], row[2], row[1], row[3]))
    assert [list(row) for row in zip(*(column.tolist() for column in found))] == wanted
    assert [column.dtype for column in found] == [np.int64, np.int32, np.int32, np.int32]


def test_a_cut_holds_its_start_and_not_its_end() -> None:
    cut = between(batch((1, 0, 1, 1), (2, 0, 8, 1), (3, 0, 10, 1)), 1, 3)
    assert cut.time.tolist() == [1, 2]
    assert len(join_batches([]).time) == len(no_events().time) == 0
