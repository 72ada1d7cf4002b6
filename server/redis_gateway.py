"""A gateway's side of the relay: topics that its readers ask for are fetched from Redis and followed.

A topic is subscribed first and read then, so nothing falls between; a publication that does not follow the one before it
makes the gateway read the topic again. When Redis or the engine comes back, everything held is asked for afresh.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import cast

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from server.hub import Hub
from server.publications import Publication
from server.relay_channels import HEARTBEAT, LONGEST_PAUSE, Names, Refusal, Relayed, Wants, connect
from server.settings import Settings
from server.topics import TopicError, is_private, split_topic

_PATIENCE = 3.0
"""s a reader waits for the first value of a topic"""
_UNAVAILABLE = "the engine does not answer at the moment; try again"


@dataclass(slots=True)
class GatewayCounts:
    """For the metrics."""

    connected: bool = False
    engine_alive: bool = False
    received: int = 0
    reread: int = 0
    failures: int = 0

    def totals(self) -> dict[str, int]:
        """What is counted, by name."""
        return {"received": self.received, "reread": self.reread, "failures": self.failures}


class RelayReader:
    """Keeps the hub's topics as the engine publishes them."""

    def __init__(self, settings: Settings, hub: Hub) -> None:
        assert settings.redis_url is not None
        self._url, self._names, self._hub = settings.redis_url, Names(settings.redis_prefix), hub
        self._keep_every = settings.recovery_seconds / 4
        self._client: Redis | None = None
        self._pubsub: PubSub | None = None
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._publication = msgspec.json.Decoder(Relayed)
        self._refusal = msgspec.json.Decoder(Refusal)
        self.counts = GatewayCounts()
        self._log = structlog.get_logger()

    async def open_topic(self, name: str) -> None:
        """Make sure that the hub has a value of this topic. Raises TopicError."""
        split_topic(name)
        if is_private(name):
            raise TopicError(name, "not_here", "gateways do not tell what is its owner's alone; the engine's own address does")
        topic = self._hub.find_topic(name)
        if topic is not None and topic.current is not None:
            return
        future = self._waiting.get(name)
        first = future is None
        if future is None:
            future = self._waiting[name] = asyncio.get_running_loop().create_future()
            future.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            async with asyncio.timeout(_PATIENCE):
                if first:
                    await self._ask(name)
                await asyncio.shield(future)
        except TimeoutError:
            raise TopicError(name, "unavailable", _UNAVAILABLE) from None
        except TopicError:
            await self._forget([name] if self._hub.forget(name) else [])
            raise
        finally:
            if self._waiting.get(name) is future:
                del self._waiting[name]

    async def run(self) -> None:
        """Until cancelled; comes back whenever Redis does."""
        pause = 0.1
        while True:
            try:
                async with connect(self._url) as client, client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await self._begin(client, pubsub)
                    pause = 0.1
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._hear(pubsub))
                        group.create_task(self._keep(client))
            except* (RedisError, OSError) as wrong:
                self.counts.failures += 1
                if self.counts.connected or pause == 0.1:
                    self._log.warning("relay_lost", detail=str(wrong.exceptions[0]))
            self.counts.connected = self.counts.engine_alive = False
            self._client = self._pubsub = None
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _begin(self, client: Redis, pubsub: PubSub) -> None:
        """Follow everything that is held, and read what was missed meanwhile."""
        names = self._hub.list_topics()
        await pubsub.subscribe(self._names.hello, *(self._names.topic(name) for name in names))
        self.counts.engine_alive = bool(await client.exists(self._names.engine))
        self._client, self._pubsub, self.counts.connected = client, pubsub, True
        self._log.info("relay_connected", topics=len(names))
        for name in names:
            await self._read(name)
        await self._say(Wants(want=names))

    async def _ask(self, name: str) -> None:
        """Follow a new topic, take what is there, and want the rest."""
        if self._client is None or self._pubsub is None:
            raise TopicError(name, "unavailable", _UNAVAILABLE)
        self._hub.open_topic(name, asyncio.get_running_loop().time())
        try:
            await self._pubsub.subscribe(self._names.topic(name))
            await self._say(Wants(want=[name]))
            await self._read(name)
        except (RedisError, OSError):
            raise TopicError(name, "unavailable", _UNAVAILABLE) from None

    async def _hear(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=HEARTBEAT)
            if message is None:
                continue
            name = self._names.name_of(message["channel"])
            if name is not None:
                self.counts.received += 1
                await self._take(name, message["data"])
            elif message["channel"].decode() == self._names.hello:
                await self._say(Wants(want=self._hub.list_topics()))

    async def _take(self, name: str, message: bytes) -> None:
        """One message of a topic's channel."""
        topic = self._hub.find_topic(name)
        if topic is None:
            return
        try:
            relayed = self._publication.decode(message)
        except msgspec.DecodeError:
            self._refuse(name, message)
            return
        last = topic.recent[-1].seq if topic.recent and topic.epoch == relayed.epoch else None
        if last is None or relayed.seq > last + 1:
            self.counts.reread += 1
            await self._read(name)
        publication = self._adopt(relayed, message)
        if publication is not None:
            await self._hub.deliver([publication])

    def _refuse(self, name: str, message: bytes) -> None:
        """The engine has no such topic."""
        future = self._waiting.get(name)
        if future is not None and not future.done():
            refusal = self._refusal.decode(message)
            future.set_exception(TopicError(name, refusal.code, refusal.detail))

    async def _read(self, name: str) -> None:
        """Everything Redis remembers of a topic, oldest first; what an engine before the present one said is left out."""
        assert self._client is not None
        messages = cast(list[bytes], await self._client.lrange(self._names.topic(name), 0, -1))
        read = [(self._publication.decode(one), one) for one in messages]
        adopted = [self._adopt(relayed, one) for relayed, one in reversed(read) if relayed.epoch == read[0][0].epoch]
        await self._hub.deliver([one for one in adopted if one is not None])

    def _adopt(self, relayed: Relayed, message: bytes) -> Publication | None:
        if self._hub.find_topic(relayed.topic) is None:
            return None
        publication = self._hub.adopt(relayed.topic, relayed.epoch, relayed.seq, bytes(relayed.data), message)
        future = self._waiting.get(relayed.topic)
        if future is not None and not future.done():
            future.set_result(None)
        return publication

    async def _keep(self, client: Redis) -> None:
        """Once a second: forget what nobody reads; now and then tell the engine what somebody does."""
        loop = asyncio.get_running_loop()
        kept_at = loop.time()
        while True:
            await asyncio.sleep(1.0)
            forgotten = self._hub.sweep(loop.time())
            await self._forget(forgotten)
            self.counts.engine_alive = bool(await client.exists(self._names.engine))
            if loop.time() - kept_at >= self._keep_every:
                kept_at = loop.time()
                await self._say(Wants(keep=self._hub.list_topics()))

    async def _forget(self, names: list[str]) -> None:
        """Follow these no longer."""
        if self._pubsub is not None and names:
            await self._pubsub.unsubscribe(*(self._names.topic(name) for name in names))

    async def _say(self, wants: Wants) -> None:
        if self._client is not None and (wants.want or wants.keep):
            await self._client.publish(self._names.wants, msgspec.json.encode(wants))
