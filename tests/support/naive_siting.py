"""Where next in plain Python: sets, dicts and every gain computed anew."""

from __future__ import annotations

import heapq
import math
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations

Trips = Sequence[Sequence[int]]


def benefit(chosen: Collection[int], trips: Trips, weight: Sequence[float], share: Sequence[float], extra: Sequence[float]) -> float:
    """Σ w (1 − Π (1 − β)) + Σ extra."""
    total = sum(extra[j] for j in chosen)
    for trip, w in zip(trips, weight):
        total += w * (1 - math.prod(1 - share[j] for j in trip if j in chosen))
    return total


def plain_greedy(
    allowed: Sequence[int], most: int, budget: float, cost: Sequence[float], by_ratio: bool, trips: Trips, left: list[float],
    share: Sequence[float], extra: Sequence[float],
) -> list[tuple[int, float]]:
    """(row, gain): in every round the gain of every row, summed in the order of trips as the kernel sums; `left` is changed."""
    found: list[tuple[int, float]] = []
    while len(found) < most:
        best: tuple[float, int, float] | None = None
        for j in allowed:
            if all(j != taken for taken, _ in found) and sum(cost[i] for i, _ in found) + cost[j] <= budget:
                total = 0.0
                for trip, rest in zip(trips, left):
                    if j in trip:
                        total += rest
                gain = share[j] * total + extra[j]
                entry = (-gain / cost[j] if by_ratio else -gain, j, gain)
                best = entry if best is None or entry < best else best
        if best is None:
            break
        found.append((best[1], best[2]))
        for t, trip in enumerate(trips):
            if best[1] in trip:
                left[t] *= 1.0 - share[best[1]]
    return found


def optimum(
    allowed: Sequence[int], most: int, budget: float, cost: Sequence[float], must: Collection[int], trips: Trips,
    weight: Sequence[float], share: Sequence[float], extra: Sequence[float],
) -> float:
    """The most that any choice of up to `most` rows within `budget` gains, `must` among them."""
    best = -math.inf
    for size in range(min(most, len(allowed)) + 1):
        for chosen in combinations(allowed, size):
            if set(must) <= set(chosen) and sum(cost[j] for j in chosen) <= budget:
                best = max(best, benefit(chosen, trips, weight, share, extra))
    return best


def quickest_times(origin: int, edges: Sequence[tuple[int, int, float]], count: int) -> list[float]:
    """Dijkstra with heapq; inf where nothing leads."""
    out: Mapping[int, list[tuple[int, float]]] = {v: [(b, s) for a, b, s in edges if a == v] for v in range(count)}
    time, heap = [math.inf] * count, [(0.0, origin)]
    while heap:
        at, v = heapq.heappop(heap)
        if at < time[v]:
            time[v] = at
            for u, s in out[v]:
                heapq.heappush(heap, (at + s, u))
    return time


def near_piece(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """Distance of a point from a straight piece, by trying many places on it."""
    return min(math.hypot(ax + (bx - ax) * k / 2000 - px, ay + (by - ay) * k / 2000 - py) for k in range(2001))
