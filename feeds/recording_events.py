"""Recorded stop events, read back as columns: files as `baimai replay --stop-events` writes them, or observed arrivals.

A row counts where the network knows its trip and the trip serves its stop_sequence; others are counted by reason. Vehicles are
numbered in the order of their ids; the numbers mean nothing to any fleet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from feeds.counters import Counters, Refusal
from feeds.recording_tables import Block, Columns, Source, read_blocks
from transit.kernels.columns import F64, I32, EventColumns
from transit.network import Network

IDS = ("vehicle_id", "trip_id")
TIMES = ("arrival_unix", "departure_unix", "uncertainty_s")
COLUMNS = Columns(
    (*IDS, "stop_sequence", *TIMES), frozenset(["vehicle_id", "trip_id", "stop_sequence", "arrival_unix"]), frozenset(IDS)
)
_LATEST = 32_503_680_000.0
"""epoch s, the year 3000; times beyond are none"""


def read_stop_events(sources: Sequence[Source], network: Network) -> tuple[EventColumns, Counters]:
    """The stop events of all sources, by vehicle in order of time. Raises FeedError when a source cannot be used at all."""
    counters, parts = Counters(), []
    known: dict[str, int] = {}
    for source in sources:
        blocks = read_blocks(source, COLUMNS, counters)
        parts += [_read_block(block, network, known, counters) for block in blocks]
    columns: list[Any] = [np.concatenate(column) for column in zip(_NOTHING, *parts)]
    events = EventColumns(*columns)
    counters.accepted = len(events.vehicle)
    time = np.where(np.isnan(events.arrival), events.departure, events.arrival)
    order = np.lexsort((events.pattern_stop, time, events.vehicle))
    columns = [column[order] for column in events]
    return EventColumns(*columns), counters


_NOTHING = EventColumns(*(np.zeros(0, kind) for kind in ("i4", "i4", "i4", "f8", "f8", "f4")))


def _read_block(block: Block, network: Network, known: dict[str, int], counters: Counters) -> EventColumns:
    vehicle = _indices(block, "vehicle_id", lambda word: known.setdefault(word, len(known)))
    trip = _indices(block, "trip_id", lambda word: network.trip_index.get(word, -1))
    sequence, arrival, departure, uncertainty = (_numbers(block, name) for name in ("stop_sequence", *TIMES))
    for times in (arrival, departure):
        times[~(np.abs(times) <= _LATEST)] = np.nan
    place = _places(network, trip, sequence)
    refused = np.zeros(block.rows, bool)
    for reason, detail, wrong in (
        ("vehicle_id_missing", "is empty", vehicle < 0),
        ("trip_id_unknown", "is no trip of this network", trip < 0),
        ("stop_sequence_unknown", "is none of the trip's", place < 0),
        ("time_missing", "neither arrival_unix nor departure_unix is a time", np.isnan(arrival) & np.isnan(departure)),
    ):
        rows = np.flatnonzero(wrong & ~refused)
        if len(rows):
            counters.refuse(reason, len(rows), [Refusal(block.where.of(int(rows[0])), reason.rpartition("_")[0], reason, detail)])
        refused |= wrong
    kept = ~refused
    return EventColumns(
        vehicle[kept], trip[kept], place[kept], arrival[kept], departure[kept], uncertainty[kept].astype(np.float32)
    )


def _indices(block: Block, name: str, of: Any) -> I32:
    """What `of` says of each row's id; -1 where it is empty or no text."""
    array = block.columns[name]
    words = array.dictionary.cast(pa.large_binary()).to_pylist()
    numbers = [of(text) if (text := word.decode(errors="ignore")) else -1 for word in words]
    found = np.array([*numbers, -1], np.int32)
    indices: I32 = found[array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return indices


def _numbers(block: Block, name: str) -> F64:
    """A column as float64; NaN where it is empty or no number."""
    array = block.columns.get(name)
    if array is None:
        return np.full(block.rows, np.nan)
    try:
        return np.array(pa.compute.cast(array, pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return np.array([_number(cell) for cell in array.to_pylist()], np.float64)


def _number(cell: object) -> float:
    try:
        return float(str(cell))
    except ValueError:
        return np.nan


def _places(network: Network, trip: I32, sequence: F64) -> I32:
    """[n] the pattern stop with that stop_sequence on the trip's pattern, -1 none."""
    if not len(network.trips.pattern):
        return np.full(len(trip), -1, np.int32)
    pattern, patterns = network.trips.pattern[trip], network.patterns
    most = float(patterns.sequence.max(initial=0)) + 1.0
    keys = network.pattern_of_pattern_stop * most + patterns.sequence
    wanted = pattern * most + np.where((sequence >= 0) & (sequence < most), sequence, -0.5)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1).astype(np.int32)
