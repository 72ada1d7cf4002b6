"""Scores arrival predictions against observed arrivals, by the public rulers; err = actual minus predicted, in seconds.

MBTA: by predicted horizon, strict bounds. Transit (ETA Accuracy Benchmark): by time to the actual arrival, inclusive bounds,
the score is the plain mean of its four shares. MAE: by time to the actual arrival.

Join: where the truth knows the vehicle on the predicted trip, only that trip's arrival at the stop counts, when it lies at
most 90 min after the sampling; else the vehicle's arrival at that stop nearest to the predicted time and at most 20 min from
it. Predictions for a stop the truth never observed are counted, not scored; so are those that find no arrival.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import F64, I64

TRUE_BINS = (0, 120, 300, 600, 1200, 1800, 3600)
MBTA = ((0, 180, -60, 60), (180, 360, -90, 120), (360, 720, -150, 210), (720, 1800, -240, 360))
TRANSIT = ((0, 180, -30, 90), (180, 360, -60, 150), (360, 600, -60, 210), (600, 900, -90, 270))
LONGEST, SAME_TRIP, SAME_VEHICLE = 5400.0, 5400.0, 1200.0
LEADS = (300, 600)
"""s ahead of an arrival at which it should have been predicted"""
Texts = Sequence[str] | NDArray[Any]


class Predictions(NamedTuple):
    """What was predicted; one row a call and sampling instant. Ids as text, times in epoch s."""

    vehicle: Texts
    trip: Texts
    stop: Texts
    sampled: F64
    arrival: F64


class Arrivals(NamedTuple):
    """What was observed."""

    vehicle: Texts
    trip: Texts
    stop: Texts
    arrival: F64


@dataclass(frozen=True)
class Bucket:
    """Errors of one range of true horizons."""

    count: int
    mae: float
    bias: float


@dataclass(frozen=True)
class Score:
    """Shares are 0 … 1, NaN where nothing was scored."""

    predictions: int
    scored: int
    stop_not_in_truth: int
    unmatched: int
    mae: Mapping[str, Bucket]
    """by true horizon in s, `120-300`"""
    mbta: Mapping[str, float]
    mbta_all: float
    transit: Mapping[str, float]
    transit_score: float
    availability: Mapping[int, float]
    """share of arrivals predicted this many seconds ahead (up to 2 min more)"""


def score(predictions: Predictions, arrivals: Arrivals) -> Score:
    """The score of predictions with an arrival time against arrivals; both without NaN times."""
    actual, covered = join(predictions, arrivals)
    found = ~np.isnan(actual)
    predicted, sampled = predictions.arrival[found], predictions.sampled[found]
    error, horizon, ahead = actual[found] - predicted, actual[found] - sampled, predicted - sampled
    transit = _shares(TRANSIT, error, horizon, inclusive=True)
    right, counted = np.zeros(len(error), bool), (ahead >= 0) & (ahead < MBTA[-1][1])
    for low, high, early, late in MBTA:
        right |= (ahead >= low) & (ahead < high) & (error > early) & (error < late)
    return Score(
        len(actual), int(found.sum()), int((~covered).sum()), int((covered & ~found).sum()),
        {f"{low}-{high}": _bucket(error[(horizon > low) & (horizon <= high)]) for low, high in pairwise(TRUE_BINS)},
        _shares(MBTA, error, ahead, inclusive=False), _mean(right[counted]),
        transit, _mean(np.array(list(transit.values()))),
        {lead: _availability(predictions, arrivals, actual, lead) for lead in LEADS},
    )


def join(predictions: Predictions, arrivals: Arrivals) -> tuple[F64, NDArray[np.bool_]]:
    """(epoch s of the arrival each prediction was for, NaN none; whether the truth ever observed that stop of it)."""
    vehicle, vehicle_seen = _codes(predictions.vehicle, arrivals.vehicle)
    trip, trip_seen = _codes(predictions.trip, arrivals.trip)
    stop, stop_seen = _codes(predictions.stop, arrivals.stop)
    width = 1 + max(int(codes.max(initial=0)) for codes in (vehicle, vehicle_seen, trip, trip_seen, stop, stop_seen))
    same = np.isin(vehicle * width + trip, vehicle_seen * width + trip_seen)
    actual = np.full(len(same), np.nan)
    covered = np.zeros(len(same), bool)
    for rows, limit, middle, middle_seen in (
        (same, SAME_TRIP, trip, trip_seen), (~same, SAME_VEHICLE, np.zeros_like(trip), np.zeros_like(trip_seen)),
    ):
        keys = ((vehicle * width + middle) * width + stop)[rows]
        seen = (vehicle_seen * width + middle_seen) * width + stop_seen
        actual[rows] = _nearest(keys, predictions.sampled[rows], predictions.arrival[rows], limit, seen, arrivals.arrival)
        covered[rows] = np.isin(keys, seen)
    return actual, covered


def _nearest(keys: I64, sampled: F64, predicted: F64, limit: float, seen: I64, times: F64) -> F64:
    """For each prediction the arrival of the same key nearest to it, not before `sampled`, within the limits."""
    if not len(keys) or not len(times):
        return np.full(len(keys), np.nan)
    dense = np.unique(np.concatenate([seen, keys]), return_inverse=True)[1]
    zero = float(min(times.min(), sampled.min()))
    span = float(max(times.max(), predicted.max(), sampled.max())) - zero + 1.0
    line = np.sort(dense[: len(seen)] * span + (times - zero))
    base = dense[len(seen) :] * span
    at = np.searchsorted(line, base + (np.maximum(predicted, sampled) - zero))
    best = np.full(len(keys), np.nan)
    for step in (0, -1):
        index = np.clip(at + step, 0, len(line) - 1)
        time = line[index] - base + zero
        usable = (at + step >= 0) & (at + step < len(line)) & (time > zero - 0.5) & (time < zero + span - 0.5)
        usable &= (time >= sampled - 1e-4) & (time - sampled <= LONGEST) & (np.abs(time - predicted) <= limit)
        better = usable & ~(np.abs(best - predicted) <= np.abs(time - predicted))
        best[better] = time[better]
    return best


def _availability(predictions: Predictions, arrivals: Arrivals, actual: F64, lead: int) -> float:
    """Share of arrivals predicted `lead` … lead + 120 s before, of those that come so long after the vehicle's first one."""
    vehicle, vehicle_seen = _codes(predictions.vehicle, arrivals.vehicle)
    stop, stop_seen = _codes(predictions.stop, arrivals.stop)
    first = np.full(int(vehicle_seen.max(initial=0)) + 1, np.inf)
    np.minimum.at(first, vehicle_seen, arrivals.arrival)
    eligible = arrivals.arrival - first[vehicle_seen] >= lead + 120
    with np.errstate(invalid="ignore"):
        ahead = (actual - predictions.sampled >= lead) & (actual - predictions.sampled < lead + 120)
    got = {*zip(vehicle[ahead].tolist(), stop[ahead].tolist(), np.round(actual[ahead], 1).tolist())}
    wanted = {
        *zip(vehicle_seen[eligible].tolist(), stop_seen[eligible].tolist(), np.round(arrivals.arrival[eligible], 1).tolist())
    }
    return len(got) / len(wanted) if wanted else np.nan


def _codes(one: Texts, other: Texts) -> tuple[I64, I64]:
    codes = np.unique(np.concatenate([np.asarray(one, str), np.asarray(other, str)]), return_inverse=True)[1]
    return codes[: len(one)], codes[len(one) :]


def _shares(rows: Sequence[tuple[int, int, int, int]], error: F64, by: F64, *, inclusive: bool) -> dict[str, float]:
    result = {}
    for low, high, early, late in rows:
        chosen = error[(by >= low) & (by < high)]
        right = (chosen >= early) & (chosen <= late) if inclusive else (chosen > early) & (chosen < late)
        if len(chosen):
            result[f"{low // 60}-{high // 60}min"] = float(right.mean())
    return result


def _bucket(error: F64) -> Bucket:
    return Bucket(len(error), _mean(np.abs(error)), _mean(error))


def _mean(values: NDArray[Any]) -> float:
    return float(values.mean()) if len(values) else float("nan")
