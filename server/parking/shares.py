"""Private spaces shared by their owners: windows published, changed, withdrawn.

Whose a space is, its operator says (`owner` of the place): nobody shares what is not theirs. Whoever had confirmed a time that a change
takes away is moved or paid back in the same transaction.
"""

from __future__ import annotations

from typing import Any

import msgspec

from parking import sharing
from parking.model import Account
from parking.records import ShareWindow
from parking.refusals import Code, Refusal
from parking.rules import Rules
from server.parking.messages import ShareChange, ShareIn
from server.parking.store import ServiceUnit

Expected = frozenset[int] | None
"""versions that If-Match names; None: any"""


def publish(unit: ServiceUnit, owner: str, window_id: str, said: ShareIn, now: int) -> ShareWindow:
    """A new window. Raises Refusal: UNKNOWN_PLACE for a place that is not the owner's, BAD_WINDOW."""
    place = unit.place(said.place_id)
    if place is None or not place.owner or place.owner != owner or not place.shared_only:
        raise Refusal(Code.UNKNOWN_PLACE, f"no space of yours has the id {said.place_id!r}; its operator enters whose it is")
    window = ShareWindow(
        id=window_id, place_id=place.id, owner=owner, first_day=said.first_day, last_day=said.last_day, days=said.days,
        start_minute=minute(said.start), end_minute=minute(said.end), buffer_s=said.buffer_s,
        price_fen_per_hour=said.price_fen_per_hour, residents_first_s=said.residents_first_s, payee=Account.OWNER,
        exceptions=said.exceptions,
    )  # fmt: skip
    return sharing.publish(unit, window, owner, now)


def change(
    unit: ServiceUnit, owner: str, window_id: str, said: ShareChange, expected: Expected, now: int, rules: Rules
) -> ShareWindow:  # fmt: skip
    """The next version of a window. Raises Refusal: UNKNOWN_SHARE, STALE_VERSION, BAD_WINDOW, TOO_LATE, WRONG_STATE."""
    before = find(unit, owner, window_id)
    fields = {name: value for name, value in msgspec.structs.asdict(said).items() if value is not None}
    for name in ("start", "end"):
        if name in fields:
            fields[f"{name}_minute"] = minute(fields.pop(name))
    made = sharing.edit(unit, msgspec.structs.replace(before, **fields), _seen(before, expected), owner, now, rules).window
    assert made is not None
    return made


def close(unit: ServiceUnit, owner: str, window_id: str, expected: Expected, now: int, rules: Rules) -> None:
    """No longer shared; twice is no mistake. Raises Refusal: UNKNOWN_SHARE, STALE_VERSION, TOO_LATE."""
    before = find(unit, owner, window_id)
    if before.active:
        sharing.take_back(unit, window_id, _seen(before, expected), owner, now, rules)


def find(unit: ServiceUnit, owner: str, window_id: str) -> ShareWindow:
    """One of the owner's. Raises Refusal(UNKNOWN_SHARE)."""
    window = unit.window(window_id)
    if window is None or window.owner != owner:
        raise Refusal(Code.UNKNOWN_SHARE, f"no shared space of yours has the id {window_id!r}")
    return window


def list_windows(unit: ServiceUnit, owner: str) -> list[ShareWindow]:
    """The owner's, by id."""
    return list(unit.windows_of(owner))


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


def _seen(before: ShareWindow, expected: Expected) -> int:
    """The version that If-Match names, if it is the window's; else one that it never had."""
    return before.version if expected is None or before.version in expected else -1
