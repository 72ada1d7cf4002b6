"""Which observed arrival each prediction was for.

Where the truth knows the vehicle on the predicted trip, only that trip's arrival at the stop counts, when it lies at most
90 min after the sampling; else the vehicle's arrival at that stop nearest to the predicted time and at most 20 min from it.
An arrival before the sampling is none; when it lies at most ten minutes before, it is the one the prediction is late for
(`passed`). Of two equally near ones the earlier counts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.accuracy_rulers import RULES, AccuracyRules
from transit.accuracy_tables import ArrivalTable, PredictionTable
from transit.kernels.columns import F64, I64

Flags = NDArray[np.bool_]
_TOLERANCE = 1e-4
"""s by which an arrival may lie before the sampling: rounding of recorded times"""


class Joined(NamedTuple):
    """Of each prediction [n]."""

    row: I64
    """its arrival among the observed ones, -1 none"""
    actual: F64
    """epoch s of it, NaN none"""
    covered: Flags
    """whether the truth ever observed that call"""
    same: Flags
    """whether the truth knows the vehicle on the trip"""
    passed: I64
    """without an arrival: the one of its call that had happened already when it was sampled, -1 none"""


class Keys(NamedTuple):
    """Calls as one number: (vehicle, trip), (vehicle, trip, stop), (vehicle, stop); -1 where a part is unknown."""

    run: I64
    call: I64
    visit: I64


def keys_of(table: PredictionTable | ArrivalTable, trips: int, stops: int) -> Keys:
    """Keys of the rows, for codes below `trips` and `stops`. An unknown vehicle shares its number with no other's visit."""
    vehicle, trip, stop = (column.astype(np.int64) for column in (table.vehicle, table.trip, table.stop))
    run = np.where(trip < 0, -1, (vehicle + 1) * trips + trip)
    call = np.where((run < 0) | (stop < 0), -1, run * stops + stop)
    visit = np.where((vehicle < 0) | (stop < 0), -1, vehicle * stops + stop)
    return Keys(run, call, visit)


def join(predictions: PredictionTable, arrivals: ArrivalTable, rules: AccuracyRules = RULES) -> Joined:
    """The arrival of each prediction, and what the truth knows of its call."""
    mine, seen = both_keys(predictions, arrivals)
    same = (mine.run >= 0) & is_among(mine.run, seen.run)
    row, passed = np.full(len(same), -1, np.int64), np.full(len(same), -1, np.int64)
    covered = np.zeros(len(same), bool)
    for rows, limit, keys, known in (
        (np.flatnonzero(same), rules.longest, mine.call, seen.call),
        (np.flatnonzero(~same), rules.same_vehicle, mine.visit, seen.visit),
    ):
        wanted = keys[rows]
        covered[rows] = (wanted >= 0) & is_among(wanted, known)
        row[rows] = nearest(
            wanted, predictions.sampled[rows], predictions.arrival[rows], limit, known, arrivals.arrival, rules.longest
        )
        late = rows[covered[rows] & (row[rows] < 0)]
        sampled = predictions.sampled[late]
        passed[late] = nearest(  # the newest before the sampling: one after it that was no match does not stand in its way
            keys[late], sampled - rules.passed, sampled, rules.passed, known, arrivals.arrival, rules.passed - _TOLERANCE
        )
    actual = np.full(len(row), np.nan)
    actual[row >= 0] = arrivals.arrival[row[row >= 0]]
    return Joined(row, actual, covered, same, passed)


def both_keys(predictions: PredictionTable, arrivals: ArrivalTable) -> tuple[Keys, Keys]:
    """Keys of both tables that can be compared."""
    trips, stops = (
        1 + max(int(one.max(initial=0)), int(other.max(initial=0)))
        for one, other in ((predictions.trip, arrivals.trip), (predictions.stop, arrivals.stop))
    )
    return keys_of(predictions, trips, stops), keys_of(arrivals, trips, stops)


def is_among(keys: I64, known: I64) -> Flags:
    """[n] whether each key is one of the known ones."""
    ordered = np.unique(known)
    if not len(ordered):
        return np.zeros(len(keys), bool)
    at = np.searchsorted(ordered, keys)
    found: Flags = ordered[np.minimum(at, len(ordered) - 1)] == keys
    return found


def nearest(keys: I64, since: F64, predicted: F64, limit: float, known: I64, times: F64, longest: float) -> I64:
    """For each prediction the row of the arrival of the same key (≥ 0) nearest to its time, -1 where there is none.

    It lies within `limit` s of the predicted time, not before `since` (-inf: whenever) and at most `longest` s after it.
    """
    best = np.full(len(keys), -1, np.int64)
    order = np.flatnonzero(known >= 0)
    if not len(keys) or not len(order):
        return best
    order = order[np.lexsort((times[order], known[order]))]
    ordered, moments = known[order], times[order]
    distinct = np.unique(ordered)
    goal = np.maximum(predicted, since)
    zero, last = min(moments.min(), goal.min()), max(moments.max(), goal.max())
    span = round(1000.0 * float(last - zero)) + 2
    line = np.searchsorted(distinct, ordered) * span + np.round(1000.0 * (moments - zero)).astype(np.int64)
    at = np.searchsorted(line, np.searchsorted(distinct, keys) * span + np.round(1000.0 * (goal - zero)).astype(np.int64))
    distance = np.full(len(keys), np.inf)
    for step in (-1, 0, 1):
        index = np.clip(at + step, 0, len(line) - 1)
        time = moments[index]
        away = np.abs(time - predicted)
        usable = (at + step >= 0) & (at + step < len(line)) & (ordered[index] == keys) & (away <= limit) & (away < distance)
        usable &= (time >= since - _TOLERANCE) & (time - since <= longest)
        best[usable], distance[usable] = order[index[usable]], away[usable]
    return best
