"""Clients of `bench.parking_stores`, in a process of their own: `python -m bench.store_clients KIND ADDRESS`.

It says "ready", is told each load as a line of JSON, and says what came of it. KIND: `ours` (the store and its clients, as requests of
one event loop, which is how the service asks it), `ours2` (the same with two connections that write), `bare` (a thread and a connection
a client, one durable insert after another under the exclusion constraint), `records` (the same, but what any booking must write:
reservation, claim and event in one transaction, sent in one go). ADDRESS: of PostgreSQL, or the file of SQLite.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from parking.booking import Hold, confirm, hold, hold_offered
from parking.model import PlateColor
from parking.records import Interval, Lot, Place, Plate, Quote, Terms
from parking.rules import Rules
from parking.unit import Unit
from server.parking.bridge import Bridge
from server.parking.postgres_store import CONNECTIONS, PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store

RULES = Rules(most_holds=100, farthest_s=10**9)
SPACES, AHEAD, HOT = 2000, 86_400, 64
BODY = b"x" * 240
"""as long as a reservation packed"""


class Load(NamedTuple):
    """What to do. `first`, `step`: numbers of this process's clients among those of all."""

    name: str
    clients: int
    first: int
    step: int
    seconds: float
    hot: bool
    pairs: bool

    def where(self, number: int, k: int) -> tuple[str, int]:
        """A place and a minute nobody else takes in this load."""
        if self.hot:
            return f"H{int(self.name) % HOT}", number + HOT * k
        return f"S{(number * 31 + k) % SPACES}", (int(self.name) * HOT + number) * 1000 + k // SPACES


class Came(NamedTuple):
    """Of one load: successes, s, ms of the slowest in a hundred and of the slowest, processor µs of this process for one."""

    total: int
    seconds: float
    p99: float
    worst: float
    cost: float


def came(load: Load, work: Callable[[], list[float]]) -> Came:
    """`work` gives how long each waited."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    waits = sorted(work())
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Came(len(waits), seconds, waits[int(len(waits) * 0.99)] * 1e3, waits[-1] * 1e3, used / len(waits) * 1e6)


def ours(address: str, connections: int) -> Callable[[Load], list[float]]:
    """The store of this process."""
    store: Store = PostgresStore(address, time.time, connections) if "://" in address else SqliteStore(Path(address), time.time)
    now = int(time.time()) // 900 * 900 + AHEAD

    def furnish(unit: Unit, now: int) -> None:
        unit.put_lot(Lot("L", "东站", 36.7, 117.5))
        for name in (*(f"S{k}" for k in range(SPACES)), *(f"H{k}" for k in range(HOT))):
            unit.put_place(Place(name, "L", 1, numbered=True))

    store.submit(furnish).result()

    async def one(load: Load, bridge: Bridge, number: int, k: int) -> None:
        name, client = f"{load.name}-{number}-{k}", f"c{number}"
        place, slot = load.where(number, k)
        wanted = Interval(now + slot * 60, now + slot * 60 + 60)
        quote = Quote(name, client, "L", place, wanted, Terms(0), now - AHEAD, now + AHEAD)
        command = Hold(name, client, name, Plate(name.encode(), b"sealed", "鲁A·1**45", PlateColor.BLUE), at_once=not load.pairs)
        if not load.pairs:
            await bridge.run(lambda unit, at: hold_offered(unit, command, quote, at, RULES).id)
            return
        await bridge.run(lambda unit, at: _held(unit, quote, command, at))
        await bridge.run(lambda unit, at: confirm(unit, name, client, at).version)

    async def all_of_them(load: Load) -> list[float]:
        bridge, until = Bridge(store), time.perf_counter() + load.seconds
        waits: list[list[float]] = await asyncio.gather(*(
            repeated(lambda k, number=number: one(load, bridge, number, k), until)  # type: ignore[misc]
            for number in range(load.first, load.clients, load.step)
        ))  # fmt: skip
        return [wait for some in waits for wait in some]

    return lambda load: asyncio.run(all_of_them(load))


def _held(unit: Unit, quote: Quote, command: Hold, now: int) -> str:
    unit.put_quote(quote)
    return hold(unit, command, now, RULES).id


async def repeated(go: Callable[[int], Awaitable[None]], until: float) -> list[float]:
    """One client."""
    waits: list[float] = []
    while (began := time.perf_counter()) < until:
        await go(len(waits))
        waits.append(time.perf_counter() - began)
    return waits


def threads(make: Callable[[], Any], go: Callable[[Any, Load, int, int], None]) -> Callable[[Load], list[float]]:
    """A connection and a thread a client."""

    def work(load: Load) -> list[float]:
        waits: list[float] = []
        numbers = range(load.first, load.clients, load.step)
        connections = [make() for _ in numbers]
        until = time.perf_counter() + load.seconds

        def client(number: int, connection: Any) -> None:
            mine: list[float] = []
            while (began := time.perf_counter()) < until:
                go(connection, load, number, len(mine))
                mine.append(time.perf_counter() - began)
            waits.extend(mine)

        running = [threading.Thread(target=client, args=one) for one in zip(numbers, connections, strict=True)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        for connection in connections:
            connection.close()
        return waits

    return work


def bare(connection: Any, load: Load, number: int, k: int) -> None:
    """One row of PostgreSQL."""
    place, slot = load.where(number, k)
    connection.execute("INSERT INTO bare (place_id, starts, ends) VALUES (%s, %s, %s)", (place, slot * 60, slot * 60 + 60))


def bare_sqlite(connection: Any, load: Load, number: int, k: int) -> None:
    """One row of SQLite, which has no exclusion constraint."""
    place, slot = load.where(number, k)
    connection.execute("insert into bare (p, s, e) values (?, ?, ?)", (place, slot * 60, slot * 60 + 60))


def records(connection: Any, load: Load, number: int, k: int) -> None:
    """What any booking must write, in the tables of the store."""
    (place, slot), name = load.where(number, k), f"{load.name}-{number}-{k}"
    start, end, client, plate = slot * 60, slot * 60 + 60, f"c{number}", name.encode()
    with connection.pipeline():
        connection.execute("BEGIN")
        connection.execute("INSERT INTO claims VALUES (%s, %s, %s, %s, true)", (name, place, start, end))
        connection.execute(
            "INSERT INTO reservations"
            " (id, client, lot_id, place_id, starts, ends, plate_key, state, version, created, updated, due, body)"
            " VALUES (%s, %s, 'L', %s, %s, %s, %s, 'confirmed', 1, 0, 0, %s, %s)",
            (name, client, place, start, end, plate, start + 1800, BODY),
        )
        connection.execute(
            "INSERT INTO outbox (reservation_id, sequence, type, at, client, data) VALUES (%s, 1, 'reservation.confirmed', 0, %s, %s)",
            (name, client, BODY[:100]),
        )
        connection.execute("COMMIT")


def _postgres(address: str) -> Callable[[], Any]:
    return lambda: psycopg.connect(address, autocommit=True, prepare_threshold=0)


def _sqlite(path: str) -> Callable[[], Any]:
    def make() -> Any:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for statement in ("pragma journal_mode = wal", "pragma synchronous = full", "create table if not exists bare (p, s, e)"):
            connection.execute(statement)
        return connection

    return make


def main(kind: str, address: str) -> None:
    """Until the input ends."""
    if kind.startswith("ours"):
        work = ours(address, 2 if kind == "ours2" else CONNECTIONS)
    elif "://" in address:
        work = threads(_postgres(address), bare if kind == "bare" else records)
    else:
        work = threads(_sqlite(address), bare_sqlite)
    print("ready", flush=True)
    for line in sys.stdin:
        load = Load(*json.loads(line))
        print(json.dumps(came(load, lambda load=load: work(load))), flush=True)  # type: ignore[misc]


if __name__ == "__main__":
    main(*sys.argv[1:])
