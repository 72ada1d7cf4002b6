"""Plates at rest: a keyed hash to find them by, the text under AES-256-GCM. The keys are a file of the data directory, outside the
database: whoever has only the database has no plate.

The key of the hash never changes (bars and reservations are found by it); the sealing key may be rotated, and old ones still open.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from parking.model import PlateColor
from parking.plates import PlateText, mask, one_apart
from parking.records import Plate

FILE = "plates.key"
_NONCE = 12
_NUMBER = 4


class VaultError(Exception):
    """The key file is missing a key, is readable by everybody, or is no key file; or what is to be opened is not what was sealed."""


class PlateVault:
    """Seals and opens plates with the keys of `folder`; makes the key file when there is none."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        if not self._path.exists():
            _create(self._path)
        self._read()

    def seal(self, plate: PlateText, client: str = "") -> Plate:
        """The record of a plate. Vehicles without plate are alike only for the same `client`."""
        key = self.key_of(plate, client)
        nonce = secrets.token_bytes(_NONCE)
        number, cipher = self._newest
        return Plate(key, number + nonce + cipher.encrypt(nonce, plate.text.encode(), key), mask(plate.text), plate.color)

    def key_of(self, plate: PlateText, client: str = "") -> bytes:
        """What equal plates have in common."""
        whose = f"\0{client}" if plate.without else ""
        return hmac.digest(self._index, f"{plate.text}\0{plate.color.value}{whose}".encode(), "sha256")

    def open(self, plate: Plate) -> PlateText:
        """The plate again. Raises VaultError when it was sealed by other keys, for another plate, or was changed."""
        number, nonce = int.from_bytes(plate.sealed[:_NUMBER]), plate.sealed[_NUMBER : _NUMBER + _NONCE]
        if number not in self._sealing:
            self._read()  # another process may have rotated
        if number not in self._sealing:
            raise VaultError(f"{self._path.name} has no key {number}")
        try:
            text = AESGCM(self._sealing[number]).decrypt(nonce, plate.sealed[_NUMBER + _NONCE :], plate.key)
        except (InvalidTag, ValueError):
            raise VaultError("the plate is not what was sealed") from None
        return PlateText(text.decode(), PlateColor(plate.color))

    def one_off(self, first: Plate, second: Plate) -> bool:
        """See `parking.passages.PlateComparison`: the gates learn nothing else of the texts."""
        return first.color is second.color and one_apart(self.open(first).text, self.open(second).text)

    def rotate(self) -> int:
        """Seals with a new key from now on; returns its number. Raises VaultError while another rotation is under way."""
        new = self._path.with_suffix(".rotating")
        try:
            handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            raise VaultError(f"{new.name} is there: another rotation is under way, or was broken off and the file may go") from None
        self._read()
        number = max(self._sealing) + 1
        _write(handle, self._index, self._sealing | {number: secrets.token_bytes(32)})
        new.replace(self._path)
        _sync(self._path.parent)
        self._read()
        return number

    def _read(self) -> None:
        if os.name == "posix" and self._path.stat().st_mode & 0o007:
            raise VaultError(f"{self._path.name} can be read by everybody: chmod 600 it")
        try:
            kept = json.loads(self._path.read_text(encoding="ascii"))
            self._index = bytes.fromhex(kept["index"])
            self._sealing = {int(number): bytes.fromhex(key) for number, key in kept["sealing"].items()}
            if len(self._index) != 32 or not self._sealing or any(len(key) != 32 for key in self._sealing.values()):
                raise ValueError
            newest = max(self._sealing)
            self._newest = newest.to_bytes(_NUMBER), AESGCM(self._sealing[newest])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise VaultError(f"{self._path.name} is not a key file") from None


def _create(path: Path) -> None:
    """All of it or nothing; of several processes that start together one wins and the others read its keys."""
    new = path.with_suffix(f".{secrets.token_hex(8)}")
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        _write(handle, secrets.token_bytes(32), {1: secrets.token_bytes(32)})
        with suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink()
    _sync(path.parent)


def _write(handle: int, index: bytes, sealing: dict[int, bytes]) -> None:
    kept = {"index": index.hex(), "sealing": {str(number): key.hex() for number, key in sealing.items()}}
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(json.dumps(kept))
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """The name is durable as well: keys that are lost lose every plate."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
