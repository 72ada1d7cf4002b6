"""Follows each call from sample to sample: how far its predicted time wanders, and when the minutes of a board would count up."""

from __future__ import annotations

import math

from numba import njit

from transit.kernels.columns import F64, I64

SAMPLES, SPREAD, DEVIATION, RAW_UPS, SHOWN_UPS, JUMPS = range(6)


@njit(cache=True, nogil=True, error_model="numpy")
def follow(start: I64, sampled: F64, predicted: F64, actual: F64, window: float, memory: float, out: F64) -> None:
    """out [C, 6] of calls [C + 1 bounds]: SAMPLES within `window` s of the arrival, SPREAD (largest minus smallest) and
    DEVIATION (population SD) of their predicted times in s; RAW_UPS single-minute rises of the minutes as they are, SHOWN_UPS
    those left once a board has applied its rule (transit.board_memory: it compares with what it showed at most `memory` s
    ago), JUMPS rises shown of two minutes and more.

    Rows [n] are sorted by call, then `sampled`; all of a call have one `actual`. Rows sampled after it are passed over.
    """
    for c in range(len(start) - 1):
        out[c, :] = 0.0
        first, last = start[c], start[c + 1]
        total = square = 0.0
        least, most = math.inf, -math.inf
        before, minutes_before, shown, shown_minutes = -math.inf, 0, 0.0, 0
        for i in range(first, last):
            if sampled[i] > actual[i]:
                continue
            if actual[i] - sampled[i] <= window:
                away = predicted[i] - predicted[first]
                out[c, SAMPLES] += 1.0
                total += away
                square += away * away
                least, most = min(least, away), max(most, away)
            minutes = max(0, math.floor((predicted[i] - sampled[i]) / 60.0 + 0.5))
            time, number = predicted[i], minutes
            if before > -math.inf:
                if minutes == minutes_before + 1:
                    out[c, RAW_UPS] += 1.0
                if minutes == shown_minutes + 1 and sampled[i] - before <= memory:
                    time = shown
                    number = max(0, math.floor((time - sampled[i]) / 60.0 + 0.5))
                if number == shown_minutes + 1:
                    out[c, SHOWN_UPS] += 1.0
                elif number > shown_minutes:
                    out[c, JUMPS] += 1.0
            before, minutes_before, shown, shown_minutes = sampled[i], minutes, time, number
        n = out[c, SAMPLES]
        if n > 0.0:
            out[c, SPREAD] = most - least
            out[c, DEVIATION] = math.sqrt(max(0.0, square / n - (total / n) ** 2))
