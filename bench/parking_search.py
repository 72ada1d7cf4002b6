"""Nearest car parks with room among 5,000: over a street graph and in a straight line, beside a plain Python loop and plain numpy.

A city of 20 × 20 km with a grid of streets every 150 m; queries in random places, 1,000 m, 20 answers, with opening hours, kinds, and
room at a time: known beforehand, or asked of the SQLite store with ten reservations a car park, as the server asks it, and the whole
request through the application (ASGI, in this process). The rivals know straight distances and the room of every car park.
"""

from __future__ import annotations

import asyncio
import math
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import orjson

from bench.full_server import runtime_of_fleet
from bench.rows import Row
from bench.timing import interleaved
from parking.model import PlateColor, SpaceKind, State
from parking.opening import is_open
from parking.plates import PlateText
from parking.records import Interval, Lot, Place, Reservation, Terms
from parking.search import Found, Query, Room, Search
from parking.streets import EARTH_M, Street, StreetGraph, build_streets, metres
from parking.unit import Unit
from server.app import create_app
from server.parking.catalogue import Catalogue
from server.parking.catalogue_store import read_all
from server.parking.configuration import DATABASE
from server.parking.forecasts import Ahead
from server.parking.inside import Inside
from server.parking.lot_search import search
from server.parking.sqlite_store import SqliteStore
from server.parking.store import ServiceUnit
from server.parking.street_file import FOLDER
from server.parking.vault import PlateVault
from server.settings import Settings

LAT, LON, NOW = 36.70, 117.50, 1_772_409_600
WANTED = Interval(NOW + 3600, NOW + 3 * 3600)
MOST = 5.0
"""ms"""
WEEKDAYS = tuple((day * 1440 + 420, day * 1440 + 1320) for day in range(5))
PATH = "/v1/parking/lots"


def run(smoke: bool = False) -> Iterator[Row | str]:
    """ms a query (least of five tries each): median, and what 99 of 100 stay below."""
    count, queries, size = (300, 20, 3000.0) if smoke else (5000, 200, 20_000.0)
    lots, places = _lots(count, size)
    free = {lot.id: k % 4 for k, lot in enumerate(lots)}
    capacity = {place.lot_id: place.capacity for place in places}
    grid = _streets(size)
    streets = build_streets(grid)
    by_streets, by_crow = Search(lots, places, streets), Search(lots, places)
    asked = _queries(queries, size)

    def known(some: Sequence[Lot]) -> list[Room]:
        return [Room(None, free[lot.id]) for lot in some]

    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as name:
        folder = Path(name)
        store = SqliteStore(folder / DATABASE, lambda: NOW)
        claims = store.submit(lambda unit, _now: _reserve(unit, lots, places, PlateVault(folder))).result()
        contenders: dict[str, Callable[[Query], object]] = {
            "over the street graph": lambda query: by_streets.find(query, known, _free),
            "… room of the SQLite store": _stored(store, streets),
            "in a straight line": lambda query: by_crow.find(query, known, _free),
            "plain Python loop": lambda query: _loop(query, lots, capacity, free),
            "plain numpy": lambda query: _numpy(query, by_crow, free),
        }
        took = _timed(contenders, asked)
        store.close()
        _write_streets(folder / FOLDER / "streets.csv", grid)
        took["… through the application (ASGI)"], answers, processor = asyncio.run(_asgi(folder, asked))
    for name in [one for one in took if not one.startswith("plain")]:
        for rival in [one for one in took if one.startswith("plain")]:
            yield Row(f"{name}, beside {rival}", float(np.median(took[name])), float(np.median(took[rival])), rival, "ms", False)
        yield Row(f"{name}, 99 of 100 of {queries} queries", float(np.quantile(took[name], 0.99)), MOST, "wanted at most", "ms", False)
    yield Row("… processor time of a request, all threads", processor, MOST, "wanted at most", "ms", False)
    ours = [[one.lot.id for one in _found(by_crow, query, known)] for query in asked]
    same = all(_loop(query, lots, capacity, free) == names for query, names in zip(asked, ours))
    mean = np.mean([len(names) for names in ours])
    yield f"{len(streets.lat):,} nodes, {len(streets.target):,} edges, {claims:,} claims; {mean:.1f} answers a query"
    yield f"loop and ours in a straight line agree on every query: {same}"
    kinds = sorted({str(one["distance_kind"]) for one in answers})
    mean = np.mean([len(one["lots"]) for one in answers])
    yield f"through the application {mean:.1f} answers a query, by {', '.join(kinds)} distance"


def _stored(store: SqliteStore, streets: StreetGraph) -> Callable[[Query], object]:
    """The server's search, room read from the store."""
    catalogue, seen = Catalogue(), Inside().at(NOW)
    read = store.read(read_all)
    catalogue.take(read, catalogue.index(read, streets), streets)

    def ask(query: Query, unit: ServiceUnit) -> Any:
        return search(unit, catalogue, query, SpaceKind.GENERAL, seen, _no_forecast, "wgs84", NOW)

    return lambda query: store.read(partial(ask, query))


def _no_forecast(_lot_id: str, _now: int) -> tuple[list[Ahead], str | None]:
    return [], "not_observed_yet"


def _free(_lot: Lot) -> int | None:
    return 0


def _found(index: Search, query: Query, known: Callable[[Sequence[Lot]], list[Room]]) -> list[Found]:
    return index.find(query, known, _free)[0]


async def _asgi(folder: Path, asked: list[Query]) -> tuple[list[float], list[dict[str, Any]], float]:
    """(ms of every query, least of five; the answers; ms of processor time a request)."""
    runtime = runtime_of_fleet(Settings(data_dir=folder), 10, 4, lambda: NOW)
    app, parking = create_app(runtime), runtime.parking
    running = asyncio.create_task(parking.run())
    while parking.catalogue.streets is None:
        await asyncio.sleep(0.05)
    took, answers = list[float](), list[dict[str, Any]]()
    try:
        await _get(app, asked[0])
        processor = time.process_time()
        for query in asked:
            least, body = math.inf, b""
            for _ in range(5):
                begun = time.perf_counter()
                body = await _get(app, query)
                least = min(least, time.perf_counter() - begun)
            took.append(1e3 * least)
            answers.append(orjson.loads(body))
        processor = 1e3 * (time.process_time() - processor) / (5 * len(asked))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return took, answers, processor


async def _get(app: Any, query: Query) -> bytes:
    start, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in query.wanted)
    near = f"{query.lat:.6f},{query.lon:.6f}"
    asked = {"near": near, "radius": query.radius_m, "from": start, "to": end, "room": "true", "limit": 20}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": PATH,
        "raw_path": PATH.encode(), "query_string": urlencode(asked).encode(), "root_path": "", "headers": [(b"host", b"bench")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    if sent[0]["status"] != 200:
        raise RuntimeError(f"the application answered {sent[0]['status']}")
    return b"".join(one.get("body", b"") for one in sent[1:])


def _write_streets(path: Path, streets: list[Street]) -> None:
    path.parent.mkdir(parents=True)
    rows = ["from_node,to_node,wkt"]
    for one in streets:
        line = ", ".join(f"{lon:.7f} {lat:.7f}" for lat, lon in zip(one.lat, one.lon))
        rows.append(f'{one.begin},{one.end},"LINESTRING ({line})"')
    path.write_text("\n".join(rows), encoding="utf-8")


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
    return [Query(*_place(rng.uniform(0, size), rng.uniform(0, size)), WANTED, 1000.0) for _ in range(count)]


def _reserve(unit: Unit, lots: list[Lot], places: list[Place], vault: PlateVault) -> int:
    """Ten reservations a car park during the day; how many."""
    rng, plate = random.Random(3), vault.seal(PlateText("鲁A12345", PlateColor.BLUE))
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


def _loop(query: Query, lots: list[Lot], capacity: dict[str, int], free: dict[str, int]) -> list[str]:
    """Every car park, in plain Python."""
    near = []
    lat, lon = _where(query)
    for lot in lots:
        across = math.radians(lon - lot.lon) * math.cos(math.radians((lot.lat + lat) / 2.0))
        away = EARTH_M * math.hypot(across, math.radians(lat - lot.lat))
        if away <= query.radius_m and capacity[lot.id] and free[lot.id] and is_open(lot, query.wanted):
            near.append((away, lot.id))
    return [name for _, name in sorted(near)[: query.limit]]


def _numpy(query: Query, search: Search, free: dict[str, int]) -> list[str]:
    """Distances to every car park at once, all sorted, then one by one."""
    away = metres(search.lat, search.lon, *_where(query))
    found: list[str] = []
    for k in np.argsort(away, kind="stable"):
        if away[k] > query.radius_m or len(found) >= query.limit:
            break
        lot = search.lots[k]
        if free[lot.id] and is_open(lot, query.wanted):
            found.append(lot.id)
    return found


def _where(query: Query) -> tuple[float, float]:
    assert query.lat is not None
    assert query.lon is not None
    return query.lat, query.lon


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
