"""Parking in the demo: an issuer of its own, car parks entered before the start, tokens for a few citizens.

The issuer's key lives as long as the demo's data directory; nothing outside a demo knows it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from joserfc import jwk, jwt

from parking.records import Lot, Place
from server.parking.configuration import DATABASE, FILE
from server.parking.sqlite_store import SqliteStore
from server.parking.store import ServiceUnit

ISSUER, AUDIENCE = "https://issuer.demo.invalid", "baimai-demo"
_LASTS = 7 * 86_400


class DemoIssuer:
    """Made in a data directory: `parking.toml` and `jwks.json` are written there."""

    def __init__(self, directory: Path) -> None:
        self._key = jwk.ECKey.generate_key("P-256", {"kid": "demo"})
        (directory / "jwks.json").write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}))
        (directory / FILE).write_text(f'[citizens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\njwks = "jwks.json"\n')

    def token(self, subject: str, now: float) -> str:
        """A citizen's, good for a week."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "iat": int(now), "exp": int(now) + _LASTS}
        return jwt.encode({"alg": "ES256", "kid": "demo"}, claims, self._key)


def enter_lots(directory: Path, lots: Iterable[tuple[Lot, tuple[Place, ...]]], clock: Callable[[], float] = time.time) -> None:
    """Into the database of a data directory, before the service opens it."""

    def rule(unit: ServiceUnit, _now: int) -> None:
        for lot, places in lots:
            unit.put_lot(lot)
            for place in places:
                unit.put_place(place)

    store = SqliteStore(directory / DATABASE, clock)
    try:
        store.submit(rule).result()
    finally:
        store.close()
