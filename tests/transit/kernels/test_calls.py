from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.naive_accuracy import naive_follow
from transit.accuracy_rulers import RULES
from transit.kernels.calls import JUMPS, RAW_UPS, SHOWN_UPS, follow
from transit.parameters import BoardParameters

TEN = 1_000_000.0
CALL = st.tuples(
    st.lists(st.tuples(st.integers(0, 60), st.integers(-300, 900)), min_size=1, max_size=30, unique_by=lambda one: one[0]),
    st.integers(0, 2400),
)


def followed(calls: list[tuple[list[tuple[float, float]], float]]) -> np.ndarray:  # type: ignore[type-arg]
    rows = [(sampled, predicted, actual) for samples, actual in calls for sampled, predicted in sorted(samples)]
    start = np.cumsum([0] + [len(samples) for samples, _ in calls]).astype(np.int64)
    out = np.full((len(calls), 6), np.nan)
    follow(start, *(np.array(column) for column in zip(*rows)), 1800.0, 120.0, out)
    return out


@settings(max_examples=300, deadline=None)
@given(st.lists(CALL, min_size=1, max_size=5))
def test_a_call_is_followed_as_the_board_would_show_it(drawn: list) -> None:  # type: ignore[type-arg]
    calls = [
        ([(TEN + 45.0 * at, TEN + 1000.0 + away) for at, away in samples], TEN + float(actual)) for samples, actual in drawn
    ]
    expected = [naive_follow(samples, actual, 1800.0, 120.0) for samples, actual in calls]
    assert followed(calls) == pytest.approx(np.array(expected), abs=1e-6)


def test_calls_are_followed_with_the_memory_that_boards_have() -> None:
    assert RULES.memory == BoardParameters().memory_after


def test_a_rise_by_one_minute_is_raw_only_and_one_by_two_is_shown() -> None:
    samples = [(TEN, TEN + 300.0), (TEN + 60.0, TEN + 400.0), (TEN + 120.0, TEN + 620.0)]
    out = followed([(samples, TEN + 700.0)])[0]
    assert (out[RAW_UPS], out[SHOWN_UPS], out[JUMPS]) == (1.0, 0.0, 1.0)


def test_a_board_that_showed_nothing_for_long_may_count_up() -> None:
    samples = [(TEN, TEN + 300.0), (TEN + 180.0, TEN + 540.0)]
    assert followed([(samples, TEN + 700.0)])[0][SHOWN_UPS] == 1.0
