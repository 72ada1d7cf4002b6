"""Refunds go back from the payments that brought the money; compensation and settlements go out once."""

from __future__ import annotations

import pytest

from parking import payouts
from parking.booking import Hold, cancel, confirm, extend, hold
from parking.lapses import lapse
from parking.model import Account, PlateColor, State
from parking.payments import ask, captured, due, not_yet
from parking.records import Interval, Lot, Place, Plate, Quote, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.relocation import relocate
from parking.rules import Rules
from parking.stays import check_in, check_out
from tests.support.dict_parking import DictStore
from tests.support.parking_invariants import check_money

NOW, HOUR = 1_772_409_600, 3600
RULES = Rules()
SHARES = ((Account.OWNER, "o", 9000), (Account.PLATFORM, "", 1000))


@pytest.fixture
def store() -> DictStore:
    store = DictStore()
    store.put_lot(Lot("L1", "东站", 36.7, 117.5))
    store.put_place(Place("S1", "L1", 1, numbered=True))
    store.put_place(Place("S9", "L1", 1, numbered=True, shared_only=True))
    store.put_window(ShareWindow("w", "S9", "o", "2026-01-01", "", "daily", 0, 0))
    return store


def held(store: DictStore, name: str = "r", place: str = "S1", plate: bytes = b"p", amount: int = 1000) -> str:
    terms = Terms(amount, refund_steps=((HOUR, 100), (0, 30)), overstay_fen_per_hour=400, shares=SHARES)
    wanted = Interval(NOW + 2 * HOUR, NOW + 3 * HOUR)
    store.put_quote(Quote(f"q-{name}", "ann", "L1", place, wanted, terms, NOW, NOW + 9 * HOUR, "w" if place == "S9" else ""))
    store.run(hold, Hold(name, "ann", f"q-{name}", Plate(plate, b"", "", PlateColor.BLUE)), NOW, RULES)
    return name


def test_a_refund_goes_back_from_the_newest_payment_first(store: DictStore) -> None:
    held(store)
    store.run(captured, "r", "p1", 400, NOW)
    store.run(captured, "r", "p2", 600, NOW + 1)
    assert store.reservations["r"].state is State.CONFIRMED
    store.run(cancel, "r", "ann", NOW + HOUR + 1)
    outs = sorted((out.payment_id, out.amount, out.due) for out in store.payouts.values())
    assert outs == [("p2", 300, NOW + HOUR + 1)]
    assert [(paid.id, paid.returned) for paid in store.payments("r")] == [("p1", 0), ("p2", 300)]
    check_money(store.reservations["r"], store.ledger("r"))


def test_a_refund_may_need_several_payments_and_never_more_than_they_brought(store: DictStore) -> None:
    held(store)
    store.run(captured, "r", "p1", 400, NOW)
    store.run(captured, "r", "p2", 600, NOW + 1)
    store.run(cancel, "r", "ann", NOW + 2)
    assert sorted((out.key, out.amount) for out in store.payouts.values()) == [
        ("refund:r:cancel:p1", 400), ("refund:r:cancel:p2", 600),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="1 fen of more were never paid"):
        payouts.refund(store, store.reservations["r"], "more", 1, NOW)


def test_a_payout_is_confirmed_once_and_sent_ever_more_rarely_until_then(store: DictStore) -> None:
    held(store)
    store.run(captured, "r", "p1", 1000, NOW)
    store.run(cancel, "r", "ann", NOW)
    (key,) = store.payouts
    waits = []
    for _ in range(10):
        payouts.later(store, key, NOW, RULES)
        waits.append((store.payouts[key].due or 0) - NOW)
    assert waits == [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert [payouts.confirmed(store, key, NOW + 1), payouts.confirmed(store, key, NOW + 2)] == [True, False]
    payouts.later(store, key, NOW + 3, RULES)
    assert (store.payouts[key].due, store.payouts[key].done) == (None, NOW + 1)
    assert not payouts.confirmed(store, "never heard of", NOW)
    assert sum(line.amount for line in store.lines if line.account is Account.REFUNDS) == 0


def test_who_withdrew_the_place_pays_the_compensation(store: DictStore) -> None:
    held(store)
    store.run(captured, "r", "p1", 1000, NOW)
    store.all_windows.clear()
    done = store.run(relocate, store.reservations["r"], NOW, RULES, (Account.OWNER, "o"))
    assert (done.state, done.refunded) == (State.CANCELLED, 1000)
    out = store.payouts["compensation:r"]
    assert (out.amount, out.holder) == (100, "ann")
    assert (store.balance(Account.OWNER, "o"), store.balance(Account.CREDIT, "ann")) == (100, -100)
    store.run(payouts.confirmed, out.key, NOW)
    assert store.balance(Account.CREDIT, "ann") == 0
    assert store.run(payouts.settle, Account.OWNER, "o", "2026-03-02", NOW) is None


@pytest.mark.parametrize(("later", "kept"), [(HOUR + 1, 700), (0, 0)])
def test_who_is_moved_and_then_cancels_leaves_the_new_owner_with_what_is_kept(store: DictStore, later: int, kept: int) -> None:
    held(store, place="S9")
    store.run(captured, "r", "p1", 1000, NOW)
    store.put_place(Place("S8", "L1", 1, numbered=True, shared_only=True))
    store.put_window(ShareWindow("v", "S8", "new", "2026-01-01", "", "daily", 0, 0))
    del store.all_places["S1"]
    moved = store.run(relocate, store.reservations["r"], NOW, RULES, (Account.OWNER, "o"))
    assert (moved.state, moved.place_id) == (State.RELOCATION_OFFERED, "S8")
    assert (store.balance(Account.OWNER, "o"), store.balance(Account.OWNER, "new")) == (0, -900)
    store.run(confirm, "r", "ann", NOW + 1)
    done = store.run(cancel, "r", "ann", NOW + max(1, later))
    assert (done.state, done.refunded) == (State.CANCELLED, 1000 - kept)
    assert (store.balance(Account.OWNER, "o"), store.balance(Account.OWNER, "new")) == (0, -kept * 9 // 10)
    check_money(done, store.ledger("r"))


def test_only_what_is_paid_is_settled(store: DictStore) -> None:
    held(store)
    store.run(captured, "r", "p1", 1000, NOW)
    store.run(check_in, "r", None, NOW + 2 * HOUR, NOW + 2 * HOUR, RULES)
    late = NOW + 4 * HOUR
    store.run(check_out, "r", None, late, late)
    assert due(store, store.reservations["r"]) == 400
    assert store.payable(Account.OWNER, "o") == 0
    payment = store.run(ask, "r", "ann", late, RULES)
    assert (payment.id, payment.amount, payment.expires) == ("r-2", 400, late + RULES.pay_s)
    store.run(captured, "r", payment.id, 400, late)
    assert store.payable(Account.OWNER, "o") == 1260
    out = store.run(payouts.settle, Account.OWNER, "o", "2026-03-02", late)
    assert (out.amount, store.payable(Account.OWNER, "o")) == (1260, 0)


def test_what_is_not_paid_in_time_is_asked_for_anew(store: DictStore) -> None:
    held(store)
    first = store.run(ask, "r", "ann", NOW, RULES)
    assert (first.id, first.expires) == ("r-1", NOW + RULES.hold_s)
    store.run(not_yet, "r-1", True, NOW, RULES)
    assert store.all_payments["r-1"].due is None
    store.run(not_yet, "r-1", False, NOW, RULES)
    store.run(not_yet, "nobody's", False, NOW, RULES)
    assert store.run(ask, "r", "ann", NOW + 1, RULES).id == "r-2"
    with pytest.raises(Refusal) as refused:
        store.run(ask, "r", "ann", NOW + RULES.hold_s, RULES)
    assert refused.value.code is Code.HOLD_EXPIRED
    with pytest.raises(Refusal) as refused:
        store.run(ask, "r", "bob", NOW, RULES)
    assert refused.value.code is Code.UNKNOWN_RESERVATION


@pytest.mark.parametrize("way", ["window", "plate"])
def test_a_late_payment_takes_nothing_again_that_is_no_longer_allowed(store: DictStore, way: str) -> None:
    held(store, place="S9")
    later = NOW + RULES.hold_s
    store.run(lapse, store.reservations["r"], later)
    if way == "window":
        store.put_window(ShareWindow("w", "S9", "o", "2026-01-01", "", "daily", 0, 0, active=False))
    else:
        held(store, "other", amount=0)
        store.run(confirm, "other", "ann", NOW)
    done = store.run(captured, "r", "p1", 1000, later)
    assert (done.state, done.refunded, "r" in store.claims) == (State.EXPIRED, 1000, False)


def test_a_moved_client_need_not_pay_a_balance_to_accept() -> None:
    store = DictStore()
    store.put_lot(Lot("L1", "东站", 36.7, 117.5))
    for name in ("S1", "S2"):
        store.put_place(Place(name, "L1", 1, numbered=True))
    held(store)
    store.run(captured, "r", "p1", 1000, NOW)
    more = Interval(NOW + 3 * HOUR, NOW + 4 * HOUR)
    store.put_quote(Quote("x", "ann", "L1", "S1", more, Terms(250), NOW, NOW + 900))
    store.run(extend, "r", "ann", "x", NOW, RULES)
    moved = store.run(relocate, store.reservations["r"], NOW, RULES, (Account.OWNER, "o"))
    assert moved.state is State.RELOCATION_OFFERED
    assert store.run(confirm, "r", "ann", NOW + 1).state is State.CONFIRMED
    assert due(store, store.reservations["r"]) == 250
