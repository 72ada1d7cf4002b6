"""The signal side of a process as the inventory's files say: when they change it is made anew, from what the old one kept.

What is known goes over as in a restart, without one: measures, volumes and states; verdicts need their window of events again. Senders
hear 503 for the second or two between the two and send again. Files that cannot be used as a whole change nothing but the log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from feeds.errors import FeedError
from server.background import running
from server.signals.service import SignalService, find_table, listed

TABLES = ("inventory", "detectors", "approaches", "cameras")
_DRAIN = 10.0
"""s the old engine gets to take in what was accepted"""
Stamps = tuple[tuple[str, int, int], ...]


class RenewedSignals:
    """`build` makes the service of what the folder holds at that time."""

    look_every = 10.0
    """s between two looks at the files"""

    def __init__(self, folder: Path, build: Callable[[], SignalService]) -> None:
        self._folder, self._build = folder, build
        self._seen = stamps(folder)
        self.service = build()
        self.renewals = 0
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            async with running(self.service.background):
                await self._until_changed()
                await self._drained()
            self.service = await self._built()
            self.renewals += 1
            self._log.info("signals_renewed", intersections=len(self.service.inventory.intersection_ids))

    async def _until_changed(self) -> None:
        """Files that stand still for two looks, so that none is read half written, and that can be used."""
        while True:
            await asyncio.sleep(self.look_every)
            now = stamps(self._folder)
            if now == self._seen:
                continue
            await asyncio.sleep(self.look_every)
            if now != stamps(self._folder):
                continue
            self._seen = now
            try:
                await asyncio.to_thread(listed, self._folder)
                return
            except (FeedError, OSError) as wrong:
                self._log.error("inventory_not_taken", reason=str(wrong))

    async def _drained(self) -> None:
        inbox = self.service.inbox
        inbox.close()
        ends = time.monotonic() + _DRAIN
        while inbox.waiting and time.monotonic() < ends:
            await asyncio.sleep(0.02)

    async def _built(self) -> SignalService:
        """Of what is there by now; the old one has ended, so it is tried until it can be done."""
        while True:
            self._seen = stamps(self._folder)
            try:
                return await asyncio.to_thread(self._build)
            except (FeedError, OSError) as wrong:
                self._log.error("inventory_not_taken", reason=str(wrong))
                await asyncio.sleep(self.look_every)


def stamps(folder: Path) -> Stamps:
    """(name, time of change in ns, bytes) of the tables that are there."""
    found = []
    for name in TABLES:
        path = find_table(folder, name)
        if path is not None:
            seen = path.stat()
            found.append((path.name, seen.st_mtime_ns, seen.st_size))
    return tuple(found)
