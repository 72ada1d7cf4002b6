"""Trips for where-next, told by their columns: sequences of intersections, origins and destinations, or vehicle positions.

`trip_id,intersection_id` — a row per intersection passed, in order; `from_node,to_node` — a row per trip, which drives the quickest
way; `trip_id,timestamp_unix,lat,lon` (and `vehicle_id`) — positions as they are recorded everywhere. `weight` is how many persons a
day a trip stands for (its first row says so; 1 where the column is missing) and `day` any name of the day it was seen on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from feeds.counters import Counters
from feeds.errors import FeedError, MissingField
from feeds.recording_cells import blank_rows, read_numbers, strike
from feeds.recording_tables import Block, Columns, Source, name_of, read_blocks
from feeds.signals.road_edges import id_codes
from signals.kernels.columns import F64, I32
from transit.accuracy_tables import Codes

IDS = ("trip_id", "vehicle_id", "day", "intersection_id", "from_node", "to_node")
NUMBERS = ("weight", "timestamp_unix", "lat", "lon")
COLUMNS = Columns((*IDS, *NUMBERS), frozenset(), frozenset(IDS))
SEQUENCES, PAIRS, TRACKS = "sequences", "pairs", "tracks"
NEEDED = {
    SEQUENCES: ("trip_id", "intersection_id"),
    PAIRS: ("from_node", "to_node"),
    TRACKS: ("trip_id", "timestamp_unix", "lat", "lon"),
}
DAY_BEGINS = 8 * 3600.0
"""s by which the local day is ahead of UTC (Asia/Shanghai), where positions name no day"""


@dataclass(frozen=True)
class TripTable:
    """n rows of T trips, as one of three kinds; columns that a kind lacks are empty."""

    kind: str
    trip: I32
    """[n] 0 … T-1"""
    weight: F64
    """[T]"""
    day: I32
    """[T] days are numbered from 0 in order of their names, or of time"""
    words: tuple[str, ...]
    """ids that `at` and `to` number: of intersections, or of nodes"""
    at: I32
    """[n] the intersection passed, or the node where the trip begins"""
    to: I32
    """[n] the node where it ends"""
    time: F64
    """[n] epoch s"""
    lat: F64
    lon: F64


def read_trips(source: Source, day_begins: float = DAY_BEGINS) -> tuple[TripTable, Counters]:
    """All trips of a file. Raises FeedError (see feeds.recording_tables), also when its columns are of no kind."""
    counters, name, kind = Counters(), name_of(source), ""
    trips, vehicles, days, places = Codes(), Codes(), Codes(), Codes()
    parts: list[list[Any]] = []
    for block in read_blocks(source, COLUMNS, counters):
        kind = kind or _kind(block, name)
        keep = ~blank_rows(block)
        ids = [id_codes(block, one, codes, name) for one, codes in zip(IDS, (trips, vehicles, days, places, places, places))]
        numbers = [read_numbers(block, one, keep, counters) for one in NUMBERS]
        for column in NEEDED[kind]:
            missing = ids[IDS.index(column)] < 0 if column in IDS else np.isnan(numbers[NUMBERS.index(column)])
            missing &= keep
            if missing.any():
                counters.ignore(f"no_{column}", int(missing.sum()))
                keep &= ~missing
        for row in np.flatnonzero(keep & ~(numbers[0] > 0) & ~np.isnan(numbers[0])).tolist():
            strike(row, "weight", "impossible", "is not above 0", block.where, keep, counters)
        kept: list[Any] = [*ids, *numbers]
        parts.append([column[keep] for column in kept])
    if not sum(len(part[0]) for part in parts):
        raise FeedError(name, None, None, "has no usable row")
    columns = [np.concatenate(column) for column in zip(*parts)]
    counters.accepted = len(columns[0])
    return _table(kind, columns, days, places, day_begins), counters


def _kind(block: Block, name: str) -> str:
    if "intersection_id" in block.columns:
        kind = SEQUENCES
    elif "from_node" in block.columns or "to_node" in block.columns:
        kind = PAIRS
    elif "timestamp_unix" in block.columns or "lat" in block.columns:
        kind = TRACKS
    else:
        reason = "has neither intersection_id, nor from_node and to_node, nor timestamp_unix, lat and lon"
        raise FeedError(name, 1, None, reason)
    for column in NEEDED[kind]:
        if column not in block.columns:
            raise MissingField(name, column)
    return kind


def _table(kind: str, columns: list[Any], days: Codes, places: Codes, day_begins: float) -> TripTable:
    trip, vehicle, day, passed, origin, goal, weight, time, lat, lon = columns
    if (day >= 0).any():
        order = np.argsort(np.argsort(days.ids))
        day = np.where(day >= 0, order[day], 0)
    elif kind == TRACKS:
        _, day = np.unique(np.floor((time + day_begins) / 86400.0), return_inverse=True)
    else:
        day = np.zeros(len(trip), np.int32)
    if kind == PAIRS:
        first = number = np.arange(len(trip))
    else:
        _, first, number = np.unique(np.stack((trip, vehicle, day)), axis=1, return_index=True, return_inverse=True)
    weights = np.where(np.isnan(weight[first]), 1.0, weight[first])
    return TripTable(
        kind, number.reshape(-1).astype(np.int32), weights, day[first].astype(np.int32), tuple(places.ids),
        passed if kind == SEQUENCES else origin, goal, time, lat, lon,
    )  # fmt: skip
