"""The tests of one controller: does its timing move within a plan (T1), and do the moves answer traffic (T2 now, T3 over cycles)?

T1 alone cannot tell random changes from adaptation; T2 and T3 can. Each of them conditions on all that a controller without
detectors could follow, so that what is left is an answer to vehicles: T2 on elapsed green, T3 on the greens before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signals.evidence_chances import combined, t_tail, upper_tail, variance_of_sum
from signals.evidence_correlation import less_local_mean, partial_rank_correlation
from signals.kernels.columns import F64, I64
from signals.kernels.evidence import NUISANCE, ended_by_traffic
from signals.services import Record
from signals.verdict_parameters import VerdictParameters

UNTOLD = math.nan


@dataclass(frozen=True)
class StageRuns:
    """Usable services of one phase, in order of time, cut where its plan changes."""

    phase: int
    start: I64
    end: I64
    run: I64
    """[n] which stretch of one plan, rising"""
    settled: F64
    """[n] 1 where the service is not one of the first after a change"""


@dataclass(frozen=True)
class Evidence:
    """What the tests of one record say. Chances are NaN where a test could not be made."""

    stages: int = 0
    """phases with enough services"""
    services: float = 0.0
    """median number of usable services of a stage"""
    spread: float = UNTOLD
    """greatest SD of a stage within its plans, s"""
    moved_share: float = UNTOLD
    """share of the services that differ from the median of their plan by more than a quantum"""
    moves: bool = False
    """T1"""
    gap_auc: float = UNTOLD
    """P(fewer detections before the end of a green than before the same age of other greens), the best window; 0.5: none"""
    opposing_auc: float = UNTOLD
    """likewise P(more opposing detections)"""
    micro: float = UNTOLD
    """p-value of T2"""
    gap_out_share: float = UNTOLD
    """gap-outs of all terminations told (4, 5, 6)"""
    gap_outs: float = UNTOLD
    """p-value of that share, where terminations are told and no advance detector is usable; gap-outs by mistake are `gap_outs_most`"""
    demand_correlation: float = UNTOLD
    """T3: partial rank correlation of a stage's share with its demand share before, the best stage"""
    macro: float = UNTOLD
    """p-value of T3"""


def stage_runs(record: Record, q: VerdictParameters) -> list[StageRuns]:
    """Services fit as evidence, phase by phase; phases with fewer than `services_least` are left out."""
    found, s = [], record.services
    for phase in np.unique(s.phase):
        rows = np.flatnonzero((s.phase == phase) & (s.flags == 0) & (s.start >= 0))
        if len(rows) < q.services_least:
            continue
        changes = np.diff(s.plan[rows]) != 0
        run = np.r_[0, np.cumsum(changes)].astype(np.int64)
        place = np.arange(len(rows)) - np.searchsorted(run, run)
        settled = ((place >= q.settling) | (run == 0)).astype(np.float64)
        found.append(StageRuns(int(phase), s.start[rows], s.end[rows], run, settled))
    return found


def quantum_of(record: Record, q: VerdictParameters) -> int:
    """Resolution of the controller's stamps, ms."""
    whole = not (record.services.end % q.quantum).any() and not (record.services.start[record.services.start >= 0] % q.quantum).any()
    return q.quantum if whole else q.fine_quantum


def spread_within_plans(stage: StageRuns, quantum: int, q: VerdictParameters) -> tuple[float, int, int]:
    """T1 of one stage: SD within its plans (ms), services that left the median of their plan by more than a quantum, of how many."""
    squares, freedom, moved = 0.0, 0, 0
    length = (stage.end - stage.start).astype(np.float64)
    kept = stage.settled > 0
    for run in np.unique(stage.run[kept]):
        own = length[kept & (stage.run == run)]
        squares += float(((own - own.mean()) ** 2).sum())
        freedom += len(own) - 1
        moved += int((np.abs(own - np.median(own)) > quantum).sum())
    return math.sqrt(squares / freedom) if freedom > 0 else 0.0, moved, int(kept.sum())


def weigh_evidence(record: Record, q: VerdictParameters) -> Evidence:
    """T1, T2 and T3 of a record."""
    numbers = [int(((record.services.phase == p) & (record.services.flags == 0)).sum()) for p in np.unique(record.services.phase)]
    stages, quantum = stage_runs(record, q), quantum_of(record, q)
    if not stages:
        return Evidence(services=float(np.median(numbers)) if numbers else 0.0)
    spreads = [spread_within_plans(stage, quantum, q) for stage in stages]
    least = max(q.spread_least * quantum, q.spread_floor)
    moves = any(spread > least and moved >= q.moved_least for spread, moved, _ in spreads)
    told = record.services.termination[record.services.termination > 0]
    auc_own, auc_opposing, micro = _micro(record, stages, q) if moves else (UNTOLD, UNTOLD, UNTOLD)
    correlation, macro = _macro(record, stages, q) if moves else (UNTOLD, UNTOLD)
    return Evidence(
        len(stages), float(np.median(numbers)), max(spread for spread, _, _ in spreads) / 1000.0,
        sum(moved for _, moved, _ in spreads) / max(1, sum(of for _, _, of in spreads)), moves, auc_own, auc_opposing, micro,
        float((told == 4).mean()) if len(told) else UNTOLD, UNTOLD if record.advance else _gap_outs(told == 4, q), correlation, macro,
    )  # fmt: skip


def _gap_outs(gap_out: NDArray[np.bool_], q: VerdictParameters) -> float:
    """P(so many gap-outs | a share of `gap_outs_most`), by the normal approximation with continuity correction."""
    n, share = len(gap_out), q.gap_outs_most
    if n < q.services_least:
        return UNTOLD
    return upper_tail((float(gap_out.sum()) - 0.5 - n * share) / math.sqrt(n * share * (1.0 - share)))


def _micro(record: Record, stages: list[StageRuns], q: VerdictParameters) -> tuple[float, float, float]:
    """T2: best matched AUC of own gaps and of opposing demand, and the p-value over all windows, stages together and one by one."""
    windows = np.array(q.own_windows + q.opposing_windows, np.int64)
    sides = np.array([-1] * len(q.own_windows) + [1] * len(q.opposing_windows), np.int64)
    tested = [stage for stage in stages if stage.phase in record.own]
    sums, variances, informed, pairs = (np.zeros((len(tested), len(windows))) for _ in range(4))
    concordant = np.zeros(len(windows))
    for row, stage in enumerate(tested):
        score, found = np.zeros((len(windows), len(stage.start))), np.zeros((len(windows), 5))
        blocks = _blocks(stage.run, q.block)
        ended_by_traffic(
            stage.start, stage.end, blocks, _nuisance(stage, blocks), record.own[stage.phase], record.opposing[stage.phase], windows,
            sides, score, found,
        )  # fmt: skip
        sums[row], pairs[row] = score.sum(axis=1), found[:, 4]
        variances[row] = [variance_of_sum(score[w], found[w, 1], q.lags) for w in range(len(windows))]
        informed[row] = np.maximum(found[:, 2] - NUISANCE - 1, 0.0)
        concordant += found[:, 3]
    told = variances > 0.0
    if not told.any():
        return UNTOLD, UNTOLD, UNTOLD
    alone = [t_tail(sums[at] / math.sqrt(variances[at]), informed[at]) for at in zip(*np.nonzero(told))]
    sums, variances, informed = (np.where(told, of, 0.0).sum(axis=0) for of in (sums, variances, informed))
    together = [t_tail(sums[w] / math.sqrt(variances[w]), informed[w]) for w in np.flatnonzero(variances > 0.0)]
    chance = combined(together + alone, [1.0 / len(together)] * len(together) + [1.0 / len(alone)] * len(alone))
    auc = concordant / np.where(pairs.sum(axis=0) > 0, pairs.sum(axis=0), UNTOLD)
    return _best(auc[: len(q.own_windows)]), _best(auc[len(q.own_windows) :]), chance


def _best(values: F64) -> float:
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else UNTOLD


def _blocks(run: I64, size: int) -> I64:
    """Stretches of about equal length, at most `size`, that do not cross a change of plan."""
    block, number = np.zeros(len(run), np.int64), 0
    for one in np.unique(run):
        rows = np.flatnonzero(run == one)
        count = -(-len(rows) // size)
        block[rows] = number + np.arange(len(rows)) * count // len(rows)
        number += count
    return block


def _nuisance(stage: StageRuns, block: I64) -> F64:
    """[NUISANCE, n] the red before, the place in the background cycle, and time; standardised within blocks, 0 where unknown."""
    n = len(stage.start)
    red = np.r_[0, stage.start[1:] - stage.end[:-1]].astype(np.float64)
    steps = np.diff(stage.start)
    cycles = np.r_[0.0, np.cumsum(np.round(steps / max(1.0, float(np.median(steps)))))]
    place = (stage.start - stage.start[0]).astype(np.float64)
    cycles -= cycles.mean()
    place -= cycles * (float(cycles @ place) / max(float(cycles @ cycles), 1.0))
    values = np.stack([red, place, np.arange(n, dtype=np.float64)])
    known = np.ones((NUISANCE, n))
    known[0, 0] = 0.0
    first = np.flatnonzero(np.diff(block, prepend=-1))
    number, where = np.maximum(np.add.reduceat(known, first, axis=1), 1.0), np.searchsorted(first, np.arange(n), "right") - 1
    apart = known * (values - (np.add.reduceat(values * known, first, axis=1) / number)[:, where])
    spread = np.sqrt(np.add.reduceat(apart**2, first, axis=1) / number)[:, where]
    return np.asarray(apart / np.where(spread > 1e-6, spread, math.inf))


def _macro(record: Record, stages: list[StageRuns], q: VerdictParameters) -> tuple[float, float]:
    """T3: best partial correlation, and the p-value over stages: shares of the cycle with demand shares, and greens with demand."""
    hits = [record.own[stage.phase] for stage in stages if stage.phase in record.own]
    if not hits:
        return UNTOLD, UNTOLD
    everyone = np.sort(np.concatenate(hits))
    found = []
    for stage in stages:
        if stage.phase in record.own:
            found += _followed(stage, record.own[stage.phase], everyone, q)
    correlations = [r for r, p in found if not math.isnan(p)]
    return (max(correlations) if correlations else UNTOLD), combined([p for _, p in found]) if found else UNTOLD


def _followed(stage: StageRuns, own: I64, everyone: I64, q: VerdictParameters) -> list[tuple[float, float]]:
    """(correlation, p-value) of one stage: its share of the cycle with its demand share, its green with its demand per second."""
    back, n = q.services_before, len(stage.start)
    cycle, green = np.diff(stage.start).astype(np.float64), (stage.end - stage.start)[:-1].astype(np.float64)
    rows = np.arange(max(back, q.greens_before), n - 1)
    first = rows - max(back, q.greens_before)
    whole = (stage.run[first] == stage.run[rows + 1]) & (stage.settled[first] > 0)
    steady = stage.start[rows + 1] - stage.start[first] <= 3.0 * (len(cycle) and np.median(cycle)) * (rows + 1 - first)
    rows = rows[whole & steady]
    if len(rows) < q.services_least - back:
        return []
    since, until = stage.start[rows - back], stage.start[rows]
    count = (np.searchsorted(own, until) - np.searchsorted(own, since)).astype(np.float64)
    total = (np.searchsorted(everyone, until) - np.searchsorted(everyone, since)).astype(np.float64)
    result, half = [], max(1, round(q.local / float(np.median(cycle))))
    for answer, demand in ((green / cycle, count / np.maximum(total, 1.0)), (green, count / (until - since))):
        local = less_local_mean(answer, stage.run[:-1], half)
        before = [local[rows - lag] for lag in range(1, q.greens_before + 1)]
        given = np.stack([np.ones(len(rows)), *before, rows / n], axis=1)
        result.append(partial_rank_correlation(local[rows], less_local_mean(demand, stage.run[rows], half), given, back))
    return result
