"""T3 from lane counts, where a controller reports no detections: do stages follow the demand that was counted before?

A count grows with the green in which it was taken, so what a controller without eyes does comes back to it in its counts. Hence only
intervals that ended before the cycle began count as demand, and the test is conditioned on all of the past that could tell both: the
greens before, the green within the counted intervals themselves, the place in the background cycle, and time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from signals.evidence import StageRuns, stage_runs
from signals.evidence_chances import combined
from signals.evidence_correlation import less_local_mean, partial_rank_correlation
from signals.kernels.columns import F64, I64
from signals.services import Record
from signals.stage_counts import Demand, demand_before
from signals.verdict_parameters import VerdictParameters

UNTOLD = math.nan


@dataclass(frozen=True)
class CountEvidence:
    """NaN where the test could not be made."""

    stages: int = 0
    """stages tested"""
    services: float = 0.0
    """services with a known demand, the median of stages tested"""
    interval: float = UNTOLD
    """s, the median length of the counts"""
    vehicles: float = UNTOLD
    """counted a service, the mean"""
    correlation: float = UNTOLD
    """the best of stages"""
    macro: float = UNTOLD
    """p-value over stages"""
    varies: float = UNTOLD
    """how much demand did change from interval to interval beyond chance (Poisson) and beyond what greens explain: CV, the best stage"""
    most: float = UNTOLD
    """upper limit of the correlation, the greatest of stages"""


def weigh_counts(record: Record, q: VerdictParameters) -> CountEvidence:
    """T3 of a record by its lane counts; nothing where detections tell more, or no approach is known to call a stage."""
    counted = [one for one in record.counted or () if one.stages]
    if record.own or not counted:
        return CountEvidence()
    interval = float(np.median(np.concatenate([one.end - one.start for one in counted]))) / 1000.0
    length = sum(float((one.end - one.start).sum()) / (record.end - record.start) for one in counted) / len(counted)
    vehicles = sum(float(np.nansum(one.volume)) for one in counted) / max(1, len(record.services.phase)) / max(length, 1e-9)
    tests = [test for stage in stage_runs(record, q) for test in _followed(record, stage, q)]
    if not tests:
        return CountEvidence(interval=interval, vehicles=vehicles)
    return CountEvidence(
        len(tests) // 2, float(np.median([test.services for test in tests])), interval, vehicles, max(test.correlation for test in tests),
        combined([test.chance for test in tests]), max(test.varies for test in tests), max(test.most for test in tests),
    )  # fmt: skip


@dataclass(frozen=True)
class _Test:
    services: int
    correlation: float
    chance: float
    varies: float
    most: float


def _followed(record: Record, stage: StageRuns, q: VerdictParameters) -> list[_Test]:
    """Of one stage: its share of the cycle with its share of the demand, its green with its demand."""
    back, n = q.greens_before, len(stage.start)
    cycle, green = np.diff(stage.start).astype(np.float64), (stage.end - stage.start)[:-1].astype(np.float64)
    usual = float(np.median(cycle))
    rows = np.arange(back, n - 1)
    whole = (stage.run[rows - back] == stage.run[rows + 1]) & (stage.settled[rows - back] > 0)
    rows = rows[whole & (stage.start[rows + 1] - stage.start[rows - back] <= 3.0 * usual * (back + 1))]
    demand = demand_before(record.counted or (), stage.phase, stage.end[rows - 1], q.services_before * usual)
    known = ~np.isnan(demand.share)
    rows, demand = rows[known], Demand._make(column[known] for column in demand)
    if len(rows) < q.services_least - back:
        return []
    near, half = math.ceil(float((stage.start[rows] - demand.since).max()) / usual), max(1, round(q.local / usual))
    run = stage.run[rows]
    place = less_local_mean(_place(stage), stage.run, half)[rows]
    span = demand.until - demand.since
    lit = [less_local_mean(_lit(stage, demand.since - m * span, demand.until - m * span), run, half) for m in (0, 1)]
    found = []
    for answer, wish in ((green / cycle, demand.share), (green, demand.own)):
        local = less_local_mean(answer, stage.run[:-1], half)
        given = np.stack([np.ones(len(rows)), *lit, place, rows / n], axis=1)
        asked = less_local_mean(wish, run, half)
        r, chance = partial_rank_correlation(local[rows], asked, given, near)
        if math.isnan(r):
            return []
        found.append(_Test(len(rows), r, chance, _varies(demand, given, half, run), 0.0))
    return found


def _place(stage: StageRuns) -> F64:
    """Where in the background cycle each service began, ms, but for a constant within each run."""
    place = stage.start - stage.start[0]
    steps = np.diff(stage.start).astype(np.float64)
    cycles = np.r_[0.0, np.cumsum(np.round(steps / max(1.0, float(np.median(steps)))))]
    result = place.astype(np.float64)
    for run in np.unique(stage.run):
        own = stage.run == run
        apart = cycles[own] - cycles[own].mean()
        result[own] -= apart * (float(apart @ result[own]) / max(float(apart @ apart), 1.0))
    return np.asarray(result)


def _lit(stage: StageRuns, since: I64, until: I64) -> F64:
    """Share of each span in which the stage was green."""
    edges = np.stack([stage.start, stage.end], axis=1).ravel().astype(np.float64)
    sums = np.stack([np.zeros(len(stage.start)), stage.end - stage.start], axis=1).ravel().cumsum()
    return np.asarray((np.interp(until, edges, sums) - np.interp(since, edges, sums)) / np.maximum(until - since, 1))


def _varies(demand: Demand, given: F64, half: int, run: I64) -> float:
    """CV of the demand beyond Poisson's and beyond what `given` explains."""
    asked = less_local_mean(demand.own, run, half)
    left = asked - given @ np.linalg.lstsq(given, asked, rcond=None)[0]
    chance = float((demand.own / (demand.until - demand.since) * 1000.0).mean())
    mean = float(demand.own.mean())
    return math.sqrt(max(0.0, float((left**2).mean()) - chance)) / mean if mean > 0.0 else 0.0
