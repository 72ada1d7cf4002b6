from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.comparison import (
    ARRIVALS_ON_GREEN,
    COMPARISON,
    DELAY,
    PLATOON_RATIO,
    SPLIT_FAILURES,
    TRAVEL_TIME,
    Comparison,
    Effect,
    Measure,
    _holm,
    compare,
    effective,
)
from signals.comparison_days import Days
from tests.support import naive_comparison

FEW = COMPARISON._replace(shuffles=999)
MEASURES = (DELAY, SPLIT_FAILURES, TRAVEL_TIME, PLATOON_RATIO)


def drawn_days(
    seed: int | np.random.Generator, days: int = 30, effect: float = 0.0, spread: float = 0.06, on: list[int] | None = None,
    alike: float = 0.0,
) -> Days:
    """Delay by hour over weekdays and weekends; each day is slow or fast as a whole (`spread`, by `alike` as the day before), and those
    with differ by `effect`."""
    rng = np.random.default_rng(seed)
    kind = (np.arange(days) % 7 >= 5).astype(np.int32)
    label = rng.permutation(np.arange(days) % 2) if on is None else np.array(on)
    hours = 12
    mean = np.linspace(20.0, 50.0, hours)[None] * np.where(kind == 1, 0.7, 1.0)[:, None]
    drift = rng.normal(0.0, spread, (days, 1))
    for day in range(1, days):
        drift[day] = alike * drift[day - 1] + np.sqrt(1 - alike**2) * drift[day]
    of_day = np.exp(drift) * (1 + effect * label[:, None])
    vehicles = rng.poisson(400, (days, hours)).astype(float)
    delay = mean * of_day * np.exp(rng.normal(0.0, 0.08, (days, hours)))
    of, slot = np.repeat(np.arange(days), hours), np.tile(np.arange(hours), days)
    return Days(
        of.astype(np.int32), slot.astype(np.int32), kind[of], label[of].astype(np.uint8), (delay * vehicles).ravel(),
        vehicles.ravel(),
    )  # fmt: skip


def one(days: Days, measure: Measure = DELAY, seed: int = 1) -> Comparison:
    return compare([(measure, days)], np.random.default_rng(seed))[0]


def plain(score: list[float], on: list[int]) -> Days:
    """One slot a day, so that the score is the value but for its mean."""
    n = len(score)
    zeros = np.zeros(n, np.int32)
    return Days(np.arange(n, dtype=np.int32), zeros, zeros, np.array(on, np.uint8), np.array(score), np.ones(n))


@settings(max_examples=12, deadline=None)
@given(st.lists(st.floats(10.0, 40.0), min_size=10, max_size=10), st.floats(-6.0, 6.0), st.integers(0, 99))
def test_p_values_are_those_of_every_way_to_label_the_days(score: list[float], shift: float, seed: int) -> None:
    on = [1, 0] * 5
    moved = [value + shift * label for value, label in zip(score, on)]
    found = one(plain(moved, on), seed=seed)
    centred, label, _ = naive_comparison.scores([(k, 0, 0, on[k], value, 1.0) for k, value in enumerate(moved)])
    assert found.difference == pytest.approx(naive_comparison.difference(centred, label))
    far, _, _ = naive_comparison.p_values(centred, label, 0.0)
    _, above, _ = naive_comparison.p_values(centred, label, -found.margin)
    _, _, below = naive_comparison.p_values(centred, label, found.margin)
    assert found.p_difference == pytest.approx(far, abs=0.03)
    assert found.p_equivalence == pytest.approx(max(above, below), abs=0.03)
    assert found.p_not_worse == pytest.approx(below, abs=0.03)


def test_the_interval_holds_what_the_test_does_not_reject() -> None:
    days = drawn_days(3, effect=-0.1)
    found = one(days)
    assert found.low < found.difference < found.high
    on = days.on == 1
    for end, side in ((found.low, -1), (found.high, 1)):
        for beyond, rejected in ((0.2 * side, True), (-0.2 * side, False)):
            shifted = days._replace(numerator=np.where(on, days.numerator - (end + beyond) * days.denominator, days.numerator))
            assert (one(shifted).p_difference <= 0.05) == rejected


def test_better_worse_and_no_difference_are_told() -> None:
    assert one(drawn_days(1, effect=-0.15)).effect == Effect.BETTER
    assert one(drawn_days(1, effect=0.15)).effect == Effect.WORSE
    assert one(drawn_days(1, effect=0.15), PLATOON_RATIO).effect == Effect.BETTER
    same = one(drawn_days(1, days=60, spread=0.02))
    assert same.effect == Effect.NO_DIFFERENCE
    assert same.effect.word == "no_difference"
    assert abs(same.difference) < same.margin == pytest.approx(0.05 * same.without)
    assert (same.days_with, same.days_without) == (30, 30)


def test_what_is_not_significant_is_not_yet_no_difference() -> None:
    found = one(drawn_days(2, days=20, spread=0.15))
    assert found.effect == Effect.UNKNOWN
    assert found.reason == "undecided"
    assert found.p_difference > 0.05
    assert found.p_equivalence > 0.05


def test_a_sure_difference_too_small_to_matter_is_no_difference() -> None:
    found = one(drawn_days(4, days=60, effect=0.025, spread=0.005))
    assert found.p_difference < 0.05
    assert found.effect == Effect.NO_DIFFERENCE


def test_too_few_days_say_nothing() -> None:
    for on in ([1] * 4 + [0] * 20, [1] * 20 + [0] * 4):
        found = one(plain([10.0 + 0.1 * k + 50.0 * label for k, label in enumerate(on)], on))
        assert found.effect == Effect.UNKNOWN
        assert found.reason == "few_days"
        assert np.isnan(found.difference)


def test_days_without_common_slots_or_scale_say_nothing() -> None:
    days = drawn_days(1)
    apart = days._replace(slot=np.where(days.on == 1, days.slot, days.slot + 100).astype(np.int32))
    assert one(apart).reason == "no_common_slots"
    assert one(days._replace(numerator=days.numerator * 0.0)).reason == "no_scale"


def test_before_and_after_by_weeks_needs_more_weeks() -> None:
    """Four weeks before, four after: 70 ways to label them, p at best 2/70."""
    days = drawn_days(6, days=56, effect=-0.3, on=[0] * 28 + [1] * 28)
    weeks = one(days._replace(block=(days.day // 7).astype(np.int32)))
    assert weeks.effect == Effect.BETTER
    assert weeks.p_difference == pytest.approx(2 / 70, abs=0.01)
    short = drawn_days(6, days=42, effect=-0.3, on=[0] * 21 + [1] * 21)
    assert one(short._replace(block=(short.day // 7).astype(np.int32))).effect == Effect.UNKNOWN


def test_the_rung_asks_every_measure_not_to_be_worse() -> None:
    better, worse = one(drawn_days(1, effect=-0.15)), one(drawn_days(1, effect=0.15))
    same, unsure = one(drawn_days(1, days=60, spread=0.02)), one(drawn_days(2, days=20, spread=0.15))
    assert effective(better) is True
    assert effective(same) is True
    assert effective(worse) is False
    assert effective(unsure) is None
    assert effective([better, same]) is True
    assert effective([better, unsure]) is None
    assert effective([better, unsure, worse]) is False
    assert effective([]) is None


def test_not_worse_is_enough_for_the_rung_where_better_is_not_shown() -> None:
    found = one(drawn_days(0, days=30, effect=-0.03, spread=0.05))
    assert found.effect == Effect.UNKNOWN
    assert found.p_not_worse <= 0.05
    assert effective(found) is True


def test_holm_steps_down() -> None:
    assert _holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert _holm([]) == []
    assert _holm([0.9, 0.8]) == [1.0, 1.0]


def test_the_same_seed_gives_the_same_answer() -> None:
    days = drawn_days(5, effect=-0.05)
    assert one(days) == one(days)
    assert ARRIVALS_ON_GREEN.higher_is_better


@pytest.mark.slow
def test_where_nothing_differs_false_alarms_keep_to_the_level() -> None:
    """400 comparisons of four measures, labels drawn by lot: any better or worse in at most 5 %, and 2.5 deviations of chance."""
    rng = np.random.default_rng(2026)
    alarms = sum(
        any(
            found.effect in (Effect.BETTER, Effect.WORSE)
            for found in compare([(measure, drawn_days(rng, days=20)) for measure in MEASURES], rng, FEW)
        )
        for _ in range(400)
    )
    assert alarms <= 400 * 0.05 + 2.5 * np.sqrt(400 * 0.05 * 0.95)


@pytest.mark.slow
def test_weeks_as_blocks_keep_before_and_after_from_finding_what_neighbouring_days_share() -> None:
    rng = np.random.default_rng(4)
    tables = [drawn_days(rng, days=56, on=[0] * 28 + [1] * 28, alike=0.6) for _ in range(300)]
    weeks = [days._replace(block=(days.day // 7).astype(np.int32)) for days in tables]
    by_days, by_weeks = (
        sum(compare([(DELAY, days)], rng, FEW)[0].p_difference <= 0.05 for days in kind) for kind in (tables, weeks)
    )  # fmt: skip
    assert by_days > 60
    assert by_weeks <= 300 * 0.05 + 2.5 * np.sqrt(300 * 0.05 * 0.95)


@pytest.mark.slow
def test_a_difference_as_large_as_matters_is_seldom_called_none() -> None:
    rng = np.random.default_rng(7)
    tables = [drawn_days(rng, days=40, effect=0.052) for _ in range(400)]
    wrong = sum(compare([(DELAY, days)], rng, FEW)[0].effect == Effect.NO_DIFFERENCE for days in tables)
    assert wrong <= 400 * 0.05 + 2.5 * np.sqrt(400 * 0.05 * 0.95)


@pytest.mark.slow
def test_differences_that_are_there_are_found() -> None:
    """Days that scatter by 6 %: of 15 with and 15 without, at least nine in ten show 8 %."""
    rng = np.random.default_rng(8)
    found = sum(compare([(DELAY, drawn_days(rng, effect=-0.08))], rng, FEW)[0].effect == Effect.BETTER for _ in range(100))
    assert found >= 85
