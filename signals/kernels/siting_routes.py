"""Trips over a street graph: quickest ways from one origin to many places, and intersections that a recorded track passes."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from signals.kernels.columns import F64, I32, I64


@njit(cache=True, nogil=True, error_model="numpy")
def _above(a: int, b: int, key: F64, node: I32) -> bool:
    return bool(key[a] < key[b] or (key[a] == key[b] and node[a] < node[b]))


@njit(cache=True, nogil=True, error_model="numpy")
def quickest_tree(origin: int, first: I64, head: I32, seconds: F64, time: F64, before: I32) -> None:
    """Dijkstra from one node: `time` [V] s, inf where nothing leads; `before` [V] the node before on the way, -1 none.

    Edges from node v are `head[first[v] : first[v + 1]]`, taking `seconds` ≥ 0. Equal times are settled in order of nodes, so there
    is one answer.
    """
    time[:] = np.inf
    before[:] = -1
    key, node = np.empty(head.size + 1), np.empty(head.size + 1, np.int32)
    done = np.zeros(time.size, np.uint8)
    key[0], node[0], size = 0.0, origin, 1
    time[origin] = 0.0
    while size > 0:
        v = node[0]
        size -= 1
        key[0], node[0] = key[size], node[size]
        at = 0
        while True:
            child = 2 * at + 1
            if child >= size:
                break
            if child + 1 < size and _above(child + 1, child, key, node):
                child += 1
            if not _above(child, at, key, node):
                break
            key[at], key[child] = key[child], key[at]
            node[at], node[child] = node[child], node[at]
            at = child
        if done[v]:
            continue
        done[v] = 1
        for e in range(first[v], first[v + 1]):
            u, arrives = head[e], time[v] + seconds[e]
            if arrives < time[u]:
                time[u], before[u] = arrives, v
                at = size
                key[at], node[at] = arrives, u
                size += 1
                while at > 0 and _above(at, (at - 1) // 2, key, node):
                    up = (at - 1) // 2
                    key[at], key[up] = key[up], key[at]
                    node[at], node[up] = node[up], node[at]
                    at = up


@njit(cache=True, nogil=True, error_model="numpy")
def signals_on_the_way(goal: int, before: I32, signal_of: I32, out: I32) -> int:
    """How many signalised intersections the way to `goal` passes; `out` holds them in order, each once, or what fits of them.

    `signal_of` [V] is the intersection a node belongs to, -1 none. The ends of a way count too.
    """
    count, v = 0, goal
    while v >= 0:
        s = signal_of[v]
        known = s < 0
        for i in range(min(count, out.size)):
            if known:
                break
            known = out[i] == s
        if not known:
            if count < out.size:
                out[count] = s
            count += 1
        v = before[v]
    kept = min(count, out.size)
    for i in range(kept // 2):
        out[i], out[kept - 1 - i] = out[kept - 1 - i], out[i]
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def passed_signals(
    track: I32, time: F64, x: F64, y: F64, signal_x: F64, signal_y: F64, radius: float, longest: float, slowest: float,
    row: I64, signal: I32, along: F64,
) -> int:
    """How many passings of signals within `radius` m tracks make: fix `row`, `signal`, m `along` from that fix; what fits of them.

    Fixes [n] in order of (track, time), signals in order of x. A passing lies on the straight piece from a fix to the next of its
    track, nearest to the signal; pieces longer than `longest` m or `slowest` s are gaps, where only the fixes themselves count.
    """
    count = 0
    for i in range(track.size):
        last = i + 1 == track.size or track[i + 1] != track[i]
        dx, dy = (0.0, 0.0) if last else (x[i + 1] - x[i], y[i + 1] - y[i])
        length = math.hypot(dx, dy)
        if last or not length <= longest or time[i + 1] - time[i] > slowest:
            dx, dy, length = 0.0, 0.0, 0.0
        k = np.searchsorted(signal_x, min(x[i], x[i] + dx) - radius)
        while k < signal_x.size and signal_x[k] <= max(x[i], x[i] + dx) + radius:
            east, north = signal_x[k] - x[i], signal_y[k] - y[i]
            at = 0.0 if length == 0.0 else min(max((east * dx + north * dy) / (length * length), 0.0), 1.0)
            if math.hypot(east - at * dx, north - at * dy) <= radius:
                if count < row.size:
                    row[count], signal[count], along[count] = i, k, at * length
                count += 1
            k += 1
    return count
