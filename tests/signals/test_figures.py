"""Figures of the scorecard: the interval is that of every way the unknown may turn out."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.figures import NO, PERHAPS, YES, Figure, figure, needed, stars_reached
from signals.indicator_definitions import EPOLICE, SIGNALS, Words

ANSWERS = st.sampled_from([YES, NO, PERHAPS])


def of(items: list[tuple[int, int]], definition=SIGNALS, ids: list[str] | None = None) -> Figure:  # type: ignore[no-untyped-def]
    columns = [np.array([one[k] for one in items], np.int8) for k in (0, 1)]
    return figure(definition, "r", Words("", ""), 0, columns[0], columns[1], ids)


@given(st.lists(st.tuples(ANSWERS, ANSWERS), max_size=6))
def test_low_and_high_bound_every_way_the_unknown_may_turn_out(items: list[tuple[int, int]]) -> None:
    one = of(items)
    outcomes = []
    for answers in product(*[product(*[(YES, NO) if answer == PERHAPS else (answer,) for answer in item]) for item in items]):
        inside = [counts for belongs, counts in answers if belongs == YES]
        if inside:
            outcomes.append(Fraction(sum(inside), len(inside)))
    if one.low is not None:
        assert one.low == pytest.approx(float(min(outcomes)))
    if one.high is not None:
        assert one.high == pytest.approx(float(max(outcomes)))
    if any(belongs == YES for belongs, _ in items):
        assert one.low is not None
        assert one.high is not None
        assert one.value is not None
        assert one.low <= one.value <= one.high
        assert one.star <= one.star_possible
    else:
        assert one.value is None


@pytest.mark.parametrize(
    ("counted", "of_all", "star", "gap"),
    [
        (59, 100, 0, 1),
        (60, 100, 4, 21),
        (80, 100, 4, 1),
        (81, 100, 5, None),
        (0, 3, 0, 2),
        (2, 3, 4, 1),
        (3, 3, 5, None),
        (0, 0, 0, None),
    ],
)
def test_stars_and_gaps_of_the_signal_ratio(counted: int, of_all: int, star: int, gap: int | None) -> None:
    one = of([(YES, YES)] * counted + [(YES, NO)] * (of_all - counted))
    assert (one.star, one.gap) == (star, gap)
    if gap is not None:
        assert stars_reached(SIGNALS, counted + gap, of_all) > star
        assert stars_reached(SIGNALS, counted + gap - 1, of_all) == star


def test_all_of_the_e_police_points_are_five_stars_and_none_less() -> None:
    assert [stars_reached(EPOLICE, counted, 1000) for counted in (899, 900, 999, 1000)] == [0, 4, 4, 5]
    assert needed(EPOLICE.stars[0], 7) == 7
    assert needed(SIGNALS.stars[1], 5) == 5


def test_an_unknown_grade_neither_helps_nor_hurts_unseen() -> None:
    known = [(YES, YES)] * 6 + [(YES, NO)] * 4
    assert of(known).star == 4
    one = of([*known, (PERHAPS, NO), (PERHAPS, YES), (YES, PERHAPS)], ids=[str(k) for k in range(13)])
    assert (one.numerator, one.denominator, one.unknown, one.undecided) == (6, 11, 1, 2)
    assert one.low == 6 / 12
    assert one.high == 8 / 12
    assert (one.star, one.star_possible, one.gap) == (0, 4, 2)
    assert one.items is not None
    assert one.items.counted == ("0", "1", "2", "3", "4", "5")
    assert one.items.unknown == ("12",)
    assert one.items.undecided == ("10", "11")


def test_figures_are_equal_when_only_the_date_differs() -> None:
    yes, other = np.array([YES], np.int8), np.array([NO], np.int8)
    first, later = (figure(SIGNALS, "r", Words("", ""), at, yes, yes) for at in (0, 1))
    assert first == later
    assert first != figure(SIGNALS, "r", Words("", ""), 0, yes, other)
