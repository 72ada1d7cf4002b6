"""The same request twice: an Idempotency-Key makes the second get what the first got, byte for byte.

The answer is written in the transaction of the command itself, so it is there exactly when the command's effect is, kill -9 or not.
What was refused had no effect and is not kept: the same key may try again. Answers are kept for KEPT seconds.
(draft-ietf-httpapi-idempotency-key-header-07)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import msgspec

from server.parking.records_codec import pack
from server.parking.store import Kept, ServiceUnit
from server.problems import ProblemException

KEPT = 48 * 3600
"""s; at least a day is promised"""
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_HEADERS = msgspec.msgpack.Decoder(tuple[tuple[bytes, bytes], ...])


class Reply(NamedTuple):
    """An HTTP answer. Header names are in lower case; content-length is added by whoever sends it."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


class KeyReused(Exception):
    """The key came before with another request."""


class InFlight:
    """Requests this process has begun and not answered."""

    def __init__(self) -> None:
        self._now: set[tuple[str, str]] = set()

    @contextmanager
    def one(self, client: str, key: str) -> Iterator[None]:
        """Holds the key meanwhile. Raises a 409 problem when somebody does already."""
        if (client, key) in self._now:
            raise in_flight()
        self._now.add((client, key))
        try:
            yield
        finally:
            self._now.discard((client, key))


def key_of(headers: Mapping[str, str], required: bool) -> str | None:
    """The request's key. Raises a 400 problem when it is missing or no key."""
    key = headers.get("idempotency-key")
    if key is None and not required:
        return None
    if key is None or not _KEY.fullmatch(key):
        detail = "this request needs the header Idempotency-Key, 1 to 255 printable ASCII characters, new for every new wish"
        raise ProblemException(400, "no_idempotency_key", detail)
    return key


def once(unit: ServiceUnit, client: str, key: str, fingerprint: bytes, now: int, command: Callable[[], Reply]) -> Reply:
    """The answer kept for this key, or the command's, kept from now on. Raises KeyReused."""
    kept = unit.answer(client, key)
    if kept is not None:
        if kept.fingerprint != fingerprint:
            raise KeyReused
        return Reply(kept.status, _HEADERS.decode(kept.headers), kept.body)
    reply = command()
    unit.keep_answer(client, key, Kept(fingerprint, reply.status, pack(reply.headers), reply.body), now)
    return reply


def forget_old(unit: ServiceUnit, now: int) -> None:
    """Drops answers that were kept long enough."""
    unit.sql("delete from answers where at < ?", now - KEPT)


def in_flight() -> ProblemException:
    """409."""
    detail = "the same request is under way; ask again in a second"
    return ProblemException(409, "in_flight", detail, headers={"retry-after": "1"}, retryable=True)


def key_reused() -> ProblemException:
    """422."""
    detail = "this Idempotency-Key was used for another request; a new wish needs a new key"
    errors = [{"pointer": "/header/idempotency-key", "detail": "was used before"}]
    return ProblemException(422, "idempotency_key_reused", detail, errors)
