"""Quotes: what is frozen, what a longer stay costs, what cancelling would give back, and that it does."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking import ledger
from parking.booking import Hold, cancel, change_plate, confirm, extend, hold
from parking.model import Account, PlateColor, State
from parking.payments import captured
from parking.pricing import price, total
from parking.quotes import Ask, AskLonger, preview, quote, quote_longer
from parking.records import Interval, Lot, Place, Plate, ShareWindow
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice
from tests.support.dict_parking import DictStore
from tests.support.plain_plates import PlainPlates
from tests.support.tariff_strategies import tariffs

NOW, HOUR = 1_772_409_600, 3600  # 2026-03-02 08:00 in Shanghai
RULES = Rules(platform_parts=1000, tax_parts=600)
TARIFF = Tariff(
    "t", "T", (Band("day", (Step(500, 60, 60), Step(300, 60))),), day_cap_fen=1200, refund_steps=((HOUR, 100), (600, 50)),
    overstay_fen_per_hour=900, vehicles=(VehiclePrice(Vehicle.NEV, 50),),
)  # fmt: skip
SHARED = ShareWindow("w", "S9", "owner", "2026-01-01", "", "daily", 480, 1200, price_fen_per_hour=333)


def car(color: PlateColor = PlateColor.BLUE, name: str = "a") -> Plate:
    return Plate(name.encode(), b"", "鲁A·1**45", color)


@pytest.fixture
def store() -> DictStore:
    store = DictStore()
    store.put_tariff(TARIFF)
    store.put_lot(Lot("L1", "东站", 36.7, 117.5, operator="op", tariff_id="t"))
    store.put_place(Place("S1", "L1", 1, numbered=True))
    store.put_place(Place("S9", "L1", 1, numbered=True, shared_only=True))
    store.put_window(SHARED)
    return store


def ask(name: str, hours: int, start: int = 2, **fields: object) -> Ask:
    return Ask(name, "ann", "L1", Interval(NOW + start * HOUR, NOW + (start + hours) * HOUR), **fields)  # type: ignore[arg-type]


def reserved(store: DictStore, name: str, hours: int, pay: bool = True, **fields: object) -> str:
    found = store.run(quote, ask(f"q-{name}", hours, **fields), NOW, RULES)
    store.run(hold, Hold(name, "ann", found.id, car(name=name)), NOW, RULES)
    if pay and found.terms.amount:
        store.run(captured, name, f"pay-{name}", found.terms.amount, NOW)
    return name


def refused(code: Code, store: DictStore, rule, *arguments) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refusal) as raised:
        store.run(rule, *arguments)
    assert raised.value.code is code


def test_a_quote_freezes_price_steps_and_shares(store: DictStore) -> None:
    found = store.run(quote, ask("q", 2), NOW, RULES)
    assert (found.place_id, found.expires, found.terms.amount, found.terms.lines) == ("S1", NOW + 900, 800, (("day", 800),))
    assert found.terms.shares == ((Account.OPERATOR, "op", 8400), (Account.PLATFORM, "", 1000), (Account.TAX, "", 600))
    store.put_tariff(msgspec.structs.replace(TARIFF, version=2, day_cap_fen=1))
    store.run(hold, Hold("r", "ann", "q", car()), NOW, RULES)
    assert (store.reservations["r"].terms, store.reservations["r"].terms.tariff_version) == (found.terms, 1)
    assert store.run(quote, ask("q2", 2, start=5), NOW, RULES).terms.amount == 1


def test_what_is_taken_closed_or_without_a_price_is_not_offered(store: DictStore) -> None:
    reserved(store, "r", 2)
    refused(Code.TAKEN, store, quote, ask("q2", 1), NOW, RULES)
    refused(Code.TAKEN, store, quote, ask("q2", 1, place_id="S1"), NOW, RULES)
    refused(Code.UNKNOWN_PLACE, store, quote, ask("q2", 1, place_id="S2"), NOW, RULES)
    refused(Code.CLOSED, store, quote, ask("q2", 20, place_id="S9"), NOW, RULES)
    refused(Code.BAD_INTERVAL, store, quote, ask("q2", -1), NOW, RULES)
    store.put_lot(msgspec.structs.replace(store.lots["L1"], tariff_id="none"))
    refused(Code.UNKNOWN_TARIFF, store, quote, ask("q2", 1, start=5), NOW, RULES)


def test_a_shared_place_costs_what_its_owner_asks_and_pays_the_owner(store: DictStore) -> None:
    found = store.run(quote, ask("q", 2, place_id="S9"), NOW, RULES)
    assert (found.window_id, found.terms.amount, found.terms.overstay_fen_per_hour) == ("w", 666, 499)
    assert found.terms.shares[0] == (Account.OWNER, "owner", 8400)
    assert found.terms.refund_steps == RULES.refund_steps


def test_who_may_not_use_a_window_yet_hears_why(store: DictStore) -> None:
    store.put_window(msgspec.structs.replace(SHARED, residents_first_s=HOUR))
    refused(Code.NOT_ELIGIBLE, store, quote, ask("q", 2, place_id="S9"), NOW, RULES)
    store.put_window(msgspec.structs.replace(SHARED, days="workdays"))
    later = 1_798_765_200  # 2027-01-01 09:00: not decreed
    wish = Ask("q", "ann", "L1", Interval(later, later + HOUR), "S9")
    refused(Code.CALENDAR_UNKNOWN, store, quote, wish, later - HOUR, RULES)


def test_a_longer_stay_costs_what_the_whole_costs_beyond_what_it_cost(store: DictStore) -> None:
    reserved(store, "r", 2)
    longer = store.run(quote_longer, AskLonger("q2", "ann", "r", NOW + 7 * HOUR), NOW, RULES)
    assert (longer.wanted, longer.terms.amount) == (Interval(NOW + 4 * HOUR, NOW + 7 * HOUR), 400)
    assert longer.terms.lines == (("day", 900), ("day_cap", -500))
    done = store.run(extend, "r", "ann", "q2", NOW, RULES)
    assert (done.terms.amount, done.wanted.end) == (1200, NOW + 7 * HOUR)
    refused(Code.TAKEN, store, quote, ask("q3", 1, start=6), NOW, RULES)


@settings(max_examples=60, deadline=None)
@given(tariffs(), st.integers(1, 20), st.lists(st.integers(1, 20), min_size=1, max_size=3))
def test_extending_bit_by_bit_costs_what_the_whole_costs(list_: Tariff, first: int, more: list[int]) -> None:
    store = DictStore()
    store.put_tariff(list_)
    store.put_lot(Lot("L1", "东站", 36.7, 117.5, tariff_id=list_.id))
    store.put_place(Place("S1", "L1", 1, numbered=True))
    reserved(store, "r", first)
    if store.reservations["r"].state is State.HOLD:
        store.run(confirm, "r", "ann", NOW)
    for k, hours in enumerate(more):
        wish = AskLonger(f"x{k}", "ann", "r", store.reservations["r"].wanted.end + hours * HOUR)
        assert store.run(quote_longer, wish, NOW, RULES).terms.amount >= 0
        store.run(extend, "r", "ann", wish.id, NOW, RULES)
    whole = total(price(list_, store.reservations["r"].wanted, "Asia/Shanghai"))
    terms = store.reservations["r"].terms
    assert whole == terms.amount == sum(fen for _, fen in terms.lines) == ledger.charged(store.ledger("r"))


def test_the_price_is_for_the_kind_of_vehicle_it_was_asked_for(store: DictStore) -> None:
    found = store.run(quote, ask("q", 2, vehicle=Vehicle.NEV), NOW, RULES)
    assert (found.terms.amount, found.terms.vehicle) == (400, "nev")
    refused(Code.QUOTE_DIFFERS, store, hold, Hold("r", "ann", "q", car()), NOW, RULES)
    store.run(hold, Hold("r", "ann", "q", car(PlateColor.GREEN)), NOW, RULES)
    refused(Code.QUOTE_DIFFERS, store, change_plate, "r", "ann", car(PlateColor.YELLOW, "b"), NOW, PlainPlates())


@pytest.mark.parametrize("later", [0, HOUR, HOUR + 1, 2 * HOUR - 600, 2 * HOUR - 599])
def test_cancelling_gives_back_what_the_preview_said(store: DictStore, later: int) -> None:
    reserved(store, "r", 2)
    said = store.run(preview, "r", "ann", NOW)
    assert said == (800, 0, ((NOW + HOUR + 1, 400), (NOW + 2 * HOUR - 599, 0)))
    wanted = [800, *(back for at, back in said.later if NOW + later >= at)][-1]
    assert store.run(preview, "r", "ann", NOW + later).back == wanted
    done = store.run(cancel, "r", "ann", NOW + later)
    assert done.refunded == wanted
    refused(Code.WRONG_STATE, store, preview, "r", "ann", NOW + later)


def test_an_extension_that_was_not_paid_is_not_owed_after_cancelling(store: DictStore) -> None:
    reserved(store, "r", 2)
    store.run(quote_longer, AskLonger("q2", "ann", "r", NOW + 5 * HOUR), NOW, RULES)
    store.run(extend, "r", "ann", "q2", NOW, RULES)
    later = NOW + HOUR + 1
    assert store.run(preview, "r", "ann", later)[:2] == (250, 550)
    done = store.run(cancel, "r", "ann", later)
    assert (done.state, done.paid, done.refunded) == (State.CANCELLED, 800, 250)
    totals = {account: sum(line.amount for line in store.lines if line.account is account) for account in Account}
    assert totals[Account.PAYER] == 0
    assert (totals[Account.OPERATOR], totals[Account.PLATFORM], totals[Account.TAX]) == (-462, -55, -33)


def test_a_free_lot_needs_no_payment(store: DictStore) -> None:
    store.put_lot(msgspec.structs.replace(store.lots["L1"], tariff_id=""))
    reserved(store, "r", 2)
    assert store.run(confirm, "r", "ann", NOW).state is State.CONFIRMED
