"""Quotes: what a time at a place costs, frozen with its conditions until the quote expires; and what cancelling would give back."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from parking import payees
from parking.booking import check_interval, place_of
from parking.changes import lot_of, own, wrong_state
from parking.lapses import by_now
from parking.model import SpaceKind, State
from parking.opening import find_window, fits_window, is_open, must_be_eligible, must_be_open
from parking.pricing import Lines, difference, hourly, price, total
from parking.profile import fits
from parking.records import Interval, Lot, Place, Quote, Reservation, ShareWindow, Terms
from parking.refunds import on_cancelling
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.tariffs import Tariff, Vehicle
from parking.unit import Unit


class Ask(msgspec.Struct, frozen=True):
    """What would it cost?"""

    id: str
    """of the new quote"""
    client: str
    lot_id: str
    wanted: Interval
    place_id: str = ""
    """empty: any place of the kind that has room; shared places are asked for by name"""
    window_id: str = ""
    """an owner's window; empty: the cheapest of the place that the client may use then"""
    kind: SpaceKind = SpaceKind.GENERAL
    vehicle: Vehicle = Vehicle.CAR


class AskLonger(msgspec.Struct, frozen=True):
    """What would it cost to stay until `end`?"""

    id: str
    client: str
    reservation_id: str
    end: int


class Preview(NamedTuple):
    """What cancelling gives back, fen."""

    back: int
    """now"""
    kept: int
    """of what was paid, now"""
    later: tuple[tuple[int, int], ...]
    """(from that instant, given back then), in order of time; without those that are over"""


def quote(unit: Unit, command: Ask, now: int, rules: Rules) -> Quote:
    """An offer, entered. Raises BAD_INTERVAL, CLOSED, CALENDAR_UNKNOWN, NOT_ELIGIBLE, TAKEN, UNKNOWN_LOT, UNKNOWN_PLACE,
    UNKNOWN_TARIFF."""
    check_interval(command.wanted, now, rules)
    lot = lot_of(unit, command.lot_id)
    place, window = _choose(unit, lot, command, now)
    terms = terms_for(unit, lot, window, command.wanted, command.vehicle, rules)
    found = Quote(
        id=command.id, client=command.client, lot_id=lot.id, place_id=place.id, wanted=command.wanted, terms=terms, created=now,
        expires=min(now + rules.quote_s, command.wanted.end), window_id=window.id if window else "",
    )  # fmt: skip
    unit.put_quote(found)
    return found


def quote_longer(unit: Unit, command: AskLonger, now: int, rules: Rules) -> Quote:
    """An offer to stay longer: what the whole stay costs beyond what it costs now, so that steps and caps run on."""
    found = own(unit, command.reservation_id, command.client)
    lot, place = lot_of(unit, found.lot_id), place_of(unit, found.place_id) if found.place_id else None
    if place is None or by_now(found, lot, now).state not in (State.CONFIRMED, State.CHECKED_IN):
        raise wrong_state(by_now(found, lot, now), "extended")
    more = Interval(found.wanted.end, command.end)
    check_interval(more, now, rules)
    check_interval(Interval(found.wanted.start, command.end), now, rules)
    must_be_open(unit, lot, place, Interval(found.wanted.start, command.end), found.window_id)
    must_be_eligible(unit, lot, place, found.window_id, command.client, more, now)
    if not has_room(unit, place, more, now, except_id=found.id):
        raise Refusal(Code.TAKEN, "the place is taken for part of that time")
    window = unit.window(found.window_id) if found.window_id else None
    vehicle = Vehicle(found.terms.vehicle) if found.terms.vehicle else Vehicle.CAR
    whole = terms_for(unit, lot, window, Interval(found.wanted.start, command.end), vehicle, rules)
    before = terms_for(unit, lot, window, found.wanted, vehicle, rules)
    lines = difference(whole.lines, before.lines)
    terms = msgspec.structs.replace(whole, amount=total(lines), lines=lines)
    expires = min(now + rules.quote_s, command.end)
    offer = Quote(command.id, command.client, lot.id, place.id, more, terms, now, expires, found.window_id)
    unit.put_quote(offer)
    return offer


def terms_for(unit: Unit, lot: Lot, window: ShareWindow | None, wanted: Interval, vehicle: Vehicle, rules: Rules) -> Terms:
    """Price and conditions of a time: the owner's in a window, else by the lot's tariff; free where there is neither."""
    shares = payees.parts(lot, window, rules.platform_parts, rules.tax_parts)
    if window is not None:
        lines = hourly(window.price_fen_per_hour, wanted)
        late = window.price_fen_per_hour * rules.shared_overstay_percent // 100
        return Terms(
            total(lines), lines, refund_steps=rules.refund_steps, overstay_fen_per_hour=late, shares=shares,
            compensation_percent=rules.compensation_percent,
        )  # fmt: skip
    if not lot.tariff_id:
        return Terms(0, shares=shares, compensation_percent=rules.compensation_percent)
    tariff = unit.tariff(lot.tariff_id)
    if tariff is None:
        raise Refusal(Code.UNKNOWN_TARIFF, "the price list of this car park is missing: no price can be named")
    lines = price(tariff, wanted, lot.timezone, vehicle)
    return msgspec.structs.replace(_by_tariff(tariff, lines, vehicle, shares), compensation_percent=rules.compensation_percent)


def preview(unit: Unit, reservation_id: str, client: str, now: int) -> Preview:
    """What would go back if it were cancelled now, and from each later step on. Raises WRONG_STATE where it cannot be cancelled."""
    found = own(unit, reservation_id, client)
    lot = lot_of(unit, found.lot_id)
    if by_now(found, lot, now).state is State.NO_SHOW or found.state not in CANCELLABLE:
        raise wrong_state(by_now(found, lot, now), "cancelled")
    back = on_cancelling(unit, found, now)
    steps = [found.wanted.start - ahead + 1 for ahead, _ in found.terms.refund_steps] if found.state is State.CONFIRMED else []
    later = tuple((at, on_cancelling(unit, found, at)) for at in sorted(steps) if at > now)
    return Preview(back, found.paid - found.refunded - back, later)


CANCELLABLE = frozenset({State.WAITING, State.OFFERED, State.HOLD, State.CONFIRMED, State.RELOCATION_OFFERED})


def has_room(unit: Unit, place: Place, wanted: Interval, now: int, except_id: str = "") -> bool:
    """Whether the place looks free now; only a claim makes sure."""
    span = place.claim(wanted)
    others = [one for one in unit.claimants(place.id, span) if one.id != except_id and one.blocks(now)]
    return fits([place.claim(_blocked(one)) for one in others], span, place.room)


def _blocked(one: Reservation) -> Interval:
    start = one.wanted.start if one.arrived is None else min(one.wanted.start, one.arrived)
    return Interval(start, max(one.wanted.end, one.hold_until or 0) if one.state is State.OVERSTAY else one.wanted.end)


def _choose(unit: Unit, lot: Lot, command: Ask, now: int) -> tuple[Place, ShareWindow | None]:
    if command.place_id:
        place = place_of(unit, command.place_id)
        if place.lot_id != lot.id:
            raise Refusal(Code.UNKNOWN_PLACE, f"this car park has no place with the id {command.place_id!r}")
        window = unit.window(command.window_id) if command.window_id else None
        if window is None and place.shared_only:
            window = find_window(unit, lot, place, command.client, command.wanted, now) or _refused(unit, lot, place, command)
        must_be_open(unit, lot, place, command.wanted, window.id if window else "")
        must_be_eligible(unit, lot, place, window.id if window else "", command.client, command.wanted, now)
        if not has_room(unit, place, command.wanted, now):
            raise Refusal(Code.TAKEN, "the place is taken for part of that time")
        return place, window
    if not is_open(lot, command.wanted):
        raise Refusal(Code.CLOSED, "the car park is closed for part of that time")
    for place in unit.places(lot.id):
        if place.kind is command.kind and not place.shared_only and has_room(unit, place, command.wanted, now):
            return place, None
    raise Refusal(Code.TAKEN, "no place of that kind is free for all of that time")


def _refused(unit: Unit, lot: Lot, place: Place, command: Ask) -> ShareWindow | None:
    """A window that covers the time but is not for this client yet, or nobody knows whether it does: so that the client hears which."""
    return next((one for one in unit.windows(place.id) if fits_window(one, command.wanted, lot.timezone) is not False), None)


def _by_tariff(tariff: Tariff, lines: Lines, vehicle: Vehicle, shares: payees.Shares) -> Terms:
    return Terms(
        amount=total(lines), lines=lines, tariff_id=tariff.id, tariff_version=tariff.version, refund_steps=tariff.refund_steps,
        overstay_fen_per_hour=tariff.overstay_fen_per_hour, shares=shares, vehicle=vehicle.value if tariff.vehicles else "",
    )  # fmt: skip
