from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from transit.alert_book import AlertBook, AlertKind, Condition, Key, Severity, advance
from transit.supervision_parameters import SupervisionParameters

Q = SupervisionParameters(confirm=60.0, clear=60.0, most_open=5, most_closed=3, closed_after=1000.0)
KEY: Key = (AlertKind.BUNCHING, 0, (1, 2))


def bunch(now: float, headway: float = 60.0, weak: bool = False) -> Condition:
    return Condition(AlertKind.BUNCHING, Severity.WARNING, 0, (1, 2), 5, now, 600.0, headway, weak=weak)


def run(*told: tuple[float, Condition | None]) -> list[AlertBook]:
    """The book after each instant."""
    books = [AlertBook()]
    for now, condition in told:
        books.append(advance(books[-1], now, {} if condition is None else {KEY: condition}, Q))
    return books[1:]


def test_a_condition_opens_when_it_has_lasted_and_closes_when_it_is_gone() -> None:
    books = run(*((now, bunch(now) if now < 200 else None) for now in range(0, 400, 20)))
    assert [bool(book.open) for book in books] == [60 <= now < 240 for now in range(0, 400, 20)]
    (alert,) = books[-1].closed
    assert (alert.id, alert.condition.since, alert.opened, alert.closed) == ("bunching-0-1", 0.0, 60.0, 240.0)


def test_what_flickers_never_opens_and_an_open_alert_does_not_flicker() -> None:
    flicker = run(*((now, bunch(now) if now % 40 else None) for now in range(0, 400, 20)))
    assert not any(book.open for book in flicker)
    lasted = [(now, bunch(now)) for now in range(0, 80, 20)]
    steady = run(*lasted, *((now, bunch(now) if now % 40 else None) for now in range(80, 400, 20)))
    assert steady[-1].opened == 1
    assert not steady[-1].closed


def test_a_weak_condition_keeps_an_alert_open_and_opens_none() -> None:
    assert not any(book.open for book in run(*((now, bunch(now, weak=True)) for now in range(0, 400, 20))))
    books = run(*((now, bunch(now, weak=now > 60)) for now in range(0, 400, 20)))
    assert books[-1].opened == 1
    assert books[-1].open


def test_an_open_alert_is_told_anew_only_when_it_says_something_new() -> None:
    books = run(*((now, bunch(now, headway=60.0 + 0.1 * now)) for now in range(0, 400, 20)))
    assert {book.open[KEY].updated for book in books if book.open} == {60.0}
    more = advance(books[-1], 400.0, {KEY: bunch(400.0, headway=300.0)}, Q)
    assert more.open[KEY].updated == 400.0
    assert more.open[KEY].condition.headway == 300.0
    assert more.open[KEY].condition.since == 0.0
    severe = advance(more, 420.0, {KEY: replace(bunch(420.0, headway=300.0), severity=Severity.SEVERE)}, Q)
    assert severe.open[KEY].updated == 420.0


def test_a_condition_that_began_long_ago_opens_at_once() -> None:
    (book,) = run((1000.0, bunch(500.0)))
    assert book.open[KEY].condition.since == 500.0


KEYS = st.lists(st.integers(0, 12), unique=True, max_size=13)


@settings(max_examples=100, deadline=None)
@given(st.lists(KEYS, max_size=40))
def test_the_book_is_bounded_and_forgets_nothing_that_is_open(steps: list[list[int]]) -> None:
    book = AlertBook()
    for n, keys in enumerate(steps):
        now = 45.0 * n
        conditions: dict[Key, Condition] = {(AlertKind.STUCK, 0, (k,)): replace(bunch(now), kind=AlertKind.STUCK) for k in keys}
        before, book = book, advance(book, now, conditions, Q)
        assert len(book.open) + len(book.pending) <= Q.most_open
        assert len(book.closed) <= Q.most_closed
        assert set(before.open) <= set(book.open) | {key for key in before.open if key not in conditions}
        assert book.dropped >= before.dropped
        assert not set(book.open) & set(book.pending)


def test_the_gravest_come_first() -> None:
    info = replace(bunch(0.0), severity=Severity.INFO)
    severe = replace(bunch(0.0), severity=Severity.SEVERE)
    other: Key = (AlertKind.GAP, 0, (7,))
    book = advance(AlertBook(), 100.0, {KEY: info, other: severe}, Q)
    assert [one.condition.severity for one in book.current()] == [Severity.SEVERE, Severity.INFO]
