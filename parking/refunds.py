"""What goes back, and what the client no longer owes: given once under a deterministic key, never more than was captured."""

from __future__ import annotations

import msgspec

from parking import ledger, payouts
from parking.model import State
from parking.records import Reservation
from parking.unit import Unit


def on_cancelling(unit: Unit, reservation: Reservation, now: int) -> int:
    """Fen that go back when it is cancelled at `now`: all of an unconfirmed or withdrawn one, else by its frozen steps."""
    return reservation.paid - reservation.refunded - kept_on_cancelling(unit, reservation, now)


def kept_on_cancelling(unit: Unit, reservation: Reservation, now: int) -> int:
    """Fen the client pays for a reservation that is cancelled at `now`: the part of the price that its steps do not give back, but
    never more than was paid, so that nobody owes anything for a stay that will not be."""
    if reservation.state is not State.CONFIRMED or reservation.terms.amount == 0:
        return 0
    ahead = reservation.wanted.start - now
    percent = next((percent for seconds, percent in reservation.terms.refund_steps if ahead >= seconds), 0)
    charged = ledger.charged(unit.ledger(reservation.id))
    return min(charged - charged * percent // 100, reservation.paid - reservation.refunded)


def close(unit: Unit, reservation: Reservation, kept: int, key: str, now: int) -> Reservation:
    """The client owes `kept` fen in the end: what was charged beyond that is taken back from the beneficiaries, what was paid beyond
    it goes back to the client. Not yet saved: the caller's next change carries `refunded`."""
    if _untouched(reservation):
        return reservation
    lines = unit.ledger(reservation.id)
    if ledger.charged(lines) > kept:
        unit.post(ledger.reversal(reservation, lines, kept, f"reversal:{reservation.id}:{key}", now, key))
    back = reservation.paid - reservation.refunded - kept
    if back <= 0:
        return reservation
    if not unit.post(ledger.refund(reservation, f"refund:{reservation.id}:{key}", back, now, key)):
        raise ValueError(f"the refund {key!r} of {reservation.id} was given before, yet its money is still here")
    payouts.refund(unit, reservation, f"refund:{reservation.id}:{key}", back, now)
    return msgspec.structs.replace(reservation, refunded=reservation.refunded + back)


def all_back(unit: Unit, reservation: Reservation, key: str, now: int) -> Reservation:
    """Nothing is owed and everything goes back: it lapsed, or its place was withdrawn."""
    return close(unit, reservation, 0, key, now)


def withdrawn(unit: Unit, reservation: Reservation, now: int) -> Reservation:
    """The place was taken back and no other is taken instead: everything goes back, and whoever took it back pays what was promised."""
    if reservation.fault is not None:
        payouts.compensate(unit, reservation, reservation.compensation, reservation.fault, now)
    return all_back(unit, reservation, "withdrawn", now)


def overpaid(unit: Unit, reservation: Reservation, key: str, now: int) -> Reservation:
    """What was paid beyond all that was charged goes back: paid twice, or paid for what has ended."""
    if reservation.paid == reservation.refunded:
        return reservation
    return close(unit, reservation, ledger.charged(unit.ledger(reservation.id)), key, now)


def _untouched(reservation: Reservation) -> bool:
    """Nothing was paid and nothing can have been charged: the ledger need not be asked."""
    free = reservation.terms.amount == 0 and reservation.fees == 0
    return reservation.paid == 0 and (free or reservation.state in (State.HOLD, State.OFFERED, State.WAITING))
