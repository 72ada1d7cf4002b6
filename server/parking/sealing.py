"""Secrets of a deployment beside its plates (`vault`): what seals the secrets of webhooks, and what marks requests as the same.

`parking.key` in the data directory (mode 0600, 32 random bytes) is the root; a key for each purpose is derived from it
(HKDF-SHA-256, RFC 5869).
"""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.errors import KeyFileError

FILE = "parking.key"
_BYTES, _NONCE = 32, 12


class Sealing:
    """Of one root key."""

    def __init__(self, root: bytes) -> None:
        self._sealing = AESGCM(_derived(root, b"baimai parking sealing"))
        self._fingerprints = _derived(root, b"baimai parking fingerprints")

    def seal(self, text: str, purpose: str) -> bytes:
        """Encrypted (AES-256-GCM); opens for the same purpose alone."""
        nonce = os.urandom(_NONCE)
        return nonce + self._sealing.encrypt(nonce, text.encode(), purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> str:
        """The text. Raises ValueError for what was not sealed by this key for that purpose."""
        try:
            return self._sealing.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode()).decode()
        except InvalidTag:
            raise ValueError(f"it was sealed with another key; is {FILE} the one this database was made with?") from None

    def fingerprint(self, *parts: bytes) -> bytes:
        """Equal for equal parts; keyed, since a request holds a plate that could be guessed from a plain digest."""
        return hmac.digest(self._fingerprints, b"\0".join(parts), "sha256")


def open_sealing(directory: Path) -> Sealing:
    """That of a data directory, made at its first use. Raises KeyFileError."""
    path = directory / FILE
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        root = path.read_bytes()
    except OSError as wrong:
        raise KeyFileError(str(path), f"cannot be read or made ({wrong.strerror})") from None
    if len(root) != _BYTES:
        raise KeyFileError(str(path), f"has {len(root)} bytes instead of {_BYTES}; what it sealed needs the right one")
    return Sealing(root)


def _make(path: Path) -> None:
    """Written whole under another name, then linked: two processes that start together end with one key."""
    fresh = path.with_suffix(f".{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(os.urandom(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _derived(root: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), _BYTES, None, purpose).derive(root)
