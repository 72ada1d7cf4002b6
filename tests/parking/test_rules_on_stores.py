"""Rules that stores could tell apart, on all three: declined relocations, late arrivals, who waits, conduct."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parking.booking import Hold, cancel, change_plate, confirm, extend, hold
from parking.conduct import decide, file_appeal, lift, record
from parking.lapses import lapse
from parking.model import Account, PlateColor, State
from parking.payees import parts
from parking.payments import captured
from parking.records import Interval, Lot, Place, Plate, Quote, Reservation, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.sharing import publish, take_back
from parking.stays import check_in, check_out
from parking.unit import Unit
from parking.waiting import Join, join, offer
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.dict_parking import DictServer
from tests.support.parking_invariants import check_money
from tests.support.plain_plates import PlainPlates
from tests.support.postgres import emptied, fresh_database, postgres_server

NOW, HOUR, DAY = 1_772_442_000, 3600, 86_400
"""2026-03-02 17:00 in Shanghai, a Monday"""
RULES = Rules(most_holds=9)
LOT = Lot("L1", "明珠小区", 36.7, 117.5, operator="city", no_show_s=1800, grace_s=900)
EVES = ShareWindow("W1", "S1", "eve", "2026-03-01", "", "daily", 0, 0, price_fen_per_hour=100)
FAYS = ShareWindow("W2", "S2", "fay", "2026-03-01", "", "daily", 0, 0, price_fen_per_hour=100)
SPLIT = parts(LOT, EVES, 1000, 600)


class Run:
    """Commands on one store, its clock in hand."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW

    def __call__(self, rule: Callable[..., Any], *arguments: Any, at: int | None = None) -> Any:
        moment = self.now if at is None else at
        return self.store.submit(lambda unit, _now: rule(unit, *arguments, moment)).result(60)

    def do(self, rule: Callable[[Unit], Any]) -> Any:
        return self.store.submit(lambda unit, _now: rule(unit)).result(60)

    def see(self, name: str) -> Reservation:
        found = self.store.read(lambda unit: unit.reservation(name))
        assert found is not None
        return found

    def book(self, name: str, place: str, start: int, end: int, amount: int = 0, window: str = "", client: str = "ann") -> None:
        """Seconds from now; confirmed and paid."""
        terms = Terms(amount, refund_steps=((HOUR, 100), (0, 50)), shares=SPLIT if amount else (), overstay_fen_per_hour=400,
                      compensation_percent=20)  # fmt: skip
        quote = Quote(name, client, "L1", place, Interval(NOW + start, NOW + end), terms, NOW, NOW + DAY, window)
        self.do(lambda unit: unit.put_quote(quote))
        self(lambda unit, now: hold(unit, Hold(name, client, name, plate(name)), now, RULES))
        if amount:
            self(lambda unit, now: captured(unit, name, f"pay-{name}", amount, now))
        else:
            self(lambda unit, now: confirm(unit, name, client, now))


def plate(name: str) -> Plate:
    return Plate(name.encode(), b"", "鲁A·1**45", PlateColor.BLUE)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as one:
        yield one


@pytest.fixture(params=["dict", "sqlite", "postgres"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Run]:
    if request.param == "dict":
        store: Any = DictServer(lambda: NOW)
    elif request.param == "sqlite":
        store = SqliteStore(tmp_path / "parking.db", lambda: NOW)
    else:
        store = PostgresStore(emptied(request.getfixturevalue("address")), lambda: NOW)
    made = Run(store)
    made.do(lambda unit: unit.put_lot(LOT))
    for name, owner in (("S1", "eve"), ("S2", "fay")):
        made.do(lambda unit, n=name, o=owner: unit.put_place(Place(n, "L1", 1, numbered=True, shared_only=True, owner=o)))
    made(lambda unit, now: (publish(unit, EVES, "eve", now), publish(unit, FAYS, "fay", now)))
    yield made
    store.close()


def refused(run: Run, rule: Callable[[Unit, int], Any]) -> Refusal:
    with pytest.raises(Refusal) as found:
        run(rule)
    return found.value


@pytest.mark.parametrize("declined", [True, False])
def test_who_declines_another_place_gets_all_back_and_the_compensation_of_the_terms(run: Run, declined: bool) -> None:
    run.book("r", "S1", 600, HOUR, 1000, "W1")
    run(lambda unit, now: take_back(unit, "W1", 1, "eve", now, RULES))
    offered = run.see("r")
    assert (offered.state, offered.place_id, offered.compensation) == (State.RELOCATION_OFFERED, "S2", 200)
    if declined:
        run(lambda unit, now: cancel(unit, "r", "ann", now))
    else:
        run.now += RULES.offer_s
        run(lambda unit, now: lapse(unit, offered, now))
    ended = run.see("r")
    assert (ended.state, ended.refunded, ended.reason) == (State.CANCELLED, 1000, "offer_declined" if declined else "offer_lapsed")
    lines = run.store.read(lambda unit: list(unit.ledger("r")))
    check_money(ended, lines)
    assert [line.amount for line in lines if line.account is Account.CREDIT] == [-200]
    assert sum(line.amount for line in lines if line.holder == "eve") == 200
    out = run.store.read(lambda unit: unit.payout("compensation:r"))
    assert (out.amount, out.holder) == (200, "ann")  # type: ignore[union-attr]


def test_who_takes_the_other_place_keeps_the_price_and_is_compensated_no_more(run: Run) -> None:
    run.book("r", "S1", 2 * HOUR, 3 * HOUR, 1000, "W1")
    run(lambda unit, now: take_back(unit, "W1", 1, "eve", now, RULES))
    taken = run(lambda unit, now: confirm(unit, "r", "ann", now))
    assert (taken.place_id, taken.compensation, taken.fault) == ("S2", 0, None)
    kept = run(lambda unit, now: cancel(unit, "r", "ann", now))
    assert (kept.refunded, run.store.read(lambda unit: unit.payout("compensation:r"))) == (1000, None)


def test_nobody_checks_in_extends_or_cancels_after_the_end_though_nobody_swept(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 5)))
    run.book("r", "P1", 0, HOUR)
    more = Quote("more", "ann", "L1", "P1", Interval(NOW + HOUR, NOW + 2 * HOUR), Terms(0), NOW, NOW + DAY)
    run.do(lambda unit: unit.put_quote(more))
    for now, client in ((NOW + HOUR, None), (NOW + HOUR + 5, "ann"), (NOW + 1800, "ann")):
        run.now = now
        early = NOW + 60 if client else now  # what a client says of an earlier time is data only
        no = refused(run, lambda unit, now, c=client, e=early: check_in(unit, "r", c, e, now, RULES))
        assert (no.code, no.facts) == (Code.WRONG_STATE, {"state": "no_show"})
    for rule in (
        lambda unit, now: extend(unit, "r", "ann", "more", now, RULES), lambda unit, now: cancel(unit, "r", "ann", now),
        lambda unit, now: change_plate(unit, "r", "ann", plate("other"), now, PlainPlates()),
    ):  # fmt: skip
        assert refused(run, rule).facts == {"state": "no_show"}
    run(lambda unit, now: lapse(unit, run_found(unit, "r"), now))
    assert run.see("r").state is State.NO_SHOW


def test_one_sign_of_a_plate_is_put_right_after_check_in_once(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 5)))
    run.book("r", "P1", 0, HOUR)
    run(lambda unit, now: check_in(unit, "r", "ann", now, now, RULES))
    assert refused(run, lambda unit, now: change_plate(unit, "r", "ann", plate("other"), now, PlainPlates())).code is Code.WRONG_STATE
    mended = run(lambda unit, now: change_plate(unit, "r", "ann", plate("s"), now, PlainPlates()))
    assert (mended.state, mended.plate.key, mended.plate_mended) == (State.CHECKED_IN, b"s", True)
    assert refused(run, lambda unit, now: change_plate(unit, "r", "ann", plate("t"), now, PlainPlates())).code is Code.WRONG_STATE


def run_found(unit: Unit, name: str) -> Reservation:
    found = unit.reservation(name)
    assert found is not None
    return found


def test_a_barrier_that_tells_late_of_who_came_in_time_checks_in(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 5)))
    run.book("r", "P1", 0, HOUR)
    run.now += 2000
    assert run(lambda unit, now: check_in(unit, "r", None, NOW + 60, now, RULES)).state is State.CHECKED_IN
    left = run(lambda unit, now: check_out(unit, "r", "ann", NOW + HOUR, now), at=NOW + 3 * HOUR)
    assert (left.left, left.fees) == (NOW + 3 * HOUR, 800), "a client's own word on when it left does not lower what is due (I8)"


def wait(run: Run, name: str, client: str, start: int, end: int, most: int | None = None, car: str = "") -> None:
    wish = Join(name, client, "L1", Interval(NOW + start, NOW + end), plate(car or name), Terms(0), most_fen=most)
    run(lambda unit, now: join(unit, wish, now, RULES))


def offers(run: Run) -> list[tuple[str, str, int]]:
    done = run(lambda unit, now: offer(unit, "L1", Interval(now, now + DAY), now, RULES))
    return [(one.id, one.place_id, one.terms.amount) for one in done]


def test_owners_places_are_offered_to_who_waits_inside_their_windows_and_up_to_the_price_agreed(run: Run) -> None:
    nights = ShareWindow("W3", "S3", "gus", "2026-03-01", "", "daily", 1080, 1320, buffer_s=1800, price_fen_per_hour=50)
    run.do(lambda unit: unit.put_place(Place("S3", "L1", 1, numbered=True, shared_only=True, owner="gus")))
    run(lambda unit, now: publish(unit, nights, "gus", now))
    wait(run, "cheap", "ann", 2 * HOUR, 3 * HOUR)
    wait(run, "evening", "bob", 2 * HOUR, 3 * HOUR, 80)
    wait(run, "late", "cui", 4 * HOUR, 5 * HOUR, 80)
    wait(run, "z-dear", "dan", 2 * HOUR, 3 * HOUR, 100)
    assert offers(run) == [("evening", "S3", 50), ("z-dear", "S1", 100)]
    held = run.see("evening")
    assert (held.state, held.window_id, held.terms.compensation_percent) == (State.OFFERED, "W3", RULES.compensation_percent)
    assert run(lambda unit, now: captured(unit, "evening", "p", 50, now)).state is State.CONFIRMED
    gone = run(lambda unit, now: take_back(unit, "W1", 1, "eve", now, RULES))
    assert [(one.reservation_id, one.after) for one in gone.effects] == [("z-dear", State.CANCELLED)]


def test_a_bar_keeps_from_offers_who_joined_before_it_and_lifting_it_lets_in_again(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 5)))
    run.book("stay", "P1", 0, HOUR, client="ann")
    wait(run, "w", "ann", 3 * DAY, 3 * DAY + HOUR, car="stay")
    wait(run, "other", "bob", 3 * DAY, 3 * DAY + HOUR)
    run(lambda unit, now: check_in(unit, "stay", None, now, now, RULES))
    run.now += 2 * DAY
    run(lambda unit, now: check_out(unit, "stay", None, now, now))
    far = Interval(NOW, NOW + 9 * DAY)
    assert [one.id for one in run(lambda unit, now: offer(unit, "L1", far, now, RULES))] == ["other"]
    (bar,) = run.store.read(lambda unit: record(unit, "ann")).bars
    lifted = run(lambda unit, now: lift(unit, bar.id, "op", "hospital", 1, now))
    assert (lifted.lifted, lifted.operator, lifted.until, lifted.version) == ("by_operator", "op", run.now, 2)
    assert refused(run, lambda unit, now: lift(unit, bar.id, "op", "again", 2, now)).code is Code.WRONG_STATE
    assert [one.id for one in run(lambda unit, now: offer(unit, "L1", far, now, RULES))] == ["w"]


def test_one_plate_is_offered_one_place_at_a_time_and_nobody_hoards_places_on_the_list(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 5)))
    wait(run, "a", "ann", 2 * HOUR, 3 * HOUR, car="same")
    wait(run, "b", "bob", 2 * HOUR, 3 * HOUR, car="same")
    assert [name for name, _, _ in offers(run)] == ["a"]
    assert offers(run) == []
    for k in range(RULES.most_waits - 1):
        wait(run, f"w{k}", "ann", (5 + k) * HOUR, (6 + k) * HOUR)
    with pytest.raises(Refusal) as many:
        wait(run, "w9", "ann", 12 * HOUR, 13 * HOUR)
    assert many.value.code is Code.TOO_MANY_HOLDS


def test_an_upheld_appeal_gives_the_fee_back_and_is_told(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 5)))
    run.book("stay", "P1", 0, HOUR, 300)
    run(lambda unit, now: check_in(unit, "stay", None, now, now, RULES))
    done = run(lambda unit, now: check_out(unit, "stay", None, now, now), at=NOW + 3 * HOUR)
    assert (done.fees, done.version) == (800, run.see("stay").version)
    run(lambda unit, now: captured(unit, "stay", "fee", 800, now))
    run(lambda unit, now: file_appeal(unit, "stay", "ann", "the barrier", now), at=NOW + 4 * HOUR)
    run(lambda unit, now: decide(unit, "stay", "op", True, "it was", 1, now), at=NOW + 5 * HOUR)
    found, lines = run.see("stay"), run.store.read(lambda unit: list(unit.ledger("stay")))
    assert (found.fees, found.refunded, found.paid) == (0, 800, 1100)
    check_money(found, lines)


def test_one_mistyped_character_is_upheld_at_once_as_often_as_the_rules_say(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 5)))
    for name in ("one", "two"):
        run.book(name, "P1", 0, HOUR)
        run(lambda unit, now, n=name: check_in(unit, n, None, now, now, RULES))
        run(lambda unit, now, n=name: check_out(unit, n, None, now, now), at=NOW + 3 * DAY)
    run.now = NOW + 4 * DAY
    first = run(lambda unit, now: file_appeal(unit, "one", "ann", "a typing error", now, plate("two"), True))
    assert (first.state.value, first.operator, run.store.read(lambda unit: unit.bars_on(b"one", run.now))) == ("upheld", "rules", None)
    second = run(lambda unit, now: file_appeal(unit, "two", "ann", "another", now, plate("one"), True))
    assert (second.state.value, second.one_off) == ("filed", True)


def test_a_stay_is_not_extended_into_another_of_the_plate_and_a_plate_is_held_for_so_often(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 9)))
    terms = Terms(0)

    def quoted(name: str, start: int, client: str) -> None:
        quote = Quote(name, client, "L1", "P1", Interval(NOW + start * HOUR, NOW + (start + 1) * HOUR), terms, NOW, NOW + DAY)
        run.do(lambda unit: unit.put_quote(quote))

    for k, client in enumerate(("ann", "bob", "cui", "dan")):
        quoted(f"q{k}", 1 + k, client)
    three = RULES._replace(most_holds=3)
    for k, client in enumerate(("ann", "bob", "cui")):
        run(lambda unit, now, k=k, c=client: hold(unit, Hold(f"r{k}", c, f"q{k}", plate("same")), now, three))
    many = refused(run, lambda unit, now: hold(unit, Hold("r3", "dan", "q3", plate("same")), now, three))
    assert many.code is Code.TOO_MANY_HOLDS
    run(lambda unit, now: confirm(unit, "r0", "ann", now))
    quoted("more", 2, "ann")
    assert refused(run, lambda unit, now: extend(unit, "r0", "ann", "more", now, RULES)).code is Code.PLATE_BUSY
    run(lambda unit, now: cancel(unit, "r1", "bob", now))
    assert run(lambda unit, now: extend(unit, "r0", "ann", "more", now, RULES)).wanted.end == NOW + 3 * HOUR


def test_what_was_extended_at_no_price_and_is_moved_is_charged_once(run: Run) -> None:
    run.do(lambda unit: unit.put_place(Place("P1", "L1", 9)))
    run.book("r", "S1", HOUR, 2 * HOUR, 0, "W1")
    more = Quote("more", "ann", "L1", "S1", Interval(NOW + 2 * HOUR, NOW + 3 * HOUR), Terms(100), NOW, NOW + DAY, "W1")
    run.do(lambda unit: unit.put_quote(more))
    run(lambda unit, now: extend(unit, "r", "ann", "more", now, RULES))
    run(lambda unit, now: take_back(unit, "W1", 1, "eve", now, RULES))
    moved = run(lambda unit, now: confirm(unit, "r", "ann", now))
    assert (moved.state, moved.place_id) == (State.CONFIRMED, "P1")
    check_money(moved, run.store.read(lambda unit: list(unit.ledger("r"))))
