"""How fast vehicles run lately against typical times: fading sums, of each vehicle and of each pattern.

pace = (actual + prior) / (typical + prior), where both sums fade with time and the prior stands for running as typical, so
that little evidence gives a pace near 1. A vehicle's record keeps log(pace) and its sum of typical seconds; that gives the sum
of actual seconds back, so two numbers are the whole memory.
"""

from __future__ import annotations

import math

from numba import njit

from transit.kernels.columns import F64, Records
from transit.kernels.prediction_columns import PatternPace
from transit.parameters import PredictionParameters


@njit(cache=True, nogil=True, error_model="numpy")
def learn_pace(before: Records, after: Records, typical: F64, now: float, q: PredictionParameters, pace: PatternPace) -> int:
    """Update the vehicles' paces in `after` and the patterns' from typical seconds covered (NaN: none); how many were used."""
    used = 0
    for v in range(before.size):
        if math.isnan(typical[v]):
            if after[v]["pattern"] != before[v]["pattern"]:
                after[v]["log_pace"], after[v]["pace_weight"] = 0.0, 0.0
            continue
        used += 1
        actual = after[v]["timestamp"] - before[v]["timestamp"]
        fading = math.exp(-actual / q.own_memory)
        weight = after[v]["pace_weight"]
        spent = fading * (math.exp(after[v]["log_pace"]) * (weight + q.own_prior) - q.own_prior) + actual
        weight = fading * weight + typical[v]
        after[v]["pace_weight"] = weight
        after[v]["log_pace"] = math.log((spent + q.own_prior) / (weight + q.own_prior))
        p = after[v]["pattern"]
        fading = math.exp(min(0.0, pace.updated[p] - now) / q.pattern_memory)
        pace.actual[p] = fading * pace.actual[p] + actual
        pace.typical[p] = fading * pace.typical[p] + typical[v]
        pace.updated[p] = max(now, pace.updated[p])
    return used


@njit(cache=True, nogil=True, error_model="numpy")
def pattern_excess(pace: PatternPace, now: float, q: PredictionParameters, excess: F64) -> None:
    """excess[p] = expected excess of each pattern's pace (pace - 1) at `now`, within the bounds of the predictor."""
    for p in range(excess.size):
        fading = math.exp(min(0.0, pace.updated[p] - now) / q.pattern_memory)
        ratio = (fading * pace.actual[p] + q.pattern_prior) / (fading * pace.typical[p] + q.pattern_prior)
        excess[p] = min(max(q.pattern_gain * (ratio - 1.0), -q.excess), 2.0 * q.excess)
