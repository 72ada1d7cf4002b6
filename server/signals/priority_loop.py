"""Bus priority beside the engine: each snapshot of the buses makes requests at signals, in a thread, and what changed is pushed."""

from __future__ import annotations

import asyncio

from server.signals.pipeline import Push
from server.signals.priority import Priority
from server.signals.shown import SignalsShown
from transit.snapshot import Snapshot


class PriorityLoop:
    """Steps `priority` with the newest snapshot; one that comes while a step runs waits, and only the newest of them."""

    def __init__(self, priority: Priority, shown: SignalsShown, push: Push) -> None:
        self._priority, self._shown, self._push = priority, shown, push
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
            if snapshot is not None:
                told = await asyncio.to_thread(self._priority.step, snapshot.now, snapshot)
                await self._push(self._shown.swap_priority(told))
