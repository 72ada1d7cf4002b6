"""Lists and registers beside the rules' port, by SQL that both databases know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parking.conduct_records import Appeal, AppealState, Bar, Overstay
from parking.model import Account, PlateColor, State
from parking.records import Interval, LedgerLine, Lot, Place, Plate, Reservation, Terms
from server.parking import conduct_lists, cursors, earnings, owned_places, residents
from server.parking.store import Store
from server.parking.waitlist import lots_waited_for
from server.problems import ProblemException
from tests.support.either_store import either_store
from tests.support.postgres import postgres_server

NOW = 1_772_442_000


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with either_store(request.param, tmp_path, lambda: str(request.getfixturevalue("server")), NOW) as made:
        yield made


def do(store: Store, rule: Any) -> Any:
    return store.submit(lambda unit, _now: rule(unit)).result(30)


def pages(store: Store, question: Any) -> list[Any]:
    """Rows of all pages of two."""
    found: list[Any] = []
    cursor = None
    while True:
        page, cursor = store.read(lambda unit, at=cursor: question(unit, at))
        assert len(page) <= 2
        found += page
        if cursor is None:
            return found


def test_appeals_and_bars_come_in_pages(store: Store) -> None:
    def enter(unit: Any) -> None:
        for k, name in enumerate("dcbae"):
            whose = "ann" if name in "ace" else "bob"
            unit.put_overstay(Overstay(name, b"k", "鲁A·1**45", whose, "L1", NOW, 901, NOW, 1))
            unit.put_appeal(Appeal(name, whose, "grounds", NOW + k // 2))
            unit.put_bar(Bar(f"{name}.1", b"k", "鲁A·1**45", NOW + k // 2, NOW + 100 + k, "overstays", (name,), 1))
        unit.put_appeal(Appeal("e", "ann", "grounds", NOW + 2, AppealState.UPHELD, version=2))
        unit.put_bar(Bar("e.1", b"k", "", NOW + 2, NOW, "overstays", ("e",), 1, lifted="by_operator"))

    do(store, enter)
    names = [one.reservation_id for one in pages(store, lambda unit, at: conduct_lists.list_appeals(unit, None, None, 2, at))]
    assert names == ["c", "d", "a", "b", "e"]
    mine = pages(store, lambda unit, at: conduct_lists.list_appeals(unit, "ann", AppealState.FILED, 2, at))
    assert [one.reservation_id for one in mine] == ["c", "a"]
    bars = pages(store, lambda unit, at: conduct_lists.list_bars(unit, False, 2, at, NOW))
    assert [one.id for one in bars] == ["e.1", "b.1", "a.1", "d.1", "c.1"]
    standing = pages(store, lambda unit, at: conduct_lists.list_bars(unit, True, 2, at, NOW + 101))
    assert [one.id for one in standing] == ["b.1", "a.1"]


def test_registers_settlements_and_who_waits(store: Store) -> None:
    def enter(unit: Any) -> Any:
        for lot in (Lot("L1", "a", 0, 0), Lot("L2", "b", 0, 0, community="m"), Lot("L3", "c", 0, 0)):
            unit.put_lot(lot)
        residents.set_lots(unit, "m", ("L1", "L3"))
        told = residents.enter(unit, "m", ["id:c", "id:a", "id:b"]), residents.enter(unit, "m", ["id:c", "id:d"])
        told = (*told, residents.take_off(unit, "m", ["id:c", "id:x"]))
        unit.put_place(Place("I1", "L1", 3, shared_only=True, owner="id:eve"))
        unit.put_place(Place("I2", "L1", 3, shared_only=True, owner="id:fay"))
        for k, (account, holder) in enumerate(((Account.OWNER, "id:eve"), (Account.OPERATOR, "city"), (Account.PLATFORM, ""))):
            for posting, side, whose, payer in ((f"p{k}", account, holder, 50), (f"c{k}", Account.PROVIDER, "", -50)):
                sides = ((side, whose, -payer), (Account.PAYER, "x", payer))
                unit.post([LedgerLine(posting, f"r{k}", *one, NOW) for one in sides])
        plate = Plate(b"p", b"", "", PlateColor.BLUE)
        waiting = Reservation("w1", "ann", "L3", "", Interval(NOW + 9, NOW + 99), plate, State.WAITING, Terms(0), NOW, NOW)
        unit.insert(waiting, None)
        unit.insert(msgspec.structs.replace(waiting, id="w2", lot_id="L2", wanted=Interval(NOW - 9, NOW + 99)), None)
        return told

    assert do(store, enter) == (3, 1, 1)
    assert pages(store, lambda unit, at: residents.list_residents(unit, "m", 2, at)) == ["id:a", "id:b", "id:d"]
    assert store.read(lambda unit: residents.community_view(unit, "m")) == {"id": "m", "lots": ["L1", "L3"], "residents": 3}
    assert store.read(lambda unit: residents.community_view(unit, "L2"))["lots"] == ["L2"]
    assert [one.id for one in pages(store, lambda unit, at: owned_places.list_owned(unit, None, 2, at))] == ["I1", "I2"]
    assert [one.id for one in store.read(lambda unit: owned_places.list_owned(unit, "id:fay", 2, None)[0])] == ["I2"]
    who = store.read(lambda unit: earnings.beneficiaries(unit, None, ""))
    assert who == [(Account.OPERATOR, "city"), (Account.OWNER, "id:eve")]
    for day in ("2026-03-02", "2026-03-02"):
        made = [do(store, lambda unit, a=a, h=h, d=day: earnings.settle(unit, a, h, d, NOW)) for a, h in who]
        assert [one.amount for one in made] == [50, 50]
    listed = pages(store, lambda unit, at: earnings.list_settlements(unit, None, 2, at))
    assert [(one["holder"], one["state"]) for one in listed] == [("id:eve", "sent"), ("city", "sent")]
    mine = store.read(lambda unit: earnings.list_settlements(unit, (Account.OWNER, "id:eve"), 2, None))[0]
    assert [one["amount"]["amount"] for one in mine] == [50]
    assert store.read(lambda unit: lots_waited_for(unit, NOW)) == ["L3"]


@pytest.mark.parametrize("wrong", ["x", "WzEsMl0=", "bnVsbA==", "WzFd", "WyJhIiwgMV0=", "e30=", "W3RydWUsICJhIl0="])
def test_a_cursor_that_was_never_given_is_told(wrong: str) -> None:
    assert cursors.take(cursors.give(7, "a.1"), int, str) == (7, "a.1")
    assert cursors.take(None, int, str) is None
    with pytest.raises(ProblemException) as told:
        cursors.take(wrong, int, str)
    assert told.value.errors[0]["pointer"] == "/query/cursor"
