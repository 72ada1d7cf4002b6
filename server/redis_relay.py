"""The engine's side of the relay: every publication goes to Redis, for gateways in other processes.

Nothing of the engine waits for Redis: publications are collected and written in batches by one task. When Redis is away they
are let go, and once it is back every topic is written afresh; readers notice a gap by its sequence numbers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.hub import Hub
from server.problems import ProblemException
from server.publications import Publication
from server.relay_channels import HEARTBEAT, LONGEST_PAUSE, Names, Refusal, Wants, connect
from server.settings import Settings
from server.topics import TopicError, is_private

_BATCH = 200
"""publications a round trip"""
_MOST_PENDING = 20_000
"""publications that may wait for a slow Redis before everything is written afresh instead"""


@dataclass(slots=True)
class RelayCounts:
    """For the metrics."""

    connected: bool = False
    published: int = 0
    failures: int = 0

    def totals(self) -> dict[str, int]:
        """What is counted, by name."""
        return {"published": self.published, "failures": self.failures}


class Relay:
    """`open_topic` makes the hub hold a value of a topic, or raises TopicError."""

    def __init__(self, settings: Settings, hub: Hub, open_topic: Callable[[str], Awaitable[None]]) -> None:
        assert settings.redis_url is not None
        self._url, self._names = settings.redis_url, Names(settings.redis_prefix)
        self._history, self._expiry = settings.history, max(1, int(settings.recovery_seconds))
        self._hub, self._open = hub, open_topic
        self._pending: list[Publication] = []
        self._whole: dict[str, None] = {}
        self._refusals: list[Refusal] = []
        self._work = asyncio.Event()
        self.counts = RelayCounts()
        self._log = structlog.get_logger()

    def offer(self, publication: Publication) -> None:
        """A new publication; never waits."""
        if not self.counts.connected or is_private(publication.topic):
            return
        self._pending.append(publication)
        if len(self._pending) > _MOST_PENDING:
            self._write_all_afresh()
        self._work.set()

    async def run(self) -> None:
        """Until cancelled; comes back whenever Redis does."""
        pause = 0.1
        while True:
            try:
                async with connect(self._url) as client, asyncio.TaskGroup() as group:
                    await client.ping()
                    self._write_all_afresh()
                    self.counts.connected, pause = True, 0.1
                    self._log.info("relay_connected")
                    group.create_task(self._hear(client))
                    group.create_task(self._write(client))
            except* (RedisError, OSError) as wrong:
                self.counts.failures += 1
                if self.counts.connected or pause == 0.1:
                    self._log.warning("relay_lost", detail=str(wrong.exceptions[0]))
            self.counts.connected = False
            self._pending.clear()
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _write_all_afresh(self) -> None:
        self._pending.clear()
        self._whole.update(dict.fromkeys(name for name in self._hub.list_topics() if not is_private(name)))
        self._work.set()

    async def _hear(self, client: Redis) -> None:
        """What gateways want."""
        decoder = msgspec.json.Decoder(Wants)
        async with client.pubsub(ignore_subscribe_messages=True) as pubsub:
            await pubsub.subscribe(self._names.wants)
            await client.publish(self._names.hello, b"")
            while True:
                message = await pubsub.get_message(timeout=HEARTBEAT)
                if message is None:
                    continue
                try:
                    wants = decoder.decode(message["data"])
                except msgspec.DecodeError:
                    continue
                for name in wants.want:
                    await self._want(name)
                    await asyncio.sleep(0)
                now = asyncio.get_running_loop().time()
                for name in wants.keep:
                    if self._hub.find_topic(name) is not None:
                        self._hub.open_topic(name, now)

    async def _want(self, name: str) -> None:
        try:
            await self._open(name)
            self._hub.open_topic(name, asyncio.get_running_loop().time())
            self._whole[name] = None
        except TopicError as wrong:
            self._refusals.append(Refusal(name, wrong.code, wrong.detail))
        except ProblemException as wrong:
            self._refusals.append(Refusal(name, "unavailable", wrong.detail))
        self._work.set()

    async def _write(self, client: Redis) -> None:
        loop = asyncio.get_running_loop()
        alive_at = -HEARTBEAT
        while True:
            if loop.time() - alive_at >= HEARTBEAT:
                await client.set(self._names.engine, b"1", ex=int(3 * HEARTBEAT))
                alive_at = loop.time()
            self._work.clear()
            while self._pending or self._whole or self._refusals:
                await self._write_batch(client)
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await self._work.wait()
            except TimeoutError:
                continue

    async def _write_batch(self, client: Redis) -> None:
        async with client.pipeline(transaction=False) as pipe:
            for name in list(self._whole)[:_BATCH]:
                del self._whole[name]
                self._queue_whole(pipe, name)
            batch, self._pending = self._pending[:_BATCH], self._pending[_BATCH:]
            for publication in batch:
                self._queue(pipe, publication)
            for refusal in self._refusals:
                pipe.publish(self._names.topic(refusal.topic), msgspec.json.encode(refusal))
            self._refusals.clear()
            await pipe.execute()
        self.counts.published += len(batch)

    def _queue(self, pipe: Any, publication: Publication) -> None:
        key = self._names.topic(publication.topic)
        pipe.lpush(key, publication.message)
        pipe.ltrim(key, 0, self._history - 1)
        pipe.expire(key, self._expiry)
        pipe.publish(key, publication.message)

    def _queue_whole(self, pipe: Any, name: str) -> None:
        """The list of a topic from nothing, and its newest publication for those who listen."""
        topic = self._hub.find_topic(name)
        if topic is None or topic.current is None:
            return
        key, recent = self._names.topic(name), list(topic.recent)
        self._pending = [one for one in self._pending if one.topic != name]
        pipe.delete(key)
        pipe.lpush(key, *(one.message for one in recent))
        pipe.expire(key, self._expiry)
        pipe.publish(key, recent[-1].message)
