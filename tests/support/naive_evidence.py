"""The score test of T2 with numpy's linear algebra, a death at a time, written from the textbook and not from the kernel."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

RIDGE, STEPS = 0.05, 10
Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def naive_ranks(x: Sequence[float]) -> Floats:
    """Mid-ranks centred on 0, scaled to (-½, ½)."""
    return np.array([(sum(y < one for y in x) + sum(y == one for y in x) / 2) / len(x) - 0.5 for one in x])


def deaths(length: Sequence[int], block: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """(died together, survived them) for each block and length that somebody survived."""
    found = []
    for one, age in sorted(set(zip(block, length))):
        died = [j for j in range(len(length)) if block[j] == one and length[j] == age]
        lived = [j for j in range(len(length)) if block[j] == one and length[j] > age]
        if lived:
            found.append((died, lived))
    return found


def naive_score(
    start: Sequence[int], end: Sequence[int], block: Sequence[int], nuisance: Floats, hits: Sequence[int], window: int, side: int
) -> tuple[float, float, int, float, int]:
    """(score, variance, informed, concordant, pairs) of one covariate."""
    length = [e - s for s, e in zip(start, end)]
    count = len(nuisance)
    beta = np.zeros(count)
    total, information = _sums(deaths(length, block), nuisance, beta, None)
    for _ in range(STEPS):
        step = np.linalg.solve(information + RIDGE * np.eye(count), total - RIDGE * beta)
        beta = beta + step / max(1.0, float(np.abs(step).max()))
        total, information = _sums(deaths(length, block), nuisance, beta, None)
    told: list[Floats] = []
    concordant, pairs = 0.0, 0
    for died, lived in deaths(length, block):
        age = length[died[0]]
        x = [side * sum(start[j] + age - window <= h < start[j] + age for h in hits) for j in died + lived]
        told.append(naive_ranks(x))
        for a, b in product(x[: len(died)], x[len(died) :]):
            concordant, pairs = concordant + (a > b) + 0.5 * (a == b), pairs + 1
    total, information = _sums(deaths(length, block), nuisance, beta, told)
    slope = np.linalg.solve(information[:count, :count] + RIDGE * np.eye(count), information[:count, count])
    score = total[count] - slope @ total[:count]
    variance = information[count, count] - slope @ information[:count, count]
    return float(score), float(variance), sum(len(died) for died, _ in deaths(length, block)), concordant, pairs


def _sums(times: list[tuple[list[int], list[int]]], nuisance: Floats, beta: Floats, last: list[Floats] | None) -> tuple[Floats, Floats]:
    size = len(nuisance) + (last is not None)
    total, information = np.zeros(size), np.zeros((size, size))
    for k, (died, lived) in enumerate(times):
        at_risk, d, n = died + lived, len(died), len(died) + len(lived)
        cov = nuisance[:, at_risk] if last is None else np.vstack([nuisance[:, at_risk], last[k]])
        weight = np.exp(np.clip(beta @ nuisance[:, at_risk], -20, 20))
        weight /= weight.sum()
        apart = cov - (cov @ weight)[:, None]
        total += apart[:, :d].sum(axis=1)
        information += d * (n - d) / (n - 1) * (apart * weight) @ apart.T
    return total, information
