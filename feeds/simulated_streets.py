"""The streets of the simulated district: a drawn network on Zhangqiu's real coordinates.

Seven streets and five roads cross in 35 junctions; short stubs lead to terminals and the depot, a dead-end street of two
pieces to 绣源河. Names are names of the district; where they lie here is drawn, not surveyed. Local metres: x east,
y north of (ORIGIN_LAT, ORIGIN_LON). A street is two directed edges that share one bowed polyline, so both directions
of a line lie on each other and only heading and progress tell them apart.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from transit.geometry import to_wgs84
from transit.kernels.columns import F64, I32, U8

ORIGIN_LAT, ORIGIN_LON = 36.720, 117.540
STREETS = ("工业一路", "桃花山街", "双山大街", "绣水大街", "百脉泉街", "车站街", "清照街")
"""North-south, from west to east: the columns of the grid."""
ROADS = ("铁道北路", "双泉路", "山泉路", "汇泉路", "世纪大道")
"""East-west, from north to south: its rows."""
TERMINALS: Mapping[str, tuple[int, int, float, float]] = {
    "章丘汽车站": (4, 0, 140.0, 170.0),
    "章丘火车站": (5, 0, -60.0, 210.0),
    "大学城": (0, 4, -100.0, -60.0),
    "章丘区政府": (3, 4, 120.0, -170.0),
    "百脉泉公园": (4, 2, 170.0, 140.0),
    "明水古城": (5, 2, 160.0, -150.0),
    "枣园": (0, 1, -140.0, 110.0),
    "相公庄": (6, 1, 130.0, 150.0),
    "绣惠": (1, 0, -120.0, 180.0),
    "普集": (6, 4, 130.0, -90.0),
    "万达广场": (1, 3, -130.0, -150.0),
}
"""Name → column, row of the junction it hangs on, and metres east and north of that."""
DEPOT = (2, 0, -160.0, 230.0)
SPUR = (("绣源河路", 2, 4, 60.0, -640.0), ("绣源河", 2, 4, -80.0, -1280.0))
"""The dead-end street: two nodes, each with its place relative to the junction the street begins at."""
SPACING_X, SPACING_Y = 1130.0, 1050.0
TRUNK = 3
"""The column most lines share: 绣水大街."""


@dataclass(frozen=True)
class Streets:
    """N nodes and E directed edges; edge 2i and 2i + 1 are the two directions of one street."""

    node_x: F64
    node_y: F64
    node_of: Mapping[str, int]
    """Terminals, the spur's two nodes and `depot` by name."""
    light_cycle: F64
    """[N] s, 0 where there is no traffic light."""
    light_offset: F64
    light_green: F64
    """[N] share of the cycle that is green for east-west; the rest is green for north-south."""
    edge_from: I32
    edge_to: I32
    edge_length: F64
    edge_free: F64
    """[E] m/s of a bus on the empty street."""
    edge_axis: U8
    """[E] 0 east-west, 1 north-south."""
    edge_central: F64
    """[E] 0 at the rim to 1 in the middle: how much of the district's load lies on it."""
    edge_inward: F64
    """[E] −1 leads out of the middle, 1 leads in."""
    edge_line: tuple[F64, ...]
    """[E] each [n, 2] metres, from its first node to its last."""
    edge_of: Mapping[tuple[int, int], int]

    def corners(self, *places: str | tuple[int, int]) -> list[int]:
        """Nodes of a way given by its terminals and the junctions where it turns; junctions between are filled in."""
        nodes: list[int] = []
        for place in places:
            node = self.node_of[place] if isinstance(place, str) else junction(*place)
            previous = nodes[-1] if nodes else None
            if previous is not None and (previous, node) not in self.edge_of:
                nodes.extend(_between(previous, node))
            nodes.append(node)
        return nodes

    def edges(self, nodes: list[int]) -> list[int]:
        """Directed edges of a way along neighbouring nodes."""
        return [self.edge_of[pair] for pair in pairwise(nodes)]


def junction(column: int, row: int) -> int:
    """Node of the crossing of STREETS[column] and ROADS[row]."""
    return row * len(STREETS) + column


def street_names(node: int, axis: int) -> tuple[str, str]:
    """(the street of that axis, the one it crosses) at a junction; both empty at any other node."""
    row, column = divmod(node, len(STREETS))
    if row >= len(ROADS):
        return "", ""
    return (STREETS[column], ROADS[row]) if axis else (ROADS[row], STREETS[column])


def to_degrees(x: F64, y: F64) -> tuple[F64, F64]:
    """(lat, lon) of local metres."""
    return to_wgs84(x, y, ORIGIN_LAT, ORIGIN_LON)


def build_streets(generator: np.random.Generator) -> Streets:
    """Draw the district: junctions shifted by up to 90 m, streets bowed by up to 35 m, lights with their own cycles."""
    node_x, node_y, node_of, links = _nodes(generator)
    count, junctions = len(node_x), len(STREETS) * len(ROADS)
    ends = [pair for a, b in links for pair in ((a, b), (b, a))]
    lines: list[F64] = []
    for a, b in links:
        in_grid = max(a, b) < junctions
        line = _bowed(node_x, node_y, a, b, float(generator.uniform(-35, 35)) if in_grid else 0.0)
        lines += [line, line[::-1].copy()]
    start, end = np.array(ends, np.int32).T
    dx, dy = node_x[end] - node_x[start], node_y[end] - node_y[start]
    middle_x, middle_y = (node_x[end] + node_x[start]) / 2, (node_y[end] + node_y[start]) / 2
    away = np.hypot(middle_x, middle_y)
    reach = np.hypot(dx, dy)
    in_grid = np.maximum(start, end) < junctions
    on_trunk = in_grid & (start % len(STREETS) == TRUNK) & (end % len(STREETS) == TRUNK)
    lit = np.arange(count) < junctions
    return Streets(
        node_x, node_y, node_of,
        light_cycle=np.where(lit, generator.choice([80.0, 90.0, 100.0, 120.0], count), 0.0),
        light_offset=generator.integers(0, 120, count).astype(np.float64),
        light_green=generator.uniform(0.42, 0.58, count),
        edge_from=start, edge_to=end,
        edge_length=np.array([_length(line) for line in lines]),
        edge_free=np.where(in_grid, np.where(on_trunk, 12.5, 11.0), 6.5),
        edge_axis=(np.abs(dy) > np.abs(dx)).astype(np.uint8),
        edge_central=np.exp(-((away / 2400.0) ** 2)),
        edge_inward=-(dx * middle_x + dy * middle_y) / np.maximum(reach * away, 1.0),
        edge_line=tuple(lines), edge_of={pair: index for index, pair in enumerate(ends)},
    )  # fmt: skip


def _nodes(generator: np.random.Generator) -> tuple[F64, F64, dict[str, int], list[tuple[int, int]]]:
    columns, rows = len(STREETS), len(ROADS)
    column, row = np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns)
    x = (column - (columns - 1) / 2) * SPACING_X + generator.uniform(-90, 90, columns * rows)
    y = ((rows - 1) / 2 - row) * SPACING_Y + generator.uniform(-90, 90, columns * rows)
    links = [(junction(c, r), junction(c + 1, r)) for r in range(rows) for c in range(columns - 1)]
    links += [(junction(c, r), junction(c, r + 1)) for c in range(columns) for r in range(rows - 1)]
    xs, ys, names = list(x), list(y), dict[str, int]()
    for name, (c, r, east, north) in {**TERMINALS, "depot": DEPOT}.items():
        names[name] = len(xs)
        links.append((names[name], junction(c, r)))
        xs.append(x[junction(c, r)] + east)
        ys.append(y[junction(c, r)] + north)
    before = junction(SPUR[0][1], SPUR[0][2])
    for name, c, r, east, north in SPUR:
        names[name] = len(xs)
        links.append((before, names[name]))
        before = names[name]
        xs.append(x[junction(c, r)] + east)
        ys.append(y[junction(c, r)] + north)
    return np.array(xs), np.array(ys), names, links


def _between(first: int, last: int) -> list[int]:
    """Junctions strictly between two of one street or road."""
    columns = len(STREETS)
    (r0, c0), (r1, c1) = divmod(first, columns), divmod(last, columns)
    if r0 == r1:
        return [junction(c, r0) for c in range(c0, c1, 1 if c1 > c0 else -1)][1:]
    if c0 == c1:
        return [junction(c0, r) for r in range(r0, r1, 1 if r1 > r0 else -1)][1:]
    raise ValueError(f"junctions {(c0, r0)} and {(c1, r1)} lie on no common street")


def _bowed(x: F64, y: F64, a: int, b: int, bow: float) -> F64:
    share = np.linspace(0.0, 1.0, 9 if bow else 3)
    dx, dy = x[b] - x[a], y[b] - y[a]
    reach = float(np.hypot(dx, dy))
    aside = bow * np.sin(np.pi * share)
    line = np.column_stack((x[a] + dx * share - dy / reach * aside, y[a] + dy * share + dx / reach * aside))
    line[-1] = x[b], y[b]
    return line


def _length(line: F64) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
