"""How far predictions turn out to be off: some are kept until their bus comes, and their errors are counted by time ahead.

Errors are counted in units of the standard deviation that the prediction gave itself, so one table serves short and long hops.
Old errors fade as new ones come: on a day unlike those before it the intervals follow within the hour.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from transit.kernels.columns import F32, EventColumns, Records
from transit.kernels.prediction_columns import Runs
from transit.learning_parameters import IntervalParameters

BINS = 96
"""of a histogram of errors"""
TURNS = 65_536
"""after which the choice of calls repeats; 40,503 is its golden section, so that successive choices lie far apart"""


@njit(cache=True, nogil=True, error_model="numpy")
def keep_samples(runs: Runs, count: int, now: float, number: int, kept: Records) -> None:
    """Keeps one call of each vehicle's runs in `kept` [V, slots]; `number` tells which, another one each time."""
    i = 0
    while i < count:
        v, first = runs.vehicle[i], i
        while i < count and runs.vehicle[i] == v:
            i += 1
        calls = runs.row[i] - runs.row[first]
        row = runs.row[first] + (number % TURNS * 40_503 + np.int64(v) * 25_931) % TURNS * calls // TURNS
        run = first
        while runs.row[run + 1] <= row:
            run += 1
        if not runs.deviation[row] > 0.0:
            continue
        best = 0
        for slot in range(kept.shape[1]):
            if kept[v, slot]["sampled"] == 0.0:
                best = slot
                break
            if kept[v, slot]["sampled"] < kept[v, best]["sampled"]:
                best = slot
        one = kept[v, best]
        one["sampled"], one["expected"], one["deviation"] = now, now + np.float64(runs.expected[row]), runs.deviation[row]
        one["pattern_stop"], one["trip"] = runs.pattern_stop[run] + row - runs.row[run], runs.trip[run]
        one["source"] = runs.source[run]


@njit(cache=True, nogil=True, error_model="numpy")
def settle(events: EventColumns, kept: Records, par: IntervalParameters, counts: F32) -> int:
    """Counts the errors of kept calls whose arrivals `events` tell; how many. `counts` [2, buckets, BINS] by source and time ahead."""
    settled = 0
    for i in range(events.vehicle.size):
        v, arrival = events.vehicle[i], events.arrival[i]
        if v >= kept.shape[0] or math.isnan(arrival):
            continue
        for slot in range(kept.shape[1]):
            one = kept[v, slot]
            if one["sampled"] == 0.0:
                continue
            if one["pattern_stop"] == events.pattern_stop[i] and (one["trip"] == events.trip[i] or one["trip"] < 0):
                ahead = one["expected"] - one["sampled"]
                if one["sampled"] <= arrival and arrival - one["expected"] < par.longest:
                    bucket = bucket_of(ahead)
                    place = bin_of((arrival - one["expected"]) / one["deviation"])
                    for k in range(BINS):
                        counts[one["source"], bucket, k] *= 1.0 - 1.0 / par.memory
                    counts[one["source"], bucket, place] += 1.0
                    settled += 1
                one["sampled"] = 0.0
            elif arrival - one["expected"] > par.longest:
                one["sampled"] = 0.0
    return settled


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def bucket_of(ahead: float) -> int:
    """0 … 9: minutes 0–1, 1–2, 2–3, 3–5, 5–8, 8–12, 12–18, 18–26, 26–38, later."""
    if ahead < 180.0:
        return int(max(ahead, 0.0) / 60.0)
    if ahead < 480.0:
        return 3 if ahead < 300.0 else 4
    if ahead < 1080.0:
        return 5 if ahead < 720.0 else 6
    if ahead < 2280.0:
        return 7 if ahead < 1560.0 else 8
    return 9


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def bin_of(error: float) -> int:
    """The bin of an error in standard deviations: fine about 0, coarse far off (asinh)."""
    return min(max(int(BINS / 2 + 16.0 * math.asinh(error)), 0), BINS - 1)
