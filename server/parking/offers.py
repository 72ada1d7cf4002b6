"""What a wish gets: a place with room, its price and terms, as a quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parking.booking import check_interval, place_of
from parking.changes import lot_of
from parking.model import SpaceKind
from parking.opening import fits_window, must_be_open
from parking.records import Interval, Lot, Place, Quote, ShareWindow, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from server.parking.availability import candidates
from server.parking.store import ServiceUnit

QUOTE_S = 900
"""s a quote holds"""


def price(unit: ServiceUnit, lot: Lot, place: Place, window: ShareWindow | None, wanted: Interval, now: int) -> Terms:
    """What it costs and on what terms. Free, until tariffs are entered."""
    return Terms(amount=0, tariff_id=lot.tariff_id)


def offers(
    unit: ServiceUnit, quote_id: str, client: str, lot_id: str, place_id: str | None, kind: SpaceKind, wanted: Interval,
    places: Sequence[Place], now: int, rules: Rules,
) -> Iterator[Quote]:  # fmt: skip
    """Quotes for the wish, one a place that had room when looked at; `places` are the lot's as last known. Raises Refusal when
    nothing can be offered: UNKNOWN_LOT, UNKNOWN_PLACE, BAD_INTERVAL, CLOSED, CALENDAR_UNKNOWN, TAKEN."""
    check_interval(wanted, now, rules)
    lot = lot_of(unit, lot_id)
    if place_id is not None:
        place = place_of(unit, place_id)
        if place.lot_id != lot.id:
            raise Refusal(Code.UNKNOWN_PLACE, f"no place of this car park has the id {place_id!r}")
        window = _window(unit, lot, place, wanted)
        must_be_open(unit, lot, place, wanted, window.id if window else "")
        yield _quote(unit, quote_id, client, lot, place, window, wanted, now)
        return
    found = False
    for place in candidates(unit, places, kind, wanted, now):
        if not found:
            must_be_open(unit, lot, place, wanted, "")
        found = True
        yield _quote(unit, quote_id, client, lot, place, None, wanted, now)
    if not found:
        raise Refusal(Code.TAKEN, "no place of that kind is free for all of that time")


def _quote(
    unit: ServiceUnit, quote_id: str, client: str, lot: Lot, place: Place, window: ShareWindow | None, wanted: Interval, now: int
) -> Quote:
    terms = price(unit, lot, place, window, wanted, now)
    return Quote(quote_id, client, lot.id, place.id, wanted, terms, now, now + QUOTE_S, window.id if window else "")


def _window(unit: ServiceUnit, lot: Lot, place: Place, wanted: Interval) -> ShareWindow | None:
    """The owner's window that covers it; one whose calendar is not decreed when there is no better, to be told so."""
    if not place.shared_only:
        return None
    unknown = None
    for window in unit.windows(place.id):
        fits = fits_window(window, wanted, lot.timezone)
        if fits:
            return window
        if fits is None:
            unknown = window
    return unknown
