"""Payments: asking for what is due, and what a provider's notices do. They may come often, in any order, late, or never; each counts
once, and who hears of none asks (`not_yet`)."""

from __future__ import annotations

import msgspec

from parking import ledger, refunds
from parking.booking import bind, check_plate, place_of
from parking.changes import change, lot_of, own
from parking.lapses import lapse, sweep
from parking.model import PaymentState, State
from parking.opening import must_be_open
from parking.payouts import patience
from parking.records import Payment, Reservation
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.unit import Unit

UNBOUND = (State.HOLD, State.OFFERED)
"""what is to be paid is not charged yet"""


def due(unit: Unit, reservation: Reservation) -> int:
    """Fen to be paid now: the price of a hold or offer, else what was charged and not paid. Negative never."""
    if reservation.state is State.WAITING:
        return 0
    owed = reservation.terms.amount if reservation.state in UNBOUND else ledger.charged(unit.ledger(reservation.id))
    return max(0, owed - reservation.paid + reservation.refunded)


def ask(unit: Unit, reservation_id: str, client: str | None, now: int, rules: Rules) -> Payment:
    """A payment of what is due; the same one while that does not change and it can be paid. Raises NOTHING_DUE, HOLD_EXPIRED."""
    found = own(unit, reservation_id, client)
    if found.state is State.EXPIRED or (found.state in UNBOUND and not found.blocks(now)):
        raise Refusal(Code.HOLD_EXPIRED, "the hold has lapsed; ask for a new quote")
    amount, earlier = due(unit, found), unit.payments(found.id)
    if amount == 0:
        raise Refusal(Code.NOTHING_DUE, "nothing is to be paid")
    for one in earlier:
        if one.state is PaymentState.OPEN and one.amount == amount and now < one.expires:
            return one
    expires = found.hold_until if found.state in UNBOUND and found.hold_until is not None else now + rules.pay_s
    name = f"{found.id}-{len(earlier) + 1}"
    payment = Payment(name, found.id, found.client, amount, now, expires, due=now + rules.retry_first_s)
    unit.put_payment(payment)
    return payment


def captured(unit: Unit, reservation_id: str, payment_id: str, amount: int, now: int) -> Reservation:
    """`amount` fen were paid. A hold that is paid in full is confirmed; a hold that lapsed meanwhile is taken again if its time is
    still free, else all goes back; so does whatever was paid beyond what is owed."""
    found = lapse(unit, own(unit, reservation_id, None), now)
    if not unit.post(ledger.capture(found, payment_id, amount, now)):
        return found
    known = unit.payment(payment_id) or Payment(payment_id, found.id, found.client, amount, now, now)
    unit.put_payment(msgspec.structs.replace(known, amount=amount, state=PaymentState.PAID, due=None))
    found = msgspec.structs.replace(found, paid=found.paid + amount)
    lot, full = lot_of(unit, found.lot_id), found.paid - found.refunded >= found.terms.amount
    if full and (found.state in UNBOUND or (found.state is State.EXPIRED and _take_again(unit, found, now))):
        return bind(unit, found, lot, now)
    if found.state not in (*UNBOUND, State.WAITING):
        found = refunds.overpaid(unit, found, f"payment:{payment_id}", now)
    return change(unit, found, lot, now)


def not_yet(unit: Unit, payment_id: str, over: bool, now: int, rules: Rules) -> None:
    """The provider was asked and it is not paid: it is asked again after a while, or never again when it is `over`."""
    named = unit.payment(payment_id)
    if named is None:
        return
    own(unit, named.reservation_id, None)  # locked: only now its state can be relied on
    payment = unit.payment(payment_id)
    if payment is None or payment.state is not PaymentState.OPEN:
        return
    again = None if over else now + patience(payment.tries, rules)
    state = PaymentState.CLOSED if over else PaymentState.OPEN
    unit.put_payment(msgspec.structs.replace(payment, state=state, tries=payment.tries + 1, due=again))


def _take_again(unit: Unit, reservation: Reservation, now: int) -> bool:
    if now >= reservation.wanted.end or not reservation.place_id:
        return False
    lot, place = lot_of(unit, reservation.lot_id), place_of(unit, reservation.place_id)
    try:
        must_be_open(unit, lot, place, reservation.wanted, reservation.window_id)
        check_plate(unit, reservation.plate, reservation.wanted, now, except_id=reservation.id)
    except Refusal:
        return False
    span = place.claim(reservation.wanted)
    sweep(unit, place.id, span, now)
    return unit.claim(reservation, place, span)
