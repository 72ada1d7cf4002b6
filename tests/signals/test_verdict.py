"""Verdicts: right on simulated junctions of every kind, unknown where nothing can be said, and jitter never passes."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from bench.signal_verdicts import VARIANTS, right_unknown_passed, simulated, simulated_by_counts
from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from signals.ladder import judge
from signals.model import Verdict
from signals.services import records
from signals.verdict import Weighed, verdicts, weigh
from signals.verdict_parameters import VerdictParameters

START, HOUR = 1_772_409_600_000, 3_600_000
Q = VerdictParameters()


def weighed(*sites: Site, hours: float = 2.0, seed: int = 6) -> list[Weighed]:
    signals = SimulatedSignals(seed, START, sites)
    end = START + round(hours * HOUR)
    return [weigh(one, Q) for one in records(signals.advance(end), signals.inventory, START, end, Q)]


def told(*sites: Site, hours: float = 2.0, seed: int = 6) -> list[tuple[Verdict, str]]:
    return [(verdict, because) for verdict, _, because in verdicts(weighed(*sites, hours=hours, seed=seed), Q)]


def test_each_kind_of_control() -> None:
    plans = (Plan(1, 0.0, (42, 42)), Plan(2, 9.0, (54, 30)))
    sites = [Site(kind.name, kind, plans=plans if kind == Control.TOD else plans[:1]) for kind in list(Control)[:6]]
    found = dict(zip((site.control for site in sites), told(*sites)))
    assert found == {kind: (Verdict.ADAPTING if kind.adapts else Verdict.NOT_ADAPTING, "") for kind in found}


def test_plan_selection_is_adapting_though_no_plan_moves() -> None:
    site = Site("x", Control.SELECT, plans=(Plan(1, 0.0, (42, 42)), Plan(2, 62.0, (54, 30))), swing=0.8)
    one = weighed(site, hours=12.0)[0]
    assert not one.evidence.moves
    assert verdicts([one], Q)[0][0] == Verdict.ADAPTING


@pytest.mark.parametrize(
    ("site", "hours", "because"),
    [
        (Site("x", Control.ACTUATED, offline=((0.2, 1.0),)), 2.0, "not_observed"),
        (Site("x", Control.ACTUATED, lost=0.3), 2.0, "not_observed"),
        (Site("x", Control.SPLIT), 0.2, "few_services"),
        (Site("x", Control.JITTER, advance=False, stopbar=False), 2.0, "no_detectors"),
        (Site("x", Control.JITTER, advance=False), 2.0, "no_advance_detectors"),
        (Site("x", Control.ACTUATED, volumes=(3.0, 3.0)), 2.0, "little_traffic"),
        (Site("x", Control.SPLIT, step=1.0), 0.5, "short_window"),
    ],
)
def test_unknown_says_why(site: Site, hours: float, because: str) -> None:
    assert told(site, hours=hours) == [(Verdict.UNKNOWN, because)]


def test_greens_that_never_move_need_no_detectors_to_be_told() -> None:
    assert told(Site("x", Control.FIXED, advance=False, stopbar=False)) == [(Verdict.NOT_ADAPTING, "")]


def test_the_rate_is_that_of_all_judged_together() -> None:
    one, other = weighed(Site("x", Control.JITTER), Site("y", Control.ACTUATED))
    borderline = replace(one, chance=0.0009)
    assert verdicts([borderline], Q)[0][0] == Verdict.ADAPTING
    crowd = [borderline] + [replace(one, chance=0.5)] * 9
    assert verdicts(crowd, Q)[0][::2] == (Verdict.UNKNOWN, "inconclusive")
    helped = [borderline] + [replace(other, chance=1e-9)] * 9
    assert verdicts(helped, Q)[0][0] == Verdict.ADAPTING
    assert math.isnan(verdicts([replace(one, chance=math.nan, unknown_because="no_detectors")], Q)[0][1])


def counted(*sites: Site, hours: float = 4.0, seed: int = 6) -> list[tuple[Verdict, str]]:
    """Verdicts of sites that tell stages and lane counts."""
    signals = SimulatedSignals(seed, START, [replace(site, gat1049=True) for site in sites])
    end = START + round(hours * HOUR)
    read = records(signals.advance(end), signals.inventory, START, end, Q, signals.counts())
    return [(verdict, because) for verdict, _, because in verdicts([weigh(one, Q) for one in read], Q)]


def test_stages_and_lane_counts_alone_prove_splits_and_deny_only_what_stands_still() -> None:
    plans = (Plan(1, 0.0, (42, 42)), Plan(2, 9.0, (54, 30)))
    kinds = list(Control)[:4]
    sites = [Site(kind.name, kind, plans=plans if kind == Control.TOD else plans[:1], count_interval=60.0) for kind in kinds]
    inconclusive = (Verdict.UNKNOWN, "inconclusive")
    assert counted(*sites) == [(Verdict.NOT_ADAPTING, ""), (Verdict.NOT_ADAPTING, ""), inconclusive, (Verdict.ADAPTING, "")]


def test_unknown_says_what_counts_lack() -> None:
    site = Site("x", Control.JITTER, count_interval=60.0)
    assert counted(replace(site, count_interval=0.0)) == [(Verdict.UNKNOWN, "no_counts")]
    assert counted(replace(site, count_interval=3600.0)) == [(Verdict.UNKNOWN, "few_counts")]
    assert counted(replace(site, control=Control.ACTUATED, volumes=(2.0, 2.0))) == [(Verdict.UNKNOWN, "little_traffic")]
    signals = SimulatedSignals(6, START, [replace(site, gat1049=True)])
    none = replace(signals.inventory, detector_phase=signals.inventory.detector_phase[:0], detector_phase_start=np.zeros(17, np.int32))
    read = records(signals.advance(START + HOUR), none, START, START + HOUR, Q, signals.counts())
    assert [weigh(one, Q).unknown_because for one in read] == ["no_stages"]


@pytest.mark.slow
@pytest.mark.parametrize("interval", [60.0, 300.0])
def test_many_junctions_of_lane_counts_only(interval: float) -> None:
    """Four of each variant over eight hours: nothing that does not adapt passes, nothing that adapts is denied while it moves."""
    case = simulated_by_counts(4, 21, interval, 8.0)
    found = judge(case.inventory, case.events, START, START + 8 * HOUR, counts=case.counts)
    passed = [kind for one, kind in zip(found, case.kinds) if one.verdict == Verdict.ADAPTING]
    denied = [kind for one, kind in zip(found, case.kinds) if one.verdict == Verdict.NOT_ADAPTING]
    assert all(kind.adapts for kind in passed)
    assert not any(kind.adapts for kind in denied)
    splits = [one.verdict == Verdict.ADAPTING for one, kind in zip(found, case.kinds) if kind == Control.SPLIT]
    assert sum(splits) >= (0.8 if interval == 60.0 else 0.0) * len(splits)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
def test_hundreds_of_junctions_of_all_kinds(seed: int) -> None:
    """Six of each variant: jitter, fixed and time-of-day never pass at two hours; 99 % of the rest are right, 6 % at most unknown."""
    case = simulated(6, seed)
    found = [finding.verdict for finding in judge(case.inventory, case.events, START, START + 2 * HOUR)]
    right, unknown, jitter, others = right_unknown_passed(found, case.kinds)
    assert (jitter, others) == (0.0, 0.0)
    assert right >= 0.99
    assert unknown <= 0.06


@pytest.mark.slow
def test_a_day_of_plans_that_follow_the_peaks_unseen_does_not_make_jitter_pass() -> None:
    """Plans and demand rise and fall together over the day and no 131 tells: only what moves within a quarter of an hour counts."""
    plans = (Plan(1, 0.0, (35, 35)), Plan(2, 7.0, (50, 34)), Plan(3, 9.5, (40, 40)), Plan(4, 16.5, (34, 50)))
    sites = [
        Site(f"{kind.name} {k}", kind, plans=plans, plan_events=False, daily=True)
        for kind in (Control.JITTER, Control.TOD, Control.SPLIT) for k in range(3)
    ]  # fmt: skip
    signals = SimulatedSignals(77, START - 8 * HOUR, sites)
    found = judge(signals.inventory, signals.advance(START + 16 * HOUR), START - 8 * HOUR, START + 16 * HOUR)
    assert [one.verdict for one in found] == [Verdict.NOT_ADAPTING] * 6 + [Verdict.ADAPTING] * 3


@pytest.mark.slow
def test_short_windows_are_right_or_unknown() -> None:
    case = simulated(4, 13, [name for name in VARIANTS if "stop bars" not in name])
    counts: Counter[str] = Counter()
    for half in range(4):
        begins = START + half * HOUR // 2
        for finding, kind in zip(judge(case.inventory, case.events, begins, begins + HOUR // 2), case.kinds):
            wrong = finding.verdict != Verdict.UNKNOWN and (finding.verdict == Verdict.ADAPTING) != kind.adapts
            counts["wrong" if wrong else "unknown" if finding.verdict == Verdict.UNKNOWN else "right"] += 1
    assert counts["wrong"] <= 0.02 * counts.total()
    assert counts["unknown"] <= 0.4 * counts.total()
