"""The newest hours of events, kept so that those of one controller are had quickly. The engine adds; readers hold views.

Events go into a chunk of columns row by row; a full chunk is sorted by controller and never changes again. Rows of the open chunk
never change either, only their number grows, so a view of it is as immutable as a copy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from signals.events import between, in_order, join_batches, no_events
from signals.kernels.columns import I64, EventColumns


class _Segment(NamedTuple):
    """A full chunk."""

    events: EventColumns
    """by controller"""
    start: I64
    """[D+1] where each controller's events begin"""
    newest: int
    """epoch ms"""


class WindowView(NamedTuple):
    """The window as it stood after one step."""

    segments: tuple[_Segment, ...]
    open: EventColumns
    since: int
    """epoch ms from which on nothing that came is missing"""

    def of_device(self, device: int, start: int, end: int) -> EventColumns:
        """Events of one controller of `start` <= time < `end` (epoch ms), in order of time and code."""
        parts = [
            EventColumns._make(column[one.start[device] : one.start[device + 1]] for column in one.events)
            for one in self.segments
            if one.newest >= start
        ]
        parts.append(EventColumns._make(column[self.open.device == device] for column in self.open))
        return between(in_order(join_batches(parts)), start, end)

    @property
    def held(self) -> int:
        """Events held."""
        return sum(len(one.events.time) for one in self.segments) + len(self.open.time)


class EventWindow:
    """Of `devices` controllers. At most `most` events, in chunks of `chunk`."""

    def __init__(self, devices: int, most: int, chunk: int) -> None:
        self._devices, self._since, self._most, self._chunk = devices, 0, most, chunk
        self._segments: tuple[_Segment, ...] = ()
        self._held = 0
        self._open_chunk()

    def begin(self, since: int) -> None:
        """Nothing was heard before (epoch ms)."""
        self._since = since

    def add(self, events: EventColumns) -> None:
        """Take in events; their order does not matter."""
        at, count = 0, len(events.time)
        while at < count:
            take = min(count - at, self._chunk - self._filled)
            for k in range(len(events)):
                self._open[k][self._filled : self._filled + take] = events[k][at : at + take]
            self._filled += take
            at += take
            if self._filled == self._chunk:
                self._close()

    def forget(self, before: int) -> None:
        """Let go of chunks that hold nothing of `before` (epoch ms) or later."""
        kept = tuple(one for one in self._segments if one.newest >= before)
        if len(kept) < len(self._segments):
            self._segments, self._held = kept, sum(len(one.events.time) for one in kept)
        self._since = max(self._since, before)

    def view(self) -> WindowView:
        """As it stands."""
        return WindowView(self._segments, EventColumns._make(column[: self._filled] for column in self._open), self._since)

    def _open_chunk(self) -> None:
        self._open = EventColumns._make(np.empty(self._chunk, column.dtype) for column in no_events())
        self._filled = 0

    def _close(self) -> None:
        order = np.argsort(self._open.device, kind="stable")
        events = EventColumns._make(column[order] for column in self._open)
        start = np.searchsorted(events.device, np.arange(self._devices + 1))
        self._segments += (_Segment(events, start, int(events.time.max())),)
        self._held += self._chunk
        while self._held > self._most and len(self._segments) > 1:
            oldest, *kept = self._segments
            self._since = max(self._since, oldest.newest + 1)
            self._segments, self._held = tuple(kept), self._held - len(oldest.events.time)
        self._open_chunk()
