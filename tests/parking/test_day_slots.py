from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from parking.day_slots import DAY_OFF, WORKDAY, day_type, slot_ending


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 2, 13), WORKDAY),
        (date(2026, 2, 14), WORKDAY),  # a Saturday that is worked (调休)
        (date(2026, 2, 17), DAY_OFF),  # a Tuesday: Spring Festival
        (date(2031, 3, 3), WORKDAY),  # not decreed yet: a Monday
        (date(2031, 3, 1), DAY_OFF),
    ],
)
def test_days_are_worked_as_decreed_and_else_by_the_week(day: date, kind: int) -> None:
    assert day_type(day) == kind


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_slots_are_of_the_local_day_and_the_one_that_ends_at_midnight_is_its_last() -> None:
    first = slot_ending(at("2026-02-13T00:05:00+08:00"), "Asia/Shanghai")
    last = slot_ending(at("2026-02-14T00:00:00+08:00"), "Asia/Shanghai")
    assert first is not None
    assert last is not None
    assert (first.of_day, last.of_day, first.day) == (0, 287, last.day)
    assert (last.day_type, last.tomorrow) == (WORKDAY, WORKDAY)
    assert first.day == date(2026, 2, 13).toordinal()


def test_slots_stay_in_order_where_clocks_change() -> None:
    for night in ("2026-03-28T20:00:00", "2026-10-24T20:00:00"):
        start = int(datetime.fromisoformat(night).replace(tzinfo=UTC).timestamp())
        slots = [slot_ending(start + 300 * k, "Europe/Monaco") for k in range(400)]
        keys = [(one.day, one.of_day) for one in slots if one is not None]
        assert keys == sorted(set(keys))
        assert slots.count(None) == (12 if "10-24" in night else 0)
