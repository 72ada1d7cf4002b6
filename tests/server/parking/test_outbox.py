"""Holes in the ids of PostgreSQL's outbox: waited for while somebody may fill them, and not a moment longer."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from server.parking.holes import Holes
from server.parking.outbox import after, heads
from server.parking.postgres_store import PostgresStore
from tests.support.postgres import fresh_database, postgres_server

_TELL = (
    "INSERT INTO outbox (reservation_id, sequence, type, at, client, data) VALUES (%s, 1, 'reservation.hold', 0, 'ann', '\\x80')"
)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as one:
        yield one


@pytest.mark.parametrize("commits", [True, False])
def test_a_hole_is_waited_for_until_whoever_took_the_id_has_ended(server: str, commits: bool) -> None:
    with fresh_database(server) as address:
        store, holes = PostgresStore(address, lambda: 0), Holes()
        told = lambda: [one.reservation_id for one in store.read(lambda unit: heads(unit, 0, 9, holes))]  # noqa: E731
        with psycopg.connect(address) as slow, psycopg.connect(address, autocommit=True) as quick:
            quick.execute(_TELL, ("a",))
            slow.execute(_TELL, ("b",))
            quick.execute(_TELL, ("c",))
            assert told() == ["a"]
            quick.execute(_TELL, ("d",))
            assert told() == ["a"]
            slow.commit() if commits else slow.rollback()
            assert told() == (["a", "b", "c", "d"] if commits else ["a", "c", "d"])
        store.close()


def test_others_who_write_meanwhile_do_not_keep_a_hole_open(server: str) -> None:
    with fresh_database(server) as address:
        store, holes = PostgresStore(address, lambda: 0), Holes()
        with psycopg.connect(address) as lost, psycopg.connect(address) as later, psycopg.connect(address, autocommit=True) as quick:
            lost.execute(_TELL, ("a",))
            quick.execute(_TELL, ("b",))
            assert store.read(lambda unit: after(unit, 0, 9, holes)) == []
            later.execute(_TELL, ("c",))
            assert store.read(lambda unit: after(unit, 0, 9, holes)) == []
            lost.rollback()
            assert [one.event.reservation_id for one in store.read(lambda unit: after(unit, 0, 9, holes))] == ["b"]
            later.commit()
            assert len(store.read(lambda unit: after(unit, 2, 9, holes))) == 1
        store.close()
