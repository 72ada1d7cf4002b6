"""Random small towns and what the buses in them report, all from one seed: straight and winding lines, loops, out-and-back
shapes and shared trunks; depots, waits, noise, outliers, lost and repeated messages, ids that come and go."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from tests.support.ride import NAN, Fix
from tests.support.streets import (
    OUT_AND_BACK,
    TRUNK_NORTH,
    TRUNK_SOUTH,
    Corners,
    Line,
    evenly,
    length_of,
    place_on,
    streets,
)
from transit.network import Network

Random = np.random.Generator
EIGHT = 8 * 3600
RING: Corners = [(0, 0), (1200, 0), (1200, 900), (0, 900), (2, 3)]
"""not closed to the metre: where a loop's first and last pass cost exactly the same, rounding would choose"""
IDS = ("trip", "trip", "route", "none", "unknown", "flicker")


def random_lines(random: Random) -> list[Line]:
    """Two to four lines; some share a route and direction, a trunk, or both."""
    back = list(TRUNK_NORTH)[::-1]
    shapes: list[Corners] = [RING, RING, OUT_AND_BACK, OUT_AND_BACK, TRUNK_NORTH, TRUNK_SOUTH, back, _winding(random)]
    lines = []
    for _ in range(int(random.integers(2, 5))):
        line = Line(_turned(shapes[random.integers(len(shapes))], random), [], route=int(random.integers(2)))
        line.direction, line.stretch = int(random.integers(2)), float(random.choice([1.0, 1.02]))
        line.stops = evenly(length_of(line), int(random.integers(2, 9)))
        line.speed = float(random.uniform(5.0, 9.0))
        line.starts = sorted((EIGHT + 60 * random.integers(-15, 45, int(random.integers(1, 5)))).tolist())
        if random.random() < 0.6:
            line.blocks = random.integers(0, 3, len(line.starts)).tolist()
        line.services = (random.random(len(line.starts)) < 0.1).astype(int).tolist()
        line.templates = bool(random.random() < 0.1)
        lines.append(line)
    return lines


def _winding(random: Random) -> Corners:
    turns = np.cumsum(random.normal(0.0, 0.5, 12))
    steps = random.uniform(100.0, 400.0, 12)
    x, y = np.cumsum(steps * np.sin(turns)), np.cumsum(steps * np.cos(turns))
    return list(zip(x.tolist(), y.tolist()))


def _turned(corners: Corners, random: Random) -> Corners:
    """As it is three times in four, so that lines lie on each other; else turned and moved."""
    if random.random() < 0.75:
        return corners
    angle, dx, dy = random.uniform(0, 2 * math.pi), *random.uniform(-300, 300, 2)
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x * cos - y * sin + dx, x * sin + y * cos + dy) for x, y in corners]


def random_town(seed: int) -> tuple[Network, list[Line]]:
    """A network and the lines it was drawn from."""
    lines = random_lines(np.random.default_rng(seed))
    return streets(*lines), lines


def random_fixes(
    lines: Sequence[Line], seed: int, vehicles: int = 2, minutes: float = 25.0, ids: Sequence[str] = IDS, faulty: float = 0.05
) -> list[Fix]:
    """What so many buses report around 8 o'clock, in order of receipt. faulty: share of further messages that are wrong."""
    random = np.random.default_rng([seed, 1])
    fixes = [fix for v in range(vehicles) for fix in _bus(f"bus {v}", lines, random, minutes, ids, faulty)]
    return sorted(fixes, key=lambda fix: fix.clock + fix.delay)


def _bus(
    name: str, lines: Sequence[Line], random: Random, minutes: float, kinds: Sequence[str], faulty: float
) -> Iterator[Fix]:
    interval, noise = float(random.choice([5.0, 10.0, 20.0, 40.0])), float(random.choice([1.0, 4.0, 10.0]))
    ids, senses = str(random.choice(list(kinds))), int(random.integers(3))
    clock, before = EIGHT + random.uniform(-300.0, 300.0), (0.0, 0.0)
    for x, y, p in _way(lines, random, interval):
        clock += interval * (1.0 if random.random() < 0.97 else random.choice([3.0, 12.0, 70.0]))
        if clock > EIGHT + 60 * minutes:
            return
        moved = math.dist((x, y), before)
        bearing = math.degrees(math.atan2(x - before[0], y - before[1])) % 360.0 if senses and moved > 1.0 else NAN
        speed, before = moved / interval if senses == 2 else NAN, (x, y)
        px, py = x + random.normal(0.0, noise), y + random.normal(0.0, noise)
        if random.random() < 0.02:
            px, py = px + random.normal(0.0, 900.0), py + random.normal(0.0, 900.0)
        trip, route = _ids(ids, lines, p, clock, random)
        fix = Fix(clock, px, py, name, trip, route, bearing, speed)
        yield fix
        if random.random() < faulty:
            yield _fault(fix, random)


def _fault(fix: Fix, random: Random) -> Fix:
    """A message that says nothing new, or nothing true."""
    kind = random.integers(6)
    changes: dict[str, float] = [
        {}, {"clock": fix.clock - 30.0, "delay": 40.0}, {"delay": 400.0}, {"clock": fix.clock + 300.0, "delay": -299.0},
        {"x": NAN}, {"clock": fix.clock - 400.0, "delay": 401.0},
    ][kind]  # fmt: skip
    return fix._replace(**changes)


def _ids(kind: str, lines: Sequence[Line], p: int, clock: float, random: Random) -> tuple[str, str]:
    route = f"R{lines[p].route}" if p >= 0 else ""
    first = sum(len(line.starts) for line in lines[:p])
    starts = lines[p].starts if p >= 0 else []
    begun = [k for k, start in enumerate(starts) if start - 300 <= clock]
    trip = f"T{first + begun[-1]}" if begun else ""
    if kind == "flicker":
        kind = str(random.choice(["trip", "trip", "trip", "none", "unknown"]))
    return {"trip": (trip, route), "route": ("", route), "none": ("", ""), "unknown": ("T?", "R?")}[kind]


def _way(lines: Sequence[Line], random: Random, interval: float) -> Iterator[tuple[float, float, int]]:
    """Places at every interval, for ever: (x, y, the line it is on, -1 none)."""
    x, y = random.uniform(-300.0, 300.0, 2).tolist()
    while True:
        p = int(random.integers(len(lines)))
        line = lines[p]
        begin = 0.0 if random.random() < 0.8 else 0.4 * length_of(line)
        yield from _straight((x, y), place_on(line, begin), random, interval)
        for _ in range(int(random.integers(0, 12))):
            yield *place_on(line, begin), -1 if random.random() < 0.5 else p
        along, end = begin, length_of(line) * (1.0 if random.random() < 0.7 else 0.6)
        aside = 150.0 if random.random() < 0.1 else 0.0
        while along < end:
            along += interval * max(0.0, random.normal(line.speed, 4.0)) * (random.random() > 0.1)
            x, y = place_on(line, along)
            yield x + aside, y + aside, p


def _straight(
    start: tuple[float, float], end: tuple[float, float], random: Random, interval: float
) -> Iterator[tuple[float, float, int]]:
    steps = int(math.dist(start, end) / (interval * random.uniform(6.0, 12.0)))
    for k in range(steps):
        yield start[0] + (end[0] - start[0]) * k / steps, start[1] + (end[1] - start[1]) * k / steps, -1
