"""Junctions that tell GA/T 1049.2 only: stages and lengths in whole seconds, lanes counted at the stop line, however time is cut."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.signals.simulated import SimulatedSignals, mixed_sites
from feeds.signals.simulated_gat1049 import join_counts, no_counts
from feeds.signals.simulated_sites import Control, Site
from signals.codes import Code, Ours
from signals.events import join_batches

START, HOUR = 1_772_409_600_000, 3_600_000
SITE = Site("x", Control.JITTER, gat1049=True, count_interval=60.0, resolution=0.1)


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(0, 900_000), max_size=6), seed=st.integers(0, 99))
def test_the_same_however_time_is_cut(cuts: list[int], seed: int) -> None:
    sites = [replace(site, lost=0.1, gat1049=True, count_interval=60.0, offline=((0.05, 0.08),)) for site in mixed_sites(3, seed)]
    whole, simulated = SimulatedSignals(seed, START, sites), SimulatedSignals(seed, START, sites)
    events, parts, counts = whole.advance(START + 900_000), [], []
    for cut in [*sorted(cuts), 900_000]:
        parts.append(simulated.advance(START + cut))
        counts.append(simulated.counts())
    for one, other in zip(events, join_batches(parts), strict=True):
        np.testing.assert_array_equal(one, other)
    first, second = whole.counts(), join_counts(counts)
    order = [np.lexsort((columns.volume, columns.approach, columns.start)) for columns in (first, second)]
    for one, other in zip(first[:-1], second[:-1], strict=True):
        np.testing.assert_array_equal(one[order[0]], other[order[1]])
    assert first.lane is second.lane is None


def test_stages_say_their_lengths_and_nothing_else_is_told() -> None:
    events = SimulatedSignals(2, START, [SITE]).advance(START + HOUR)
    assert set(events.code.tolist()) == {Code.PATTERN_CHANGE, Ours.CYCLE_ENDED, Ours.STAGE_STARTED, Ours.STAGE_ENDED}
    assert not (events.time % 1000).any()
    started, ended = events.code == Ours.STAGE_STARTED, events.code == Ours.STAGE_ENDED
    np.testing.assert_array_equal(np.diff(events.time[started]) // 1000, events.parameter[ended])
    assert events.parameter[started].tolist()[:4] == [1, 2, 1, 2]


def test_lanes_are_counted_at_the_stop_line() -> None:
    told = SimulatedSignals(2, START, [SITE])
    told.advance(START + HOUR)
    counts = told.counts()
    assert len(counts.start) == 60 * 8
    assert not (counts.start % 60_000).any()
    logged = SimulatedSignals(2, START, [replace(SITE, gat1049=False)]).advance(START + HOUR)
    crossed = (logged.code == Code.DETECTOR_OFF) & (logged.parameter % 2 == 0)
    assert counts.volume.sum() == crossed.sum()
    assert len(told.counts().start) == len(no_counts().start) == 0


def test_dead_lanes_and_spells_off_line_are_not_counted_and_none_may_be() -> None:
    site = replace(SITE, dead_lanes=2, offline=((0.25, 0.5),))
    told = SimulatedSignals(2, START, [site, replace(SITE, device_id="y", count_interval=0.0)])
    told.advance(START + HOUR)
    counts = told.counts()
    assert len(counts.start) == 45 * 6
    assert set(counts.approach.tolist()) == {1, 2, 3}
