"""How fast vehicles run lately against typical times: fading sums, of each vehicle and of each pattern.

pace = (actual + prior) / (typical + prior), where both sums fade with time and the prior stands for running as typical, so
that little evidence gives a pace near 1. A vehicle's record keeps log(pace) and its typical seconds; that gives the actual
seconds back, so two numbers are the whole memory.
"""

from __future__ import annotations

import math

from numba import njit

from transit.kernels.columns import F64, PatternColumns, Records, TripColumns
from transit.kernels.prediction_columns import PatternPace, Places, RunningTimes
from transit.parameters import PredictionParameters

IN_SERVICE = 0


@njit(cache=True, nogil=True, error_model="numpy")
def learn_pace(
    before: Records, after: Records, now: float, was: Places, current: Places, patterns: PatternColumns, trips: TripColumns,
    q: PredictionParameters, pace: PatternPace,
) -> int:
    """Update the paces of vehicles (in `after`) and patterns from what each covered since `before`; how many were used.

    `was` and `current` are the places of both in one profile. Waiting says nothing of pace: not around the first and last stop,
    nor at a timepoint ahead of the scheduled time.
    """
    used = 0
    for v in range(before.size):
        pattern, trip = after[v]["pattern"], after[v]["trip"]
        if pattern != before[v]["pattern"]:
            after[v]["log_pace"], after[v]["pace_weight"] = 0.0, 0.0
        took = after[v]["timestamp"] - before[v]["timestamp"]
        if (
            was.profile[v] < 0 or current.wait[v] > 0 or after[v]["state"] != IN_SERVICE or pattern != before[v]["pattern"]
            or trip != before[v]["trip"] or not 0.0 < took <= q.max_age
            or before[v]["progress"] <= patterns.distance[patterns.stop_start[pattern]] + q.terminal
            or after[v]["progress"] >= patterns.distance[patterns.stop_start[pattern + 1] - 1] - q.terminal
        ):
            continue
        if trip >= 0 and after[v]["pending_arrival"] > 0.0 and was.ahead[v] == current.ahead[v]:
            row = trips.start[trip] + was.ahead[v] - patterns.stop_start[pattern]
            ahead_of_time = after[v]["service_day"] + trips.departure[row] > after[v]["timestamp"]
            if trips.timepoint[row] and not trips.template[trip] and ahead_of_time:
                continue
        covered = max(0.0, float(current.time[v] - was.time[v]))
        fading = math.exp(-took / q.own_memory)
        weight = after[v]["pace_weight"]
        spent = fading * (math.exp(after[v]["log_pace"]) * (weight + q.own_prior) - q.own_prior) + took
        weight = fading * weight + covered
        after[v]["pace_weight"] = weight
        after[v]["log_pace"] = math.log((spent + q.own_prior) / (weight + q.own_prior))
        fading = math.exp(min(0.0, pace.updated[pattern] - now) / q.pattern_memory)
        pace.actual[pattern] = fading * pace.actual[pattern] + took
        pace.typical[pattern] = fading * pace.typical[pattern] + covered
        pace.updated[pattern] = max(now, pace.updated[pattern])
        used += 1
    return used


@njit(cache=True, nogil=True, error_model="numpy")
def learn_holding(
    before: Records, after: Records, was: Places, current: Places, patterns: PatternColumns, trips: TripColumns,
    running: RunningTimes, q: PredictionParameters, pace: PatternPace,
) -> None:
    """Count how early buses came to the timepoints they passed since `before`, and how much of that they waited there."""
    for v in range(before.size):
        trip, at = after[v]["trip"], was.ahead[v]
        if (
            was.profile[v] < 0 or trip < 0 or trip != before[v]["trip"] or after[v]["state"] != IN_SERVICE
            or current.ahead[v] <= at or after[v]["timestamp"] - before[v]["timestamp"] > q.max_age
        ):
            continue
        pattern = trips.pattern[trip]
        k = at - patterns.stop_start[pattern]
        if k == 0 or trips.template[trip] or not trips.timepoint[trips.start[trip] + k]:
            continue
        leave = running.leave[running.profile[trip] + k]
        ready = before[v]["timestamp"] + leave - was.time[v]
        if before[v]["pending_arrival"] > 0.0:
            ready = before[v]["pending_arrival"] + leave - running.arrive[running.profile[trip] + k]
        early = after[v]["service_day"] + trips.departure[trips.start[trip] + k] - ready
        if early > q.hold_early:
            left = after[v]["timestamp"] - max(0.0, float(current.time[v] - leave))
            pace.early[pattern] += early
            pace.waited[pattern] += min(max(left - ready, 0.0), early)


@njit(cache=True, nogil=True, error_model="numpy")
def hold_share(pace: PatternPace, q: PredictionParameters) -> float:
    """The share of their earliness that buses wait out at timepoints, over all patterns."""
    early, waited = q.hold_prior, q.hold_prior * q.hold_share
    for p in range(pace.early.size):
        early += pace.early[p]
        waited += pace.waited[p]
    return waited / early


@njit(cache=True, nogil=True, error_model="numpy")
def pattern_excess(pace: PatternPace, now: float, q: PredictionParameters, excess: F64) -> None:
    """excess[p] = what is expected to last of the excess of each pattern's pace over 1."""
    for p in range(excess.size):
        fading = math.exp(min(0.0, pace.updated[p] - now) / q.pattern_memory)
        ratio = (fading * pace.actual[p] + q.pattern_prior) / (fading * pace.typical[p] + q.pattern_prior)
        excess[p] = q.pattern_gain * (ratio - 1.0)
