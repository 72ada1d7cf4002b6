"""A parking service built the ways that are known not to work, for proofs over HTTP: each must be caught by the same checker."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import parking.booking
import parking.ledger
import parking.stays
import parking.waiting
import server.parking.availability
import server.parking.desk
import server.parking.postgres_store
import server.parking.service
from parking.profile import fits
from parking.records import Interval, Place, Reservation
from server.parking.migrate import migrate
from server.parking.sqlite_store import SqliteStore
from server.parking.sqlite_unit import SqliteUnit
from server.parking.store import Clock
from tests.support.broken_parking import BrokenStore, rounded_split


def break_service(way: str) -> None:
    """In this process, before it serves."""
    {
        "naive": _naive, "unswept": _unswept, "rounding": _rounding, "early": _early, "keyless": _keyless, "unmatched": _unmatched,
        "look": lambda: _on_postgres("naive"), "row_locks": lambda: _on_postgres("row_locks"),
        "place_lock": lambda: _on_postgres("place_lock"),
    }[way]()  # fmt: skip


def _naive() -> None:
    """Looks for room on another connection than it writes on: commands of one commit do not see each other."""
    mine = threading.local()
    look = server.parking.availability.claims_of

    def committed(unit: Any) -> SqliteUnit:
        if not hasattr(mine, "connection"):
            (path,) = (row[2] for row in unit.sql("pragma database_list") if row[1] == "main")
            mine.connection = sqlite3.connect(path, isolation_level=None)
        return SqliteUnit(mine.connection)

    def claim(unit: SqliteUnit, reservation: Reservation, place: Place, span: Interval) -> bool:
        others = committed(unit).sql(
            "select starts, ends from claims where place_id = ? and ends > ? and starts < ? and reservation_id <> ?",
            place.id, span.start, span.end, reservation.id,
        )  # fmt: skip
        if not fits([(start, end) for start, end in others], span, place.room):
            return False
        unit.sql("insert or replace into claims values (?, ?, ?, ?, ?)", reservation.id, place.id, *span, place.numbered)
        return True

    SqliteUnit.claim = claim  # type: ignore[method-assign]
    server.parking.availability.claims_of = lambda unit, *more: look(committed(unit), *more)


def _unswept() -> None:
    """Lapsed holds stay."""
    for module in (parking.booking, parking.stays, parking.waiting):
        module.sweep = lambda unit, place_id, span, now: None  # type: ignore[attr-defined]
    server.parking.service.lapse = lambda unit, one, now: one  # type: ignore[attr-defined]


def _rounding() -> None:
    parking.ledger.split = rounded_split


def _early() -> None:
    """Tells before it is durable."""
    carry_out, wait = SqliteStore._transaction, threading.Event()

    def early(self: SqliteStore, jobs: list[Any]) -> list[Any]:
        (connection, self._connection) = (self._connection, _Slow(self._connection, jobs, wait))  # type: ignore[assignment]
        try:
            return carry_out(self, [(_told(rule, pending), pending) for rule, pending in jobs])
        finally:
            self._connection = connection

    def _told(rule: Callable[..., Any], pending: Any) -> Callable[..., Any]:
        def run(unit: Any, now: int) -> Any:
            result = rule(unit, now)
            pending.set_result(result)
            return result

        return run

    SqliteStore._transaction = early  # type: ignore[method-assign]


class _Slow:
    """A connection that commits a little later."""

    def __init__(self, connection: sqlite3.Connection, jobs: list[Any], wait: threading.Event) -> None:
        self._connection, self._wait = connection, wait

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        if statement == "commit":
            self._wait.wait(0.05)
        return self._connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


def _keyless() -> None:
    """Does again what it did."""
    server.parking.desk.once = lambda unit, client, key, fingerprint, now, command: command()  # type: ignore[attr-defined]


def _unmatched() -> None:
    """Takes any version for the one that is meant."""
    server.parking.desk.expected_versions = lambda headers: None


def _on_postgres(way: str) -> None:
    class Store(BrokenStore):
        """Every command on a thread of its own."""

        def __init__(self, address: str, source: Callable[[], float]) -> None:
            migrate("postgresql+psycopg://" + address.partition("://")[2])
            super().__init__(address, way, 0)
            self.clock, self._threads = Clock(source), ThreadPoolExecutor(12)

        def submit(self, rule: Any) -> Any:
            self._now = self.clock.now()
            return super().submit(rule)

        def hand_in(self, rule: Any, pending: Any) -> None:
            def run() -> None:
                future = self.submit(rule)
                wrong = future.exception()
                pending.set_result(future.result()) if wrong is None else pending.set_exception(wrong)

            self._threads.submit(run)

    server.parking.postgres_store.PostgresStore = Store  # type: ignore[assignment,misc]
