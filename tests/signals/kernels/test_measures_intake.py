from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from signals.kernels.measures_intake import AHEAD, KEPT, LATE, NO_DEVICE, USED, survey
from tests.support.signal_streets import columns

EVENTS = st.lists(st.tuples(st.integers(0, 12), st.integers(-1, 2), st.integers(0, 2), st.integers(0, 2)), max_size=12)


@given(EVENTS)
def test_fates_and_order_are_those_of_the_definition(events: list[tuple[int, int, int, int]]) -> None:
    batch = columns(events)
    fate, counts = np.zeros(len(events), np.uint8), np.zeros(5, np.int64)
    ordered = survey(batch, 3, 8, 10, np.zeros(2, np.int64), np.zeros(2, np.int32), fate, counts)
    expected = [
        NO_DEVICE if d not in (0, 1) else AHEAD if t > 10 else KEPT if t >= 8 else LATE if t < 3 else USED for t, d, _, _ in events
    ]
    assert fate.tolist() == expected
    assert counts.tolist() == [expected.count(one) for one in range(5)]
    used = [[(t, c, v) for (t, d, c, v), why in zip(events, expected) if why == USED and d == device] for device in (0, 1)]
    assert ordered == all(one == sorted(one) for one in used)
