"""Commands of a client before the stay: hold, confirm, cancel, extend, change the plate."""

from __future__ import annotations

import msgspec

from parking import ledger, refunds
from parking.changes import change, create, lot_of, own, wrong_state
from parking.lapses import by_now, sweep
from parking.model import TRANSITIONS, State
from parking.opening import must_be_eligible, must_be_open
from parking.passages import PlateComparison
from parking.records import Interval, Lot, Place, Plate, Quote, Reservation, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.tariffs import vehicle_of
from parking.unit import Unit

_EVER = 10 * 365 * 86_400
"""s: beyond whatever can be reserved"""


class Hold(msgspec.Struct, frozen=True):
    """A client wants what a quote offers."""

    id: str
    """of the new reservation"""
    client: str
    quote_id: str
    plate: Plate
    overlap: bool = False
    """the plate may have another reservation at that time"""
    at_once: bool = False
    """confirmed in the same step, which only what costs nothing can be"""


def hold(unit: Unit, command: Hold, now: int, rules: Rules) -> Reservation:
    """Claims the quoted place until it is confirmed or lapses. Refuses with every code a hold can meet."""
    unit.foresee(command.id, command.client, command.plate.key, command.quote_id, None)
    return hold_offered(unit, command, _quote(unit, command.quote_id, command.client, now), now, rules)


def hold_offered(unit: Unit, command: Hold, quote: Quote, now: int, rules: Rules) -> Reservation:
    """The same with an offer made in this very transaction, which nobody needs to keep."""
    lot, place = lot_of(unit, quote.lot_id), place_of(unit, quote.place_id)
    unit.foresee(command.id, command.client, command.plate.key, "", (place, place.claim(quote.wanted)))
    check_interval(quote.wanted, now, rules)
    must_be_open(unit, lot, place, quote.wanted, quote.window_id)
    must_be_eligible(unit, lot, place, quote.window_id, command.client, quote.wanted, now)
    _check_vehicle(quote.terms, command.plate)
    _check_client(unit, command, quote.wanted, now, rules)
    if command.at_once and quote.terms.amount:
        raise _not_paid(quote.terms.amount)
    window = unit.window(quote.window_id) if quote.window_id else None
    reservation = Reservation(
        id=command.id, client=command.client, lot_id=lot.id, place_id=place.id, wanted=quote.wanted, plate=command.plate,
        state=State.CONFIRMED if command.at_once else State.HOLD, terms=quote.terms, created=now, updated=now, kind=place.kind,
        hold_until=None if command.at_once else now + rules.hold_s, confirmed=now if command.at_once else None,
        window_id=quote.window_id, window_version=window.version if window else 0,
    )  # fmt: skip
    take(unit, reservation, place, now)
    return create(unit, reservation, lot)


def confirm(unit: Unit, reservation_id: str, client: str | None, now: int) -> Reservation:
    """Makes a hold binding once its price is paid; what costs nothing needs no payment. Raises NOT_PAID, HOLD_EXPIRED."""
    found = own(unit, reservation_id, client)
    if found.state is State.CONFIRMED:
        return found
    if found.state not in (State.HOLD, State.OFFERED, State.RELOCATION_OFFERED):
        raise wrong_state(found, "confirmed")
    if found.hold_until is None or now >= found.hold_until:
        raise Refusal(Code.HOLD_EXPIRED, "the hold has lapsed; ask for a new quote")
    due = found.terms.amount - found.paid + found.refunded
    if due > 0 and found.state is not State.RELOCATION_OFFERED:  # which was confirmed before: what it owes is due with the balance
        raise _not_paid(due)
    return bind(unit, found, lot_of(unit, found.lot_id), now)


def _not_paid(due: int) -> Refusal:
    return Refusal(Code.NOT_PAID, f"{due} fen are to be paid before it is confirmed", {"due_fen": due})


def bind(unit: Unit, reservation: Reservation, lot: Lot, now: int) -> Reservation:
    """CONFIRMED, and the charge posted (once, however often it is bound again elsewhere: an extension may have been charged since);
    what was paid beyond it goes back."""
    if reservation.terms.amount and reservation.confirmed is None:
        unit.post(ledger.charge(reservation, f"charge:{reservation.id}", reservation.terms.amount, now, "reservation"))
    reservation = refunds.overpaid(unit, reservation, f"bound:{reservation.version}", now)
    return change(
        unit, reservation, lot, now, State.CONFIRMED, hold_until=None, confirmed=now, reason="", compensation=0, fault=None
    )


def cancel(unit: Unit, reservation_id: str, client: str | None, now: int, reason: str = "by_client") -> Reservation:
    """Ends it before the stay; what was paid goes back by its frozen terms. Who declines another place than the one that was confirmed
    gets everything back and the compensation. Cancelling twice is no error."""
    found = own(unit, reservation_id, client)
    if found.state is State.CANCELLED:
        return found
    lot = lot_of(unit, found.lot_id)
    if State.CANCELLED not in TRANSITIONS[found.state] or by_now(found, lot, now).state is State.NO_SHOW:
        raise wrong_state(by_now(found, lot, now), "cancelled")
    unit.release(found.id)
    if found.state is State.RELOCATION_OFFERED:
        found, reason = refunds.withdrawn(unit, found, now), "offer_declined"
    else:
        found = refunds.close(unit, found, refunds.kept_on_cancelling(unit, found, now), "cancel", now)
    return change(unit, found, lot, now, State.CANCELLED, hold_until=None, reason=reason)


def extend(unit: Unit, reservation_id: str, client: str, quote_id: str, now: int, rules: Rules) -> Reservation:
    """Stays longer, as a quote for [old end, new end) offers; the extra price is charged now and paid with the balance."""
    found, quote = own(unit, reservation_id, client), _quote(unit, quote_id, client, now)
    lot, place = lot_of(unit, found.lot_id), place_of(unit, found.place_id)
    if by_now(found, lot, now).state not in (State.CONFIRMED, State.CHECKED_IN):
        raise wrong_state(by_now(found, lot, now), "extended")
    if quote.wanted.start != found.wanted.end or quote.lot_id != found.lot_id or quote.place_id != found.place_id:
        raise Refusal(Code.QUOTE_DIFFERS, "the quote is not for the time after this reservation at the same place")
    wanted = Interval(found.wanted.start, quote.wanted.end)
    check_interval(wanted, now, rules)
    must_be_open(unit, lot, place, wanted, found.window_id)
    must_be_eligible(unit, lot, place, found.window_id, client, quote.wanted, now)
    check_plate(unit, found.plate, quote.wanted, now, except_id=found.id)
    longer = msgspec.structs.replace(found, wanted=wanted, terms=_both(found.terms, quote.terms))
    take(unit, longer, place, now)
    if quote.terms.amount:
        unit.post(ledger.charge(found, f"charge:{found.id}:{quote.id}", quote.terms.amount, now, "extension"))
    return change(unit, found, lot, now, wanted=wanted, terms=longer.terms)


def change_plate(unit: Unit, reservation_id: str, client: str, plate: Plate, now: int, plates: PlateComparison) -> Reservation:
    """Another vehicle comes; until check-in. After it a plate that is one sign off is put right, once."""
    found = own(unit, reservation_id, client)
    lot = lot_of(unit, found.lot_id)
    state = by_now(found, lot, now).state
    mended = state is State.CHECKED_IN and not found.plate_mended and plates.one_off(found.plate, plate)
    if not mended and state not in (State.WAITING, State.OFFERED, State.HOLD, State.CONFIRMED, State.RELOCATION_OFFERED):
        raise wrong_state(by_now(found, lot, now), "given another plate")
    _check_vehicle(found.terms, plate)
    check_plate(unit, plate, found.wanted, now, except_id=found.id)
    return change(unit, found, lot, now, plate=plate, plate_mended=mended)


def take(unit: Unit, reservation: Reservation, place: Place, now: int) -> None:
    """Claims its time, after lapsed holds in the way are swept in the same transaction. Raises Refusal(TAKEN)."""
    span = place.claim(reservation.wanted)
    sweep(unit, place.id, span, now)
    if not unit.claim(reservation, place, span):
        raise Refusal(Code.TAKEN, "the place is taken for part of that time")


def place_of(unit: Unit, place_id: str) -> Place:
    """The place. Raises Refusal(UNKNOWN_PLACE)."""
    place = unit.place(place_id)
    if place is None:
        raise Refusal(Code.UNKNOWN_PLACE, f"no place has the id {place_id!r}")
    return place


def _quote(unit: Unit, quote_id: str, client: str, now: int) -> Quote:
    quote = unit.quote(quote_id)
    if quote is None or quote.client != client:
        raise Refusal(Code.UNKNOWN_QUOTE, f"no quote of yours has the id {quote_id!r}")
    if now >= quote.expires:
        raise Refusal(Code.QUOTE_EXPIRED, "the quote has expired; ask for a new one")
    return quote


def check_interval(wanted: Interval, now: int, rules: Rules) -> None:
    """Raises Refusal(BAD_INTERVAL) for what nobody may reserve."""
    if wanted.end <= wanted.start or wanted.end <= now:
        raise Refusal(Code.BAD_INTERVAL, "the end must lie after the start and after now")
    if wanted.end - wanted.start > rules.longest_s:
        raise Refusal(Code.BAD_INTERVAL, f"a reservation lasts at most {rules.longest_s // 86_400} days")
    if wanted.start - now > rules.farthest_s:
        raise Refusal(Code.BAD_INTERVAL, f"it can be reserved at most {rules.farthest_s // 86_400} days ahead")


def _check_vehicle(terms: Terms, plate: Plate) -> None:
    if terms.vehicle and terms.vehicle != vehicle_of(plate.color):
        raise Refusal(Code.QUOTE_DIFFERS, "the price is for another kind of vehicle; ask for a quote for this one")


def _check_client(unit: Unit, command: Hold, wanted: Interval, now: int, rules: Rules) -> None:
    if unit.holds_of(command.client, now) >= rules.most_holds:
        raise Refusal(Code.TOO_MANY_HOLDS, f"at most {rules.most_holds} holds at a time; confirm or cancel one")
    check_plate(unit, command.plate, wanted, now, allowed=command.overlap, most_holds=rules.most_holds)


def check_plate(
    unit: Unit, plate: Plate, wanted: Interval, now: int, except_id: str = "", allowed: bool = False, most_holds: int = 0
) -> None:  # fmt: skip
    """Raises Refusal: BARRED, PLATE_BUSY unless `allowed`, TOO_MANY_HOLDS where others hold for the plate as often (I10)."""
    until = unit.bars_on(plate.key, now)
    if until is not None:
        raise Refusal(Code.BARRED, "this plate is barred from reserving", {"until": until})
    span = Interval(min(now, wanted.start), wanted.end + _EVER) if most_holds else wanted
    others = [one for one in unit.of_plate(plate.key, span) if one.id != except_id and one.blocks(now)]
    if not allowed and any(one.wanted.meets(wanted) for one in others):
        raise Refusal(Code.PLATE_BUSY, "this plate has another reservation at that time")
    if most_holds and sum(one.state is State.HOLD for one in others) >= most_holds:
        raise Refusal(Code.TOO_MANY_HOLDS, f"at most {most_holds} holds of one plate at a time; confirm or cancel one")


def _both(first: Terms, more: Terms) -> Terms:
    return msgspec.structs.replace(first, amount=first.amount + more.amount, lines=(*first.lines, *more.lines))
