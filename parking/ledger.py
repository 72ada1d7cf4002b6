"""Double entry: what is posted when. Lines of every posting add up to zero, shares to the charge exactly (I6).

charge   payer +amount (owes)         beneficiaries −shares (are owed)      when a reservation is confirmed, or a fee falls due
capture  provider +amount             payer −amount (has paid)              when the provider tells of a payment
refund   beneficiaries +shares back   refunds −amount (to be paid out)      when a refund is decided
paid out refunds +amount              provider −amount                      when the provider tells that it was paid out
transfer old beneficiaries +shares    new beneficiaries −shares             when the client is moved to another's place
"""

from __future__ import annotations

from collections.abc import Sequence

from parking.model import Account
from parking.records import LedgerLine, Reservation, Terms

Shares = Sequence[tuple[Account, str, int]]


def split(amount: int, shares: Shares) -> list[tuple[Account, str, int]]:
    """`amount` fen by parts of 10,000, to the fen: largest remainder, ties to the earlier share. Raises ValueError on wrong shares."""
    if sum(parts for _, _, parts in shares) != 10_000 or any(parts < 0 for _, _, parts in shares):
        raise ValueError("shares must be non-negative and add up to 10,000")
    floors = [amount * parts // 10_000 for _, _, parts in shares]
    rest = [(-(amount * parts % 10_000), k) for k, (_, _, parts) in enumerate(shares)]
    for _, k in sorted(rest)[: amount - sum(floors)]:
        floors[k] += 1
    return [(account, holder, fen) for (account, holder, _), fen in zip(shares, floors, strict=True)]


def shares_of(terms: Terms) -> Shares:
    """Who gets the charge; the platform when the terms name nobody."""
    return terms.shares or ((Account.PLATFORM, "", 10_000),)


def charge(reservation: Reservation, key: str, amount: int, at: int, memo: str) -> list[LedgerLine]:
    """The client owes `amount`, the beneficiaries are owed their shares."""
    owed = [(account, holder, -fen) for account, holder, fen in split(amount, shares_of(reservation.terms))]
    return _lines(reservation, key, at, memo, [(Account.PAYER, reservation.client, amount), *owed])


def capture(reservation: Reservation, payment_id: str, amount: int, at: int) -> list[LedgerLine]:
    """The provider has the client's money."""
    sides = [(Account.PROVIDER, "", amount), (Account.PAYER, reservation.client, -amount)]
    return _lines(reservation, f"capture:{payment_id}", at, "payment", sides)


def refund(reservation: Reservation, key: str, amount: int, charged: int, at: int, memo: str) -> list[LedgerLine]:
    """`amount` goes back to the client; of it `charged` was charged and is taken back from the beneficiaries, the rest was paid
    without ever being charged (a payment that came too late) and is owed to the payer anyway."""
    back = split(charged, shares_of(reservation.terms)) if charged else []
    uncharged = [(Account.PAYER, reservation.client, amount - charged)] if amount > charged else []
    return _lines(reservation, key, at, memo, [*back, *uncharged, (Account.REFUNDS, reservation.client, -amount)])


def compensation(reservation: Reservation, amount: int, fault: tuple[Account, str], at: int) -> list[LedgerLine]:
    """Beyond a full refund: whoever withdrew the place pays it."""
    sides = [(*fault, amount), (Account.REFUNDS, reservation.client, -amount)]
    return _lines(reservation, f"compensation:{reservation.id}", at, "compensation", sides)


def transfer(reservation: Reservation, lines: Sequence[LedgerLine], shares: Shares, key: str, at: int) -> list[LedgerLine]:
    """What its beneficiaries were owed so far is owed by `shares` from now on: the place is another's."""
    moved: dict[tuple[Account, str], int] = {}
    for line in lines:
        if line.account in EARNING:
            moved[line.account, line.holder] = moved.get((line.account, line.holder), 0) - line.amount
    for account, holder, fen in split(sum(moved.values()), shares):
        moved[account, holder] = moved.get((account, holder), 0) - fen
    return _lines(reservation, key, at, "moved to another place", [(*side, fen) for side, fen in moved.items()])


EARNING = frozenset({Account.OWNER, Account.OPERATOR, Account.PLATFORM, Account.TREASURY, Account.TAX})
"""accounts of beneficiaries: a credit is what they earned"""


def paid_out(reservation: Reservation, key: str, amount: int, at: int) -> list[LedgerLine]:
    """The provider has paid a refund out."""
    sides = [(Account.REFUNDS, reservation.client, amount), (Account.PROVIDER, "", -amount)]
    return _lines(reservation, f"paid_out:{key}", at, "refund paid out", sides)


def balance(lines: Sequence[LedgerLine], account: Account) -> int:
    """Debits minus credits of one account, fen."""
    return sum(line.amount for line in lines if line.account is account)


def _lines(reservation: Reservation, key: str, at: int, memo: str, sides: list[tuple[Account, str, int]]) -> list[LedgerLine]:
    return [LedgerLine(key, reservation.id, account, holder, amount, at, memo) for account, holder, amount in sides if amount]
