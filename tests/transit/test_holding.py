"""The holding rule lowers waiting: proved on a seeded line whose buses bunch."""

from __future__ import annotations

import pytest

from tests.support.bunching_line import Line, Rule, departures, waiting
from transit.kernels.columns import F64
from transit.kernels.headways import hold_even, hold_to_headway
from transit.supervision_parameters import HeadwayParameters

LINE, MOST = Line(), HeadwayParameters().most_hold


def by_berrebi(most: float) -> Rule:
    return lambda before, ready, behind, count: float(hold_even(before, ready, behind, count, most))


def to_headway(before: float, ready: float, behind: F64, count: int) -> float:
    return float(hold_to_headway(before, ready, LINE.headway, MOST))


@pytest.mark.parametrize("seed", range(1, 9))
def test_holding_by_the_rule_lowers_excess_waiting_and_variation(seed: int) -> None:
    free, cv_free = waiting(departures(LINE, seed, None)[0], LINE.headway)
    left, held = departures(LINE, seed, by_berrebi(MOST))
    ours, cv_ours = waiting(left, LINE.headway)
    assert free > 100.0  # the line bunches: more than half a headway of waiting on top of half a headway
    assert ours < 0.25 * free
    assert cv_ours < 0.5 * cv_free
    assert held.max() <= MOST * (LINE.stops / LINE.control)


def test_it_holds_riders_on_board_for_less_than_the_simple_rule_does() -> None:
    seeds = range(1, 9)
    ours = sum(float(departures(LINE, seed, by_berrebi(MOST))[1].mean()) for seed in seeds)
    simple = sum(float(departures(LINE, seed, to_headway)[1].mean()) for seed in seeds)
    assert ours < 0.9 * simple


def test_the_bound_keeps_nearly_all_of_the_gain() -> None:
    def excess(most: float) -> float:
        return sum(waiting(departures(LINE, seed, by_berrebi(most))[0], LINE.headway)[0] for seed in range(1, 9))

    free, bounded, unbounded = excess(0.0), excess(MOST), excess(1e9)
    assert free - bounded > 0.95 * (free - unbounded)
