"""Hi-res controller logs (Indiana enumeration) from recorded files: `timestamp_unix,device_id,event_code,parameter`, and back.

A row that cannot be an event is left out and counted with its line. A code that no table knows is kept and counted; an empty
parameter is -1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute

from feeds.counters import Refusal
from feeds.recording_cells import blank_rows, read_numbers
from feeds.recording_sinks import WORD, Layout, TableWriter, Words
from feeds.recording_tables import Block, Columns, Source, read_blocks
from feeds.signals.counters import SignalCounters
from feeds.signals.vendor_codes import GAT1049, VendorCodes
from signals.events import in_order, join_batches
from signals.inventory import Inventory
from signals.kernels.columns import I32, I64, EventColumns
from transit.strings import Strings

COLUMNS = Columns(
    ("timestamp_unix", "device_id", "event_code", "parameter"),
    frozenset(["timestamp_unix", "device_id", "event_code"]),
    frozenset(["device_id"]),
)
LAYOUT: Layout = [("timestamp_unix", 3), ("device_id", WORD), ("event_code", 0), ("parameter", 0)]
LATEST = 1e11
"""epoch s; a larger number is milliseconds, or nonsense"""
MOST = 2.0**31 - 1.0


def read_events(
    path: Source, inventory: Inventory, *, vendor: VendorCodes = GAT1049, progress: Callable[[int], None] | None = None
) -> tuple[EventColumns, SignalCounters]:
    """All events of one file or stream in order of time, code, device, parameter (`signals.events.in_order`).

    Times are rounded to the nearest ms. Devices are rows of `inventory`; events of others are counted as `unknown_device`. `vendor`
    says what the source's own codes and modes mean. `progress` is told how many rows each block had.
    Raises FeedError when the source cannot be used at all.
    """
    counters, batches = SignalCounters(), []
    for block in read_blocks(path, COLUMNS, counters):
        batches.append(vendor.apply(_read_block(block, inventory.device_index, counters), counters))
        if progress is not None:
            progress(block.rows)
    events = in_order(join_batches(batches))
    counters.accepted = len(events.time)
    return events, counters


def write_events(events: EventColumns, inventory: Inventory, target: Path | BinaryIO) -> None:
    """Write events as a recorded file; a path's ending chooses CSV, gzipped CSV or Parquet, a stream gets CSV.

    Raises FeedError when the path cannot be written.
    """
    devices = Strings.of(inventory.device_ids)
    with TableWriter(target, LAYOUT) as table:
        parameter = np.where(events.parameter < 0, np.nan, events.parameter.astype(np.float64))
        table.write([events.time / 1000.0, Words(events.device, devices), events.code.astype(np.float64), parameter])


def _read_block(block: Block, index: Mapping[str, int], counters: SignalCounters) -> EventColumns:
    keep = ~blank_rows(block)
    time = _times(block, keep, counters)
    code = _wholes(block, "event_code", keep, counters)
    parameter = _wholes(block, "parameter", keep, counters)
    device = _devices(block, index)
    for field, kind, detail, wrong in (
        ("timestamp_unix", "missing", "is empty or out of range: epoch seconds were expected", time < 0),
        ("event_code", "missing", "is empty", code < 0),
        ("device_id", "missing", "is empty", device == -1),
        ("device_id", "unknown", "is no controller of the inventory", device == -2),
    ):
        rows = np.flatnonzero(wrong & keep)
        if len(rows):
            reason = "unknown_device" if kind == "unknown" else f"{field}_{kind}"
            counters.refuse(reason, len(rows), [Refusal(block.where.of(int(rows[0])), field, reason, detail)])
            keep[rows] = False
    columns: list[Any] = [time, device, code, parameter]
    return EventColumns(*(columns if keep.all() else (column[keep] for column in columns)))


def _times(block: Block, keep: Any, counters: SignalCounters) -> I64:
    """Epoch ms, -1 where there is no time. A float64 holds today's seconds to a quarter of a microsecond: rounding to ms is exact."""
    seconds = read_numbers(block, "timestamp_unix", keep, counters)
    known = (seconds > 0.0) & (seconds < LATEST)
    return np.where(known, np.rint(np.where(known, seconds, 0.0) * 1000.0), -1.0).astype(np.int64)


def _wholes(block: Block, name: str, keep: Any, counters: SignalCounters) -> I32:
    """A column as whole numbers ≥ 0, -1 where it is empty; rows with another number are struck."""
    array = block.columns.get(name)
    if array is None:
        return np.full(block.rows, -1, np.int32)
    try:
        whole: I32 = np.array(pa.compute.fill_null(pa.compute.cast(array, pa.int32()), -1).to_numpy(zero_copy_only=False))
        if not ((whole < 0) & array.is_valid().to_numpy(zero_copy_only=False)).any():
            return whole
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        pass
    numbers = read_numbers(block, name, keep, counters)
    wrong = ~np.isnan(numbers) & ~((numbers >= 0.0) & (numbers <= MOST) & (np.rint(numbers) == numbers)) & keep
    for row in np.flatnonzero(wrong).tolist():
        reason, shown = f"{name}_out_of_range", len(counters.examples) < counters.keep
        detail = f"is no whole number from 0 on: {numbers[row]:g}"
        counters.refuse(reason, 1, [Refusal(block.where.of(row), name, reason, detail)] if shown else ())
        keep[row] = False
    return np.where(np.isnan(numbers) | ~keep, -1.0, np.where(wrong, -1.0, numbers)).astype(np.int32)


def _devices(block: Block, index: Mapping[str, int]) -> I32:
    """The inventory's row of each device, -2 where it has none, -1 where the cell is empty."""
    array = block.columns["device_id"]
    words = array.dictionary.cast(pa.large_binary()).to_pylist()
    rows = [index.get(name, -2) if (name := word.decode(errors="replace").strip()) else -1 for word in words]
    found = np.array([*rows, -1], np.int32)
    devices: I32 = found[array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return devices
