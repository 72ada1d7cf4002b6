"""Car parks and stalls closed for a time: alike on the dict, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from parking.booking import Hold, confirm, hold
from parking.closures import MOST_CLAIMS, Closing, Foreseen, close, keep_closed, nights, preview, reopen
from parking.model import PlateColor, State
from parking.opening import is_open, must_be_open
from parking.records import Closure, Interval, Lot, Place, Plate, Quote, Reservation, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.stays import check_in, check_out
from parking.unit import Unit
from server.parking.availability import claims_of, room
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.dict_parking import DictServer
from tests.support.postgres import fresh_database, postgres_server

NOW, HOUR, DAY = 1_772_409_600, 3600, 86_400
"""Monday 2026-03-02, 08:00 in Shanghai"""
RULES = Rules(most_holds=99)
LOT = Lot("L1", "东站", 36.7, 117.5)
POOL, SPACE, OTHER = Place("P1", "L1", 3), Place("S1", "L1", 1, numbered=True), Place("S2", "L1", 1, numbered=True)


class Clock:
    now = NOW


@pytest.fixture(params=["dict", "sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Clock]]:
    clock = Clock()
    if request.param != "postgres":
        made = DictServer(lambda: clock.now) if request.param == "dict" else SqliteStore(tmp_path / "parking.db", lambda: clock.now)
        with closing(made) as opened:
            yield opened, clock
        return
    with (
        postgres_server("-c", "fsync=off") as server,
        fresh_database(server) as address,
        closing(PostgresStore(address, lambda: clock.now, connections=1)) as opened,
    ):
        yield opened, clock


def enter(store: Store, *places: Place) -> None:
    store.submit(lambda unit, _now: (unit.put_lot(LOT), [unit.put_place(one) for one in places])).result()


def reserve(store: Store, name: str, place: str, start: float, end: float) -> Any:
    """Days from now."""
    wanted = Interval(NOW + int(start * DAY), NOW + int(end * DAY))

    def rule(unit: Unit, now: int) -> Reservation:
        unit.put_quote(Quote(name, "ann", "L1", place, wanted, Terms(0), now, now + HOUR))
        hold(unit, Hold(name, "ann", name, Plate(name.encode(), b"", "鲁A·1**45", PlateColor.BLUE)), now, RULES)
        return confirm(unit, name, "ann", now)

    return store.submit(rule)


def shut(
    store: Store, name: str, start: float, end: float, urgent: bool = False, rule: Callable[..., Any] = close, **part: Any
) -> Closing:
    closure = Closure(name, (Interval(NOW + int(start * DAY), NOW + int(end * DAY)),), **part)
    found: Closing = store.submit(lambda unit, now: rule(unit, "L1", closure, urgent, now, RULES)).result()
    return found


def effects(closing_: Closing) -> list[tuple[str, State]]:
    return [(one.reservation_id, one.after) for one in closing_.effects]


def test_a_closed_car_park_refuses_and_who_had_reserved_hears_of_it_first_in_a_preview(store: tuple[Store, Clock]) -> None:
    opened, _ = store
    enter(opened, POOL, SPACE)
    for name, start in (("before", 2.0), ("in", 3.0), ("after", 4.5)):
        reserve(opened, name, "P1", start, start + 0.1).result()
    with pytest.raises(Foreseen) as foreseen:
        shut(opened, "c1", 2.5, 4.5, rule=preview)
    assert effects(foreseen.value.closing) == [("in", State.CANCELLED)]
    assert opened.read(lambda unit: unit.lot("L1")) == LOT
    assert effects(shut(opened, "c1", 2.5, 4.5)) == [("in", State.CANCELLED)]
    assert [opened.read(lambda unit: unit.reservation(n).state) for n in ("before", "after")] == [State.CONFIRMED] * 2  # type: ignore[union-attr]  # noqa: B023
    for start, code in ((2.4, Code.CLOSED), (4.4, Code.CLOSED)):
        with pytest.raises(Refusal) as refused:
            reserve(opened, f"x{start}", "S1", start, start + 0.2).result()
        assert refused.value.code is code
    reserve(opened, "touching", "S1", 4.5, 4.6).result()
    assert opened.submit(lambda unit, _now: reopen(unit, "L1", "c1")).result() is not None
    assert opened.submit(lambda unit, _now: reopen(unit, "L1", "c1")).result() is None
    reserve(opened, "again", "S1", 2.4, 2.6).result()


def test_stalls_of_a_pool_are_closed_by_claims_and_who_came_last_goes(store: tuple[Store, Clock]) -> None:
    opened, clock = store
    enter(opened, POOL, SPACE)
    for k in range(3):
        clock.now += 1
        reserve(opened, f"r{k}", "P1", 2, 3).result()
    found = shut(opened, "c1", 2.5, 4, place_id="P1", stalls=2)
    assert effects(found) == [("r1", State.RELOCATION_OFFERED), ("r2", State.CANCELLED)]
    assert (found.effects[0].place_id, found.closure.waits) == ("S1", 0)
    with pytest.raises(Refusal, match="taken"):
        reserve(opened, "no", "P1", 2.2, 2.6).result()
    reserve(opened, "yes", "P1", 3.2, 3.6).result()
    if not isinstance(opened, DictServer):
        for wanted, free in ((Interval(NOW + 3 * DAY, NOW + 4 * DAY), 0), (Interval(NOW + 4 * DAY, NOW + 5 * DAY), 3)):
            for now in (None, NOW):
                assert opened.read(lambda unit: room(POOL, claims_of(unit, [POOL], wanted, now), wanted)) == free  # noqa: B023
    opened.submit(lambda unit, _now: reopen(unit, "L1", "c1")).result()
    reserve(opened, "no", "P1", 2.2, 2.6).result()


def test_a_vehicle_that_is_there_keeps_its_stall_until_it_leaves(store: tuple[Store, Clock]) -> None:
    opened, clock = store
    enter(opened, SPACE, OTHER)
    reserve(opened, "in", "S1", 0, 0.5).result()
    opened.submit(lambda unit, now: check_in(unit, "in", "ann", now, now, RULES)).result()
    found = shut(opened, "c1", 0.1, 2, urgent=True, place_id="S1")
    assert (effects(found), found.closure.waits) == ([("in", State.CHECKED_IN)], 1)
    clock.now += HOUR
    assert opened.submit(lambda unit, now: keep_closed(unit, "L1", now, RULES)).result() == 1
    opened.submit(lambda unit, now: check_out(unit, "in", "ann", now, now)).result()
    assert opened.submit(lambda unit, now: keep_closed(unit, "L1", now, RULES)).result() == 1
    assert opened.submit(lambda unit, now: keep_closed(unit, "L1", now, RULES)).result() == 0
    with pytest.raises(Refusal) as refused:
        reserve(opened, "x", "S1", 1, 1.1).result()
    assert refused.value.code is Code.CLOSED
    lot = opened.read(lambda unit: unit.lot("L1"))
    assert lot is not None
    assert [(one.place_id, one.stalls) for one in lot.closures] == [("S1", 1)]
    clock.now = NOW + 2 * DAY
    assert opened.submit(lambda unit, now: keep_closed(unit, "L1", now, RULES)).result() == 1
    assert opened.read(lambda unit: unit.lot("L1").closures) == ()  # type: ignore[union-attr]
    reserve(opened, "y", "S1", 2, 2.1).result()


def test_notice_is_given_unless_it_is_urgent_and_what_makes_no_sense_is_refused() -> None:
    opened = DictServer(lambda: NOW)
    enter(opened, POOL)
    reserve(opened, "soon", "P1", 0.9, 0.95).result()

    def refused(*arguments: Any, **part: Any) -> Code:
        with pytest.raises(Refusal) as found:
            shut(opened, *arguments, **part)
        return found.value.code

    assert refused("c1", 0.9, 2.0) is Code.TOO_LATE
    assert opened.rows.lots["L1"] == LOT
    assert effects(shut(opened, "c1", 0.9, 2.0, urgent=True)) == [("soon", State.CANCELLED)]
    assert refused("c1", 3.0, 4.0) is Code.WRONG_STATE
    assert refused("c2", 4.0, 3.0) is Code.BAD_INTERVAL
    assert refused("c2", -2.0, -1.0) is Code.BAD_INTERVAL
    assert refused("c2", 3.0, 4.0, place_id="S9") is Code.UNKNOWN_PLACE
    assert refused("c2", 3.0, 4.0, place_id="P1", stalls=4) is Code.BAD_INTERVAL
    enter(opened, Place("P2", "L1", MOST_CLAIMS + 1))
    assert refused("c3", 3.0, 4.0, place_id="P2") is Code.BAD_INTERVAL


def test_nights_of_some_days() -> None:
    found = nights("2026-03-06", "2026-03-08", "daily", 22 * 60, 6 * 60, "Asia/Shanghai")
    evening = NOW + 4 * DAY + 14 * HOUR
    assert found == tuple(Interval(evening + k * DAY, evening + k * DAY + 8 * HOUR) for k in range(3))
    assert len(nights("2026-03-06", "2026-03-08", "days_off", 0, 0, "Asia/Shanghai")) == 1  # they join
    with pytest.raises(Refusal) as refused:
        nights("2031-03-06", "2031-03-08", "workdays", 0, 0, "Asia/Shanghai")
    assert refused.value.code is Code.CALENDAR_UNKNOWN
    with pytest.raises(Refusal, match="at most"):
        nights("2026-03-06", "2029-03-08", "daily", 0, 0, "Asia/Shanghai")
    lot = Lot("L1", "", 0, 0, closures=(Closure("c", found),))
    assert [is_open(lot, Interval(found[0].start + k, found[0].start + k + 1)) for k in (-1, 0, 8 * HOUR)] == [True, False, True]
    with pytest.raises(Refusal, match="car park is closed"):
        must_be_open(DictServer(lambda: NOW).rows, lot, POOL, found[1], "")
