"""The conformance suite on a dict, on SQLite and on PostgreSQL, and what only one of them can do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from parking.changes import event_of
from parking.records import Interval
from parking.refusals import Code, Refusal
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Kept, ServiceUnit, Store, StoreFault
from tests.parking.conformance import NOW, SPACE, Conformance, made
from tests.support.dict_parking import DictServer, DictStore
from tests.support.postgres import emptied, fresh_database, postgres_server


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as one:
        yield one


class TestDict(Conformance):
    """The model itself."""

    @pytest.fixture
    def opened(self) -> Callable[[], Store]:
        rows, newest = DictStore(), [0]

        def clock() -> float:
            newest[0] = max(newest[0], int(self.now))
            return newest[0]

        return lambda: DictServer(clock, rows)


class TestSqlite(Conformance):
    """One file."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[], Store]:
        self.path = tmp_path / "parking.db"
        return lambda: SqliteStore(self.path, lambda: self.now)

    def test_a_full_disk_loses_nothing_that_was_told_and_the_store_goes_on(self, store: SqliteStore) -> None:
        limited = threading.Event()

        def limit(unit: Any, now: int) -> None:
            pages = unit._run("pragma page_count").fetchone()[0]
            unit._run(f"pragma max_page_count = {pages + 40}")
            limited.set()

        store.submit(limit).result(30)
        futures = {name: store.submit(self._large(name)) for name in (f"r{k}" for k in range(400))}
        kept = {name for name, future in futures.items() if future.exception(30) is None}
        failed = [future.exception() for future in futures.values() if future.exception() is not None]
        assert failed
        assert all(isinstance(one, StoreFault) and "full" in str(one) for one in failed)
        assert {name for name in futures if store.read(lambda unit, name=name: unit.reservation(name))} == kept
        store.submit(lambda unit, now: unit._run("pragma max_page_count = 1000000").fetchone()).result(30)  # type: ignore[attr-defined]
        store.submit(self._large("after")).result(30)
        store.close()
        again = SqliteStore(self.path, lambda: self.now)
        assert {name for name in futures if again.read(lambda unit, name=name: unit.reservation(name))} == kept
        assert again.read(lambda unit: unit.reservation("after"))
        again.close()

    def _large(self, name: str) -> Callable[[Any, int], None]:
        return lambda unit, now: unit.insert(made(name, reason="x" * 3000), None)

    def test_a_reader_cannot_write(self, store: Store) -> None:
        with pytest.raises(StoreFault, match="readonly"):
            store.read(lambda unit: unit.insert(made("a"), None))


class TestPostgres(Conformance):
    """One database."""

    @pytest.fixture
    def opened(self, address: str) -> Callable[[], Store]:
        self.address = emptied(address)
        return lambda: PostgresStore(address, lambda: self.now)

    def test_the_database_itself_refuses_a_double_booking(self, store: Store) -> None:
        one = made("a")
        self.put(store, one)
        assert self.claim(store, one)
        with psycopg.connect(self.address) as connection, pytest.raises(psycopg.errors.ExclusionViolation):
            connection.execute("INSERT INTO claims VALUES ('x', 'S1', %s, %s, true)", (NOW + 5, NOW + 9))
        with psycopg.connect(self.address) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("INSERT INTO pool_slots VALUES ('P1', 0, 3, 2)")

    def test_a_claim_behind_its_back_is_refused_as_taken_and_its_neighbours_are_kept(self, store: Store) -> None:
        with psycopg.connect(self.address) as connection:
            connection.execute("INSERT INTO claims VALUES ('x', 'S1', %s, %s, true)", (NOW, NOW + 60))
        others = [made(f"r{k}", place="P1") for k in range(3)]
        futures = [store.submit(lambda unit, now, one=one: unit.insert(one, None)) for one in (*others, made("a"))]
        claimed = store.submit(lambda unit, now: unit.claim(made("b"), SPACE, Interval(NOW, NOW + 60)))
        refused = claimed.exception(30)
        assert isinstance(refused, Refusal)
        assert refused.code is Code.TAKEN
        assert [future.result(30) for future in futures] == [None] * 4

    def test_time_is_that_of_all_processes_on_the_database(self, store: Store) -> None:
        ahead = PostgresStore(self.address, lambda: NOW + 500)
        assert ahead.submit(lambda unit, now: now).result(30) == NOW + 500
        assert store.submit(lambda unit, now: now).result(30) == NOW + 500
        ahead.close()

    def test_the_same_request_at_two_processes_is_carried_out_once(self, store: Store) -> None:
        other = PostgresStore(self.address, lambda: self.now)

        def once(unit: ServiceUnit, now: int, name: str, key: str) -> Kept:
            before = unit.answer("ann", key)
            if before is None:
                unit.insert(made(name), None)
                before = Kept(name.encode(), 201, b"h", b"b")
                unit.keep_answer("ann", key, before, now)
            return before

        asked = [(one, f"{key}-{side}", f"{key}") for key in range(40) for side, one in enumerate((store, other))]
        futures = [one.submit(lambda unit, now, name=name, key=key: once(unit, now, name, key)) for one, name, key in asked]
        told = [future.result(30) for future in futures]
        assert all(told[k] == told[k + 1] for k in range(0, 80, 2))
        assert sum(store.read(lambda unit, name=name: unit.reservation(name) is not None) for _, name, _ in asked) == 40
        other.close()

    def test_what_an_event_costs_does_not_grow_with_the_outbox(self, store: Store) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(
                "INSERT INTO outbox (reservation_id, sequence, type, at, client, data) SELECT 'o' || k, 1, 't', 0, 'c', '' FROM"
                " generate_series(1, 3000) k"
            )
            connection.execute("ANALYZE outbox")
            read = (
                "SELECT coalesce(sum(idx_tup_read), 0) + (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'outbox')"
                " FROM pg_stat_user_indexes WHERE relname = 'outbox'"
            )
            one = made("a")
            self.put(store, one)
            before = int(connection.execute(read).fetchone()[0])  # type: ignore[index]
            for version in range(2, 22):
                one = msgspec.structs.replace(one, version=version)
                self.run(store, lambda unit, one=one: (unit.save(one, None), unit.emit(event_of(one))))
            store.close()
            assert int(connection.execute(read).fetchone()[0]) - before < 3000  # type: ignore[index]

    def test_two_stores_on_one_database_hear_of_each_others_places(self, store: Store) -> None:
        other = PostgresStore(self.address, lambda: self.now)
        assert other.submit(lambda unit, now: unit.place("S1")).result(30) == SPACE
        longer = type(SPACE)("S1", "L1", 3, numbered=False)
        self.run(store, lambda unit: unit.put_place(longer))
        assert other.submit(lambda unit, now: unit.place("S1")).result(30) == longer
        other.close()

    def test_a_lost_connection_fails_what_was_under_way_and_the_store_goes_on(self, store: Store) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        outcomes = [store.submit(lambda unit, now, k=k: unit.insert(made(f"r{k}"), None)).exception(30) for k in range(3)]
        kept = store.read(lambda unit: [unit.reservation(f"r{k}") is not None for k in range(3)])
        assert kept == [one is None for one in outcomes]
        assert outcomes[-1] is None
