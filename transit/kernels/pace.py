"""How fast each vehicle runs lately against typical times: fading sums in its record.

pace = (actual + prior) / (typical + prior), where both sums fade with time and the prior stands for running as typical, so
that little evidence gives a pace near 1. A record keeps log(pace) and its typical seconds; that gives the actual seconds back,
so two numbers are the whole memory.
"""

from __future__ import annotations

import math

from numba import njit

from transit.kernels.columns import PatternColumns, Records, TripColumns
from transit.kernels.prediction_columns import Places
from transit.parameters import PredictionParameters

IN_SERVICE = 0


@njit(cache=True, nogil=True, error_model="numpy")
def learn_pace(
    before: Records, after: Records, was: Places, current: Places, patterns: PatternColumns, trips: TripColumns,
    q: PredictionParameters,
) -> int:
    """Update the paces of vehicles (in `after`) from what each covered since `before`; how many were used.

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
        used += 1
    return used
