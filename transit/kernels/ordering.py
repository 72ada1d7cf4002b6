"""Runs of predicted calls into rows ordered by stop, then arrival, then vehicle: two counting sorts and a finishing touch.

Calls are first spread over slices of time, then over stops; both passes keep the order they find. What is left out of order
lies within one slice at one stop, and an insertion sort over the almost sorted rows mends it.
"""

from __future__ import annotations

from numba import njit

from transit.kernels.columns import I32, ArrivalColumns
from transit.kernels.prediction_columns import OrderScratch, Runs


@njit(cache=True, nogil=True, error_model="numpy")
def order_calls(runs: Runs, count: int, horizon: float, stop: I32, scratch: OrderScratch, start: I32) -> None:
    """Put the rows of `count` runs into `scratch.order` by stop, then arrival; `start` [S + 1]: where each stop's begin.

    `stop` [Q] is the stop of each pattern stop.
    """
    slices, cursor, run_of, by_time, order = scratch
    per_slice = (slices.size - 2) / horizon
    rows = runs.row[count]
    slices[:] = 0
    start[:] = 0
    for i in range(count):
        offset = runs.pattern_stop[i] - runs.row[i]
        for row in range(runs.row[i], runs.row[i + 1]):
            run_of[row] = i
            slices[int(runs.arrival[row] * per_slice) + 1] += 1
            start[stop[row + offset] + 1] += 1
    for k in range(1, slices.size):
        slices[k] += slices[k - 1]
    for k in range(1, start.size):
        start[k] += start[k - 1]
        cursor[k - 1] = start[k - 1]
    for row in range(rows):
        k = int(runs.arrival[row] * per_slice)
        by_time[slices[k]] = row
        slices[k] += 1
    for at in range(rows):
        row = by_time[at]
        k = stop[row + runs.pattern_stop[run_of[row]] - runs.row[run_of[row]]]
        i = cursor[k]
        cursor[k] += 1
        while i > start[k] and runs.arrival[order[i - 1]] > runs.arrival[row]:
            order[i] = order[i - 1]
            i -= 1
        order[i] = row


@njit(cache=True, nogil=True, error_model="numpy")
def write_calls(runs: Runs, now: float, scratch: OrderScratch, out: ArrivalColumns) -> None:
    """Write the rows in `scratch.order` as columns, times as epoch seconds."""
    for at in range(out.vehicle.size):
        row = scratch.order[at]
        i = scratch.run_of[row]
        out.vehicle[at], out.trip[at], out.source[at] = runs.vehicle[i], runs.trip[i], runs.source[i]
        out.pattern_stop[at] = runs.pattern_stop[i] + row - runs.row[i]
        out.service_day[at] = runs.service_day[i]
        out.arrival[at], out.departure[at] = now + runs.arrival[row], now + runs.departure[row]
