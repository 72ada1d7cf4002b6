from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parking.availability import MOST_STEPS, availability, awaited, room
from parking.changes import event_of
from parking.model import SpaceKind, State
from parking.records import Interval, Lot, Place, Reservation, ShareWindow, Terms
from parking.rules import Rules
from parking.stays import overstay
from tests.parking.test_gates import plate
from tests.support.dict_parking import DictStore

NOW, HOUR, QUARTER = 1_772_409_600, 3600, 900  # Monday 08:00 in Shanghai
LOT = Lot("L1", "东站", 36.7, 117.5)
KINDS = SpaceKind
SLOTS = st.integers(0, 20)


def store_of(*places: Place, lot: Lot = LOT) -> DictStore:
    store = DictStore()
    store.put_lot(lot)
    for place in places:
        store.put_place(place)
    return store


def claim(store: DictStore, name: str, place_id: str, span: Interval, state: State = State.CONFIRMED, **fields: object) -> bool:
    """Whether there was room."""
    place = store.all_places[place_id]
    one = Reservation(name, "ann", "L1", place_id, span, plate(name), state, Terms(0), NOW, NOW, **fields)  # type: ignore[arg-type]
    if not store.claim(one, place, place.claim(span)):
        return False
    store.insert(one, None)
    return True


def test_free_spaces_step_by_step() -> None:
    store = store_of(Place("P1", "L1", 2), Place("S1", "L1", 1, numbered=True), Place("C1", "L1", 4, KINDS.CHARGING))
    claim(store, "a", "P1", Interval(NOW, NOW + HOUR))
    claim(store, "b", "P1", Interval(NOW + 1800, NOW + HOUR))
    claim(store, "c", "S1", Interval(NOW + 2700, NOW + 2 * HOUR))
    steps = availability(store, LOT, KINDS.GENERAL, Interval(NOW, NOW + 2 * HOUR - 60), 1800, NOW)
    assert [one.free for one in steps] == [2, 0, 2, 2]
    assert [one.capacity for one in steps] == [3, 3, 3, 3]
    assert (steps[-1].start, steps[-1].end) == (NOW + 5400, NOW + 2 * HOUR - 60)
    assert room(store, LOT, KINDS.GENERAL, Interval(NOW, NOW + 2 * HOUR), NOW) == 0
    assert room(store, LOT, KINDS.CHARGING, Interval(NOW, NOW + 2 * HOUR), NOW) == 4
    assert room(store, LOT, KINDS.BUS, Interval(NOW, NOW + HOUR), NOW) == 0


def test_a_lapsed_hold_takes_nothing_and_an_overstay_goes_on() -> None:
    store = store_of(Place("P1", "L1", 1))
    claim(store, "a", "P1", Interval(NOW, NOW + HOUR), State.HOLD, hold_until=NOW + 60)
    assert room(store, LOT, KINDS.GENERAL, Interval(NOW, NOW + HOUR), NOW + 59) == 0
    assert room(store, LOT, KINDS.GENERAL, Interval(NOW, NOW + HOUR), NOW + 60) == 1
    store = store_of(Place("P1", "L1", 1))
    claim(store, "b", "P1", Interval(NOW, NOW + HOUR), State.CHECKED_IN, arrived=NOW)
    late = NOW + HOUR + 600
    store.emit(event_of(store.reservations["b"]))
    store.run(overstay, store.reservations["b"], late, Rules())
    assert room(store, LOT, KINDS.GENERAL, Interval(late + 1500, late + 1560), late) == 0


def test_closed_hours_and_private_spaces_outside_their_windows_have_no_capacity() -> None:
    lot = msgspec.structs.replace(LOT, opening=((8 * 60, 9 * 60),))
    store = store_of(Place("P1", "L1", 1), Place("O1", "L1", 1, shared_only=True), lot=lot)
    store.put_window(ShareWindow("w", "O1", "bob", "2026-03-02", "", "daily", 8 * 60 + 30, 12 * 60))
    steps = availability(store, lot, KINDS.GENERAL, Interval(NOW, NOW + 5400), 1800, NOW)
    assert [(one.free, one.capacity) for one in steps] == [(1, 1), (2, 2), (0, 0)]


@pytest.mark.parametrize(("length", "step"), [(0, 60), (-60, 60), (60, 0), (MOST_STEPS * 60 + 1, 60)])
def test_what_cannot_be_answered(length: int, step: int) -> None:
    with pytest.raises(ValueError, match="at most 2016 steps"):
        availability(store_of(), LOT, KINDS.GENERAL, Interval(NOW, NOW + length), step, NOW)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(SLOTS, st.integers(1, 12)), max_size=12), SLOTS, st.integers(1, 8), st.integers(1, 3))
def test_there_is_room_exactly_when_a_claim_succeeds(spans: list[tuple[int, int]], start: int, length: int, capacity: int) -> None:
    store = store_of(Place("P1", "L1", capacity))
    for k, (begin, long) in enumerate(spans):
        claim(store, f"r{k}", "P1", Interval(NOW + begin * QUARTER - 77, NOW + (begin + long) * QUARTER))
    wanted = Interval(NOW + start * QUARTER, NOW + (start + length) * QUARTER - 100)
    free = room(store, LOT, KINDS.GENERAL, wanted, NOW)
    for k in range(free):
        assert claim(store, f"x{k}", "P1", wanted)
    assert not claim(store, "one too many", "P1", wanted)


def test_who_is_awaited_now_or_soon() -> None:
    store = store_of(Place("P1", "L1", 5), Place("C1", "L1", 2, KINDS.CHARGING))
    claim(store, "now", "P1", Interval(NOW - 600, NOW + HOUR))
    claim(store, "soon", "P1", Interval(NOW + 900, NOW + HOUR))
    claim(store, "later", "P1", Interval(NOW + 1500, NOW + HOUR))
    claim(store, "there", "P1", Interval(NOW - 600, NOW + HOUR), State.CHECKED_IN, arrived=NOW - 300)
    claim(store, "held", "C1", Interval(NOW, NOW + HOUR), State.HOLD, hold_until=NOW + 60)
    assert awaited(store, LOT, NOW, 900) == {KINDS.GENERAL: 2, KINDS.CHARGING: 1}
    assert awaited(store, LOT, NOW + 60, 0) == {KINDS.GENERAL: 1}
