"""What the engine made of the positions, as recorded files: predictions, stop events, matches.

Columns are those of the interface ("Recorded files"); times are epoch seconds with at most a tenth (the time of a matched
position keeps its milliseconds, so that rows can be joined with the input), distances metres with at most a tenth.
Rows come in the order of the columns given. Writers are context managers and append batch by batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import numpy as np

from feeds.recording_sinks import WORD, Layout, TableWriter, Words
from transit.kernels.columns import F64, I8, I32, ArrivalColumns, EventColumns, MatchColumns, PositionColumns
from transit.model import Source, State
from transit.network import Network
from transit.strings import Strings

_SOURCES = Strings.of(source.word for source in Source)
_STATES = Strings.of(state.word for state in State)
_PREDICTIONS: Layout = [
    ("sampled_at_unix", 1), ("vehicle_id", WORD), ("trip_id", WORD), ("route_id", WORD), ("direction_id", 0),
    ("stop_id", WORD), ("stop_sequence", 0), ("predicted_arrival_unix", 1), ("predicted_departure_unix", 1),
    ("p10_unix", 1), ("p90_unix", 1), ("source", WORD),
]  # fmt: skip
_STOP_EVENTS: Layout = [
    ("vehicle_id", WORD), ("trip_id", WORD), ("route_id", WORD), ("stop_id", WORD), ("stop_sequence", 0),
    ("arrival_unix", 1), ("departure_unix", 1), ("uncertainty_s", 1),
]  # fmt: skip
_MATCHES: Layout = [
    ("vehicle_id", WORD), ("timestamp_unix", 3), ("route_id", WORD), ("direction_id", 0), ("trip_id", WORD),
    ("shape_dist_m", 1), ("cross_track_m", 1), ("state", WORD),
]  # fmt: skip


class _Writer:
    """A table about vehicles. `target` is a Path, its ending chooses the format, or a binary stream, which gets CSV."""

    _layout: Layout

    def __init__(self, target: Path | BinaryIO) -> None:
        self._table = TableWriter(target, self._layout)
        self._vehicles = Strings.of([])

    def close(self) -> None:
        """Write what is held back; the file is complete only now."""
        self._table.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _vehicle(self, index: I32, ids: Sequence[str]) -> Words:
        """Ids are append-only, so they are packed again only when there are more of them."""
        if len(self._vehicles) != len(ids):
            self._vehicles = Strings.of(ids)
        return Words(index, self._vehicles)


class PredictionWriter(_Writer):
    """`predictions`: one row a vehicle and stop ahead of it, at each sampling instant."""

    _layout = _PREDICTIONS

    def write(self, now: float, arrivals: ArrivalColumns, network: Network, vehicle_ids: Sequence[str]) -> None:
        """Append the predictions held at `now`, epoch s; p10 and p90 are empty where nothing tells the spread."""
        place = arrivals.pattern_stop
        pattern = network.pattern_of_pattern_stop[place]
        self._table.write(
            [
                np.full(len(place), now),
                self._vehicle(arrivals.vehicle, vehicle_ids),
                Words(arrivals.trip, network.trip_ids),
                Words(network.patterns.route[pattern], network.route_ids),
                _direction(network.patterns.direction[pattern]),
                Words(network.patterns.stop[place], network.stop_ids),
                network.patterns.sequence[place].astype(np.float64),
                arrivals.arrival,
                arrivals.departure,
                arrivals.p10,
                arrivals.p90,
                Words(arrivals.source.astype(np.int32), _SOURCES),
            ]
        )


class StopEventWriter(_Writer):
    """`stop events`: when vehicles were at stops, with the half-width of what is known about it."""

    _layout = _STOP_EVENTS

    def write(self, events: EventColumns, network: Network, vehicle_ids: Sequence[str]) -> None:
        """Append the stop events of one step."""
        place = events.pattern_stop
        self._table.write(
            [
                self._vehicle(events.vehicle, vehicle_ids),
                Words(events.trip, network.trip_ids),
                Words(network.patterns.route[network.pattern_of_pattern_stop[place]], network.route_ids),
                Words(network.patterns.stop[place], network.stop_ids),
                network.patterns.sequence[place].astype(np.float64),
                events.arrival,
                events.departure,
                events.uncertainty.astype(np.float64),
            ]
        )


class MatchWriter(_Writer):
    """`matches`: where each received position was placed, or why it was not."""

    _layout = _MATCHES

    def write(self, positions: PositionColumns, matches: MatchColumns, network: Network, vehicle_ids: Sequence[str]) -> None:
        """Append one row a position; `matches` has the rows of `positions` in the same order."""
        pattern, patterns = matches.pattern, network.patterns
        self._table.write(
            [
                self._vehicle(matches.vehicle, vehicle_ids),
                positions.timestamp,
                Words(_of_pattern(patterns.route, pattern), network.route_ids),
                _direction(_of_pattern(patterns.direction, pattern)),
                Words(matches.trip, network.trip_ids),
                matches.progress.astype(np.float64),
                matches.cross_track.astype(np.float64),
                Words(matches.state.astype(np.int32), _STATES),
            ]
        )


def _of_pattern(column: I8 | I32, pattern: I32) -> I32:
    """A pattern's value for each row, -1 where there is no pattern."""
    if len(column) == 0:
        return np.full(len(pattern), -1, np.int32)
    return np.where(pattern < 0, -1, column[np.maximum(pattern, 0)]).astype(np.int32)


def _direction(direction: I8 | I32) -> F64:
    return np.where(direction < 0, np.nan, direction.astype(np.float64))
