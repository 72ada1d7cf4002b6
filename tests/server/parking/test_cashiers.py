"""Two cashiers on one database, many things at the same moment: on SQLite and on PostgreSQL each payment and payout counts once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from parking import ledger
from parking.booking import Hold, cancel, hold
from parking.model import Account, PlateColor, State
from parking.records import Interval, Lot, Place, Plate, Quote, Terms
from parking.rules import Rules
from parking.unit import Unit
from server.parking.payments import Cashier
from server.parking.postgres_store import PostgresStore
from server.parking.provider import NoAnswer
from server.parking.simulated_provider import Manners, SimulatedProvider
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.dict_backend import runner
from tests.support.parking_invariants import check_money
from tests.support.postgres import fresh_database, postgres_server

START, HOUR, COUNT = 1_772_409_600, 3600, 24
RULES = Rules(most_holds=COUNT)
TERMS = Terms(501, refund_steps=((HOUR, 33),), shares=((Account.OPERATOR, "op", 6667), (Account.TAX, "", 3333)))
NAMES = [f"r{k}" for k in range(COUNT)]


class Clock:
    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture(params=["sqlite", "postgres"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[list[Store], Clock]]:
    clock = Clock()
    if request.param == "sqlite":
        sqlite = SqliteStore(tmp_path / "parking.db", clock)
        yield [sqlite, sqlite], clock
        sqlite.close()
        return
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as address:
        both = [PostgresStore(address, clock, connections=4) for _ in range(2)]
        yield list(both), clock
        for store in both:
            store.close()


def enter(unit: Unit, now: int) -> None:
    unit.put_lot(Lot("L1", "东站", 36.7, 117.5))
    unit.put_place(Place("P1", "L1", COUNT))
    for name in NAMES:
        unit.put_quote(Quote(f"q-{name}", "ann", "L1", "P1", Interval(now + 2 * HOUR, now + 3 * HOUR), TERMS, now, now + 900))


def book(store: Store, name: str) -> None:
    plate = Plate(name.encode(), b"", "", PlateColor.BLUE)
    store.submit(lambda unit, now: hold(unit, Hold(name, "ann", f"q-{name}", plate), now, RULES)).result()


@pytest.mark.slow
def test_two_cashiers_pay_and_refund_everything_once(stores: tuple[list[Store], Clock]) -> None:
    (first, second), clock = stores
    provider = SimulatedProvider(b"secret", clock, 5, Manners(lost=0.3, repeated=4, latest_s=60, failing=0.2))
    cashiers = [Cashier(runner(store), provider, RULES) for store in (first, second)]

    async def pay(cashier: Cashier, name: str) -> None:
        for _ in range(20):
            try:
                provider.pay((await cashier.pay(name, "ann"))[0].id)
                return
            except NoAnswer:
                continue

    async def work() -> None:
        told = [cashier.notice(*one) for one in provider.notices() for cashier in cashiers]
        await asyncio.gather(*told, *(cashier.turn() for cashier in cashiers))

    async def story() -> None:
        first.submit(enter).result()
        for name in NAMES:
            book(first, name)
        await asyncio.gather(*(pay(cashiers[k % 2], name) for k, name in enumerate(NAMES)))
        for _ in range(8):
            clock.now += 30
            await work()
        cancelling = [
            runner(store)(lambda unit, now, name=name: cancel(unit, name, "ann", now))
            for name in NAMES[::2]
            for store in (first, second)
        ]
        await asyncio.gather(work(), *cancelling)
        for _ in range(12):
            clock.now += 300
            await work()

    asyncio.run(story())
    second.read(lambda unit: check(unit, provider))


def check(unit: Unit, provider: SimulatedProvider) -> None:
    for k, name in enumerate(NAMES):
        one, lines, (paid,) = unit.reservation(name), unit.ledger(name), unit.payments(name)
        assert one is not None
        check_money(one, lines)
        assert one.state is (State.CONFIRMED if k % 2 else State.CANCELLED)
        assert provider.taken(paid.id) == ledger.charged(lines) == (501 if k % 2 else 336)
        assert ledger.balance(lines, Account.REFUNDS) == ledger.balance(lines, Account.PAYER) == 0
    assert [*unit.payments_due(1 << 40, 9), *unit.payouts_due(1 << 40, 9)] == []
    assert unit.balance(Account.PROVIDER, "") == provider.holds() == COUNT // 2 * (501 + 336)
