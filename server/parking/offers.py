"""What a wish gets: a place with room, its price and terms, as a quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parking.booking import check_interval, place_of
from parking.changes import lot_of
from parking.model import SpaceKind
from parking.opening import find_window, fits_window, must_be_eligible, must_be_open
from parking.quotes import terms_for
from parking.records import Interval, Lot, Place, Quote, ShareWindow
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.tariffs import Vehicle
from server.parking.availability import candidates
from server.parking.store import ServiceUnit


def offers(
    unit: ServiceUnit, quote_id: str, client: str, lot_id: str, place_id: str | None, kind: SpaceKind, wanted: Interval,
    places: Sequence[Place], now: int, rules: Rules, vehicle: Vehicle = Vehicle.CAR,
) -> Iterator[Quote]:  # fmt: skip
    """Quotes for the wish, one a place that had room when looked at; `places` are the lot's as last known. Raises Refusal when
    nothing can be offered: UNKNOWN_LOT, UNKNOWN_PLACE, BAD_INTERVAL, CLOSED, CALENDAR_UNKNOWN,
    NOT_ELIGIBLE, UNKNOWN_TARIFF, TAKEN."""
    check_interval(wanted, now, rules)
    lot = lot_of(unit, lot_id)
    expires = min(now + rules.quote_s, wanted.end)

    def offer(place: Place, window: ShareWindow | None) -> Quote:
        terms = terms_for(unit, lot, window, wanted, vehicle, rules)
        return Quote(quote_id, client, lot.id, place.id, wanted, terms, now, expires, window.id if window else "")

    if place_id is not None:
        place = place_of(unit, place_id)
        if place.lot_id != lot.id:
            raise Refusal(Code.UNKNOWN_PLACE, f"no place of this car park has the id {place_id!r}")
        window = _window(unit, lot, place, client, wanted, now)
        must_be_open(unit, lot, place, wanted, window.id if window else "")
        must_be_eligible(unit, lot, place, window.id if window else "", client, wanted, now)
        yield offer(place, window)
        return
    found = False
    for place in candidates(unit, places, kind, wanted, now):
        if not found:
            must_be_open(unit, lot, place, wanted, "")
            must_be_eligible(unit, lot, place, "", client, wanted, now)
        found = True
        yield offer(place, None)
    if not found:
        raise Refusal(Code.TAKEN, "no place of that kind is free for all of that time")


def _window(unit: ServiceUnit, lot: Lot, place: Place, client: str, wanted: Interval, now: int) -> ShareWindow | None:
    """The cheapest of the owner's windows that covers it and that the client may use; else one that says why not."""
    if not place.shared_only:
        return None
    found = find_window(unit, lot, place, client, wanted, now)
    return found or next((one for one in unit.windows(place.id) if fits_window(one, wanted, lot.timezone) is not False), None)
