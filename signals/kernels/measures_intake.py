"""A look at a batch before it is measured: is it in order, and which of its events cannot be used yet, or at all."""

from __future__ import annotations

from numba import njit

from signals.kernels.columns import I32, I64, U8, EventColumns

USED, KEPT, LATE, AHEAD, NO_DEVICE = 0, 1, 2, 3, 4


@njit(cache=True, nogil=True, error_model="numpy")
def survey(events: EventColumns, since: int, until: int, farthest: int, last_time: I64, last_code: I32, fate: U8, counts: I64) -> bool:
    """Fate [n] of each event and `counts` [5] of them; whether what is used lies in order of (time, code, parameter) by device.

    Used: `since` <= time < `until`; kept: from there to `farthest` (all ms). `last_time`, `last_code` [D]: scratch.
    """
    last_time[:] = -1
    ordered = True
    counts[:] = 0
    parameter_of_last = last_code.copy()
    for i in range(events.time.size):
        t, d, c, v = events.time[i], events.device[i], events.code[i], events.parameter[i]
        if d < 0 or d >= last_time.size:
            fate[i] = NO_DEVICE
        elif t >= until:
            fate[i] = KEPT if t <= farthest else AHEAD
        elif t < since:
            fate[i] = LATE
        else:
            fate[i] = USED
            if t <= last_time[d]:
                late = t < last_time[d] or c < last_code[d] or (c == last_code[d] and v < parameter_of_last[d])
                ordered = ordered and not late
            last_time[d], last_code[d], parameter_of_last[d] = t, c, v
        counts[fate[i]] += 1
    return ordered
