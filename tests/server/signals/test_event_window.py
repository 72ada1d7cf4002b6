from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.signals.event_window import EventWindow
from signals.events import in_order, join_batches
from signals.kernels.columns import EventColumns

ROWS = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 3), st.integers(0, 9), st.integers(0, 3)), max_size=40)


def batch(rows: list[tuple[int, int, int, int]]) -> EventColumns:
    table = np.array(rows, np.int64).reshape(-1, 4)
    return EventColumns(table[:, 0], *(table[:, k].astype(np.int32) for k in (1, 2, 3)))


@given(st.lists(ROWS, max_size=8), st.integers(1, 16), st.integers(0, 5000), st.integers(0, 5000))
def test_the_events_of_a_controller_are_those_that_came_whatever_the_chunks(
    batches: list[list[tuple[int, int, int, int]]], chunk: int, start: int, end: int
) -> None:
    window = EventWindow(4, 10_000, chunk)
    views = []
    for rows in batches:
        window.add(batch(rows))
        views.append(window.view())
    for k, view in enumerate(views):  # views made earlier still show what they showed
        came = in_order(join_batches([batch(rows) for rows in batches[: k + 1]]))
        for device in range(4):
            mine = (came.device == device) & (came.time >= start) & (came.time < end)
            for ours, truth in zip(view.of_device(device, start, end), came, strict=True):
                assert ours.tolist() == truth[mine].tolist()


def test_what_is_let_go_for_want_of_room_is_not_claimed_to_be_known() -> None:
    window = EventWindow(1, 32, 16)
    window.add(batch([(2000 + k, 0, 82, 1) for k in range(64)]))
    view = window.view()
    assert view.held == 32
    assert view.since == 2000 + 31 + 1
    assert view.of_device(0, view.since, 9000).time.tolist() == list(range(2032, 2064))


def test_old_chunks_are_forgotten() -> None:
    window = EventWindow(1, 1000, 16)
    window.add(batch([(1000 + k, 0, 82, 1) for k in range(20)]))
    window.forget(1016)
    view = window.view()
    assert (view.held, view.since) == (4, 1016)
