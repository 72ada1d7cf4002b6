"""Sharing and conduct in the tables of both stores: the same as in dicts, also when commands meet; databases of the first version."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from parking.booking import Hold, confirm, hold
from parking.conduct_records import Appeal, AppealState, Bar, ConductRules, Overstay
from parking.model import Account, PlateColor, State
from parking.records import Interval, LedgerLine, Lot, Place, Plate, Quote, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.sharing import Previewed, lend, preview_take_back, publish, resize, take_back
from parking.unit import Unit
from server.parking.store import Store
from tests.support.dict_parking import DictStore
from tests.support.either_store import either_store
from tests.support.postgres import postgres_server

NOW = 1_772_442_000
OVERSTAY = Overstay("r1", b"car", "鲁A·1**45", "ann", "L1", NOW, 901, NOW + 901, 1)
BAR = Bar("r1.1", b"car", "鲁A·1**45", NOW, NOW + 100, "overstays", ("r1",), 1)
NIGHTS = ShareWindow("W1", "I1", "eve", "2026-03-01", "", "daily", 1080, 480)
APPEAL = Appeal("r1", "ann", "栏杆坏了", NOW)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with either_store(request.param, tmp_path, lambda: str(request.getfixturevalue("server")), NOW, connections=8) as made:
        yield made


def story(unit: Unit) -> list[object]:
    """What is told after everything was written, and changed once."""
    for window in (
        NIGHTS,
        msgspec.structs.replace(NIGHTS, id="W0", active=False),
        msgspec.structs.replace(NIGHTS, id="a", owner="fay"),
    ):
        unit.put_window(window)
    unit.put_place(Place("I1", "L1", 3))
    unit.put_resident("mingzhu", "ann")
    unit.put_resident("mingzhu", "ann")
    unit.put_resident("mingzhu", "bob")
    unit.drop_resident("mingzhu", "bob")
    for k, at in enumerate((NOW - 1, NOW, NOW + 1)):
        unit.post([LedgerLine(f"p{k}", "r1", Account.OWNER, "eve", -5, at), LedgerLine(f"p{k}", "r1", Account.PAYER, "eve", 5, at)])
    for changed in ({}, {"reservation_id": "r0"}, {"reservation_id": "R2"}, {"late_s": 2}, {"ended": NOW - 1, "reservation_id": "r3"}):
        one = msgspec.structs.replace(OVERSTAY, **changed)
        unit.put_overstay(one)
    for bar in (BAR, msgspec.structs.replace(BAR, id="r1.2", until=NOW + 50), msgspec.structs.replace(BAR, id="r1.3", until=NOW + 900)):
        unit.put_bar(bar)
    unit.put_bar(msgspec.structs.replace(BAR, id="r1.3", until=NOW + 800, lifted="appeal_upheld"))
    told: list[object] = [unit.conduct_rules(None), unit.conduct_rules(1)]
    unit.put_conduct_rules(ConductRules(version=2, most=2))
    unit.put_appeal(APPEAL)
    unit.put_appeal(msgspec.structs.replace(APPEAL, version=2, state=AppealState.UPHELD))
    for name in ("r5", "R4"):
        unit.put_appeal(msgspec.structs.replace(APPEAL, reservation_id=name))
    for write in (lambda: unit.put_appeal(APPEAL), lambda: unit.put_conduct_rules(ConductRules(version=2))):
        with pytest.raises(Refusal) as refused:
            write()
        told.append(refused.value.code)
    return [
        *told, unit.windows_in("L1"), unit.windows_in("x"),
        unit.windows_of("eve"), unit.windows_of("none"), unit.place_to_change("I1"), unit.place_to_change("x"),
        [unit.is_resident("mingzhu", name) for name in ("ann", "bob")], unit.ledger_of(Account.OWNER, "eve", Interval(NOW, NOW + 1)),
        unit.overstay("r1"), unit.overstay("x"), unit.overstays_of(b"car"), unit.overstays_by("ann"), unit.overstays_by("x"),
        unit.bar("r1.3"), unit.bar("x"), unit.bars_of(b"car"), unit.bars_of(b"x"),
        [unit.bars_on(b"car", at) for at in (NOW, NOW + 50, NOW + 100)], unit.bars_on(b"x", NOW),
        unit.conduct_rules(None), unit.conduct_rules(2), unit.appeal("r1"), unit.appeal("x"), unit.appeals(AppealState.FILED, 9),
        unit.appeals(AppealState.FILED, 1), unit.appeals(AppealState.REJECTED, 9),
    ]  # fmt: skip


def test_the_tables_tell_what_the_dicts_tell(store: Store) -> None:
    wanted = DictStore().run(story)
    assert store.submit(lambda unit, _now: story(unit)).result() == wanted
    assert Code.STALE_VERSION in wanted


def test_a_preview_keeps_nothing(store: Store) -> None:
    def prepare(unit: Unit, now: int) -> None:
        unit.put_lot(Lot("L1", "", 0, 0))
        lend(unit, Place("I1", "L1", 3, owner="eve"))
        publish(unit, NIGHTS, "eve", now)

    store.submit(prepare).result()
    with pytest.raises(Previewed) as shown:
        store.submit(lambda unit, now: preview_take_back(unit, "W1", 1, "eve", now, Rules())).result()
    assert shown.value.outcome.window is not None
    assert not shown.value.outcome.window.active
    assert store.read(lambda unit: unit.window("W1")) == msgspec.structs.replace(NIGHTS, updated=NOW)


@pytest.mark.slow
def test_holds_that_meet_a_smaller_pool_or_a_window_taken_back_are_all_found(store: Store) -> None:
    """Many clients reserve while the owner changes: afterwards nobody lies outside, and no more than there is room for."""
    wanted = Interval(NOW + 2 * 3600, NOW + 3 * 3600)

    def prepare(unit: Unit, now: int) -> None:
        unit.put_lot(Lot("L1", "", 0, 0))
        for k in range(6):
            lend(unit, Place(f"I{k}", "L1", 4, owner="eve"))
            publish(unit, msgspec.structs.replace(NIGHTS, id=f"W{k}", place_id=f"I{k}"), "eve", now)
            for n in range(8):
                unit.put_quote(Quote(f"q{k}.{n}", f"c{n}", "L1", f"I{k}", wanted, Terms(0), now, now + 900, f"W{k}"))

    codes: set[str] = set()

    def reserve(k: int, n: int) -> None:
        name = f"r{k}.{n}"
        plate = Plate(name.encode(), b"", "", PlateColor.BLUE)

        def both(unit: Unit, now: int) -> None:
            hold(unit, Hold(name, f"c{n}", f"q{k}.{n}", plate), now, Rules(most_holds=99))
            confirm(unit, name, f"c{n}", now)

        refused = store.submit(both).exception()
        codes.add(refused.code if isinstance(refused, Refusal) else repr(refused))

    store.submit(prepare).result()
    threads = [threading.Thread(target=reserve, args=(k, n)) for k in range(6) for n in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        if number % 8 == 4:
            k = number // 8
            change = (lambda unit, now, k=k: take_back(unit, f"W{k}", 1, "eve", now, Rules())) if k % 2 else (
                lambda unit, now, k=k: resize(unit, f"I{k}", 1, 1, "eve", now, Rules()))  # fmt: skip
            store.submit(change).result()
    for thread in threads:
        thread.join()
    for k in range(6):
        states = store.read(lambda unit, k=k: [unit.reservation(f"r{k}.{n}") for n in range(8)])
        here = [one for one in states if one is not None and one.state is State.CONFIRMED and one.place_id == f"I{k}"]
        assert len(here) <= (0 if k % 2 else 1)
    assert codes <= {Code.TAKEN, Code.CLOSED, "None"}
