"""What an owner, an operator or a citizen is shown of an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from parking.model import Account
from parking.records import Interval, LedgerLine
from parking.unit import Unit

_EVER = 1 << 62


class Statement(NamedTuple):
    """Fen as the holder sees them: what is owed to the holder is positive. `opening` plus `lines` gives `closing`."""

    opening: int
    lines: Sequence[LedgerLine]
    """as posted: credits (in favour of the holder) negative"""
    closing: int


def statement(unit: Unit, account: Account, holder: str, span: Interval) -> Statement:
    """One holder's account over a time; lines in order of posting."""
    since = unit.ledger_of(account, holder, Interval(span.start, _EVER))
    opening = -unit.balance(account, holder) + sum(line.amount for line in since)
    lines = [line for line in since if line.at < span.end]
    return Statement(opening, lines, opening - sum(line.amount for line in lines))
