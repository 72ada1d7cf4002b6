"""What an owner, an institution or an operator earned: by reservation, without plates and clients."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parking.ledger import CHARGING
from parking.model import Account
from parking.records import Interval, LedgerLine
from parking.unit import Unit


class Earned(msgspec.Struct, frozen=True):
    """What one reservation brought in the span, fen: its share of what was charged, less what went back and what was paid as
    compensation."""

    reservation_id: str
    place_id: str
    start: int
    end: int
    state: str
    fen: int
    """share − compensation"""
    parts: tuple[tuple[int, str, int], ...]
    """(posted at, what for, fen), in order of posting"""
    share: int = 0
    fee: int = 0
    """the platform's, of the same charges"""
    tax: int = 0
    compensation: int = 0
    """paid to a client whose place was taken back"""

    @property
    def charged(self) -> int:
        """What the client was charged in all, to the fen."""
        return self.share + self.fee + self.tax


class Statement(msgspec.Struct, frozen=True):
    """Of one account in a span of posting times; `total` is the sum, and what the ledger says."""

    account: Account
    holder: str
    span: Interval
    earned: tuple[Earned, ...]
    total: int


def statement(unit: Unit, account: Account, holder: str, span: Interval) -> Statement:
    """By the ledger's lines posted in `span`, reservations in order of their first. Ask through a store's `read`: it takes no locks."""
    own: dict[str, list[LedgerLine]] = {}
    for line in unit.ledger_of(account, holder, span):
        own.setdefault(line.reservation_id, []).append(line)
    earned = []
    for name, its in own.items():
        found = unit.reservation(name)
        if found is not None:
            wanted, share = found.wanted, -sum(line.amount for line in its if _of_price(line))
            fen = -sum(line.amount for line in its)
            parts = tuple((line.at, line.memo, -line.amount) for line in its)
            fee, tax = _beside(unit.ledger(name), its, Account.PLATFORM), _beside(unit.ledger(name), its, Account.TAX)
            earned.append(
                Earned(name, found.place_id, *wanted, found.state.value, fen, parts, share, fee, tax, share - fen)
            )
    return Statement(account, holder, span, tuple(earned), sum(one.fen for one in earned))


def _of_price(line: LedgerLine) -> bool:
    """Whether it is a share of what clients pay, or moves one from owner to owner."""
    return line.posting.startswith((*CHARGING, "transfer:"))


def _beside(lines: Sequence[LedgerLine], its: Sequence[LedgerLine], account: Account) -> int:
    """What the other account got of the charges this one has a share in. Who is moved to another's place takes fee and tax along."""
    own = {line.posting: line.amount for line in its if _of_price(line)}
    got = ever = 0
    for posting in dict.fromkeys(line.posting for line in lines):
        part = -sum(line.amount for line in lines if line.posting == posting and line.account is account)
        if posting.startswith("transfer:"):
            got += ever * ((own.get(posting, 0) < 0) - (own.get(posting, 0) > 0))
        elif posting.startswith(CHARGING):
            ever += part
            got += part if posting in own else 0
    return got
