from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.kernels.volumes import fill_cube
from tests.support import naive_plans

COUNTS = st.lists(
    st.tuples(st.integers(900, 1300), st.integers(-3, 130), st.integers(-1, 2), st.one_of(st.just(float("nan")), st.integers(0, 40))),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(COUNTS)
def test_counts_are_spread_by_time(counts: list[tuple[int, int, int, float]]) -> None:
    rows = [(start, start + span, row, float(volume)) for start, span, row, volume in counts]
    cube, covered = np.zeros((3, 5)), np.zeros((3, 5))
    columns = [np.array(column, float) for column in zip(*rows)] if rows else [np.zeros(0)] * 4
    left_out = fill_cube(columns[0], columns[1], columns[2].astype(np.int32), columns[3], 1000.0, 50.0, cube, covered)
    wanted, seconds, naive_left_out = naive_plans.spread(rows, 3, 1000, 50, 5)
    assert np.allclose(cube, wanted, equal_nan=True)
    assert np.allclose(covered, seconds)
    assert left_out == naive_left_out
