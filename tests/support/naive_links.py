"""Roads that samples share, each looked for among all registered before it: what the hash of cells is compared with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tests.support.streets import Line, length_of, place_on
from transit.kernels.columns import F32, I32
from transit.kernels.links import SAME_WAY
from transit.learning_parameters import LearningParameters
from transit.links import Links


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


class Move(NamedTuple):
    """Of a vehicle on no pattern, between two fixes."""

    x: float
    y: float
    to_x: float
    to_y: float
    took: float


def nearest(points: F32, x: float, y: float, heading: tuple[float, float], reach: float) -> int:
    """The nearest road sample on the way of a heading, -1 none within reach."""
    away = np.hypot(points[:, 0] - x, points[:, 1] - y)
    away[points[:, 2] * heading[0] + points[:, 3] * heading[1] < SAME_WAY] = np.inf
    return int(away.argmin()) if len(away) and away.min() < reach else -1


def passed(links: Links, move: Move, typical: F32, par: LearningParameters) -> list[tuple[int, float, float, float]]:
    """(link, s it took, s it typically takes, share of it) that a move tells of."""
    way = float(np.hypot(move.to_x - move.x, move.to_y - move.y))
    if not 0.0 < move.took <= par.longest_passing or way < par.least_passing:
        return []
    heading = (move.to_x - move.x) / way, (move.to_y - move.y) / way
    ends = [nearest(links.points, x, y, heading, par.passing_reach) for x, y in (move[:2], move[2:4])]
    if min(ends) < 0:
        return []
    roads = list(dict.fromkeys(int(links.link_of_point[end]) for end in ends))
    shares = [min(1.0, way / len(roads) / float(links.length[link])) for link in roads]
    return [(link, move.took / len(roads), share * float(typical[link]), share) for link, share in zip(roads, shares)]
