"""Batches of events: joined, sorted and cut by time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from signals.kernels.columns import EventColumns


def no_events() -> EventColumns:
    """An empty batch."""
    return EventColumns(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.int32))


def join_batches(batches: Sequence[EventColumns]) -> EventColumns:
    """All batches in one, in the order given."""
    if not batches:
        return no_events()
    if len(batches) == 1:
        return batches[0]
    return EventColumns._make(np.concatenate(columns) for columns in zip(*batches, strict=True))


def in_order(events: EventColumns) -> EventColumns:
    """By time, then code, then device: the order in which every measure reads them. Parameter decides last, so it is one order."""
    order = np.lexsort((events.parameter, events.device, events.code, events.time))
    return EventColumns._make(column[order] for column in events)


def between(events: EventColumns, start: int, end: int) -> EventColumns:
    """Events of `start` <= time < `end` (epoch ms); `events` in order of time."""
    first, last = np.searchsorted(events.time, (start, end))
    return EventColumns._make(column[first:last] for column in events)
