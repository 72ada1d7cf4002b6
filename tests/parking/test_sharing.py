"""Owners share, change their minds, and nobody's reservation is quietly lost by it: on the dict store."""

from __future__ import annotations

import msgspec
import pytest

from parking.booking import Hold, confirm, extend, hold
from parking.lapses import lapse
from parking.model import Account, PlateColor, SpaceKind, State
from parking.payees import parts
from parking.payments import captured
from parking.records import Interval, Lot, Place, Plate, Quote, Reservation, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.sharing import Outcome, Previewed, edit, lend, preview_edit, preview_take_back, publish, resize, take_back
from parking.statements import statement
from parking.stays import check_in
from parking.waiting import Join, join
from tests.support.dict_parking import DictStore

NOW, HOUR = 1_772_442_000, 3600
"""2026-03-02 17:00, a Monday"""
RULES = Rules(most_holds=9)
LOT = Lot("L1", "明珠小区", 36.7, 117.5, operator="city", community="mingzhu")
NIGHTS = ShareWindow("W1", "S1", "eve", "2026-03-01", "", "daily", 1080, 480, buffer_s=1800, price_fen_per_hour=100)
SPLIT = parts(LOT, NIGHTS, 1000, 600)


@pytest.fixture
def store() -> DictStore:
    store = DictStore()
    store.lots["L1"] = LOT
    for place in (Place("S1", "L1", 1, numbered=True, owner="eve"), Place("S2", "L1", 1, numbered=True, owner="fay")):
        store.run(lend, place)
    store.run(publish, NIGHTS, "eve", NOW)
    return store


def reserve(store: DictStore, name: str, start: int, end: int, amount: int = 0, client: str = "ann", place: str = "S1",
            window: str = "W1", now: int = NOW) -> Reservation:  # fmt: skip
    """Hours from now."""
    terms = Terms(amount, refund_steps=((HOUR, 100),), shares=SPLIT if amount else ())
    wanted = Interval(NOW + start * HOUR, NOW + end * HOUR)
    store.quotes[name] = Quote(name, client, "L1", place, wanted, terms, NOW, NOW + 99 * HOUR, window)
    found: Reservation = store.run(hold, Hold(name, client, name, Plate(name.encode(), b"", "鲁A·1**45", PlateColor.BLUE)), now, RULES)
    if amount:
        store.run(captured, name, f"pay-{name}", amount, now)
    else:
        store.run(confirm, name, client, now)
    return found


def refused(command: object, *arguments: object, store: DictStore) -> Refusal:
    with pytest.raises(Refusal) as found:
        store.run(command, *arguments)
    return found.value


def test_only_the_owner_shares_a_place_and_only_the_operator_names_another_payee(store: DictStore) -> None:
    mine = msgspec.structs.replace(NIGHTS, id="W2", place_id="S2", owner="fay")
    assert refused(publish, mine, "eve", NOW, store=store).code is Code.NOT_ELIGIBLE
    assert refused(publish, msgspec.structs.replace(mine, owner="eve"), "fay", NOW, store=store).code is Code.NOT_ELIGIBLE
    treasury = msgspec.structs.replace(mine, payee=Account.TREASURY)
    assert refused(publish, treasury, "fay", NOW, store=store).code is Code.NOT_ELIGIBLE
    made = store.run(publish, treasury, None, NOW)
    assert (made.version, made.active, made.updated) == (1, True, NOW)
    assert refused(publish, mine, "fay", NOW, store=store).code is Code.WRONG_STATE
    assert refused(edit, mine, 1, "fay", NOW, RULES, store=store).code is Code.NOT_ELIGIBLE
    assert [one.id for one in store.windows_of("fay")] == ["W2"]
    unknown = msgspec.structs.replace(mine, id="W3", days="someday")
    assert refused(publish, unknown, "fay", NOW, store=store).code is Code.BAD_WINDOW


def test_nobody_reserves_outside_the_window_or_in_the_return_buffer(store: DictStore) -> None:
    reserve(store, "r1", 1, 14)
    assert refused(extend_to(store, "r1", 15), store=store).code is Code.CLOSED
    with pytest.raises(Refusal) as early:
        reserve(store, "r2", 0, 1, client="bob")
    assert early.value.code is Code.CLOSED
    with pytest.raises(Refusal) as without:
        reserve(store, "r3", 25, 26, window="")
    assert without.value.code is Code.CLOSED


def extend_to(store: DictStore, name: str, end: int) -> object:
    found = store.reservations[name]
    more = Interval(found.wanted.end, NOW + end * HOUR)
    store.quotes["more"] = Quote("more", found.client, "L1", found.place_id, more, Terms(0), NOW, NOW + HOUR, found.window_id)
    return lambda unit: extend(unit, name, found.client, "more", NOW, RULES)


def test_coming_early_is_no_use_while_the_owner_is_still_there(store: DictStore) -> None:
    reserve(store, "r1", 1, 10)
    reserve(store, "r2", 26, 27, client="bob")
    early = refused(check_in, "r1", None, NOW + 50 * 60, NOW + 50 * 60, RULES, store=store)
    assert (early.code, early.facts) == (Code.TOO_EARLY, {"from": NOW + HOUR})
    at = NOW + 26 * HOUR - 600
    assert store.run(check_in, "r2", None, at, at, RULES).state is State.CHECKED_IN


def test_a_change_is_shown_first_and_then_moves_or_refunds_whom_it_concerns(store: DictStore) -> None:
    store.run(publish, msgspec.structs.replace(NIGHTS, id="W2", place_id="S2", owner="fay", price_fen_per_hour=80), "fay", NOW)
    reserve(store, "moved", 4, 6, 501)
    reserve(store, "stays", 1, 3, client="bob")
    reserve(store, "away", 28, 30, 333, client="cui")
    reserve(store, "busy", 28, 30, client="dan", place="S2", window="W2")
    shorter = msgspec.structs.replace(NIGHTS, end_minute=1260)
    with pytest.raises(Previewed) as shown:
        store.run(preview_edit, shorter, 1, "eve", NOW, RULES)
    assert store.all_windows["W1"] == msgspec.structs.replace(NIGHTS, updated=NOW)
    assert all(one.state is State.CONFIRMED for one in store.reservations.values())
    done = store.run(edit, shorter, 1, "eve", NOW, RULES)
    assert done == shown.value.outcome
    assert [(one.reservation_id, one.after, one.place_id, one.refunded) for one in done.effects] == [
        ("moved", State.RELOCATION_OFFERED, "S2", 0), ("away", State.CANCELLED, "S1", 333),
    ]  # fmt: skip
    assert store.reservations["stays"].state is State.CONFIRMED
    assert (done.window.version, done.window.owner) == (2, "eve")
    assert not any(name in repr(done.effects) for name in ("ann", "cui", "鲁"))
    assert refused(edit, shorter, 1, "eve", NOW, RULES, store=store).status == 412


def test_who_is_moved_to_anothers_place_pays_the_same_and_the_other_earns_it(store: DictStore) -> None:
    store.run(publish, msgspec.structs.replace(NIGHTS, id="W2", place_id="S2", owner="fay"), "fay", NOW)
    reserve(store, "r1", 4, 6, 501)
    assert statement(store, Account.OWNER, "eve", Interval(0, NOW + 1)).total == 421
    store.run(take_back, "W1", 1, "eve", NOW, RULES)
    moved = store.run(confirm, "r1", "ann", NOW)
    assert (moved.place_id, moved.window_id, moved.terms.amount) == ("S2", "W2", 501)
    hers = statement(store, Account.OWNER, "fay", Interval(0, NOW + 1))
    assert (hers.total, hers.earned[0].place_id, hers.earned[0].fen) == (421, "S2", 421)
    assert (hers.earned[0].charged, hers.earned[0].fee, hers.earned[0].tax) == (501, 50, 30)
    left = statement(store, Account.OWNER, "eve", Interval(0, NOW + 1))
    assert (left.total, left.earned[0].charged, left.earned[0].fee) == (0, 0, 0)
    assert sum(line.amount for line in store.lines) == 0
    again = store.run(take_back, "W2", 1, "fay", NOW, RULES)
    assert [(one.after, one.refunded) for one in again.effects] == [(State.CANCELLED, 501)]
    after = statement(store, Account.OWNER, "fay", Interval(0, NOW + 1))
    assert (after.total, after.earned[0].charged, after.earned[0].compensation) == (-50, 0, 50)
    assert sum(line.amount for line in store.lines) == 0


def test_an_offer_in_a_window_that_is_taken_back_too_is_made_again_or_refunded(store: DictStore) -> None:
    store.run(publish, msgspec.structs.replace(NIGHTS, id="W2", place_id="S2", owner="fay"), "fay", NOW)
    reserve(store, "r1", 4, 6, 501)
    store.run(take_back, "W1", 1, "eve", NOW, RULES)
    assert store.reservations["r1"].state is State.RELOCATION_OFFERED
    outcome: Outcome = store.run(take_back, "W2", 1, "fay", NOW, RULES)
    assert outcome.effects[0].after is State.CANCELLED
    assert store.run(take_back, "W2", 7, "fay", NOW, RULES).effects == ()


def test_nobody_is_moved_to_a_dearer_place_or_one_of_another_kind(store: DictStore) -> None:
    store.run(publish, msgspec.structs.replace(NIGHTS, id="W2", place_id="S2", owner="fay", price_fen_per_hour=101), "fay", NOW)
    store.all_places["B1"] = Place("B1", "L1", 9, kind=SpaceKind.BUS)
    reserve(store, "r1", 4, 6)
    assert store.run(take_back, "W1", 1, "eve", NOW, RULES).effects[0].after is State.CANCELLED


def test_a_vehicle_that_is_there_stays_to_its_end(store: DictStore) -> None:
    reserve(store, "r1", 1, 6)
    store.run(check_in, "r1", None, NOW + HOUR, NOW + HOUR, RULES)
    done = store.run(take_back, "W1", 1, "eve", NOW + 2 * HOUR, RULES)
    assert [(one.before, one.after) for one in done.effects] == [(State.CHECKED_IN, State.CHECKED_IN)]
    assert refused(extend_to(store, "r1", 7), store=store).code is Code.CLOSED


def test_a_city_may_demand_notice(store: DictStore) -> None:
    reserve(store, "r1", 4, 6)
    rules = RULES._replace(share_notice_s=5 * HOUR)
    late = refused(preview_take_back, "W1", 1, "eve", NOW, rules, store=store)
    assert (late.code, late.facts) == (Code.TOO_LATE, {"reservations": 1, "notice_s": 5 * HOUR})
    assert refused(take_back, "W1", 1, "eve", NOW, rules, store=store).code is Code.TOO_LATE
    assert store.reservations["r1"].state is State.CONFIRMED
    assert store.run(take_back, "W1", 1, "eve", NOW, RULES).window.active is False


def test_a_late_payment_does_not_bring_back_a_time_the_owner_took_back(store: DictStore) -> None:
    terms = Terms(500)
    store.quotes["q"] = Quote("q", "ann", "L1", "S1", Interval(NOW + 2 * HOUR, NOW + 3 * HOUR), terms, NOW, NOW + HOUR, "W1")
    store.run(hold, Hold("r1", "ann", "q", Plate(b"a", b"", "", PlateColor.BLUE)), NOW, RULES)
    later = NOW + RULES.hold_s
    store.run(lapse, store.reservations["r1"], later)
    store.run(take_back, "W1", 1, "eve", later, RULES)
    assert store.run(captured, "r1", "p", 500, later).state is State.EXPIRED
    assert store.reservations["r1"].refunded == 500


def test_residents_come_first(store: DictStore) -> None:
    store.run(publish, msgspec.structs.replace(NIGHTS, id="W2", place_id="S2", owner="fay", residents_first_s=6 * HOUR), "fay", NOW)
    store.put_resident("mingzhu", "cui")
    with pytest.raises(Refusal) as first:
        reserve(store, "r1", 8, 9, place="S2", window="W2")
    assert (first.value.code, first.value.facts) == (Code.NOT_ELIGIBLE, {"from": NOW + 2 * HOUR})
    reserve(store, "r2", 8, 9, place="S2", window="W2", client="cui")
    reserve(store, "r3", 10, 11, place="S2", window="W2", now=NOW + 4 * HOUR)
    store.all_places["R1"] = Place("R1", "L1", 5, kind=SpaceKind.RESIDENT)
    with pytest.raises(Refusal):
        reserve(store, "r4", 1, 2, place="R1", window="")
    reserve(store, "r5", 1, 2, place="R1", window="", client="cui")
    wish = Join(
        "r7", "ann", "L1", Interval(NOW + HOUR, NOW + 2 * HOUR), Plate(b"7", b"", "", PlateColor.BLUE), Terms(0), SpaceKind.RESIDENT
    )
    assert refused(join, wish, NOW, RULES, store=store).code is Code.NOT_ELIGIBLE
    assert store.run(join, msgspec.structs.replace(wish, client="cui"), NOW, RULES).state is State.WAITING
    store.drop_resident("mingzhu", "cui")
    with pytest.raises(Refusal):
        reserve(store, "r6", 1, 2, place="R1", window="", client="cui")


def test_an_institution_lends_a_part_of_its_car_park_and_takes_stalls_back(store: DictStore) -> None:
    store.run(lend, Place("I1", "L1", 3, owner="bureau"))
    office = msgspec.structs.replace(NIGHTS, id="W3", place_id="I1", owner="bureau", more=(("days_off", 0, 0),), price_fen_per_hour=0)
    store.run(publish, office, "bureau", NOW)
    for k, client in enumerate(("ann", "bob", "cui")):
        reserve(store, f"r{k}", 2, 4, place="I1", window="W3", client=client)
    with pytest.raises(Refusal) as full:
        reserve(store, "r4", 3, 5, place="I1", window="W3", client="dan")
    assert full.value.code is Code.TAKEN
    store.run(check_in, "r2", None, NOW + 2 * HOUR, NOW + 2 * HOUR, RULES)
    assert refused(resize, "I1", 1, 1, "eve", NOW, RULES, store=store).code is Code.NOT_ELIGIBLE
    assert refused(resize, "I1", 1, 2, "bureau", NOW, RULES, store=store).code is Code.STALE_VERSION
    done = store.run(resize, "I1", 2, 1, "bureau", NOW + 2 * HOUR, RULES)
    assert [(one.reservation_id, one.after) for one in done.effects] == [("r1", State.CANCELLED)]
    assert (done.place.capacity, done.place.version) == (2, 2)
    none = store.run(resize, "I1", 0, 2, "bureau", NOW + 2 * HOUR, RULES)
    assert {one.reservation_id: one.after for one in none.effects} == {"r0": State.CANCELLED, "r2": State.CHECKED_IN}
    assert refused(resize, "S1", 2, 1, "eve", NOW, RULES, store=store).code is Code.NOT_ELIGIBLE


@pytest.mark.parametrize(
    "place", [Place("X", "L1", 3), Place("X", "L1", 3, owner="o", overbook=1), Place("X", "L1", 2, owner="o", numbered=True)]
)
def test_what_is_lent_has_an_owner_and_is_never_overbooked(store: DictStore, place: Place) -> None:
    assert refused(lend, place, store=store).code is Code.NOT_ELIGIBLE


def test_shares_follow_the_payee_and_add_up() -> None:
    treasury = msgspec.structs.replace(NIGHTS, payee=Account.TREASURY)
    assert parts(LOT, treasury, 500, 300) == ((Account.TREASURY, "", 9200), (Account.PLATFORM, "", 500), (Account.TAX, "", 300))
    assert parts(LOT, msgspec.structs.replace(NIGHTS, payee=Account.OPERATOR), 0, 0) == ((Account.OPERATOR, "city", 10_000),)
    assert parts(LOT, None, 0, 0) == ((Account.OPERATOR, "city", 10_000),)
    with pytest.raises(ValueError, match="parts of 10,000"):
        parts(LOT, None, 9000, 1001)
