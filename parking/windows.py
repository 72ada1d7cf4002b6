"""When an owner's window is open: concrete intervals from a recurrence in local time, crossing midnight, by the decreed calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from parking.records import Interval, ShareWindow
from parking.workdays import is_workday


def holds_on(window: ShareWindow, day: date) -> bool | None:
    """Whether an opening of the window begins on the local day; None when that depends on a calendar nobody has decreed yet."""
    text = day.isoformat()
    if text < window.first_day or (window.last_day and text > window.last_day) or text in window.exceptions:
        return False
    if window.days == "daily":
        return True
    if window.days in ("workdays", "days_off"):
        known = is_workday(day)
        return None if known is None else known == (window.days == "workdays")
    return str(day.isoweekday()) in window.days


def openings(window: ShareWindow, span: Interval, timezone: str) -> Iterator[tuple[Interval, bool | None]]:
    """(interval, whether it holds) of every day whose opening may meet `span`, less the return buffer, in order."""
    zone = ZoneInfo(timezone)
    day = datetime.fromtimestamp(span.start, zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(span.end, zone).date()
    while day <= last:
        begins = _at(day, window.start_minute, zone)
        ends = _at(day, window.end_minute + (1440 if window.end_minute <= window.start_minute else 0), zone) - window.buffer_s
        if begins < ends and Interval(begins, ends).meets(span):
            yield Interval(begins, ends), holds_on(window, day)
        day += timedelta(days=1)


def covers(window: ShareWindow, wanted: Interval, timezone: str) -> bool | None:
    """Whether `wanted` lies inside the window (adjoining openings join); None when unknown days would decide: fail closed."""
    reached, unknown = wanted.start, False
    for span, known in openings(window, wanted, timezone):
        if span.start <= reached < span.end:
            if known is False:
                continue
            unknown |= known is None
            reached = span.end
        if reached >= wanted.end:
            return None if unknown else True
    return False


def _at(day: date, minute: int, zone: ZoneInfo) -> int:
    days, rest = divmod(minute, 1440)
    local = datetime(day.year, day.month, day.day, rest // 60, rest % 60, tzinfo=zone) + timedelta(days=days)
    return int(local.timestamp())
