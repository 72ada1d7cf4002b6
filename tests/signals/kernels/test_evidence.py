"""The score test against a textbook twin; it finds what ends greens, and nuisance covariates take out what they explain."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.kernels.evidence import NUISANCE, ended_by_traffic
from tests.support.naive_evidence import naive_score

WINDOWS, SIDES = np.array([4, 7, 9], np.int64), np.array([-1, 1, 1], np.int64)


def kernel(
    start: np.ndarray, end: np.ndarray, block: np.ndarray, nuisance: np.ndarray, own: np.ndarray, other: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    score, found = np.zeros((3, len(start))), np.zeros((3, 5))
    ended_by_traffic(start, end, block, nuisance, own, other, WINDOWS, SIDES, score, found)
    return score, found


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(2, 24), blocks=st.integers(1, 3), spread=st.integers(1, 9))
def test_scores_are_those_of_the_textbook(seed: int, n: int, blocks: int, spread: int) -> None:
    generator = np.random.default_rng(seed)
    start = 40 * np.arange(n, dtype=np.int64)
    end = start + 20 + generator.integers(0, spread, n)
    block = np.sort(generator.integers(0, blocks, n))
    nuisance = generator.normal(size=(NUISANCE, n))
    own, other = (np.sort(generator.integers(0, 40 * n, 6 * n)) for _ in range(2))
    score, found = kernel(start, end, block, nuisance, own, other)
    for w, (window, side) in enumerate(zip(WINDOWS.tolist(), SIDES.tolist())):
        hits = (own if side < 0 else other).tolist()
        expected = naive_score(start.tolist(), end.tolist(), block.tolist(), nuisance, hits, window, side)
        np.testing.assert_allclose(found[w], expected, rtol=1e-7, atol=1e-9)
        assert score[w].sum() == pytest.approx(found[w, 0], abs=1e-9)


def z_of(found: np.ndarray) -> list[float]:
    return [float(found[w, 0] / math.sqrt(max(found[w, 1], 1e-12))) for w in range(3)]


def test_greens_that_end_in_gaps_are_found_and_random_ends_are_not() -> None:
    generator = np.random.default_rng(3)
    start = 100 * np.arange(60, dtype=np.int64)
    own, other = (np.sort(generator.integers(0, 6000, 900)) for _ in range(2))
    gaps = np.empty(60, np.int64)
    for k, at in enumerate(start):
        gaps[k] = next(age for age in range(10, 90) if age == 89 or not ((own >= at + age - 4) & (own < at + age)).any())
    block, nothing = np.zeros(60, np.int64), np.zeros((NUISANCE, 60))
    _, found = kernel(start, start + gaps, block, nothing, own, other)
    assert z_of(found)[0] > 8
    assert found[0, 3] / found[0, 4] > 0.8
    assert abs(z_of(found)[1]) < 3
    _, random = kernel(start, start + generator.integers(10, 60, 60), block, nothing, own, other)
    assert max(map(abs, z_of(random))) < 3


def test_what_a_nuisance_explains_is_no_evidence() -> None:
    """Greens get longer from one to the next, and so does traffic: without the trend taken out, short greens seem to end in gaps."""
    generator = np.random.default_rng(4)
    start = 100 * np.arange(80, dtype=np.int64)
    end = start + 20 + np.arange(80) // 2 + generator.integers(0, 6, 80)
    own = np.sort(8000 * np.sqrt(generator.random(1500))).astype(np.int64)
    block, trend = np.zeros(80, np.int64), np.zeros((NUISANCE, 80))
    _, naive = kernel(start, end, block, trend, own, own)
    trend[2] = (np.arange(80) - 39.5) / 23.1
    _, found = kernel(start, end, block, trend, own, own)
    assert z_of(naive)[0] > 3
    assert abs(z_of(found)[0]) < 2.5


def test_one_length_for_all_tells_nothing() -> None:
    start = 100 * np.arange(30, dtype=np.int64)
    score, found = kernel(start, start + 20, np.zeros(30, np.int64), np.zeros((NUISANCE, 30)), start, start)
    assert not found.any()
    assert not score.any()
