"""T1 to T3 on simulated controllers: what each test rejects and what it cannot."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from signals.evidence import Evidence, quantum_of, spread_within_plans, stage_runs, weigh_evidence
from signals.services import Record, records
from signals.verdict_parameters import VerdictParameters

START, HOUR = 1_772_409_600_000, 3_600_000
Q = VerdictParameters()
PEAKS = (Plan(1, 0.0, (42, 42)), Plan(2, 8.5, (54, 30)), Plan(3, 9.0, (34, 50)))


def read(*sites: Site, seed: int = 2) -> list[Record]:
    signals = SimulatedSignals(seed, START, sites)
    events = signals.advance(START + 2 * HOUR)
    return list(records(events, signals.inventory, START, START + 2 * HOUR, Q))


def weigh(site: Site, seed: int = 2) -> Evidence:
    return weigh_evidence(read(site, seed=seed)[0], Q)


@pytest.mark.parametrize("resolution", [0.1, 1.0])
@pytest.mark.parametrize("plans", [PEAKS[:1], PEAKS])
def test_fixed_plans_do_not_move(plans: tuple[Plan, ...], resolution: float) -> None:
    found = weigh(Site("x", Control.TOD, plans=plans, resolution=resolution))
    assert not found.moves
    assert found.spread < 0.2
    assert math.isnan(found.micro)


def test_jitter_moves_and_answers_nothing() -> None:
    found = weigh(Site("x", Control.JITTER))
    assert found.moves
    assert found.spread == pytest.approx(2.9, abs=0.7)
    assert min(found.micro, found.macro) > 0.01
    assert found.gap_auc < 0.62
    assert found.opposing_auc < 0.62


def test_gap_out_is_seen_at_the_moment_and_splits_over_cycles() -> None:
    actuated = weigh(Site("x", Control.ACTUATED, terminations=True))
    assert actuated.micro < 1e-9
    assert actuated.gap_auc > 0.8
    assert actuated.gap_out_share > 0.9
    split = weigh(Site("x", Control.SPLIT))
    assert split.macro < 1e-6
    assert split.demand_correlation > 0.6


def test_delay_based_control_is_found_by_one_of_them() -> None:
    found = weigh(Site("x", Control.DELAY))
    assert min(found.micro, found.macro) < 1e-5


def test_codes_speak_only_where_no_advance_detector_does() -> None:
    site = Site("x", Control.ACTUATED, terminations=True)
    assert math.isnan(weigh(site).gap_outs)
    without = weigh(replace(site, advance=False, stopbar=False))
    assert without.gap_outs < 1e-9
    assert math.isnan(without.micro)
    assert math.isnan(without.macro)
    assert weigh(Site("x", Control.JITTER, terminations=True, advance=False)).gap_outs > 0.5


def test_a_plan_of_the_peak_is_no_answer_to_the_peak() -> None:
    """Plans and demand rise and fall together; within a plan nothing moves, and no test may see more than that."""
    trap = Site("x", Control.TOD, plans=PEAKS, plan_events=False, daily=True, volumes=(500.0, 400.0))
    found = weigh(trap)
    assert not min(found.micro, found.macro) < 0.01


def test_services_after_a_change_of_plan_settle() -> None:
    one = read(Site("x", Control.TOD, plans=PEAKS))[0]
    stage = stage_runs(one, Q)[0]
    assert len(np.unique(stage.run)) == 3
    assert (stage.settled == 0).sum() == 4
    assert spread_within_plans(stage, 1000, Q)[:2] == (0.0, 0)
    unsettled = replace(stage, run=np.zeros(len(stage.run), np.int64), settled=np.ones(len(stage.run)))
    assert spread_within_plans(unsettled, 1000, Q)[0] > 5_000


def test_quanta_and_few_services() -> None:
    fine, coarse = read(Site("x", Control.FIXED, resolution=0.1, plans=[Plan(1, 0, (30.1, 40))]), Site("y", Control.FIXED))
    assert (quantum_of(fine, Q), quantum_of(coarse, Q)) == (100, 1000)
    short = replace(coarse, services=coarse.services._replace(flags=np.ones(len(coarse.services.flags), np.int32)))
    assert stage_runs(short, Q) == []
    assert weigh_evidence(short, Q).stages == 0
