"""Plain twins of the baselines' arithmetic: one vehicle, one hop, one event at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from transit.baseline_calls import NEAR_START, STANDING
from transit.kernels.columns import Records
from transit.model import State
from transit.network import Network

Hop = tuple[float, float]
"""(drive, dwell at the stop before), s"""


def naive_calls(
    network: Network, vehicles: Records, now: float, max_age: float, hop: Callable[[int, int], Hop]
) -> dict[tuple[int, int], float]:
    """(vehicle, pattern stop) → epoch s, before anything is cut off; `hop(trip, pattern stop)` says what the hop to it takes."""
    told = {}
    patterns, trips = network.patterns, network.trips
    for v, one in enumerate(vehicles):
        pattern, trip = int(one["pattern"]), int(one["trip"])
        if one["state"] != State.IN_SERVICE or pattern < 0 or not now - one["timestamp"] <= max_age:
            continue
        first, end = int(patterns.stop_start[pattern]), int(patterns.stop_start[pattern + 1])
        progress, at = float(one["progress"]), float(one["timestamp"])
        if trip >= 0 and one["speed"] < STANDING and progress - patterns.distance[first] <= NEAR_START:
            at = max(at, float(one["service_day"]) + float(trips.departure[trips.start[trip]]))
        ahead = [q for q in range(first, end) if patterns.distance[q] > progress]
        for k, q in enumerate(ahead):
            drive, dwell = hop(trip, q)
            if q == first:
                step = 0.0
            elif k == 0:
                whole = float(patterns.distance[q]) - float(patterns.distance[q - 1])
                step = drive * (float(patterns.distance[q]) - progress) / whole
            else:
                step = drive + dwell
            at += step
            told[v, q] = at
    return told


def naive_passages(events: Sequence[tuple[int, int, int, float, float]]) -> list[tuple[int, int, float, float, float]]:
    """(trip, pattern stop, drive, dwell, arrival) of events (vehicle, trip, pattern stop, arrival, departure) in order of telling."""
    last: dict[int, tuple[int, int, float, float]] = {}
    found = []
    for vehicle, trip, stop, arrival, departure in events:
        if vehicle in last:
            before, place, came, left = last[vehicle]
            if before == trip and place + 1 == stop and arrival - left > 0.0:
                found.append((trip, stop, arrival - left, left - came, arrival))
        last[vehicle] = (trip, stop, arrival, departure)
    return found


def naive_mean(values: Sequence[float]) -> float:
    """NaN of none."""
    return sum(values) / len(values) if values else math.nan
