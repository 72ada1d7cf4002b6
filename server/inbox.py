"""Where positions wait for the next step: batches of columns in order of receipt, bounded.

When more come than the engine takes, the oldest are dropped and counted: the newest say where the buses are.
Used from the event loop's thread only.
"""

from __future__ import annotations

from collections import deque

from feeds.counters import Counters
from transit.kernels.columns import PositionColumns


class Inbox:
    """`counters` adds up what every decoder refused; `dropped` counts positions pushed out."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._batches: deque[PositionColumns] = deque()
        self.waiting = 0
        self.dropped = 0
        self.counters = Counters(keep=0)

    def put(self, positions: PositionColumns, counters: Counters) -> None:
        """Take in what a decoder made of one message."""
        self.counters.add(counters)
        count = len(positions.lat)
        if count == 0:
            return
        self._batches.append(positions)
        self.waiting += count
        while self.waiting > self._limit:
            self._drop(self.waiting - self._limit)

    def drain(self) -> list[PositionColumns]:
        """Everything that waits, oldest first; the inbox is empty afterwards."""
        batches = list(self._batches)
        self._batches.clear()
        self.waiting = 0
        return batches

    def _drop(self, excess: int) -> None:
        oldest = self._batches.popleft()
        count = min(excess, len(oldest.lat))
        if count < len(oldest.lat):
            self._batches.appendleft(PositionColumns._make((oldest.text, *(column[count:] for column in oldest[1:]))))
        self.waiting -= count
        self.dropped += count
