"""Corrections, void records, readings that a person confirmed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.gate_amendments import UnknownEvent, amended, confirmed
from parking.gates import passed
from parking.model import State
from parking.passages import GateEvent, Heard, Passage, Result, Stay
from tests.parking.test_gates import (
    GATES,
    HOUR,
    NOW,
    RULES,
    count_of,
    enter,
    event,
    inside,
    leave,
    lot_of_two,
    plate,
    reserved,
    tell,
)
from tests.support.dict_parking import DictStore
from tests.support.plain_plates import PlainPlates


@pytest.fixture
def store() -> DictStore:
    return lot_of_two()


def amend(store: DictStore, of: Heard, car: str | None, now: int, kind: Passage = Passage.CORRECTION) -> Heard:
    one = event(kind, car, of.event.at - NOW, amends=of.event.id)
    return store.run(amended, one, NOW + now, RULES, GATES)


def test_a_corrected_reading_gives_the_reservation_back_to_whose_it_is(store: DictStore) -> None:
    reserved(store, "r1", "a", HOUR, 2 * HOUR)
    came = enter(store, "a", HOUR - 600)
    assert store.reservations["r1"].state is State.CHECKED_IN
    corrected = amend(store, came, "b", HOUR - 300)
    at = NOW + HOUR - 600
    assert (corrected.result, corrected.all_steps) == (Result.WALK_IN, ((at, -1), (at, 1)))
    one = store.reservations["r1"]
    assert (one.state, one.arrived, one.stall) == (State.CONFIRMED, None, "")
    assert store.claims["r1"][1] == store.all_places["P1"].claim(one.wanted)
    assert inside(store) == ["b"]
    assert enter(store, "a", HOUR).result is Result.CHECKED_IN
    assert amend(store, came, "b", HOUR).attention == "already_amended"


def test_a_void_entry_is_taken_back_and_answered_the_same_when_told_again(store: DictStore) -> None:
    came = enter(store, "a", 0)
    one = event(Passage.VOID, None, 0, amends=came.event.id)
    first = store.run(amended, one, NOW + 60, RULES, GATES)
    assert (first.result, first.all_steps, inside(store)) == (Result.VOIDED, ((NOW, -1),), [])
    assert store.run(amended, one, NOW + 90, RULES, GATES) == first
    assert store.gate_events[came.event.id].annulled_by == one.id


def test_a_void_exit_puts_the_vehicle_back_inside_but_a_completed_reservation_is_for_people(store: DictStore) -> None:
    reserved(store, "r1", "a", 0, HOUR)
    enter(store, "a", 0)
    gone = leave(store, "a", 900)
    void = amend(store, gone, None, 1000, Passage.VOID)
    assert (void.attention, void.all_steps, inside(store)) == ("reservation_completed", ((NOW + 900, 1),), ["a"])
    assert store.reservations["r1"].state is State.COMPLETED


def test_a_void_second_entry_reopens_the_stay_it_closed(store: DictStore) -> None:
    first = enter(store, "a", 0)
    again = enter(store, "a", HOUR)
    amend(store, again, None, HOUR + 60, Passage.VOID)
    assert store.sessions[first.session_id].stay is Stay.INSIDE
    gone = leave(store, "a", 2 * HOUR)
    assert (gone.session_id, gone.result) == (first.session_id, Result.WALK_OUT)


def test_what_is_not_known_cannot_be_amended_and_nothing_is_kept(store: DictStore) -> None:
    with pytest.raises(UnknownEvent, match="no gate event has the id 'gone'"):
        store.run(amended, event(Passage.VOID, None, 0, amends="gone"), NOW, RULES, GATES)
    assert store.gate_events == {}
    with pytest.raises(ValueError, match="amends nothing"):
        store.run(amended, event(Passage.ENTRY, "a", 0), NOW, RULES, GATES)
    with pytest.raises(ValueError, match="no passage"):
        store.run(passed, event(Passage.VOID, None, 0), NOW, RULES, GATES, None)


def test_a_person_confirms_a_reading_one_character_off(store: DictStore) -> None:
    reserved(store, "r1", "鲁A12345", 0, HOUR)
    came = tell(store, event(Passage.ENTRY, "鲁A12346", 0), vault=PlainPlates())
    with pytest.raises(UnknownEvent):
        store.run(confirmed, came.event.id, "r2", NOW + 60, RULES, GATES)
    done = store.run(confirmed, came.event.id, "r1", NOW + 60, RULES, GATES)
    assert (done.result, done.reservation_id) == (Result.CHECKED_IN, "r1")
    assert store.reservations["r1"].arrived == NOW
    assert store.run(confirmed, came.event.id, "r1", NOW + 90, RULES, GATES) == done
    assert inside(store) == ["鲁A12345"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("eexxvc"), st.sampled_from("ab"), st.integers(0, 40), st.integers(0, 20)), max_size=7))
def test_the_count_stays_that_of_the_stays_whatever_is_taken_back(told: list[tuple[str, str, int, int]]) -> None:
    store, now, total = lot_of_two(), 0, 0
    reserved(store, "r1", "a", 0, 20 * HOUR)
    heard: list[Heard] = []
    for what, car, wait, late in told:
        now += wait * 60
        if what in "vc":
            if not heard:
                continue
            of = heard[late % len(heard)]
            kind = Passage.VOID if what == "v" else Passage.CORRECTION
            one = GateEvent(f"m{len(heard)}", "L1", kind, of.event.at, NOW + now, plate(car), amends=of.event.id)
            heard.append(store.run(amended, one, NOW + now, RULES, GATES))
        else:
            kind = Passage.ENTRY if what == "e" else Passage.EXIT
            heard.append(tell(store, event(kind, car, max(now - late * 60, 0)), now=now))
        total += sum(step for _, step in heard[-1].all_steps)
    assert total == count_of(list(store.sessions.values()))
