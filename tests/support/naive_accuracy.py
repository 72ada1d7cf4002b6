"""Scoring in plain Python, a prediction at a time, written from the rules and not from the vectorised code."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from transit.board_memory import CallKey, Shown, steady_time
from transit.board_text import shown_minutes
from transit.parameters import BoardParameters


class Told(NamedTuple):
    """A prediction; -1 is unknown."""

    vehicle: int
    trip: int
    stop: int
    sampled: float
    arrival: float
    p10: float = math.nan
    p90: float = math.nan


class Seen(NamedTuple):
    """An observed arrival."""

    vehicle: int
    trip: int
    stop: int
    arrival: float


def naive_join(told: Sequence[Told], seen: Sequence[Seen]) -> list[tuple[float, bool]]:
    """(actual or NaN, covered) of each prediction."""
    exact, visits = defaultdict(list), defaultdict(list)
    for one in seen:
        visits[one.vehicle, one.stop].append(one.arrival)
        if one.trip >= 0:
            exact[one.vehicle, one.trip, one.stop].append(one.arrival)
    runs = {(one.vehicle, one.trip) for one in seen if one.trip >= 0}
    result = []
    for one in told:
        if (one.vehicle, one.trip) in runs:
            times, limit = exact.get((one.vehicle, one.trip, one.stop), []), 5400.0
        else:
            times, limit = (visits.get((one.vehicle, one.stop), []) if one.vehicle >= 0 else []), 1200.0
        possible = [t for t in times if t >= one.sampled and t - one.sampled <= 5400 and abs(t - one.arrival) <= limit]
        nearest = min(possible, key=lambda t: (abs(t - one.arrival), t), default=math.nan)
        result.append((nearest, bool(times)))
    return result


def naive_mae(told: Sequence[Told], actual: Sequence[float], low: float, high: float) -> tuple[int, float, float]:
    """(count, MAE, bias) of true horizons in (low, high]."""
    errors = [a - one.arrival for one, a in zip(told, actual) if low < a - one.sampled <= high]
    count = len(errors)
    return count, sum(map(abs, errors)) / count if count else math.nan, sum(errors) / count if count else math.nan


def naive_passed(told: Sequence[Told], seen: Sequence[Seen]) -> list[float]:
    """The arrival of each prediction's call that lies at most 10 min before its sampling, the newest; NaN none."""
    runs = {(one.vehicle, one.trip) for one in seen if one.trip >= 0}
    result = []
    for one in told:
        same = (one.vehicle, one.trip) in runs
        times = [
            s.arrival for s in seen
            if (s.vehicle, s.stop) == (one.vehicle, one.stop) and (s.trip == one.trip if same else one.vehicle >= 0)
        ]  # fmt: skip
        result.append(max((t for t in times if one.sampled - 600 <= t < one.sampled), default=math.nan))
    return result


def naive_coverage(told: Sequence[Told], actual: Sequence[float]) -> float:
    """Share of predictions with an interval that holds the arrival."""
    inside = [one.p10 <= a <= one.p90 for one, a in zip(told, actual) if a == a and one.p10 == one.p10 and one.p90 == one.p90]
    return sum(inside) / len(inside) if inside else math.nan


def naive_available(told: Sequence[Told], actual: Sequence[float], seen: Sequence[Seen], lead: float) -> float:
    """Share of the arrivals `lead` + 2 min after their vehicle's first that were predicted then."""
    first: dict[int, float] = {}
    for one in seen:
        first[one.vehicle] = min(one.arrival, first.get(one.vehicle, math.inf))
    asked = {(one.vehicle, one.stop, one.arrival) for one in seen if one.arrival - first[one.vehicle] >= lead + 120}
    got = {(one.vehicle, one.stop, a) for one, a in zip(told, actual) if lead <= a - one.sampled < lead + 120}
    return len(got & asked) / len(asked) if asked else math.nan


def naive_follow(samples: Sequence[tuple[float, float]], actual: float, window: float, memory: float) -> list[float]:
    """(samples, spread, deviation, raw, shown, jumps) of one call's (sampled, predicted), by the board's own rule."""
    samples = [one for one in sorted(samples) if one[0] <= actual]
    late = [predicted for sampled, predicted in samples if actual - sampled <= window]
    mean = sum(late) / len(late) if late else 0.0
    deviation = math.sqrt(sum((one - mean) ** 2 for one in late) / len(late)) if late else 0.0
    key: CallKey = (0, 0, 0)
    memory_of_board: dict[CallKey, Shown] = {}
    raw_minutes, shown = [], []
    for sampled, predicted in samples:
        time = steady_time(memory_of_board, key, predicted, sampled, BoardParameters(memory_after=memory))
        memory_of_board[key] = Shown(time, shown_minutes(time - sampled), sampled)
        raw_minutes.append(shown_minutes(predicted - sampled))
        shown.append(memory_of_board[key].minutes)
    rises = [b - a for a, b in pairwise(shown)]
    raw = sum(b == a + 1 for a, b in pairwise(raw_minutes))
    spread = max(late) - min(late) if late else 0.0
    return [len(late), spread, deviation, raw, sum(r == 1 for r in rises), sum(r > 1 for r in rises)]
