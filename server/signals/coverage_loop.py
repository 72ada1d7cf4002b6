"""Coverage beside the engine: counted anew when a state changed, and every minute because states grow old; pushed when it changed."""

from __future__ import annotations

import asyncio

from server.signals.coverage import CoverageBook
from server.signals.pipeline import Push
from server.signals.shown import COVERAGE, SignalsShown
from signals.coverage import Coverage
from signals.state_history import StateView

EVERY, LEAST, SOON = 60.0, 1.0, 0.02
"""s between two countings at most and at least, and between looks for the first snapshot"""


class CoverageLoop:
    """Of one book."""

    def __init__(self, book: CoverageBook, shown: SignalsShown, push: Push) -> None:
        self._book, self._shown, self._push = book, shown, push
        self._states: StateView | None = None
        self._last: Coverage | None = None
        self._due = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.turn(asyncio.get_running_loop().time())
            await asyncio.sleep(LEAST if self._shown.ready else SOON)

    async def turn(self, now: float) -> None:
        """Count, if there is a reason to; `now` is monotonic s."""
        snapshot = self._shown.snapshot
        if snapshot is None or (snapshot.states is self._states and now < self._due):
            return
        self._states, self._due = snapshot.states, now + EVERY
        coverage = await asyncio.to_thread(self._book.at, snapshot.now, snapshot)
        if coverage != self._last:
            self._last = coverage
            self._shown.swap_coverage(self._book.view(coverage))
            await self._push((COVERAGE,))
