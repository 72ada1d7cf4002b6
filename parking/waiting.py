"""The waiting list: first come, first offered. An offer is a short exclusive hold, so who is told of room really has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import numpy as np

from parking.booking import check_interval, check_plate
from parking.changes import change, create, lot_of
from parking.lapses import sweep
from parking.model import SpaceKind, State
from parking.opening import is_open, lives_there, must_be_eligible
from parking.quotes import terms_for
from parking.records import Interval, Lot, Place, Plate, Reservation, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.tariffs import Vehicle, vehicle_of
from parking.unit import Unit
from parking.window_table import WindowTable

MOST_LOOKED_AT = 200
"""entries tried in one go; the rest is tried when the next place falls free"""


class Join(msgspec.Struct, frozen=True):
    """A client waits for room in a lot."""

    id: str
    client: str
    lot_id: str
    wanted: Interval
    plate: Plate
    terms: Terms
    """as quoted when joining: the price does not rise while waiting"""
    kind: SpaceKind = SpaceKind.GENERAL
    most_fen: int | None = None
    """an owner's place is offered up to this price of its own; None: up to the price of `terms`"""


def join(unit: Unit, command: Join, now: int, rules: Rules) -> Reservation:
    """Onto the list of the lot. Raises what a hold raises of interval, residents, plate and bars, TOO_MANY_HOLDS; never TAKEN."""
    lot = lot_of(unit, command.lot_id)
    check_interval(command.wanted, now, rules)
    if command.kind is SpaceKind.RESIDENT and not lives_there(unit, lot, command.client):
        raise Refusal(Code.NOT_ELIGIBLE, "these places are for residents of the community")
    if unit.waits_of(command.client) >= rules.most_waits:
        raise Refusal(Code.TOO_MANY_HOLDS, f"at most {rules.most_waits} places on waiting lists at a time; cancel one")
    check_plate(unit, command.plate, command.wanted, now)
    reservation = Reservation(
        id=command.id, client=command.client, lot_id=lot.id, place_id="", wanted=command.wanted, plate=command.plate,
        state=State.WAITING, terms=command.terms, created=now, updated=now, kind=command.kind, most_fen=command.most_fen,
    )  # fmt: skip
    return create(unit, reservation, lot)


class _Room(NamedTuple):
    """What a lot can offer: its places by id, and when owners share theirs."""

    lot: Lot
    places: dict[str, Place]
    shared: WindowTable


def offer(unit: Unit, lot_id: str, span: Interval, now: int, rules: Rules) -> list[Reservation]:
    """Offers what is free in `span` to those who wait, in order of coming: places open to all first, then what owners share then, at
    their price. Who does not fit, is barred or has another reservation by now waits on and holds up nobody."""
    lot = lot_of(unit, lot_id)
    entries = [one for one in unit.waiting(lot_id, span, MOST_LOOKED_AT) if _may(unit, lot, one, now)]
    if not entries:
        return []
    whole = Interval(min(one.wanted.start for one in entries), max(one.wanted.end for one in entries))
    shared = WindowTable([(one, lot.timezone) for one in unit.windows_in(lot_id)], whole)
    room = _Room(lot, {one.id: one for one in unit.places(lot_id)}, shared)
    offered: list[Reservation] = []
    for entry in entries:
        alike = (one for one in offered if one.plate.key == entry.plate.key)
        if not any(one.wanted.meets(entry.wanted) for one in alike):
            made = _offer(unit, room, entry, now, rules)
            offered += [made] if made else []
    return offered


def _may(unit: Unit, lot: Lot, entry: Reservation, now: int) -> bool:
    """Whether it could reserve now what it waits for."""
    if now >= entry.wanted.start or not is_open(lot, entry.wanted):
        return False
    if entry.kind is SpaceKind.RESIDENT and not lives_there(unit, lot, entry.client):
        return False
    try:
        check_plate(unit, entry.plate, entry.wanted, now, except_id=entry.id)
    except Refusal:
        return False
    return True


def _offer(unit: Unit, room: _Room, entry: Reservation, now: int, rules: Rules) -> Reservation | None:
    for place, window, terms in _choices(unit, room, entry, now, rules):
        claim = place.claim(entry.wanted)
        sweep(unit, place.id, claim, now)
        if unit.claim(entry, place, claim):
            until = min(now + rules.offer_s, entry.wanted.start)
            return change(
                unit, entry, room.lot, now, State.OFFERED, place_id=place.id, hold_until=until, terms=terms,
                window_id=window.id if window else "", window_version=window.version if window else 0,
            )  # fmt: skip
    return None


def _choices(
    unit: Unit, room: _Room, entry: Reservation, now: int, rules: Rules
) -> Iterator[tuple[Place, ShareWindow | None, Terms]]:  # fmt: skip
    for place in room.places.values():
        if place.kind is entry.kind and not place.shared_only:
            yield place, None, entry.terms
    vehicle = Vehicle(vehicle_of(entry.plate.color))
    most = entry.terms.amount if entry.most_fen is None else entry.most_fen
    found = []
    for k in np.flatnonzero(room.shared.covering(entry.wanted)).tolist():
        window = room.shared.windows[k][0]
        if room.places[window.place_id].kind is entry.kind:
            found.append((window.price_fen_per_hour, window.id, window))
    for _, name, window in sorted(found, key=lambda one: one[:2]):
        terms = terms_for(unit, room.lot, window, entry.wanted, vehicle, rules)
        if terms.amount > most:
            return
        if _still(unit, room, entry, name, window, now):
            yield room.places[window.place_id], window, terms


def _still(unit: Unit, room: _Room, entry: Reservation, name: str, window: ShareWindow, now: int) -> bool:
    """Whether the client may use the window now; locked, so that it stays as it is."""
    try:
        must_be_eligible(unit, room.lot, room.places[window.place_id], name, entry.client, entry.wanted, now)
    except Refusal:
        return False
    return unit.window(name) == window
