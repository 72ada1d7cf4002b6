"""Where next as one answer: the plan, how sure it is, and what rankings by flow and betweenness would have chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from signals.kernels.columns import F64, I8
from signals.model import Grade
from signals.road_graph import RoadGraph, important
from signals.siting import Limits, Plan, make_plan
from signals.siting_comparison import Ranking, flow, ranking
from signals.siting_confidence import Confidence, confidence
from signals.siting_objective import Measured, Objective, SitingParameters, make_objective
from signals.siting_trips import Trips

Json = dict[str, Any]
BETWEENNESS_NODES = 4000
"""nodes up to which betweenness takes every node as a source: about a minute of networkx"""


@dataclass(frozen=True)
class SitingCase:
    """What is known of J intersections: those of `graph.signal_ids`."""

    graph: RoadGraph
    trips: Trips
    """of all days together"""
    measured: Measured = field(default_factory=Measured)
    grade: I8 | None = None
    """[J] as an inventory says; where that is UNKNOWN or None, the streets that meet tell"""
    names: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def grades(self) -> I8:
        """[J]"""
        streets = self.graph.grades()
        return streets if self.grade is None else np.where(self.grade != Grade.UNKNOWN, self.grade, streets).astype(np.int8)


@dataclass(frozen=True)
class SitingReport:
    """The answer to one question."""

    case: SitingCase
    limits: Limits
    objective: Objective
    plan: Plan
    confidence: Confidence
    flow: Ranking
    betweenness: Ranking | None
    """None without a street graph"""
    replicates: int


def where_next(
    case: SitingCase, limits: Limits, seed: int = 1, q: SitingParameters | None = None, central: F64 | None = None
) -> SitingReport:
    """Choose, resample and compare. `limits.candidates` None: all but intersections of branch roads alone, which the district's
    indicator leaves out; one that must be chosen is chosen all the same. `central` [J] is betweenness computed before.

    Raises SitingError when limits cannot be kept or what is known does not fit together.
    """
    q = q or SitingParameters()
    if limits.candidates is None:
        limits = replace(limits, candidates=important(case.grades))
    days = int(case.trips.day.max(initial=0)) + 1
    a_day = replace(case.trips, weight=case.trips.weight / days)
    objective = make_objective(a_day.intersections, case.measured, q)
    plan = make_plan(a_day, objective, limits)
    if central is None and len(case.graph.edge_from):
        nodes = len(case.graph.node_ids)
        central = case.graph.betweenness(None if nodes <= BETWEENNESS_NODES else q.samples)
    return SitingReport(
        case, limits, objective, plan, confidence(a_day, case.measured, limits, plan, seed, q),
        ranking(a_day, objective, limits, plan, flow(a_day)),
        None if central is None else ranking(a_day, objective, limits, plan, central), q.replicates,
    )  # fmt: skip


def report_json(report: SitingReport) -> Json:
    """The answer of `baimai signals next --json` and of `/v1/signals/next`."""
    plan, limits, sure, trips = report.plan, report.limits, report.confidence, report.case.trips
    whole = float(trips.weight.sum())
    touched = np.unique(trips.trip[_rows(trips, plan.chosen.tolist())])
    candidates = limits.candidates if limits.candidates is not None else np.ones(trips.intersections, np.uint8)
    return {
        "unit": report.objective.unit,
        "n": len(plan.chosen),
        "budget": None if math.isinf(limits.budget) else limits.budget,
        "spent": None if limits.cost is None else float(plan.cost.sum()),
        "benefit": plan.benefit,
        "benefit_at_assumed_gain": float(plan.gain[report.objective.assumed[plan.chosen] == 1].sum()),
        "bound": plan.bound,
        "gap": plan.gap,
        "guarantee": None if math.isnan(plan.guarantee) else plan.guarantee,
        "swap_regret": plan.swap_regret,
        "method": "gain_per_cost" if plan.by_ratio else "gain",
        "confidence": {"resampled": sure.unit, "drawn": sure.drawn, "replicates": report.replicates},
        "trips": {
            "rows": len(trips), "days": int(trips.day.max(initial=0)) + 1,
            "passing_a_chosen": float(trips.weight[touched].sum()) / whole if whole else None,
        },
        "intersections_known": {
            "all": trips.intersections, "equipped": len(set(limits.equipped)), "branch_only_or_left_out": int((candidates == 0).sum()),
            "gain_assumed": int(report.objective.assumed.sum()), "bus_delay_unknown": int(report.objective.without_bus.sum()),
        },
        "rankings": {"flow": _ranking(report, report.flow), "betweenness": _ranking(report, report.betweenness)},
        "intersections": [_row(report, k) for k in range(len(plan.chosen))],
    }  # fmt: skip


def _row(report: SitingReport, k: int) -> Json:
    plan, graph, sure = report.plan, report.case.graph, report.confidence
    j = int(plan.chosen[k])
    one = graph.signal_ids[j]
    return {
        "rank": k + 1, "intersection_id": one, "name": report.case.names.get(one) or None,
        "lat": _known(graph.lat[j]), "lon": _known(graph.lon[j]), "grade": int(report.case.grades[j]) or None,
        "marginal_benefit": float(plan.gain[k]), "cumulative_benefit": float(plan.gain[: k + 1].sum()),
        "cost": None if report.limits.cost is None else float(plan.cost[k]),
        "must_include": bool(plan.must[k]), "gain_assumed": bool(report.objective.assumed[j]),
        "bus_delay_known": not report.objective.without_bus[j],
        "confidence": {
            "held": float(sure.held[k]), "at_least_this_rank": float(sure.top[k]), "rank_low": int(sure.low[k]),
            "rank_high": int(sure.high[k]) if sure.high[k] <= len(plan.chosen) else None,
        },
        "corridor_passes": float(plan.corridor[k]),
        "swap": None if plan.swap[k] < 0 else {
            "intersection_id": graph.signal_ids[plan.swap[k]], "change": float(plan.swap_change[k]),
        },
        "flow": _beside(report.flow, j, k), "betweenness": _beside(report.betweenness, j, k),
    }  # fmt: skip


def _beside(other: Ranking | None, j: int, k: int) -> Json | None:
    """Where a ranking puts this intersection, and what its own choice of as many gains."""
    if other is None:
        return None
    gained = float(other.gain[: k + 1].sum()) if k < len(other.chosen) else None
    return {"score": float(other.score[j]), "rank": int(other.rank[j]), "cumulative_benefit": gained}


def _ranking(report: SitingReport, other: Ranking | None) -> Json | None:
    if other is None:
        return None
    return {"benefit": other.benefit, "intersections": [report.case.graph.signal_ids[j] for j in other.chosen.tolist()]}


def _rows(trips: Trips, chosen: Sequence[int]) -> Any:
    return np.concatenate([np.zeros(0, np.int64), *(np.arange(trips.start[j], trips.start[j + 1]) for j in chosen)])


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
