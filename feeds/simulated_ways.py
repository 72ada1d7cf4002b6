"""Ways of the simulated district: the patterns of its lines and the deadheads between depot and terminals, as columns.

K ways: first the patterns, in order of `patterns`, then a pull-out from the depot to each terminal, then a pull-in back.
Distances are true metres along the way's polyline from its first point — the same polyline the GTFS shape is made of.
Stops are drawn here too: two on a long block, one on a shorter one, on the right-hand side of the street.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from feeds.simulated_lines import LINES, SHORT_TURNS, Place
from feeds.simulated_streets import TERMINALS, Streets, street_names
from transit.kernels.columns import F64, I32, I64, U8

SPAN = 1e6
"""More than the longest way: way k owns the keys from k * SPAN on, so one sorted array finds points of all ways."""
STOP_LINE = 12.0
"""m before the junction where a bus waits at red."""
KERB = 6.0
"""m right of the street's line where a stop stands."""
LANDMARKS = (
    "区人民医院", "唐人中心", "双山街道办", "章丘四中", "章丘博物馆", "眼明泉", "墨泉", "龙泉寺", "清照园", "章丘五中",
    "明水街道办", "区中医医院", "绣江河", "齐鲁师范学院", "山东财经大学", "齐鲁理工学院",
)  # fmt: skip


class Stop(NamedTuple):
    """A stop on a directed edge, or a terminal (edge −1)."""

    stop_id: str
    name: str
    x: float
    y: float
    boarding: float
    """passengers a second waiting here to board any line, by day."""


class Pattern(NamedTuple):
    """One direction of a line, or of its short turn."""

    route: int
    direction: int
    headsign: str
    short: bool
    nodes: tuple[int, ...]


@dataclass(frozen=True)
class Ways:
    """K ways, S stops; `x[start[k] : start[k + 1]]` is the polyline of way k, and so on."""

    patterns: tuple[Pattern, ...]
    stops: tuple[Stop, ...]
    terminals: tuple[str, ...]
    first_terminal: I32
    """[patterns] terminal each starts at; likewise `last_terminal`."""
    last_terminal: I32
    length: F64
    """[K]"""
    start: I64
    x: F64
    y: F64
    at: F64
    """m of each point along its way."""
    point_key: F64
    edge_start: I64
    edge: I32
    edge_key: F64
    stop_start: I64
    """[K + 1]; deadheads have no stops."""
    stop: I32
    stop_at: F64
    light_start: I64
    light_at: F64
    light_node: I32
    light_axis: U8

    def pull_out(self, terminal: int) -> int:
        """The way from the depot to a terminal."""
        return len(self.patterns) + terminal

    def pull_in(self, terminal: int) -> int:
        """The way from a terminal to the depot."""
        return len(self.patterns) + len(self.terminals) + terminal

    def locate(self, way: I32, distance: F64) -> tuple[F64, F64, F64]:
        """(x, y, heading in degrees) at distances along ways; distances are held within their way."""
        distance = np.clip(distance, 0.0, self.length[way])
        point = np.searchsorted(self.point_key, way * SPAN + distance, side="right") - 1
        point = np.minimum(point, self.start[way + 1] - 2)
        dx, dy = self.x[point + 1] - self.x[point], self.y[point + 1] - self.y[point]
        step = self.at[point + 1] - self.at[point]
        share = (distance - self.at[point]) / step
        return self.x[point] + dx * share, self.y[point] + dy * share, np.degrees(np.arctan2(dx, dy)) % 360.0

    def edge_at(self, way: I32, distance: F64) -> I32:
        """The street's directed edge at distances along ways."""
        found = np.searchsorted(self.edge_key, way * SPAN + distance, side="right") - 1
        return self.edge[np.clip(found, self.edge_start[way], self.edge_start[way + 1] - 1)]


def build_ways(streets: Streets, generator: np.random.Generator) -> Ways:
    """Lay the lines of `simulated_lines` on the streets, place their stops, and find the deadheads."""
    patterns = tuple(_patterns(streets))
    terminals = tuple(TERMINALS)
    nodes = [list(pattern.nodes) for pattern in patterns]
    nodes += [_shortest(streets, streets.node_of["depot"], streets.node_of[name]) for name in terminals]
    nodes += [_shortest(streets, streets.node_of[name], streets.node_of["depot"]) for name in terminals]
    edges = [streets.edges(way) for way in nodes]
    lines = [_joined([streets.edge_line[edge] for edge in way]) for way in edges]
    ats = [np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T)))) for line in lines]
    begins = [np.concatenate(([0.0], np.cumsum(streets.edge_length[way]))) for way in edges]
    stops, calls = _stops(streets, patterns, edges, begins, generator)
    calls += [[] for _ in range(2 * len(terminals))]
    lights = [
        [(begin[i + 1] - STOP_LINE, int(streets.edge_to[edge]), int(streets.edge_axis[edge])) for i, edge in enumerate(way)
         if streets.light_cycle[streets.edge_to[edge]] > 0.0]
        for way, begin in zip(edges, begins)
    ]  # fmt: skip
    flat_lights = [light for way in lights for light in way]
    name_of = {node: index for index, node in enumerate(streets.node_of[name] for name in terminals)}
    return Ways(
        patterns, tuple(stops), terminals,
        first_terminal=np.array([name_of[pattern.nodes[0]] for pattern in patterns], np.int32),
        last_terminal=np.array([name_of[pattern.nodes[-1]] for pattern in patterns], np.int32),
        length=np.array([at[-1] for at in ats]),
        start=_starts(lines), x=np.concatenate(lines)[:, 0], y=np.concatenate(lines)[:, 1],
        at=np.concatenate(ats), point_key=np.concatenate([k * SPAN + at for k, at in enumerate(ats)]),
        edge_start=_starts(edges), edge=np.array([edge for way in edges for edge in way], np.int32),
        edge_key=np.concatenate([k * SPAN + begin[:-1] for k, begin in enumerate(begins)]),
        stop_start=_starts(calls), stop=np.array([stop for way in calls for stop, _ in way], np.int32),
        stop_at=np.array([at for way in calls for _, at in way]),
        light_start=_starts(lights), light_at=np.array([light[0] for light in flat_lights]),
        light_node=np.array([light[1] for light in flat_lights], np.int32),
        light_axis=np.array([light[2] for light in flat_lights], np.uint8),
    )  # fmt: skip


def _patterns(streets: Streets) -> list[Pattern]:
    ways: list[tuple[int, tuple[Place, ...], tuple[str, str] | None, bool]] = [
        (route, line.way, line.headsigns, False) for route, line in enumerate(LINES)
    ]
    routes = [line.route_id for line in LINES]
    ways += [(routes.index(short.route_id), short.way, None, True) for short in SHORT_TURNS]
    found = []
    for route, way, headsigns, short in ways:
        mark = "（区间）" if short else ""
        out, back = headsigns or (f"{way[-1]}{mark}", f"{way[0]}{mark}")
        nodes = streets.corners(*way)
        found.append(Pattern(route, 0, out, short, tuple(nodes)))
        found.append(Pattern(route, 1, back, short, tuple(nodes[::-1])))
    return found


def _stops(
    streets: Streets, patterns: Sequence[Pattern], edges: Sequence[Sequence[int]], begins: Sequence[F64],
    generator: np.random.Generator,
) -> tuple[list[Stop], list[list[tuple[int, float]]]]:  # fmt: skip
    """Stops in order of first use, and the calls (stop, metres) of each pattern."""
    stops: list[Stop] = []
    known: dict[tuple[int, int], int] = {}
    used = {edge // 2 for pattern_edges in edges[: len(patterns)] for edge in pattern_edges}
    names = _names(streets, sorted(used))
    terminal_names = {node: name for name, node in streets.node_of.items()}

    def stop_of(key: tuple[int, int], name: str, x: float, y: float, boarding: float) -> int:
        if key not in known:
            known[key] = len(stops)
            stops.append(Stop(f"ZQS{len(stops) + 1:03d}", name, x, y, boarding))
        return known[key]

    def terminal(node: int) -> int:
        return stop_of((-1, node), terminal_names[node], streets.node_x[node], streets.node_y[node], 0.03)

    calls = []
    for pattern, way, begin in zip(patterns, edges, begins):
        spur_end = streets.node_of["绣源河"]
        found = [(terminal(pattern.nodes[0]), 0.0)]
        for edge, start in zip(way, begin):
            places = _places_on(streets, edge)
            for nth, at in enumerate(places):
                x, y = _beside(streets.edge_line[edge], at)
                # The first place of one direction faces the last of the other, and they share a name.
                facing = nth if edge % 2 == 0 else len(places) - 1 - nth
                boarding = (0.006 + 0.012 * streets.edge_central[edge]) * float(generator.uniform(0.5, 1.5))
                found.append((stop_of((edge, nth), names[edge // 2, facing], x, y, boarding), float(start + at)))
            if streets.edge_to[edge] == spur_end:
                found.append((terminal(spur_end), float(start + streets.edge_length[edge])))
        found.append((terminal(pattern.nodes[-1]), float(begin[-1])))
        calls.append(found)
    return stops, calls


def _places_on(streets: Streets, edge: int) -> tuple[float, ...]:
    length = float(streets.edge_length[edge])
    if length < 400.0:
        return ()
    # After the junction it leaves and before the one it comes to; a single stop stands in the middle.
    return (0.24 * length, 0.76 * length) if length > 1060.0 else (0.5 * length,)


def _names(streets: Streets, used: Sequence[int]) -> dict[tuple[int, int], str]:
    """Name of each place of each street: a landmark, or street and crossing with the side of the crossing it lies on."""
    landmarks = iter(LANDMARKS)
    found: dict[tuple[int, int], str] = {}
    for number, street in enumerate(used):
        edge = 2 * street
        axis = int(streets.edge_axis[edge])
        start, end = int(streets.edge_from[edge]), int(streets.edge_to[edge])
        count = len(_places_on(streets, edge))
        for nth in range(count):
            near, side = (start, ("东", "南")[axis]) if nth == 0 else (end, ("西", "北")[axis])
            name, crossed = street_names(near, axis)
            plain = f"{name}{crossed}{side}" if name else "绣源河路"
            found[street, nth] = next(landmarks, plain) if number % 4 == 2 and nth == 0 and name else plain
    return found


def _beside(line: F64, at: float) -> tuple[float, float]:
    """KERB metres right of the point `at` metres along a polyline."""
    steps = np.diff(line, axis=0)
    lengths = np.hypot(steps[:, 0], steps[:, 1])
    ends = np.cumsum(lengths)
    i = min(int(np.searchsorted(ends, at)), len(lengths) - 1)
    unit = steps[i] / lengths[i]
    x, y = line[i] + unit * (at - ends[i] + lengths[i])
    return float(x + unit[1] * KERB), float(y - unit[0] * KERB)


def _shortest(streets: Streets, start: int, end: int) -> list[int]:
    """Nodes of the quickest way on empty streets (Dijkstra)."""
    neighbours: dict[int, list[tuple[int, float]]] = {}
    for edge, a in enumerate(streets.edge_from.tolist()):
        cost = float(streets.edge_length[edge] / streets.edge_free[edge])
        neighbours.setdefault(a, []).append((int(streets.edge_to[edge]), cost))
    heap: list[tuple[float, int, int]] = [(0.0, start, -1)]
    came: dict[int, int] = {}
    while heap:
        cost, node, before = heappop(heap)
        if node in came:
            continue
        came[node] = before
        for other, more in neighbours[node]:
            if other not in came:
                heappush(heap, (cost + more, other, node))
    way = [end]
    while way[-1] != start:
        way.append(came[way[-1]])
    return way[::-1]


def _joined(lines: Sequence[F64]) -> F64:
    """One polyline of several that follow each other; the shared points stand once."""
    return np.concatenate([lines[0][:1]] + [line[1:] for line in lines])


def _starts(groups: Sequence[Sequence[object] | F64]) -> I64:
    return np.concatenate(([0], np.cumsum([len(group) for group in groups]))).astype(np.int64)
