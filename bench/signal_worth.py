"""What better timing is worth: found against the truth, false differences between days, and time for 1,000 intersections.

Volumes are drawn from known rates; the truth is the same reckoning on the rates themselves over many other days. Of comparisons the
rival is the usual test that takes quarter hours for independent; of the work, the same search in numpy, with the same figures.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from bench.rows import Row
from bench.signal_volumes import INTERVALS, KINDS, delay_days, demand_of, junction_of
from signals.comparison import COMPARISON, DELAY, PLATOON_RATIO, SPLIT_FAILURES, TRAVEL_TIME, Effect, compare
from signals.comparison_days import Days
from signals.delay import control_delay
from signals.kernels.columns import F64, I32
from signals.plans import Judged, Junction, judge_days, library
from signals.worth import gain
from signals.worth_junctions import TimedIntersection
from signals.worth_parameters import WORTH

SHORT, LONG = 24, 150
"""days that are measured, and the days after them that make the truth"""
MEASURES = (DELAY, SPLIT_FAILURES, TRAVEL_TIME, PLATOON_RATIO)


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in s/veh, in shares of comparisons, and in ms an intersection."""
    yield from _gains(1 if smoke else 60)
    yield from _comparisons(4 if smoke else 1000)
    yield from _time(2 if smoke else 1000)


def types_of(days: int) -> I32:
    return (np.arange(days) % 7 >= 5).astype(np.int32)


def _gains(junctions: int) -> Iterator[Row | str]:
    for kind in KINDS:
        rng = np.random.default_rng(KINDS.index(kind))
        table = np.array([_one_gain(kind, rng) for _ in range(junctions)])
        upper, causal, delay, true_upper, true_causal, held = table.mean(axis=0).tolist()
        if kind == "repeats":
            yield Row("repeats: upper bound where there is nothing to gain", upper, delay, "delay under plans", "s/veh", False)
        else:
            off = np.abs(table[:, :2] - table[:, 3:5]).mean(axis=0).tolist()
            yield Row(f"{kind}: error of the upper bound", off[0], true_upper, "its true value", "s/veh", False)
            yield Row(f"{kind}: error of the causal gain", off[1], true_causal, "its true value", "s/veh", False)
            name = f"{kind}: 95 % intervals of {SHORT} days that hold the figure of {LONG} others"
            yield Row(name, held, 0.93, "an exact interval would", "share", True)
        yield (
            f"{kind}, {junctions} junctions, mean s/veh: delay under plans {delay:.2f}; upper bound {upper:.3f}, of the true rates "
            f"{true_upper:.3f}; causal {causal:.3f}, of the true rates {true_causal:.3f}"
        )


def _one_gain(kind: str, rng: np.random.Generator) -> tuple[float, ...]:
    """Upper, causal, delay under plans as found; upper and causal in truth, all s/veh; whether the interval holds other days' upper."""
    junction = junction_of(rng)
    demand = demand_of(kind, junction, SHORT + LONG, types_of(SHORT + LONG), rng)
    volume = np.moveaxis(demand.counted[:SHORT], 2, 0)
    one = TimedIntersection(0, np.arange(len(volume), dtype=np.int32), junction)
    worth = gain(volume, [one], types_of(SHORT), rng)
    rate, others = demand.rate[SHORT:], demand.counted[SHORT:] / WORTH.timing.period
    judged, vehicles = judge_days(rate, junction, types_of(LONG)), rate.sum() * WORTH.timing.period
    upper, causal = (float((judged.plans - other).sum()) for other in (judged.best, judged.causal))
    later = judge_days(others, junction, types_of(LONG))
    held = float(worth.upper.low[0] <= (later.plans - later.best).sum() / LONG <= worth.upper.high[0])
    found = worth.upper.per_vehicle[0], worth.causal.per_vehicle[0], worth.plans[0]
    return (*found, upper / vehicles, causal / vehicles, held)


def _comparisons(number: int) -> Iterator[Row | str]:
    rng, q = np.random.default_rng(11), COMPARISON._replace(shuffles=999)

    def share(days: int, effect: float, spread: float, wanted: set[Effect]) -> float:
        told = [compare([(DELAY, delay_days(days, effect, spread, rng))], rng, q)[0].effect for _ in range(number)]
        return float(np.mean([one in wanted for one in told]))

    alarm = {Effect.BETTER, Effect.WORSE}
    tables = [delay_days(20, 0.0, 0.06, rng) for _ in range(number)]
    ours = float(np.mean([compare([(DELAY, one)], rng, q)[0].effect in alarm for one in tables]))
    rival = float(np.mean([_by_slots(one) for one in tables]))
    yield Row("false differences, 10 + 10 days", ours, rival, "t test by quarter hours", "share", False)
    together = [compare([(m, delay_days(20, 0.0, 0.06, rng)) for m in MEASURES], rng, q) for _ in range(number)]
    ours = float(np.mean([any(one.effect in alarm for one in one_of_four) for one_of_four in together]))
    yield Row("any false difference among four measures", ours, 0.05, "allowed", "share", False)
    for days in (20, 30, 60):
        half = f"{days // 2} + {days // 2} days"
        for effect in (0.05, 0.08, 0.12):
            found = share(days, -effect, 0.06, {Effect.BETTER})
            yield Row(f"{effect:.0%} less delay found, {half}", found, 0.8, "wanted", "share", True)
        none = share(days, 0.0, 0.06, {Effect.NO_DIFFERENCE})
        yield Row(f"no difference shown where there is none, {half}", none, 0.8, "wanted", "share", True)
    wrong = share(60, DELAY.smallest * 1.01, 0.06, {Effect.NO_DIFFERENCE})
    yield Row("no difference told where 5 % differ, 30 + 30 days", wrong, 0.05, "allowed", "share", False)
    yield "days scatter by 6 % as a whole, hours by another 8 %; no difference: shown to be below 5 %"


def _by_slots(days: Days) -> bool:
    """Whether Welch's test over slots as if each were by itself, at 5 %, sees a difference."""
    value = days.numerator / days.denominator
    with_, without = value[days.on == 1], value[days.on == 0]
    error = np.sqrt(with_.var(ddof=1) / len(with_) + without.var(ddof=1) / len(without))
    return bool(abs(with_.mean() - without.mean()) > 1.96 * error)


def _time(number: int) -> Iterator[Row | str]:
    rng, days = np.random.default_rng(3), 30
    kinds = types_of(days)
    junctions: list[TimedIntersection] = []
    volumes: list[F64] = []
    while len(junctions) < number:
        junction = junction_of(rng)
        if len(junctions) < 2 and len(junction.least) > 2:
            continue  # the rival tries every green, of three stages tens of thousands
        demand = demand_of(KINDS[len(junctions) % 3], junction, days, kinds, rng)
        first = sum(len(each) for each in volumes)
        rows = np.arange(first, first + len(junction.saturation), dtype=np.int32)
        junctions.append(TimedIntersection(len(junctions), rows, junction))
        volumes.append(np.moveaxis(demand.counted, 2, 0))
    volume = np.concatenate(volumes)
    gain(volume, junctions[:1], kinds, rng)
    begun = time.perf_counter()
    gain(volume, junctions, kinds, rng)
    took = time.perf_counter() - begun
    rivals = []
    for one in junctions[: 1 if number < 10 else 2]:
        flow = np.moveaxis(volume[one.approach], 0, 2) * 4
        assert one.junction is not None
        begun = time.perf_counter()
        theirs = _in_numpy(flow, one.junction, kinds)
        rivals.append(time.perf_counter() - begun)
        _same(judge_days(flow, one.junction, kinds), theirs)
    yield Row(f"worth of an intersection, {days} days", 1e3 * took / number, 1e3 * min(rivals), "the same in numpy", "ms", False)
    yield Row(f"worth of {number:,} intersections, {days} days", took, 600.0, "wanted at most", "s", False)


def _same(ours: Judged, theirs: Sequence[F64]) -> None:
    for name, other in zip(("plans", "best"), theirs):
        if not np.allclose(getattr(ours, name), other, rtol=1e-9):
            raise AssertionError(f"numpy finds other delays: {name}")


def _in_numpy(flow: F64, junction: Junction, kinds: I32) -> tuple[F64, F64]:
    """Delay under plans of the other days, and under each interval's best timing, [D, N]; two stages."""
    every = _every_timing(junction)
    days = len(flow)
    best = np.array([[_delays(row, junction, every).min() for row in day] for day in flow])
    timings = np.unique(np.concatenate([library(flow[kinds == kind], junction) for kind in np.unique(kinds)]), axis=0)
    cost = np.array([[_delays(row, junction, timings) for row in day] for day in flow])
    plans = np.empty((days, INTERVALS))
    for day in range(days):
        others = cost[(kinds == kinds[day]) & (np.arange(days) != day)].sum(axis=0)
        plans[day] = cost[day, np.arange(INTERVALS), _plans(others)]
    return plans, best


def _every_timing(junction: Junction) -> I32:
    q, (first, second) = WORTH.timing, junction.least.tolist()
    cycles = range(q.shortest_cycle, q.longest_cycle + 1, q.cycle_step)
    every = [(c, g, c - junction.lost - g) for c in cycles for g in range(first, c - junction.lost - second + 1)]
    return np.array(every, np.int32)


def _delays(row: F64, junction: Junction, timings: I32) -> F64:
    """[Q] veh·s."""
    stage = np.repeat(np.arange(len(junction.least)), np.diff(junction.stage_start))
    delay = control_delay(row, junction.saturation, timings[:, 1 + stage], timings[:, :1]).total
    return np.asarray((row * WORTH.timing.period * delay).sum(axis=1), np.float64)


def _plans(total: F64) -> list[int]:
    """The timing of each interval under the best plans."""
    n, shortest = len(total), WORTH.shortest_plan
    spans = [np.cumsum(total[i:], axis=0) for i in range(n)]
    least, timing = [span.min(axis=1) for span in spans], [span.argmin(axis=1) for span in spans]
    nothing: tuple[float, list[int]] = (np.inf, [])
    best = [(0.0, nothing[1]), *[nothing] * n]
    end = best[n]
    for _ in range(WORTH.plans):
        step = [nothing] * (n + 1)
        for j in range(shortest, n + 1):
            costs = [best[i][0] + least[i][j - i - 1] for i in range(j - shortest + 1)]
            i = len(costs) - 1 - int(np.argmin(costs[::-1]))
            if np.isfinite(costs[i]):
                step[j] = costs[i], best[i][1] + [int(timing[i][j - i - 1])] * (j - i)
        best = step
        if best[n][0] < end[0]:
            end = best[n]
    return end[1]
