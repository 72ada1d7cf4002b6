"""The benefit between its choices: a concave function of x in [0, 1]^J whose tangent planes bound every choice from above.

With λ_j = −ln(1 − β_j) the benefit of a set is F(x) = Σ_t w_t (1 − exp(−Σ_{j on t} λ_j x_j)) + Σ extra_j x_j at its 0/1 vector x, and
F is concave. So F(S) ≤ F(x) + ∇F(x) · (1_S − x) for every x: the gap of Frank & Wolfe (1956; Jaggi 2013, ICML).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32, I64


@njit(cache=True, nogil=True, error_model="numpy")
def tangent(first: I64, stop: I32, whole: F64, rate: F64, extra: F64, x: F64, left: F64, slope: F64) -> float:
    """F(x); `slope` [J] is ∇F(x), `left` [T] what trips could still gain. `whole` [T] is w_t, `rate` [J] λ_j."""
    slope[:] = 0.0
    total = 0.0
    part = rate * x
    for t in range(first.size - 1):
        spent = 0.0
        for i in range(first[t], first[t + 1]):
            spent += part[stop[i]]
        left[t] = whole[t] * math.exp(-spent)
        total += whole[t] - left[t]
        for i in range(first[t], first[t + 1]):
            slope[stop[i]] += left[t]
    for j in range(x.size):
        slope[j] = slope[j] * rate[j] + extra[j]
        total += extra[j] * x[j]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def best_step(first: I64, stop: I32, left: F64, rate: F64, extra: F64, ahead: F64, halvings: int) -> float:
    """How far to go from x along `ahead` [J], 0 to 1, for the largest F, by halving; `left` [T] as `tangent` leaves it at x."""
    trips = first.size - 1
    spent, part = np.zeros(trips), rate * ahead
    for t in range(trips):
        for i in range(first[t], first[t + 1]):
            spent[t] += part[stop[i]]
    level = 0.0
    for j in range(ahead.size):
        level += extra[j] * ahead[j]
    low, high = 0.0, 1.0
    for _ in range(halvings):
        at = (low + high) / 2
        rise = level
        for t in range(trips):
            if spent[t] != 0.0:
                rise += left[t] * spent[t] * math.exp(-at * spent[t])
        if rise > 0.0:
            low = at
        else:
            high = at
    return (low + high) / 2
