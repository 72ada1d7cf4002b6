"""Shortest walks from a few nodes of a street graph to all nodes within reach (Dijkstra, binary heap with lazy deletion)."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


@njit(cache=True, nogil=True, error_model="numpy")
def walk(
    start: I32, target: I32, length: F64, sources: I32, offset: F64, limit: float, distance: F64, heap: F64, heap_node: I32
) -> int:
    """Fills `distance` [N] (m; inf where it is more than `limit`); the number of nodes reached.

    start [N+1], target [E], length [E] m: edges of node n are start[n] … start[n+1]. sources [S] with `offset` [S] m to walk before.
    distance comes filled with inf; heap and heap_node [E + S] are scratch.
    """
    size = reached = 0
    for k in range(sources.size):
        node, metres = sources[k], offset[k]
        if metres <= limit and metres < distance[node]:
            distance[node] = metres
            size = _push(heap, heap_node, size, metres, node)
    while size > 0:
        metres, node = heap[0], heap_node[0]
        size = _pop(heap, heap_node, size)
        if metres > distance[node]:
            continue
        reached += 1
        for e in range(start[node], start[node + 1]):
            there = metres + length[e]
            if there <= limit and there < distance[target[e]]:
                distance[target[e]] = there
                size = _push(heap, heap_node, size, there, target[e])
    return reached


@njit(cache=True, nogil=True, error_model="numpy")
def _push(heap: F64, heap_node: I32, size: int, metres: float, node: int) -> int:
    k = size
    while k > 0 and heap[(k - 1) // 2] > metres:
        heap[k], heap_node[k] = heap[(k - 1) // 2], heap_node[(k - 1) // 2]
        k = (k - 1) // 2
    heap[k], heap_node[k] = metres, node
    return size + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _pop(heap: F64, heap_node: I32, size: int) -> int:
    size -= 1
    metres, node = heap[size], heap_node[size]
    k = 0
    while 2 * k + 1 < size:
        child = 2 * k + 1
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= metres:
            break
        heap[k], heap_node[k] = heap[child], heap_node[child]
        k = child
    heap[k], heap_node[k] = metres, node
    return size
