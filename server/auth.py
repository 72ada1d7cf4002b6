"""API keys: who may send positions or administer. Public reads need none.

A key is `baimai_<id>_<secret>`; the secret is 256 random bits. The file `keys.json` in the data directory (mode 0600, written
whole and renamed) holds only its SHA-256: with that much randomness a plain digest cannot be searched, and a slow hash
would only slow the server down. Digests are compared in constant time. The server notices a changed file by itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from server.errors import KeyFileError, ServerError, UnknownKey

SCOPES: Mapping[str, str] = {
    "positions": "send vehicle positions",
    "signals": "send signal events and lane counts",
    "operations": "enter service changes",
    "parking": "manage car parks, barriers and sensors",
    "parking:app": "reserve for the users of an app, in signed requests",
    "admin": "everything",
}
_PREFIX = "baimai"
_RECHECK = 1.0
"""s between two looks at the file while requests come."""


class ApiKey(msgspec.Struct, frozen=True):
    """What is kept of a key. Times are epoch seconds; `revoked` is None while it is good."""

    id: str
    name: str
    scopes: tuple[str, ...]
    sha256: str
    created: float
    revoked: float | None = None

    def allows(self, scope: str) -> bool:
        """Whether the key may be used for `scope`."""
        return scope in self.scopes or "admin" in self.scopes


class KeyStore:
    """The keys of one data directory. `now` is an argument: the store reads no clock."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "keys.json"
        self._keys: dict[str, ApiKey] = {}
        self._version: tuple[int, int] | None = None
        self._checked = -_RECHECK

    def create_key(self, scopes: tuple[str, ...], name: str, now: float) -> tuple[str, ApiKey]:
        """A new key: (the text to hand over, which is shown once and never again; what is kept)."""
        for scope in scopes:
            if scope not in SCOPES:
                raise ServerError(f"scope {scope!r} does not exist; there are: {', '.join(SCOPES)}")
        if not scopes:
            raise ServerError("a key needs at least one scope")
        key_id = secrets.token_hex(6)
        text = f"{_PREFIX}_{key_id}_{secrets.token_urlsafe(32)}"
        key = ApiKey(key_id, name, scopes, _digest(text), now)
        with self._locked():
            self._keys[key_id] = key
            self._write()
        return text, key

    def list_keys(self) -> list[ApiKey]:
        """All keys, revoked ones too, oldest first."""
        self._read()
        return sorted(self._keys.values(), key=lambda key: key.created)

    def revoke_key(self, key_id: str, now: float) -> ApiKey:
        """From now on it opens nothing. Raises UnknownKey."""
        with self._locked():
            if key_id not in self._keys:
                raise UnknownKey(key_id)
            key = self._keys[key_id] = msgspec.structs.replace(self._keys[key_id], revoked=now)
            self._write()
        return key

    def signing_key(self, key_id: str, now: float) -> ApiKey | None:
        """The good key of this id, for checking a signature: what signs is the SHA-256 of its text, which is all that is kept."""
        self._look(now)
        key = self._keys.get(key_id)
        return key if key is not None and key.revoked is None else None

    def find_key(self, text: str, now: float) -> ApiKey | None:
        """The good key this text is, or None. Looks at the file at most once a second of `now`."""
        self._look(now)
        parts = text.split("_", 2)
        key = self._keys.get(parts[1]) if len(parts) == 3 else None
        good = hmac.compare_digest(_digest(text), key.sha256 if key else "0" * 64)
        return key if key is not None and good and key.revoked is None else None

    def _look(self, now: float) -> None:
        if not 0 <= now - self._checked < _RECHECK:
            self._checked = now
            self._read()

    def _read(self) -> None:
        try:
            state = self._path.stat()
            if (version := (state.st_mtime_ns, state.st_ino)) == self._version:
                return
            keys = msgspec.json.decode(self._path.read_bytes(), type=list[ApiKey])
        except FileNotFoundError:
            self._keys, self._version = {}, None
            return
        except (OSError, msgspec.DecodeError) as wrong:
            raise KeyFileError(str(self._path), f"cannot be read as a file of API keys ({wrong})") from None
        self._keys, self._version = {key.id: key for key in keys}, version

    def _write(self) -> None:
        body = msgspec.json.format(msgspec.json.encode(list(self._keys.values())), indent=1)
        fresh = self._path.with_suffix(".new")
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time, on the newest state of the file."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(os.open(self._path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._read()
                yield
        except OSError as wrong:
            raise KeyFileError(str(self._path), f"cannot be written ({wrong.strerror})") from None


def presented_key(headers: Mapping[str, str]) -> str | None:
    """The key text of a request's lower-case headers: `Authorization: Bearer …` or `X-API-Key`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key") or None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
