"""Durable reservations per second, SQLite and PostgreSQL, beside bare insert loops at the same number of clients in the same run.

A reservation at once is one command, one acknowledged durable answer: what `confirm: true` does over HTTP. Hold and confirm are two.
Clients run in processes of their own, as those of the bare loops do, which are tried in one process and in two: the faster counts.
The bare loop has the store's own exclusion constraint, whose index is several times faster than the usual one over texts.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import psycopg

from bench.processes import Started, started
from bench.rows import Row
from bench.store_clients import Came, Load
from server.parking.migrate import migrate
from tests.support.postgres import fresh_database, postgres_server

BARE, RECORDS = "bare inserts, exclusion constraint", "bare transactions: reservation, claim, event"
SQLITE = "bare insert, one client"
_TABLE = (
    "CREATE TABLE bare (id bigserial PRIMARY KEY, place_id text NOT NULL, starts bigint NOT NULL, ends bigint NOT NULL,"
    " EXCLUDE USING gist (hashtextextended(place_id, 0) WITH =, int8range(starts, ends) WITH &&))"
)


def run(smoke: bool) -> Iterator[Row | str]:
    """Rows in reservations/s; of hold and confirm also in commands/s."""
    seconds, counts = (0.3, (1, 8)) if smoke else (3.0, (1, 8, 32, 64))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(postgres_server())
        addresses = [stack.enter_context(fresh_database(server)) for _ in range(2)]
        migrate("postgresql+psycopg://" + addresses[1].partition("://")[2])
        with psycopg.connect(addresses[1]) as connection:
            connection.execute(_TABLE)
        clients = Clients(stack, addresses, folder)
        clients.at("ours", 0.2 if smoke else 2.0, 8, False, False)  # caches are filled, plans made
        for hot in (False, True):
            for count in counts:
                yield from clients.postgres(seconds, count, hot)
        for count in counts:
            yield from clients.pairs(seconds, count)
        for hot in (False, True):
            for count in counts:
                came, _ = clients.at("sqlite", seconds, count, hot, False)
                bare, _ = clients.at("bare sqlite", seconds, 1, hot, False)
                yield Row(f"SQLite, at once, {_where(hot)}, {count} clients", _rate(came), _rate(bare), SQLITE, "reservations/s", True)


class Clients:
    """The processes."""

    def __init__(self, stack: ExitStack, addresses: Sequence[str], folder: Path) -> None:
        said = {
            "ours": ("ours", addresses[0], 1), "two": ("ours2", addresses[0], 1),
            "bare": ("bare", addresses[1], 1), "bare 2": ("bare", addresses[1], 2),
            "records": ("records", addresses[1], 1), "records 2": ("records", addresses[1], 2),
            "sqlite": ("ours", str(folder / "parking.db"), 1), "bare sqlite": ("bare", str(folder / "bare.db"), 1),
        }  # fmt: skip
        self._running = {
            name: [stack.enter_context(started(["-m", "bench.store_clients", kind, address])) for _ in range(many)]
            for name, (kind, address, many) in said.items()
        }  # fmt: skip
        self._turn = 0
        self._server = _server_of(addresses[0])

    def at(self, name: str, seconds: float, count: int, hot: bool, pairs: bool) -> tuple[list[Came], float]:
        """What came of a load in each of its processes, and the processor µs the database used for one reservation."""
        self._turn += 1
        processes: list[Started] = self._running[name][:count]
        before = _database_seconds(self._server)
        for k, one in enumerate(processes):
            load = Load(str(self._turn), count, k, len(processes), seconds, hot, pairs)
            one.standard_input.write(json.dumps(load) + "\n")
            one.standard_input.flush()
        done = [Came(*json.loads(one.standard_output.readline())) for one in processes]
        time.sleep(0.05)  # the server hears of connections that were closed
        return done, (_database_seconds(self._server) - before) / sum(one.total for one in done) * 1e6

    def postgres(self, seconds: float, count: int, hot: bool) -> Iterator[Row | str]:
        """Reservations at once beside both baselines."""
        came, cost = self.at("ours", seconds, count, hot, False)
        bare, bare_cost = self._best("bare", seconds, count, hot)
        whole, whole_cost = self._best("records", seconds, count, hot)
        name = f"PostgreSQL, at once, {_where(hot)}, {count} clients"
        yield Row(name, _rate(came), _rate(bare), BARE, "reservations/s", True)
        if not hot:
            two, _ = self.at("two", seconds, count, hot, False)
            yield Row(f"{name}, two that write", _rate(two), _rate(bare), BARE, "reservations/s", True)
        yield Row(f"{name}, records", _rate(came), _rate(whole), RECORDS, "reservations/s", True)
        costs = [f"{one[0].cost:.0f} + {database:.0f}" for one, database in ((came, cost), (bare, bare_cost), (whole, whole_cost))]
        yield (
            f"{name}: p99 {came[0].p99:.1f} ms, max {came[0].worst:.0f} ms; processor µs for one, client's side + database: store"
            f" {costs[0]}, bare {costs[1]}, records {costs[2]}"
        )

    def pairs(self, seconds: float, count: int) -> Iterator[Row | str]:
        """Hold, then confirm."""
        came, _ = self.at("ours", seconds, count, False, True)
        bare, _ = self._best("bare", seconds, count, False)
        name = f"PostgreSQL, hold + confirm, {count} clients"
        yield Row(name, _rate(came), _rate(bare), BARE, "reservations/s", True)
        yield Row(f"{name}, commands", 2 * _rate(came), _rate(bare), BARE, "commands/s", True)

    def _best(self, name: str, seconds: float, count: int, hot: bool) -> tuple[list[Came], float]:
        tried = [self.at(one, seconds, count, hot, False) for one in ((name,) if count == 1 else (name, f"{name} 2"))]
        return max(tried, key=lambda one: _rate(one[0]))


def _rate(came: Sequence[Came]) -> float:
    return sum(one.total / one.seconds for one in came)


def _where(hot: bool) -> str:
    return "one hot space" if hot else "spread"


def _server_of(address: str) -> str:
    """Number of the process of the database server; those of connections are its children. Empty where it runs elsewhere."""
    with psycopg.connect(address) as connection:
        path = Path(f"/proc/{connection.info.backend_pid}/stat")
        return path.read_text().rpartition(")")[2].split()[1] if path.exists() else ""


def _database_seconds(server: str) -> float:
    """Processor time of the database server and its connections, those that have ended included."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            said = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if server in (path.parent.name, said[1]):
            ticks += sum(map(int, said[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")
