from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.signals.engine_parameters import SignalParameters
from server.signals.intake import Reorder, screen
from signals.events import in_order, join_batches, no_events
from signals.kernels.columns import EventColumns
from tests.support.signal_district import START, events

PARAMETERS = SignalParameters()


def test_events_of_impossible_times_are_left_out_and_counted() -> None:
    now = START + 10_000
    rows = [(0.0, 0, 1, 1), (10.0 + 60.0, 0, 1, 2), (70.001, 0, 1, 3), (10.0 - 7200.0, 0, 1, 4), (10.0 - 7200.001, 0, 1, 5)]
    kept, future, old = screen(events(rows), now, PARAMETERS)
    assert (kept.parameter.tolist(), future, old) == ([1, 2, 4], 1, 1)


@given(st.lists(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 3)), max_size=10), max_size=12), st.integers(0, 40))
def test_what_is_handed_on_is_in_order_and_nothing_but_the_late_is_missing(batches: list[list[tuple[int, int]]], hold: int) -> None:
    reorder, handed = Reorder(hold), [no_events()]
    given_in = 0
    for turn, rows in enumerate(batches):
        times = np.array([time for time, _ in rows], np.int64)
        zeros = np.zeros(len(rows), np.int32)
        reorder.put(EventColumns(times, zeros, np.array([code for _, code in rows], np.int32), zeros))
        given_in += len(rows)
        handed.append(reorder.take(10 * turn))
    handed.append(reorder.take(1000))
    whole = join_batches(handed)
    for ours, sorted_again in zip(whole, in_order(whole), strict=True):
        assert ours.tolist() == sorted_again.tolist()
    assert len(whole.time) + reorder.late == given_in
