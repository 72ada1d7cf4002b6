"""Recorded predictions and observed arrivals, for scoring: ids become codes of one numbering that all files share.

Rows without a predicted or an observed time are ignored and counted, as are rows without a sampling instant or a stop; a
cell that is no number costs its row and is counted with its line. Without the column vehicle_id, calls are told apart by trip
and stop alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from feeds.counters import Counters
from feeds.errors import BadEncoding, FeedError
from feeds.recording_cells import blank_rows, read_numbers
from feeds.recording_tables import Block, Columns, Source, name_of, read_blocks
from transit.accuracy_tables import (
    ArrivalTable,
    Codes,
    PredictionTable,
    no_arrivals,
    no_predictions,
    take_arrivals,
    take_predictions,
)
from transit.kernels.columns import I32

IDS = ("vehicle_id", "trip_id", "stop_id", "route_id")
PREDICTIONS = Columns(
    (*IDS, "stop_sequence", "sampled_at_unix", "predicted_arrival_unix", "p10_unix", "p90_unix"),
    frozenset(["trip_id", "stop_id", "sampled_at_unix", "predicted_arrival_unix"]), frozenset(IDS),
)  # fmt: skip
ARRIVALS = Columns(
    (*IDS, "stop_sequence", "arrival_unix", "uncertainty_s"), frozenset(["trip_id", "stop_id", "arrival_unix"]), frozenset(IDS)
)
_LONGEST_SEQUENCE = 2.0**31


class ScoreReader:
    """Reads the files of one comparison. `skip_first` leaves out calls with stop_sequence 1, where buses wait.

    Raises FeedError (see feeds.recording_tables) when a file cannot be used at all.
    """

    def __init__(self, skip_first: bool = False, progress: Callable[[int], None] | None = None) -> None:
        self.skip_first, self._progress = skip_first, progress
        self.vehicles, self.trips, self.stops, self.routes = Codes(), Codes(), Codes(), Codes()
        self._route_of_trip: dict[int, int] = {}

    def read_predictions(self, source: Source) -> tuple[PredictionTable, Counters]:
        """The predictions of one file."""
        counters, parts = Counters(), [no_predictions()]
        for block in read_blocks(source, PREDICTIONS, counters):
            ids, sequence, (sampled, arrival, p10, p90), rows = self._read(block, PREDICTIONS, counters, name_of(source))
            known = ~np.isnan(sampled) & ~np.isnan(arrival)
            counters.ignore("no_time", int((rows & ~known).sum()))
            part = PredictionTable(ids[0], ids[1], ids[2], ids[3], sequence, sampled, arrival, p10, p90)
            parts.append(take_predictions(part, rows & known & ~self._first(sequence)))
            self._learn_routes(parts[-1].trip, parts[-1].route)
        table = PredictionTable(*(np.concatenate(column) for column in zip(*parts)))
        counters.accepted = len(table.arrival)
        return table, counters

    def read_arrivals(self, source: Source) -> tuple[ArrivalTable, Counters]:
        """The arrivals of one file, with routes of trips that predictions told before where the file tells none."""
        counters, parts = Counters(), [no_arrivals()]
        for block in read_blocks(source, ARRIVALS, counters):
            ids, sequence, (arrival, uncertainty), rows = self._read(block, ARRIVALS, counters, name_of(source))
            known = ~np.isnan(arrival)
            counters.ignore("no_time", int((rows & ~known).sum()))
            part = ArrivalTable(ids[0], ids[1], ids[2], ids[3], sequence, arrival, uncertainty.astype(np.float32))
            parts.append(take_arrivals(part, rows & known & ~self._first(sequence)))
        table = ArrivalTable(*(np.concatenate(column) for column in zip(*parts)))
        counters.accepted = len(table.arrival)
        routes = np.array([self._route_of_trip.get(trip, -1) for trip in range(len(self.trips.ids))] + [-1], np.int32)
        return table._replace(route=np.where(table.route < 0, routes[table.trip], table.route)), counters

    def _read(self, block: Block, wanted: Columns, counters: Counters, name: str) -> tuple[list[I32], I32, list[Any], Any]:
        """(ids, stop_sequence, the other numbers, rows that can be used)."""
        keep = ~blank_rows(block)
        numbers = [read_numbers(block, one, keep, counters) for one in wanted.names[len(IDS) :]]
        ids = [
            self._codes(block, one, codes, name)
            for one, codes in zip(IDS, (self.vehicles, self.trips, self.stops, self.routes))
        ]
        sequence = np.where(np.abs(numbers[0]) < _LONGEST_SEQUENCE, numbers[0], -1).astype(np.int32)
        without = keep & (ids[2] < 0)
        counters.ignore("no_stop_id", int(without.sum()))
        if self._progress is not None:
            self._progress(block.rows)
        return ids, sequence, numbers[1:], keep & ~without

    def _codes(self, block: Block, column: str, codes: Codes, name: str) -> I32:
        array = block.columns.get(column)
        if array is None:
            return np.full(block.rows, -1, np.int32)
        try:
            words = array.dictionary.to_pylist()
        except (UnicodeDecodeError, pa.ArrowInvalid):
            raise BadEncoding(name, f"the column {column} is not UTF-8 text") from None
        of_word = np.append(codes.codes(words), np.int32(-1)).astype(np.int32)
        found: I32 = of_word[array.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
        return found

    def _first(self, sequence: I32) -> Any:
        return (sequence == 1) & self.skip_first

    def _learn_routes(self, trip: I32, route: I32) -> None:
        known = np.flatnonzero((trip >= 0) & (route >= 0))
        distinct, at = np.unique(trip[known], return_index=True)
        self._route_of_trip.update(zip(distinct.tolist(), route[known[at]].tolist()))


def without_vehicles(predictions: PredictionTable, arrivals: ArrivalTable) -> tuple[PredictionTable, ArrivalTable]:
    """Both as they are, or without vehicles where one of them tells none: then a trip is what both can be found by."""
    if (predictions.vehicle >= 0).any() and (arrivals.vehicle >= 0).any():
        return predictions, arrivals
    return (
        predictions._replace(vehicle=np.full_like(predictions.vehicle, -1)),
        arrivals._replace(vehicle=np.full_like(arrivals.vehicle, -1)),
    )


def require_rows(rows: int, source: Source, what: str) -> None:
    """Raises FeedError where a file has nothing to score."""
    if not rows:
        raise FeedError(name_of(source), None, None, f"has no {what} with a time")
