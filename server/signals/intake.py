"""What becomes of events on their way into the engine: clocks put right, events of impossible times refused, the rest put in order.

Events wait behind a watermark for those that overtook them; what is later than the watermark is `late`: it goes into the window that
verdicts and diagrams read, not into the measures.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.signals.engine_parameters import SignalParameters
from signals.events import in_order, join_batches
from signals.kernels.columns import EventColumns


class Screened(NamedTuple):
    """Events that may be believed."""

    events: EventColumns
    future: int
    old: int


def screen(events: EventColumns, now: int, parameters: SignalParameters) -> Screened:
    """Leave out events of a time that cannot be (`now` in epoch ms), or that nobody asks for any more."""
    future = events.time > now + parameters.ahead
    old = events.time < now - parameters.window
    if not future.any() and not old.any():
        return Screened(events, 0, 0)
    kept = ~(future | old)
    return Screened(EventColumns._make(column[kept] for column in events), int(future.sum()), int(old.sum()))


class Reorder:
    """Holds events until `hold` ms have passed since their time."""

    def __init__(self, hold: int) -> None:
        self._hold = hold
        self._waiting: list[EventColumns] = []
        self.watermark = -(2**62)
        """epoch ms; everything before it was handed on"""
        self.late = 0

    def put(self, events: EventColumns) -> None:
        """Events in any order."""
        late = events.time < self.watermark
        self.late += int(late.sum())
        if late.any():
            events = EventColumns._make(column[~late] for column in events)
        if len(events.time):
            self._waiting.append(events)

    def take(self, now: int) -> EventColumns:
        """What is settled by `now` (epoch ms), in order of time and code; the watermark moves on."""
        self.watermark = max(self.watermark, now - self._hold)
        joined = in_order(join_batches(self._waiting))
        at = int(np.searchsorted(joined.time, self.watermark))
        rest = EventColumns._make(column[at:] for column in joined)
        self._waiting = [rest] if len(rest.time) else []
        return EventColumns._make(column[:at] for column in joined)

