"""The newest lane counts as they came, for the verdicts: a junction without vehicle detections is judged by them alone.

The engine adds and forgets; readers hold tuples of batches that never change. Quarter-hour sums (`volumes.py`) are too coarse for this.
"""

from __future__ import annotations

import numpy as np

from signals.inventory import Inventory
from signals.kernels.columns import CountColumns

MOST = 2_000_000
"""rows kept at most: 4 h of 300 intersections with 24 lanes told every minute are 1.7 million, some 100 MB"""


class LaneCounts:
    """Batches in the order they came."""

    def __init__(self) -> None:
        self._parts: list[CountColumns] = []
        self._held = 0

    def add(self, counts: CountColumns) -> None:
        """Counts that were not told before; beyond MOST rows the oldest batch goes."""
        if not len(counts.start):
            return
        self._parts.append(counts)
        self._held += len(counts.start)
        while self._held > MOST and len(self._parts) > 1:
            self._held -= len(self._parts.pop(0).start)

    def forget(self, before: int) -> None:
        """Batches that ended before the moment (epoch ms) go."""
        while self._parts and int(self._parts[0].end.max()) < before:
            self._held -= len(self._parts.pop(0).start)

    def view(self) -> tuple[CountColumns, ...]:
        """Immutable."""
        return tuple(self._parts)


def no_counts() -> CountColumns:
    """None at all."""
    none = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32)
    return CountColumns(*none, np.zeros(0), np.zeros(0), np.zeros(0), np.zeros(0))


def counts_by_device(parts: tuple[CountColumns, ...], inventory: Inventory) -> dict[int, CountColumns]:
    """All counts of each controller that has any, batches joined; lanes may be told apart or not."""
    if not parts:
        return {}
    whole = CountColumns._make([*map(np.concatenate, zip(*(one[:-1] for one in parts), strict=True)), None])
    known = (whole.approach >= 0) & (whole.approach < len(inventory.approach_ids))
    junction = inventory.approach_intersection[np.where(known, whole.approach, 0)]
    device = np.where(known & (junction >= 0), inventory.device[junction], -1)
    order = np.argsort(device, kind="stable")
    edges = np.flatnonzero(np.diff(device[order])) + 1
    groups = np.split(order, edges)
    own = [rows for rows in groups if len(rows) and device[rows[0]] >= 0]
    return {int(device[rows[0]]): CountColumns._make([*(column[rows] for column in whole[:-1]), None]) for rows in own}
