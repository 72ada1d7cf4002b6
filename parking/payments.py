"""What a payment provider's notices do. They may come often, in any order, late, or never; each counts once."""

from __future__ import annotations

import msgspec

from parking import ledger, refunds
from parking.booking import bind, place_of
from parking.changes import change, lot_of, own
from parking.lapses import lapse, sweep
from parking.model import State
from parking.records import Reservation
from parking.unit import Unit


def captured(unit: Unit, reservation_id: str, payment_id: str, amount: int, now: int) -> Reservation:
    """`amount` fen were paid. A hold that is paid in full is confirmed; a hold that lapsed meanwhile is taken again if its time is
    still free, else all goes back; so does what is paid for a reservation that has ended."""
    found = lapse(unit, own(unit, reservation_id, None), now)
    if not unit.post(ledger.capture(found, payment_id, amount, now)):
        return found
    found = msgspec.structs.replace(found, paid=found.paid + amount)
    lot, full = lot_of(unit, found.lot_id), found.paid - found.refunded >= found.terms.amount
    if full and (found.state in (State.HOLD, State.OFFERED) or (found.state is State.EXPIRED and _take_again(unit, found, now))):
        return bind(unit, found, lot, now)
    if found.state not in (State.HOLD, State.OFFERED, State.WAITING):
        found = refunds.overpaid(unit, found, f"payment:{payment_id}", now)
    return change(unit, found, lot, now)


def paid_out(unit: Unit, reservation_id: str, refund_key: str, amount: int, now: int) -> bool:
    """The provider says a refund was paid out; False when that was known."""
    return unit.post(ledger.paid_out(own(unit, reservation_id, None), refund_key, amount, now))


def _take_again(unit: Unit, reservation: Reservation, now: int) -> bool:
    if now >= reservation.wanted.end:
        return False
    place = place_of(unit, reservation.place_id)
    span = place.claim(reservation.wanted)
    sweep(unit, place.id, span, now)
    return unit.claim(reservation, place, span)
