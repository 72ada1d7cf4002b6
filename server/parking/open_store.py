"""The store that a data directory's `parking.toml` names: the embedded file, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from server.parking.configuration import DATABASE, Configuration
from server.parking.store import Store


def open_store(directory: Path, configuration: Configuration, clock: Callable[[], float]) -> Store:
    """Creates or upgrades the tables. Several processes may have it open. `clock`: epoch s."""
    if configuration.database:
        from server.parking.postgres_store import PostgresStore

        return PostgresStore(configuration.database, clock)
    from server.parking.sqlite_store import SqliteStore

    return SqliteStore(directory / DATABASE, clock)
