"""The loop of the engine: drain the inbox, run one step in the worker thread, show the snapshot, publish what changed.

City.step is the only writer and runs in a thread of its own; all encoding happens in the event loop. An exception in a step
costs that step and is counted; the loop goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import structlog

from server.change_sources import ChangeSources
from server.inbox import Inbox
from server.metrics import Metrics
from server.published import Published
from server.publisher import Publisher
from transit.changes import NO_CHANGES, ServiceChanges
from transit.kernels.columns import PositionColumns
from transit.snapshot import Snapshot

_PUBLISH_SHARE = 0.5
"""of the time of a step that may go into bringing topics up to date"""


class Engine(Protocol):
    """City, as far as the pipeline knows it."""

    def step(self, now: float, inbox: Sequence[PositionColumns], changes: ServiceChanges = NO_CHANGES) -> Snapshot:
        """Positions and service changes in, a snapshot out."""


class Pipeline:
    """Steps `city` every `step_seconds`. `clock` gives epoch seconds."""

    def __init__(
        self, city: Engine, inbox: Inbox, changes: ChangeSources, published: Published, publisher: Publisher, metrics: Metrics,
        clock: Callable[[], float], step_seconds: float,
    ) -> None:  # fmt: skip
        self._city, self._inbox, self._changes = city, inbox, changes
        self._published, self._publisher, self._metrics = published, publisher, metrics
        self._clock, self._step_seconds = clock, step_seconds
        self.prepare: Callable[[Snapshot], None] = lambda _snapshot: None
        """called in the engine's thread with the first snapshot, before anybody sees it"""
        self.finish: Callable[[], None] = lambda: None
        """called when the engine has stopped for good"""
        self.observe: Callable[[Snapshot], None] = lambda _snapshot: None
        """called in the event loop with every snapshot, once it is published"""
        self._worker = ThreadPoolExecutor(1, "city")
        self._now = 0.0
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled. A step that takes too long delays the next; steps do not pile up."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        try:
            while True:
                await self.step()
                due = max(due + self._step_seconds, loop.time())
                await asyncio.sleep(due - loop.time())
        finally:
            self._worker.shutdown(wait=True, cancel_futures=True)
            self.finish()

    def ask(self, question: Callable[[], bytes]) -> asyncio.Future[bytes]:
        """The answer of the engine's thread, between two steps."""
        return asyncio.get_running_loop().run_in_executor(self._worker, question)

    async def step(self) -> None:
        """One turn."""
        self._now = max(self._now, self._clock())
        batches = self._inbox.drain()
        started = time.perf_counter()
        try:
            loop = asyncio.get_running_loop()
            snapshot = await loop.run_in_executor(self._worker, self._city.step, self._now, batches, self._changes.current)
            self._metrics.step_seconds.observe(time.perf_counter() - started)
            if self._published.snapshot is None:
                await loop.run_in_executor(self._worker, self._prepare, snapshot)
            self._published.swap(snapshot)
            await self._publisher.publish(self._step_seconds * _PUBLISH_SHARE)
            self.observe(snapshot)
        except Exception:
            self._metrics.step_failures.inc()
            self._log.exception("step_failed", positions=sum(len(one.lat) for one in batches))

    def _prepare(self, snapshot: Snapshot) -> None:
        try:
            self.prepare(snapshot)
        except Exception:
            self._log.exception("warm_up_failed")
