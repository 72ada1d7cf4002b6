"""Street networks and trips for `bench siting`: a grid, rings with radials, a grown town, the district, and a recorded city."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from bench.recorded import SIM, absent, find_folder
from feeds.signals.road_edges import read_road_edges
from feeds.simulated_streets import build_streets
from signals.kernels.columns import F64, I32
from signals.road_graph import RoadClass, RoadGraph, important
from signals.siting_trips import Trips, trips_between


class Town(NamedTuple):
    """A network with the trips of a day."""

    name: str
    graph: RoadGraph
    trips: Trips


def towns(trips: int, size: int) -> Iterator[Town | str]:
    """Five networks of about `size` intersections, the district and the recorded city as they are; a note where data is absent."""
    yield _town("grid", _of_links(*_grid(size, 1)), trips, 11)
    yield _town("rings and radials", _of_links(*_rings(size)), trips, 12)
    yield _town("grown town", _of_links(*_grown(size, 3)), trips, 13)
    yield _town("simulated district", _district(), trips, 14)
    folder = find_folder(SIM)
    if folder is None:
        yield absent(SIM)
        yield _town("second grown town", _of_links(*_grown(size, 5)), trips, 15)
    else:
        yield _town("sim_city, main-road crossings", _crossings(read_road_edges(folder / "road_edges.csv.gz")[0]), trips, 15)


def _town(name: str, graph: RoadGraph, trips: int, seed: int) -> Town:
    """Origins and destinations drawn by attraction: lognormal, so that few places draw many."""
    rng = np.random.default_rng(seed)
    nodes = len(graph.node_ids)
    draw: Callable[[F64], I32] = lambda weight: rng.choice(nodes, trips, p=weight / weight.sum()).astype(np.int32)  # noqa: E731
    origin, goal = draw(rng.lognormal(0, 1, nodes)), draw(rng.lognormal(0, 1, nodes))
    return Town(name, graph, trips_between(graph, origin, goal, np.ones(trips))[0])


def _of_links(x: F64, y: F64, links: list[tuple[int, int]], fast: list[bool]) -> RoadGraph:
    """Every node an intersection; links drive both ways, 60 km/h on main streets and 40 km/h on others."""
    a, b = np.array(links, np.int32).T
    start, end = np.concatenate((a, b)), np.concatenate((b, a))
    main = np.tile(np.array(fast), 2)
    ids = tuple(str(node) for node in range(len(x)))
    return RoadGraph(
        ids, start, end, np.hypot(x[start] - x[end], y[start] - y[end]), np.where(main, 60 / 3.6, 40 / 3.6),
        np.where(main, RoadClass.MAIN, RoadClass.SECONDARY).astype(np.int8), np.arange(len(x), dtype=np.int32), ids,
        np.full(len(x), np.nan), np.full(len(x), np.nan),
    )  # fmt: skip


def _grid(size: int, seed: int) -> tuple[F64, F64, list[tuple[int, int]], list[bool]]:
    side = math.isqrt(size)
    row, column = np.divmod(np.arange(side * side), side)
    shift = np.random.default_rng(seed).uniform(-60, 60, (2, side * side))
    right = [(v, v + 1) for v in range(side * side) if v % side < side - 1]
    down = [(v, v + side) for v in range(side * (side - 1))]
    fast = [(v // side) % 5 == 2 for v, _ in right] + [(v % side) % 5 == 2 for v, _ in down]
    return 400.0 * column + shift[0], 400.0 * row + shift[1], right + down, fast


def _rings(size: int) -> tuple[F64, F64, list[tuple[int, int]], list[bool]]:
    rays = max(math.isqrt(size) * 3 // 4, 4)
    rings = max(size // rays, 2)
    ring, ray = np.divmod(np.arange(rings * rays), rays)
    angle = 2 * np.pi * ray / rays
    x, y = (np.append(350.0 * (ring + 1) * turn, 0.0) for turn in (np.cos(angle), np.sin(angle)))
    around = [(r * rays + k, r * rays + (k + 1) % rays) for r in range(rings) for k in range(rays)]
    out = [(r * rays + k, (r + 1) * rays + k) for r in range(rings - 1) for k in range(rays)]
    middle = [(rings * rays, k) for k in range(rays)]
    fast = [r % 8 == 4 for r in range(rings) for _ in range(rays)] + [k % 4 == 0 for _ in range(rings - 1) for k in range(rays)]
    return x, y, around + out + middle, fast + [k % 4 == 0 for k in range(rays)]


def _grown(size: int, seed: int) -> tuple[F64, F64, list[tuple[int, int]], list[bool]]:
    """A Gabriel graph (1969) of points that lie denser in the middle: planar, connected, without a plan."""
    rng = np.random.default_rng(seed)
    away, angle = 6000.0 * rng.random(size) ** 0.7, rng.uniform(0, 2 * np.pi, size)
    x, y = away * np.cos(angle), away * np.sin(angle)
    square = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    links = []
    for a, near in enumerate(np.argsort(square, axis=1)[:, 1:25]):
        for b in near[near > a].tolist():
            inside = (x - (x[a] + x[b]) / 2) ** 2 + (y - (y[a] + y[b]) / 2) ** 2 < square[a, b] / 4 * (1 - 1e-9)
            if not inside.any():
                links.append((a, b))
    return x, y, links, (rng.random(len(links)) < 0.2).tolist()


def _district() -> RoadGraph:
    streets = build_streets(np.random.default_rng(1))
    lit = np.flatnonzero(streets.light_cycle > 0)
    signal_of = np.full(len(streets.node_x), -1, np.int32)
    signal_of[lit] = np.arange(len(lit))
    ids = tuple(str(node) for node in range(len(streets.node_x)))
    unknown = np.full(len(lit), np.nan)
    main = np.full(len(streets.edge_from), RoadClass.MAIN, np.int8)
    return RoadGraph(
        ids, streets.edge_from, streets.edge_to, streets.edge_length, streets.edge_free, main, signal_of,
        tuple(ids[node] for node in lit.tolist()), unknown, unknown,
    )  # fmt: skip


def _crossings(graph: RoadGraph) -> RoadGraph:
    """The recorded streets with every crossing of three or more streets, one of them no branch road, as an intersection."""
    ends = {(min(pair), max(pair)) for pair in zip(graph.edge_from.tolist(), graph.edge_to.tolist())}
    legs = np.bincount(np.array(list(itertools.chain(*ends))), minlength=len(graph.node_ids))
    every = np.arange(len(graph.node_ids), dtype=np.int32)
    nodes = RoadGraph(
        graph.node_ids, graph.edge_from, graph.edge_to, graph.length, graph.speed, graph.edge_class, every, graph.node_ids,
        np.full(len(every), np.nan), np.full(len(every), np.nan),
    )  # fmt: skip
    chosen = np.flatnonzero((legs >= 3) & (important(nodes.grades()) == 1))
    signal_of = np.full(len(every), -1, np.int32)
    signal_of[chosen] = np.arange(len(chosen))
    ids = tuple(graph.node_ids[node] for node in chosen.tolist())
    return RoadGraph(
        graph.node_ids, graph.edge_from, graph.edge_to, graph.length, graph.speed, graph.edge_class, signal_of, ids,
        np.full(len(ids), np.nan), np.full(len(ids), np.nan),
    )  # fmt: skip
