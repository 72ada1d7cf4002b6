"""The passes of `transit.headway_dwell`: what stop events tell of dwells by headway, and the headway each vehicle will have."""

from __future__ import annotations

import math

from numba import njit

from transit.kernels.columns import F32, F64, I32, ArrivalColumns, EventColumns

LIVE = 0


@njit(cache=True, nogil=True, error_model="numpy")
def count_dwells(
    events: EventColumns, slot_of: I32, typical: F32, most_headway: float, most: float, memory: float, left: F64, mean: F64, sums: F64
) -> None:
    """Adds dwells by headway to `sums` [2]: of x^2 and x y; `left` and `mean` [slots] are when a bus last left, and s between buses.

    x and y are headway and dwell over what is usual, less 1. `typical` [Q] s.
    """
    for i in range(events.vehicle.size):
        q = events.pattern_stop[i]
        k, gone = slot_of[q], events.departure[i]
        if k < 0 or math.isnan(gone):
            continue
        headway = events.arrival[i] - left[k]
        if 0.0 < headway < most_headway:
            if math.isnan(mean[k]):
                mean[k] = headway
            else:
                x = min(headway / mean[k] - 1.0, most)
                y = min(max((gone - events.arrival[i]) / max(typical[q], 1.0) - 1.0, -most), most)
                sums[0] += x * x
                sums[1] += x * y
                mean[k] += memory * (headway - mean[k])
        if not gone <= left[k]:
            left[k] = gone


@njit(cache=True, nogil=True, error_model="numpy")
def foresee_headways(
    arrivals: ArrivalColumns, now: float, slot_of: I32, ahead: float, most_headway: float, most: float, left: F64, mean: F64,
    last: F64, number: I32, ratio: F32,
) -> None:
    """ratio [V] = mean x of each vehicle's calls within `ahead` s of `now`; 0 where nothing is known.

    What comes before a call of a slot is the one before it among `arrivals`, sorted by stop and arrival, else the bus that left.
    `last` [slots] and `number` [V] are scratch.
    """
    last[:] = math.nan
    number[:], ratio[:] = 0, 0.0
    for i in range(arrivals.vehicle.size):
        k = slot_of[arrivals.pattern_stop[i]]
        if k < 0 or arrivals.source[i] != LIVE or arrivals.arrival[i] - now > ahead:
            continue
        before = left[k] if math.isnan(last[k]) else last[k]
        headway = arrivals.arrival[i] - before
        last[k] = arrivals.departure[i]
        if headway < most_headway and mean[k] > 0.0:
            v = arrivals.vehicle[i]
            ratio[v] += min(max(headway / mean[k] - 1.0, -1.0), most)
            number[v] += 1
    for v in range(ratio.size):
        if number[v]:
            ratio[v] /= number[v]
