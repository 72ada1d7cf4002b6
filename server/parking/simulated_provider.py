"""A payment provider that moves no money and behaves as badly as a real one may: notices are lost, repeated, late and out of order,
calls fail before or after they took effect. What it answers is true, and it never does one thing twice."""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import hmac
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from server.parking.provider import CURRENCY, BadNotice, NoAnswer, Notice, Order, Standing

SIGNATURE, TIMESTAMP = "x-provider-signature", "x-provider-timestamp"
REPEAT_S = 15
"""after which WeChat Pay repeats a notice that nobody acknowledged for the first time"""
OLDEST_S = 3 * 86_400
"""an older notice is refused: nobody repeats a recorded one much later"""


class Manners(NamedTuple):
    """How badly it behaves."""

    lost: float = 0.2
    """part of notices that never come"""
    repeated: int = 3
    """copies of one at most"""
    latest_s: int = 1800
    """delay of a copy at most"""
    failing: float = 0.1
    """part of calls that raise NoAnswer; half of them did take effect"""
    payout_s: int = 120
    """a payout takes so long at most"""


class _Order(msgspec.Struct):
    amount: int
    expires: int
    paid_at: int | None = None


class _Payout(msgspec.Struct):
    payment_id: str
    """empty: a transfer"""
    holder: str
    amount: int
    done_at: int


class _Books(msgspec.Struct):
    """All it knows."""

    orders: dict[str, _Order] = {}
    payouts: dict[str, _Payout] = {}
    notices: list[tuple[int, int, bytes]] = []
    """(when it arrives, number, body): a heap"""
    count: int = 0


class SimulatedProvider:
    """`clock`: epoch s. `secret`: signs the notices. The same seed and the same calls give the same behaviour. `path`: keeps its books
    there, so that a service that starts anew finds its payments again."""

    def __init__(
        self, secret: bytes, clock: Callable[[], float], seed: int, manners: Manners | None = None, path: Path | None = None
    ) -> None:
        self._secret, self._clock, self._manners = secret, clock, manners or Manners()
        self._random = random.Random(seed)
        self._path = path
        self._books = _Books()
        if path is not None and path.exists():
            self._books = msgspec.json.decode(path.read_bytes(), type=_Books)

    async def create(self, payment_id: str, amount: int, expires: int) -> Order:
        """See Provider."""
        self._fail()
        self._books.orders.setdefault(payment_id, _Order(amount, expires))
        self._keep()
        self._fail()
        return self._told(payment_id)

    async def query(self, payment_id: str) -> Order:
        """See Provider."""
        self._fail()
        return self._told(payment_id)

    async def refund(self, key: str, payment_id: str, amount: int) -> Standing:
        """See Provider. Raises ValueError for what no provider would do: a refund beyond what was paid."""
        order = self._books.orders.get(payment_id)
        returned = sum(one.amount for name, one in self._books.payouts.items() if one.payment_id == payment_id and name != key)
        if order is None or order.paid_at is None or returned + amount > order.amount:
            raise ValueError(f"{key}: more would go back than was paid")
        return self._pay_out(key, payment_id, "", amount)

    async def transfer(self, key: str, holder: str, amount: int) -> Standing:
        """See Provider."""
        return self._pay_out(key, "", holder, amount)

    def pay(self, payment_id: str) -> bool:
        """The citizen pays in the app; False when the order is unknown, closed or paid."""
        order, now = self._books.orders.get(payment_id), int(self._clock())
        if order is None or order.paid_at is not None or now >= order.expires:
            return False
        order.paid_at = now
        self._notify("payment", payment_id, order.amount, now)
        self._keep()
        return True

    def notices(self) -> list[tuple[dict[str, str], bytes]]:
        """(headers, body) of the notices whose time has come, each once, in the order they arrive in."""
        found, now = [], int(self._clock())
        while self._books.notices and self._books.notices[0][0] <= now:
            found.append((self.sign(body := heapq.heappop(self._books.notices)[2], now), body))
        if found:
            self._keep()
        return found

    async def run(self, to: Callable[[Mapping[str, str], bytes], Awaitable[None]], every_s: float = 1.0) -> None:
        """Delivers notices as they come due, until cancelled; one that is not taken comes again after `REPEAT_S`."""
        while True:
            for headers, body in self.notices():
                try:
                    await to(headers, body)
                except Exception:
                    self._books.count += 1
                    heapq.heappush(self._books.notices, (int(self._clock()) + REPEAT_S, self._books.count, body))
                    self._keep()
            await asyncio.sleep(every_s)

    def sign(self, body: bytes, at: int) -> dict[str, str]:
        """Headers of a notice."""
        signed = hmac.new(self._secret, b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
        return {SIGNATURE: signed, TIMESTAMP: str(at)}

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """See Provider."""
        stamp = headers.get(TIMESTAMP, "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise BadNotice("no_timestamp")
        signature = headers.get(SIGNATURE, "").encode("ascii", "replace")
        if not hmac.compare_digest(self.sign(body, int(stamp))[SIGNATURE].encode(), signature):
            raise BadNotice("bad_signature")
        if abs(int(self._clock()) - int(stamp)) > OLDEST_S:
            raise BadNotice("too_old")
        try:
            return msgspec.json.decode(body, type=Notice)
        except msgspec.DecodeError:
            raise BadNotice("unreadable") from None

    def holds(self) -> int:
        """Fen taken less fen paid out: what a real one would have."""
        taken = sum(order.amount for order in self._books.orders.values() if order.paid_at is not None)
        return taken - sum(one.amount for one in self._books.payouts.values())

    def taken(self, payment_id: str) -> int:
        """Fen paid for the order less what went back from it."""
        order = self._books.orders.get(payment_id)
        back = sum(one.amount for one in self._books.payouts.values() if one.payment_id == payment_id)
        return (order.amount if order is not None and order.paid_at is not None else 0) - back

    def sent(self, holder: str) -> int:
        """Fen transferred to a citizen or beneficiary."""
        return sum(one.amount for one in self._books.payouts.values() if one.holder == holder and not one.payment_id)

    def _pay_out(self, key: str, payment_id: str, holder: str, amount: int) -> Standing:
        self._fail()
        now = int(self._clock())
        if key not in self._books.payouts:
            done_at = now + self._random.randint(0, self._manners.payout_s)
            self._books.payouts[key] = _Payout(payment_id, holder, amount, done_at)
            self._notify("payout", key, amount, done_at)
            self._keep()
        elif self._books.payouts[key].amount != amount:
            raise ValueError(f"{key}: was asked for with another amount")
        self._fail()
        return Standing.DONE if self._books.payouts[key].done_at <= now else Standing.OPEN

    def _told(self, payment_id: str) -> Order:
        order = self._books.orders.get(payment_id)
        if order is None:
            return Order(payment_id, Standing.UNKNOWN)
        over = Standing.CLOSED if self._clock() >= order.expires else Standing.OPEN
        return Order(payment_id, Standing.DONE if order.paid_at is not None else over, order.amount, link=f"simulated:{payment_id}")

    def _notify(self, kind: str, name: str, amount: int, at: int) -> None:
        if self._random.random() < self._manners.lost:
            return
        body = msgspec.json.encode([kind, name, amount, CURRENCY])
        for _ in range(self._random.randint(1, max(1, self._manners.repeated))):
            self._books.count += 1
            heapq.heappush(self._books.notices, (at + self._random.randint(0, self._manners.latest_s), self._books.count, body))

    def _keep(self) -> None:
        if self._path is not None:
            beside = self._path.with_suffix(".new")
            beside.write_bytes(msgspec.json.encode(self._books))
            beside.replace(self._path)

    def _fail(self) -> None:
        if self._random.random() < self._manners.failing / 2:
            raise NoAnswer("the provider did not answer")
