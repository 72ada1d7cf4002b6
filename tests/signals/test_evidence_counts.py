"""T3 from lane counts: splits that answer demand are seen, and greens that come back to themselves in their counts are not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Plan, Site
from signals.evidence_counts import weigh_counts
from signals.kernels.columns import CountColumns
from signals.services import Record, record
from signals.verdict_parameters import VerdictParameters

START, HOUR = 1_772_409_600_000, 3_600_000
Q = VerdictParameters()
MINUTE = Site("x", Control.SPLIT, gat1049=True, count_interval=60.0)
SATURATED = replace(MINUTE, control=Control.JITTER, volumes=(1000.0, 1000.0), jitter=10.0)


def read(site: Site, hours: float = 4.0, seed: int = 2) -> Record:
    signals = SimulatedSignals(seed, START, [site])
    end = START + round(hours * HOUR)
    return record(signals.advance(end), signals.inventory, 0, START, end, Q, signals.counts())


def test_splits_follow_what_was_counted_before() -> None:
    found = weigh_counts(read(MINUTE), Q)
    assert found.macro < 1e-4
    assert found.level > 0.6
    assert found.fresh > 0.4
    assert (found.stages, found.interval) == (2, 60.0)
    assert found.vehicles == pytest.approx(4 * 300 * 90 / 3600, rel=0.2)


@pytest.mark.parametrize("style", [0, 1, 2])
@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_jitter_whose_counts_grow_with_its_green_does_not_pass(style: int, memory: float) -> None:
    """Under queues a count is the green it was taken in. With no least effect either, so that the p-values stand alone."""
    bare = replace(Q, count_level_least=-1.0, count_fresh_least=-1.0)
    for interval in (60.0, 300.0):
        one = read(replace(SATURATED, jitter_style=style, jitter_memory=memory, count_interval=interval))
        assert weigh_counts(one, Q).macro == 1.0
        assert weigh_counts(one, bare).macro > 0.001


def test_a_greedy_window_would_pass_it() -> None:
    """Were counts taken that end with the service, jitter under queues would be significant: the trap is real."""
    one = read(SATURATED)
    shifted = tuple(replace(counts, start=counts.start - 90_000, end=counts.end - 90_000) for counts in one.counted or ())
    assert weigh_counts(replace(one, counted=shifted), replace(Q, count_level_least=0.2, count_fresh_least=0.2)).macro < 1e-3
    assert weigh_counts(one, replace(Q, count_level_least=0.2, count_fresh_least=0.2)).macro > 0.01


def test_counts_that_end_within_a_service_are_none_of_its_demand() -> None:
    """A count that grows with the square of the green it ends in: what greens explain linearly does not hide it."""
    one = read(replace(SATURATED, count_interval=30.0))
    stage = one.services.phase == 1
    starts, green = one.services.start[stage], (one.services.end - one.services.start)[stage] / 1000.0
    told = []
    for counts in one.counted or ():
        within = np.searchsorted(starts, counts.end - 1, "right") - 1
        grown = np.where(within >= 0, (green[within] - 35.0) ** 2, 50.0)
        told.append(replace(counts, volume=grown if 1 in counts.stages else np.full(len(grown), 50.0)))
    bare = replace(Q, count_level_least=-1.0, count_fresh_least=-1.0)
    assert weigh_counts(replace(one, counted=tuple(told)), bare).macro > 0.01


def test_an_effect_counts_only_where_both_ways_agree() -> None:
    one = read(MINUTE)
    assert weigh_counts(one, replace(Q, count_level_least=1.0, count_fresh_least=1.0)).macro == 1.0
    assert weigh_counts(one, replace(Q, count_agreement=-1.0)).macro == 1.0


def test_nothing_without_counts_or_stages_or_where_detections_tell_more() -> None:
    one = read(MINUTE, 1.0)
    assert math.isnan(weigh_counts(replace(one, counted=None), Q).macro)
    assert math.isnan(weigh_counts(replace(one, counted=()), Q).macro)
    blind = tuple(replace(counts, stages=frozenset[int]()) for counts in one.counted or ())
    assert math.isnan(weigh_counts(replace(one, counted=blind), Q).macro)
    assert math.isnan(weigh_counts(replace(one, own={1: np.array([START], np.int64)}), Q).macro)
    few = tuple(replace(counts, volume=np.full(len(counts.volume), np.nan)) for counts in one.counted or ())
    found = weigh_counts(replace(one, counted=few), Q)
    assert math.isnan(found.macro)
    assert found.interval == 60.0


def test_plans_by_the_clock_are_no_answer() -> None:
    plans = (Plan(1, 0.0, (42, 42)), Plan(2, 9.0, (54, 30)), Plan(3, 10.0, (34, 50)))
    found = weigh_counts(read(replace(MINUTE, control=Control.TOD, plans=plans, plan_events=False, daily=True)), Q)
    assert not found.macro < 0.01


def test_counts_of_others_do_not_matter() -> None:
    signals = SimulatedSignals(2, START, [MINUTE, replace(MINUTE, device_id="y")])
    events, counts = signals.advance(START + HOUR), signals.counts()
    rows = events.device == 0
    alone = type(events)._make(column[rows] for column in events)
    mine = CountColumns._make(None if column is None else column[counts.approach < 4] for column in counts)
    both = [record(alone, signals.inventory, 0, START, START + HOUR, Q, told) for told in (counts, mine)]
    assert weigh_counts(both[0], Q) == weigh_counts(both[1], Q)
