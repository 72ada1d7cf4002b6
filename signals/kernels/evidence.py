"""The score test behind T2: does the moment at which a green ends depend on who has just been detected?

A green that ends at elapsed time e is set against the greens of its phase, near it in time, that are still on at the same e: a Cox
partial likelihood with detections just before e as covariates that change with time (Cox 1972, J. R. Stat. Soc. B 34:187). Ties die
together with the hypergeometric variance of the log-rank test. A controller that heeds no traffic may still tie a green to the red
before it, to the background cycle or to a trend: nuisance covariates take out what these explain (efficient score).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I64

NUISANCE = 3
"""covariates that a controller without detectors may follow"""
RIDGE = 0.05
"""weak prior on nuisance log hazard ratios, precision in 1/SD²: what explains all does not run off to infinity"""
STEPS = 10
"""Newton steps of at most 1 each; from 0, five reach what the prior leaves of a covariate that decides alone"""


@njit(cache=True, nogil=True, error_model="numpy")
def _ranks(x: F64, n: int, order: I64, out: F64) -> None:
    """Mid-ranks of x[:n], centred and scaled to (-½, ½)."""
    for k in range(n):
        place = k
        while place > 0 and x[order[place - 1]] > x[k]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = k
    k = 0
    while k < n:
        last = k
        while last + 1 < n and x[order[last + 1]] == x[order[k]]:
            last += 1
        for m in range(k, last + 1):
            out[order[m]] = ((k + last) / 2.0 + 0.5) / n - 0.5
        k = last + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _add(cov: F64, first: int, weight: F64, n: int, dead: int, total: F64, information: F64, mean: F64) -> None:
    """Score and information of one death time, covariates from row `first` on against all before and themselves.

    Covariates [K, n] of those at risk; the first `dead` of them died.
    """
    whole = 0.0
    for j in range(n):
        whole += weight[j]
    for a in range(len(mean)):
        mean[a] = 0.0
        for j in range(n):
            mean[a] += weight[j] * cov[a, j]
        mean[a] /= whole
    ties = dead * (n - dead) / (n - 1.0) / whole
    for a in range(first, len(mean)):
        for j in range(dead):
            total[a] += cov[a, j] - mean[a]
        for b in range(min(NUISANCE, a) + 1):
            c = a if b == min(NUISANCE, a) else b
            spread = 0.0
            for j in range(n):
                spread += weight[j] * (cov[a, j] - mean[a]) * (cov[c, j] - mean[c])
            information[a, c] += ties * spread


@njit(cache=True, nogil=True, error_model="numpy")
def _solve(information: F64, right: F64, x: F64) -> None:
    """Gauss elimination with the nuisance block of the information, its lower half given, and the prior."""
    matrix = np.zeros((NUISANCE, NUISANCE))
    for a in range(NUISANCE):
        for b in range(NUISANCE):
            matrix[a, b] = information[max(a, b), min(a, b)]
        matrix[a, a] += RIDGE
        x[a] = right[a]
    for a in range(NUISANCE):
        for b in range(a + 1, NUISANCE):
            factor = matrix[b, a] / matrix[a, a]
            matrix[b] -= factor * matrix[a]
            x[b] -= factor * x[a]
    for a in range(NUISANCE - 1, -1, -1):
        for b in range(a + 1, NUISANCE):
            x[a] -= matrix[a, b] * x[b]
        x[a] /= matrix[a, a]


@njit(cache=True, nogil=True, error_model="numpy")
def _at_risk(length: I64, first: int, last: int, i: int, out: I64) -> tuple[int, int]:
    """Services of [first, last) as long as i, then those longer: how many died with i (0: told with an earlier one), all."""
    dead = 0
    for j in range(first, last):
        if length[j] == length[i]:
            if j < i:
                return 0, 0
            out[dead] = j
            dead += 1
    risk = dead
    for j in range(first, last):
        if length[j] > length[i]:
            out[risk] = j
            risk += 1
    return dead, risk


@njit(cache=True, nogil=True, error_model="numpy")
def _weigh(nuisance: F64, beta: F64, risky: I64, risk: int, cov: F64, weight: F64) -> None:
    """Nuisance covariates and hazard of each of the `risk` services in `risky`."""
    for k in range(risk):
        shift = 0.0
        for a in range(NUISANCE):
            cov[a, k] = nuisance[a, risky[k]]
            shift += beta[a] * cov[a, k]
        weight[k] = math.exp(min(max(shift, -20.0), 20.0))


@njit(cache=True, nogil=True, error_model="numpy")
def _nuisance_effects(length: I64, block: I64, nuisance: F64, beta: F64) -> None:
    """Log hazard ratios [NUISANCE] of the nuisance covariates alone, by penalised maximum partial likelihood."""
    n = len(length)
    risky, weight, mean, cov = np.zeros(n, np.int64), np.zeros(n), np.zeros(NUISANCE), np.zeros((NUISANCE, n))
    total, information, step = np.zeros(NUISANCE), np.zeros((NUISANCE, NUISANCE)), np.zeros(NUISANCE)
    for _ in range(STEPS):
        total[:], information[:] = 0.0, 0.0
        first = last = 0
        for i in range(n):
            if i == last:
                first = i
                while last < n and block[last] == block[i]:
                    last += 1
            dead, risk = _at_risk(length, first, last, i, risky)
            if risk == dead:
                continue
            _weigh(nuisance, beta, risky, risk, cov, weight)
            _add(cov, 0, weight, risk, dead, total, information, mean)
        _solve(information, total - RIDGE * beta, step)
        largest = max(1.0, np.max(np.abs(step)))
        for a in range(NUISANCE):
            beta[a] += step[a] / largest


@njit(cache=True, nogil=True, error_model="numpy")
def ended_by_traffic(
    start: I64, end: I64, block: I64, nuisance: F64, own: I64, opposing: I64, windows: I64, sides: I64, score: F64, found: F64
) -> None:
    """Score tests over services [n] of one phase, in order of time; `block` [n], rising, says which are compared with one another.

    Covariate w: detections within `windows[w]` ms before the end, of the phase itself fewer than at others (`sides[w]` -1: a green ends
    in a gap) or of opposing phases more (+1: a green ends for those who wait). `nuisance` [NUISANCE, n], standardised within blocks;
    `own`, `opposing`: detections, rising. Fills `score` [W, n] with what each ended service adds and `found` [W, 5]: score, variance,
    services that informed, concordant and compared pairs (ties half); their ratio is the AUC matched on elapsed green.
    """
    n, count = len(start), len(windows)
    length, every = end - start, NUISANCE + count
    beta, slope, right = np.zeros(NUISANCE), np.zeros(NUISANCE), np.zeros(NUISANCE)
    _nuisance_effects(length, block, nuisance, beta)
    risky, order, x, ranks, weight = np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n), np.zeros(n), np.zeros(n)
    cov, apart, mean, total = np.zeros((every, n)), np.zeros((every, n)), np.zeros(every), np.zeros(every)
    information = np.zeros((every, every))
    found[:] = 0.0
    first = last = 0
    for i in range(n):
        if i == last:
            first = i
            while last < n and block[last] == block[i]:
                last += 1
        dead, risk = _at_risk(length, first, last, i, risky)
        if risk == dead:
            continue
        _weigh(nuisance, beta, risky, risk, cov, weight)
        for w in range(count):
            hits = own if sides[w] < 0 else opposing
            for k in range(risk):
                at = start[risky[k]] + length[i]
                x[k] = sides[w] * (np.searchsorted(hits, at) - np.searchsorted(hits, at - windows[w]))
            _ranks(x, risk, order, ranks)
            cov[NUISANCE + w, :risk] = ranks[:risk]
            found[w, 2] += dead
            for k in range(dead):
                for m in range(dead, risk):
                    found[w, 3] += 1.0 if x[k] > x[m] else 0.5 if x[k] == x[m] else 0.0
            found[w, 4] += dead * (risk - dead)
        _add(cov, 0, weight, risk, dead, total, information, mean)
        for k in range(dead):
            for a in range(every):
                apart[a, risky[k]] = cov[a, k] - mean[a]
    for w in range(count):
        row = NUISANCE + w
        right[:] = information[row, :NUISANCE]
        _solve(information, right, slope)
        found[w, 0], found[w, 1] = total[row], information[row, row]
        score[w] = apart[row]
        for a in range(NUISANCE):
            found[w, 0] -= slope[a] * total[a]
            found[w, 1] -= slope[a] * right[a]
            score[w] -= slope[a] * apart[a]
