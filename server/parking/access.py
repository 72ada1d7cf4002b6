"""Who asks. Citizens come with a token of an OpenID Connect issuer, or through an app that signs; operators with an API key.

An app has a key with the scope `parking:app` and never sends it. It sends `X-Key-Id`, `X-Subject` (its user), `X-Timestamp` (epoch s),
`X-Nonce` and `X-Signature`: hex HMAC-SHA-256 under SHA-256(key text), over the lines method, path with query, timestamp, nonce, subject
and hex SHA-256 of the body, joined by LF. A signature holds for five minutes and once; after a restart of the server, only what was
signed since is accepted. Users of one app and of another, and those of the issuer, are different clients even with equal names.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from server.auth import ApiKey, KeyStore
from server.parking.tokens import BadToken, Tokens
from server.problems import ProblemException

WINDOW = 300
"""s a signed request may be old, or ahead of this clock"""
_MOST_NONCES = 200_000
_WORD = re.compile(r"[\x21-\x7e]{1,200}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_CHALLENGE = {"www-authenticate": 'Bearer realm="baimai"'}
Headers = Mapping[str, str]


class Caller(NamedTuple):
    """`client` owns reservations; empty for an operator, or an app that speaks for itself. `app` is its key's id."""

    client: str = ""
    app: str = ""
    operator: bool = False
    key: str = ""
    """id of an operator's key: who decided something"""


class Access:
    """Of one process. `tokens` None: no issuer is configured."""

    def __init__(self, keys: KeyStore, tokens: Tokens | None, clock: Callable[[], float]) -> None:
        self._keys, self._tokens, self._clock = keys, tokens, clock
        self._nonces: OrderedDict[str, float] = OrderedDict()
        self._started = clock()

    def citizen(self, headers: Headers, method: str, target: str, body: bytes) -> Caller:
        """Who reserves. Raises a 401 or 403 problem."""
        caller = self.caller(headers, method, target, body)
        if not caller.client:
            raise ProblemException(403, "not_a_citizen", "this is done by a citizen: a token, or an app's signature for X-Subject")
        return caller

    def operator(self, headers: Headers) -> Caller:
        """Who runs car parks. Raises a 401 or 403 problem."""
        caller = self.caller(headers, "", "", b"")
        if not caller.operator:
            raise ProblemException(403, "wrong_scope", "this needs an API key with the scope 'parking'")
        return caller

    def caller(self, headers: Headers, method: str, target: str, body: bytes) -> Caller:
        """Who asks; headers by lower-case names. Raises a 401 or 403 problem."""
        if "x-signature" in headers:
            return self._signed(headers, method, target, body)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
        key = headers.get("x-api-key") or (token if token.startswith("baimai_") else "")
        if key:
            return self._operator(key)
        if not token:
            detail = "this needs a citizen's token (`Authorization: Bearer`), an app's signature or an operator's API key"
            raise ProblemException(401, "no_token", detail, headers=_CHALLENGE)
        return self.token(token)

    def token(self, token: str) -> Caller:
        """The citizen a token speaks for. Raises a 401 problem."""
        if self._tokens is None:
            raise ProblemException(401, "no_issuer", "this server accepts no citizens' tokens", headers=_CHALLENGE)
        try:
            return Caller(client=f"id:{self._tokens.subject(token, self._clock())}")
        except BadToken as wrong:
            raise ProblemException(401, "bad_token", str(wrong), headers=_CHALLENGE) from None

    def _operator(self, text: str) -> Caller:
        key = self._keys.find_key(text, self._clock())
        if key is None:
            raise ProblemException(401, "bad_key", "this API key is unknown or revoked", headers=_CHALLENGE)
        if "parking:app" in key.scopes and not key.allows("parking"):
            raise ProblemException(403, "not_signed", "an app's key is never sent: requests are signed with it")
        if not key.allows("parking"):
            raise ProblemException(403, "wrong_scope", "this API key may not manage car parks; it needs the scope 'parking'")
        return Caller(operator=True, key=key.id)

    def _signed(self, headers: Headers, method: str, target: str, body: bytes) -> Caller:
        subject, stamp, nonce = (headers.get(f"x-{name}", "") for name in ("subject", "timestamp", "nonce"))
        key_id, now = headers.get("x-key-id", ""), self._clock()
        key = self._keys.signing_key(key_id, now)
        if not (_NONCE.fullmatch(nonce) and stamp.isdecimal() and len(stamp) < 12 and (not subject or _WORD.fullmatch(subject))):
            raise _unsigned("X-Timestamp, X-Nonce (16 to 64 letters or digits) or X-Subject is not well formed")
        good = hmac.compare_digest(signature(key, method, target, stamp, nonce, subject, body), headers["x-signature"].lower())
        if key is None or not good or "parking:app" not in key.scopes:
            raise _unsigned("the signature is not that of a good key with the scope 'parking:app' over this request")
        if abs(now - int(stamp)) > WINDOW or int(stamp) < int(self._started):
            raise _unsigned("the signature is too old, or the clocks differ; sign again")
        self._once(f"{key_id} {nonce}", now)
        return Caller(client=f"app:{key_id}:{subject}" if subject else "", app=key_id)

    def _once(self, nonce: str, now: float) -> None:
        while self._nonces and next(iter(self._nonces.values())) < now - 2 * WINDOW:
            self._nonces.popitem(last=False)
        if nonce in self._nonces:
            raise _unsigned("this X-Nonce was used before; every request has its own")
        if len(self._nonces) >= _MOST_NONCES:
            raise ProblemException(503, "too_many_requests", "too many signed requests at the moment", headers={"retry-after": "5"})
        self._nonces[nonce] = now


def signature(key: ApiKey | None, method: str, target: str, stamp: str, nonce: str, subject: str, body: bytes) -> str:
    """What X-Signature must be; of a key that does not exist, something that nothing equals."""
    said = "\n".join((method, target, stamp, nonce, subject, hashlib.sha256(body).hexdigest()))
    return hmac.new(bytes.fromhex(key.sha256 if key else "0" * 64), said.encode(), "sha256").hexdigest() if key else ""


def lower_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """ASGI's headers by name; of a repeated one the first."""
    found: dict[str, Any] = {}
    for name, value in raw:
        found.setdefault(name.decode("latin-1"), value.decode("latin-1"))
    return found


def _unsigned(detail: str) -> ProblemException:
    return ProblemException(401, "bad_signature", detail, headers=_CHALLENGE)
