"""T4 and T5: days that repeat, plans that come by the clock and plans that come with the traffic."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from signals.evidence_plans import PlanEvidence, weigh_plans
from signals.services import Record, records
from signals.verdict_parameters import VerdictParameters

MONDAY, HOUR = 1_772_409_600_000, 3_600_000
"""2026-03-02 08:00 in Shanghai"""
Q = VerdictParameters()
BY_CLOCK = Site("x", Control.TOD, plans=(Plan(1, 0.0, (42, 42)), Plan(2, 9.0, (54, 30)), Plan(3, 10.25, (34, 50))))
BY_TRAFFIC = Site("x", Control.SELECT, plans=(Plan(1, 0.0, (42, 42)), Plan(2, 62.0, (54, 30))), swing=0.8)


def read(site: Site, hours: float, start: int = MONDAY, seed: int = 4) -> Record:
    signals = SimulatedSignals(seed, start, [site])
    events = signals.advance(start + round(hours * HOUR))
    return next(records(events, signals.inventory, start, start + round(hours * HOUR), Q))


def weigh(site: Site, hours: float, seed: int = 4) -> PlanEvidence:
    return weigh_plans(read(site, hours, seed=seed), Q)


def test_plans_by_the_clock_are_on_schedule() -> None:
    found = weigh(BY_CLOCK, 4.0)
    assert (found.changes, found.off_schedule_share) == (2, 0.0)
    assert math.isnan(found.selected)
    declared = weigh_plans(read(BY_CLOCK, 4.0), Q, schedule=(9 * HOUR,))
    assert declared.off_schedule_share == 0.5


def test_plans_by_traffic_are_off_schedule_and_follow_it() -> None:
    found = weigh(BY_TRAFFIC, 12.0)
    assert found.changes > 20
    assert found.off_schedule_share > 0.6
    assert found.selected < 1e-4


def test_plans_changed_at_odd_times_without_traffic_are_not_selected() -> None:
    """Each half past odd minutes, whatever the traffic."""
    plans = tuple(Plan(1 + k % 2, k * 37 / 60, (42, 42) if k % 2 else (50, 34)) for k in range(38))
    found = [weigh(replace(BY_CLOCK, plans=plans, swing=0.8), 14.0, seed) for seed in range(4)]
    assert all(one.off_schedule_share > 0.5 for one in found)
    assert min(one.selected for one in found) > 0.01


@pytest.mark.parametrize(("site", "repeats"), [(replace(BY_CLOCK, offset=20.0), True), (Site("x", Control.ACTUATED), False)])
def test_a_fixed_day_repeats_the_like_day_before(site: Site, repeats: bool) -> None:
    share = weigh(site, 26.0).replay_share
    assert (share > 0.9) == repeats
    if not repeats:
        assert share < 0.6


def test_sunday_is_no_like_day_of_monday() -> None:
    sunday = read(replace(BY_CLOCK, offset=20.0), 26.0, MONDAY - 24 * HOUR)
    assert math.isnan(weigh_plans(sunday, Q).replay_share)
