"""Parking under contention, kill −9, SIGSTOP and clock steps: short here, at length in `python -m bench parking_proof`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from parking.booking import Hold, confirm, hold
from parking.model import PlateColor
from parking.records import Interval, Plate, Quote, Terms
from parking.refusals import Refusal
from parking.rules import Rules
from parking.unit import Unit
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from tests.support.parking_history import OK, REFUSED, Operation, explain
from tests.support.parking_load import NOW, PLACES, furnish, opened
from tests.support.parking_proof import contended, killed, stopped
from tests.support.parking_rows import rows_of
from tests.support.postgres import emptied, fresh_database, postgres_server

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server() as server, fresh_database(server) as one:
        yield one


@pytest.mark.parametrize("spaces", [("S1",), ("S1", "S2", "P1")])
def test_contended_operations_on_sqlite(tmp_path: Path, spaces: tuple[str, ...]) -> None:
    store = opened(f"{tmp_path}/parking.db")
    assert contended(f"{tmp_path}/parking.db", [store], 16, 3000, 7, spaces)
    store.close()


@pytest.mark.parametrize("spaces", [("S1",), ("S1", "S2", "P1")])
def test_contended_operations_on_postgres_through_several_stores(address: str, spaces: tuple[str, ...]) -> None:
    emptied(address)
    stores = [opened(address), opened(address), PostgresStore(address, lambda: NOW, connections=3)]
    assert contended(address, stores, 18, 1500, 7, spaces)
    for store in stores:
        store.close()


def test_kill_9_under_load_on_sqlite(tmp_path: Path) -> None:
    told, _ = killed(f"{tmp_path}/parking.db", 6, 1)
    assert told > 100


def test_kill_9_of_two_processes_on_one_postgres(address: str) -> None:
    told, _ = killed(emptied(address), 4, 2, workers=2)
    assert told > 50


def test_a_process_that_is_stopped_for_a_while_harms_nobody(address: str, tmp_path: Path) -> None:
    assert stopped(emptied(address), 3, workers=2) > 50
    assert stopped(f"{tmp_path}/parking.db", 4, workers=1) > 50


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_clock_that_jumps_by_an_hour_to_and_fro_never_takes_time_back(kind: str, address: str, tmp_path: Path) -> None:
    chance = random.Random(5)
    clock = lambda: NOW + chance.choice((-3600, 0, 3600)) + chance.random()  # noqa: E731
    where = f"{tmp_path}/parking.db" if kind == "sqlite" else emptied(address)
    make = lambda: SqliteStore(Path(where), clock) if kind == "sqlite" else PostgresStore(where, clock, connections=2)  # noqa: E731
    store, newest = make(), 0
    furnish(store)
    for k in range(200):
        if k % 50 == 49:
            store.close()
            store = make()
        wanted = Interval(NOW + 7200 + k % 5 * 900, NOW + 9000 + k % 5 * 900)
        quote = Quote(f"q{k}", f"c{k}", "L1", "S1", wanted, Terms(0), NOW, NOW + 99_999)
        command = Hold(f"r{k}", f"c{k}", f"q{k}", Plate(f"{k}".encode(), b"", "鲁A·1**45", PlateColor.BLUE))

        try:
            now = store.submit(partial(held, quote, command)).result(30)
            store.submit(lambda unit, now, name=command.id: confirm(unit, name, None, now)).result(30)
        except Refusal:
            now = store.submit(lambda unit, now: now).result(30)
        assert now >= newest
        newest = now
    store.close()
    rows_of(where).check({one.id: one for one in PLACES}, newest)
    assert newest >= NOW + 3600


def held(quote: Quote, command: Hold, unit: Unit, now: int) -> int:
    unit.put_quote(quote)
    hold(unit, command, now, Rules(hold_s=60))
    return now


def test_the_checker_finds_what_no_order_explains_and_nothing_else() -> None:
    a = Operation("S1", "claim", "a", 0, 10, 0.0, 1.0, OK)
    b = Operation("S1", "claim", "b", 5, 15, 0.5, 2.0, OK)
    late = Operation("S1", "free", "a", 0, 0, 0.6, 3.0, OK)
    both = frozenset({("a", 0, 10), ("b", 5, 15)})
    with pytest.raises(AssertionError, match="no order"):
        explain([a, b], {"S1": 1}, {}, {"S1": both})
    explain([a, b], {"S1": 2}, {}, {"S1": both})
    explain([a, b, late], {"S1": 1}, {}, {"S1": frozenset({("b", 5, 15)})})
    refused = Operation("S1", "claim", "c", 20, 30, 5.0, 6.0, REFUSED)
    with pytest.raises(AssertionError, match="no order"):
        explain([a, refused], {"S1": 1}, {}, {"S1": frozenset({("a", 0, 10)})})
    lost = Operation("S1", "claim", "d", 20, 30, 1.0)
    for held in (frozenset[tuple[str, int, int]](), frozenset({("d", 20, 30)})):
        explain([lost], {"S1": 1}, {}, {"S1": held})
    with pytest.raises(AssertionError, match="no order"):
        explain([a], {"S1": 1}, {}, {})
