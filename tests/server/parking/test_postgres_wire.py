"""Statements in one go: what fails fails alone, what is large gets through, what is lost is told."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from server.parking.postgres_wire import Wire, listed, number_of, numbers
from tests.support.postgres import fresh_database, postgres_server


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as one:
        yield one


@pytest.fixture
def wire(address: str) -> Iterator[Wire]:
    connection = psycopg.connect(address, autocommit=True)
    yield Wire(connection)
    connection.close()


def test_answers_come_in_order_and_in_binary(wire: Wire) -> None:
    for _ in range(3):
        asked = wire.ask([("SELECT k FROM unnest($1::bigint[]) k", (numbers([7, -2]),)), ("SELECT NULL::text, 'é'", ()), ("BEGIN", ())])
        assert [[number_of(one) for (one,) in asked[0]], list(asked[1]), list(asked[2])] == [[7, -2], [(b"", "é".encode())], []]
        wire.say("COMMIT")


def test_after_a_statement_that_fails_nothing_is_carried_out_and_the_connection_goes_on(wire: Wire) -> None:
    wire.say("CREATE TEMP TABLE t (k int PRIMARY KEY)")
    insert = "INSERT INTO t SELECT value::int FROM json_array_elements_text($1::json)"
    with pytest.raises(psycopg.errors.UniqueViolation, match="t_pkey"):
        wire.ask([("BEGIN", ()), (insert, (listed([1, 1]),)), ("COMMIT", ())])
    wire.say("ROLLBACK")
    with pytest.raises(psycopg.errors.UndefinedTable):
        wire.say("SELECT 1 FROM nothing")
    wire.ask([("BEGIN", ()), (insert, (listed([1]),)), ("COMMIT", ())])
    assert wire.connection.execute("SELECT k FROM t").fetchall() == [(1,)]


def test_much_is_sent_while_much_comes_back(wire: Wire) -> None:
    large = b"x" * 3_000_000
    asked = wire.ask([("SELECT $1::text", (large,)) for _ in range(8)])
    assert [len(one[0][0]) for one in asked] == [len(large)] * 8


def test_a_lost_connection_is_told(wire: Wire, address: str) -> None:
    with psycopg.connect(address, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (wire.connection.info.backend_pid,))
    with pytest.raises(psycopg.OperationalError):
        wire.ask([("SELECT 1", ())])
    assert wire.connection.closed
