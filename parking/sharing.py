"""Owners and institutions share places: publish, edit, withdraw windows, lend a part of a car park as a pool of its own.

Nobody's reservation is quietly lost by a change: whoever lies in the window no longer is offered another place or gets everything back
(`parking.relocation`), and the owner hears before and after of each one concerned, without plate and name.
"""

from __future__ import annotations

from typing import NoReturn

import msgspec

from parking.booking import place_of
from parking.changes import lot_of
from parking.model import Account, State
from parking.profile import most
from parking.records import Place, Reservation, ShareWindow
from parking.refusals import Code, Refusal
from parking.relocation import MOVED, affected, ahead, clear, held, withdraw
from parking.rules import Rules
from parking.unit import Unit
from parking.windows import check_window


class Effect(msgspec.Struct, frozen=True):
    """What a change does to one reservation; nothing that names its client."""

    reservation_id: str
    start: int
    end: int
    before: State
    after: State
    """RELOCATION_OFFERED, CANCELLED, or as before for a vehicle that is there already and stays"""
    place_id: str
    """where it is offered to go, or stays"""
    refunded: int
    """fen that go back by this change"""
    compensation: int = 0
    """fen the owner pays on top: at once to who is refunded, to who is offered another place if it is declined"""


class Outcome(msgspec.Struct, frozen=True):
    """A change and all its effects."""

    window: ShareWindow | None
    place: Place | None
    effects: tuple[Effect, ...]


class Previewed(Exception):
    """Ends a transaction that was only to tell what would be: the store keeps nothing of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("a preview")
        self.outcome = outcome


def publish(unit: Unit, window: ShareWindow, actor: str | None, now: int) -> ShareWindow:
    """A new window. `actor`: who asks, None an operator, who alone may share for others and name another payee. Raises UNKNOWN_PLACE,
    NOT_ELIGIBLE, BAD_WINDOW, WRONG_STATE when the id is used."""
    place = place_of(unit, window.place_id)
    _may(actor, place.owner)
    if place.owner and window.owner != place.owner:
        raise Refusal(Code.NOT_ELIGIBLE, "a place is shared in the name of its owner")
    if actor is not None and window.payee is not Account.OWNER:
        raise Refusal(Code.NOT_ELIGIBLE, "only the operator names another payee than the owner")
    check_window(window)
    if unit.window(window.id) is not None:
        raise Refusal(Code.WRONG_STATE, "there is a window of that id")
    made = msgspec.structs.replace(window, version=1, active=True, updated=now)
    unit.put_window(made)
    return made


def edit(unit: Unit, window: ShareWindow, expected: int, actor: str | None, now: int, rules: Rules) -> Outcome:
    """The window as it shall be from now on; place and owner stay. `expected`: the version the owner saw. Raises STALE_VERSION,
    UNKNOWN_SHARE, NOT_ELIGIBLE, BAD_WINDOW, TOO_LATE within the notice a city demands, WRONG_STATE once withdrawn."""
    old = _own(unit, window.id, actor, expected)
    if not old.active:
        raise Refusal(Code.WRONG_STATE, "the window was withdrawn; publish a new one")
    if actor is not None and window.payee is not old.payee:
        raise Refusal(Code.NOT_ELIGIBLE, "only the operator names another payee than the owner")
    fixed = {"place_id": old.place_id, "owner": old.owner, "version": old.version + 1, "updated": now}
    made = msgspec.structs.replace(window, **fixed)
    check_window(made)
    return _change_window(unit, made, now, rules)


def take_back(unit: Unit, window_id: str, expected: int, actor: str | None, now: int, rules: Rules) -> Outcome:
    """Shares no longer. Taking back twice is no error. Raises as `edit`."""
    old = _own(unit, window_id, actor, None)
    if not old.active:
        return Outcome(old, None, ())
    _must_be(old.version, expected)
    return _change_window(unit, msgspec.structs.replace(old, active=False, version=old.version + 1, updated=now), now, rules)


def preview_edit(unit: Unit, window: ShareWindow, expected: int, actor: str | None, now: int, rules: Rules) -> NoReturn:
    """Does it, and raises Previewed with what came of it: exact, and nothing of it is kept."""
    raise Previewed(edit(unit, window, expected, actor, now, rules))


def preview_take_back(unit: Unit, window_id: str, expected: int, actor: str | None, now: int, rules: Rules) -> NoReturn:
    """As `preview_edit`."""
    raise Previewed(take_back(unit, window_id, expected, actor, now, rules))


def preview_resize(unit: Unit, place_id: str, capacity: int, expected: int, actor: str | None, now: int, rules: Rules) -> NoReturn:
    """As `preview_edit`."""
    raise Previewed(resize(unit, place_id, capacity, expected, actor, now, rules))


def lend(unit: Unit, place: Place, source_id: str = "", now: int = 0, rules: Rules | None = None) -> Place:
    """Enters what an owner or institution may share: a numbered space, or the N stalls of a car park that are lent as a pool of their
    own, never overbooked. Only an operator, who has seen the title, does this. `source_id`: the pool of the car park that they are
    taken out of; raises TAKEN when they are reserved there."""
    if not place.owner or place.capacity < 1 or place.overbook or (place.numbered and place.capacity != 1):
        raise Refusal(Code.NOT_ELIGIBLE, "a shared place has an owner and stalls, and is never overbooked")
    if unit.place(place.id) is not None:
        raise Refusal(Code.WRONG_STATE, "there is a place of that id")
    lot_of(unit, place.lot_id)
    if source_id:
        _take_out(unit, source_id, place, now, rules or Rules())
    made = msgspec.structs.replace(place, shared_only=True, version=1, title=max(place.title, place.capacity))
    unit.put_place(made)
    return made


def _take_out(unit: Unit, source_id: str, lent: Place, now: int, rules: Rules) -> None:
    source = unit.place_to_change(source_id)
    if source is None or source.lot_id != lent.lot_id:
        raise Refusal(Code.UNKNOWN_PLACE, f"this car park has no pool with the id {source_id!r}")
    if source.numbered or source.shared_only or source.capacity < lent.capacity:
        raise Refusal(Code.NOT_ELIGIBLE, f"{source_id!r} is no pool open to all with {lent.capacity} stalls")
    left = msgspec.structs.replace(source, capacity=source.capacity - lent.capacity, version=source.version + 1)
    span = ahead(now, rules)
    claims = [held(source, one) for one in unit.claimants(source.id, span) if one.blocks(now)]
    if most(claims, span) > left.room:
        raise Refusal(Code.TAKEN, "those stalls are reserved; lend fewer, or when they are free")
    unit.put_place(left)


def resize(unit: Unit, place_id: str, capacity: int, expected: int, actor: str | None, now: int, rules: Rules) -> Outcome:
    """Lends more stalls of a pool or fewer; who came last goes first. Raises STALE_VERSION, NOT_ELIGIBLE, TOO_LATE."""
    place = unit.place_to_change(place_id)
    if place is None:
        raise Refusal(Code.UNKNOWN_PLACE, f"no place has the id {place_id!r}")
    _may(actor, place.owner)
    _must_be(place.version, expected)
    if place.numbered or not place.shared_only or capacity < 0:
        raise Refusal(Code.NOT_ELIGIBLE, "only a pool that is lent has stalls to give or take")
    title = place.title or place.capacity
    if actor is not None and capacity > title:
        raise Refusal(Code.NOT_ELIGIBLE, f"the owner has {title} stalls there; an operator enters more", {"field": "capacity"})
    made = msgspec.structs.replace(place, capacity=capacity, version=place.version + 1, title=max(title, capacity))
    unit.put_place(made)
    before = unit.claimants(place.id, ahead(now, rules))
    after = {one.id: one for one in clear(unit, made, now, rules)}
    _check_notice([one for one in before if one.id in after and one.state in MOVED], now, rules)
    return Outcome(None, made, tuple(_effect(one, after[one.id]) for one in before if one.id in after))


def _change_window(unit: Unit, made: ShareWindow, now: int, rules: Rules) -> Outcome:
    """Writes it first: from then on no hold sees the old one, and those that saw it are all here to be found."""
    unit.put_window(made)
    before = affected(unit, made, now, rules)
    _check_notice([one for one in before if one.state in MOVED], now, rules)
    after = {one.id: one for one in withdraw(unit, made.id, now, rules)}
    return Outcome(made, None, tuple(_effect(one, after.get(one.id, one)) for one in before))


def _effect(before: Reservation, after: Reservation) -> Effect:
    wanted = before.wanted
    back = after.refunded - before.refunded
    paid = after.compensation if after.state in (State.RELOCATION_OFFERED, State.CANCELLED) else 0
    return Effect(before.id, wanted.start, wanted.end, before.state, after.state, after.place_id, back, paid)


def _check_notice(moved: list[Reservation], now: int, rules: Rules) -> None:
    soon = [one.wanted.start for one in moved if one.wanted.start < now + rules.share_notice_s]
    if soon:
        facts = {"reservations": len(soon), "notice_s": rules.share_notice_s}
        raise Refusal(Code.TOO_LATE, "somebody has reserved it for a time nearer than the notice that must be given", facts)


def _own(unit: Unit, window_id: str, actor: str | None, expected: int | None) -> ShareWindow:
    found = unit.window(window_id)
    if found is None or (actor is not None and found.owner != actor):
        raise Refusal(Code.UNKNOWN_SHARE, f"no window of yours has the id {window_id!r}")
    if expected is not None:
        _must_be(found.version, expected)
    return found


def _must_be(version: int, expected: int) -> None:
    if version != expected:
        raise Refusal(Code.STALE_VERSION, "it has changed meanwhile", {"version": version})


def _may(actor: str | None, owner: str) -> None:
    if actor is not None and actor != owner:
        raise Refusal(Code.NOT_ELIGIBLE, "only its owner shares a place")
