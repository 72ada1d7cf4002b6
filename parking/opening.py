"""Whether a place may be used during an interval: the lot's opening hours, and the owner's window for what is shared."""

from __future__ import annotations

from datetime import date, timedelta

from parking.records import Interval, Lot, Place, ShareWindow
from parking.refusals import Code, Refusal
from parking.unit import Unit
from parking.wall_clock import instant, local_day
from parking.windows import covers

WEEK_MINUTES = 7 * 24 * 60


def is_open(lot: Lot, wanted: Interval) -> bool:
    """Whether the lot is open all through `wanted`. Spans of the week are local time; one may run over Sunday midnight."""
    if not lot.opening:
        return True
    begin = local_day(wanted.start, lot.timezone)
    monday = begin - timedelta(days=begin.weekday())
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


def _spans(lot: Lot, monday: date, until: int) -> list[Interval]:
    found = []
    week = monday - timedelta(days=7)
    while instant(week, 0, lot.timezone) < until:
        for start, end in lot.opening:
            ends = end if end > start else end + WEEK_MINUTES
            found.append(Interval(instant(week, start, lot.timezone), instant(week, ends, lot.timezone)))
        week += timedelta(days=7)
    return found
