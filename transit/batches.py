"""Batches of positions joined: a step costs something for the whole fleet, so a thousand messages must not be a thousand steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from transit.kernels.columns import EventColumns, MatchColumns, PositionColumns

MOST_TEXT = 2**30
"""bytes of text in one batch: places in it are int32"""


def joined(batches: Sequence[PositionColumns], most_text: int = MOST_TEXT) -> list[PositionColumns]:
    """The same positions in the same order, in as few batches as their text allows."""
    groups: list[list[PositionColumns]] = []
    size = 0
    for batch in batches:
        size += len(batch.text)
        if not groups or size > most_text:
            groups.append([])
            size = len(batch.text)
        groups[-1].append(batch)
    return [group[0] if len(group) == 1 else _join(group) for group in groups]


def _join(batches: list[PositionColumns]) -> PositionColumns:
    columns: list[Any] = [np.concatenate(column) for column in zip(*batches)]
    ends = np.cumsum([len(batch.text) for batch in batches])
    moved = np.repeat(np.concatenate(([0], ends[:-1])).astype(np.int32), [len(batch.lat) for batch in batches])
    whole = PositionColumns(*columns)
    return whole._replace(
        vehicle_at=whole.vehicle_at + moved, trip_at=whole.trip_at + moved, route_at=whole.route_at + moved
    )


def join_matches(parts: Sequence[MatchColumns]) -> MatchColumns:
    """One after the other; none give no rows."""
    parts = [*parts, MatchColumns(*(np.empty(0, dtype) for dtype in ("i4", "u1", "i4", "i4", "f4", "f4")))]
    return parts[0] if len(parts) == 2 else MatchColumns(*(np.concatenate(columns) for columns in zip(*parts)))


def join_events(parts: Sequence[EventColumns]) -> EventColumns:
    """One after the other; none give no rows."""
    parts = [*parts, EventColumns(*(np.empty(0, dtype) for dtype in ("i4", "i4", "i4", "f8", "f8", "f4")))]
    return parts[0] if len(parts) == 2 else EventColumns(*(np.concatenate(columns) for columns in zip(*parts)))
