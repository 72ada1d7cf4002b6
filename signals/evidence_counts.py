"""T3 from lane counts, where a controller reports no detections: do stages follow the demand that was counted before?

A count grows with the green in which it was taken, so what a controller without eyes does comes back to it in its counts. Hence only
intervals that ended before a service began count as its demand, and the test is conditioned on what could tell both: the share of the
counted intervals, and of as long before them, in which the stage was green; the place in the background cycle; time. That is done in
two ways, without and with the greens before: the first sees slow demand, the second only what was new in it (prewhitening, after Haugh
1976, J. Am. Stat. Assoc. 71:378). Each must agree with the other, for a change that repeats may meet a demand that repeats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.evidence import StageRuns, stage_runs
from signals.evidence_chances import bonferroni
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
    level: float = UNTOLD
    """rank correlation with the demand counted before, the best stage"""
    fresh: float = UNTOLD
    """likewise given the greens before, so with what was new in it"""
    macro: float = UNTOLD
    """p-value over stages; 1 where the effect is too small or the two ways disagree"""


NO_COUNT_EVIDENCE = CountEvidence()


def weigh_counts(record: Record, q: VerdictParameters) -> CountEvidence:
    """T3 of a record by its lane counts; nothing where detections tell more, or no approach is known to call a stage."""
    counted = [one for one in record.counted or () if one.stages]
    if record.own or not counted:
        return NO_COUNT_EVIDENCE
    lengths = np.concatenate([one.end - one.start for one in counted])
    rate = sum(float(np.nansum(one.volume)) / max(1.0, float((one.end - one.start)[~np.isnan(one.volume)].sum())) for one in counted)
    vehicles = rate * (record.end - record.start) / max(1, len(record.services.phase))
    interval = float(np.median(lengths)) / 1000.0
    soon = 1000.0 * interval <= q.local
    tests = [test for stage in stage_runs(record, q) for test in _followed(record, stage, q)] if soon else []
    if not tests:
        return CountEvidence(interval=interval, vehicles=vehicles)
    return CountEvidence(
        len(tests) // 2, float(np.median([test.services for test in tests])), interval, vehicles, max(test.level for test in tests),
        max(test.fresh for test in tests), bonferroni([chance for test in tests for chance in test.chances(q)]),
    )  # fmt: skip


class _Test(NamedTuple):
    """One answer of one stage, conditioned in two ways."""

    services: int
    level: float
    level_chance: float
    fresh: float
    fresh_chance: float

    def chances(self, q: VerdictParameters) -> tuple[float, float]:
        """Each way's p-value counts only with an effect of some size and where the other does not speak against it."""
        level = self.level >= q.count_level_least and self.fresh_chance <= q.count_agreement
        fresh = self.fresh >= q.count_fresh_least and self.level_chance <= q.count_agreement
        return self.level_chance if level else 1.0, self.fresh_chance if fresh else 1.0


def _followed(record: Record, stage: StageRuns, q: VerdictParameters) -> list[_Test]:
    """Of one stage: its share of the cycle with its share of the demand, its green with its demand."""
    back, n = q.count_greens_before, len(stage.start)
    cycle, green = np.diff(stage.start).astype(np.float64), (stage.end - stage.start)[:-1].astype(np.float64)
    usual, rows = float(np.median(cycle)), np.arange(back, n - 1)
    whole = (stage.run[rows - back] == stage.run[rows + 1]) & (stage.settled[rows - back] > 0)
    rows = rows[whole & (stage.start[rows + 1] - stage.start[rows - back] <= 3.0 * usual * (back + 1))]
    demand = demand_before(record.counted or (), stage.phase, stage.start[rows], q.services_before * usual)
    known = ~np.isnan(demand.share)
    rows, demand = rows[known], Demand._make(column[known] for column in demand)
    if len(rows) < q.services_least - q.services_before:
        return []
    near, half = math.ceil(float((stage.start[rows] - demand.since).max()) / usual), max(1, round(q.local / usual))
    run, span, place = stage.run[rows], demand.until - demand.since, less_local_mean(_place(stage), stage.run, half)[rows]
    lit = [less_local_mean(_lit(stage, demand.since - m * span, demand.until - m * span), run, half) for m in (0, 1)]
    given, found = [np.ones(len(rows)), *lit, place, rows / n], []
    for answer, wish in ((green / cycle, demand.share), (green, demand.own)):
        local, asked = less_local_mean(answer, stage.run[:-1], half), less_local_mean(wish, run, half)
        before = [local[rows - lag] for lag in range(1, back + 1)]
        fresh = partial_rank_correlation(local[rows], asked, np.stack([*given, *before], axis=1), near)
        if not math.isnan(fresh[0]):
            found.append(_Test(len(rows), *partial_rank_correlation(local[rows], asked, np.stack(given, axis=1), near), *fresh))
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
