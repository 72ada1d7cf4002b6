"""Requests for priority: who deserves one, what is told again, and how each ends."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signals.priority import OPEN, Ask, PriorityBook, PriorityParameters, PriorityRequest, RequestState, Why, advance

Q = PriorityParameters()
KEY = (3, 7)
NOW = 1_772_409_600_000
NAN = math.nan


def ask(ahead: float = 60.0, lateness: float = 200.0, spread: float = 15.0, now: int = NOW, **fields: Any) -> Ask:
    likely = now + round(1e3 * ahead)
    whole: dict[str, Any] = {
        "intersection": 0, "approach": 1, "vehicle_id": "bus", "route_id": "1", "direction_id": 0, "trip_id": "t",
        "earliest": likely - round(1e3 * spread), "likely": likely, "latest": likely + round(1e3 * spread), "lateness": lateness,
        "headway": NAN, "planned_headway": NAN, "occupancy": NAN, "stops_before": 0, "near_side": False,
    }  # fmt: skip
    return Ask(**(whole | fields))


def opened(**fields: Any) -> PriorityBook:
    book = advance(PriorityBook(), NOW, {KEY: ask(**fields)}, {}, {}, Q)
    assert len(book.open) == 1
    return book


def only(book: PriorityBook) -> PriorityRequest:
    (change,) = book.changes
    return change


def test_a_late_bus_near_the_line_asks_and_the_record_says_it_is_advice() -> None:
    request = only(opened())
    assert (request.state, request.sequence, request.level) == (RequestState.REQUESTED, 1, 4)
    assert request.advice_only
    assert request.expires == request.ask.latest + 15_000
    assert request.request_id == f"0/bus/{NOW}"


@pytest.mark.parametrize(
    ("fields", "asks"),
    [
        ({"lateness": 119.0}, False),
        ({"lateness": 121.0}, True),
        ({"lateness": NAN}, False),
        ({"lateness": -30.0, "headway": 900.0, "planned_headway": 600.0}, True),
        ({"lateness": NAN, "headway": 890.0, "planned_headway": 600.0}, False),
        ({"lateness": 0.0, "headway": 160.0, "planned_headway": 60.0}, False),
        ({"ahead": 95.0}, False),
        ({"ahead": 4.0}, False),
    ],
)
def test_who_deserves_a_request(fields: dict[str, float], asks: bool) -> None:
    book = advance(PriorityBook(), NOW, {KEY: ask(**fields)}, {}, {}, Q)
    assert bool(book.open) is asks
    assert len(book.changes) == int(asks)


def test_what_changes_little_is_not_told_again_until_it_must_be() -> None:
    book = opened()
    for second in range(1, 30):
        book = advance(book, NOW + 1000 * second, {KEY: ask(60.0 + 3 * (second % 2))}, {}, {}, Q)
        assert book.changes == ()
    book = advance(book, NOW + 30_000, {KEY: ask(60.0)}, {}, {}, Q)
    assert (only(book).state, only(book).sequence) == (RequestState.UPDATED, 2)
    assert advance(book, NOW + 31_000, {KEY: ask(60.0)}, {}, {}, Q).changes == ()


def test_a_changed_time_a_stop_left_behind_or_another_level_is_told() -> None:
    assert only(advance(opened(), NOW + 1000, {KEY: ask(80.0)}, {}, {}, Q)).ask.likely == NOW + 80_000
    assert only(advance(opened(stops_before=1), NOW + 1000, {KEY: ask()}, {}, {}, Q)).ask.stops_before == 0
    assert only(advance(opened(), NOW + 1000, {KEY: ask(lateness=400.0)}, {}, {}, Q)).level == 7
    overdue = ask(0.0, now=NOW + 70_000)
    book = advance(opened(), NOW + 29_000, {KEY: ask(60.0)}, {}, {}, Q)
    assert advance(book, NOW + 29_500, {KEY: overdue._replace(likely=NOW + 29_500)}, {}, {}, Q).changes == ()


def test_a_bus_that_makes_up_its_time_keeps_its_request_until_it_is_well_within_it() -> None:
    book = advance(opened(), NOW + 1000, {KEY: ask(lateness=80.0)}, {}, {}, Q)
    assert KEY in book.open
    over = only(advance(book, NOW + 2000, {KEY: ask(lateness=50.0)}, {}, {}, Q))
    assert (over.state, over.why) == (RequestState.CANCELLED, Why.RECOVERED)


@pytest.mark.parametrize(
    ("passed", "state", "why"),
    [
        (NOW + 46_000, RequestState.SERVED, None),
        (NOW + 75_000, RequestState.SERVED, None),
        (NOW + 44_000, RequestState.MISSED, Why.EARLY),
        (NOW + 76_000, RequestState.MISSED, Why.LATE),
    ],
)
def test_a_passing_ends_it_by_the_window_that_was_told_before(passed: int, state: RequestState, why: Why | None) -> None:
    over = only(advance(opened(), NOW + 80_000, {}, {KEY: passed}, {}, Q))
    assert (over.state, over.why, over.passed) == (state, why, passed)
    later = advance(opened(), passed + 1, {KEY: ask(120.0)}, {}, {}, Q)
    assert only(later).state == RequestState.UPDATED
    over = only(advance(later, NOW + 80_000, {}, {KEY: passed}, {}, Q))
    assert (over.state, over.why) == (state, why)


def test_one_that_was_not_seen_to_pass_waits_until_it_expires_and_others_are_withdrawn_with_their_reason() -> None:
    waiting = advance(opened(), NOW + 80_000, {}, {}, {KEY: Why.UNSEEN}, Q)
    assert KEY in waiting.open
    over = only(advance(waiting, NOW + 91_000, {}, {}, {KEY: Why.UNSEEN}, Q))
    assert (over.state, over.why) == (RequestState.MISSED, Why.UNSEEN)
    stale = advance(opened(), NOW + 1000, {}, {}, {KEY: Why.STALE}, Q)
    assert (only(stale).state, only(stale).why) == (RequestState.CANCELLED, Why.STALE)
    assert stale.open == {}
    assert stale.counts == {"requested": 1, "cancelled": 1}
    assert advance(stale, NOW + 2000, {}, {}, {}, Q).changes == ()


def test_the_book_is_bounded() -> None:
    q = Q._replace(most_open=2, most_closed=3)
    asks = {(v, 0): ask(vehicle_id=str(v)) for v in range(5)}
    book = advance(PriorityBook(), NOW, asks, {}, {}, q)
    assert (len(book.open), book.counts["dropped"]) == (2, 3)
    for turn in range(4):
        book = advance(book, NOW + 1000 * turn, {}, {}, {}, q)
        book = advance(book, NOW + 1000 * turn, asks, {}, {}, q)
    assert len(book.closed) == 3


STEP = st.tuples(st.integers(1, 30), st.booleans(), st.floats(0, 100), st.floats(0, 300), st.sampled_from([None, *Why]), st.booleans())


@settings(max_examples=150, deadline=None)
@given(st.lists(STEP, max_size=25))
def test_every_request_is_told_in_order_and_ends_once(steps: list[tuple[int, bool, float, float, Why | None, bool]]) -> None:
    book, now = PriorityBook(), NOW
    told: dict[str, list[PriorityRequest]] = {}
    for seconds, asks, ahead, lateness, why, passes in steps:
        now += 1000 * seconds
        mine = {KEY: ask(ahead, lateness, now=now)} if asks else {}
        book = advance(book, now, mine, {KEY: now - 500} if passes else {}, {KEY: why} if why else {}, Q)
        for one in book.changes:
            told.setdefault(one.request_id, []).append(one)
    for records in told.values():
        assert [one.sequence for one in records] == list(range(1, len(records) + 1))
        assert records[0].state == RequestState.REQUESTED
        assert all(one.state in OPEN for one in records[:-1])
        assert (records[-1].state in OPEN) == (records[-1].request_id in {one.request_id for one in book.open.values()})
        assert [one.updated for one in records] == sorted(one.updated for one in records)
