"""Entries and exits: reservations, walk-ins, passages told twice, late or in another order, readings one character off."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.booking import confirm
from parking.changes import event_of
from parking.gates import GateRules, admit, passed
from parking.model import PlateColor, State
from parking.passages import GateEvent, Heard, Passage, Result, Session, Stay
from parking.records import Interval, Lot, Place, Plate, Reservation, Terms
from parking.rules import Rules
from parking.stays import check_in
from tests.support.dict_parking import DictStore
from tests.support.plain_plates import PlainPlates

NOW, HOUR = 1_772_409_600, 3600
RULES, GATES = Rules(), GateRules()
_ids = count()
MINUTES = st.integers(0, 40)


def plate(text: str) -> Plate:
    return Plate(text.encode(), text.encode(), f"{text[:1]}**{text[-1:]}", PlateColor.BLUE)


@pytest.fixture
def store() -> DictStore:
    return lot_of_two()


def lot_of_two() -> DictStore:
    store = DictStore()
    store.lots["L1"] = Lot("L1", "东站", 36.7, 117.5)
    store.all_places["P1"] = Place("P1", "L1", 2)
    return store


def reserved(store: DictStore, name: str, car: str, start: int, end: int) -> None:
    """A confirmed reservation of the pool, from and to s after NOW."""
    wanted = Interval(NOW + start, NOW + end)
    one = Reservation(name, "ann", "L1", "P1", wanted, plate(car), State.HOLD, Terms(0), NOW, NOW, hold_until=NOW + 600)
    assert store.claim(one, store.all_places["P1"], wanted)
    store.insert(one, None)
    store.emit(event_of(one))
    store.run(confirm, name, "ann", NOW)


def event(kind: Passage, car: str | None, at: int, name: str = "", **fields: object) -> GateEvent:
    made = plate(car) if car else None
    return GateEvent(name or f"e{next(_ids)}", "L1", kind, NOW + at, NOW + at, made, **fields)  # type: ignore[arg-type]


def tell(store: DictStore, one: GateEvent, now: int | None = None, vault: PlainPlates | None = None) -> Heard:
    return store.run(passed, one, NOW + now if now is not None else one.at, RULES, GATES, vault)


def enter(store: DictStore, car: str | None, at: int, now: int | None = None) -> Heard:
    return tell(store, event(Passage.ENTRY, car, at), now)


def leave(store: DictStore, car: str | None, at: int, now: int | None = None) -> Heard:
    return tell(store, event(Passage.EXIT, car, at), now)


def inside(store: DictStore) -> list[str]:
    return [one.plate.key.decode() for one in store.sessions.values() if one.stay is Stay.INSIDE]


def test_a_reservation_is_checked_in_and_out_by_the_barrier(store: DictStore) -> None:
    reserved(store, "r1", "鲁A12345", 0, HOUR)
    came = enter(store, "鲁A12345", 60)
    assert (came.result, came.reservation_id, came.steps) == (Result.CHECKED_IN, "r1", ((NOW + 60, 1),))
    assert store.reservations["r1"].arrived == NOW + 60
    gone = leave(store, "鲁A12345", 1800)
    assert (gone.result, gone.steps) == (Result.CHECKED_OUT, ((NOW + 1800, -1),))
    assert (store.reservations["r1"].state, store.reservations["r1"].left) == (State.COMPLETED, NOW + 1800)


def test_the_same_message_is_answered_the_same_and_does_nothing_again(store: DictStore) -> None:
    one = event(Passage.ENTRY, "a", 0)
    first = tell(store, one)
    events = list(store.events)
    assert tell(store, one, now=5) == first
    assert (len(store.sessions), store.events) == (1, events)


def test_a_second_reading_within_two_minutes_is_the_same_passage(store: DictStore) -> None:
    enter(store, "a", 0)
    assert (enter(store, "a", 90).result, enter(store, "a", 90).steps) == (Result.REPEATED, ())
    leave(store, "a", 300)
    assert leave(store, "a", 400).result is Result.REPEATED
    assert inside(store) == []


def test_who_comes_without_a_reservation_is_a_walk_in_and_an_unread_plate_only_counts(store: DictStore) -> None:
    assert enter(store, "a", 0).result is Result.WALK_IN
    assert leave(store, "a", 600).result is Result.WALK_OUT
    unread = enter(store, None, 10)
    assert (unread.result, unread.steps, unread.session_id) == (Result.UNREAD, ((NOW + 10, 1),), "")


def test_an_exit_without_entry_is_a_stay_whose_entry_is_unknown(store: DictStore) -> None:
    gone = leave(store, "a", 600)
    session = store.sessions[gone.session_id]
    assert (gone.result, session.entered, session.left) == (Result.EXIT_WITHOUT_ENTRY, None, NOW + 600)
    came = enter(store, "a", 100, now=900)
    assert (came.result, store.sessions[came.session_id].entered) == (Result.COMPLETED_STAY, NOW + 100)
    assert inside(store) == []


def test_an_exit_whose_entry_was_missed_checks_the_reservation_in_and_out(store: DictStore) -> None:
    reserved(store, "r1", "a", 0, HOUR)
    assert leave(store, "a", 1200).result is Result.CHECKED_OUT
    assert store.reservations["r1"].state is State.COMPLETED


def test_a_vehicle_checked_in_by_app_leaves_by_the_barrier(store: DictStore) -> None:
    reserved(store, "r1", "a", 0, HOUR)
    store.run(check_in, "r1", None, NOW + 10, NOW + 10, RULES)
    assert leave(store, "a", 1200).result is Result.CHECKED_OUT


def test_an_exit_that_was_missed_is_closed_when_the_vehicle_comes_again_and_told_late(store: DictStore) -> None:
    first = enter(store, "a", 0)
    again = enter(store, "a", HOUR)
    assert again.steps == ((NOW + HOUR, -1), (NOW + HOUR, 1))
    assert store.sessions[first.session_id].reason == "exit_missed"
    late = leave(store, "a", 1800, now=2 * HOUR)
    assert (late.result, late.steps, store.sessions[first.session_id].left) == (Result.COMPLETED_STAY, (), NOW + 1800)
    assert inside(store) == ["a"]


def test_colour_is_part_of_the_plate(store: DictStore) -> None:
    reserved(store, "r1", "a", 0, HOUR)
    yellow = Plate(b"a/yellow", b"a", "a", PlateColor.YELLOW)
    one = GateEvent("y", "L1", Passage.ENTRY, NOW + 5, NOW + 5, yellow)
    assert tell(store, one).result is Result.WALK_IN


def test_who_comes_hours_early_is_checked_in_when_the_reservation_may_begin(store: DictStore) -> None:
    reserved(store, "r1", "a", 2 * HOUR, 3 * HOUR)
    came = enter(store, "a", 0)
    assert (came.result, came.refused, came.reservation_id) == (Result.WALK_IN, "too_early", "r1")
    assert store.run(admit, NOW + HOUR, RULES, GATES) == []
    (one,) = store.run(admit, NOW + 2 * HOUR - RULES.early_s, RULES, GATES)
    assert one.state is State.CHECKED_IN
    assert leave(store, "a", 2 * HOUR + 60).result is Result.CHECKED_OUT


def test_who_comes_early_and_leaves_before_the_start_keeps_the_reservation(store: DictStore) -> None:
    reserved(store, "r1", "a", 2 * HOUR, 3 * HOUR)
    enter(store, "a", 0)
    assert leave(store, "a", 600).result is Result.WALK_OUT
    assert store.run(admit, NOW + 2 * HOUR, RULES, GATES) == []
    assert enter(store, "a", 2 * HOUR).result is Result.CHECKED_IN


def test_a_full_place_keeps_trying_until_a_stall_is_free(store: DictStore) -> None:
    store.all_places["P1"] = Place("P1", "L1", 1)
    reserved(store, "r1", "a", 0, HOUR)
    reserved(store, "r2", "b", HOUR, 2 * HOUR)
    enter(store, "a", 0)
    came = enter(store, "b", HOUR)
    assert (came.result, came.refused) == (Result.WALK_IN, "taken")
    assert store.run(admit, NOW + HOUR + 60, RULES, GATES) == []
    leave(store, "a", HOUR + 70)
    assert [one.id for one in store.run(admit, NOW + HOUR + 120, RULES, GATES)] == ["r2"]


def test_times_ahead_of_the_server_clock_are_taken_as_now(store: DictStore) -> None:
    reserved(store, "r1", "a", 0, HOUR)
    assert enter(store, "a", 900, now=60).steps == ((NOW + 60, 1),)


def test_one_character_off_is_proposed_and_never_acted_on(store: DictStore) -> None:
    reserved(store, "r1", "鲁A12345", 0, HOUR)
    came = tell(store, event(Passage.ENTRY, "鲁A12346", 0), vault=PlainPlates())
    assert (came.result, [one.id for one in came.proposals]) == (Result.WALK_IN, ["r1"])
    assert store.reservations["r1"].state is State.CONFIRMED
    entered = enter(store, "鲁B88888", 5)
    gone = tell(store, event(Passage.EXIT, "鲁B88889", 900), vault=PlainPlates())
    assert [(one.kind, one.id) for one in gone.proposals] == [("session", entered.session_id)]
    assert "鲁B88888" in inside(store)


@settings(max_examples=200, deadline=None)
@given(st.permutations(range(6)))
def test_the_order_in_which_passages_are_told_does_not_matter(order: list[int]) -> None:
    store = lot_of_two()
    truth = [(Passage.ENTRY, 0), (Passage.EXIT, 600), (Passage.ENTRY, 1200), (Passage.EXIT, 1800), (Passage.ENTRY, 3000),
             (Passage.EXIT, 9000)]  # fmt: skip
    total = 0
    for k in order:
        kind, at = truth[k]
        total += sum(step for _, step in tell(store, event(kind, "a", at), now=10_000).steps)
    stays = {(one.entered, one.left) for one in store.sessions.values()}
    assert stays == {(NOW, NOW + 600), (NOW + 1200, NOW + 1800), (NOW + 3000, NOW + 9000)}
    assert total == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([Passage.ENTRY, Passage.EXIT]), st.sampled_from("ab"), MINUTES, MINUTES)))
def test_the_count_is_always_that_of_the_stays(told: list[tuple[Passage, str, int, int]]) -> None:
    """Whatever barriers say, and however late: steps add up to those inside, less exits whose entries nobody saw."""
    store, now, total = lot_of_two(), 0, 0
    reserved(store, "r1", "a", 0, 20 * HOUR)
    for kind, car, wait, late in told:
        now += wait * 60
        heard = tell(store, event(kind, car, max(now - late * 60, 0)), now=now)
        total += sum(step for _, step in heard.steps)
    assert total == count_of(list(store.sessions.values()))
    assert sum(one.stay is Stay.INSIDE for one in store.sessions.values()) == len(set(inside(store)))


def count_of(sessions: list[Session]) -> int:
    return sum((one.stay is Stay.INSIDE) - (one.stay is Stay.LEFT and one.entered is None) for one in sessions)
