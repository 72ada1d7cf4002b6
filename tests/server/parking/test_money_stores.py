"""Tariffs on both stores, and the migration that brings the money tables to an older database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from parking.model import PayoutKind
from parking.records import Payout
from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.postgres import fresh_database, postgres_server

NEV = VehiclePrice(Vehicle.NEV, 50, 3)
TARIFF = Tariff("t", "T", (Band("all", (Step(333, 60, 60), Step(1))),), vehicles=(NEV,), refund_steps=((1, 2),))


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        sqlite = SqliteStore(tmp_path / "parking.db", lambda: 100)
        yield sqlite
        sqlite.close()
        return
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as address:
        postgres = PostgresStore(address, lambda: 100, connections=2)
        yield postgres
        postgres.close()


def test_the_newest_version_of_a_tariff_counts_and_older_ones_stay(store: Store) -> None:
    newer = msgspec.structs.replace(TARIFF, version=2, stay_cap_fen=7)
    store.submit(lambda unit, now: (unit.put_tariff(newer), unit.put_tariff(TARIFF))).result()
    assert store.read(lambda unit: (unit.tariff("t"), unit.tariff("u"))) == (newer, None)
    again = msgspec.structs.replace(newer, name="U")
    store.submit(lambda unit, now: unit.put_tariff(again)).result()
    assert store.read(lambda unit: unit.tariff("t")) == again


def test_payouts_come_in_the_order_they_are_due(store: Store) -> None:
    due = {"b": 5, "a": 5, "c": 1, "d": None, "e": 200}
    outs = [Payout(key, PayoutKind.REFUND, "r", "ann", 1, 0, due=at) for key, at in due.items()]
    store.submit(lambda unit, now: [unit.put_payout(out) for out in outs]).result()
    assert [out.key for out in store.read(lambda unit: unit.payouts_due(100, 9))] == ["c", "a", "b"]
    assert [out.key for out in store.read(lambda unit: unit.payouts_due(100, 1))] == ["c"]
