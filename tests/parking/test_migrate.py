"""Migrations of parking databases: from nothing, from the first tables with data, several at once, a newer one refused."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool

from server.parking.migrate import NewerDatabase, configuration, migrate, revisions, stamped
from server.parking.postgres_store import PostgresStore
from server.parking.records_codec import row
from server.parking.schema import METADATA
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.parking.conformance import NOW, made
from tests.support.postgres import fresh_database, postgres_server


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as one:
        yield one


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, server: str, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/parking.db"
        return
    with fresh_database(server) as address:
        yield f"postgresql+psycopg://{address.partition('://')[2]}"


def opened(url: str) -> Store:
    where = url.partition("://")[2]
    if url.startswith("sqlite"):
        return SqliteStore(Path(where.removeprefix("/")), lambda: NOW)
    return PostgresStore(f"postgresql://{where}", lambda: NOW)


def written(url: str, statement: str, values: tuple[object, ...] = ()) -> None:
    where = url.partition("://")[2]
    if url.startswith("sqlite"):
        file = sqlite3.connect(where.removeprefix("/"))
        file.execute(statement.replace("%s", "?"), values)
        file.commit()
        file.close()
        return
    with psycopg.connect(f"postgresql://{where}") as connection:
        connection.execute(statement, values)


def test_from_nothing_and_again(url: str) -> None:
    assert stamped(url) is None
    migrate(url)
    assert stamped(url) == revisions()[-1]
    migrate(url)


def test_the_first_tables_with_data_are_upgraded(url: str) -> None:
    migrate(url, revisions()[0])
    one = made("a")
    columns = "client, lot_id, place_id, starts, ends, plate_key, state, version, updated, due, body, id, created"
    written(url, f"INSERT INTO reservations ({columns}) VALUES ({', '.join(['%s'] * 13)})", (*row(one, None), one.id, one.created))
    store = opened(url)
    assert stamped(url) == revisions()[-1]
    assert store.read(lambda unit: unit.reservation("a")) == one
    store.close()


def test_migrations_build_what_the_schema_says_and_take_it_down_again(url: str) -> None:
    migrate(url)
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
        assert compare_metadata(context, METADATA) == []
    command.downgrade(configuration(url), "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(url)
    engine.dispose()


def test_a_difference_is_found(url: str) -> None:
    migrate(url)
    written(url, "ALTER TABLE quotes ADD COLUMN more bigint")
    written(url, "DROP INDEX bars_of_plate")
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
        assert {one[0] for one in compare_metadata(context, METADATA)} == {"remove_column", "add_index"}
    engine.dispose()


def ours(thing: object, name: str | None, kind: str, reflected: bool, compared_to: object) -> bool:
    """Without what the migrations alone know of: marks, and what PostgreSQL has beside tables and indexes."""
    return not (kind == "table" and name in ("marks", "pool_slots")) and not (kind == "index" and name == "one_at_a_time")


def test_a_newer_database_is_refused_in_one_sentence_and_left_alone(url: str) -> None:
    migrate(url)
    written(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(NewerDatabase, match=rf"^the parking database has tables of version 9999, .* {revisions()[-1]}: a newer .*$"):
        opened(url)
    assert stamped(url) == "9999"


def test_processes_that_start_together_upgrade_once(server: str) -> None:
    with fresh_database(server) as address:
        url = f"postgresql+psycopg://{address.partition('://')[2]}"
        script = f"from server.parking.migrate import migrate; migrate({url!r})"
        runs = [subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) for _ in range(3)]
        for run in runs:
            _, told = run.communicate(timeout=60)
            assert run.returncode == 0, told
        assert stamped(url) == revisions()[-1]


def test_a_database_that_is_up_to_date_needs_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/parking.db"
    migrate(url)
    script = f"import sys; from server.parking.migrate import migrate; migrate({url!r}); sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_two_stores_of_one_process_may_open_one_file_in_turn(tmp_path: Path) -> None:
    for _ in range(2):
        store = SqliteStore(tmp_path / "parking.db", lambda: NOW)
        assert store.submit(lambda unit, now: threading.current_thread().name).result(30) == "parking-writer"
        store.close()
