"""The verdict: T1 and (T2 or T3), or T5, at a false discovery rate over all intersections judged together; else not, or unknown.

Where greens move and lane counts are all there is of the traffic, the verdict is adapting or unknown, never not adapting: gap-outs of
actuated control follow single vehicles, of which counts of minutes tell too little to deny them.

`weigh` reads one controller and costs a millisecond or two; `verdicts` needs the last of each only, so a server weighs controllers
one by one and draws the verdicts anew whenever one has changed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from signals.discoveries import adjusted
from signals.evidence import Evidence, weigh_evidence
from signals.evidence_chances import bonferroni
from signals.evidence_counts import NO_COUNT_EVIDENCE, CountEvidence, weigh_counts
from signals.evidence_plans import PlanEvidence, weigh_plans
from signals.model import Verdict
from signals.services import Record
from signals.verdict_parameters import VerdictParameters

NO_CONTROLLER, NOT_OBSERVED, FEW_SERVICES, NO_DETECTORS = "no_controller", "not_observed", "few_services", "no_detectors"
LITTLE_TRAFFIC, SHORT_WINDOW, NO_ADVANCE = "little_traffic", "short_window", "no_advance_detectors"
INCONCLUSIVE, NO_COUNTS, NO_STAGES, FEW_COUNTS = "inconclusive", "no_counts", "no_stages", "few_counts"


@dataclass(frozen=True)
class Weighed:
    """One controller's record with its tests."""

    record: Record
    evidence: Evidence
    plans: PlanEvidence
    chance: float
    """p-value of the intersection: the least of its tests', times their number; 1 where T1 says it does not move; NaN unknown"""
    unknown_because: str = ""
    """why nothing can be said, else empty: `not_observed`, `few_services`, `little_traffic`, `no_detectors` (and nobody asked for lane
    counts), `no_counts`, `no_stages` (no detector says which stages the counted approaches call), `few_counts`"""
    counts: CountEvidence = NO_COUNT_EVIDENCE


def weigh(
    record: Record, parameters: VerdictParameters, schedule: Sequence[int] | None = None, utc_offset: int = 28_800
) -> Weighed:
    """The tests of one record and its p-value. `schedule`, `utc_offset` as of `signals.evidence_plans.weigh_plans`."""
    q = parameters
    evidence, plans = weigh_evidence(record, q), weigh_plans(record, q, schedule, utc_offset)
    counts = weigh_counts(record, q)
    if not record.observable_share >= q.observable_least:
        return Weighed(record, evidence, plans, math.nan, NOT_OBSERVED, counts)
    if evidence.services < q.services_least or not evidence.stages:
        return Weighed(record, evidence, plans, math.nan, FEW_SERVICES, counts)
    if plans.replay_share > q.replay_most:
        return Weighed(record, evidence, plans, 1.0, "", counts)
    tests = [plans.selected]
    if evidence.moves:
        tests += [*_answers(evidence, q), counts.macro]
    elif _little_traffic(record, counts):
        return Weighed(record, evidence, plans, math.nan, LITTLE_TRAFFIC, counts)
    else:
        tests.append(1.0)
    chance = bonferroni(tests)
    return Weighed(record, evidence, plans, chance, _missing(record) if math.isnan(chance) else "", counts)


def verdicts(weighed: Sequence[Weighed], parameters: VerdictParameters) -> list[tuple[Verdict, float, str]]:
    """(verdict, q-value, why unknown) of each; the false discovery rate is that of all given here."""
    q = parameters
    rates = adjusted(np.array([one.chance for one in weighed]))
    result = []
    for one, rate in zip(weighed, rates):
        if one.unknown_because:
            result.append((Verdict.UNKNOWN, math.nan, one.unknown_because))
            continue
        short = one.record.end - one.record.start < q.decisive
        if rate <= q.false_discovery_rate:
            result.append((Verdict.ADAPTING, float(rate), ""))
        elif one.chance < (q.suggestive_short if short else q.suggestive):
            result.append((Verdict.UNKNOWN, float(rate), SHORT_WINDOW if short else INCONCLUSIVE))
        elif one.evidence.moves and not one.record.advance and math.isnan(one.evidence.gap_outs):
            result.append((Verdict.UNKNOWN, float(rate), NO_ADVANCE if math.isnan(one.counts.macro) else INCONCLUSIVE))
        else:
            result.append((Verdict.NOT_ADAPTING, float(rate), ""))
    return result


def _answers(evidence: Evidence, q: VerdictParameters) -> list[float]:
    """p-values of T2 and T3; 1 where the effect is too small to count."""
    effect = np.nanmax([evidence.gap_auc, evidence.opposing_auc, 0.0])
    micro = 1.0 if effect < q.auc_least and not math.isnan(evidence.micro) else evidence.micro
    macro = 1.0 if evidence.demand_correlation < q.correlation_least else evidence.macro
    return [micro, evidence.gap_outs, macro]


def _little_traffic(record: Record, counts: CountEvidence) -> bool:
    """Whether so few vehicles came that a controller that answers them would have rested in its least greens just so."""
    demand = record.services.demand[record.services.demand >= 0]
    return float(demand.mean()) < 1.0 if len(demand) else counts.vehicles < 1.0


def _missing(record: Record) -> str:
    """What a controller whose greens move lacks to be judged by."""
    if record.own or record.counted is None:
        return NO_DETECTORS
    if not record.counted:
        return NO_COUNTS
    return FEW_COUNTS if any(one.stages for one in record.counted) else NO_STAGES
