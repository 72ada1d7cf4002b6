"""Brings the topics that somebody reads up to the newest snapshot, one after the other, in the event loop.

Encoding yields to the loop every few milliseconds, and takes a share of each step only: where there are more topics than that
pays for, the rest has its turn after the next step, so a large district is told later rather than the server answering nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

import structlog

from server.hub import Hub
from server.metrics import Metrics
from server.publications import Publication
from server.published import Published
from server.topic_values import Maker, TopicValues, Value
from server.topics import is_pushed
from transit.local_time import rfc3339

_SLICE = 0.005
"""s of encoding between two yields to the loop"""


class Publisher:
    """Of one hub and one published state."""

    def __init__(self, published: Published, hub: Hub, metrics: Metrics) -> None:
        self._published, self._hub, self._metrics = published, hub, metrics
        self._values = TopicValues(published)
        self._next: str | None = None
        self._log = structlog.get_logger()

    async def publish(self, budget: float) -> None:
        """Every topic whose turn comes within `budget` seconds; the next call goes on after them."""
        began = turn = time.perf_counter()  # not the loop's clock: uvloop's stands still during a turn
        names = self._in_turn()
        for place, name in enumerate(names):
            if time.perf_counter() - began > budget:
                self._next = name
                self._metrics.topics_put_off.inc(len(names) - place)
                break
            if self._hub.find_topic(name) is not None:
                await self._bring_up(name)
            if time.perf_counter() - turn > _SLICE:
                await asyncio.sleep(0)
                turn = time.perf_counter()
        self._hub.sweep(asyncio.get_running_loop().time())
        self._metrics.publish_seconds.observe(time.perf_counter() - began)

    def add_topics(self, makers: Mapping[str, Maker]) -> None:
        """Kinds of topics whose values others make."""
        self._values.makers.update(makers)

    async def push(self, names: Iterable[str]) -> None:
        """Bring these topics up to date now, those that somebody reads."""
        turn = time.perf_counter()
        for name in names:
            if self._hub.find_topic(name) is not None:
                await self._bring_up(name)
            if time.perf_counter() - turn > _SLICE:
                await asyncio.sleep(0)
                turn = time.perf_counter()

    async def open_topic(self, name: str) -> None:
        """Make sure that the hub has a value of this topic. Raises TopicError."""
        topic = self._hub.find_topic(name)
        if topic is None or topic.current is None:
            value = self._values.make(name)
            self._hub.open_topic(name, asyncio.get_running_loop().time())
            self._say(name, value)

    def _in_turn(self) -> list[str]:
        """All topics but those that are pushed as they change, the one that was put off last time first."""
        names = [name for name in self._hub.list_topics() if not is_pushed(name)]
        first = names.index(self._next) if self._next in names else 0
        self._next = None
        return names[first:] + names[:first]

    async def _bring_up(self, name: str) -> None:
        try:
            publication = self._say(name, self._values.make(name))
        except Exception:
            self._metrics.topic_failures.inc()
            self._log.exception("topic_failed", topic=name)
            return
        if publication is not None:
            await self._hub.deliver([publication])

    def _say(self, name: str, value: Value) -> Publication | None:
        now = self._published.current().now if value.now is None else value.now
        at = rfc3339(now, self._published.network.timezone)
        return self._hub.put(name, value.data, at, value.mark)
