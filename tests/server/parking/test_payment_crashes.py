"""The service stops between any two steps, comes back on the same SQLite file, and everything still ends paid or refunded once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from parking import ledger
from parking.booking import Hold, cancel, hold
from parking.lapses import lapse
from parking.model import Account, PlateColor, State
from parking.quotes import Ask, quote
from parking.records import Interval, Lot, Payout, Place, Plate
from parking.refusals import Refusal
from parking.rules import Rules
from parking.tariffs import Band, Step, Tariff
from parking.unit import Unit
from server.parking.payments import Cashier
from server.parking.provider import NoAnswer, Provider
from server.parking.simulated_provider import Manners, SimulatedProvider
from server.parking.sqlite_store import SqliteStore
from tests.support.dict_backend import runner
from tests.support.parking_invariants import check_money

START, HOUR = 1_772_409_600, 3600
RULES = Rules()
TARIFF = Tariff("t", "T", (Band("all", (Step(333, 60),)),), refund_steps=((2 * HOUR, 100), (0, 50)))


class Stopped(BaseException):
    """The process is gone."""


class Fuse:
    """Blows at the n-th step: before it takes effect, or after (nobody hears of it)."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Stopped


class FusedStore:
    def __init__(self, store: SqliteStore, fuse: Fuse) -> None:
        self.store, self.fuse = store, fuse

    def submit(self, rule: Any) -> Future[Any]:
        self.fuse.step()
        future = self.store.submit(rule)
        future.exception()
        self.fuse.step()
        return future


class FusedProvider:
    def __init__(self, provider: SimulatedProvider, fuse: Fuse) -> None:
        self.provider, self.fuse = provider, fuse
        self.read_notice = provider.read_notice

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            self.fuse.step()
            answer = await getattr(self.provider, name)(*arguments)
            self.fuse.step()
            return answer

        return call


class Service:
    """A machine that may be switched off; the provider and the citizens are elsewhere."""

    def __init__(self, path: Path, fuse: Fuse, seed: int) -> None:
        self.now, self.path, self.fuse = START, path, fuse
        self.outside = SimulatedProvider(b"secret", lambda: self.now, seed, Manners(failing=0.1, latest_s=200))
        self.start()

    def start(self) -> None:
        self.store = SqliteStore(self.path, lambda: self.now)
        fused: Provider = FusedProvider(self.outside, self.fuse)  # type: ignore[assignment]
        self.fused = FusedStore(self.store, self.fuse)
        self.cashier = Cashier(runner(self.fused), fused, RULES)

    def stop_and_start(self) -> None:
        self.store.close()
        self.start()

    def run(self, rule: Any, *arguments: Any) -> Any:
        """A citizen's command; who hears no answer sends it again, so a refusal may mean that it was done already."""
        try:
            return self.fused.submit(lambda unit, now: rule(unit, *arguments, now)).result()
        except Refusal as refused:
            return refused.code

    async def pay(self, name: str, client: str = "ann") -> None:
        try:
            payment, _ = await self.cashier.pay(name, client)
        except (NoAnswer, Refusal):
            return
        self.outside.pay(payment.id)

    async def work(self, turns: int, every_s: int) -> None:
        """The service as it runs by itself."""
        for _ in range(turns):
            self.now += every_s
            for headers, body in self.outside.notices():
                await self.cashier.notice(headers, body)
            for one in self.store.read(lambda unit: unit.due(self.now, 100)):
                self.run(lambda unit, now, one=one: lapse(unit, one, now))
            await self.cashier.turn(at_once=1)


def book(service: Service, name: str, client: str = "ann") -> None:
    wanted = Interval(START + HOUR + HOUR, START + 4 * HOUR)
    service.run(lambda unit, now: unit.quote(f"q-{name}") or quote(unit, Ask(f"q-{name}", client, "L1", wanted, "S1"), now, RULES))
    plate = Plate(name.encode(), b"", "", PlateColor.BLUE)
    service.run(lambda unit, now: unit.reservation(name) or hold(unit, Hold(name, client, f"q-{name}", plate), now, RULES))


def steps(service: Service) -> list[Callable[[], Any]]:
    """A story told in steps that may be told again. One pays, cancels, and has half of it back; another pays in the last second of
    the hold, and the place is gone when the notice comes."""

    def enter(unit: Unit, now: int) -> None:
        unit.put_tariff(TARIFF)
        unit.put_lot(Lot("L1", "东站", 36.7, 117.5, tariff_id="t"))
        unit.put_place(Place("S1", "L1", 1, numbered=True))

    async def later(seconds: int) -> None:
        service.now += seconds

    return [
        lambda: service.run(enter), lambda: book(service, "a"), lambda: service.pay("a"), lambda: service.work(10, 40),
        lambda: service.run(lambda unit, now: cancel(unit, "a", "ann", now)), lambda: service.work(5, 20),
        lambda: book(service, "b"), lambda: service.pay("b"), lambda: later(601),
        lambda: book(service, "c", "bob"), lambda: service.pay("c", "bob"), lambda: service.work(16, 500),
    ]  # fmt: skip


async def tell(service: Service) -> int:
    """Carries the story on from where it was stopped, until it is told; how often it was stopped."""
    stops, todo = 0, steps(service)
    while todo:
        try:
            done = todo[0]()
            if asyncio.iscoroutine(done):
                await done
            todo.pop(0)
        except Stopped:
            stops += 1
            service.stop_and_start()
    return stops


def check_end(service: Service) -> None:
    """Whatever happened: who has what."""

    def look(unit: Unit) -> None:
        due = [*unit.payments_due(1 << 40, 100), *unit.payouts_due(1 << 40, 100)]
        assert due == []
        for name in "abc":
            one, lines = unit.reservation(name), unit.ledger(name)
            assert one is not None
            check_money(one, lines)
            taken = sum(service.outside.taken(paid.id) for paid in unit.payments(name))
            assert taken == one.paid - one.refunded == ledger.charged(lines)
            assert taken == {State.CANCELLED: 333 if one.paid else 0, State.EXPIRED: 0, State.NO_SHOW: 666}[one.state]
        for client in ("ann", "bob"):
            assert unit.balance(Account.PAYER, client) == unit.balance(Account.REFUNDS, client) == 0
        assert unit.balance(Account.PROVIDER, "") == service.outside.holds() == -unit.balance(Account.OPERATOR, "")

    service.store.read(look)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_stopped_between_any_two_steps_everything_ends_paid_or_refunded_once(seed: int, tmp_path: Path) -> None:
    service = Service(tmp_path / "whole.db", fuse := Fuse(0), seed)
    assert asyncio.run(tell(service)) == 0
    check_end(service)
    service.store.close()
    count = -fuse.left
    assert count > 60
    told = set()
    for at in range(seed, count, 2):
        service = Service(tmp_path / f"{at}.db", Fuse(at), seed)
        assert asyncio.run(tell(service)) == 1
        check_end(service)
        told.add(service.store.read(lambda unit: tuple(unit.reservation(name).state for name in "ab")))  # type: ignore[union-attr]
        service.store.close()
    assert (State.CANCELLED, State.EXPIRED) in told


class Hasty(Cashier):
    """Notes that it was paid out before it is (negative control)."""

    async def _send(self, payout: Payout) -> None:
        await self._paid_out(payout.key, payout.amount, "CNY")
        await super()._send(payout)


@pytest.mark.slow
def test_a_cashier_that_notes_before_it_sends_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.Cashier", Hasty)
    for at in range(1, 200):
        service = Service(tmp_path / f"{at}.db", Fuse(at), 1)
        try:
            asyncio.run(tell(service))
            check_end(service)
        except AssertionError:
            return
        finally:
            service.store.close()
    raise AssertionError("nobody noticed")
