"""Double entry: what is posted when. Lines of every posting add up to zero, shares to the charge exactly (I6).

charge   payer +amount (owes)         beneficiaries −shares (are owed)      when a reservation is confirmed, or a fee falls due
capture  provider +amount             payer −amount (has paid)              when the provider tells of a payment
reversal beneficiaries +shares back   payer −amount (owes no more)          when less is owed: cancelled, withdrawn
refund   payer +amount                refunds −amount (to be paid out)      when more was paid than is owed
compensation  fault +amount           credit −amount (to be transferred)    when a place is withdrawn and none can be offered
settlement    beneficiary +amount     credit −amount (to be transferred)    when a beneficiary is to be paid what it is owed
transfer old beneficiaries +shares    new beneficiaries −shares             when the client is moved to another's place
paid out refunds or credit +amount    provider −amount                      when the provider tells that it was paid out

The payer's balance is what is still to be paid (negative: a payment for a hold that is not confirmed yet). When everything is paid,
refunded and settled, every account stands at zero.
"""

from __future__ import annotations

from collections.abc import Sequence

from parking.model import Account, PayoutKind
from parking.records import LedgerLine, Payout, Reservation, Terms

CHARGING = ("charge:", "reversal:")
"""postings that say what is owed"""
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


def reversal(reservation: Reservation, lines: Sequence[LedgerLine], kept: int, key: str, at: int, memo: str) -> list[LedgerLine]:
    """Only `kept` is owed of all that was charged in `lines`: every beneficiary is left with its share of `kept`, to the fen."""
    owed: dict[tuple[Account, str], int] = {}
    for line in lines:
        if line.account is not Account.PAYER and line.posting.startswith((*CHARGING, "transfer:")):
            owed[line.account, line.holder] = owed.get((line.account, line.holder), 0) - line.amount
    for account, holder, fen in split(kept, shares_of(reservation.terms)):
        owed[account, holder] = owed.get((account, holder), 0) - fen
    back = [(account, holder, fen) for (account, holder), fen in owed.items()]
    return _lines(reservation, key, at, memo, [*back, (Account.PAYER, reservation.client, kept - charged(lines))])


def refund(reservation: Reservation, key: str, amount: int, at: int, memo: str) -> list[LedgerLine]:
    """`amount` was paid and is not owed: it goes back to the client."""
    sides = [(Account.PAYER, reservation.client, amount), (Account.REFUNDS, reservation.client, -amount)]
    return _lines(reservation, key, at, memo, sides)


def compensation(reservation: Reservation, key: str, amount: int, fault: tuple[Account, str], at: int) -> list[LedgerLine]:
    """Beyond a full refund: whoever withdrew the place pays it."""
    return _lines(reservation, key, at, "compensation", [(*fault, amount), (Account.CREDIT, reservation.client, -amount)])


def settlement(key: str, account: Account, holder: str, amount: int, at: int) -> list[LedgerLine]:
    """A beneficiary is to be paid what it is owed."""
    sides = ((account, amount), (Account.CREDIT, -amount))
    return [LedgerLine(key, "", side, holder, fen, at, "settlement") for side, fen in sides]


def paid_out(payout: Payout, at: int) -> list[LedgerLine]:
    """The provider has paid it out."""
    owed = Account.REFUNDS if payout.kind is PayoutKind.REFUND else Account.CREDIT
    sides = ((owed, payout.holder, payout.amount), (Account.PROVIDER, "", -payout.amount))
    key, memo = f"paid_out:{payout.key}", f"{payout.kind.value} paid out"
    return [LedgerLine(key, payout.reservation_id, side, holder, fen, at, memo) for side, holder, fen in sides]


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


def charged(lines: Sequence[LedgerLine]) -> int:
    """Fen charged, less what was reversed."""
    return sum(line.amount for line in lines if line.account is Account.PAYER and line.posting.startswith(CHARGING))


def balance(lines: Sequence[LedgerLine], account: Account) -> int:
    """Debits minus credits of one account, fen."""
    return sum(line.amount for line in lines if line.account is account)


def _lines(reservation: Reservation, key: str, at: int, memo: str, sides: list[tuple[Account, str, int]]) -> list[LedgerLine]:
    return [LedgerLine(key, reservation.id, account, holder, amount, at, memo) for account, holder, amount in sides if amount]
