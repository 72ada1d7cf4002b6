"""Whether a place may be used during an interval: the lot's opening hours, and the owner's window for what is shared."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.records import Interval, Lot, Place, ShareWindow
from parking.refusals import Code, Refusal
from parking.unit import Unit
from parking.windows import covers

WEEK_MINUTES = 7 * 24 * 60


def is_open(lot: Lot, wanted: Interval) -> bool:
    """Whether the lot is open all through `wanted`. Spans of the week are local time; one may run over Sunday midnight."""
    if not lot.opening:
        return True
    zone = ZoneInfo(lot.timezone)
    begin = datetime.fromtimestamp(wanted.start, zone)
    monday = (begin - timedelta(days=begin.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    reached = wanted.start
    for span in sorted(_spans(lot, monday, wanted.end)):
        if span.start <= reached < span.end:
            reached = span.end
        if reached >= wanted.end:
            return True
    return False


def must_be_open(unit: Unit, lot: Lot, place: Place, wanted: Interval, window_id: str) -> None:
    """Raises Refusal(CLOSED) outside opening hours or the owner's window, CALENDAR_UNKNOWN where the window cannot be known."""
    if not is_open(lot, wanted):
        raise Refusal(Code.CLOSED, "the car park is closed for part of that time")
    if not place.shared_only and not window_id:
        return
    window = unit.window(window_id) if window_id else None
    if window is None or window.place_id != place.id:
        raise Refusal(Code.CLOSED, "the place is not shared at that time")
    answer = fits_window(window, wanted, lot.timezone)
    if answer is None:
        raise Refusal(Code.CALENDAR_UNKNOWN, "the working days of that year have not been decreed yet")
    if not answer:
        raise Refusal(Code.CLOSED, "the place is not shared for all of that time")


def fits_window(window: ShareWindow, wanted: Interval, timezone: str) -> bool | None:
    """Whether an owner's window that is still shared covers `wanted`; None when a calendar nobody has decreed would decide."""
    return covers(window, wanted, timezone) if window.active else False


def _spans(lot: Lot, monday: datetime, until: int) -> list[Interval]:
    found = []
    week = monday - timedelta(days=7)
    while week.timestamp() < until:
        for start, end in lot.opening:
            begins, ends = _at(week, start), _at(week, end if end > start else end + WEEK_MINUTES)
            found.append(Interval(begins, ends))
        week += timedelta(days=7)
    return found


def _at(monday: datetime, minute: int) -> int:
    """Epoch s of a minute of the week: wall time, so it stays right where clocks change."""
    day, rest = divmod(minute, 1440)
    return int((monday + timedelta(days=day)).replace(hour=rest // 60, minute=rest % 60).timestamp())
