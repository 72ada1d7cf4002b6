"""Chances (p-values) of test statistics, and how several are told as one."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from signals.kernels.columns import F64

LEAST = 1e-15
"""no p-value is told smaller: normal tails mean nothing there"""


def upper_tail(z: float) -> float:
    """P(Z ≥ z) of the standard normal."""
    return max(LEAST, 0.5 * math.erfc(z / math.sqrt(2.0)))


def t_tail(t: float, freedom: float) -> float:
    """P(T ≥ t) of Student's t by Wallace's normal approximation (1959, Ann. Math. Stat. 30:1124); 1 when there is no freedom."""
    if freedom < 1:
        return 1.0
    z = (8 * freedom + 1) / (8 * freedom + 3) * math.sqrt(freedom * math.log1p(t * t / freedom))
    return upper_tail(math.copysign(z, t))


def combined(chances: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """One p-value of several, however they depend: Cauchy combination (Liu & Xie 2020, JASA 115:393). NaN are left out; NaN if all."""
    p, w = np.asarray(chances, float), np.ones(len(chances)) if weights is None else np.asarray(weights, float)
    known = ~np.isnan(p)
    if not known.any():
        return math.nan
    p, w = np.clip(p[known], LEAST, 1.0 - 1e-3), w[known] / w[known].sum()
    t = float((w * np.tan((0.5 - p) * math.pi)).sum())
    return max(LEAST, 0.5 - math.atan(t) / math.pi) if t < 1e6 else max(LEAST, 1.0 / (t * math.pi))


def bonferroni(chances: Sequence[float]) -> float:
    """The smallest times the number of those known; NaN when none is."""
    known = [p for p in chances if not math.isnan(p)]
    return min(1.0, len(known) * min(known)) if known else math.nan


def variance_of_sum(scores: F64, variance: float, lags: int) -> float:
    """Of scores in order of time: the greater of the model's and Newey & West's (1987), for neighbours may be correlated; 0 untold."""
    told = scores[scores != 0.0]
    if len(told) < 4 or variance <= 1e-9:
        return 0.0
    apart = told - told.mean()
    robust = float(apart @ apart)
    for lag in range(1, min(lags, len(told) - 1) + 1):
        robust += 2.0 * (1.0 - lag / (lags + 1.0)) * float(apart[lag:] @ apart[:-lag])
    return max(variance, robust)
