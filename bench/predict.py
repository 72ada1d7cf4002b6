"""Predict every downstream stop: vehicles a second on one core, beside numpy one vehicle at a time.

The fleet of `locate`: 5,000 vehicles on 600 lines of 60 stops, their places known from the positions tracked before. "Runs" are the
times of every call in the order of vehicles (what a position costs); the whole prediction also orders the calls by stop, as
each published picture does.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from bench.rows import Row
from bench.timing import least
from bench.workload import Workload, synthetic_fleet, synthetic_network
from transit.fleet import Fleet
from transit.kernels.columns import F64, Records
from transit.parameters import PredictionParameters
from transit.prediction import Predictor
from transit.tracker import Tracker, blank_matches, blank_work, rounds

BASELINE = "numpy, a vehicle at a time"
SAMPLE = 200
"""vehicles of the baseline"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in vehicles/s and calls/s, and locate + predict in positions/s."""
    workload = synthetic_fleet(
        synthetic_network(patterns=60 if smoke else 600), vehicles=500 if smoke else 5000, batches=6 if smoke else 40
    )
    together = float("inf")
    for _ in range(1 if smoke else 4):
        fleet = Fleet()
        tracker = Tracker(workload.network, fleet)
        predictor = Predictor(workload.network, PredictionParameters())
        together = min(together, _locate_and_predict(workload, tracker, predictor, fleet))
    now = float(workload.batches[-1].received[0])
    vehicles = fleet.columns.vehicles.copy()
    arrivals, _ = predictor.predict(vehicles, now, tracker.days)
    calls, count = len(arrivals.vehicle), len(vehicles)
    rounds = 5 if smoke else 200
    runs = least(lambda: predictor.predict_runs(vehicles, now, tracker.days), rounds)
    whole = least(lambda: predictor.predict(vehicles, now, tracker.days), rounds)
    baseline = SAMPLE / least(lambda: _numpy(predictor, vehicles[:SAMPLE], now), rounds)
    yield Row("predict: runs of every vehicle", count / runs, baseline, BASELINE, "vehicles/s", True)
    yield Row("predict: calls in runs", calls / runs, baseline * calls / count, BASELINE, "calls/s", True)
    yield Row("predict: calls ordered by stop too", calls / whole, baseline * calls / count, BASELINE, "calls/s", True)
    yield Row("locate + predict every stop ahead", count / together, 2e6, "wanted at least", "positions/s", True)
    yield f"{calls / count:.1f} calls a vehicle; {1e9 * runs / count:.0f} ns a vehicle, {1e9 * runs / calls:.2f} ns a call"


def _locate_and_predict(workload: Workload, tracker: Tracker, predictor: Predictor, fleet: Fleet) -> float:
    """Least seconds a batch from resolved positions to runs of calls."""
    best = float("inf")
    for batch in workload.batches:
        now = float(batch.received[0])
        tracker.turn_to(now)
        reports = tracker.resolve(batch)
        matches, work = blank_matches(len(batch.lat)), blank_work(len(batch.lat))
        (rows,) = rounds(reports.vehicle, len(fleet))
        begun = time.perf_counter()
        tracker.place(rows, reports, work, matches)
        predictor.predict_runs(fleet.columns.vehicles, now, tracker.days)
        best = min(best, time.perf_counter() - begun)
    return best


def _numpy(predictor: Predictor, vehicles: Records, now: float) -> list[F64]:
    """Arrivals ahead of each vehicle by the same model: interpolate its place, add the scaled time to go."""
    patterns, trips, running = predictor.network.patterns, predictor.network.trips, predictor.learner.running
    q, out = predictor.parameters, []
    for one in vehicles:
        if one["trip"] < 0:
            continue
        first, end = patterns.stop_start[one["pattern"]], patterns.stop_start[one["pattern"] + 1]
        row = running.profile[one["trip"]]
        distance = patterns.distance[first:end]
        arrive, leave = running.arrive[row : row + end - first], running.leave[row : row + end - first]
        k = int(np.searchsorted(distance, one["progress"], "right"))
        if k == len(distance):
            continue
        place = float(arrive[0])
        if k:
            share = (one["progress"] - distance[k - 1]) / (distance[k] - distance[k - 1])
            place = float(leave[k - 1] + share * (arrive[k] - leave[k - 1]))
        ahead = arrive[k:] - place
        late = one["timestamp"] + ahead[0] - one["service_day"] - trips.arrival[trips.start[one["trip"]] + k]
        excess = q.own_gain * (np.exp(one["log_pace"]) - 1.0) - q.recovery * max(late, 0.0) / q.fade
        hop = q.minimum_hop * np.arange(len(ahead))
        times = one["timestamp"] + ahead * (1.0 + excess * q.fade / (q.fade + ahead))
        times = np.maximum.accumulate(np.maximum(times, now) - hop) + hop
        out.append(times[times <= now + q.horizon])
    return out
