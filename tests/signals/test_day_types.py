from __future__ import annotations

from datetime import date

from signals.day_types import DayType, day_types


def test_weekends_holidays_and_worked_weekends() -> None:
    """The National Day week of 2026 and the Saturday worked for it."""
    holidays = {date(2026, 10, day) for day in range(1, 8)}
    found = day_types(date(2026, 9, 30), 11, holidays, {date(2026, 10, 10)})
    assert found.tolist() == [DayType.WORKDAY, *[DayType.HOLIDAY] * 7, DayType.WORKDAY, DayType.WORKDAY, DayType.WORKDAY]
    assert day_types(date(2026, 10, 10), 2).tolist() == [DayType.WEEKEND, DayType.WEEKEND]
    assert day_types(date(2026, 10, 10), 0).shape == (0,)
