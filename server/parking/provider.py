"""The port to a payment provider, as WeChat Pay, Alipay and UnionPay all work: an order is made, the citizen pays it in the provider's
app, a signed notice tells of it. A notice may come often, in any order, late, or never: so the provider can also be asked.

No real provider is bound here; `simulated_provider` is one that behaves as badly as a real one may.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

CURRENCY = "CNY"
"""all amounts are fen"""


class Standing(StrEnum):
    """Of an order or of a payout at the provider."""

    UNKNOWN = "unknown"
    """it never heard of it"""
    OPEN = "open"
    """not paid yet, under way"""
    DONE = "done"
    """paid, paid out"""
    CLOSED = "closed"
    """it was not paid in time and cannot be paid any more"""


class Order(NamedTuple):
    """What the provider says of an order."""

    payment_id: str
    standing: Standing
    amount: int = 0
    currency: str = CURRENCY
    link: str = ""
    """what the citizen's app needs to pay it; opaque"""


class Notice(NamedTuple):
    """What a notice says; its signature was verified."""

    kind: str
    """`payment` or `payout`"""
    id: str
    """payment id, payout key"""
    amount: int
    currency: str


class Provider(Protocol):
    """All calls may be repeated: a payment id makes one order, a payout key pays once. Any but `read_notice` raises ValueError with
    one sentence when the provider will not do it, whatever the reason."""

    async def create(self, payment_id: str, amount: int, expires: int) -> Order:
        """Makes the order that can be paid until `expires` (epoch s), or tells how it stands. Raises NoAnswer."""

    async def query(self, payment_id: str) -> Order:
        """How it stands: always the truth. Raises NoAnswer."""

    async def refund(self, key: str, payment_id: str, amount: int) -> Standing:
        """Asks for a part of a paid order to go back: OPEN or DONE. Raises NoAnswer."""

    async def transfer(self, key: str, holder: str, amount: int) -> Standing:
        """Asks for money to be sent to a citizen or a beneficiary: OPEN or DONE. Raises NoAnswer."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """Verifies and reads a notice; names of headers are lower case. Raises BadNotice."""


class NoAnswer(Exception):
    """No answer, or "try later": nobody knows whether it was done."""


class BadNotice(Exception):
    """Not a notice of the provider. `reason` is a snake_case word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
