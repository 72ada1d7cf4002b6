"""Batches of events: joined, sorted and cut by time."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from signals.kernels.columns import I32, I64, EventColumns


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
    if not len(events.time):
        return events
    keys: tuple[I64 | I32, ...] = (events.time, events.code, events.device, events.parameter)
    lows = [int(key.min()) for key in keys]
    spans = [int(key.max()) - low + 1 for key, low in zip(keys, lows)]
    if math.prod(spans) < 2**63:  # a row is one number: sorting numbers is several times as fast as sorting rows
        packed = events.time - lows[0]
        for key, low, span in zip(keys[1:], lows[1:], spans[1:]):
            packed = packed * span + (key.astype(np.int64) - low)
        if (packed[1:] >= packed[:-1]).all():
            return events
        packed.sort()
        parts = []
        for low, span in zip(reversed(lows[1:]), reversed(spans[1:])):
            packed, part = np.divmod(packed, span)
            parts.append((part + low).astype(np.int32))
        return EventColumns(packed + lows[0], parts[1], parts[2], parts[0])
    order = np.lexsort((events.parameter, events.device, events.code, events.time))
    return EventColumns._make(column[order] for column in events)


def between(events: EventColumns, start: int, end: int) -> EventColumns:
    """Events of `start` <= time < `end` (epoch ms); `events` in order of time."""
    first, last = np.searchsorted(events.time, (start, end))
    return EventColumns._make(column[first:last] for column in events)
