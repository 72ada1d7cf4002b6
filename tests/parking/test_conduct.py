"""Overstays counted over car parks, bars by rules in versions, appeals: on the dict store."""

from __future__ import annotations

import msgspec
import pytest

from parking.booking import Hold, confirm, hold
from parking.conduct import change_rules, decide, file_appeal, record
from parking.conduct_records import AppealState, ConductRules
from parking.model import PlateColor, State
from parking.records import Interval, Lot, Place, Plate, Quote, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.stays import check_in, check_out, overstay
from parking.waiting import Join, join
from tests.support.dict_parking import DictStore

NOW, HOUR, DAY = 1_772_442_000, 3600, 86_400
RULES = Rules()
CAR = Plate(b"car", b"", "鲁A·1**45", PlateColor.BLUE)


@pytest.fixture
def store() -> DictStore:
    store = DictStore()
    for k in range(3):
        store.lots[f"L{k}"] = Lot(f"L{k}", "东站", 36.7, 117.5)
        store.all_places[f"S{k}"] = Place(f"S{k}", f"L{k}", 1, numbered=True)
    return store


def come(store: DictStore, name: str, at: int, lot: int = 0) -> int:
    """A stay of an hour begins; when it should end."""
    store.quotes[name] = Quote(name, "ann", f"L{lot}", f"S{lot}", Interval(at, at + HOUR), Terms(0), at, at + HOUR)
    store.run(hold, Hold(name, "ann", name, CAR), at, RULES)
    store.run(confirm, name, "ann", at)
    store.run(check_in, name, None, at, at, RULES)
    return at + HOUR


def stay(store: DictStore, name: str, at: int, late: int, lot: int = 0) -> None:
    left = come(store, name, at, lot) + late
    store.run(check_out, name, None, left, left)


class Undone(Exception):
    """Nothing barred it, and nothing of it is kept."""


def barred(store: DictStore, now: int) -> int | None:
    """Until when the car may not even wait for room."""

    def wish(unit: DictStore) -> None:
        join(unit, Join("wish", "ann", "L0", Interval(now + HOUR, now + 2 * HOUR), CAR, Terms(0)), now, RULES)
        raise Undone

    with pytest.raises((Refusal, Undone)) as found:
        store.run(wish)
    if isinstance(found.value, Undone):
        return None
    assert found.value.code is Code.BARRED
    return int(str(found.value.facts["until"]))


def test_three_overstays_in_any_car_parks_bar_for_a_year_and_then_count_no_more(store: DictStore) -> None:
    for k in range(3):
        assert barred(store, NOW + k * DAY) is None
        stay(store, f"r{k}", NOW + k * DAY, 901, lot=k)
    left = NOW + 2 * DAY + HOUR + 901
    assert barred(store, left) == left + 365 * DAY
    with pytest.raises(Refusal, match="barred"):
        come(store, "r3", left + HOUR)
    assert barred(store, left + 365 * DAY) is None
    mine = record(store, "ann")
    assert [one.cause for one in mine.bars] == ["overstays"]
    assert mine.bars[0].overstays == ("r0", "r1", "r2")


def test_grace_is_no_overstay_and_old_overstays_do_not_count(store: DictStore) -> None:
    stay(store, "r0", NOW, 900)
    stay(store, "r1", NOW + DAY, 901)
    stay(store, "r2", NOW + 2 * DAY, 901)
    stay(store, "r3", NOW + 366 * DAY, 901)
    assert list(store.overstays) == ["r1", "r2", "r3"]
    assert barred(store, NOW + 367 * DAY) is None
    stay(store, "r4", NOW + 366 * DAY + 2 * HOUR, 901)
    assert barred(store, NOW + 367 * DAY) is not None


def test_a_stay_of_more_than_a_day_too_long_bars_while_it_lasts(store: DictStore) -> None:
    end = come(store, "r0", NOW)
    for late in (900, 4000, DAY):
        store.run(overstay, store.reservations["r0"], end + late, RULES)
        assert barred(store, end + late) is None
    store.run(overstay, store.reservations["r0"], end + DAY + 1, RULES)
    assert barred(store, end + DAY + 1) == end + 4000 + 365 * DAY
    assert record(store, "ann").bars[0].cause == "long_overstay"


def test_a_barrier_that_tells_late_uncounts_what_was_none(store: DictStore) -> None:
    end = come(store, "r0", NOW)
    store.run(overstay, store.reservations["r0"], end + DAY + 9, RULES)
    assert barred(store, end + DAY + 9) is not None
    done = store.run(check_out, "r0", None, end + 60, end + DAY + 600)
    assert (done.state, done.fees) == (State.COMPLETED, 0)
    assert barred(store, end + DAY + 600) is None
    assert store.overstays["r0"].voided == "left_in_time"


def test_a_bar_for_a_day_falls_when_the_vehicle_had_left_the_same_evening(store: DictStore) -> None:
    end = come(store, "r0", NOW)
    store.run(overstay, store.reservations["r0"], end + DAY + 9, RULES)
    store.run(check_out, "r0", None, end + 2 * HOUR, end + DAY + 600)
    assert barred(store, end + DAY + 600) is None
    assert (store.overstays["r0"].late_s, store.overstays["r0"].voided) == (2 * HOUR, "")
    assert [one.lifted for one in store.bars.values()] == ["left_earlier"]


def test_an_upheld_appeal_lifts_the_bar_and_uncounts_that_overstay_alone(store: DictStore) -> None:
    for k in range(3):
        stay(store, f"r{k}", NOW + k * DAY, 901)
    now = NOW + 4 * DAY
    assert store.run(file_appeal, "r1", "ann", "栏杆坏了", now).state is AppealState.FILED
    assert store.run(file_appeal, "r1", "ann", "again", now).grounds == "栏杆坏了"
    assert barred(store, now) is not None
    assert [one.reservation_id for one in store.appeals(AppealState.FILED, 9)] == ["r1"]
    for wrong, code in ((("r1", "op", True, " ", 1, now), Code.WRONG_STATE), (("r1", "op", True, "ok", 2, now), Code.STALE_VERSION)):
        with pytest.raises(Refusal) as refused:
            store.run(decide, *wrong)
        assert refused.value.code is code
    decided = store.run(decide, "r1", "op", True, "栏杆日志证实", 1, now)
    assert (decided.state, decided.operator, decided.reason, decided.version) == (AppealState.UPHELD, "op", "栏杆日志证实", 2)
    assert barred(store, now) is None
    assert [one.lifted for one in store.bars.values()] == ["appeal_upheld"]
    with pytest.raises(Refusal) as again:
        store.run(decide, "r1", "op", False, "no", 2, now)
    assert again.value.code is Code.WRONG_STATE
    stay(store, "r3", now, 901)
    assert barred(store, now + DAY) == now + HOUR + 901 + 365 * DAY
    assert len(store.bars) == 2


def test_a_rejected_appeal_changes_nothing_and_is_final(store: DictStore) -> None:
    stay(store, "r0", NOW, DAY + 1)
    now = NOW + 3 * DAY
    store.run(file_appeal, "r0", "ann", "sorry", now)
    store.run(decide, "r0", "op", False, "the camera saw it", 1, now)
    assert barred(store, now) is not None
    with pytest.raises(Refusal) as refused:
        store.run(file_appeal, "r0", "ann", "please", now)
    assert refused.value.facts == {"state": "rejected"}


def test_who_may_appeal_against_what_and_how_long(store: DictStore) -> None:
    stay(store, "r0", NOW, 901)
    stay(store, "r1", NOW + DAY, 0)
    noted = store.overstays["r0"].noted
    for name, client, at, code in (
        ("r0", "bob", noted, Code.UNKNOWN_RESERVATION), ("rx", "ann", noted, Code.UNKNOWN_RESERVATION),
        ("r1", "ann", noted, Code.WRONG_STATE), ("r0", "ann", noted + 60 * DAY, Code.TOO_LATE),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            store.run(file_appeal, name, client, "", at)
        assert refused.value.code is code
    assert store.run(file_appeal, "r0", "ann", "", noted + 60 * DAY - 1)


def test_overstays_are_judged_by_the_rules_of_their_time(store: DictStore) -> None:
    stay(store, "r0", NOW, 901)
    stay(store, "r1", NOW + DAY, 901)
    strict = ConductRules(version=2, most=2, longest_s=HOUR, bar_s=DAY)
    store.run(change_rules, strict)
    assert barred(store, NOW + 2 * DAY) is None
    stay(store, "r2", NOW + 2 * DAY, 901)
    bar = next(iter(store.bars.values()))
    assert (bar.rules_version, bar.until - bar.since) == (2, DAY)
    for wrong, code in ((strict, Code.STALE_VERSION), (msgspec.structs.replace(strict, version=3, most=0), Code.BAD_WINDOW)):
        with pytest.raises(Refusal) as refused:
            store.run(change_rules, wrong)
        assert refused.value.code is code


def test_an_overstay_whose_bar_falls_counts_for_the_next(store: DictStore) -> None:
    """A fourth overstay during the bar, and the appeal against the first: the other three bar at once, from when they were noted."""
    end = come(store, "r3", NOW)
    store.run(check_out, "r3", None, end + 901, end + 901)
    for k in range(2):
        stay(store, f"r{k}", NOW + (k + 1) * DAY, 901)
    first_bar = barred(store, NOW + 3 * DAY)
    assert first_bar is not None
    known = store.overstays["r1"]
    late = msgspec.structs.replace(known, reservation_id="r2", ended=NOW + 2 * DAY + 9 * HOUR, noted=NOW + 3 * DAY, bar_id="")
    store.put_overstay(late)
    store.run(file_appeal, "r3", "ann", "", NOW + 3 * DAY)
    store.run(decide, "r3", "op", True, "yes", 1, NOW + 3 * DAY)
    assert barred(store, NOW + 3 * DAY) == NOW + 3 * DAY + 365 * DAY
    assert [(one.overstays, one.lifted) for one in store.bars_of(b"car")][-1] == (("r0", "r1", "r2"), "")
