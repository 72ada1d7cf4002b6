"""Parking inside a whole engine process: two car parks, an issuer of tokens, an operator's key, an app's."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import hmac
import itertools
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from joserfc import jwk, jwt

from server.parking.configuration import FILE
from tests.support.running_city import RunningCity

ISSUER, AUDIENCE = "https://id.example.org", "baimai-parking"
PATH = "/v1/parking/reservations"
LOTS = {
    "lots": [
        {"id": "east", "name": "东站", "lat": 36.71, "lon": 117.53, "places": [
            {"id": "east.pool", "capacity": 3}, {"id": "east.7", "numbered": True, "kind": "charging"}]},
        {"id": "west", "name": "西站", "lat": 36.71, "lon": 117.52, "places": [{"id": "west.pool", "capacity": 50}]},
        {"id": "garden", "name": "花园小区", "lat": 36.72, "lon": 117.53, "places": [
            {"id": "garden.1", "numbered": True, "shared_only": True, "owner": "id:olga"}]},
    ]
}  # fmt: skip
PLATES = itertools.count(10_000)


class RunningParking(RunningCity):
    """`now` is the clock of everything; it stands still unless a test moves it."""

    def __init__(self, directory: Path, toml: str = "", **settings: Any) -> None:
        self.issuer_key = jwk.ECKey.generate_key("P-256", {"kid": "one"})
        (directory / "jwks.json").write_text(json.dumps({"keys": [self.issuer_key.as_dict(private=False)]}))
        citizens = f'[citizens]\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\njwks = "jwks.json"\n'
        (directory / FILE).write_text(f"{toml}\n{citizens}")
        super().__init__(directory, **settings)
        self.operator_key, _ = self.runtime.keys.create_key(("parking",), "operator", self.now)
        self.app_key, self.app_kept = self.runtime.keys.create_key(("parking:app",), "app", self.now)
        self.parking = self.runtime.parking

    @asynccontextmanager
    async def open(self) -> AsyncIterator[RunningParking]:
        """Serve it, with its car parks entered."""
        async with super().open():
            while not self.parking.ready:
                await asyncio.sleep(0.005)
            answer = await self.http.post("/v1/parking/lots", json=LOTS, headers={"x-api-key": self.operator_key})
            assert answer.status_code == 200, answer.text
            yield self

    def token(self, subject: str, **claims: Any) -> str:
        """A good token, unless `claims` spoil it."""
        said = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": int(self.now) + 36_000, **claims}
        return jwt.encode({"alg": "ES256", "kid": "one"}, said, self.issuer_key)

    def moment(self, hours: float) -> str:
        """RFC 3339 of so many hours after now."""
        return datetime.datetime.fromtimestamp(self.now + hours * 3600, ZoneInfo("Asia/Shanghai")).isoformat()

    def wish(self, start: float = 1, end: float = 2, **more: Any) -> dict[str, Any]:
        """A body for `reserve`, with a plate of its own."""
        plate = {"text": f"鲁A{next(PLATES)}", "color": "blue"}
        return {"lot_id": "east", "from": self.moment(start), "to": self.moment(end), "plate": plate, **more}

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A citizen's request; header names are written with `_`."""
        named = {"authorization": f"Bearer {self.token(who)}", **{name.replace("_", "-"): text for name, text in headers.items()}}
        content = None if body is None else json.dumps(body).encode()
        return await self.http.request(method, path, content=content, headers=named)

    async def reserve(self, who: str, key: str | None = None, **wish: Any) -> httpx.Response:
        """POST a wish with a new key, or that one."""
        return await self.ask(who, "POST", PATH, self.wish(**wish), idempotency_key=key or secrets.token_hex(8))

    async def act(self, who: str, answer: httpx.Response, action: str, body: Any = None, **headers: str) -> httpx.Response:
        """Go on with a reservation as it was last answered."""
        match = headers or {"if_match": answer.headers["etag"]}
        return await self.ask(who, "POST", f"{PATH}/{answer.json()['id']}/{action}", {} if body is None else body, **match)

    async def see(self, who: str, answer: httpx.Response) -> httpx.Response:
        """The reservation now."""
        return await self.ask(who, "GET", f"{PATH}/{answer.json()['id']}")

    async def operate(self, method: str, path: str, body: Any) -> httpx.Response:
        """With the operator's key."""
        return await self.http.request(method, path, json=body, headers={"x-api-key": self.operator_key})

    def signed(self, subject: str, method: str, path: str, body: bytes, stamp: int | None = None, nonce: str = "") -> dict[str, str]:
        """Headers of an app's request."""
        stamp_text, nonce = str(int(self.now) if stamp is None else stamp), nonce or secrets.token_hex(12)
        said = "\n".join((method, path, stamp_text, nonce, subject, hashlib.sha256(body).hexdigest()))
        mark = hmac.new(hashlib.sha256(self.app_key.encode()).digest(), said.encode(), "sha256").hexdigest()
        return {"x-key-id": self.app_kept.id, "x-subject": subject, "x-timestamp": stamp_text, "x-nonce": nonce, "x-signature": mark}
