"""Who is paid for a place: the operator of a lot; owner, operator or treasury for a shared one; less fee and tax, to the fen."""

from __future__ import annotations

from parking.model import Account
from parking.records import Lot, ShareWindow

Shares = tuple[tuple[Account, str, int], ...]


def payee(lot: Lot, window: ShareWindow | None) -> tuple[Account, str]:
    """(account, holder) that earns; who takes a place back pays the compensation out of it."""
    if window is None:
        return lot.payee, lot.operator
    return window.payee, {Account.OWNER: window.owner, Account.OPERATOR: lot.operator}.get(window.payee, "")


def parts(lot: Lot, window: ShareWindow | None, platform: int, tax: int) -> Shares:
    """Shares for `Terms`, parts of 10,000: platform fee and tax by rule data, the rest to the payee. `parking.ledger.split` makes fen
    of them that add up exactly. Raises ValueError when fee and tax are more than all."""
    if platform < 0 or tax < 0 or platform + tax > 10_000:
        raise ValueError("platform fee and tax are parts of 10,000")
    found = ((*payee(lot, window), 10_000 - platform - tax), (Account.PLATFORM, "", platform), (Account.TAX, "", tax))
    return tuple(one for one in found if one[2])


def instead(shares: Shares, old: tuple[Account, str], new: tuple[Account, str]) -> Shares:
    """The same parts with another payee."""
    return tuple((*new, fen) if (account, holder) == old else (account, holder, fen) for account, holder, fen in shares)
