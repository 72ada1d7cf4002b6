"""Rank correlation within a neighbourhood in time, given what else could explain both, and its p-value: the statistics of T3."""

from __future__ import annotations

import math

import numpy as np

from signals.evidence_chances import t_tail, upper_tail
from signals.kernels.columns import F64, I64

UNTOLD = math.nan


def less_local_mean(values: F64, run: I64, half: int) -> F64:
    """Values less the mean of their neighbours, `half` on either side, of the same run."""
    sums, place = np.r_[0.0, np.cumsum(values)], np.arange(len(values))
    first = np.maximum(place - half, np.searchsorted(run, run, "left"))
    last = np.minimum(place + half + 1, np.searchsorted(run, run, "right"))
    return np.asarray(values - (sums[last] - sums[first]) / (last - first))


def partial_rank_correlation(answer: F64, demand: F64, given: F64, near: int) -> tuple[float, float]:
    """Rank correlation of what `given` [n, k] leaves of both, and its p-value: the greater of t's and of the circular shifts'."""
    freedom = len(answer) - given.shape[1] - 1 - near
    if freedom < 3:
        return UNTOLD, UNTOLD
    both = np.stack([answer, demand], axis=1)
    a, b = (ranked(left) for left in (both - given @ np.linalg.lstsq(given, both, rcond=None)[0]).T)
    norm = math.sqrt(float(a @ a) * float(b @ b))
    if norm <= 1e-9:
        return 0.0, 1.0
    shifted = np.fft.irfft(np.fft.rfft(a) * np.conj(np.fft.rfft(b)), len(a)) / norm
    r = min(1.0 - 1e-9, float(a @ b) / norm)
    null = shifted[near + 1 : len(a) - near]
    chance = t_tail(r * math.sqrt(freedom / (1.0 - r * r)), freedom)
    if len(null) >= near:
        chance = max(chance, upper_tail(r / max(float(np.sqrt((null**2).mean())), 1.0 / len(a))))
    return r, chance


def ranked(values: F64) -> F64:
    """Mid-ranks, centred; all but equal values (rounding of a fit) are ties."""
    values = np.round(values / max(float(np.abs(values).max()), 1e-12), 9) if np.abs(values).max() > 1e-9 else np.zeros(len(values))
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(count) - (count - 1) / 2.0
    centred = ranks[where]
    return np.asarray(centred - centred.mean())
