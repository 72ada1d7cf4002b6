from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feeds.counters import Counters
from server.inbox import Inbox
from transit.kernels.columns import PositionColumns


def batch(first: int, count: int) -> PositionColumns:
    ids = (np.zeros(count, np.int32) for _ in range(6))
    numbers = np.arange(first, first + count, dtype=np.float64)
    return PositionColumns(
        np.zeros(0, np.uint8), *ids, numbers, numbers, numbers, numbers, numbers.astype(np.float32), numbers.astype(np.float32)
    )


@given(st.lists(st.integers(0, 12), max_size=20), st.integers(1, 30))
def test_the_newest_stay_in_order_and_what_is_pushed_out_is_counted(sizes: list[int], limit: int) -> None:
    inbox, total = Inbox(limit), 0
    for size in sizes:
        inbox.put(batch(total, size), Counters(size))
        total += size
    kept = [int(number) for one in inbox.drain() for number in one.timestamp]
    assert kept == list(range(total))[-limit:]
    assert inbox.dropped == total - len(kept)
    assert inbox.counters.accepted == total
    assert (inbox.waiting, inbox.drain()) == (0, [])
