"""Shortest walks by relaxing every edge until nothing changes (Bellman and Ford)."""

from __future__ import annotations

import math


def naive_walk(
    edges: list[tuple[int, int, float]], nodes: int, sources: list[tuple[int, float]], limit: float
) -> list[float]:
    """Metres to each node; inf beyond the limit. `edges`: (from, to, m)."""
    distance = [math.inf] * nodes
    for node, metres in sources:
        if metres <= limit:
            distance[node] = min(distance[node], metres)
    changed = True
    while changed:
        changed = False
        for begin, end, length in edges:
            there = distance[begin] + length
            if there <= limit and there < distance[end]:
                distance[end], changed = there, True
    return distance
