"""What measures hand out: sums by bin as structured rows that add up, over bins, devices and days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.kernels.measures_columns import (
    CHANNEL_ROW,
    DEVICE_ROW,
    DURATIONS,
    GROUP_ROW,
    KEYS,
    MOST,
    REQUEST_ROW,
    STATE_ROW,
    Rows,
    blank,
)  # fmt: skip

Array = NDArray[Any]


class MeasureTables(NamedTuple):
    """Rows in order of their keys (bin first). `bin` is the epoch ms at which it begins, `device` the inventory's row."""

    states: Rows
    """STATE_ROW by device, phase"""
    groups: Rows
    """GROUP_ROW by device, phase, approach"""
    requests: Rows
    """REQUEST_ROW by device, phase"""
    channels: Rows
    """CHANNEL_ROW by device, channel"""
    devices: Rows
    """DEVICE_ROW by device"""


DTYPES = MeasureTables(STATE_ROW, GROUP_ROW, REQUEST_ROW, CHANNEL_ROW, DEVICE_ROW)  # type: ignore[arg-type]
"""dtype of each table"""


def no_tables() -> MeasureTables:
    """Nothing measured."""
    return MeasureTables._make(np.zeros(0, dtype) for dtype in DTYPES)


def join_tables(parts: Iterable[MeasureTables], bin_ms: int) -> MeasureTables:
    """All rows of the parts, those of one key and one bin of `bin_ms` in one: sums, least and greatest."""
    given = list(parts) or [no_tables()]
    return MeasureTables._make(_joined(np.concatenate(rows), bin_ms) for rows in zip(*given, strict=True))


def chosen(tables: MeasureTables, start: int, end: int, devices: Sequence[int] | None = None) -> MeasureTables:
    """Rows of bins that begin in `start` <= bin < `end` (epoch ms), of all devices or the given ones."""

    def some(rows: Rows) -> Rows:
        kept = (rows["bin"] >= start) & (rows["bin"] < end)
        return rows[kept if devices is None else kept & np.isin(rows["device"], devices)]

    return MeasureTables._make(map(some, tables))


def to_columns(rows: Rows) -> dict[str, Array]:
    """A table as plain columns [n] for a file: durations as `name_n`, `name_sum`, `name_min`, `name_max`, ages as `name_0` …"""
    found: dict[str, Array] = {}
    for name in rows.dtype.names or ():
        column = rows[name]
        if column.ndim == 1:
            found[name] = column
        else:
            for k, part in enumerate(_parts(name, column.shape[1])):
                found[part] = column[:, k]
    return found


def from_columns(dtype: np.dtype[np.void], columns: Mapping[str, Array]) -> Rows:
    """A table of its plain columns, as `to_columns` made them. Raises KeyError for a column that is not there."""
    count = len(columns["bin"])
    rows = np.zeros(count, dtype)
    for name in dtype.names or ():
        if dtype[name].shape == ():
            rows[name] = columns[name]
        else:
            for k, part in enumerate(_parts(name, dtype[name].shape[0])):
                rows[name][:, k] = columns[part]
    return rows


def _parts(name: str, count: int) -> list[str]:
    return [f"{name}_{part}" for part in (("n", "sum", "min", "max") if name in DURATIONS else range(count))]


def _joined(rows: Rows, bin_ms: int) -> Rows:
    rows = rows.copy()
    rows["bin"] -= rows["bin"] % bin_ms
    names = rows.dtype.names or ()
    keys = [name for name in KEYS if name in names]
    order = np.lexsort([rows[name] for name in reversed(keys)])
    rows = rows[order]
    if len(rows) < 2:
        return rows
    new = np.ones(len(rows), bool)
    new[1:] = np.any([rows[name][1:] != rows[name][:-1] for name in keys], axis=0)
    starts = np.flatnonzero(new)
    if len(starts) == len(rows):
        return rows
    whole = blank(rows.dtype, len(starts))
    for name in names:
        if name in keys:
            whole[name] = rows[name][starts]
        elif name in MOST:
            whole[name] = np.maximum.reduceat(rows[name], starts)
        else:
            whole[name] = np.add.reduceat(rows[name], starts)
            if name in DURATIONS and rows[name].ndim == 2:
                least = np.where(rows[name][:, 2] < 0, np.iinfo(np.int64).max, rows[name][:, 2])
                least = np.minimum.reduceat(least, starts)
                whole[name][:, 2] = np.where(whole[name][:, 0] > 0, least, -1)
                whole[name][:, 3] = np.maximum.reduceat(rows[name][:, 3], starts)
    return whole
