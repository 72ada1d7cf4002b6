"""Clocks of devices: the least of receipt − stamp in each minute of receipt, and the offset that the newest minutes agree on."""

from __future__ import annotations

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32, I64

NONE = np.iinfo(np.int64).max


@njit(cache=True, nogil=True, error_model="numpy")
def learn(
    device: I32, time: I64, rows: I64, received: int, bucket: int, most: int, least: I64, held: I64, seen: I64
) -> None:
    """Take in stamps `time[rows]` received at `received` (epoch ms), which lies in minute number `bucket`.

    least [D, B] ms: the least receipt − stamp of a minute, in column minute % B; held [D, B]: which minute that is, -1 none; seen [D].
    Stamps more than `most` ms away say nothing of a clock and are passed over.
    """
    column = bucket % least.shape[1]
    for k in range(rows.size):
        row = rows[k]
        d = device[row]
        gap = received - time[row]
        if not -most <= gap <= most:
            continue
        if held[d, column] != bucket:
            held[d, column] = bucket
            least[d, column] = gap
        elif gap < least[d, column]:
            least[d, column] = gap
        seen[d] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def estimate(
    devices: I32, bucket: int, window: int, confirming: int, near: int, enough: int,
    least: I64, held: I64, seen: I64, offset: F64, applied: I64, jumps: I64,
) -> None:  # fmt: skip
    """Bring offset [D] (ms, NaN unknown), applied [D] (ms) and jumps [D] of `devices` up to date.

    The newest `confirming` minutes with data agree when their values lie within `near` ms. Agreeing for the first time they make the
    offset known; agreeing on something else they are a jump, and all before them is forgotten. Otherwise the offset is the least of
    the `window` newest minutes; what lies more than `near` below it is a wild stamp. Stamps move when it is more than `near` off.
    """
    for k in range(devices.size):
        d = devices[k]
        low, high, found, oldest = NONE, -NONE, 0, bucket
        for back in range(window):
            minute = bucket - back
            column = minute % least.shape[1]
            if held[d, column] == minute and found < confirming:
                low, high = min(low, least[d, column]), max(high, least[d, column])
                found += 1
                oldest = minute
        known = not np.isnan(offset[d])
        agree = found == confirming and seen[d] >= enough and high - low <= near
        if agree and not known:
            offset[d] = low
        elif agree and (low > offset[d] + near or high < offset[d] - near):
            offset[d] = low
            jumps[d] += 1
            for column in range(least.shape[1]):
                if held[d, column] < oldest:
                    held[d, column] = -1
        elif known:
            floor = NONE
            for back in range(window):
                minute = bucket - back
                column = minute % least.shape[1]
                if held[d, column] == minute and least[d, column] >= offset[d] - near:
                    floor = min(floor, least[d, column])
            if floor != NONE:
                offset[d] = floor
        if not np.isnan(offset[d]) and abs(offset[d] - applied[d]) > near:
            applied[d] = np.int64(offset[d])
