"""States of intersections: windows become transitions, transitions are looked up at a moment, and summed over many.

Sums over moments and bins are taken as differences: a state that covers many of them costs one addition where it begins and one
where it ends, so a year of days costs no more than a day.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32, I64
from signals.kernels.state_columns import ALL_POSSIBLE, NOTHING_PROVED, LastStates, StateColumns, Transitions, Windows


@njit(cache=True, nogil=True, error_model="numpy")
def transitions(windows: Windows, life: int, last: LastStates, out: Transitions) -> tuple[int, int]:
    """Write what changes to `out` [2n] and `last`; (how many changes, how many windows told nothing new).

    A window speaks of the time that none before it spoke of, and its state holds `life` ms beyond it; a longer silence is a
    change to unknown. A window that ends no later than one told before is late, and told nothing new.
    """
    made, late = 0, 0
    for k in range(len(windows.end)):
        i, begin, end = windows.intersection[k], windows.start[k], windows.end[k]
        before = last.end[i]
        if before >= 0:
            if end <= before:
                late += 1
                continue
            begin = max(begin, before)
            silent = begin - before > life
            unknown = last.proved[i] == NOTHING_PROVED and last.possible[i] == ALL_POSSIBLE and last.mode[i] == -1
            if silent and not (unknown and last.verdict[i] == 0):
                out.intersection[made], out.time[made] = i, before + life
                out.proved[made], out.possible[made], out.verdict[made], out.mode[made] = NOTHING_PROVED, ALL_POSSIBLE, 0, -1
                last.proved[i], last.possible[i], last.verdict[i], last.mode[i] = NOTHING_PROVED, ALL_POSSIBLE, 0, -1
                made += 1
        last.end[i] = end
        if (
            last.proved[i] == windows.proved[k] and last.possible[i] == windows.possible[k]
            and last.verdict[i] == windows.verdict[k] and last.mode[i] == windows.mode[k]
        ):  # fmt: skip
            continue
        out.intersection[made], out.time[made] = i, begin
        out.proved[made], out.possible[made] = windows.proved[k], windows.possible[k]
        out.verdict[made], out.mode[made] = windows.verdict[k], windows.mode[k]
        last.proved[i], last.possible[i] = windows.proved[k], windows.possible[k]
        last.verdict[i], last.mode[i] = windows.verdict[k], windows.mode[k]
        made += 1
    return made, late


@njit(cache=True, nogil=True, error_model="numpy")
def _after(times: I64, low: int, high: int, time: int) -> int:
    """The first of rows low to high, in order of time, that is after a time."""
    while low < high:
        middle = (low + high) // 2
        if times[middle] <= time:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def locate(states: StateColumns, intersection: I32, time: int, row: I64) -> None:
    """The row of the state that each intersection [J] is in at a time; -1 where nothing is known. -1 in: never heard of."""
    for j in range(len(intersection)):
        i = intersection[j]
        row[j] = -1
        if i < 0 or time >= states.known_until[i]:
            continue
        after = _after(states.time, states.first[i], states.first[i + 1], time)
        if after > states.first[i]:
            row[j] = after - 1


@njit(cache=True, nogil=True, error_model="numpy")
def _place(times: I64, time: int) -> int:
    """How many of `times`, in order, are < time."""
    low, high = 0, len(times)
    while low < high:
        middle = (low + high) // 2
        if times[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _stretch_end(times: I64, row: int, stop_row: int, start: int, end: int, known_until: int) -> int:
    """Until when the state of `start` < `end` lasts, `row` being the first row after it and `stop_row` the first of another."""
    if start >= known_until:
        return end
    stop = min(end, known_until)
    return min(stop, times[row]) if row < stop_row else stop


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_moments(
    states: StateColumns, intersection: I32, start: I64, end: I64, weight: F64, times: I64, proved: F64, possible: F64
) -> None:
    """Add the weights [S, W] of spans [S] to the sums by moment, rung and weight: `proved`, `possible` [T + 1, 6, W], zero before.

    A span start <= t < end counts at the moments `times` [T], in order. The last row of the sums is scrap.
    """
    rows, known_until, changes = states.first, states.known_until, states.time
    state_proved, state_possible = states.proved, states.possible
    for s in range(len(start)):
        first, stop = _place(times, start[s]), _place(times, end[s])
        if first == stop:
            continue
        i, at, ending = np.int64(intersection[s]), times[first], times[stop - 1] + 1
        begin, stop_row, lasts = (rows[i], rows[i + 1], known_until[i]) if i >= 0 else (0, 0, at)
        row = _after(changes, begin, stop_row, at)
        while at < ending:
            until = _stretch_end(changes, row, stop_row, at, ending, lasts)
            known = at < lasts and row > begin
            low = np.int64(state_proved[row - 1]) if known else NOTHING_PROVED
            high = np.int64(state_possible[row - 1]) if known else ALL_POSSIBLE
            a, b = _place(times, at), _place(times, until)
            if b > a:
                for w in range(weight.shape[1]):
                    proved[a, low, w] += weight[s, w]
                    proved[b, low, w] -= weight[s, w]
                    possible[a, high, w] += weight[s, w]
                    possible[b, high, w] -= weight[s, w]
            at = until
            while row < stop_row and changes[row] <= at:
                row += 1
    for t in range(1, len(times)):
        for k in range(proved.shape[1]):
            for w in range(weight.shape[1]):
                proved[t, k, w] += proved[t - 1, k, w]
                possible[t, k, w] += possible[t - 1, k, w]


@njit(cache=True, nogil=True, error_model="numpy")
def _add_stretch(begin: int, until: int, rung: int, s: int, weight: F64, bin_start: I64, bin_end: I64, whole: F64, part: F64) -> None:
    """Put a stretch of time into bins: differences over those it covers whole, ms into the two at most that it cuts."""
    last = _place(bin_start, until)
    first = _place(bin_end, begin + 1)
    if first >= last:
        return
    if bin_start[first] < begin:
        spent = min(bin_end[first], until) - begin
        for w in range(weight.shape[1]):
            part[first, rung, w] += weight[s, w] * spent
        first += 1
    if first < last and bin_end[last - 1] > until:
        spent = until - bin_start[last - 1]
        for w in range(weight.shape[1]):
            part[last - 1, rung, w] += weight[s, w] * spent
        last -= 1
    if first < last:
        for w in range(weight.shape[1]):
            whole[first, rung, w] += weight[s, w]
            whole[last, rung, w] -= weight[s, w]


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_bins(
    states: StateColumns,
    intersection: I32,
    start: I64,
    end: I64,
    weight: F64,
    bin_start: I64,
    bin_end: I64,
    whole: F64,
    proved: F64,
    possible: F64,
) -> None:
    """Add weight × ms in state to the sums by bin, rung and weight: `proved`, `possible` [B, 6, W], zero before.

    Bins [B] are disjoint and in order, with holes where time does not count. `whole` [2, B + 1, 6, W], zero, is scratch.
    """
    if len(bin_start) == 0:
        return
    rows, known_until, changes = states.first, states.known_until, states.time
    state_proved, state_possible = states.proved, states.possible
    for s in range(len(start)):
        at, ending = max(start[s], bin_start[0]), min(end[s], bin_end[-1])
        if at >= ending:
            continue
        i = np.int64(intersection[s])
        begin, stop_row, lasts = (rows[i], rows[i + 1], known_until[i]) if i >= 0 else (0, 0, at)
        row = _after(changes, begin, stop_row, at)
        while at < ending:
            until = _stretch_end(changes, row, stop_row, at, ending, lasts)
            known = at < lasts and row > begin
            low = np.int64(state_proved[row - 1]) if known else NOTHING_PROVED
            high = np.int64(state_possible[row - 1]) if known else ALL_POSSIBLE
            _add_stretch(at, until, low, s, weight, bin_start, bin_end, whole[0], proved)
            _add_stretch(at, until, high, s, weight, bin_start, bin_end, whole[1], possible)
            at = until
            while row < stop_row and changes[row] <= at:
                row += 1
    for b in range(len(bin_start)):
        length = bin_end[b] - bin_start[b]
        for k in range(proved.shape[1]):
            for w in range(weight.shape[1]):
                if b > 0:
                    whole[0, b, k, w] += whole[0, b - 1, k, w]
                    whole[1, b, k, w] += whole[1, b - 1, k, w]
                proved[b, k, w] += whole[0, b, k, w] * length
                possible[b, k, w] += whole[1, b, k, w] * length
