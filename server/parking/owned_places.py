"""Places that have an owner: entered by an operator who has seen the title, lent for windows, made smaller or larger by their owner."""

from __future__ import annotations

from collections.abc import Iterable

from parking import sharing
from parking.records import Place
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.sharing import Outcome
from parking.unit import Unit
from server.parking import cursors, shares
from server.parking.keyed import the_one
from server.parking.owner_messages import LendIn, Resize
from server.parking.records_codec import PLACE
from server.parking.shares import Expected
from server.parking.store import ServiceUnit
from server.parking.views import Json


def lend(unit: ServiceUnit, said: LendIn, names: Iterable[str], now: int, rules: Rules) -> Json:
    """Enters the place, and its windows in its owner's name (ids from `names`). Raises Refusal: UNKNOWN_LOT, UNKNOWN_PLACE, WRONG_STATE
    when the id is used, NOT_ELIGIBLE, TAKEN, BAD_WINDOW."""
    place = Place(
        id=said.id, lot_id=said.lot_id, capacity=said.capacity, kind=said.kind, numbered=said.numbered, owner=said.owner,
        title=said.capacity,
    )  # fmt: skip
    made = sharing.lend(unit, place, said.from_pool or "", now, rules)
    windows = [shares.publish(unit, said.owner, made.id, name, one, now) for name, one in zip(names, said.windows, strict=False)]
    return {**shares.place_view(made), "shares": [shares.share_view(unit, one, now) for one in windows]}


def resize(unit: Unit, place_id: str, said: Resize, actor: str | None, expected: Expected, now: int, rules: Rules) -> Outcome:
    """Raises Refusal: UNKNOWN_PLACE for another's as for none, STALE_VERSION, NOT_ELIGIBLE beyond the title, TOO_LATE."""
    place = find(unit, place_id, actor)
    return sharing.resize(unit, place_id, said.capacity, the_one(place.version, expected), actor, now, rules)


def find(unit: Unit, place_id: str, actor: str | None) -> Place:
    """One's own, or any that has an owner for an operator. Raises Refusal(UNKNOWN_PLACE)."""
    place = unit.place_to_change(place_id)
    if place is None or not place.owner or (actor is not None and place.owner != actor):
        raise Refusal(Code.UNKNOWN_PLACE, f"no place of yours has the id {place_id!r}")
    return place


def list_owned(unit: ServiceUnit, actor: str | None, limit: int, cursor: str | None) -> tuple[list[Place], str | None]:
    """Places that an owner may share, or all of them for an operator; by id."""
    after = cursors.take(cursor, str)
    bodies = (PLACE.decode(bytes(body)) for (body,) in unit.sql("select body from places"))
    found = sorted((one for one in bodies if one.owner and one.shared_only and actor in (None, one.owner)), key=lambda one: one.id)
    page = [one for one in found if after is None or one.id > str(after[0])]
    return page[:limit], cursors.give(page[limit - 1].id) if len(page) > limit else None
