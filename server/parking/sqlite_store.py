"""The embedded store: SQLite in WAL mode with synchronous=FULL, one writer thread, group commit.

Commands that wait together share one transaction and one fsync; each runs in a savepoint of its own, so one that is refused takes
nothing with it. A result is told only after the commit that holds it: whoever was told something finds it again after a power cut.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from parking.refusals import Refusal
from server.parking.handing_in import HandingIn, Job
from server.parking.migrate import migrate
from server.parking.sqlite_unit import SqliteUnit
from server.parking.store import Clock, ServiceUnit, StoreFault

T = TypeVar("T")
BATCH = 256
"""commands in one transaction at most: the 257th waits some 20 ms"""
_PRAGMAS = ("journal_mode = wal", "synchronous = full", "busy_timeout = 10000", "foreign_keys = on", "cache_size = -65536")


class SqliteStore(HandingIn):
    """The store of one file. `source` is the machine's clock (epoch s)."""

    def __init__(self, path: Path, source: Callable[[], float]) -> None:
        """Creates or upgrades the tables."""
        migrate(f"sqlite:///{path}")
        self._path = path
        super().__init__()
        self._readers = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._connection = self._open()
        self._marked = int(self._connection.execute("select value from marks where name = 'now'").fetchone()[0])
        self.clock = Clock(source, self._marked)
        self.batches = 0
        """transactions committed so far"""
        self._thread = threading.Thread(target=self._write, name="parking-writer", daemon=True)
        self._thread.start()

    def read(self, question: Callable[[ServiceUnit], T]) -> T:
        """See Store: one reading transaction on a connection of the calling thread."""
        connection = getattr(self._readers, "connection", None)
        if connection is None:
            connection = self._readers.connection = self._open()
            connection.execute("pragma query_only = on")
            self._reading.append(connection)
        try:
            connection.execute("begin")
            return question(SqliteUnit(connection))
        except sqlite3.OperationalError as failed:
            raise StoreFault(str(failed)) from failed
        finally:
            if connection.in_transaction:
                connection.execute("rollback")

    def close(self) -> None:
        """See Store."""
        if not self._end(1):
            return
        self._thread.join()
        for connection in (self._connection, *self._reading):
            connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=256)
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")
        return connection

    def _write(self) -> None:
        """The writer thread."""
        going_on = True
        while going_on:
            jobs, going_on = self._take(BATCH)
            if not jobs:
                continue
            try:
                done = self._transaction(jobs)
            except Exception as failed:
                self._give_up(jobs, failed)
                continue
            for (_, future), (result, wrong) in zip(jobs, done, strict=True):
                if wrong is not None:
                    future.set_exception(wrong)
                else:
                    future.set_result(result)

    def _transaction(self, jobs: list[Job]) -> list[tuple[Any, BaseException | None]]:
        run = self._connection.execute
        done: list[tuple[Any, BaseException | None]] = []
        unit, now = SqliteUnit(self._connection), self.clock.now()
        run("begin immediate")
        if now > self._marked:
            run("update marks set value = ? where name = 'now'", (now,))
        for rule, _ in jobs:
            run("savepoint command")
            try:
                done.append((rule(unit, now), None))
                run("release command")
            except sqlite3.OperationalError:
                raise
            except Exception as refused:
                run("rollback to command")
                run("release command")
                unit.forget()
                if isinstance(refused, Refusal):  # its traceback leads to this frame, hence to `done`: cycles for the collector to find
                    refused.__traceback__ = refused.__context__ = None
                done.append((None, refused))
        run("commit")
        self._marked = now
        self.batches += 1
        return done

    def _give_up(self, jobs: list[Job], failed: Exception) -> None:
        """A transaction failed as a whole (disk full, I/O error, held by another process): everybody hears of it. The next one begins
        on a new connection where this one cannot even be rolled back."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("rollback")
        except sqlite3.Error:
            self._connection.close()
            self._connection = self._open()
        for _, future in jobs:
            future.set_exception(StoreFault(str(failed)) if isinstance(failed, sqlite3.Error) else failed)
