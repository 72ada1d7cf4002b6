"""Counts scored predictions into sums by route, stop, hour and bin, from which every figure of a report is made.

`errors` by cell with a bin: ERRORS bins hold error and interval sums, the bins of the rulers hold shares. `calls` by cell with
bin 0: what is counted of whole calls and of arrivals. `spread` counts predictions by (bin of ERRORS, whole second of error).
A prediction goes by the hour it was sampled in, an arrival by the hour it happened in.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from transit.accuracy_arrivals import FORESEEN
from transit.accuracy_ghosts import Promises
from transit.accuracy_join import Flags, Joined
from transit.accuracy_rulers import BEYOND, FIRST_MBTA, FIRST_TRANSIT, MBTA, RULES, TRANSIT, AccuracyRules, Bin, error_bin, ruler_bin
from transit.accuracy_sums import Cell, Sums, add, no_sums, pack, pack_errors, sum_by
from transit.accuracy_tables import ArrivalTable, PredictionTable
from transit.kernels.calls import follow
from transit.kernels.columns import F64, I64

ERROR_MEASURES = ("right", "passed", "passed_right", "missing", "n", "absolute", "error", "square", "intervals", "inside", "width")
"""`passed`: sampled after the bus had come, of which `passed_right` are within the bin; `missing`: it did not come as predicted;
`inside`: p10 ≤ actual ≤ p90, of `intervals`; the rest in s"""
CALL_MEASURES = (
    "predictions", "scored", "unmatched", "not_in_truth", "calls", "steady_calls", "spread", "deviation", "raw_ups", "shown_ups",
    "jumps", "promised", "ghosts", *FORESEEN,
)  # fmt: skip
"""`steady_calls`: those with two samples and more in the wobble window, of which `spread` and `deviation` are sums in s"""


class Tally(NamedTuple):
    """What was counted of one predictor."""

    errors: Sums
    """[K, ERROR_MEASURES]"""
    calls: Sums
    """[K, CALL_MEASURES]"""
    spread: Sums
    """[K, 1]"""


class _Place(NamedTuple):
    """Where and when each row is counted [n]."""

    route: I64
    stop: I64
    hour: I64


def empty_tally() -> Tally:
    """Nothing counted."""
    return Tally(no_sums(len(ERROR_MEASURES)), no_sums(len(CALL_MEASURES)), no_sums(1))


def add_tallies(one: Tally, other: Tally) -> Tally:
    """Both together."""
    return Tally(*(add(a, b) for a, b in zip(one, other)))


def count_predictions(
    predictions: PredictionTable, arrival_times: F64, joined: Joined, promises: Promises, hours: I64, rules: AccuracyRules = RULES
) -> Tally:
    """The tally of predictions that were joined with arrivals at `arrival_times` [m]; `hours` [n] are those of their sampling."""
    found = joined.row >= 0
    missing = ~found & (joined.passed < 0) & (joined.covered | promises.ghost[promises.call])
    place = _Place(predictions.route.astype(np.int64), predictions.stop.astype(np.int64), hours)
    errors, spread = _errors(predictions, arrival_times, joined, found, missing, place)
    counted = np.stack([np.ones(len(found)), found, joined.covered & ~found, ~joined.covered], axis=1)
    calls = _among(CALL_MEASURES, "predictions", sum_by(_keys(place, np.arange(len(found))), counted))
    calls = add(calls, _stability(predictions, joined, np.flatnonzero(found), place, rules))
    return Tally(errors, add(calls, _promised(promises, place)), spread)


def count_arrivals(arrivals: ArrivalTable, foreseen: F64, hours: I64) -> Tally:
    """The tally of observed arrivals; `hours` [m] are those they happened in."""
    keys = _keys(_Place(arrivals.route.astype(np.int64), arrivals.stop.astype(np.int64), hours), np.arange(len(hours)))
    return empty_tally()._replace(calls=_among(CALL_MEASURES, FORESEEN[0], sum_by(keys, foreseen)))


def _errors(
    predictions: PredictionTable, arrival_times: F64, joined: Joined, found: Flags, missing: Flags, place: _Place
) -> tuple[Sums, Sums]:
    error, horizon = joined.actual - predictions.arrival, joined.actual - predictions.sampled
    ahead = predictions.arrival - predictions.sampled
    rows = np.flatnonzero(found)
    part, late = error[rows], joined.actual[rows]
    bins, low, high = error_bin(horizon[rows]), predictions.p10[rows], predictions.p90[rows]
    known = ~np.isnan(low) & ~np.isnan(high)
    inside = known & (low <= late) & (late <= high)
    width = np.where(known, high - low, 0.0)
    values = np.stack((np.ones(len(rows)), np.abs(part), part, part * part, known, inside, width), axis=1)
    summed = _among(ERROR_MEASURES, "n", sum_by(_keys(place, rows, bins), values))
    passed = np.flatnonzero(joined.passed >= 0)
    error[passed] = arrival_times[joined.passed[passed]] - predictions.arrival[passed]
    kind = np.where(found, 0, np.where(joined.passed >= 0, 1, np.where(missing, 2, 3)))
    rulers: Sequence[tuple[int, tuple[Bin, ...], F64, bool]] = (
        (FIRST_MBTA, MBTA, ahead, False), (FIRST_TRANSIT, TRANSIT, np.where(found, horizon, ahead), True),
    )  # fmt: skip
    for first, ruler, by, inclusive in rulers:
        summed = add(summed, _ruled(first, ruler, by, inclusive, error, kind, place))
    within = bins < BEYOND
    return summed, sum_by(pack_errors(bins[within], part[within]), np.ones((int(within.sum()), 1)))


def _ruled(
    first: int, ruler: tuple[Bin, ...], by: F64, inclusive: bool, error: F64, kind: I64, place: _Place,
) -> Sums:  # fmt: skip
    """Predictions by the bins of a ruler; `kind` [n]: 0 found its arrival, 1 late for it, 2 missing it, 3 none of these."""
    bins = np.where(kind < 3, ruler_bin(ruler, by), -1)
    rows = np.flatnonzero(bins >= 0)
    early, late = (np.array(bounds, np.float64)[bins[rows]] for bounds in zip(*((one.early, one.late) for one in ruler)))
    off = error[rows]
    right = (off >= early) & (off <= late) if inclusive else (off > early) & (off < late)
    found, passed, missing = (kind[rows] == one for one in range(3))
    values = np.stack((found & right, passed, passed & right, missing, found), axis=1)
    return _among(ERROR_MEASURES, "right", sum_by(_keys(place, rows, bins[rows] + first), values))


def _stability(
    predictions: PredictionTable, joined: Joined, rows: I64, place: _Place, rules: AccuracyRules
) -> Sums:
    """What is counted of each call that came, as one approach of a bus to a stop."""
    key = np.unique(joined.row[rows] * (2 + int(predictions.trip.max(initial=0))) + predictions.trip[rows] + 1, return_inverse=True)
    order = np.lexsort((predictions.sampled[rows], key[1]))
    rows, call = rows[order], key[1][order]
    start = np.searchsorted(call, np.arange(len(key[0]) + 1)).astype(np.int64)
    followed = np.zeros((len(key[0]), 6))
    columns = (predictions.sampled[rows], predictions.arrival[rows], joined.actual[rows])
    follow(start, *columns, rules.wobble_window, rules.memory, followed)
    steady = followed[:, 0] >= 2
    wandering = np.where(steady[:, None], followed[:, 1:3], 0.0)
    values = np.column_stack((np.ones(len(steady)), steady, wandering, followed[:, 3:]))
    return _among(CALL_MEASURES, "calls", sum_by(_keys(place, rows[start[:-1]]), values))


def _promised(promises: Promises, place: _Place) -> Sums:
    first = np.unique(promises.call, return_index=True)[1]
    told = np.stack((promises.judged, promises.ghost), axis=1)
    return _among(CALL_MEASURES, "promised", sum_by(_keys(place, first), told))


def _keys(place: _Place, rows: I64, bins: I64 | None = None) -> I64:
    """The keys of some rows, with a bin each or 0."""
    bins = np.zeros(len(rows), np.int64) if bins is None else bins
    return pack(Cell(place.route[rows], place.stop[rows], place.hour[rows], bins))


def _among(measures: tuple[str, ...], first: str, sums: Sums) -> Sums:
    """Sums of some neighbouring measures, `first` on, among zeros of the others."""
    whole = np.zeros((len(sums.keys), len(measures)))
    at = measures.index(first)
    whole[:, at : at + sums.values.shape[1]] = sums.values
    return Sums(sums.keys, whole)
