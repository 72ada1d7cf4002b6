"""A street grid with bus routes on it, for comparing with general map matchers: they know the streets, we know the route.

46 x 46 junctions, jittered, about 145 m apart, every street both ways. Routes are walks that never turn straight back; one
bus drives each. What a matcher is asked: on which directed street, and where along it, was the bus at each fix.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bench.workload import ORIGIN, Workload, network_of, synthetic_fleet
from transit.geometry import to_local
from transit.kernels.columns import F64, I32

SIDE = 46
SPACING = 145.0


class Streets(NamedTuple):
    """Junction coordinates, and the routes as junction numbers."""

    x: F64
    """[J] m"""
    y: F64
    walks: I32
    """[routes, edges + 1]"""
    workload: Workload


def build(routes: int, edges: int, batches: int, interval: float = 7.5, seed: int = 3) -> Streets:
    """Streets, `routes` routes of `edges` streets, and `batches` fixes of one bus on each."""
    rng = np.random.default_rng(seed)
    x = (np.arange(SIDE * SIDE) % SIDE) * SPACING + rng.normal(0.0, 18.0, SIDE * SIDE)
    y = (np.arange(SIDE * SIDE) // SIDE) * SPACING + rng.normal(0.0, 18.0, SIDE * SIDE)
    walks = np.stack([_walk(rng, edges) for _ in range(routes)])
    network = network_of(x[walks], y[walks], stops=40)
    return Streets(x, y, walks, synthetic_fleet(network, vehicles=routes, batches=batches, interval=interval, seed=seed))


def neighbours(junction: int) -> list[int]:
    """Junctions one street away."""
    column, row = junction % SIDE, junction // SIDE
    near = ((column - 1, row), (column + 1, row), (column, row - 1), (column, row + 1))
    return [b * SIDE + a for a, b in near if 0 <= a < SIDE and 0 <= b < SIDE]


def _walk(rng: np.random.Generator, edges: int) -> I32:
    """Mostly straight on, as bus routes are; never back where it came from."""
    path = [int(rng.integers(0, SIDE * SIDE))]
    while len(path) <= edges:
        choice = neighbours(path[-1])
        if len(path) > 1:
            choice.remove(path[-2])
            ahead = 2 * path[-1] - path[-2]
            if ahead in choice and rng.random() < 0.75:
                choice = [ahead]
        path.append(int(rng.choice(choice)))
    return np.array(path, np.int32)


def traces(streets: Streets) -> F64:
    """[routes, batches, 2] fixes in metres, a route's bus per row."""
    workload = streets.workload
    fixes = np.empty((len(streets.walks), len(workload.batches), 2))
    for k, batch in enumerate(workload.batches):
        text = batch.text.tobytes()
        bus = [int(text[a + 4 : a + n]) for a, n in zip(batch.vehicle_at.tolist(), batch.vehicle_length.tolist())]
        x, y = to_local(batch.lat, batch.lon, *ORIGIN)
        fixes[workload.pattern[bus], k, 0], fixes[workload.pattern[bus], k, 1] = x, y
    return fixes
