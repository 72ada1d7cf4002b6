"""Brings a parking database to the newest tables. Old databases are upgraded in place by Alembic; newer ones are refused.

A database that is up to date is found so without Alembic and SQLAlchemy, which take longer to import than everything else at start.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from alembic.config import Config

HERE = Path(__file__).parent
_VERSION = "SELECT version_num FROM alembic_version"


def migrate(url: str, revision: str = "") -> None:
    """Upgrades to the newest tables (or to `revision`); does nothing when they are there. `url`: SQLAlchemy form, `sqlite:///path` or
    `postgresql+psycopg://…`. Raises NewerDatabase for one of a later version, MigrationFailed, and what the driver raises where there
    is no connection."""
    known, stored = revisions(), stamped(url)
    if stored == (revision or known[-1]):
        return
    if stored is not None and stored not in known:
        raise NewerDatabase(
            f"the parking database has tables of version {stored}, and this version of Baimai knows none after {known[-1]}:"
            " a newer version made it"
        )
    from alembic import command
    from sqlalchemy.exc import DBAPIError

    try:
        command.upgrade(configuration(url), revision or known[-1])
    except DBAPIError as wrong:
        orig = wrong.orig
        if (isinstance(orig, psycopg.OperationalError) and orig.sqlstate is None) or "locked" in str(orig):
            raise orig from None
        raise MigrationFailed(str(orig)) from wrong


def configuration(url: str) -> Config:
    """Alembic's, for the database at `url`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(HERE / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def revisions() -> list[str]:
    """All revisions there are, oldest first: the beginnings of the files' names."""
    return sorted(path.name.partition("_")[0] for path in (HERE / "migrations" / "versions").glob("0*.py"))


def stamped(url: str) -> str | None:
    """The revision of the database; None when it has no tables yet."""
    kind, _, where = url.partition("://")
    try:
        if kind == "sqlite":
            path = where.removeprefix("/")
            with closing(sqlite3.connect(path)) as file:
                found = file.execute(_VERSION).fetchone()
        else:
            with psycopg.connect(f"postgresql://{where}") as connection:
                found = connection.execute(_VERSION).fetchone()
    except (sqlite3.OperationalError, psycopg.errors.UndefinedTable):
        return None
    return str(found[0]) if found else None


class NewerDatabase(Exception):
    """Its tables are of a version this program does not know."""


class MigrationFailed(Exception):
    """The database refused a change of its tables; none of it was kept."""
