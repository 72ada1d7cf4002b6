"""Lane counts from recorded files: `approach_id,start,end,volume` (+ `occupancy,queue_m,saturation`), lanes in rows of their own.

Times are epoch seconds. A row that cannot be a count is left out and counted with its line; a figure beyond its range is unknown.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from feeds.recording_tables import Source
from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_rows import Row, Table, read_rows, shown, to_number
from signals.inventory import Inventory
from signals.kernels.columns import CountColumns

COLUMNS = Table(
    ("approach_id", "start", "end", "volume", "occupancy", "queue_m", "saturation"),
    frozenset(["approach_id", "start", "end", "volume"]),
)
LATEST = 1e11
"""epoch s; a larger number is milliseconds, or nonsense"""
LONGEST = 86_400.0
"""s; counts over longer are no traffic data"""
MOST = 1e6


def read_counts(
    source: Source, inventory: Inventory, *, progress: Callable[[int], None] | None = None
) -> tuple[CountColumns, SignalCounters]:
    """All counts of one file (CSV, gzipped CSV, Parquet) or stream, in its order; approaches are rows of `inventory`.

    `progress` is told how many more rows were read, every few thousand. Raises FeedError when the source cannot be used at all.
    """
    counters, rows = SignalCounters(), []
    for row in read_rows(source, COLUMNS, counters, None, progress):
        approach = inventory.approach_index.get(row["approach_id"], -1)
        start, end, volume = to_number(row["start"]), to_number(row["end"]), to_number(row["volume"])
        if approach < 0:
            row.refuse("approach_id", "unknown", f"is no approach of the inventory: {shown(row['approach_id'])}")
        elif not 0.0 < start < LATEST:
            row.refuse("start", "not_a_time", f"is no time in epoch seconds: {shown(row['start'])}")
        elif not 0.0 < end - start <= LONGEST:
            row.refuse("end", "out_of_range", f"is not after start, or more than a day: {shown(row['end'])}")
        elif not 0.0 <= volume <= MOST and row["volume"]:
            row.refuse("volume", "out_of_range", f"is no number of vehicles: {shown(row['volume'])}")
        else:
            rows.append((round(1000 * start), round(1000 * end), approach, volume, *_figures(row)))
    kinds = (np.int64, np.int64, np.int32, np.float64, np.float64, np.float64, np.float64)
    columns = list(zip(*rows)) or [()] * len(kinds)
    counters.accepted = len(rows)
    return CountColumns(*(np.array(column, kind) for column, kind in zip(columns, kinds))), counters


def _figures(row: Row) -> tuple[float, float, float]:
    return row.number("occupancy", 0.0, 1.0), row.number("queue_m", 0.0, MOST), row.number("saturation", 0.0, 10.0)
