"""The loop of the engine: drain the inbox, run one step in the worker thread, show the snapshot, publish what changed.

City.step is the only writer and runs in one thread; all encoding and writing to readers happens in the event loop, in slices,
so that nobody waits long for anybody. An exception in a step costs that step and is counted; the loop goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

from server.hub import Hub
from server.inbox import Inbox
from server.metrics import Metrics
from server.publications import Publication
from server.published import Published
from server.topic_values import TopicValues, Value
from transit.kernels.columns import PositionColumns
from transit.local_time import rfc3339
from transit.snapshot import Snapshot

_SLICE = 0.005
"""s of encoding between two yields to the loop"""


class Engine(Protocol):
    """City, as far as the pipeline knows it."""

    def step(self, now: float, inbox: Sequence[PositionColumns]) -> Snapshot:
        """Positions in, a snapshot out."""


class Pipeline:
    """`clock` gives epoch seconds."""

    def __init__(
        self, city: Engine, inbox: Inbox, published: Published, hub: Hub, metrics: Metrics, clock: Callable[[], float]
    ) -> None:
        self._city, self._inbox, self._published, self._hub, self._metrics = city, inbox, published, hub, metrics
        self._clock = clock
        self.relay: Callable[[Publication], None] = lambda _publication: None
        """told of every publication"""
        self.prepare: Callable[[Snapshot], None] = lambda _snapshot: None
        """called in the engine's thread with the first snapshot, before anybody sees it"""
        self._values = TopicValues(published)
        self._worker = ThreadPoolExecutor(1, "city")
        self._now = 0.0
        self._log = structlog.get_logger()

    async def run(self, step_seconds: float) -> None:
        """Until cancelled. A step that takes too long delays the next; steps do not pile up."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while True:
                await self.step()
                due = max(due + step_seconds, loop.time())
                await asyncio.sleep(due - loop.time())
        finally:
            self._worker.shutdown(wait=True, cancel_futures=True)

    async def step(self) -> None:
        """One turn."""
        self._now = max(self._now, self._clock())
        batches = self._inbox.drain()
        started = time.perf_counter()
        try:
            loop = asyncio.get_running_loop()
            snapshot = await loop.run_in_executor(self._worker, self._city.step, self._now, batches)
            self._metrics.step_seconds.observe(time.perf_counter() - started)
            if self._published.snapshot is None:
                await loop.run_in_executor(self._worker, self._prepare, snapshot)
            self._published.swap(snapshot)
            await self.publish()
        except Exception:
            self._metrics.step_failures.inc()
            self._log.exception("step_failed", positions=sum(len(one.lat) for one in batches))

    def _prepare(self, snapshot: Snapshot) -> None:
        try:
            self.prepare(snapshot)
        except Exception:
            self._log.exception("warm_up_failed")

    async def publish(self) -> None:
        """Bring every topic that somebody reads up to the newest snapshot."""
        began = turn = time.perf_counter()  # not the loop's clock: uvloop's stands still during a turn
        for name in self._hub.list_topics():
            try:
                publication = self._say(name, self._values.make(name)) if self._hub.find_topic(name) is not None else None
            except Exception:
                self._metrics.topic_failures.inc()
                self._log.exception("topic_failed", topic=name)
                continue
            if publication is not None:
                await self._hub.deliver([publication])
            if time.perf_counter() - turn > _SLICE:
                await asyncio.sleep(0)
                turn = time.perf_counter()
        self._hub.sweep(asyncio.get_running_loop().time())
        self._metrics.publish_seconds.observe(time.perf_counter() - began)

    async def open_topic(self, name: str) -> None:
        """Make sure that the hub has a value of this topic. Raises TopicError."""
        topic = self._hub.find_topic(name)
        if topic is None or topic.current is None:
            value = self._values.make(name)
            self._hub.open_topic(name, asyncio.get_running_loop().time())
            self._say(name, value)

    def _say(self, name: str, value: Value) -> Publication | None:
        at = rfc3339(self._published.current().now, self._published.network.timezone)
        publication = self._hub.put(name, value.data, at, value.mark)
        if publication is not None:
            self.relay(publication)
        return publication
