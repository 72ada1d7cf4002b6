"""Runs of predicted calls into rows ordered by stop, then arrival, then vehicle.

A counting sort brings the calls of each stop together as keys (bits of the arrival, row); non-negative floats order like their
bits, so sorting a stop's few keys as integers finishes the work and settles ties by row.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F32, I32, ArrivalColumns
from transit.kernels.prediction_columns import OrderScratch, Runs

FEW = 48
"""calls of a stop up to which insertion is the quicker sort"""


@njit(cache=True, nogil=True, error_model="numpy")
def order_calls(runs: Runs, count: int, stop: I32, scratch: OrderScratch, start: I32) -> None:
    """Put the calls of `count` runs into `scratch.key` by stop, then arrival; `start` [S + 1]: where each stop's begin.

    `stop` [Q] is the stop of each pattern stop.
    """
    cursor, run_of, key = scratch.cursor, scratch.run_of, scratch.key
    run_row, pattern_stop, arrival = runs.row, runs.pattern_stop, scratch.arrival_bits
    start[:] = 0
    for i in range(count):
        offset = pattern_stop[i] - run_row[i]
        for row in range(run_row[i], run_row[i + 1]):
            run_of[row] = i
            start[stop[row + offset] + 1] += 1
    for k in range(1, start.size):
        cursor[k - 1] = start[k - 1]
        start[k] += start[k - 1]
    for i in range(count):
        offset = pattern_stop[i] - run_row[i]
        for row in range(run_row[i], run_row[i + 1]):
            k = stop[row + offset]
            key[cursor[k]] = (np.uint64(arrival[row]) << np.uint64(32)) | np.uint64(row)
            cursor[k] += 1
    for k in range(cursor.size):
        if start[k + 1] - start[k] > FEW:
            key[start[k] : start[k + 1]].sort()
            continue
        for i in range(start[k] + 1, start[k + 1]):
            held, j = key[i], i
            while j > start[k] and key[j - 1] > held:
                key[j] = key[j - 1]
                j -= 1
            key[j] = held


@njit(cache=True, nogil=True, error_model="numpy")
def write_calls(runs: Runs, now: float, scratch: OrderScratch, low: F32, middle: F32, high: F32, out: ArrivalColumns) -> None:
    """Write the calls in the order of `scratch.key` as columns, times as epoch seconds.

    Intervals lie about the published point as the quantiles `low` and `high` about `middle` [2, half minutes ahead] by source, in
    units of a call's deviation; they hold the point, and begin no sooner than now.
    """
    key, run_of = scratch.key, scratch.run_of
    vehicle, trip, source, pattern_stop, service_day = runs.vehicle, runs.trip, runs.source, runs.pattern_stop, runs.service_day
    run_row, arrival, departure = runs.row, runs.arrival, runs.departure
    o_vehicle, o_trip, o_source, o_stop, o_day, o_arrival, o_departure, o_p10, o_p90 = (
        out.vehicle, out.trip, out.source, out.pattern_stop, out.service_day, out.arrival, out.departure,
        out.p10, out.p90,
    )
    for at in range(o_vehicle.size):
        row = np.int64(key[at] & np.uint64(0xFFFFFFFF))
        i = run_of[row]
        o_vehicle[at], o_trip[at], o_source[at], o_day[at] = vehicle[i], trip[i], source[i], service_day[i]
        o_stop[at] = pattern_stop[i] + row - run_row[i]
        o_arrival[at], o_departure[at] = now + np.float64(arrival[row]), now + np.float64(departure[row])
        x, s, sigma = min(np.int64(arrival[row] * np.float32(1.0 / 30.0)), low.shape[1] - 1), source[i], np.float64(runs.deviation[row])
        o_p10[at] = now + max(np.float64(arrival[row]) + min(np.float64(low[s, x] - middle[s, x]), 0.0) * sigma, 0.0)
        o_p90[at] = now + np.float64(arrival[row]) + max(np.float64(high[s, x] - middle[s, x]), 0.0) * sigma
