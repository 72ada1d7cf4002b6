"""What an owner, an institution or an operator earned: by reservation, without plates and clients."""

from __future__ import annotations

import msgspec

from parking.model import Account
from parking.records import Interval
from parking.unit import Unit


class Earned(msgspec.Struct, frozen=True):
    """What one reservation brought in the span, fen: charges less what went back and what was paid as compensation."""

    reservation_id: str
    place_id: str
    start: int
    end: int
    state: str
    fen: int
    parts: tuple[tuple[int, str, int], ...]
    """(posted at, what for, fen), in order of posting"""


class Statement(msgspec.Struct, frozen=True):
    """Of one account in a span of posting times; `total` is the sum, and what the ledger says."""

    account: Account
    holder: str
    span: Interval
    earned: tuple[Earned, ...]
    total: int


def statement(unit: Unit, account: Account, holder: str, span: Interval) -> Statement:
    """By the ledger's lines posted in `span`, reservations in order of their first. Ask through a store's `read`: it takes no locks."""
    parts: dict[str, list[tuple[int, str, int]]] = {}
    for line in unit.ledger_of(account, holder, span):
        parts.setdefault(line.reservation_id, []).append((line.at, line.memo, -line.amount))
    earned = []
    for name, its in parts.items():
        found = unit.reservation(name)
        if found is not None:
            fen = sum(part[2] for part in its)
            earned.append(Earned(name, found.place_id, found.wanted.start, found.wanted.end, found.state.value, fen, tuple(its)))
    return Statement(account, holder, span, tuple(earned), sum(one.fen for one in earned))
