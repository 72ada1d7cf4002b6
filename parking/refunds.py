"""Refunds: how much goes back, given once under a deterministic key, never more than was captured."""

from __future__ import annotations

import msgspec

from parking import ledger
from parking.model import Account, State
from parking.records import Reservation
from parking.unit import Unit


def on_cancelling(reservation: Reservation, now: int) -> int:
    """Fen that go back when it is cancelled at `now`: all of an unconfirmed or withdrawn one, else by its frozen steps."""
    left = reservation.paid - reservation.refunded
    if reservation.state is not State.CONFIRMED:
        return left
    ahead = reservation.wanted.start - now
    percent = next((percent for seconds, percent in reservation.terms.refund_steps if ahead >= seconds), 0)
    return min(left, reservation.paid * percent // 100)


def give(unit: Unit, reservation: Reservation, key: str, amount: int, now: int) -> Reservation:
    """Posts the refund and counts it; not yet saved: the caller's next change carries `refunded`. Nothing when it was given before."""
    amount = min(amount, reservation.paid - reservation.refunded)
    if amount <= 0:
        return reservation
    lines = unit.ledger(reservation.id)
    charged = sum(line.amount for line in lines if line.account is Account.PAYER and line.posting.startswith("charge:"))
    taken_back = sum(line.amount for line in lines if line.posting.startswith("refund:") and line.account not in _OWED_TO_CLIENT)
    covered = min(amount, max(0, charged - taken_back))
    if not unit.post(ledger.refund(reservation, f"refund:{reservation.id}:{key}", amount, covered, now, key)):
        return reservation
    return msgspec.structs.replace(reservation, refunded=reservation.refunded + amount)


_OWED_TO_CLIENT = frozenset({Account.REFUNDS, Account.PAYER})
