"""The waiting list: first come, first offered. An offer is a short exclusive hold, so who is told of room really has it."""

from __future__ import annotations

import msgspec

from parking.booking import check_interval, check_plate
from parking.changes import change, create, lot_of
from parking.lapses import sweep
from parking.model import SpaceKind, State
from parking.opening import is_open, lives_there
from parking.records import Interval, Plate, Reservation, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.unit import Unit

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


def join(unit: Unit, command: Join, now: int, rules: Rules) -> Reservation:
    """Onto the list of the lot. Raises what a hold raises of interval, residents, plate and bars; never TAKEN."""
    lot = lot_of(unit, command.lot_id)
    check_interval(command.wanted, now, rules)
    if command.kind is SpaceKind.RESIDENT and not lives_there(unit, lot, command.client):
        raise Refusal(Code.NOT_ELIGIBLE, "these places are for residents of the community")
    check_plate(unit, command.plate, command.wanted, now)
    reservation = Reservation(
        id=command.id, client=command.client, lot_id=lot.id, place_id="", wanted=command.wanted, plate=command.plate,
        state=State.WAITING, terms=command.terms, created=now, updated=now, kind=command.kind,
    )  # fmt: skip
    return create(unit, reservation, lot)


def offer(unit: Unit, lot_id: str, span: Interval, now: int, rules: Rules) -> list[Reservation]:
    """Offers what is free in `span` to those who wait, in order of coming; who does not fit waits on and holds up nobody."""
    lot = lot_of(unit, lot_id)
    places = [place for place in unit.places(lot_id) if not place.shared_only]
    offered = []
    for entry in unit.waiting(lot_id, span, MOST_LOOKED_AT):
        if now >= entry.wanted.start or not is_open(lot, entry.wanted):
            continue
        for place in places:
            claim = place.claim(entry.wanted)
            if place.kind is not entry.kind:
                continue
            sweep(unit, place.id, claim, now)
            if unit.claim(entry, place, claim):
                until = min(now + rules.offer_s, entry.wanted.start)
                offered.append(change(unit, entry, lot, now, State.OFFERED, place_id=place.id, hold_until=until))
                break
    return offered
