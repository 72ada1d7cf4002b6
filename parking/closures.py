"""Closing a car park, or stalls of it, for a time: works, a market day, every night of a week.

Nobody's reservation is quietly lost: whoever reserved such a time is offered another place or gets everything back, as when an owner
withdraws a shared space (`parking.relocation`); who is there already stays. Stalls of a place are closed by claims, so no reservation
can ever be made over them: each is held by a reservation of nobody, checked in, without plate, events and money, that only this module
ends. A whole car park is closed by its opening hours (`parking.opening.is_open`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NoReturn

import msgspec

from parking.changes import lot_of
from parking.model import PlateColor, State
from parking.profile import fits
from parking.records import Closure, Interval, Lot, Place, Plate, Reservation, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.relocation import MOVED, ahead, held, move_out
from parking.rules import Rules
from parking.sharing import Effect
from parking.unit import Unit
from parking.wall_clock import instant
from parking.windows import check_window, openings, unknown_from

MOST_SPANS, MOST_CLAIMS, MOST_CLOSURES = 400, 2000, 50
"""of one closure: spans, and stalls × spans; closures of a car park"""
LONGEST_S, MOST_SLOTS = 366 * 86_400, 300_000
"""s of a span; stalls × slots of a pool: stores count in slots"""
AGAIN_S = 120
"""a new closure is looked at again for so long: a reservation may have been under way when it was made"""
_NOBODY = Plate(b"", b"", "", PlateColor.OTHER)


class Closing(msgspec.Struct, frozen=True):
    """A closure and what becomes of the reservations it meets."""

    closure: Closure
    effects: tuple[Effect, ...]


class Foreseen(Exception):
    """Ends a transaction that was only to tell what would be: the store keeps nothing of it."""

    def __init__(self, closing: Closing) -> None:
        super().__init__("a preview")
        self.closing = closing


def nights(first_day: str, last_day: str, days: str, start_minute: int, end_minute: int, timezone: str) -> tuple[Interval, ...]:
    """Spans of the local days `first_day` to `last_day` (inclusive) of those `days` (as `ShareWindow.days`); an end not after the start
    lies on the next day. Raises Refusal(BAD_WINDOW, CALENDAR_UNKNOWN)."""
    window = ShareWindow("", "", "", first_day, last_day, days, start_minute, end_minute)
    check_window(window)
    first, last = date.fromisoformat(first_day), date.fromisoformat(last_day or first_day)
    if (last - first).days > MOST_SPANS:
        raise Refusal(Code.BAD_WINDOW, f"a closing has at most {MOST_SPANS} spans", {"field": "last_day"})
    span = Interval(instant(first, 0, timezone), instant(last + timedelta(days=2), 0, timezone))
    if unknown_from(window, span, timezone) is not None:
        raise Refusal(Code.CALENDAR_UNKNOWN, "the working days of that year have not been decreed yet")
    return tuple(openings(window, span, timezone))


def close(unit: Unit, lot_id: str, closure: Closure, urgent: bool, now: int, rules: Rules) -> Closing:
    """Closes the lot, or `closure.stalls` of a place (0: all of it). Raises UNKNOWN_LOT, UNKNOWN_PLACE, BAD_INTERVAL, WRONG_STATE for
    an id that is used, TOO_LATE within the notice that those who reserved are given."""
    lot = lot_of(unit, lot_id)
    made = _sound(unit, lot, closure, now)
    lot = msgspec.structs.replace(lot, closures=(*lot.closures, made), version=lot.version + 1)
    unit.put_lot(lot)  # first: from now on no hold sees it open
    return _apply(unit, lot, made, urgent, now, rules)


def preview(unit: Unit, lot_id: str, closure: Closure, urgent: bool, now: int, rules: Rules) -> NoReturn:
    """Does it, and raises Foreseen with what came of it: exact, and nothing of it is kept."""
    raise Foreseen(close(unit, lot_id, closure, urgent, now, rules))


def reopen(unit: Unit, lot_id: str, closure_id: str) -> Closure | None:
    """Ends a closure at once; None when there is none of that id. Who was moved stays moved. Raises UNKNOWN_LOT."""
    lot = lot_of(unit, lot_id)
    found = next((one for one in lot.closures if one.id == closure_id), None)
    if found is not None:
        for name, _ in _claims(found):
            _let_go(unit, name)
        _put(unit, lot, tuple(one for one in lot.closures if one.id != closure_id))
    return found


def keep_closed(unit: Unit, lot_id: str, now: int, rules: Rules) -> int:
    """Ends closures that are over, and tries again what vehicles or reservations under way kept from being closed. To be run every
    minute for lots that have closures; how many closures were looked at."""
    lot = unit.lot(lot_id)
    looked = 0
    for one in lot.closures if lot else ():
        if one.spans[-1].end <= now:
            reopen(unit, lot_id, one.id)
        elif one.waits or now < one.created + AGAIN_S:
            _apply(unit, lot_of(unit, lot_id), one, True, now, rules)
        else:
            continue
        looked += 1
    return looked


def _sound(unit: Unit, lot: Lot, closure: Closure, now: int) -> Closure:
    """As it is kept. Raises Refusal."""
    spans = tuple(sorted(closure.spans))
    met = any(first.end > second.start for first, second in pairwise(spans))
    long = any(not 0 < one.end - one.start <= LONGEST_S for one in spans)
    if not spans or len(spans) > MOST_SPANS or met or long or spans[0].start < now - LONGEST_S or spans[-1].end <= now:
        detail = f"a closing has 1 to {MOST_SPANS} spans of at most a year that do not meet, and is not over"
        raise Refusal(Code.BAD_INTERVAL, detail)
    if any(one.id == closure.id for one in lot.closures) or len(lot.closures) >= MOST_CLOSURES:
        raise Refusal(Code.WRONG_STATE, f"there is a closing of that id, or there are {MOST_CLOSURES} already")
    stalls = 0
    if closure.place_id:
        place = unit.place(closure.place_id)
        if place is None or place.lot_id != lot.id:
            raise Refusal(Code.UNKNOWN_PLACE, f"this car park has no place with the id {closure.place_id!r}")
        stalls = place.room if closure.stalls in (0, place.capacity) else closure.stalls
        slots = 0 if place.numbered else stalls * sum((one.end - one.start) // place.slot_s + 2 for one in spans)
        if not 0 < stalls <= place.room or stalls * len(spans) > MOST_CLAIMS or slots > MOST_SLOTS:
            detail = f"the place has {place.capacity} stalls, or these are too many for that long: close the whole car park instead"
            raise Refusal(Code.BAD_INTERVAL, detail, {"field": "stalls"})
    return msgspec.structs.replace(closure, spans=spans, stalls=stalls, created=now, waits=0)


def _apply(unit: Unit, lot: Lot, closure: Closure, urgent: bool, now: int, rules: Rules) -> Closing:
    chosen = _met(unit, lot, closure, now, rules)
    soon = [one.wanted.start for one in chosen if one.state in MOVED and one.wanted.start < now + rules.closing_notice_s]
    if soon and not urgent:
        facts = {"reservations": len(soon), "notice_s": rules.closing_notice_s}
        raise Refusal(Code.TOO_LATE, "somebody has reserved for a time nearer than the notice that must be given", facts)
    after = {one.id: one for one in move_out(unit, chosen, now, rules)}
    waits = _claim(unit, closure, now)
    kept = msgspec.structs.replace(closure, waits=waits)
    if kept != closure:
        _put(unit, lot, tuple(kept if one.id == kept.id else one for one in lot.closures))
    effects = tuple(
        Effect(one.id, one.wanted.start, one.wanted.end, one.state, after[one.id].state, after[one.id].place_id,
               after[one.id].refunded - one.refunded) for one in chosen
    )  # fmt: skip
    return Closing(kept, effects)


def _met(unit: Unit, lot: Lot, closure: Closure, now: int, rules: Rules) -> list[Reservation]:
    """Reservations there is no room for any more, who came first last to go; those that are there already are told of as well."""
    found: dict[str, Reservation] = {}
    for place in unit.places(lot.id):
        if closure.place_id in ("", place.id):
            spans = [span for one in closure.spans if (span := place.claim(one)).end > now]
            own = f"closed:{closure.id}:"
            coming = [one for one in unit.claimants(place.id, ahead(now, rules)) if one.blocks(now)]
            met = [one for one in coming if not one.id.startswith(own) and any(span.meets(held(place, one)) for span in spans)]
            stalls = closure.stalls if closure.place_id else place.room
            found.update((one.id, one) for one in _too_many(place, met, spans, stalls))
    return sorted(found.values(), key=lambda one: (one.wanted.start, one.id))


def _too_many(place: Place, met: Sequence[Reservation], spans: Sequence[Interval], stalls: int) -> Iterator[Reservation]:
    taken = [span for span in spans for _ in range(stalls)]
    for one in sorted(met, key=lambda one: (one.arrived is None, one.confirmed is None, one.confirmed or one.created, one.id)):
        span = held(place, one)
        if fits(taken, span, place.room):
            taken.append(span)
        elif one.client:  # not another closure's
            yield one


def _claim(unit: Unit, closure: Closure, now: int) -> int:
    """Takes the stalls; how many are still occupied."""
    place = unit.place(closure.place_id) if closure.place_id else None
    if place is None:
        return 0
    failed: dict[Interval, int] = {}
    for name, span in _claims(closure):
        if span.end <= now or unit.reservation(name) is not None:
            continue
        nobody = Reservation(
            name, "", place.lot_id, place.id, span, _NOBODY, State.CHECKED_IN, Terms(0), now, now, kind=place.kind, arrived=span.start,
            reason="closed",
        )  # fmt: skip
        if unit.claim(nobody, place, place.claim(span)):
            unit.insert(nobody, None)
        else:
            failed[span] = failed.get(span, 0) + 1
    return max(failed.values(), default=0)


def _let_go(unit: Unit, name: str) -> None:
    found = unit.reservation(name)
    if found is not None and found.state is State.CHECKED_IN:
        unit.release(name)
        unit.save(msgspec.structs.replace(found, state=State.COMPLETED, version=found.version + 1), None)


def _claims(closure: Closure) -> Iterator[tuple[str, Interval]]:
    """(name of the claim, span) of every stall."""
    for k, span in enumerate(closure.spans):
        for stall in range(closure.stalls):
            yield f"closed:{closure.id}:{k}:{stall}", span


def _put(unit: Unit, lot: Lot, closures: tuple[Closure, ...]) -> None:
    unit.put_lot(msgspec.structs.replace(lot, closures=closures, version=lot.version + 1))
