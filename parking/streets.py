"""A graph of streets to walk on: nodes with places, edges in compressed rows. Streets are walked both ways, also against traffic.

Long streets are cut into pieces, so that the nearest node is a good enough place to step on the graph. Distances are metres on a sphere
of the Earth's mean radius, between neighbouring points (0.3 % at most from the ellipsoid).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from parking.kernels.walking import walk

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
EARTH_M = 6_371_008.8
"""mean radius (IUGG)"""
PIECE_M = 40.0
"""longest piece of a street without a node"""
STEPS_ON = 3
"""nearest nodes a walk may begin at: the very nearest may lie across a wall"""


class Street(NamedTuple):
    """A street between two junctions."""

    begin: str
    end: str
    lat: Sequence[float]
    """[k ≥ 2] along it, `begin` first"""
    lon: Sequence[float]


class StreetGraph(NamedTuple):
    """N nodes from south to north, E directed edges; `start` [N+1], `target` [E], `length` [E] m, `lat`, `lon` [N]."""

    lat: F64
    lon: F64
    start: I32
    target: I32
    length: F64


def metres(lat: Any, lon: Any, other_lat: Any, other_lon: Any) -> Any:
    """Straight distance in m between places in degrees; good for a city's distances (equirectangular at the mid-latitude)."""
    across = np.radians(other_lon - lon) * np.cos(np.radians((lat + other_lat) / 2.0))
    return EARTH_M * np.hypot(across, np.radians(other_lat - lat))


def build_streets(streets: Sequence[Street]) -> StreetGraph:
    """The graph of the largest part that hangs together; islands are left out, since nobody can walk from them. Raises ValueError
    when there is no street."""
    import networkx

    graph = networkx.Graph()
    for number, street in enumerate(streets):
        _add(graph, number, street)
    if not graph:
        raise ValueError("there is no street to walk on")
    largest = max(networkx.connected_components(graph), key=lambda part: len(list(part)))
    names = sorted(largest, key=lambda name: (graph.nodes[name]["place"], name))
    index = {name: k for k, name in enumerate(names)}
    place = np.array([graph.nodes[name]["place"] for name in names])
    pairs = [(index[a], index[b], data["length"]) for a, b, data in graph.edges(names, data=True)]
    both = np.array([*pairs, *((b, a, length) for a, b, length in pairs)]).reshape(-1, 3)
    both = both[np.argsort(both[:, 0], kind="stable")]
    start = np.searchsorted(both[:, 0], np.arange(len(names) + 1)).astype(np.int32)
    return StreetGraph(place[:, 0].copy(), place[:, 1].copy(), start, both[:, 1].astype(np.int32), both[:, 2].copy())


def _add(graph: Any, number: int, street: Street) -> None:
    lat, lon = np.asarray(street.lat, np.float64), np.asarray(street.lon, np.float64)
    along = np.concatenate(([0.0], np.cumsum(metres(lat[:-1], lon[:-1], lat[1:], lon[1:]))))
    pieces = max(1, int(np.ceil(along[-1] / PIECE_M)))
    at = np.linspace(0.0, along[-1], pieces + 1)
    places = list(zip(np.interp(at, along, lat), np.interp(at, along, lon)))
    names = [(street.begin, 0, 0), *((street.begin, number, k) for k in range(1, pieces)), (street.end, 0, 0)]
    for name, place in zip(names, places):
        if name not in graph:
            graph.add_node(name, place=place)
    for a, b in pairwise(names):
        length = along[-1] / pieces
        if a != b and (not graph.has_edge(a, b) or graph.edges[a, b]["length"] > length):
            graph.add_edge(a, b, length=length)


def walks_from(streets: StreetGraph, lat: float, lon: float, limit: float, most: float) -> F64 | None:
    """[N] metres to walk from a place to every node; inf beyond `limit` m. None: no node is within `most` m of the place."""
    near, straight = _near(streets, lat, lon, most)
    if not len(near):
        return None
    if len(near) > STEPS_ON:
        best = np.argpartition(straight, STEPS_ON - 1)[:STEPS_ON]
        near, straight = near[best], straight[best]
    distance, room = np.full(len(streets.lat), np.inf), len(streets.target) + len(near)
    walk(streets.start, streets.target, streets.length, near, straight, limit, distance, np.empty(room), np.empty(room, np.int32))
    return distance


def nearest_nodes(streets: StreetGraph, lat: F64, lon: F64, most: float) -> tuple[I32, F64]:
    """(node, metres to it) of every place [L]; (0, inf) where none is within `most` m."""
    node, away = np.zeros(len(lat), np.int32), np.full(len(lat), np.inf)
    for k in range(len(lat)):
        near, straight = _near(streets, float(lat[k]), float(lon[k]), most)
        if len(near):
            best = int(np.argmin(straight))
            node[k], away[k] = near[best], straight[best]
    return node, away


def _near(streets: StreetGraph, lat: float, lon: float, most: float) -> tuple[I32, F64]:
    """(nodes, m) within `most` m of a place: looked for in its band of latitude only."""
    band = np.degrees(most / EARTH_M)
    first, last = np.searchsorted(streets.lat, (lat - band, lat + band))
    straight = metres(streets.lat[first:last], streets.lon[first:last], lat, lon)
    rows = np.flatnonzero(straight <= most)
    return (rows + first).astype(np.int32), straight[rows]
