"""The store of SQLite or that of PostgreSQL, for tests that both must pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.postgres import fresh_database


@contextmanager
def either_store(kind: str, folder: Path, server: Callable[[], str], now: int, connections: int = 1) -> Iterator[Store]:
    """`kind`: sqlite or postgres, on a database of its own; `server` gives the address of PostgreSQL when it is needed."""
    if kind == "sqlite":
        with closing(SqliteStore(folder / "parking.db", lambda: now)) as store:
            yield store
        return
    with fresh_database(server()) as address, closing(PostgresStore(address, lambda: now, connections=connections)) as store:
        yield store
