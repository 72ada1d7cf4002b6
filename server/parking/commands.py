"""What citizens may command, each as one function of the open transaction; the desk gives it whose it is and what was sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from parking.booking import Hold, cancel, change_plate, confirm, extend, hold, hold_offered
from parking.model import SpaceKind
from parking.opening import fits_window
from parking.plates import read
from parking.quotes import AskLonger, quote_longer, terms_for
from parking.records import Interval, Lot, Place, Plate, Reservation, ShareWindow
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.stays import check_in, check_out
from parking.tariffs import vehicle_of
from parking.waiting import Join, join
from server.parking.availability import alternatives
from server.parking.catalogue import Catalogue
from server.parking.messages import CheckIn, CheckOut, Extend, Nothing, PlateText, Reserve, Wait, invalid, seconds
from server.parking.offers import offers
from server.parking.sealing import Sealing
from server.parking.store import ServiceUnit
from server.parking.vault import PlateVault

TRIES = 3
"""places tried when others take them at the same moment"""


class Means(NamedTuple):
    """What commands need beside the transaction."""

    plates: PlateVault
    sealing: Sealing
    rules: Rules
    catalogue: Catalogue

    def plate(self, said: PlateText, client: str) -> Plate:
        """The plate as the rules see it. Raises Refusal(BAD_PLATE)."""
        return self.plates.seal(read(said.text, said.color), client)


def new_id(now: float) -> str:
    """24 hex digits that grow with time (so that tables grow at their end) and cannot be guessed."""
    return f"{int(now * 1000):012x}{os.urandom(6).hex()}"


def reserve(unit: ServiceUnit, means: Means, client: str, wish: Reserve, new: str, now: int) -> Reservation:
    """A hold; confirmed at once when the wish says so and nothing is to be paid."""
    plate = means.plate(wish.plate, client)
    if wish.quote_id is not None:
        quote = unit.quote(wish.quote_id)
        try:
            return hold(unit, Hold(new, client, wish.quote_id, plate, at_once=wish.confirm), now, means.rules)
        except Refusal as refused:
            if quote is None:
                raise
            raise naming_others(unit, means, refused, quote.lot_id, wish.kind, quote.wanted) from None
    wanted = _wanted(wish)
    try:
        return _reserve(unit, means, client, wish, wanted, plate, new, now)
    except Refusal as refused:
        raise naming_others(unit, means, refused, wish.lot_id or "", wish.kind, wanted) from None


def _wanted(wish: Reserve) -> Interval:
    assert wish.start is not None
    assert wish.end is not None
    return Interval(seconds(wish.start), seconds(wish.end))


def _reserve(
    unit: ServiceUnit, means: Means, client: str, wish: Reserve, wanted: Interval, plate: Plate, new: str, now: int
) -> Reservation:
    """At a place and time the wish names."""
    assert wish.lot_id is not None
    places = means.catalogue.places(wish.lot_id)
    vehicle = vehicle_of(plate.color)
    found = offers(unit, new, client, wish.lot_id, wish.place_id, wish.kind, wanted, places, now, means.rules, vehicle)
    for tries, quote in enumerate(found):
        try:
            return hold_offered(unit, Hold(new, client, quote.id, plate, at_once=wish.confirm), quote, now, means.rules)
        except Refusal as refused:
            if refused.code is not Code.TAKEN or tries + 1 >= TRIES:
                raise
    raise Refusal(Code.TAKEN, "no place of that kind is free for all of that time")


def naming_others(unit: ServiceUnit, means: Means, refused: Refusal, lot_id: str, kind: SpaceKind, wanted: Interval) -> Refusal:
    """TAKEN with the nearest car parks that have room; other refusals as they are."""
    if refused.code is not Code.TAKEN:
        return refused
    others = alternatives(unit, means.catalogue, lot_id, kind, wanted)
    return Refusal(refused.code, refused.detail, {**refused.facts, "alternatives": others})


def check_reserve(wish: Reserve) -> None:
    """Raises a 422 problem unless it names a quote, or a lot and a time, and not both."""
    named = [name for name, value in (("lot_id", wish.lot_id), ("from", wish.start), ("to", wish.end)) if value is not None]
    if wish.quote_id is not None and (named or wish.place_id is not None):
        raise invalid("/body/quote_id", "a quote says place and time already; leave the others out")
    if wish.quote_id is None and len(named) < 3:
        raise invalid("/body", "name a quote_id, or lot_id, from and to")


def wait(unit: ServiceUnit, means: Means, client: str, wish: Wait, new: str, now: int) -> Reservation:
    """Onto the waiting list, at the price of today. Places that owners share are offered too, at their price of then."""
    wanted = Interval(seconds(wish.start), seconds(wish.end))
    plate = means.plate(wish.plate, client)
    lot = unit.lot(wish.lot_id)
    alike = [one for one in unit.places(wish.lot_id) if one.kind is wish.kind]
    if lot is None or not alike:
        code = Code.UNKNOWN_LOT if lot is None else Code.UNKNOWN_PLACE
        raise Refusal(code, f"no car park has the id {wish.lot_id!r}" if lot is None else "the car park has no place of that kind")
    window = _cheapest(unit, lot, alike, wanted) if all(one.shared_only for one in alike) else None
    terms = terms_for(unit, lot, window, wanted, vehicle_of(plate.color), means.rules)
    return join(unit, Join(new, client, wish.lot_id, wanted, plate, terms, wish.kind, wish.most_fen), now, means.rules)


def _cheapest(unit: ServiceUnit, lot: Lot, places: Sequence[Place], wanted: Interval) -> ShareWindow | None:
    """Of the owners' windows that cover the time: its price is that of today where nothing but shared places is to be had."""
    windows = (one for place in places for one in unit.windows(place.id) if fits_window(one, wanted, lot.timezone))
    return min(windows, key=lambda one: (one.price_fen_per_hour, one.id), default=None)


def _confirm(unit: ServiceUnit, means: Means, client: str, which: str, _said: Nothing, now: int) -> Reservation:
    return confirm(unit, which, client, now)


def _cancel(unit: ServiceUnit, means: Means, client: str, which: str, _said: Nothing, now: int) -> Reservation:
    return cancel(unit, which, client, now)


def _extend(unit: ServiceUnit, means: Means, client: str, which: str, said: Extend, now: int) -> Reservation:
    quote_id = said.quote_id
    if quote_id is None:
        assert said.end is not None
        quote_id = quote_longer(unit, AskLonger(new_id(now), client, which, seconds(said.end)), now, means.rules).id
    return extend(unit, which, client, quote_id, now, means.rules)


def _check_in(unit: ServiceUnit, means: Means, client: str, which: str, said: CheckIn, now: int) -> Reservation:
    at = now if said.at is None else seconds(said.at)
    return check_in(unit, which, client, at, now, means.rules, said.stall or "")


def _check_out(unit: ServiceUnit, means: Means, client: str, which: str, said: CheckOut, now: int) -> Reservation:
    return check_out(unit, which, client, now if said.at is None else seconds(said.at), now)


def _plate(unit: ServiceUnit, means: Means, client: str, which: str, said: PlateText, now: int) -> Reservation:
    return change_plate(unit, which, client, means.plate(said, client), now, means.plates)


class Action(NamedTuple):
    """What may be done with a reservation that is there."""

    message: type[Any]
    run: Callable[..., Reservation]


ACTIONS: dict[str, Action] = {
    "confirm": Action(Nothing, _confirm), "cancel": Action(Nothing, _cancel), "extend": Action(Extend, _extend),
    "check-in": Action(CheckIn, _check_in), "check-out": Action(CheckOut, _check_out), "plate": Action(PlateText, _plate),
}  # fmt: skip
