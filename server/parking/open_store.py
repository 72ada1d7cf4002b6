"""The store that a data directory's `parking.toml` names: the embedded file, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from server.parking.configuration import DATABASE
from server.parking.store import Store


def open_store(directory: Path, database: str, clock: Callable[[], float]) -> Store:
    """Creates or upgrades the tables. Several processes may have it open. `database`: address of PostgreSQL, empty for the file in the
    directory; `clock`: epoch s. Raises what the databases' drivers raise, NewerDatabase, MigrationFailed."""
    if database:
        from server.parking.postgres_store import PostgresStore

        return PostgresStore(database, clock)
    from server.parking.sqlite_store import SqliteStore

    return SqliteStore(directory / DATABASE, clock)
