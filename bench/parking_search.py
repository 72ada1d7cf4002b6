"""Nearest car parks with room among 5,000: over a street graph and in a straight line, beside a plain Python loop and plain numpy.

A city of 20 × 20 km with a grid of streets every 150 m; queries in random places, 1,000 m on foot, 20 answers, with opening hours,
kinds, and room at a time: known beforehand, or asked of the SQLite store with ten reservations a car park. The rivals know straight
distances and the room of every car park.
"""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from bench.rows import Row
from bench.timing import interleaved
from parking.availability import room_if_open
from parking.model import PlateColor, SpaceKind, State
from parking.opening import is_open
from parking.records import Interval, Lot, Place, Plate, Reservation, Terms
from parking.search import Found, Query, Search, SearchParameters
from parking.streets import EARTH_M, Street, build_streets, metres
from parking.unit import Unit
from server.parking.sqlite_store import SqliteStore

LAT, LON, NOW = 36.70, 117.50, 1_772_409_600
WANTED = Interval(NOW + 3600, NOW + 3 * 3600)
MOST = 5.0
"""ms"""
WEEKDAYS = tuple((day * 1440 + 420, day * 1440 + 1320) for day in range(5))


def run(smoke: bool = False) -> Iterator[Row | str]:
    """ms a query (least of five tries each): median, and what 99 of 100 stay below."""
    count, queries, size = (300, 20, 3000.0) if smoke else (5000, 200, 20_000.0)
    lots, places = _lots(count, size)
    free = {lot.id: k % 4 for k, lot in enumerate(lots)}
    capacity = {place.lot_id: place.capacity for place in places}
    streets = build_streets(_streets(size))
    by_streets, by_crow = Search(lots, places, None, streets), Search(lots, places)

    def known(lot: Lot, _kind: SpaceKind) -> int:
        return free[lot.id]

    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        store = SqliteStore(Path(folder) / "parking.db", lambda: NOW)
        claims = store.submit(lambda unit, _now: _reserve(unit, lots, places)).result()

        def stored(query: Query) -> list[Found]:
            return store.read(lambda unit: by_streets.find(query, NOW, known, partial(_room, unit)))

        contenders: dict[str, Callable[[Query], object]] = {
            "over the street graph": lambda query: by_streets.find(query, NOW, known, known),
            "… room of the SQLite store": stored,
            "in a straight line": lambda query: by_crow.find(query, NOW, known, known),
            "plain Python loop": lambda query: _loop(query, lots, capacity, free),
            "plain numpy": lambda query: _numpy(query, by_crow, free),
        }
        asked = _queries(queries, size)
        took = _timed(contenders, asked)
        store.close()
    for name in list(contenders)[:3]:
        for rival in list(contenders)[3:]:
            yield Row(f"{name}, beside {rival}", float(np.median(took[name])), float(np.median(took[rival])), rival, "ms", False)
        yield Row(f"{name}, 99 of 100 of {queries} queries", float(np.quantile(took[name], 0.99)), MOST, "wanted at most", "ms", False)
    ours = [[one.lot.id for one in by_crow.find(query, NOW, known, known)] for query in asked]
    same = all(_loop(query, lots, capacity, free) == names for query, names in zip(asked, ours))
    answers = np.mean([len(names) for names in ours])
    yield f"{len(streets.lat):,} nodes, {len(streets.target):,} edges, {claims:,} claims; {answers:.1f} answers a query"
    yield f"loop and ours in a straight line agree on every query: {same}"


def _timed(contenders: Mapping[str, Callable[[Query], object]], asked: list[Query]) -> dict[str, list[float]]:
    """ms of every query, contenders in turn."""
    for answer in contenders.values():
        answer(asked[0])
    took: dict[str, list[float]] = {name: [] for name in contenders}
    for query in asked:
        for name, seconds in zip(contenders, interleaved([partial(answer, query) for answer in contenders.values()], 5)):
            took[name].append(1e3 * seconds)
    return took


def _queries(count: int, size: float) -> list[Query]:
    rng = random.Random(11)
    return [Query(*_place(rng.uniform(0, size), rng.uniform(0, size)), 1000.0, WANTED) for _ in range(count)]


def _reserve(unit: Unit, lots: list[Lot], places: list[Place]) -> int:
    """Ten reservations a car park during the day; how many."""
    rng, plate = random.Random(3), Plate(b"key", b"sealed", "鲁A·1**45", PlateColor.BLUE)
    for lot, place in zip(lots, places):
        unit.put_lot(lot)
        unit.put_place(place)
        for k in range(10):
            start = NOW + rng.randrange(0, 43_200, 300)
            wanted = Interval(start, start + rng.randrange(1800, 14_400, 300))
            one = Reservation(f"{lot.id}/{k}", "client", lot.id, place.id, wanted, plate, State.CONFIRMED, Terms(0), NOW, NOW)
            unit.insert(one, None)
            unit.claim(one, place, place.claim(wanted))
    return 10 * len(lots)


def _room(unit: Unit, lot: Lot, kind: SpaceKind) -> int:
    return room_if_open(unit, lot, kind, WANTED, NOW)


def _loop(query: Query, lots: list[Lot], capacity: dict[str, int], free: dict[str, int]) -> list[str]:
    """Every car park, in plain Python."""
    par, near = SearchParameters(), []
    assert query.wanted is not None
    for lot in lots:
        across = math.radians(query.lon - lot.lon) * math.cos(math.radians((lot.lat + query.lat) / 2.0))
        walk = EARTH_M * math.hypot(across, math.radians(query.lat - lot.lat)) * par.detour
        if walk <= query.radius_m and capacity[lot.id] and free[lot.id] and is_open(lot, query.wanted):
            near.append((walk, lot.id))
    return [name for _, name in sorted(near)[: query.limit]]


def _numpy(query: Query, search: Search, free: dict[str, int]) -> list[str]:
    """Distances to every car park at once, all sorted, then one by one."""
    walk = metres(search.lat, search.lon, query.lat, query.lon) * search.par.detour
    found: list[str] = []
    assert query.wanted is not None
    for k in np.argsort(walk, kind="stable"):
        if walk[k] > query.radius_m or len(found) >= query.limit:
            break
        lot = search.lots[k]
        if free[lot.id] and is_open(lot, query.wanted):
            found.append(lot.id)
    return found


def _place(x: float, y: float) -> tuple[float, float]:
    return LAT + math.degrees(y / EARTH_M), LON + math.degrees(x / EARTH_M) / math.cos(math.radians(LAT))


def _lots(count: int, size: float) -> tuple[list[Lot], list[Place]]:
    rng = random.Random(7)
    lots = []
    for k in range(count):
        lat, lon = _place(rng.uniform(0, size), rng.uniform(0, size))
        lots.append(Lot(f"L{k:05}", "", lat, lon, opening=WEEKDAYS if k % 3 == 0 else ()))
    return lots, [Place(f"P{k:05}", lot.id, 50) for k, lot in enumerate(lots)]


def _streets(size: float, block: float = 150.0) -> list[Street]:
    """A grid, each block a street."""
    count, streets = int(size / block) + 1, []
    for i in range(count):
        for j in range(count):
            for di, dj in ((1, 0), (0, 1)):
                if i + di < count and j + dj < count:
                    lat, lon = zip(_place(i * block, j * block), _place((i + di) * block, (j + dj) * block))
                    streets.append(Street(f"{i}/{j}", f"{i + di}/{j + dj}", lat, lon))
    return streets
