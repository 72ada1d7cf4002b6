"""What becomes of events on their way into the engine: those of impossible times are left out and counted."""

from __future__ import annotations

from typing import NamedTuple

from server.signals.engine_parameters import SignalParameters
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
