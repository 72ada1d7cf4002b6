"""Ghosts: buses that were promised and never came.

A call (vehicle, trip, stop) was promised when it was predicted at most 10 min ahead. It came when the truth has it, or the
same vehicle at that stop within 20 min of the promised time whatever its trip. Else it is a ghost — unless the truth cannot
say: it has no arrival at that stop at all, knows nothing of the vehicle within half an hour, ended less than 20 min after
the promised time, or saw the trip at a later stop, so that it missed this one itself. Such calls are left out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from transit.accuracy_join import Flags, Joined, both_keys, is_among, nearest
from transit.accuracy_rulers import RULES, AccuracyRules
from transit.accuracy_tables import ArrivalTable, PredictionTable
from transit.kernels.columns import F64, I64


class Promises(NamedTuple):
    """Of calls."""

    call: I64
    """[n] the call of each prediction"""
    judged: Flags
    """[C] promised, and the truth can say whether it came"""
    ghost: Flags
    """[C] it never came"""


def find_ghosts(
    predictions: PredictionTable, arrivals: ArrivalTable, joined: Joined, rules: AccuracyRules = RULES
) -> Promises:
    """Which calls were promised, and which of those never came."""
    call = _calls(predictions)
    count = int(call.max(initial=-1)) + 1
    ahead = predictions.arrival - predictions.sampled
    promised, came = np.zeros(count, bool), np.zeros(count, bool)
    promised[call[(ahead >= 0) & (ahead <= rules.ghost_ahead)]] = True
    came[call[(joined.row >= 0) | (joined.same & joined.covered)]] = True
    due, last = np.full(count, -np.inf), np.zeros(count, np.int64)
    np.maximum.at(due, call, predictions.arrival)
    last[call] = np.arange(len(call))
    open_calls = np.flatnonzero(promised & ~came)
    rows = last[open_calls]
    judged = promised.copy()
    judged[open_calls] = _can_say(predictions, arrivals, rows, due[open_calls], rules)
    visited = _visited(predictions, arrivals, rows, due[open_calls], rules)
    ghost = np.zeros(count, bool)
    ghost[open_calls] = judged[open_calls] & ~visited
    return Promises(call, judged, ghost)


def _calls(predictions: PredictionTable) -> I64:
    trips, stops = (1 + int(column.max(initial=0)) for column in (predictions.trip, predictions.stop))
    key = ((predictions.vehicle.astype(np.int64) + 1) * (trips + 1) + predictions.trip + 1) * (stops + 1) + predictions.stop + 1
    call: I64 = np.unique(key, return_inverse=True)[1].astype(np.int64)
    return call


def _can_say(
    predictions: PredictionTable, arrivals: ArrivalTable, rows: I64, due: F64, rules: AccuracyRules
) -> Flags:
    """[k] whether the truth can say that the call of a row did not come."""
    if not len(arrivals.arrival):
        return np.zeros(len(rows), bool)
    known = is_among(predictions.stop[rows].astype(np.int64), arrivals.stop.astype(np.int64))
    known &= due + rules.same_vehicle <= arrivals.arrival.max()
    vehicle = np.where(predictions.vehicle[rows] < 0, -2, predictions.vehicle[rows]).astype(np.int64)
    never = np.full(len(rows), -np.inf)
    near = nearest(vehicle, never, due, rules.seen_within, arrivals.vehicle.astype(np.int64), arrivals.arrival, np.inf)
    able: Flags = known & (near >= 0) & ~_passed_over(predictions, arrivals, rows)
    return able


def _passed_over(predictions: PredictionTable, arrivals: ArrivalTable, rows: I64) -> Flags:
    """[k] whether the truth saw the vehicle on the trip at a later stop."""
    mine, seen = both_keys(predictions, arrivals)
    runs = np.unique(seen.run)
    furthest = np.full(len(runs), -1, np.int64)
    np.maximum.at(furthest, np.searchsorted(runs, seen.run), arrivals.sequence.astype(np.int64))
    wanted = mine.run[rows]
    at = np.minimum(np.searchsorted(runs, wanted), len(runs) - 1)
    sequence = predictions.sequence[rows]
    passed: Flags = (wanted >= 0) & (runs[at] == wanted) & (sequence >= 0) & (furthest[at] > sequence)
    return passed


def _visited(
    predictions: PredictionTable, arrivals: ArrivalTable, rows: I64, due: F64, rules: AccuracyRules
) -> Flags:
    """[k] whether the vehicle was at the stop near the promised time, on any trip."""
    mine, seen = both_keys(predictions, arrivals)
    never = np.full(len(rows), -np.inf)
    found = nearest(mine.visit[rows], never, due, rules.same_vehicle, seen.visit, arrivals.arrival, np.inf)
    return found >= 0
