"""p-values: against exact tails, and combined ones against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from signals.evidence_chances import bonferroni, combined, t_tail, upper_tail, variance_of_sum


@pytest.mark.parametrize(("z", "chance"), [(0.0, 0.5), (1.6449, 0.05), (3.0902, 0.001), (-1.6449, 0.95)])
def test_normal_tails(z: float, chance: float) -> None:
    assert upper_tail(z) == pytest.approx(chance, rel=1e-3)


@pytest.mark.parametrize(("t", "freedom", "chance"), [(2.015, 5, 0.05), (4.032, 5, 0.005), (2.764, 10, 0.01), (4.144, 10, 0.001)])
def test_students_tails_are_near_the_tables(t: float, freedom: int, chance: float) -> None:
    assert t_tail(t, freedom) == pytest.approx(chance, rel=0.05)
    assert t_tail(-t, freedom) == pytest.approx(1 - chance, rel=0.05)


def test_no_freedom_is_no_evidence() -> None:
    assert t_tail(99.0, 0) == 1.0


def test_combination_holds_its_level_when_tests_depend() -> None:
    generator = np.random.default_rng(1)
    shared = generator.normal(size=(20_000, 1))
    z = math.sqrt(0.6) * shared + math.sqrt(0.4) * generator.normal(size=(20_000, 5))
    found = np.array([combined([upper_tail(one) for one in row]) for row in z[:4000]])
    assert (found < 0.01).mean() < 0.016
    assert (found < 0.1).mean() < 0.13


def test_combination_of_extremes_and_unknowns() -> None:
    assert combined([1e-12, 0.5, math.nan]) == pytest.approx(2e-12, rel=0.1)
    assert combined([1.0, 1.0]) > 0.9
    assert math.isnan(combined([math.nan]))
    assert combined([0.01, 0.9], [3.0, 1.0]) < combined([0.01, 0.9], [1.0, 3.0])


def test_bonferroni_counts_the_known() -> None:
    assert bonferroni([0.01, math.nan, 0.5]) == 0.02
    assert bonferroni([0.9, 0.8]) == 1.0
    assert math.isnan(bonferroni([math.nan]))


def test_correlated_scores_vary_more() -> None:
    generator = np.random.default_rng(2)
    alone = generator.normal(size=400)
    together = np.convolve(alone, np.ones(4) / 2, "same")
    assert variance_of_sum(alone, 1.0, 5) == pytest.approx(400, rel=0.4)
    assert variance_of_sum(together, 1.0, 5) > 2 * float(together @ together)
    assert variance_of_sum(alone, 9_999.0, 5) == 9_999.0
    assert variance_of_sum(alone[:3], 1.0, 5) == 0.0
