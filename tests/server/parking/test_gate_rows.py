"""Both stores beside the dict store: the same random passages, corrections and admissions, the same answers and the same stays."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parking.booking import Hold, confirm, hold
from parking.gate_amendments import UnknownEvent, amended, confirmed, settled
from parking.gates import GateRules, admit, passed
from parking.model import PlateColor
from parking.passages import GateEvent, Passage, Result
from parking.plates import read
from parking.records import Interval, Lot, Place, Plate, Quote, Reservation, Terms
from parking.refusals import Refusal
from parking.rules import Rules
from parking.unit import Unit
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from server.parking.vault import PlateVault
from tests.support.dict_parking import DictStore
from tests.support.parking_invariants import check_end, check_events, check_money, check_room
from tests.support.postgres import fresh_database, postgres_server

START = 1_772_409_600
RULES, GATES = Rules(most_holds=100), GateRules()
Command = Callable[[Unit, int], Any]


class Clock:
    now = START


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Clock]]:
    clock = Clock()
    if request.param == "sqlite":
        with closing(SqliteStore(tmp_path / "parking.db", lambda: clock.now)) as opened:
            yield opened, clock
        return
    with (
        postgres_server("-c", "fsync=off") as server,
        fresh_database(server) as address,
        closing(PostgresStore(address, lambda: clock.now, connections=1)) as opened,
    ):
        yield opened, clock


def commands(rng: random.Random, clock: Clock) -> Iterator[Command]:
    """Entries, exits, void and corrected ones, reservations, in any order and some of them late."""
    for k in range(250):
        clock.now += rng.choice([1, 60, 200, 900])
        car = Plate(rng.choice("abc").encode(), b"sealed", "鲁A·1**45", PlateColor.BLUE)
        what = rng.choice("eeexxxvcrap")
        at = clock.now - rng.choice([0, 0, 300, 4000])
        if what in "ex":
            kind = Passage.ENTRY if what == "e" else Passage.EXIT
            event = GateEvent(f"g{k}", "L1", kind, at, clock.now, rng.choice([car, car, None]), "1", 0.97)
            yield lambda unit, now, event=event: passed(unit, event, now, RULES, GATES)
        elif what in "vc":
            kind = Passage.VOID if what == "v" else Passage.CORRECTION
            event = GateEvent(f"g{k}", "L1", kind, at, clock.now, car, amends=f"g{rng.randrange(k + 1)}")
            yield lambda unit, now, event=event: amended(unit, event, now, RULES, GATES)
        elif what == "r":
            wanted = Interval(clock.now + rng.choice([0, 3600]), clock.now + 7200)
            quote = Quote(f"q{k}", "ann", "L1", "P1", wanted, Terms(0), clock.now, clock.now + 900)
            yield lambda unit, now, quote=quote, car=car: book(unit, quote, car, now)
        else:
            yield lambda unit, now: admit(unit, now, RULES, GATES)


def book(unit: Unit, quote: Quote, car: Plate, now: int) -> Any:
    unit.put_quote(quote)
    hold(unit, Hold(f"r{quote.id}", "ann", quote.id, car, overlap=True), now, RULES)
    return confirm(unit, f"r{quote.id}", "ann", now)


def outcome(run: Callable[[], Any]) -> Any:
    try:
        return run()
    except (Refusal, UnknownEvent) as refused:
        return type(refused), str(refused)


def test_both_stores_answer_as_the_dict_store_does(store: tuple[Store, Clock]) -> None:
    stored, clock = store
    dicts = DictStore()
    lot, place = Lot("L1", "东站", 36.7, 117.5), Place("P1", "L1", 2)
    dicts.put_lot(lot)
    dicts.put_place(place)
    stored.submit(lambda unit, _now: (unit.put_lot(lot), unit.put_place(place))).result()
    kinds, before = set(), dict[str, Reservation]()
    for rule in commands(random.Random(5), clock):
        wanted = outcome(lambda: dicts.run(rule, clock.now))  # noqa: B023
        assert outcome(stored.submit(rule).result) == wanted
        check(dicts, place, clock.now, before)
        before = dict(dicts.reservations)
        kinds.add(getattr(wanted, "result", type(wanted)))
    assert len(kinds) >= 11, kinds  # every result, lists of admissions, refusals
    assert stored.read(lambda unit: [unit.session(name) for name in dicts.sessions]) == list(dicts.sessions.values())
    assert stored.read(lambda unit: [unit.heard(name) for name in dicts.gate_events]) == list(dicts.gate_events.values())
    assert stored.read(lambda unit: unit.sessions_inside("L1", 100)) == dicts.sessions_inside("L1", 100)
    assert stored.read(lambda unit: unit.session("none") or unit.heard("none")) is None
    check_open(dicts, stored)
    middle = (START + clock.now) // 2
    assert dicts.forget_passages(middle) == stored.submit(lambda unit, _now: unit.forget_passages(middle)).result() > 0
    assert dicts.forget_passages(middle, clock.now) == stored.submit(lambda unit, _: unit.forget_passages(middle, clock.now)).result()
    ever = Interval(0, 2**40)
    hours = dicts.stays_by_hour("L1", ever)
    assert len(hours) > 2
    assert stored.read(lambda unit: unit.stays_by_hour("L1", ever)) == hours
    assert set(dicts.sessions) == set(stored.read(lambda unit: [n for n in dicts.sessions if unit.session(n)]))
    assert stored.read(lambda unit: unit.sessions_inside("L1", 100)) == dicts.sessions_inside("L1", 100)


def check_open(dicts: DictStore, stored: Store) -> None:
    """What people must look at, page by page, and what they settle."""

    def page(lot_id: str, after: tuple[int, str] | None) -> list[str]:
        wanted = dicts.open_passages(lot_id, after, 5)
        assert stored.read(lambda unit: unit.open_passages(lot_id, after, 5)) == wanted
        return [one.event.id for one in wanted]

    first = page("L1", None)
    assert len(first) == 5
    assert not page("L2", None)
    after = dicts.gate_events[first[-1]].event.at, first[-1]
    assert page("", after)
    assert not set(page("L1", after)) & set(first)
    for target in ("no such proposal", ""):
        assert stored.submit(lambda unit, _now: settled(unit, first[0], target)).result() == settled(dicts, first[0], target)  # noqa: B023
        assert (first[0] in page("L1", None)) == bool(target)


def check(dicts: DictStore, place: Place, now: int, before: dict[str, Reservation]) -> None:
    """The invariants of every store."""
    check_room(dicts.reservations.values(), {place.id: place}, now)
    for name, one in dicts.reservations.items():
        check_end(before.get(name), one)
        check_money(one, dicts.ledger(name))
    check_events(dicts.events, dicts.reservations)


@pytest.mark.slow
def test_messages_sent_often_and_at_once_are_handled_once() -> None:
    """Eight connections, every message four times, in any order: one answer a message, and the stays that were."""
    rng, clock = random.Random(9), Clock()
    cars = [Plate(name.encode(), b"sealed", "鲁A·1**45", PlateColor.BLUE) for name in "abc"]
    events = [
        GateEvent(f"{car.key.decode()}{k}", "L1", (Passage.ENTRY, Passage.EXIT)[k % 2], START + 600 * k, START, car)
        for car in cars for k in range(8)
    ]  # fmt: skip
    clock.now = START + 10_000
    with (
        postgres_server("-c", "fsync=off") as server,
        fresh_database(server) as address,
        closing(PostgresStore(address, lambda: clock.now, connections=8)) as store,
    ):
        store.submit(lambda unit, _now: unit.put_lot(Lot("L1", "东站", 36.7, 117.5))).result()
        sent = rng.sample(events * 4, len(events) * 4)
        waiting = [(one.id, store.submit(lambda unit, now, one=one: passed(unit, one, now, RULES, GATES))) for one in sent]
        answers: dict[str, set[Any]] = {}
        for name, future in waiting:
            answers.setdefault(name, set()).add(msgspec.json.encode(future.result()))
        assert {name: len(told) for name, told in answers.items()} == {one.id: 1 for one in events}
        names = [one.id for one in events]
        stays = store.read(lambda unit: [one for name in names if (one := unit.session(name))])
    assert sorted((one.plate.key, one.entered, one.left) for one in stays) == [
        (car.key, START + 1200 * k, START + 1200 * k + 600) for car in cars for k in range(4)
    ]


def test_the_vault_says_which_plates_are_one_character_off_and_nothing_else(tmp_path: Path) -> None:
    vault = PlateVault(tmp_path)
    texts = ("鲁A12345", "鲁A12346", "鲁A54321")
    first, second, third = (vault.seal(read(text, PlateColor.BLUE)) for text in texts)
    yellow = vault.seal(read(texts[1], PlateColor.YELLOW))
    assert [vault.one_off(first, other) for other in (second, third, yellow, first)] == [True, False, False, False]
    with closing(SqliteStore(tmp_path / "parking.db", lambda: START + 60)) as store:
        store.submit(lambda unit, _now: unit.put_lot(Lot("L1", "东站", 36.7, 117.5))).result()
        came = GateEvent("e1", "L1", Passage.ENTRY, START, START, first)
        gone = GateEvent("x1", "L1", Passage.EXIT, START + 30, START + 31, second)
        store.submit(lambda unit, now: passed(unit, came, now, RULES, GATES, vault)).result()
        told = store.submit(lambda unit, now: passed(unit, gone, now, RULES, GATES, vault)).result()
        assert [(one.kind, one.id, one.masked) for one in told.proposals] == [("session", "e1", "鲁A·1**45")]
        done = store.submit(lambda unit, now: confirmed(unit, "x1", "e1", now, RULES, GATES)).result()
        assert (done.result, done.session_id, sum(step for _, step in told.all_steps + done.all_steps)) == (Result.WALK_OUT, "e1", -1)
