"""Where next: lazy greedy on a diminishing-return benefit over trips, and what is left to gain beside it.

`left[t]` is what trip t could still gain, w_t · Π (1 − β) over the intersections chosen so far; intersection j adds
gain_j = β_j · Σ_{t through j} left[t] + extra_j. No term ever rises, so an old gain bounds the new one from above — in floating
point too, where sums of smaller terms in one order are never larger. Lazy greedy (Minoux 1978) therefore chooses exactly what
plain greedy does. Trips through j are `trip[start[j] : start[j + 1]]`; intersections of trip t `stop[first[t] : first[t + 1]]`,
each once, in the order passed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32, I64, U8

FREE_COST = 1e-300
"""a cost below which a ratio would overflow; costs are positive"""


@njit(cache=True, nogil=True, error_model="numpy")
def index_trips(first: I64, stop: I32, start: I64, trip: I32) -> None:
    """Turn trips → intersections into intersections → trips, in order of trips; `start` [J+1], `trip` [as long as `stop`]."""
    start[:] = 0
    for i in range(stop.size):
        start[stop[i] + 1] += 1
    for j in range(start.size - 1):
        start[j + 1] += start[j]
    at = start.copy()
    for t in range(first.size - 1):
        for i in range(first[t], first[t + 1]):
            j = stop[i]
            trip[at[j]] = t
            at[j] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _gain(j: int, start: I64, trip: I32, left: F64, share: F64, extra: F64) -> float:
    total = 0.0
    for i in range(start[j], start[j + 1]):
        total += left[trip[i]]
    return float(share[j] * total + extra[j])


@njit(cache=True, nogil=True, error_model="numpy")
def _take(j: int, start: I64, trip: I32, left: F64, share: F64) -> None:
    remains = 1.0 - share[j]
    for i in range(start[j], start[j + 1]):
        left[trip[i]] *= remains


@njit(cache=True, nogil=True, error_model="numpy")
def all_gains(start: I64, trip: I32, left: F64, share: F64, extra: F64, out: F64) -> None:
    """[J] what each intersection would add now."""
    for j in range(out.size):
        out[j] = _gain(j, start, trip, left, share, extra)


@njit(cache=True, nogil=True, error_model="numpy")
def take_in_order(order: I32, start: I64, trip: I32, left: F64, share: F64, extra: F64, out: F64) -> None:
    """`out` [len(order)] what each adds when they come in this order; `left` is changed."""
    for k in range(order.size):
        out[k] = _gain(order[k], start, trip, left, share, extra)
        _take(order[k], start, trip, left, share)


@njit(cache=True, nogil=True, error_model="numpy")
def _before(a: int, b: int, key: F64) -> bool:
    """Whether a stands above b: the larger key, among equals the lower row."""
    return bool(key[a] > key[b] or (key[a] == key[b] and a < b))


@njit(cache=True, nogil=True, error_model="numpy")
def _sink(heap: I32, size: int, at: int, key: F64) -> None:
    moving = heap[at]
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and _before(heap[child + 1], heap[child], key):
            child += 1
        if not _before(heap[child], moving, key):
            break
        heap[at] = heap[child]
        at = child
    heap[at] = moving


@njit(cache=True, nogil=True, error_model="numpy")
def choose(
    allowed: U8, most: int, budget: float, cost: F64, by_ratio: bool, start: I64, trip: I32, left: F64, share: F64, extra: F64,
    chosen: I32, gain: F64,
) -> tuple[int, int]:
    """(how many were chosen, how many gains were computed): greedy over rows that are `allowed`, up to `most` of them.

    Takes the largest gain, or with `by_ratio` the largest gain per cost, of what the rest of `budget` pays for; among equals the
    lower row. `chosen` and `gain` hold at least min(most, J); `left` is changed. What adds nothing is chosen too, last.
    """
    count = share.size
    key, fresh = np.empty(count), np.zeros(count, np.int32)
    heap = np.empty(count, np.int32)
    size = 0
    for j in range(count):
        if allowed[j] and cost[j] <= budget:
            key[j] = _gain(j, start, trip, left, share, extra)
            if by_ratio:
                key[j] /= max(cost[j], FREE_COST)
            heap[size] = j
            size += 1
    evaluated = size
    for at in range(size // 2 - 1, -1, -1):
        _sink(heap, size, at, key)
    picked, spent = 0, 0.0
    while size > 0 and picked < most:
        j = heap[0]
        drop = spent + cost[j] > budget
        if not drop and fresh[j] < picked:
            key[j] = _gain(j, start, trip, left, share, extra)
            if by_ratio:
                key[j] /= max(cost[j], FREE_COST)
            fresh[j] = picked
            evaluated += 1
            _sink(heap, size, 0, key)
            continue
        if not drop:
            chosen[picked] = j
            gain[picked] = _gain(j, start, trip, left, share, extra) if by_ratio else key[j]
            _take(j, start, trip, left, share)
            spent += cost[j]
            picked += 1
        size -= 1
        heap[0] = heap[size]
        if size > 0:
            _sink(heap, size, 0, key)
    return picked, evaluated


@njit(cache=True, nogil=True, error_model="numpy")
def best_swaps(
    chosen: I32, movable: U8, allowed: U8, cost: F64, spare: float, first: I64, stop: I32, start: I64, trip: I32, whole: F64, left: F64,
    share: F64, extra: F64, residual: F64, other: I32, change: F64,
) -> None:
    """For each chosen row the `allowed` row that would replace it best, and by how much the benefit would change.

    `whole` [T] is `left` before anything was chosen, `residual` [J] the gains after all was. `other` is -1 where nothing may
    replace it: it is not `movable`, or `spare` and its own cost pay for no other. Ties go to the lower row.
    """
    taken = np.zeros(share.size, np.uint8)
    for j in chosen:
        taken[j] = 1
    more = np.zeros(share.size)
    for k in range(chosen.size):
        j = chosen[k]
        other[k], change[k] = -1, np.nan
        if not movable[k]:
            continue
        more[:] = 0.0
        loss = extra[j]
        again = share[j] / (1.0 - share[j]) if share[j] < 1.0 else 0.0
        for i in range(start[j], start[j + 1]):
            t = trip[i]
            if share[j] < 1.0:
                back = left[t] * again
            else:
                back = whole[t]
                for at in range(first[t], first[t + 1]):
                    if taken[stop[at]] and stop[at] != j:
                        back *= 1.0 - share[stop[at]]
            loss += back
            if back > 0.0:
                for at in range(first[t], first[t + 1]):
                    more[stop[at]] += back
        for m in range(share.size):
            if allowed[m] and not taken[m] and cost[m] <= cost[j] + spare:
                by = residual[m] + more[m] * share[m] - loss
                if other[k] < 0 or by > change[k]:
                    other[k], change[k] = m, by


@njit(cache=True, nogil=True, error_model="numpy")
def corridor_passes(first: I64, stop: I32, weight: F64, step: I32, out: F64) -> None:
    """`out` [steps] weighted passes from one equipped intersection straight to the next that step k adds.

    `step` [J] is when an intersection was equipped: 0 from the start, k + 1 for the k-th chosen, -1 not at all. `out[0]` is what
    was there from the start.
    """
    out[:] = 0.0
    for t in range(first.size - 1):
        before = -1
        for i in range(first[t], first[t + 1]):
            here = step[stop[i]]
            if before >= 0 and here >= 0:
                out[max(before, here)] += weight[t]
            before = here
