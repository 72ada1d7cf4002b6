"""Whether a place may be used during an interval: the lot's opening hours, and the owner's window for what is shared."""

from __future__ import annotations

from datetime import date, timedelta

from parking.model import SpaceKind
from parking.records import Closure, Interval, Lot, Place, ShareWindow
from parking.refusals import Code, Refusal
from parking.unit import Unit
from parking.wall_clock import instant, local_day
from parking.windows import covers

WEEK_MINUTES = 7 * 24 * 60


def is_open(lot: Lot, wanted: Interval) -> bool:
    """Whether the lot is open all through `wanted`. Spans of the week are local time; one may run over Sunday midnight."""
    if lot.closures and any(not one.place_id and _meets(one, wanted) for one in lot.closures):
        return False
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


def _meets(closure: Closure, wanted: Interval) -> bool:
    return any(span.meets(wanted) for span in closure.spans)


def must_be_open(unit: Unit, lot: Lot, place: Place, wanted: Interval, window_id: str) -> None:
    """Raises Refusal(CLOSED) outside opening hours or the owner's window, CALENDAR_UNKNOWN where the window cannot be known."""
    if not is_open(lot, wanted):
        raise Refusal(Code.CLOSED, "the car park is closed for part of that time")
    if any(one.place_id == place.id and one.stalls >= place.room and _meets(one, wanted) for one in lot.closures):
        raise Refusal(Code.CLOSED, "the place is closed for part of that time")
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


def still_shared(unit: Unit, lot: Lot, window_id: str, wanted: Interval) -> bool:
    """Whether the window a reservation was made in covers that time today (I5); what lies in no window always is."""
    window = unit.window(window_id) if window_id else None
    return not window_id or (window is not None and bool(fits_window(window, wanted, lot.timezone)))


def must_be_eligible(unit: Unit, lot: Lot, place: Place, window_id: str, client: str, wanted: Interval, now: int) -> None:
    """Raises Refusal(NOT_ELIGIBLE) while residents of the community come first, and for places that are for residents only."""
    window = unit.window(window_id) if window_id else None
    facts = _not_yet(unit, lot, place, window, client, wanted, now)
    if facts is not None:
        raise Refusal(Code.NOT_ELIGIBLE, "residents of the community come first", facts)


def find_window(unit: Unit, lot: Lot, place: Place, client: str, wanted: Interval, now: int) -> ShareWindow | None:
    """The cheapest window of the place that covers the time and that the client may use now; locked as `Unit.window` does."""
    for one in sorted(unit.windows(place.id), key=lambda one: (one.price_fen_per_hour, one.id)):
        if fits_window(one, wanted, lot.timezone) and _not_yet(unit, lot, place, one, client, wanted, now) is None:
            locked = unit.window(one.id)
            if locked is not None and fits_window(locked, wanted, lot.timezone):
                return locked
    return None


def lives_there(unit: Unit, lot: Lot, client: str) -> bool:
    """Whether the client is a resident of the lot's community."""
    return unit.is_resident(lot.community or lot.id, client)


def _not_yet(
    unit: Unit, lot: Lot, place: Place, window: ShareWindow | None, client: str, wanted: Interval, now: int
) -> dict[str, object] | None:
    """From when others than residents may book, as facts; None for those who may now."""
    first = window.residents_first_s if window else 0
    ahead = first > 0 and wanted.start - now > first
    if not (ahead or place.kind is SpaceKind.RESIDENT) or lives_there(unit, lot, client):
        return None
    return {} if place.kind is SpaceKind.RESIDENT else {"from": wanted.start - first}


def _spans(lot: Lot, monday: date, until: int) -> list[Interval]:
    found = []
    week = monday - timedelta(days=7)
    while instant(week, 0, lot.timezone) < until:
        for start, end in lot.opening:
            ends = end if end > start else end + WEEK_MINUTES
            found.append(Interval(instant(week, start, lot.timezone), instant(week, ends, lot.timezone)))
        week += timedelta(days=7)
    return found
