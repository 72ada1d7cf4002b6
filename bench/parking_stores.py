"""Durable reservations per second (hold, then confirm): SQLite and PostgreSQL beside bare insert loops, at 1 to 64 clients."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from bench.rows import Row
from parking.booking import Hold, confirm, hold
from parking.model import PlateColor
from parking.records import Interval, Lot, Place, Plate, Quote, Terms
from parking.refusals import Refusal
from parking.rules import Rules
from parking.unit import Unit
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.postgres import fresh_database, postgres_server

RULES = Rules(most_holds=100)
SPACES, QUARTER, AHEAD = 2000, 900, 86_400
Client = Callable[[int, int], bool]
"""(client, turn) → whether it got what it wanted"""


def run(smoke: bool) -> Iterator[Row | str]:
    """Bare and whole in turn, for every number of clients, spread over 2,000 spaces and on one."""
    seconds, clients = (0.3, (1, 8)) if smoke else (4.0, (1, 8, 32, 64))
    with (
        tempfile.TemporaryDirectory() as folder, postgres_server() as server, fresh_database(server) as address, ExitStack() as ends
    ):  # fmt: skip
        stores: tuple[Store, Store] = (PostgresStore(address, time.time), SqliteStore(Path(folder) / "parking.db", time.time))
        pairs = (
            ("PostgreSQL", _whole(stores[0]), "bare insert, exclusion constraint", _bare_postgres(address, ends)),
            ("SQLite", _whole(stores[1]), "bare insert, one client", _bare_sqlite(Path(folder) / "bare.db", ends)),
        )
        turn = 0
        for hot in (False, True):
            for count in clients:
                for name, whole, bare_name, bare in pairs:
                    turn += 1
                    where = "one hot space" if hot else "spread"
                    ours, waits = _load(whole(hot, turn), count, seconds)
                    theirs, _ = _load(bare(hot, turn), 1 if name == "SQLite" else count, seconds)
                    yield Row(f"{name}, {where}, {count} clients", ours, theirs, bare_name, "reservations/s", True)
                    worst = f"p99 {_part(waits, 0.99):.0f} ms, max {max(waits) * 1e3:.0f} ms"
                    yield f"{name}, {where}, {count} clients: hold and confirm {worst}"
        for store in stores:
            store.close()


def _part(waits: list[float], share: float) -> float:
    return sorted(waits)[int(len(waits) * share)] * 1e3


def _whole(store: Store) -> Callable[[bool, int], Callable[[int], Client]]:
    """Hold and confirm through the store; two commands, two answers waited for."""
    now = int(time.time()) // QUARTER * QUARTER + AHEAD
    places = [Place(f"S{k}", "L", 1, numbered=True) for k in range(SPACES)] + [Place(f"H{k}", "L", 1, numbered=True) for k in range(64)]

    def furnish(unit: Unit, now: int) -> None:
        unit.put_lot(Lot("L", "东站", 36.7, 117.5))
        for one in places:
            unit.put_place(one)

    store.submit(furnish).result()

    def make(hot: bool, turn: int) -> Callable[[int], Client]:
        def client(number: int) -> Client:
            def go(number: int, k: int) -> bool:
                name = f"{turn}-{number}-{k}"
                place, slot = _where(hot, turn, number, k)
                wanted = Interval(now + slot * 60, now + slot * 60 + 60)
                quote = Quote(name, f"c{number}", "L", place, wanted, Terms(0), now, now + AHEAD)
                command = Hold(name, quote.client, name, Plate(name.encode(), b"sealed", "鲁A·1**45", PlateColor.BLUE))
                store.submit(partial(_hold, quote, command)).result()
                store.submit(lambda unit, at: confirm(unit, name, quote.client, at)).result()
                return True

            return go

        return client

    return make


def _hold(quote: Quote, command: Hold, unit: Unit, now: int) -> str:
    unit.put_quote(quote)
    return hold(unit, command, now, RULES).id


def _where(hot: bool, turn: int, number: int, k: int) -> tuple[str, int]:
    """A place and a minute nobody else takes."""
    if hot:
        return f"H{turn}", number + 64 * k
    return f"S{(number * 31 + k) % SPACES}", (turn * 64 + number) * 100 + k // SPACES


def _bare_postgres(address: str, ends: ExitStack) -> Callable[[bool, int], Callable[[int], Client]]:
    with psycopg.connect(address) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        connection.execute(
            "CREATE TABLE bare (id bigserial PRIMARY KEY, place_id text NOT NULL, starts bigint NOT NULL, ends bigint NOT NULL,"
            " EXCLUDE USING gist (place_id WITH =, int8range(starts, ends) WITH &&))"
        )

    def make(hot: bool, turn: int) -> Callable[[int], Client]:
        def client(number: int) -> Client:
            connection = psycopg.connect(address, autocommit=True, prepare_threshold=1)
            ends.callback(connection.close)

            def go(number: int, k: int) -> bool:
                place, slot = _where(hot, turn, number, k)
                connection.execute("INSERT INTO bare (place_id, starts, ends) VALUES (%s, %s, %s)", (place, slot * 60, slot * 60 + 60))
                return True

            return go

        return client

    return make


def _bare_sqlite(path: Path, ends: ExitStack) -> Callable[[bool, int], Callable[[int], Client]]:
    def make(hot: bool, turn: int) -> Callable[[int], Client]:
        connection: Any = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        ends.callback(connection.close)
        for statement in ("pragma journal_mode = wal", "pragma synchronous = full", "create table if not exists bare (p, s, e)"):
            connection.execute(statement)

        def client(number: int) -> Client:
            def go(number: int, k: int) -> bool:
                place, slot = _where(hot, turn, number, k)
                connection.execute("insert into bare values (?, ?, ?)", (place, slot * 60, slot * 60 + 60))
                return True

            return go

        return client

    return make


def _load(make: Callable[[int], Client], clients: int, seconds: float) -> tuple[float, list[float]]:
    """Successes per second, and how long each waited."""
    counts, waits = [0] * clients, []
    until = time.perf_counter() + seconds

    def work(number: int) -> None:
        go, k, mine = make(number), 0, []
        while (began := time.perf_counter()) < until:
            try:
                counts[number] += go(number, k)
            except Refusal:
                raise AssertionError("nobody else wanted that time") from None
            k += 1
            mine.append(time.perf_counter() - began)
        waits.extend(mine)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - began), waits
