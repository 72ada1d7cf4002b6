"""Partial rank correlation: what is given explains nothing more, chance is told as chance, and neighbours are taken out."""

from __future__ import annotations

import numpy as np
import pytest

from signals.evidence_correlation import less_local_mean, partial_rank_correlation, ranked


def test_neighbours_of_the_same_run() -> None:
    values, run = np.array([1.0, 3.0, 5.0, 100.0, 102.0]), np.array([0, 0, 0, 1, 1])
    np.testing.assert_allclose(less_local_mean(values, run, 1), [-1.0, 0.0, 1.0, -1.0, 1.0])


def test_ties_share_a_rank() -> None:
    np.testing.assert_allclose(ranked(np.array([5.0, 1.0, 5.0, 9.0])), [0.0, -1.5, 0.0, 1.5])
    assert not ranked(np.full(3, 1e-12)).any()


def test_what_is_given_is_taken_out() -> None:
    generator = np.random.default_rng(4)
    cause, noise, other = generator.normal(size=(3, 300))
    ones = np.ones(300)
    open_, shut = np.stack([ones], axis=1), np.stack([ones, cause], axis=1)
    assert partial_rank_correlation(cause + noise, cause + other, open_, 3)[0] == pytest.approx(0.5, abs=0.12)
    r, chance = partial_rank_correlation(cause + noise, cause + other, shut, 3)
    assert abs(r) < 0.15
    assert chance > 0.01
    assert np.isnan(partial_rank_correlation(noise[:6], other[:6], open_[:6], 3)[0])
    assert partial_rank_correlation(cause, other, shut, 3) == (0.0, 1.0)


def test_slow_series_that_share_nothing_are_not_significant() -> None:
    """Sums of chance, each by itself, correlate by far more than the t distribution allows."""
    generator = np.random.default_rng(5)
    chances = []
    for _ in range(60):
        a, b = (np.convolve(generator.normal(size=330), np.ones(30), "valid") for _ in range(2))
        chances.append(partial_rank_correlation(a, b, np.ones((len(a), 1)), 3)[1])
    assert np.mean(np.array(chances) < 0.01) < 0.1
