"""The cashier with a provider that misbehaves: in the end everybody has paid exactly what is owed, or has everything back."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import ledger, payments, payouts
from parking.booking import Hold, cancel, extend, hold
from parking.lapses import lapse
from parking.model import Account, PayoutKind, PlateColor, State
from parking.quotes import Ask, AskLonger, quote, quote_longer
from parking.records import Interval, Lot, Place, Plate
from parking.refusals import Code, Refusal
from parking.relocation import relocate
from parking.rules import Rules
from parking.stays import check_in, check_out, overstay
from parking.tariffs import Band, Step, Tariff
from server.parking.payments import Cashier
from server.parking.provider import BadNotice, NoAnswer
from server.parking.simulated_provider import Manners, SimulatedProvider
from tests.support.dict_backend import DictBackend, runner
from tests.support.dict_parking import DictStore
from tests.support.parking_invariants import check_money

START, QUARTER = 1_772_409_600, 900
RULES = Rules(most_holds=50, platform_parts=1001, tax_parts=333)
TARIFF = Tariff("t", "T", (Band("all", (Step(333, 15),)),), refund_steps=((3600, 100), (900, 33)), overstay_fen_per_hour=777)
LOT = Lot("L1", "东站", 36.7, 117.5, operator="op", tariff_id="t")
KIND = Manners(lost=0, repeated=1, latest_s=0, failing=0, payout_s=0)
BENEFICIARIES = ((Account.OPERATOR, "op"), (Account.PLATFORM, ""), (Account.TAX, ""))


class City:
    """A car park, its clients and a provider, on a virtual clock."""

    def __init__(self, seed: int = 0, manners: Manners = KIND) -> None:
        self.now, self.count = START, 0
        self.dicts = DictStore()
        self.provider = SimulatedProvider(b"secret", lambda: self.now, seed, manners)
        self.cashier = Cashier(runner(DictBackend(self.dicts, lambda: self.now)), self.provider, RULES)
        self.dicts.put_tariff(TARIFF)
        self.dicts.put_lot(LOT)
        for place in (Place("S1", "L1", 1, numbered=True), Place("S2", "L1", 1, numbered=True), Place("P1", "L1", 2, slot_s=900)):
            self.dicts.put_place(place)

    def run(self, rule: Any, *arguments: Any) -> Any:
        """What the rule says, or the code it refuses with."""
        try:
            return self.dicts.run(rule, *arguments)
        except Refusal as refused:
            return refused.code

    def reserve(self, place: str = "S1", start: int = 4, length: int = 4) -> str:
        self.count += 1
        begin, name = self.now // QUARTER * QUARTER + start * QUARTER, f"r{self.count}"
        wish = Ask(f"q-{name}", "ann", "L1", Interval(begin, begin + length * QUARTER), place)
        self.run(quote, wish, self.now, RULES)
        self.run(hold, Hold(name, "ann", wish.id, Plate(name.encode(), b"", "", PlateColor.BLUE)), self.now, RULES)
        return name

    def longer(self, name: str, more: int) -> None:
        self.count += 1
        wish = AskLonger(f"x{self.count}", "ann", name, self.dicts.reservations[name].wanted.end + more * QUARTER)
        if not isinstance(self.run(quote_longer, wish, self.now, RULES), Code):
            self.run(extend, name, "ann", wish.id, self.now, RULES)

    def pass_time(self, seconds: int) -> None:
        self.now += seconds
        for one in self.dicts.due(self.now, 1000):
            staying = one.state in (State.CHECKED_IN, State.OVERSTAY)
            self.run(overstay, one, self.now, RULES) if staying else self.run(lapse, one, self.now)

    async def ask(self, name: str) -> str | Code | None:
        """The id of what is to be paid."""
        try:
            return (await self.cashier.pay(name, "ann"))[0].id
        except NoAnswer:
            return None
        except Refusal as refused:
            return refused.code

    async def deliver(self) -> None:
        for headers, body in self.provider.notices():
            await self.cashier.notice(headers, body)

    async def finish(self) -> None:
        """Everybody leaves and pays, and all that is under way comes to its end."""
        for _ in range(400):
            self.pass_time(1800)
            await self.deliver()
            await self.cashier.turn(at_once=1)
            owing = 0
            for name in list(self.dicts.reservations):
                self.run(check_out, name, None, self.now, self.now)
                if self.dicts.reservations[name].state in (State.COMPLETED, State.NO_SHOW):
                    asked = await self.ask(name)
                    owing += asked is not Code.NOTHING_DUE
                    self.provider.pay(str(asked))
            open_ = [one for one in (*self.dicts.all_payments.values(), *self.dicts.payouts.values()) if one.due is not None]
            if not open_ and not owing and all(one is None for one in self.dicts.due_at.values()):
                return
        raise AssertionError("it never came to an end")

    def total(self, account: Account) -> int:
        return sum(line.amount for line in self.dicts.lines if line.account is account)

    def check(self) -> None:
        """I6 after every step."""
        for name, one in self.dicts.reservations.items():
            check_money(one, self.dicts.ledger(name))
            back = [out.amount for out in self.dicts.payouts.values() if out.kind is PayoutKind.REFUND and out.reservation_id == name]
            assert sum(back) == one.refunded == sum(paid.returned for paid in self.dicts.payments(name))
        assert sum(line.amount for line in self.dicts.lines) == 0

    def check_end(self) -> None:
        """Nothing is owed either way; the provider has what the beneficiaries are owed."""
        self.check()
        for name, one in self.dicts.reservations.items():
            owed = ledger.charged(self.dicts.ledger(name))
            assert sum(self.provider.taken(paid.id) for paid in self.dicts.payments(name)) == owed == one.paid - one.refunded
        assert [self.total(account) for account in (Account.PAYER, Account.REFUNDS, Account.CREDIT)] == [0, 0, 0]
        assert self.total(Account.PROVIDER) == self.provider.holds()
        assert sum(self.dicts.balance(*who) for who in BENEFICIARIES) == -self.provider.holds()


ACTS = st.one_of(
    st.tuples(st.sampled_from(["reserve", "book"]), st.sampled_from(["S1", "S2", "P1"]), st.integers(0, 6)),
    st.tuples(st.just("visit"), st.integers(0, 9), st.sampled_from([-600, 300, 4000])),
    st.tuples(st.sampled_from(["ask", "pay", "pay_all", "cancel"]), st.integers(0, 9), st.just(0)),
    st.tuples(st.sampled_from(["longer", "arrive", "leave", "withdraw"]), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("wait"), st.sampled_from([20, 300, 700, 1800, 7200]), st.just(0)),
    st.tuples(st.sampled_from(["deliver", "turn", "settle"]), st.just(0), st.just(0)),
)


async def act(city: City, what: str, which: Any, more: int) -> None:
    names = list(city.dicts.reservations)
    if what in ("reserve", "book"):
        name = city.reserve(which, more)
        if what == "book" and name in city.dicts.reservations:
            city.provider.pay(str(await city.ask(name)))
    elif what == "wait":
        city.pass_time(which)
        await city.deliver()
        await city.cashier.turn(at_once=1)
    elif what == "visit" and names:
        await visit(city, names[-1 - which % len(names)], more)
    elif what == "deliver":
        await city.deliver()
    elif what == "turn":
        await city.cashier.turn(at_once=1)
    elif what == "settle":
        for who in BENEFICIARIES:
            city.run(payouts.settle, *who, str(city.now // 86_400), city.now)
    elif names:
        name = names[-1 - which % len(names)]
        if what in ("ask", "pay"):
            asked = await city.ask(name)
            if what == "pay" and asked:
                city.provider.pay(asked)
        elif what == "pay_all":  # also what was asked for long ago
            for paid in city.dicts.payments(name):
                city.provider.pay(paid.id)
        elif what == "cancel":
            city.run(cancel, name, "ann", city.now)
        elif what == "longer":
            city.longer(name, 2)
        elif what == "arrive":
            city.run(check_in, name, None, city.now, city.now, RULES)
        elif what == "leave":
            city.run(check_out, name, None, city.now, city.now)
        elif city.dicts.reservations[name].state is State.CONFIRMED:
            city.run(relocate, city.dicts.reservations[name], city.now, RULES, (Account.OPERATOR, "op"))


async def visit(city: City, name: str, late: int) -> None:
    """Comes when it begins, goes `late` s after its end."""
    one = city.dicts.reservations[name]
    city.pass_time(max(20, one.wanted.start - city.now))
    await city.cashier.turn(at_once=1)
    if not isinstance(city.run(check_in, name, None, city.now, city.now, RULES), Code):
        city.longer(name, late // 2000)
        city.pass_time(max(0, city.dicts.reservations[name].wanted.end + late - city.now))
        city.run(check_out, name, None, city.now, city.now)


@settings(max_examples=150, deadline=None)
@given(st.lists(ACTS, min_size=5, max_size=40), st.integers(0, 1000))
def test_whatever_the_provider_does_everybody_has_paid_what_is_owed(acts: list[tuple[str, Any, int]], seed: int) -> None:
    async def story() -> None:
        city = City(seed, Manners())
        for what, which, more in acts:
            await act(city, what, which, more)
            city.check()
        await city.finish()
        city.check_end()
        city.now += 86_400
        for who in BENEFICIARIES:
            city.run(payouts.settle, *who, str(city.now // 86_400), city.now)
        await city.finish()
        city.check_end()
        assert city.provider.holds() == min(0, city.provider.holds()), "all is settled"

    asyncio.run(story())


def test_a_payment_confirms_and_the_owner_is_settled_to_the_fen() -> None:
    async def story() -> None:
        city = City()
        name = city.reserve()
        asked = await city.ask(name)
        assert asked == await city.ask(name) == f"{name}-1"
        assert city.provider.pay(str(asked))
        await city.deliver()
        assert city.dicts.reservations[name].state is State.CONFIRMED
        assert await city.ask(name) is Code.NOTHING_DUE
        paid = city.run(payouts.settle, Account.OPERATOR, "op", "2026-03-02", city.now)
        assert (paid.amount, paid.key) == (1154, "settlement:operator:op:2026-03-02")
        assert city.run(payouts.settle, Account.OPERATOR, "op", "2026-03-02", city.now) == paid
        assert city.run(payouts.settle, Account.OPERATOR, "op", "2026-03-03", city.now) is None
        await city.cashier.turn()
        await city.deliver()
        assert (city.provider.sent("op"), city.total(Account.CREDIT), city.dicts.balance(Account.OPERATOR, "op")) == (1154, 0, 0)

    asyncio.run(story())


def test_a_notice_that_is_lost_is_found_by_asking() -> None:
    async def story() -> None:
        city = City(manners=KIND._replace(lost=1.0))
        name = city.reserve()
        city.provider.pay(str(await city.ask(name)))
        assert await city.cashier.turn() == 0, "not yet: a notice may come"
        city.now += RULES.retry_first_s
        assert await city.cashier.turn() == 1
        assert city.dicts.reservations[name].state is State.CONFIRMED
        assert city.cashier.counts["payment_found_by_asking"] == 1

    asyncio.run(story())


def test_an_unpaid_order_is_asked_about_ever_more_rarely_and_then_given_up() -> None:
    async def story() -> None:
        city = City()
        name = city.reserve()
        asked = str(await city.ask(name))
        times = []
        while (due := city.dicts.all_payments[asked].due) is not None:
            city.now = due
            times.append(due - START)
            await city.cashier.turn()
        assert times == [15, 30, 60, 120, 240, 480, 960]
        assert (city.dicts.all_payments[asked].state, city.provider.pay(asked)) == ("closed", False)

    asyncio.run(story())


@pytest.fixture
def asked() -> tuple[City, str]:
    city = City()
    return city, str(asyncio.run(city.ask(city.reserve())))


def notice(city: City, **changed: Any) -> None:
    said = {"kind": "payment", "id": "r1-1", "amount": 1332, "currency": "CNY"} | changed
    body = msgspec.json.encode(list(said.values()))
    asyncio.run(city.cashier.notice(city.provider.sign(body, city.now), body))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"amount": 1331}, "other_amount"), ({"currency": "JPY"}, "other_currency"), ({"id": "r9-1"}, "unknown_payment"),
        ({"kind": "greeting"}, "unknown_kind"), ({"kind": "payout"}, "unknown_payout"), ({"amount": "much"}, "unreadable"),
    ],
)  # fmt: skip
def test_a_notice_that_does_not_fit_is_refused_and_counted(asked: tuple[City, str], changed: dict[str, Any], reason: str) -> None:
    city, _ = asked
    with pytest.raises(BadNotice, match=reason):
        notice(city, **changed)
    assert city.cashier.counts == {f"notice_{reason}": 1}
    assert city.dicts.lines == []
    notice(city)
    assert city.dicts.reservations["r1"].state is State.CONFIRMED


def test_a_payout_notice_with_another_amount_is_refused(asked: tuple[City, str]) -> None:
    city, _ = asked
    city.provider.pay("r1-1")
    notice(city)
    city.run(cancel, "r1", "ann", city.now)
    (key,) = city.dicts.payouts
    with pytest.raises(BadNotice, match="other_amount"):
        notice(city, kind="payout", id=key, amount=1)
    notice(city, kind="payout", id=key, amount=1332)
    notice(city, kind="payout", id=key, amount=1332)
    assert city.total(Account.REFUNDS) == 0


@pytest.mark.parametrize("way", ["bad_signature", "no_timestamp", "too_old"])
def test_a_forged_notice_changes_nothing(asked: tuple[City, str], way: str) -> None:
    city, _ = asked
    body = b'["payment","r1-1",1332,"CNY"]'
    headers = city.provider.sign(body, city.now - (300_000 if way == "too_old" else 0))
    if way == "bad_signature":
        body = body.replace(b"1332", b"1333")
    if way == "no_timestamp":
        headers.pop("x-provider-timestamp")
    with pytest.raises(BadNotice, match=way):
        asyncio.run(city.cashier.notice(headers, body))
    assert city.dicts.lines == []


def test_who_pays_twice_has_the_second_back() -> None:
    async def story() -> None:
        city = City()
        name = city.reserve()
        first = str(await city.ask(name))
        city.dicts.put_payment(msgspec.structs.replace(city.dicts.all_payments[first], amount=1, id="other"))
        city.provider.pay(first)
        await city.deliver()
        city.run(payments.captured, name, "other", 1, city.now)
        assert (city.dicts.reservations[name].paid, city.dicts.reservations[name].refunded) == (1333, 1)
        city.check()

    asyncio.run(story())


def test_the_cashier_works_by_itself_until_it_is_stopped() -> None:
    async def story() -> None:
        city = City(manners=KIND._replace(lost=1.0))
        name = city.reserve()
        city.provider.pay(str(await city.ask(name)))
        city.now += 60
        working = asyncio.create_task(city.cashier.run(every_s=0.001))
        while city.dicts.reservations[name].state is not State.CONFIRMED:
            await asyncio.sleep(0.001)
        working.cancel()

    asyncio.run(asyncio.wait_for(story(), 20))


def test_what_the_provider_will_not_do_is_told_and_tried_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        city = City()
        paid, unpaid = city.reserve("S1"), city.reserve("S2")
        city.provider.pay(str(await city.ask(paid)))
        await city.ask(unpaid)
        await city.deliver()
        city.run(cancel, paid, "ann", city.now)
        right = city.provider.refund, city.provider.query

        async def refused(*_: object) -> Any:
            raise ValueError("the merchant is not known")

        monkeypatch.setattr(city.provider, "refund", refused)
        monkeypatch.setattr(city.provider, "query", refused)
        city.now += 15
        await city.cashier.turn()
        assert (city.cashier.counts["payout_refused"], city.cashier.counts["payment_refused"]) == (1, 1)
        assert await city.cashier.turn() == 0
        monkeypatch.setattr(city.provider, "refund", right[0])
        monkeypatch.setattr(city.provider, "query", right[1])
        await city.finish()
        city.check_end()

    asyncio.run(story())


def test_a_turn_that_fails_is_not_the_last() -> None:
    async def story() -> None:
        city = City()
        calls: list[int] = []

        async def run(rule: Any) -> Any:
            calls.append(1)
            if len(calls) == 1:
                raise OSError("the disk is full")
            return [], []

        cashier = Cashier(run, city.provider, RULES)
        working = asyncio.create_task(cashier.run(every_s=0))
        while len(calls) < 3:
            await asyncio.sleep(0)
        working.cancel()
        assert cashier.counts == {"turn_failed": 1}

    asyncio.run(asyncio.wait_for(story(), 20))
