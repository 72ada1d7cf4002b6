"""Parking in the demo: an issuer of its own, car parks entered before the start, tokens for a few citizens.

The issuer's key lives as long as the demo's data directory; nothing outside a demo knows it.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any

from joserfc import jwk, jwt

from feeds.parking.simulated import GUESTS, guest, guest_place
from parking.records import Lot, Place
from parking.tariffs import Tariff
from server.parking.configuration import DATABASE, FILE
from server.parking.provider import Order, Standing
from server.parking.service import Parking
from server.parking.simulated_provider import Manners, SimulatedProvider
from server.parking.sqlite_store import SqliteStore
from server.parking.store import ServiceUnit

ISSUER, AUDIENCE = "https://issuer.demo.invalid", "baimai-demo"
_LASTS = 7 * 86_400


class DemoIssuer:
    """Made in a data directory: `parking.toml` and `jwks.json` are written there."""

    def __init__(self, directory: Path) -> None:
        self._key = jwk.ECKey.generate_key("P-256", {"kid": "demo"})
        self._guests = itertools.cycle(range(GUESTS))
        self.handed_out: list[int] = []
        """numbers of the guests there were so far"""
        (directory / "jwks.json").write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}))
        (directory / FILE).write_text(f'[citizens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\njwks = "jwks.json"\n')

    def guest(self, now: float) -> tuple[str, str]:
        """(token, id of a private place to share) of the next of the demo's guests; after the last the first comes again."""
        number = next(self._guests)
        if number not in self.handed_out:
            self.handed_out.append(number)
        return self.token(guest(number), now), guest_place(number)

    def token(self, subject: str, now: float) -> str:
        """A citizen's, good for a week."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": int(now), "exp": int(now) + _LASTS}
        return jwt.encode({"alg": "ES256", "kid": "demo"}, claims, self._key)


class DemoProvider(SimulatedProvider):
    """Every order is paid by itself after a second, as if the visitor had paid it in an app. No money moves."""

    def __init__(self, directory: Path, clock: Callable[[], float]) -> None:
        good = Manners(lost=0.0, repeated=1, latest_s=0, failing=0.0, payout_s=2)
        super().__init__(secrets.token_bytes(32), clock, 1, good, directory / "provider.json")

    async def create(self, payment_id: str, amount: int, expires: int) -> Order:
        """See Provider."""
        order = await super().create(payment_id, amount, expires)
        if order.standing is Standing.OPEN:
            asyncio.get_running_loop().call_later(1.0, self.pay, payment_id)
        return order


def enter_lots(
    directory: Path, lots: Iterable[tuple[Lot, tuple[Place, ...]]], clock: Callable[[], float] = time.time,
    tariffs: Iterable[Tariff] = (),
) -> None:  # fmt: skip
    """Into the database of a data directory, before the service opens it."""

    def rule(unit: ServiceUnit, _now: int) -> None:
        for tariff in tariffs:
            unit.put_tariff(tariff)
        for lot, places in lots:
            unit.put_lot(lot)
            for place in places:
                unit.put_place(place)

    store = SqliteStore(directory / DATABASE, clock)
    try:
        store.submit(rule).result()
    finally:
        store.close()


def bind_demo(
    parking: Parking, issuer: DemoIssuer, directory: Path, clock: Callable[[], float]
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Guests and a payment provider; what it gives is run beside the service, and brings the provider's notices."""
    parking.provider = provider = DemoProvider(directory, clock)
    parking.guests = lambda: issuer.guest(clock())

    async def deliver() -> None:
        cashier = parking.cashier
        assert cashier is not None
        await provider.run(cashier.notice, every_s=0.25)

    return deliver
