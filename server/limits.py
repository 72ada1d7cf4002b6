"""How much one client may ask: a rate for public requests.

Generic cell rate algorithm: each client has the time at which what it asked so far would be paid off at the even rate; it may
run up to a minute ahead of that. One float a client and half a microsecond a request: this stands before the prepared
answers, where a general library's 4 µs and a timer thread would be a tenth of the whole.
A client is its address: an IPv6 one its /64, an IPv4 one written in IPv6 the IPv4 address.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

_WINDOW = 60.0
"""s of asking ahead"""
_FORGET_EVERY = 10_000
"""new clients between two looks for those who are paid off"""


class ReadLimiter:
    """`per_minute` 0 sets no limit. Times are monotonic seconds."""

    def __init__(self, per_minute: int, unlimited: Iterable[str]) -> None:
        self._interval = _WINDOW / per_minute if per_minute else 0.0
        self._unlimited = frozenset(client_of(one) for one in unlimited)
        self._paid_at: dict[str, float] = {}
        self._grown = 0

    def wait(self, address: str, now: float) -> float:
        """Seconds until this client may ask again; 0 means it may, and has."""
        if not self._interval:
            return 0.0
        client = client_of(address)
        if client in self._unlimited:
            return 0.0
        before = self._paid_at.get(client)
        if before is None:
            self._grow(now)
        paid_at = max(before or 0.0, now) + self._interval
        if paid_at - now > _WINDOW:
            return paid_at - now - _WINDOW
        self._paid_at[client] = paid_at
        return 0.0

    def _grow(self, now: float) -> None:
        self._grown += 1
        if self._grown >= _FORGET_EVERY:
            self._grown = 0
            self._paid_at = {client: at for client, at in self._paid_at.items() if at > now}


@lru_cache(maxsize=65_536)
def client_of(address: str) -> str:
    """Who is counted for this address; something that is no address counts as itself."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        if not parsed.is_loopback:
            return str(IPv6Address(int(parsed) >> 64 << 64)) + "/64"
    return str(parsed)
