"""When an owner's window is open: intervals from recurrences in local time, crossing midnight, by the decreed calendar.

Openings that adjoin or overlap join to one run, over which a stay may last; the return buffer is kept free at the end of each run. A
day whose calendar nobody has decreed yet counts as closed where somebody wants to park; what is known before it stays usable.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from parking.records import Interval, ShareWindow
from parking.refusals import Code, Refusal
from parking.wall_clock import DAY_MINUTES, instant, local_day
from parking.workdays import is_workday

NAMED_DAYS = frozenset({"daily", "workdays", "days_off"})
MOST_SPANS, MOST_EXCEPTIONS = 8, 400
LONGEST_BUFFER_S = 86_400


def spans(window: ShareWindow) -> tuple[tuple[str, int, int], ...]:
    """(days, start minute, end minute) of all its recurrences."""
    return ((window.days, window.start_minute, window.end_minute), *window.more)


def holds_on(window: ShareWindow, days: str, day: date) -> bool | None:
    """Whether its opening on `days` begins on the local day; None when that depends on a calendar nobody has decreed yet."""
    text = day.isoformat()
    if text < window.first_day or (window.last_day and text > window.last_day) or text in window.exceptions:
        return False
    if days == "daily":
        return True
    if days in NAMED_DAYS:
        known = is_workday(day)
        return None if known is None else known == (days == "workdays")
    return str(day.isoweekday()) in days


def covers(window: ShareWindow, wanted: Interval, timezone: str) -> bool | None:
    """Whether `wanted` and the return buffer after it lie inside one run; None when only a calendar not yet decreed would tell."""
    needed = Interval(wanted.start, wanted.end + window.buffer_s)
    found = _openings(window, needed, timezone)
    if _fill([one for one, known in found if known], needed):
        return True
    return None if _fill([one for one, _ in found], needed) else False


def openings(window: ShareWindow, span: Interval, timezone: str) -> list[Interval]:
    """The runs of `span` in which it certainly may be used, in order, less the return buffer; cut to `span`."""
    seen = Interval(span.start, span.end + window.buffer_s)
    usable = (Interval(one.start, one.end - window.buffer_s) for one in _join(_openings(window, seen, timezone)))
    cut = (Interval(max(one.start, span.start), min(one.end, span.end)) for one in usable)
    return [one for one in cut if one.start < one.end]


def unknown_from(window: ShareWindow, span: Interval, timezone: str) -> int | None:
    """The start of the first opening of `span` that depends on a calendar nobody has decreed yet."""
    return next((one.start for one, known in _openings(window, span, timezone) if known is None), None)


def check_window(window: ShareWindow) -> None:
    """Raises Refusal(BAD_WINDOW) with the field that is wrong."""
    for days, start, end in spans(window):
        named = days in NAMED_DAYS or (days != "" and set(days) <= set("1234567") and len(set(days)) == len(days))
        if not named:
            raise _bad("days", "days are daily, workdays, days_off, or digits of weekdays, 1 for Monday")
        if not (0 <= start < DAY_MINUTES and 0 <= end <= DAY_MINUTES):
            raise _bad("start_minute", "an opening begins at minute 0 to 1439 and ends at minute 0 to 1440 of the day")
    if len(window.more) >= MOST_SPANS or len(window.exceptions) > MOST_EXCEPTIONS:
        raise _bad("more", f"a window has at most {MOST_SPANS} recurrences and {MOST_EXCEPTIONS} exceptions")
    for name, text in (("first_day", window.first_day), ("last_day", window.last_day), *(("exceptions", o) for o in window.exceptions)):
        if not (_is_day(text) or (name == "last_day" and not text)):
            raise _bad(name, "days are dates like 2026-10-01")
    if window.last_day and window.last_day < window.first_day:
        raise _bad("last_day", "the last day is not before the first")
    if not 0 <= window.buffer_s <= LONGEST_BUFFER_S:
        raise _bad("buffer_s", "the return buffer is 0 s to a day")
    (_, start, end), *others = spans(window)
    if not others and (end - start if end > start else end - start + DAY_MINUTES) * 60 <= window.buffer_s:
        raise _bad("buffer_s", "the return buffer is shorter than the opening, or nobody could ever come")
    if window.price_fen_per_hour < 0 or window.residents_first_s < 0:
        raise _bad("price_fen_per_hour", "prices and times are not negative")


def _openings(window: ShareWindow, span: Interval, timezone: str) -> list[tuple[Interval, bool | None]]:
    """(opening, whether it is known to hold) of all that meet `span` and are not known not to hold, by start."""
    found = []
    day, last = local_day(span.start, timezone) - timedelta(days=1), local_day(span.end, timezone)
    while day <= last:
        for days, start, end in spans(window):
            known = holds_on(window, days, day)
            if known is not False:
                ends = end if end > start else end + DAY_MINUTES
                opening = Interval(instant(day, start, timezone), instant(day, ends, timezone))
                if opening.start < opening.end and opening.meets(span):
                    found.append((opening, known))
        day += timedelta(days=1)
    return sorted(found, key=lambda one: one[0])


def _join(found: Iterable[tuple[Interval, bool | None]]) -> list[Interval]:
    runs: list[Interval] = []
    for one, known in found:
        if not known:
            continue
        if runs and one.start <= runs[-1].end:
            runs[-1] = Interval(runs[-1].start, max(runs[-1].end, one.end))
        else:
            runs.append(one)
    return runs


def _fill(found: Iterable[Interval], needed: Interval) -> bool:
    reached = needed.start
    for one in found:
        if one.start <= reached < one.end:
            reached = one.end
        if reached >= needed.end:
            return True
    return False


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _bad(field: str, sentence: str) -> Refusal:
    return Refusal(Code.BAD_WINDOW, sentence, {"field": field})
