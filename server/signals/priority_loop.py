"""Bus priority beside the engine: each snapshot of the buses makes requests at signals, in a thread, and what changed is pushed."""

from __future__ import annotations

import asyncio

import numpy as np

from server.signals.bus_delay import BusDelay
from server.signals.pipeline import Push
from server.signals.priority import Priority, PriorityNow
from server.signals.shown import SignalsShown
from signals.kernels.columns import F64
from transit.snapshot import Snapshot


class PriorityLoop:
    """Steps `priority` with the newest snapshot; one that comes while a step runs waits, and only the newest of them."""

    def __init__(self, priority: Priority, shown: SignalsShown, push: Push) -> None:
        self._priority, self._shown, self._push = priority, shown, push
        self._bus_delay = BusDelay(priority.network, priority.crossings)
        self._newest: Snapshot | None = None
        self._work = asyncio.Event()

    def observe(self, snapshot: Snapshot) -> None:
        """A new picture of the buses."""
        self._newest = snapshot
        self._work.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            snapshot, self._newest = self._newest, None
            if snapshot is not None and self._shown.snapshot is not None:
                told = await asyncio.to_thread(self._step, snapshot)
                await self._push(self._shown.swap_priority(told))

    def bus_delay(self) -> F64 | None:
        """[J] bus·s lost a day at each intersection, as far as passings have shown; None: at none."""
        delay = self._bus_delay.per_intersection(len(self._priority.inventory.intersection_ids))
        return delay if np.isfinite(delay).any() else None

    def _step(self, snapshot: Snapshot) -> PriorityNow:
        told = self._priority.step(snapshot.now, snapshot)
        self._bus_delay.learn(snapshot.now, told.passed, snapshot.events)
        return told
