"""Holds, confirmation, cancelling, payments that come late: on the dict store."""

from __future__ import annotations

import pytest

from parking.booking import Hold, cancel, confirm, extend, hold
from parking.changes import change
from parking.model import Account, PlateColor, State
from parking.payments import captured
from parking.records import Interval, Lot, Place, Plate, Quote, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.stays import check_in, check_out
from tests.support.dict_parking import DictStore

NOW, HOUR = 1_772_409_600, 3600
RULES = Rules()


def plate(text: str) -> Plate:
    return Plate(text.encode(), b"", "鲁A·1**45", PlateColor.BLUE)


def quoted(store: DictStore, name: str, start: int, end: int, amount: int = 0, client: str = "ann", place: str = "S1") -> str:
    terms = Terms(amount, refund_steps=((HOUR, 100), (0, 50)), overstay_fen_per_hour=300)
    store.quotes[name] = Quote(name, client, "L1", place, Interval(NOW + start, NOW + end), terms, NOW, NOW + HOUR)
    return name


@pytest.fixture
def store() -> DictStore:
    store = DictStore()
    store.lots["L1"] = Lot("L1", "东站", 36.7, 117.5)
    store.all_places["S1"] = Place("S1", "L1", 1, numbered=True)
    store.all_places["P1"] = Place("P1", "L1", 2)
    return store


def held(store: DictStore, name: str, quote: str, now: int = NOW, client: str = "ann", text: str = "") -> str:
    store.run(hold, Hold(name, client, quote, plate(text or name)), now, RULES)
    return name


def test_intervals_that_touch_do_not_clash_and_those_that_overlap_do(store: DictStore) -> None:
    held(store, "r1", quoted(store, "q1", HOUR, 2 * HOUR))
    held(store, "r2", quoted(store, "q2", 2 * HOUR, 3 * HOUR))
    with pytest.raises(Refusal) as refused:
        held(store, "r3", quoted(store, "q3", HOUR + 1800, 2 * HOUR + 1800, client="bob"), client="bob")
    assert refused.value.code is Code.TAKEN
    assert "r3" not in store.reservations


def test_a_lapsed_hold_blocks_nobody_and_is_ended_in_the_same_transaction(store: DictStore) -> None:
    held(store, "r1", quoted(store, "q1", HOUR, 2 * HOUR))
    later = NOW + RULES.hold_s
    held(store, "r2", quoted(store, "q2", HOUR, 2 * HOUR, client="bob"), now=later, client="bob")
    assert store.reservations["r1"].state is State.EXPIRED
    with pytest.raises(Refusal, match="cannot be confirmed"):
        store.run(confirm, "r1", "ann", later)


def test_what_was_free_at_first_is_charged_its_extension_once_wherever_it_is_bound_again(store: DictStore) -> None:
    command = Hold("r1", "ann", quoted(store, "q1", HOUR, 2 * HOUR), plate("r1"), at_once=True)
    store.run(hold, command, NOW, RULES)
    found = store.run(extend, "r1", "ann", quoted(store, "q2", 2 * HOUR, 3 * HOUR, 500), NOW, RULES)
    moved = (found, store.lots["L1"], NOW, State.RELOCATION_OFFERED)
    store.run(lambda unit: change(unit, *moved, hold_until=NOW + 900, place_id="P1", moved_from="S1"))
    assert store.run(confirm, "r1", "ann", NOW).state is State.CONFIRMED
    assert sum(line.amount for line in store.ledger("r1") if line.account is Account.PAYER) == 500


def test_a_late_payment_takes_the_time_again_or_goes_back(store: DictStore) -> None:
    held(store, "r1", quoted(store, "q1", HOUR, 2 * HOUR, 500))
    later = NOW + RULES.hold_s + 5
    assert store.run(captured, "r1", "pay1", 500, later).state is State.CONFIRMED
    assert store.run(captured, "r1", "pay1", 500, later).paid == 500
    store.run(cancel, "r1", "ann", later)
    held(store, "r2", quoted(store, "q2", HOUR, 2 * HOUR, 500), now=later)
    held(store, "r3", quoted(store, "q3", HOUR, 2 * HOUR, 500, client="bob"), now=later + RULES.hold_s, client="bob")
    late = store.run(captured, "r2", "pay2", 500, later + RULES.hold_s + 1)
    assert (late.state, late.refunded) == (State.EXPIRED, 500)
    assert sum(line.amount for line in store.ledger("r2")) == 0
    assert sum(line.amount for line in store.ledger("r2") if line.account is Account.REFUNDS) == -500


def test_nobody_sees_or_cancels_anothers_reservation(store: DictStore) -> None:
    held(store, "r1", quoted(store, "q1", HOUR, 2 * HOUR))
    with pytest.raises(Refusal) as refused:
        store.run(cancel, "r1", "bob", NOW)
    assert (refused.value.code, refused.value.status) == (Code.UNKNOWN_RESERVATION, 404)


def test_a_pool_binds_a_stall_when_the_vehicle_comes_and_charges_what_it_stays_too_long(store: DictStore) -> None:
    for k in (1, 2):
        held(store, f"r{k}", quoted(store, f"q{k}", 0, HOUR, place="P1"))
        store.run(confirm, f"r{k}", "ann", NOW)
    with pytest.raises(Refusal):
        held(store, "r3", quoted(store, "q3", 0, HOUR, place="P1", client="bob"), client="bob")
    stalls = {store.run(check_in, f"r{k}", None, NOW, NOW, RULES).stall for k in (1, 2)}
    assert stalls == {"1", "2"}
    done = store.run(check_out, "r1", None, NOW + HOUR + 4000, NOW + HOUR + 4000)
    assert (done.state, done.fees) == (State.COMPLETED, 600)
    assert sum(line.amount for line in store.lines) == 0
