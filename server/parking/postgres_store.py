"""The production store: PostgreSQL, a few connections, each a thread that runs one command after another in transactions of its own.

Several processes may share the database. A transaction that PostgreSQL ends for a deadlock or a broken serialization runs again.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from server.parking.migrate import migrate
from server.parking.postgres_unit import PostgresUnit
from server.parking.store import Clock, ClosedStore, Pending, Rule, ServiceUnit

T = TypeVar("T")
CONNECTIONS = 16
"""writers of one process: beyond some 16 on two cores more wait for each other than work"""
AGAIN = 10
"""runs of one command, when PostgreSQL ends it for others' sake"""
_LOSERS = (errors.DeadlockDetected, errors.SerializationFailure)
_Job = tuple[Rule[Any], Pending]


class PostgresStore:
    """The store of one database (libpq URI). `source` is the machine's clock (epoch s)."""

    def __init__(self, address: str, source: Callable[[], float], connections: int = CONNECTIONS) -> None:
        """Creates or upgrades the tables."""
        migrate("postgresql+psycopg://" + address.partition("://")[2])
        self._address = address
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._readers = threading.local()
        self._reading: list[psycopg.Connection[Any]] = []
        self._closing = threading.Lock()
        self._closed = False
        self.runs_again = 0
        """transactions that had to run again"""
        with psycopg.connect(address) as connection:
            newest = connection.execute("SELECT coalesce(max(updated), 0) FROM reservations").fetchone()
        self.clock = Clock(source, int(newest[0]) if newest else 0)
        self._threads = [threading.Thread(target=self._write, name=f"parking-{k}", daemon=True) for k in range(connections)]
        for thread in self._threads:
            thread.start()

    def submit(self, rule: Rule[T]) -> Future[T]:
        """See Store."""
        future: Future[T] = Future()
        self.hand_in(rule, future)
        return future

    def hand_in(self, rule: Rule[Any], pending: Pending) -> None:
        """See Store."""
        with self._closing:
            if self._closed:
                raise ClosedStore("the parking store is closed")
            self._jobs.put((rule, pending))

    def read(self, question: Callable[[ServiceUnit], T]) -> T:
        """See Store: a repeatable-read, read-only transaction on a connection of the calling thread."""
        connection = getattr(self._readers, "connection", None)
        if connection is None or connection.closed:
            connection = psycopg.connect(self._address)
            connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
            self._readers.connection = connection
            self._reading.append(connection)
        with connection.transaction():
            return question(PostgresUnit(connection, locking=False))

    def close(self) -> None:
        """See Store."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
            for _ in self._threads:
                self._jobs.put(None)
        for thread in self._threads:
            thread.join()
        for connection in self._reading:
            connection.close()

    def _write(self) -> None:
        """One writer thread."""
        connection = self._connect()
        while (job := self._jobs.get()) is not None:
            rule, future = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                if connection.closed:
                    connection = self._connect()
                result = self._carry_out(connection, rule)
            except Exception as wrong:
                future.set_exception(wrong)
            else:
                future.set_result(result)
        connection.close()

    def _carry_out(self, connection: psycopg.Connection[Any], rule: Rule[T]) -> T:
        for run in range(AGAIN):
            try:
                with connection.transaction():
                    return rule(PostgresUnit(connection), self.clock.now())
            except _LOSERS:
                self.runs_again += 1
                if run == AGAIN - 1:
                    raise
        raise AssertionError("not reached")

    def _connect(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(self._address)
        connection.prepare_threshold = 2
        return connection
