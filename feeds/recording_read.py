"""Recorded positions: from files to one set of columns in order of receipt.

`received_unix` decides the order; where it is missing the time of the fix stands in, and where that is missing too the
neighbour before it in the file. Equal times keep the order of the files as given and of the rows within each.
Ids are kept as the bytes of Arrow's dictionaries, each distinct id once a block.
A cell that is no number, or an id that is no UTF-8, costs its row, which is counted with its line; an empty cell is unknown.
Coordinates that are impossible are unknown too: the row stays, and the engine calls it a position without a fix.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from feeds.counters import Counters
from feeds.errors import FeedError
from feeds.recording_cells import blank_rows, is_text, read_numbers, strike
from feeds.recording_tables import Block, Columns, Source, name_of, read_blocks
from transit.kernels.columns import F64, I64, U8, PositionColumns

IDS = ("vehicle_id", "trip_id", "route_id")
NUMBERS = ("timestamp_unix", "received_unix", "lat", "lon", "bearing", "speed_mps")
COLUMNS = Columns(IDS + NUMBERS, frozenset(["vehicle_id", "timestamp_unix", "lat", "lon"]), frozenset(IDS))
_MOST_TEXT = 2**31 - 1
_FASTEST = 1000.0
"""m/s; a larger speed is none"""
_NOTHING = PositionColumns(*(np.zeros(0, kind) for kind in ["u1"] + ["i4"] * 6 + ["f8"] * 4 + ["f4"] * 2))


def read_positions(
    sources: Sequence[Source], progress: Callable[[int], None] | None = None
) -> tuple[PositionColumns, Counters]:
    """All rows of all sources, merged by time of receipt; `progress` is told how many rows each block had.

    A stable order: two runs over the same files give the same columns. Raises FeedError (see feeds.recording_tables) when
    a source cannot be used at all, or when the ids of all sources together pass 2 GiB.
    """
    counters, parts, text_bytes = Counters(), [], 0
    for source in sources:
        times: list[tuple[F64, F64]] = []
        for block in read_blocks(source, COLUMNS, counters):
            part = _read_block(block, counters)
            text_bytes += len(part.text)
            if text_bytes > _MOST_TEXT:
                raise FeedError(name_of(source), None, None, "has more than 2 GiB of distinct ids")
            parts.append(part)
            times.append((part.received, part.timestamp))
            if progress is not None:
                progress(block.rows)
        if times and not _complete_received(times):
            raise FeedError(name_of(source), None, "timestamp_unix", "is empty in every row, and so is received_unix")
    counters.accepted = sum(len(part.lat) for part in parts)
    return _merge(parts), counters


def take(positions: PositionColumns, rows: slice | I64) -> PositionColumns:
    """Some of the rows; a slice gives views."""
    columns: list[Any] = [column[rows] for column in positions[1:]]
    return PositionColumns(positions.text, *columns)


def _read_block(block: Block, counters: Counters) -> PositionColumns:
    blank = blank_rows(block)
    keep = ~blank
    numbers = {name: read_numbers(block, name, keep, counters) for name in NUMBERS}
    texts, ids, base = [], [], 0
    for name in IDS:
        text, at, length = _spans(block, name, keep, counters)
        texts.append(text)
        ids += [(at + base).astype(np.int32), length]
        base += len(text)
    lat, lon = numbers["lat"], numbers["lon"]
    impossible = ~((np.abs(lat) <= 90.0) & (np.abs(lon) <= 180.0))
    lat[impossible] = lon[impossible] = np.nan
    bearing, speed = numbers["bearing"], numbers["speed_mps"]
    bearing[~((bearing >= 0.0) & (bearing <= 360.0))] = np.nan
    speed[~((speed >= 0.0) & (speed <= _FASTEST))] = np.nan
    columns = [*ids, numbers["timestamp_unix"], numbers["received_unix"], lat, lon, bearing.astype("f4"), speed.astype("f4")]
    every = bool(keep.all())
    return PositionColumns(np.concatenate(texts), *(one if every else one[keep] for one in columns))


def _spans(block: Block, name: str, keep: Any, counters: Counters) -> tuple[U8, I64, Any]:
    """An id column as (text, where each row's id begins, its length); rows whose id is not UTF-8 are struck."""
    array = block.columns.get(name)
    if array is None:
        return np.zeros(0, np.uint8), np.zeros(block.rows, np.int64), np.zeros(block.rows, np.int32)
    words = array.dictionary.cast(pa.large_binary())
    _, offsets, data = words.buffers()
    starts = np.frombuffer(offsets, np.int64)[words.offset : words.offset + len(words) + 1] if len(words) else np.zeros(1, "i8")
    text = np.frombuffer(data, np.uint8)[: starts[-1]].copy() if data is not None else np.zeros(0, np.uint8)
    indices = array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    try:
        array.dictionary.validate(full=True)
    except pa.ArrowInvalid:
        bad = [k for k, word in enumerate(words.to_pylist()) if not is_text(word)]
        for row in np.flatnonzero(np.isin(indices, bad)).tolist():
            strike(row, name, "not_utf8", "is not UTF-8 text", block.where, keep, counters)
    at = np.append(starts[:-1], 0)
    length = np.append(np.diff(starts), 0).astype(np.int32)
    return text, at[indices], length[indices]


def _complete_received(times: Sequence[tuple[F64, F64]]) -> bool:
    """Give every row of a file a time of receipt, in place: its own, else the fix's, else the row's before it, else the next.

    False when there are rows and no time at all.
    """
    last = np.nan
    for received, timestamp in times:
        np.copyto(received, timestamp, where=np.isnan(received))
        unknown = np.isnan(received)
        if unknown.any():
            before = np.maximum.accumulate(np.where(unknown, -1, np.arange(len(received))))
            received[unknown] = np.where(before >= 0, received[before], last)[unknown]
        last = received[-1] if len(received) else last
    following = next((received[~np.isnan(received)][0] for received, _ in times if not np.isnan(received).all()), np.nan)
    for received, _ in times:
        np.copyto(received, following, where=np.isnan(received))  # only rows ahead of the first known time are left
    return following == following or not any(len(received) for received, _ in times)


def _merge(parts: list[PositionColumns]) -> PositionColumns:
    """One set of columns in order of receipt; the parts are let go as they are taken over."""
    bases = np.cumsum([0] + [len(part.text) for part in parts]).tolist()
    columns: list[list[Any]] = [list(column) for column in zip(_NOTHING, *parts)]
    parts.clear()
    for name, column in zip(PositionColumns._fields, columns):
        if name.endswith("_at"):
            column[1:] = [values + np.int32(base) for values, base in zip(column[1:], bases)]
    whole = PositionColumns(*(_joined(column) for column in columns))
    if (whole.received[1:] >= whole.received[:-1]).all():
        return whole
    return take(whole, np.argsort(whole.received, kind="stable"))


def _joined(pieces: list[Any]) -> Any:
    whole = np.concatenate(pieces)
    pieces.clear()
    return whole
