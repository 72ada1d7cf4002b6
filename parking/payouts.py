"""Money that goes out: refunds, compensation, settlements. Each is written with the posting that decides it, under a deterministic
key, and sent until the provider confirms it; the confirmation is posted once."""

from __future__ import annotations

import msgspec

from parking import ledger
from parking.model import Account, PaymentState, PayoutKind
from parking.records import Payout, Reservation
from parking.rules import Rules
from parking.unit import Unit


def refund(unit: Unit, reservation: Reservation, key: str, amount: int, now: int) -> None:
    """Sends `amount` back the way it came: from the newest payment first, from none more than it brought. Raises ValueError when
    the payments did not bring so much."""
    for payment in reversed(unit.payments(reservation.id)):
        part = min(amount, payment.amount - payment.returned) if payment.state is PaymentState.PAID else 0
        if part > 0:
            unit.put_payment(msgspec.structs.replace(payment, returned=payment.returned + part))
            name = f"{key}:{payment.id}"
            unit.put_payout(Payout(name, PayoutKind.REFUND, reservation.id, reservation.client, part, now, payment.id, due=now))
            amount -= part
    if amount:
        raise ValueError(f"{amount} fen of {key} were never paid")


def compensate(unit: Unit, reservation: Reservation, amount: int, fault: tuple[Account, str], now: int) -> None:
    """`fault` (account, holder) pays the client `amount` beyond a full refund; once for a reservation."""
    key = f"compensation:{reservation.id}"
    if amount and unit.post(ledger.compensation(reservation, key, amount, fault, now)):
        unit.put_payout(Payout(key, PayoutKind.COMPENSATION, reservation.id, reservation.client, amount, now, due=now))


def settle(unit: Unit, account: Account, holder: str, day: str, now: int) -> Payout | None:
    """Pays a beneficiary what it is owed of reservations that are paid; once a day, however often it is asked for. None when that is
    nothing: what went back since the last time is taken off. `day`: RFC 3339, of the payee's calendar."""
    key = f"settlement:{account.value}:{holder}:{day}"
    before = unit.payout(key)
    if before is not None:
        return before
    owed = unit.payable(account, holder)
    if owed <= 0 or not unit.post(ledger.settlement(key, account, holder, owed, now)):
        return None
    payout = Payout(key, PayoutKind.SETTLEMENT, "", holder, owed, now, due=now)
    unit.put_payout(payout)
    return payout


def confirmed(unit: Unit, key: str, now: int) -> bool:
    """The provider says that it was paid out; False when that was known, or nobody ever asked for it."""
    payout = unit.payout(key)
    if payout is None or payout.done is not None:
        return False
    unit.put_payout(msgspec.structs.replace(payout, due=None, done=now))
    return unit.post(ledger.paid_out(payout, now))


def later(unit: Unit, key: str, now: int, rules: Rules) -> None:
    """It was sent and is not confirmed yet: it is sent again after a while."""
    payout = unit.payout(key)
    if payout is not None and payout.done is None:
        unit.put_payout(msgspec.structs.replace(payout, tries=payout.tries + 1, due=now + patience(payout.tries, rules)))


def patience(tries: int, rules: Rules) -> int:
    """Seconds until something is tried again that was tried `tries` times before."""
    return min(rules.retry_first_s << min(tries, 20), rules.retry_most_s)
