from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.comparison_days import Days, day_scores, days_of_bins, shuffled_labels
from tests.support import naive_comparison

Row = tuple[int, int, int, int, float, float]
"""day, slot, day type, on, numerator, denominator"""


def days_of(rows: list[Row], block: list[int] | None = None) -> Days:
    day, slot, kind, on, numerator, denominator = (np.array(column) for column in zip(*rows))
    whole = [column.astype(np.int32) for column in (day, slot, kind)]
    return Days(
        whole[0], whole[1], whole[2], on.astype(np.uint8), numerator.astype(float), denominator.astype(float),
        None if block is None else np.array(block, np.int32),
    )  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for day in range(draw(st.integers(2, 7))):
        kind, on = draw(st.integers(0, 1)), draw(st.integers(0, 1))
        for slot in draw(st.lists(st.integers(0, 3), min_size=1, max_size=5)):
            numerator = draw(st.one_of(st.just(float("nan")), st.floats(0.0, 90.0)))
            rows.append((day, slot, kind, on, numerator, draw(st.sampled_from([0.0, 1.0, 4.0, 10.0]))))
    return rows


@settings(max_examples=200, deadline=None)
@given(tables())
def test_scores_are_the_naive_ones(rows: list[Row]) -> None:
    found = day_scores(days_of(rows))
    score, label, kind = naive_comparison.scores(rows)
    assert found.score == pytest.approx(score, abs=1e-9)
    assert found.label.tolist() == label
    assert found.day_type.tolist() == kind
    assert found.common == bool(score)


def test_a_busier_day_is_no_slower_day() -> None:
    """With days drive more at the slow hour and as fast as the others at each hour: no difference, though their mean is larger."""
    rows: list[Row] = []
    for day in range(8):
        on = day % 2
        rows += [(day, 0, 0, on, 100.0 * 10.0, 100.0), (day, 1, 0, on, (300.0 if on else 50.0) * 60.0, 300.0 if on else 50.0)]
    found = day_scores(days_of(rows))
    assert found.score == pytest.approx(np.zeros(8), abs=1e-9)
    assert found.without == pytest.approx((10 * 100 + 60 * 175) / 275)


def test_weights_give_the_difference_of_means_within_day_types() -> None:
    rows: list[Row] = [(day, 0, int(day >= 6), int(day in (0, 1, 6)), float(day), 1.0) for day in range(10)]
    scores = day_scores(days_of(rows))
    weekday, weekend = 0.5 - 3.5, 6.0 - 8.0
    share = 2 * 4 / 6, 1 * 3 / 4
    wanted = (weekday * share[0] + weekend * share[1]) / sum(share)
    assert float((scores.weights(scores.label[None]) @ scores.score)[0]) == pytest.approx(wanted)


def test_labels_of_days_are_dealt_within_day_types() -> None:
    rows: list[Row] = [(day, 0, int(day >= 12), int(day < 6 or day == 12), 1.0, 1.0) for day in range(16)]
    scores = day_scores(days_of(rows))
    labels = shuffled_labels(scores, np.random.default_rng(1), 400)
    assert labels.shape == (401, 16)
    assert np.array_equal(labels[0], scores.label)
    assert (labels[:, :12].sum(axis=1) == 6).all()
    assert (labels[:, 12:].sum(axis=1) == 1).all()
    assert 0.4 < labels[1:, 0].mean() < 0.6


def test_blocks_of_one_label_are_dealt_as_wholes_whatever_day_types_they_hold() -> None:
    rows: list[Row] = [(day, 0, int(day % 7 >= 5), int(day >= 28), 1.0, 1.0) for day in range(56)]
    labels = shuffled_labels(day_scores(days_of(rows, [day // 7 for day in range(56)])), np.random.default_rng(1), 400)
    for first in range(0, 56, 7):
        assert (labels[:, first : first + 7] == labels[:, first : first + 1]).all()
    assert (labels[:, ::7].sum(axis=1) == 4).all()
    assert 30 < len(np.unique(labels, axis=0)) <= 70


def test_blocks_of_both_labels_are_dealt_inside() -> None:
    rows: list[Row] = [(day, 0, int(day % 7 >= 5), day % 2, 1.0, 1.0) for day in range(28)]
    labels = shuffled_labels(day_scores(days_of(rows, [day // 7 for day in range(28)])), np.random.default_rng(1), 400)
    for first in range(0, 28, 7):
        for inside in (slice(first, first + 5), slice(first + 5, first + 7)):
            assert (labels[:, inside].sum(axis=1) == labels[0, inside].sum()).all()
    assert 0.2 < labels[1:, 0].mean() < 0.6


def test_days_with_two_labels_or_ragged_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="two labels"):
        day_scores(days_of([(0, 0, 0, 1, 1.0, 1.0), (0, 1, 0, 0, 1.0, 1.0)]))
    ragged = days_of([(0, 0, 0, 1, 1.0, 1.0), (1, 1, 0, 0, 1.0, 1.0)])._replace(slot=np.zeros(1, np.int32))
    with pytest.raises(ValueError, match="rows"):
        day_scores(ragged)


def test_bins_become_days_and_slots() -> None:
    day, hour = 86_400_000, 3_600_000
    start = np.array([-1, 0, hour - 900_000, hour, day, 2 * day + 5 * hour, 3 * day, 4 * day], np.int64) + 1_000
    values = np.arange(8.0)
    on, kinds = np.array([1, 0, 1, -1], np.int8), np.array([0, 0, -1, 0], np.int32)
    found = days_of_bins(start, values, values + 1, 1_000, on, kinds, block=np.array([7, 8, 9, 9], np.int32))
    assert found.day.tolist() == [0, 0, 0, 1]
    assert found.slot.tolist() == [0, 0, 1, 0]
    assert found.on.tolist() == [1, 1, 1, 0]
    assert found.numerator.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert found.denominator.tolist() == [2.0, 3.0, 4.0, 5.0]
    assert found.block is not None
    assert found.block.tolist() == [7, 7, 7, 8]
