"""One citizen's connection to a server under proof: asks, hears, is cut off, and writes down every attempt."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Callable
from typing import Any

import msgspec

PATH = "/v1/parking/reservations"
PATIENCE = 30.0
"""s an attempt may take before it is given up as unanswered"""


class Attempt(msgspec.Struct):
    """One request that was sent, and what came back. Times are of CLOCK_MONOTONIC, s: the same in all processes of a machine."""

    client: str
    wish: int
    """attempts of one wish of a client have the same number and, if any, the same key"""
    kind: str
    """`reserve`, `wait`, `see`, or an action's name"""
    key: str
    body: str
    name: str
    """of the reservation; empty for a new one"""
    match: int | None
    """the version named in If-Match"""
    place: str
    start: int
    end: int
    invoked: float
    answered: float | None = None
    """None: nobody knows what came of it"""
    status: int = 0
    code: str = ""
    digest: str = ""
    """of status, ETag, Location and body"""
    tag: int = 0
    text: dict[str, Any] = {}
    """the answer"""
    spoilt: bool = False
    """sent only to be refused: another body under a key, a version that has passed"""

    @property
    def done(self) -> bool:
        """Whether it was carried out, as far as anybody was told."""
        return self.answered is not None and self.status < 300


def digest_of(status: int, tag: str, location: str, body: bytes) -> str:
    """What must be the same when the same is asked again."""
    return hashlib.sha256(b"%d\n%s\n%s\n" % (status, tag.encode(), location.encode()) + body).hexdigest()


class Talk:
    """Of one connection; `note` takes every attempt when it is over."""

    def __init__(self, port: int, token: str, note: Callable[[Attempt], None], chance: random.Random, cuts: float) -> None:
        self._port, self._token, self._note, self._random, self._cuts = port, token, note, chance, cuts
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, one: Attempt, surely: bool = False) -> Attempt:
        """One attempt; `surely`: it is not cut off on purpose."""
        cut = None if surely or self._random.random() >= self._cuts else self._random.choice((0.0, 0.0005, 0.002, 0.008))
        writer = await self._sent(one)
        try:
            await asyncio.wait_for(self._hear(one), PATIENCE if cut is None else max(cut, 1e-9))
        except (OSError, asyncio.IncompleteReadError, TimeoutError):
            writer.transport.abort()
            self._streams = None
        self._note(one)
        return one

    async def _sent(self, one: Attempt) -> asyncio.StreamWriter:
        """Connects if need be, as often as it takes."""
        while self._streams is None:
            try:
                self._streams = await asyncio.open_connection("127.0.0.1", self._port)
            except OSError:
                await asyncio.sleep(0.02)
        one.invoked = time.monotonic()
        self._streams[1].write(self._message(one))
        return self._streams[1]

    async def _hear(self, one: Attempt) -> None:
        assert self._streams is not None
        reader = self._streams[0]
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        one.answered = time.monotonic()
        one.status = int(head[0][9:12])
        one.text = json.loads(body) if "json" in headers.get("content-type", "") else {}
        one.code = str(one.text.get("code", ""))
        one.tag = int(headers.get("etag", '"0"').strip('"'))
        one.digest = digest_of(one.status, headers.get("etag", ""), headers.get("location", ""), body)

    def _message(self, one: Attempt) -> bytes:
        new = {"reserve": PATH, "wait": "/v1/parking/waitlist", "see": f"{PATH}/{one.name}"}
        path = new.get(one.kind, f"{PATH}/{one.name}/{one.kind}")
        body = one.body.encode()
        lines = [f"{'GET' if one.kind == 'see' else 'POST'} {path} HTTP/1.1", "host: x", f"authorization: Bearer {self._token}"]
        if one.kind != "see":
            lines += ["content-type: application/json", f"content-length: {len(body)}"]
        if one.key:
            lines.append(f"idempotency-key: {one.key}")
        if one.match is not None:
            lines.append(f'if-match: "{one.match}"')
        return "\r\n".join((*lines, "", "")).encode() + body

    def close(self) -> None:
        """It says nothing more."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None
