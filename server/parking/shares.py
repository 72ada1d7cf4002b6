"""Private spaces shared by their owners: windows published, changed, withdrawn.

Whose a space is, its operator says (`owner` of the place): nobody shares what is not theirs. Whoever had confirmed a time that a change
takes away is moved or paid back in the same transaction.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parking.model import Account
from parking.records import ShareWindow
from parking.refusals import Code, Refusal
from parking.relocation import withdraw
from parking.rules import Rules
from server.parking.messages import ShareChange, ShareIn
from server.parking.records_codec import WINDOW
from server.parking.store import ServiceUnit


def publish(unit: ServiceUnit, owner: str, window_id: str, said: ShareIn) -> ShareWindow:
    """A new window. Raises Refusal: UNKNOWN_PLACE for a place that is not the owner's."""
    place = unit.place(said.place_id)
    if place is None or not place.owner or place.owner != owner:
        raise Refusal(Code.UNKNOWN_PLACE, f"no space of yours has the id {said.place_id!r}; its operator enters whose it is")
    window = ShareWindow(
        id=window_id, place_id=place.id, owner=owner, first_day=said.first_day, last_day=said.last_day, days=said.days,
        start_minute=minute(said.start), end_minute=minute(said.end), buffer_s=said.buffer_s,
        price_fen_per_hour=said.price_fen_per_hour, residents_first_s=said.residents_first_s, payee=Account.OWNER,
        exceptions=said.exceptions,
    )  # fmt: skip
    unit.put_window(window)
    return window


def change(unit: ServiceUnit, owner: str, window_id: str, said: ShareChange, now: int, rules: Rules) -> ShareWindow:
    """The next version of a window. Raises Refusal(UNKNOWN_SHARE)."""
    before = find(unit, owner, window_id)
    fields = {name: value for name, value in msgspec.structs.asdict(said).items() if value is not None}
    for name in ("start", "end"):
        if name in fields:
            fields[f"{name}_minute"] = minute(fields.pop(name))
    return _replaced(unit, before, fields, now, rules)


def close(unit: ServiceUnit, owner: str, window_id: str, now: int, rules: Rules) -> ShareWindow:
    """No longer shared; twice is no mistake. Raises Refusal(UNKNOWN_SHARE)."""
    before = find(unit, owner, window_id)
    return before if not before.active else _replaced(unit, before, {"active": False}, now, rules)


def find(unit: ServiceUnit, owner: str, window_id: str) -> ShareWindow:
    """One of the owner's. Raises Refusal(UNKNOWN_SHARE)."""
    window = unit.window(window_id)
    if window is None or window.owner != owner:
        raise Refusal(Code.UNKNOWN_SHARE, f"no shared space of yours has the id {window_id!r}")
    return window


def list_windows(unit: ServiceUnit, owner: str) -> list[ShareWindow]:
    """The owner's, by id."""
    rows = unit.sql("select body from windows where owner = ?", owner)
    return sorted((WINDOW.decode(bytes(body)) for (body,) in rows), key=lambda one: one.id)


def share_view(window: ShareWindow, lot_id: str) -> dict[str, Any]:
    """A window as its owner sees it."""
    return {
        "id": window.id, "lot_id": lot_id, "place_id": window.place_id, "days": window.days, "first_day": window.first_day,
        "last_day": window.last_day or None, "start": clock(window.start_minute), "end": clock(window.end_minute),
        "buffer_s": window.buffer_s, "price_fen_per_hour": window.price_fen_per_hour, "residents_first_s": window.residents_first_s,
        "exceptions": list(window.exceptions), "active": window.active, "version": window.version,
    }  # fmt: skip


def minute(text: str) -> int:
    """Of the day, from HH:MM."""
    return int(text[:2]) * 60 + int(text[3:])


def clock(minutes: int) -> str:
    """HH:MM."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _replaced(unit: ServiceUnit, before: ShareWindow, fields: dict[str, Any], now: int, rules: Rules) -> ShareWindow:
    window = msgspec.structs.replace(before, version=before.version + 1, **fields)
    unit.put_window(window)
    withdraw(unit, window.id, now, rules)
    return window
