"""Private spaces and lent pools shared by their owners: windows published, changed, withdrawn, and what each does to whom.

Whose a space is, its operator says (`owner` of the place): nobody shares what is not theirs. Whoever had confirmed a time that a change
takes away is moved or paid back in the same transaction.
"""

from __future__ import annotations

from datetime import date

import msgspec

from parking import sharing
from parking.model import Account, State
from parking.records import Interval, Place, ShareWindow
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.sharing import Effect, Outcome
from parking.unit import Unit
from parking.wall_clock import instant, local_day
from parking.windows import openings, spans, unknown_from
from parking.workdays import is_workday
from server.parking.keyed import the_one
from server.parking.owner_messages import Recurrence, ShareChange, WindowIn
from server.parking.store import ServiceUnit
from server.parking.views import Json, moment, money, span_view

Expected = frozenset[int] | None
"""versions that If-Match names; None: any"""
SHOWN_S, MOST_SHOWN = 7 * 86_400, 20
"""openings of a week, so that an owner sees what a window comes to"""
_LOOKED_S = 31 * 86_400
"""of the first year that no calendar tells of: it has working days and days off soon"""


def publish(unit: ServiceUnit, owner: str, place_id: str, window_id: str, said: WindowIn, now: int) -> ShareWindow:
    """A new window. Raises Refusal: UNKNOWN_PLACE for a place that is not the owner's, BAD_WINDOW."""
    place = unit.place(place_id)
    if place is None or not place.owner or place.owner != owner or not place.shared_only:
        detail = f"no space of yours has the id {place_id!r}; its operator enters whose it is, GET /v1/parking/owned-places lists yours"
        raise Refusal(Code.UNKNOWN_PLACE, detail, {"field": "place_id"})
    window = ShareWindow(
        id=window_id, place_id=place.id, owner=owner, first_day=said.first_day, last_day=said.last_day, days=said.days,
        start_minute=minute(said.start), end_minute=minute(said.end), buffer_s=said.buffer_s,
        price_fen_per_hour=said.price_fen_per_hour, residents_first_s=said.residents_first_s, payee=Account.OWNER,
        exceptions=said.exceptions, more=_more(said.more),
    )  # fmt: skip
    return sharing.publish(unit, window, owner, now)


def changed(unit: Unit, owner: str, window_id: str, said: ShareChange) -> ShareWindow:
    """The window as it shall be. Raises Refusal(UNKNOWN_SHARE)."""
    before = find(unit, owner, window_id)
    fields = {name: getattr(said, name) for name in ShareChange.__struct_fields__ if getattr(said, name) is not None}
    for name in ("start", "end"):
        if name in fields:
            fields[f"{name}_minute"] = minute(fields.pop(name))
    if "more" in fields:
        fields["more"] = _more(fields["more"])
    return msgspec.structs.replace(before, **fields)


def change(
    unit: ServiceUnit, owner: str, window_id: str, said: ShareChange, expected: Expected, now: int, rules: Rules
) -> Outcome:  # fmt: skip
    """The next version of a window. Raises Refusal: UNKNOWN_SHARE, STALE_VERSION, BAD_WINDOW, TOO_LATE, WRONG_STATE."""
    made = changed(unit, owner, window_id, said)
    return sharing.edit(unit, made, the_one(made.version, expected), owner, now, rules)


def close(unit: ServiceUnit, owner: str, window_id: str, expected: Expected, now: int, rules: Rules) -> Outcome:
    """No longer shared; twice is no mistake. Raises Refusal: UNKNOWN_SHARE, STALE_VERSION, TOO_LATE."""
    before = find(unit, owner, window_id)
    return sharing.take_back(unit, window_id, the_one(before.version, expected), owner, now, rules)


def find(unit: Unit, owner: str, window_id: str) -> ShareWindow:
    """One of the owner's. Raises Refusal(UNKNOWN_SHARE)."""
    window = unit.window(window_id)
    if window is None or window.owner != owner:
        raise Refusal(Code.UNKNOWN_SHARE, f"no shared space of yours has the id {window_id!r}")
    return window


def share_view(unit: Unit, window: ShareWindow, now: int) -> Json:
    """A window as its owner sees it, with the openings of the coming week and from when on no calendar tells (closed till then)."""
    place = unit.place(window.place_id)
    lot = unit.lot(place.lot_id) if place else None
    zone = lot.timezone if lot else "Asia/Shanghai"
    coming = openings(window, Interval(now, now + SHOWN_S), zone)[:MOST_SHOWN] if window.active else []
    return {
        "id": window.id, "lot_id": place.lot_id if place else "", "place_id": window.place_id, "days": window.days,
        "first_day": window.first_day, "last_day": window.last_day or None, "start": clock(window.start_minute),
        "end": clock(window.end_minute), "more": [{"days": d, "start": clock(s), "end": clock(e)} for d, s, e in window.more],
        "buffer_s": window.buffer_s, "price_fen_per_hour": window.price_fen_per_hour, "residents_first_s": window.residents_first_s,
        "payee": window.payee.value, "exceptions": list(window.exceptions), "active": window.active, "version": window.version,
        "openings": [span_view(one) for one in coming],
        "unknown_from": moment(_unknown_from(window, now, zone)),
    }  # fmt: skip


def place_view(place: Place) -> Json:
    """A place as its owner sees it."""
    return {
        "id": place.id, "lot_id": place.lot_id, "owner": place.owner, "kind": place.kind.value, "numbered": place.numbered,
        "capacity": place.capacity, "title": place.title or place.capacity, "version": place.version,
    }  # fmt: skip


def outcome_view(unit: Unit, outcome: Outcome, now: int) -> Json:
    """The window or place as it is then, whom it concerns and what it costs: the same before and after it is done."""
    shown = share_view(unit, outcome.window, now) if outcome.window else place_view(outcome.place) if outcome.place else {}
    effects = outcome.effects
    count = {state: sum(one.after is state for one in effects) for state in (State.RELOCATION_OFFERED, State.CANCELLED)}
    summary = {
        "concerned": len(effects), "relocated": count[State.RELOCATION_OFFERED], "cancelled": count[State.CANCELLED],
        "staying": len(effects) - sum(count.values()), "refunded": money(sum(one.refunded for one in effects)),
        "compensation": money(sum(one.compensation for one in effects if one.after is State.CANCELLED)),
        "compensation_if_declined": money(sum(one.compensation for one in effects if one.after is State.RELOCATION_OFFERED)),
    }  # fmt: skip
    return {**shown, "effects": [_effect(one) for one in effects], "summary": summary}


def minute(text: str) -> int:
    """Of the day, from HH:MM."""
    return int(text[:2]) * 60 + int(text[3:])


def clock(minutes: int) -> str:
    """HH:MM."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _effect(one: Effect) -> Json:
    return {
        "reservation_id": one.reservation_id, "from": moment(one.start), "to": moment(one.end), "before": one.before.value,
        "after": one.after.value, "place_id": one.place_id, "refunded": money(one.refunded), "compensation": money(one.compensation),
    }  # fmt: skip


def _unknown_from(window: ShareWindow, now: int, zone: str) -> int | None:
    """The first opening that a calendar nobody has decreed yet would decide."""
    if not window.active or not any(days in ("workdays", "days_off") for days, _, _ in spans(window)):
        return None
    today = local_day(now, zone)
    year = next((year for year in range(today.year, today.year + 4) if is_workday(date(year, 1, 1)) is None), None)
    if year is None:
        return None
    start = max(instant(max(date(year, 1, 1), date.fromisoformat(window.first_day)), 0, zone), now)
    return unknown_from(window, Interval(start, start + _LOOKED_S), zone)


def _more(said: tuple[Recurrence, ...]) -> tuple[tuple[str, int, int], ...]:
    return tuple((one.days, minute(one.start), minute(one.end)) for one in said)

