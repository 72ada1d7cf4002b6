"""Verdicts: are they right? On the ground truth of SUMO and on simulated junctions of all kinds, beside what is usually believed.

Rivals: the CV of the cycle above 0.05, a gap-AUC against random moments of the green above 0.7, the declared mode taken at its word.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from bench.recorded import data_folder
from bench.rows import Row
from feeds.signals.simulated import DECLARED, SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from signals.codes import DECLARED_REAL_TIME
from signals.finding import Finding
from signals.inventory import Inventory
from signals.kernels.columns import CountColumns, EventColumns
from signals.ladder import judge
from signals.model import Verdict
from signals.services import Record, records
from signals.verdict_parameters import VerdictParameters

TRUTH = "signals_truth"
HOUR = 3_600_000
START = 1_772_409_600_000
TWO, FOUR = (Plan(1, 0.0, (42.0, 42.0)),), (Plan(1, 0.0, (25.0, 20.0, 25.0, 18.0)),)
PEAKS = (Plan(1, 0.0, (42, 42)), Plan(2, 8.5, (54, 30)), Plan(3, 9.0, (34, 50)), Plan(4, 9.5, (46, 38)))
FOUR_WAY: dict[str, object] = {"plans": FOUR, "volumes": (260.0, 100.0, 220.0, 120.0)}


class Case(NamedTuple):
    """Junctions whose truth is known."""

    name: str
    inventory: Inventory
    events: EventColumns
    kinds: Sequence[Control]
    counts: CountColumns | None = None


VARIANTS: dict[str, tuple[Control, dict[str, object]]] = {
    "fixed": (Control.FIXED, {}), "fixed, heavy": (Control.FIXED, {"volumes": (900.0, 900.0)}),
    "fixed, lost 3 %": (Control.FIXED, {"lost": 0.03}), "fixed, 0.1 s": (Control.FIXED, {"resolution": 0.1, **FOUR_WAY}),
    "tod": (Control.TOD, {"plans": PEAKS}), "tod, coordinated": (Control.TOD, {"plans": PEAKS, "offset": 20.0, "platoons": 0.7}),
    "tod, no plan events": (Control.TOD, {"plans": PEAKS, "plan_events": False, "daily": True, "volumes": (600.0, 500.0)}),
    "tod, lost 3 %": (Control.TOD, {"plans": PEAKS, "lost": 0.03}),
    "jitter 2": (Control.JITTER, {"jitter": 2.0, "resolution": 0.1}), "jitter 5": (Control.JITTER, {}),
    "jitter 10": (Control.JITTER, {"jitter": 10.0}), "jitter, four phases": (Control.JITTER, FOUR_WAY),
    "jitter, platoons": (Control.JITTER, {"platoons": 0.8, "offset": 20.0, "volumes": (400.0, 400.0)}),
    "jitter, constant cycle": (Control.JITTER, {"jitter_style": 1, "jitter": 10.0, "platoons": 0.8, "offset": 20.0}),
    "jitter, whole cycle": (Control.JITTER, {"jitter_style": 2, "jitter": 10.0, "volumes": (500.0, 500.0)}),
    "jitter, sluggish": (Control.JITTER, {"jitter_memory": 0.9, "jitter": 8.0}),
    "jitter, periodic": (Control.JITTER, {"jitter_period": 14.0, "jitter": 8.0}),
    "jitter, saturated": (Control.JITTER, {"volumes": (1000.0, 1000.0)}), "jitter, lost 3 %": (Control.JITTER, {"lost": 0.03}),
    "split": (Control.SPLIT, {}), "split, light": (Control.SPLIT, {"volumes": (60.0, 60.0)}),
    "split, steps of 4 s": (Control.SPLIT, {"step": 4.0}), "split, steps of 1 s": (Control.SPLIT, {"step": 1.0}),
    "split, four phases": (Control.SPLIT, {"offset": 20.0, "platoons": 0.7, **FOUR_WAY}),
    "split, lost 3 %": (Control.SPLIT, {"lost": 0.03}), "split, two lanes dead": (Control.SPLIT, {"dead_lanes": 2}),
    "actuated": (Control.ACTUATED, {}), "actuated, light": (Control.ACTUATED, {"volumes": (60.0, 60.0)}),
    "actuated, heavy": (Control.ACTUATED, {"volumes": (700.0, 700.0)}),
    "actuated, skips, four phases": (Control.ACTUATED, {"recall": False, **FOUR_WAY}),
    "actuated, coordinated": (Control.ACTUATED, {"offset": 20.0}), "actuated, stop bars only": (Control.ACTUATED, {"advance": False}),
    "actuated, coordinated, four phases": (Control.ACTUATED, {"offset": 20.0, "recall": False, "platoons": 0.7, **FOUR_WAY}),
    "actuated, a lane dead": (Control.ACTUATED, {"dead_lanes": 1}), "actuated, lost 3 %": (Control.ACTUATED, {"lost": 0.03}),
    "delay": (Control.DELAY, {}), "delay, heavy": (Control.DELAY, {"volumes": (450.0, 450.0)}),
    "delay, skips": (Control.DELAY, {"recall": False, "volumes": (200.0, 200.0)}),
}  # fmt: skip
"""what is simulated: control and what differs from the usual site"""
_J = Control.JITTER
QUEUED: dict[str, tuple[Control, dict[str, object]]] = {
    "jitter, queues, constant cycle": (_J, {"jitter_style": 1, "volumes": (1000.0, 1000.0), "jitter": 10.0}),
    "jitter, queues, coordinated": (_J, {"offset": 20.0, "volumes": (850.0, 850.0), "jitter": 8.0}),
    "jitter, queues, sluggish": (_J, {"jitter_memory": 0.9, "jitter": 8.0, "volumes": (900.0, 900.0)}),
    "jitter, near queues, sluggish": (_J, {"jitter_memory": 0.8, "jitter": 8.0, "volumes": (750.0, 750.0)}),
    "jitter, queues, periodic": (_J, {"jitter_period": 9.0, "jitter": 8.0, "volumes": (1000.0, 1000.0)}),
    "jitter, near queues, periodic": (_J, {"jitter_period": 14.0, "jitter": 8.0, "volumes": (750.0, 750.0)}),
}
"""jitter whose counts of served vehicles grow with its greens"""


def run(smoke: bool) -> Iterator[Row | str]:
    """Right, unknown and passed jitter; time to judge 300 devices."""
    cases = [simulated(1, 1)] if smoke else [simulated(12, seed) for seed in (1, 2)]
    if (data_folder() / TRUTH).is_dir():
        cases.insert(0, _truth())
    else:
        yield f"{TRUTH} skipped: there is no {data_folder() / TRUTH}"
    for case in cases:
        for hours in (2.0,) if smoke else (2.0, 1.0, 0.5):
            yield from _rows(case, hours)
        yield _confusion(case)
    for interval in (60.0,) if smoke else (60.0, 300.0):
        case = simulated_by_counts(1 if smoke else 8, 3, interval, 2.0 if smoke else 8.0)
        for hours in (2.0,) if smoke else (2.0, 4.0, 8.0):
            yield from _rows_by_counts(case, hours)
    yield from _speed(20 if smoke else 300)


def simulated(each: int, seed: int, names: Iterable[str] = tuple(VARIANTS)) -> Case:
    """`each` junctions of every variant, two hours."""
    kinds, sites = [], []
    for name in names:
        control, changes = VARIANTS[name]
        for k in range(each):
            sites.append(Site(f"{name} {k}", control, DECLARED[control], **{"plans": TWO, **changes}))  # type: ignore[arg-type]
            kinds.append(control)
    signals = SimulatedSignals(seed, START, sites)
    return Case(f"simulated, seed {seed}", signals.inventory, signals.advance(START + 2 * HOUR), kinds)


def simulated_by_counts(each: int, seed: int, interval: float, hours: float) -> Case:
    """`each` junctions of every variant, and of jitter under queues, that tell stages and lane counts of `interval` s only."""
    sites = []
    for name, (control, changes) in {**VARIANTS, **QUEUED}.items():
        if not any(word in name for word in ("0.1 s", "stop bars", "lane dead", "lanes dead")):
            told: dict[str, object] = {"plans": TWO, **changes, "gat1049": True, "count_interval": interval}
            sites += [Site(f"{name} {k}", control, DECLARED[control], **told) for k in range(each)]  # type: ignore[arg-type]
    signals = SimulatedSignals(seed, START, sites)
    events = signals.advance(START + round(hours * HOUR))
    name = f"stages and counts of {interval:g} s, seed {seed}"
    return Case(name, signals.inventory, events, [site.control for site in sites], signals.counts())


def right_unknown_passed(verdicts: Sequence[Verdict], kinds: Sequence[Control]) -> tuple[float, float, float, float]:
    """Shares: right of those decided, unknown, jitter called adapting, others that do not adapt called adapting."""
    truth = np.array([kind.adapts for kind in kinds])
    told = np.array(verdicts)
    known, posing = told != Verdict.UNKNOWN, np.array([kind == Control.JITTER for kind in kinds])
    right = (told == Verdict.ADAPTING) == truth
    adapting = told == Verdict.ADAPTING
    return (
        float(right[known].mean()) if known.any() else 0.0, float(1.0 - known.mean()),
        float(adapting[posing].mean()), float(adapting[~truth & ~posing].mean()),
    )  # fmt: skip


def _rows(case: Case, hours: float) -> Iterator[Row]:
    parts = [(START + k * round(hours * HOUR), START + (k + 1) * round(hours * HOUR)) for k in range(round(2 / hours))]
    ours: list[Verdict] = []
    rivals: dict[str, list[Verdict]] = {"cycle CV": [], "uniform gap-AUC": [], "declared mode": []}
    for start, end in parts:
        ours += [finding.verdict for finding in judge(case.inventory, case.events, start, end)]
        for record in records(case.events, case.inventory, start, end, VerdictParameters()):
            cycle, auc = _cycle_cv(record), _uniform_auc(record)
            rivals["cycle CV"].append(_verdict(cycle > 0.05))
            rivals["uniform gap-AUC"].append(_verdict(auc > 0.7))
            rivals["declared mode"].append(_verdict(int(case.inventory.declared_mode[record.device]) in DECLARED_REAL_TIME))
    kinds = list(case.kinds) * len(parts)
    told = right_unknown_passed(ours, kinds)
    window = f"{case.name}, {hours:g} h"
    for name, verdicts in rivals.items():
        theirs = right_unknown_passed(verdicts, kinds)
        yield Row(f"{window}: right of those decided, {name}", 100 * told[0], 100 * theirs[0], name, "%", True)
        yield Row(f"{window}: jitter passed, {name}", 100 * told[2], 100 * theirs[2], name, "%", False)
    yield Row(f"{window}: unknown", 100 * told[1], 100.0, "limit", "%", False)
    yield Row(f"{window}: fixed or time of day passed", 100 * told[3], 1.0, "false discovery rate", "%", False)


def _confusion(case: Case) -> str:
    """Every group with its two-hour verdicts."""
    findings = judge(case.inventory, case.events, START, START + 2 * HOUR)
    return f"{case.name}, 2 h: {_groups(findings, case)}"


def _groups(findings: Sequence[Finding], case: Case) -> str:
    groups: dict[str, list[int]] = {}
    for finding, name in zip(findings, case.inventory.device_ids):
        counts = groups.setdefault(name.rpartition(" ")[0] or name.partition("_")[0], [0, 0, 0])
        counts[finding.verdict] += 1
    return "; ".join(f"{name} {a} adapting {n} not {u} unknown" for name, (u, n, a) in groups.items())


def _rows_by_counts(case: Case, hours: float) -> Iterator[Row | str]:
    """Shares of each kind called adapting; every group's verdicts at the longest window."""
    found = judge(case.inventory, case.events, START, START + round(hours * HOUR), counts=case.counts)
    window = f"{case.name}, {hours:g} h"
    for kind in (Control.JITTER, Control.SPLIT, Control.ACTUATED, Control.DELAY):
        own = [finding.verdict for finding, truth in zip(found, case.kinds) if truth == kind]
        passed = 100.0 * sum(verdict == Verdict.ADAPTING for verdict in own) / len(own)
        yield Row(f"{window}: {kind.name.lower()} adapting", passed, 0.0, "without counts", "%", kind.adapts)
    wrong = [finding for finding, truth in zip(found, case.kinds) if finding.verdict == Verdict.NOT_ADAPTING and truth.adapts]
    yield Row(f"{window}: adaptive denied", 100.0 * len(wrong) / len(found), 0.0, "limit", "%", False)
    yield f"{window}: {_groups(found, case)}"


def _speed(devices: int) -> Iterator[Row]:
    """Judging two hours of hi-res events of many devices, and one alone."""
    kinds = (Control.FIXED, Control.JITTER, Control.SPLIT, Control.ACTUATED, Control.DELAY)
    signals = SimulatedSignals(5, START, [Site(f"s{k}", kinds[k % 5], resolution=0.1) for k in range(devices)])
    events = signals.advance(START + 2 * HOUR)
    judge(signals.inventory, events, START, START + HOUR)
    begun = time.perf_counter()
    judge(signals.inventory, events, START, START + 2 * HOUR)
    spent = time.perf_counter() - begun
    yield Row(f"judge {devices} devices, 2 h, {len(events.time):,} events", spent, 300.0, "limit: five minutes", "s", False)
    yield Row("  a device", 1000 * spent / devices, 10.0, "limit", "ms", False)


def _verdict(adapts: bool) -> Verdict:
    return Verdict.ADAPTING if adapts else Verdict.NOT_ADAPTING


def _cycle_cv(record: Record) -> float:
    """SD over mean of the time from green to green, the greatest of all phases."""
    spreads = []
    for phase in np.unique(record.services.phase):
        cycles = np.diff(record.services.start[(record.services.phase == phase) & (record.services.start >= 0)])
        if len(cycles):
            spreads.append(float(cycles.std() / cycles.mean()))
    return max(spreads, default=0.0)


def _uniform_auc(record: Record) -> float:
    """P(gap at the end of a green > gap at a random moment of the same green), the mean over phases."""
    found = []
    generator = np.random.default_rng(1)
    for phase, hits in record.own.items():
        s = record.services
        rows = np.flatnonzero((s.phase == phase) & (s.flags == 0) & (s.start >= 0))
        if len(rows) and len(hits):
            moments = s.start[rows] + (generator.random(len(rows)) * (s.end[rows] - s.start[rows])).astype(np.int64)
            at_end, at_random = (t - hits[np.maximum(np.searchsorted(hits, t) - 1, 0)] for t in (s.end[rows], moments))
            found.append(float((at_end > at_random).mean() + 0.5 * (at_end == at_random).mean()))
    return float(np.mean(found)) if found else 0.0


def _truth() -> Case:
    import csv

    from feeds.signals.hires import read_events
    from feeds.signals.inventory_files import read_inventory

    folder = data_folder() / TRUTH
    listed = read_inventory(folder / "inventory.csv", folder / "detectors.csv")
    events, _ = read_events(folder / "events.csv.gz", listed)
    with (folder / "truth.csv").open(encoding="utf-8") as file:
        kinds = {row["device_id"]: Control[row["truth"].upper()] for row in csv.DictReader(file)}
    return Case(TRUTH, listed, events, [kinds[name] for name in listed.device_ids])


