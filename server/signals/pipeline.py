"""The loop of the signal engine: as soon as something comes, step in a thread of its own and push what changed.

Steps that follow each other are some milliseconds apart, so what comes meanwhile is one step.

SignalEngine.step is the only writer. An exception in a step costs that step and is counted; the loop goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from server.metrics import Metrics
from server.signals.engine import SignalEngine
from server.signals.engine_parameters import IntakeParameters
from server.signals.inbox import SignalInbox
from server.signals.shown import SignalsShown
from server.signals.warm_up import beside

T = TypeVar("T")
Push = Callable[[Iterable[str]], Awaitable[None]]
"""brings topics up to date that somebody reads"""


class SignalPipeline:
    """`clock` gives epoch seconds."""

    def __init__(
        self, engine: SignalEngine, inbox: SignalInbox, shown: SignalsShown, push: Push, metrics: Metrics,
        clock: Callable[[], float], parameters: IntakeParameters,
    ) -> None:  # fmt: skip
        self._engine, self._inbox, self._shown, self._push = engine, inbox, shown, push
        self._metrics, self._clock, self._parameters = metrics, clock, parameters
        self.prepare: Callable[[], None] = lambda: None
        """done in a thread of its own before the first step"""
        self.finish: Callable[[], None] = lambda: None
        """called when the engine has stopped for good"""
        self._worker = ThreadPoolExecutor(1, "signals")
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            await beside(self.prepare)
            while True:
                began = time.perf_counter()
                await self.step()
                if await self._inbox.wait(self._parameters.idle):
                    await asyncio.sleep(began + self._parameters.coalesce - time.perf_counter())
        finally:
            self._worker.shutdown(wait=True, cancel_futures=True)
            self.finish()

    def ask(self, question: Callable[[], T]) -> asyncio.Future[T]:
        """The answer of the engine's thread, between two steps."""
        return asyncio.get_running_loop().run_in_executor(self._worker, question)

    async def step(self) -> None:
        """One turn."""
        given = self._inbox.drain()
        started = time.perf_counter()
        try:
            now = int(self._clock() * 1000)
            snapshot = await asyncio.get_running_loop().run_in_executor(self._worker, self._engine.step, now, given)
            self._metrics.signal_step_seconds.observe(time.perf_counter() - started)
            await self._push(self._shown.swap(snapshot))
        except Exception:
            self._metrics.signal_step_failures.inc()
            self._log.exception("signal_step_failed", events=sum(len(one.events.time) for one in given.deliveries))
