"""The fleet and the network once more as plain objects: what the naive twins of the tracker's kernels read and write."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from transit.kernels.columns import DayColumns, FleetColumns
from transit.network import Network

NAN = math.nan


@dataclass
class Hypothesis:
    progress: float
    speed: float
    variance: float
    cost: float
    cross_track: float


class Point(NamedTuple):
    timestamp: float
    x: float
    y: float
    east: float
    north: float


@dataclass
class Bus:
    """One vehicle; the fields of columns.VEHICLE that the tracker uses, under the same names."""

    heard: float
    timestamp: float
    moved: float
    service_day: float
    left: float
    former_time: float
    event_time: float
    pending_arrival: float
    x: float
    y: float
    east: float
    north: float
    speed: float
    progress: float
    cross_track: float
    anchor_x: float
    anchor_y: float
    former: float
    begun: float
    pattern: int
    trip: int
    route: int
    last_trip: int
    finished: int
    last_pattern: int
    pending_bracket: int
    misses: int
    state: int
    evidence: int
    reports_trips: int
    asked: int
    waited: int
    strayed: int
    passes: list[Hypothesis] = field(default_factory=list)
    trail: list[Point] = field(default_factory=list)


PLAIN = [one.name for one in fields(Bus) if one.name not in ("passes", "trail")]


def bus_of(fleet: FleetColumns, v: int) -> Bus:
    """A copy of row v as an object."""
    record = fleet.vehicles[v]
    bus = Bus(**{name: record[name].item() for name in PLAIN})
    for row in fleet.hypotheses[v, : int(record["hypotheses"])]:
        bus.passes.append(Hypothesis(*(row[one.name].item() for one in fields(Hypothesis))))
    bus.trail = [Point(*(row[name].item() for name in Point._fields)) for row in fleet.trail[v, : int(record["trail_count"])]]
    return bus


def differences(fleet: FleetColumns, v: int, want: Bus) -> list[str]:
    """Where row v is not what the twin made of it; [] when it is."""
    got = bus_of(fleet, v)
    wrong = [f"{name}: {a} != {b}" for name in PLAIN if not close(a := getattr(got, name), b := getattr(want, name))]
    if not 0 <= int(fleet.vehicles[v]["hypotheses"]) <= fleet.hypotheses.shape[1]:
        wrong.append("too many hypotheses")
    if len(got.passes) != len(want.passes):
        wrong.append(f"passes: {got.passes} != {want.passes}")
    for a, b in zip(got.passes, want.passes):
        values = ((getattr(a, one.name), getattr(b, one.name)) for one in fields(Hypothesis))
        if not all(close(x, y) for x, y in values):
            wrong.append(f"pass: {a} != {b}")
    if [tuple(map(close, a, b)) for a, b in zip(got.trail, want.trail)] != [(True,) * 5] * len(want.trail):
        wrong.append(f"trail: {got.trail} != {want.trail}")
    return wrong


def close(a: float, b: float) -> bool:
    """Equal as far as float32 metres and costs can be, epoch seconds within 0.05 s; unknown equals unknown."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return a == b or abs(a - b) <= 0.05 + (1e-5 * abs(b) if abs(b) < 1e6 else 0.0)


class Segment(NamedTuple):
    x: float
    y: float
    dx: float
    dy: float
    chord: float
    begins: float
    """progress at its start"""
    stretch: float


class Projection(NamedTuple):
    progress: float
    off: float
    against: float
    """0 in line with the heading, 2 against it, 0 when none is known"""


class Run(NamedTuple):
    """A trip."""

    pattern: int
    service: int
    block: int
    template: bool
    arrivals: list[int]
    departures: list[int]


@dataclass
class Pattern:
    segments: list[Segment]
    stops: list[float]
    first_stop: int
    """number of its first pattern stop"""
    route: int
    direction: int
    trips: list[int]

    def project(self, x: float, y: float, east: float, north: float) -> list[Projection]:
        """The nearest place on each segment."""
        return [_project(segment, x, y, east, north) for segment in self.segments]


def _project(segment: Segment, x: float, y: float, east: float, north: float) -> Projection:
    along = float(np.clip((x - segment.x) * segment.dx + (y - segment.y) * segment.dy, 0.0, segment.chord))
    off = math.hypot(x - segment.x - along * segment.dx, y - segment.y - along * segment.dy)
    against = 1.0 - segment.dx * east - segment.dy * north if (east, north) != (0.0, 0.0) else 0.0
    return Projection(segment.begins + along * segment.stretch, off, against)


@dataclass
class Town:
    """A network and the service days around now."""

    patterns: list[Pattern]
    runs: list[Run]
    blocks: list[list[int]]
    days: list[tuple[float, list[int]]]
    """(start, active services)"""


def town_of(network: Network, days: DayColumns) -> Town:
    """The network as plain objects."""
    patterns, trips = network.patterns, network.trips
    town = Town([], [], [], [(start, np.flatnonzero(active).tolist()) for start, active in zip(days.start.tolist(), days.active)])
    for t in range(len(trips.pattern)):
        rows = slice(int(trips.start[t]), int(trips.start[t + 1]))
        plain: Any = (int(trips.pattern[t]), int(trips.service[t]), int(trips.block[t]), bool(trips.template[t]))
        town.runs.append(Run(*plain, trips.arrival[rows].tolist(), trips.departure[rows].tolist()))
    for p in range(len(patterns.route)):
        shape = network.shapes.segments[network.shapes.segment_start[p] : network.shapes.segment_start[p + 1]]
        stops = slice(int(patterns.stop_start[p]), int(patterns.stop_start[p + 1]))
        line = int(patterns.route[p]), int(patterns.direction[p])
        own = [t for t, run in enumerate(town.runs) if run.pattern == p]
        segments = [Segment(*row[:7].tolist()) for row in shape]
        town.patterns.append(Pattern(segments, patterns.distance[stops].tolist(), stops.start, *line, own))
    start = network.blocks.start.tolist()
    town.blocks = [network.blocks.trip[a:b].tolist() for a, b in pairwise(start)]
    return town


def dips(values: list[float]) -> list[int]:
    """Where the values have a local minimum, read from the left: the first place of each valley."""
    padded = [math.inf, *values, math.inf]
    found = []
    for k in range(1, len(padded) - 1):
        later = next((value for value in padded[k + 1 :] if value != padded[k]), math.inf)
        if padded[k] < padded[k - 1] and padded[k] < later:
            found.append(k - 1)
    return found
