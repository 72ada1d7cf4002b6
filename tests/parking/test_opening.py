"""Opening hours of the week, and which window of a place a client may use."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from parking.opening import find_window, is_open, must_be_open, still_shared
from parking.records import Interval, Lot, Place, ShareWindow
from parking.refusals import Code, Refusal
from tests.support.dict_parking import DictStore

DAY = 1440


def during(start: str, end: str, timezone: str = "Asia/Shanghai") -> Interval:
    zone = ZoneInfo(timezone)
    return Interval(*(int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) for text in (start, end)))


def test_hours_of_the_week_join_and_run_over_sunday_midnight() -> None:
    lot = Lot("L1", "", 0, 0, opening=((4 * DAY + 480, 5 * DAY), (5 * DAY, 360), (2 * DAY, 2 * DAY + 60)))
    assert is_open(lot, during("2026-10-09T08:00", "2026-10-12T06:00"))
    assert not is_open(lot, during("2026-10-09T07:59", "2026-10-09T09:00"))
    assert not is_open(lot, during("2026-10-12T05:00", "2026-10-12T06:01"))
    assert is_open(lot, during("2026-10-14T00:00", "2026-10-14T01:00"))
    assert is_open(Lot("L1", "", 0, 0), during("2026-10-09T07:59", "2026-12-09T09:00"))


def test_hours_are_those_of_the_clock_on_the_wall_when_clocks_change() -> None:
    nights = Lot("L1", "", 0, 0, opening=((6 * DAY + 60, 6 * DAY + 240),), timezone="Europe/Berlin")
    spring, autumn = (during(f"{day}T01:00", f"{day}T04:00", "Europe/Berlin") for day in ("2026-03-29", "2026-10-25"))
    assert (spring.end - spring.start, autumn.end - autumn.start) == (7200, 14_400)
    for night in (spring, autumn):
        assert is_open(nights, night)
        assert not is_open(nights, Interval(night.start, night.end + 1))


def test_the_cheapest_window_that_covers_the_time_is_found_and_the_reason_is_told_when_there_is_none() -> None:
    store, lot, place = DictStore(), Lot("L1", "", 0, 0), Place("S1", "L1", 1, shared_only=True, owner="eve")
    dear = ShareWindow("W1", "S1", "eve", "2026-01-01", "", "daily", 1080, 480, price_fen_per_hour=200)
    for one in (dear, msgspec.structs.replace(dear, id="W2", days="workdays", price_fen_per_hour=100, residents_first_s=3600)):
        store.put_window(one)
    night, sunday, unknown = (during(f"{d}T18:00", f"{d}T20:00") for d in ("2026-10-10", "2026-10-11", "2027-01-05"))

    def found(wanted: Interval, now: int) -> str:
        window = find_window(store, lot, place, "ann", wanted, now)
        return window.id if window else ""

    assert (found(night, night.start - 3600), found(night, night.start - 3601)) == ("W2", "W1")
    assert (found(sunday, sunday.start), found(unknown, unknown.start)) == ("W1", "W1")
    assert found(Interval(night.start - 1, night.end), night.start) == ""
    for window_id, wanted, code in (("W2", unknown, Code.CALENDAR_UNKNOWN), ("W2", sunday, Code.CLOSED), ("", night, Code.CLOSED)):
        with pytest.raises(Refusal) as refused:
            must_be_open(store, lot, place, wanted, window_id)
        assert refused.value.code is code
    assert [still_shared(store, lot, name, unknown) for name in ("W1", "W2", "W9", "")] == [True, False, False, True]
