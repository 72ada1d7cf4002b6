"""Citizens' tokens: JSON Web Tokens of one OpenID Connect issuer, checked by `joserfc` with pinned algorithms.

What a token says is taken only after issuer, audience, subject, expiry and signature are right. A token that was checked is known
again by its text until it expires, so a busy client costs one check. Keys come from a file or an https address; a key id that is not
known makes them be asked for again, once a minute at most.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from server.parking.configuration import Citizens

_MOST_KNOWN = 20_000
_MOST_LENGTH = 8192
_AGAIN = 60.0
"""s between two looks for keys"""
_REFRESH = 600.0
_LEEWAY = 30
"""s that clocks may differ"""
_SUBJECT = re.compile(r"[\x21-\x7e]{1,200}")


class BadToken(Exception):
    """`str()` is one sentence that quotes nothing of the token."""


class Tokens:
    """Of one issuer. Keys are read by `load` (a file) or `run` (an address)."""

    def __init__(self, citizens: Citizens, directory: Path) -> None:
        self._citizens, self._directory = citizens, directory
        self._remote = citizens.jwks.startswith("https://")
        self._keys = KeySet([])
        self._looked = 0.0
        self._wanted = asyncio.Event()
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    def subject(self, token: str, now: float) -> str:
        """Whom the token speaks for. Raises BadToken."""
        known = self._known.get(token)
        if known is None:
            known = self._check(token, now)
            self._known[token] = known
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        if now > known[1] + _LEEWAY:
            del self._known[token]
            raise BadToken("the token has expired")
        return known[0]

    def load(self, text: bytes) -> None:
        """Takes these keys in place of those before. Raises ValueError for what is no key set."""
        try:
            self._keys = KeySet.import_key_set(json.loads(text))
        except (JoseError, ValueError, KeyError, TypeError) as wrong:
            raise ValueError(f"it is no set of keys (RFC 7517): {wrong}") from None
        self._known.clear()

    async def run(self) -> None:
        """Keeps the keys of an address fresh until cancelled."""
        if not self._remote:
            return
        async with httpx.AsyncClient(timeout=10.0, follow_redirects=False) as client:
            while True:
                self._wanted.clear()
                answer = (await client.get(self._citizens.jwks)).raise_for_status()
                self.load(answer.content)
                await asyncio.sleep(_AGAIN)
                try:
                    await asyncio.wait_for(self._wanted.wait(), _REFRESH)
                except TimeoutError:
                    continue

    def _check(self, token: str, now: float) -> tuple[str, float]:
        if len(token) > _MOST_LENGTH:
            raise BadToken("the token is too long")
        self._look(now)
        try:
            claims = jwt.decode(token, self._keys, algorithms=list(self._citizens.algorithms)).claims
            self._claims(now).validate(claims)
        except (JoseError, ValueError, KeyError, TypeError):
            self._wanted.set()
            raise BadToken("the token is not a good one of this server's issuer for this audience, or has expired") from None
        if not isinstance(claims["sub"], str) or not _SUBJECT.fullmatch(claims["sub"]):
            raise BadToken("the token's subject is not 1 to 200 printable ASCII characters")
        return claims["sub"], float(claims["exp"])

    def _claims(self, now: float) -> jwt.JWTClaimsRegistry:
        must: dict[str, Any] = {
            "iss": {"essential": True, "value": self._citizens.issuer}, "aud": {"essential": True, "value": self._citizens.audience},
            "exp": {"essential": True}, "sub": {"essential": True},
        }  # fmt: skip
        return jwt.JWTClaimsRegistry(now=int(now), leeway=_LEEWAY, **must)

    def _look(self, now: float) -> None:
        """At the file, where the keys are one."""
        if self._remote or 0 <= now - self._looked < _AGAIN:
            return
        self._looked = now
        try:
            self.load((self._directory / self._citizens.jwks).read_bytes())
        except (OSError, ValueError) as wrong:
            raise BadToken(f"this server cannot read its issuer's keys ({type(wrong).__name__})") from None
