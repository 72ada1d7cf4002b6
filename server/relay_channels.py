"""How an engine and its gateways speak through Redis: names of keys and channels, and the few messages beside publications.

`P:topic:NAME` is a channel that carries each publication of a topic as its readers get it, and a list of the newest of them,
newest first, which expires when the topic goes quiet. Gateways say on `P:wants` which topics they need; an engine that begins
says so on `P:hello`, and keeps `P:engine` alive. Redis holds nothing that cannot be made again.
"""

from __future__ import annotations

import msgspec
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

HEARTBEAT = 5.0
"""s between two signs of life of an engine; it is held for dead after three"""
LONGEST_PAUSE = 5.0
"""s between two attempts to reach Redis"""


class Wants(msgspec.Struct):
    """What a gateway needs: `want` topics afresh, with all that is remembered; `keep` the others going."""

    want: list[str] = []
    keep: list[str] = []


class Relayed(msgspec.Struct):
    """A publication as readers get it."""

    topic: str
    epoch: str
    seq: int
    data: msgspec.Raw


class Refusal(msgspec.Struct, tag_field="op", tag="error"):
    """An engine's answer to a want that cannot be: sent on the topic's channel."""

    topic: str
    code: str
    detail: str


class Names:
    """Keys and channels under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.wants, self.hello, self.engine = f"{prefix}:wants", f"{prefix}:hello", f"{prefix}:engine"
        self._topic = f"{prefix}:topic:"

    def topic(self, name: str) -> str:
        """Channel and list of a topic."""
        return self._topic + name

    def name_of(self, channel: bytes) -> str | None:
        """The topic of a channel, None for another channel."""
        text = channel.decode()
        return text.removeprefix(self._topic) if text.startswith(self._topic) else None


def connect(url: str) -> Redis:
    """A client that tells of a lost connection at once; the callers try again."""
    return Redis.from_url(
        url, socket_connect_timeout=3.0, socket_timeout=10.0, socket_keepalive=True, health_check_interval=15,
        retry=Retry(NoBackoff(), 0),
    )  # fmt: skip
