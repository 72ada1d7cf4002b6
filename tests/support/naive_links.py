"""Roads that samples share, each looked for among all registered before it: what the hash of cells is compared with."""

from __future__ import annotations

import numpy as np

from tests.support.streets import Line, length_of, place_on
from transit.kernels.columns import F32, I32


def samples_of(line: Line, count: int) -> list[tuple[float, float]]:
    """(x, y) in the middle of so many equal steps of a line."""
    return [place_on(line, (k + 0.5) * length_of(line) / count) for k in range(count)]


def is_of(points: F32, i: int, road: I32, reach: float, cosine: float) -> list[int]:
    """The samples that i may be of: the nearest registered before it (several when equally near), or itself."""
    registered = [j for j in range(i) if road[j] == j]
    away = {}
    for j in registered:
        east, north = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
        along = points[j, 2] * points[i, 2] + points[j, 3] * points[i, 3]
        if along >= cosine and east * east + north * north < np.float32(reach * reach):
            away[j] = east * east + north * north
    return [j for j, distance in away.items() if distance == min(away.values())] or [i]
