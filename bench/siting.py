"""Where next: benefit beside rankings by flow and by betweenness for every N up to 50 on five networks, and time per run.

First all intersections gain alike (1 − 0.85^k over the k chosen ones on a trip), which favours the rankings most: neither asks what an
intersection gains. Then gains are drawn, as measured ones differ, and a ranking by each one's own benefit, which knows them, is added.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from bench.rows import Row
from bench.siting_networks import Town, towns
from bench.timing import least
from signals.kernels.columns import F64
from signals.kernels.siting import all_gains
from signals.siting import Limits, begin, make_plan, select
from signals.siting_comparison import flow, ranking
from signals.siting_confidence import confidence
from signals.siting_objective import Measured, SitingParameters, make_objective

MOST = 50
SIZE, TRIPS = 1024, 25_000
WANTED_MS = 50.0


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows: worst ratio of benefits over all N; ms a run beside the limit, and seconds beside networkx."""
    size, trips = (64, 400) if smoke else (SIZE, TRIPS)
    for k, town in enumerate(towns(trips, size)):
        if isinstance(town, str):
            yield town
            continue
        begun = time.perf_counter()
        central = town.graph.betweenness()
        took = time.perf_counter() - begun
        yield from _benefits(town, central)
        if k == 0:
            yield from _times(town, took)


def _benefits(town: Town, central: F64) -> Iterator[Row | str]:
    count = town.trips.intersections
    limits = Limits(min(MOST, count))
    drawn = Measured(np.random.default_rng(7).gamma(1.0, 6.0, count))
    for what, objective in (("equal gains", make_objective(count)), ("drawn gains", make_objective(count, drawn))):
        plan = make_plan(town.trips, objective, limits)
        ours = np.cumsum(plan.gain)
        whole = float(town.trips.weight.sum()) * objective.scale
        alone = np.empty(count)
        all_gains(town.trips.start, town.trips.trip, town.trips.weight * objective.scale, objective.share, objective.extra, alone)
        for name, score in (("flow", flow(town.trips)), ("betweenness", central), ("benefit alone", alone)):
            if name == "benefit alone" and what == "equal gains":
                continue  # the same as flow
            theirs = np.cumsum(ranking(town.trips, objective, limits, plan, score).gain)
            ratio = ours / theirs
            worst = int(np.argmin(ratio))
            yield Row(
                f"{town.name}, {what}, worst N for us, by {name}", 100 * float(ours[worst]) / whole, 100 * float(theirs[worst]) / whole,
                f"by {name}, N = {worst + 1}", "% of benefit", True,
            )  # fmt: skip
            ahead, behind = int((ratio > 1 + 1e-9).sum()), int((ratio < 1 - 1e-9).sum())
            told = f"better than {name} at {ahead} of {len(ratio)} N, worse at {behind}, {ratio.mean():.3f} times on average"
            yield f"{town.name}, {what}: {told}"
        yield f"{town.name}, {what}: {len(plan.chosen)} of {count}, at most {100 * plan.gap:.2f} % short of the best choice"


def _times(town: Town, betweenness: float) -> Iterator[Row | str]:
    trips, objective = town.trips, make_objective(town.trips.intersections)
    limits = Limits(min(MOST, trips.intersections))
    start = begin(trips, objective, limits)
    chosen = 1e3 * least(lambda: select(trips, objective, start, False), 30)
    whole = 1e3 * least(lambda: make_plan(trips, objective, limits), 30)
    yield Row("greedy choice, N = 50", chosen, WANTED_MS, "wanted at most", "ms/run", False)
    yield Row("a plan: choice, bound, exchanges, corridors", whole, WANTED_MS, "wanted at most", "ms/run", False)
    yield Row("a plan beside betweenness", whole / 1e3, betweenness, "networkx betweenness", "s", False)
    plan = make_plan(trips, objective, limits)
    sure = 1e3 * least(lambda: confidence(trips, Measured(), limits, plan, 1), 3)
    yield f"confidence of the ranks of {MOST}: {SitingParameters().replicates} resamplings take {sure:.0f} ms"
    evaluated = select(trips, objective, start, False)[0].evaluations
    yield (
        f"{trips.intersections:,} intersections, {len(trips):,} trips over {len(trips.stop) / len(trips):.1f} of them each; "
        f"{evaluated:,} gains computed where plain greedy computes {MOST * trips.intersections:,}"
    )
