"""Lane counts by approach: lanes add up, what is missing is unknown, and only what had ended is known of a moment."""

from __future__ import annotations

import numpy as np
import pytest

from feeds.signals.simulated import SimulatedSignals
from feeds.signals.simulated_sites import Control, Site
from signals.kernels.columns import CountColumns
from signals.stage_counts import ApproachCounts, counts_of, demand_before

SITE = SimulatedSignals(1, 0, [Site("other", Control.FIXED, gat1049=True), Site("x", Control.FIXED, gat1049=True)]).inventory
"""approaches 4 and 5 of the second controller call stage 1, 6 and 7 stage 2"""


def columns(*rows: tuple[int, int, int, float]) -> CountColumns:
    start, end, approach, volume = (np.array(column) for column in zip(*rows))
    unknown = np.full(len(rows), np.nan)
    times = start.astype(np.int64), end.astype(np.int64)
    return CountColumns(*times, approach.astype(np.int32), volume.astype(float), unknown, unknown, unknown)


def regular(approach: int, stage: int, volumes: list[float], step: int = 60_000) -> ApproachCounts:
    starts = np.arange(len(volumes), dtype=np.int64) * step
    return ApproachCounts(approach, frozenset([stage]), starts, starts + step, np.array(volumes, float))


def test_lanes_of_an_approach_add_up_and_its_stages_are_those_of_its_detectors() -> None:
    rows = [(0, 60, 4, 3.0), (0, 60, 4, 4.0), (60, 120, 4, 1.0), (60, 120, 4, 2.0), (0, 60, 0, 9.0), (0, 60, 6, 5.0)]
    found = counts_of(columns(*rows[::-1]), SITE, 1, 0, 1000)
    assert [(one.approach, sorted(one.stages)) for one in found] == [(4, [1]), (6, [2])]
    np.testing.assert_array_equal(found[0].volume, [7.0, 3.0])
    np.testing.assert_array_equal(found[0].end, [60, 120])


def test_a_lane_missing_or_told_twice_is_unknown_and_so_is_an_unknown_volume() -> None:
    twice = [(0, 60, 4, 1.0), (0, 60, 4, 1.0)]
    rows = [*twice, (60, 120, 4, 1.0), (120, 180, 4, 1.0), *twice, *[(a, a + 60, 4, v) for a in (180, 240) for v in (1.0, np.nan)]]
    np.testing.assert_array_equal(counts_of(columns(*rows), SITE, 1, 0, 1000)[0].volume, [np.nan, np.nan, np.nan, np.nan, np.nan])
    assert counts_of(columns(*twice), SITE, 1, 0, 1000)[0].volume.tolist() == [2.0]


def test_outside_the_window_across_its_ends_and_overlapping() -> None:
    rows = [(-60, 0, 4, 1.0), (30, 90, 4, 1.0), (0, 60, 4, 2.0), (60, 120, 4, 3.0), (960, 1020, 4, 1.0), (70, 70, 4, 8.0)]
    found = counts_of(columns(*rows), SITE, 1, 0, 1000)[0]
    assert list(zip(found.start, found.volume)) == [(0, 2.0), (60, 3.0)]
    assert counts_of(columns(*rows), SITE, 0, 0, 1000) == ()


def test_only_intervals_that_had_ended_are_known() -> None:
    counted = [regular(4, 1, [6, 12, 18, 600]), regular(6, 2, [6, 12, 18, 0])]
    found = demand_before(counted, 1, np.array([119_999, 120_000, 179_999, 180_000], np.int64), 120_000.0)
    np.testing.assert_allclose(found.own, [np.nan, 0.15, 0.15, 0.25])
    np.testing.assert_allclose(found.share[1:], 0.5)
    assert found.since.tolist() == [-1, 0, 0, 60_000]
    assert found.until.tolist() == [-1, 120_000, 120_000, 180_000]


def test_gaps_stale_counts_and_approaches_without_stages_tell_nothing() -> None:
    whole = regular(4, 1, [6] * 6)
    gap = ApproachCounts(4, whole.stages, np.delete(whole.start, 2), np.delete(whole.end, 2), np.delete(whole.volume, 2))
    moments = np.array([120_000, 240_000, 360_000, 900_000], np.int64)
    assert np.isnan(demand_before([gap], 1, moments, 120_000.0).own).tolist() == [False, True, False, True]
    silent = ApproachCounts(5, frozenset(), whole.start, whole.end, whole.volume * 100)
    assert demand_before([whole, silent], 1, moments[:1], 60_000.0).share[0] == pytest.approx(1.0)
    assert np.isnan(demand_before([whole], 2, moments, 60_000.0).own).all()
    assert np.isnan(demand_before([regular(4, 1, [6])], 1, moments, 120_000.0).own).all()
    unknown = regular(4, 1, [6, np.nan, 6, 6, 6, 6])
    assert np.isnan(demand_before([unknown], 1, moments[:3], 120_000.0).own).tolist() == [True, False, False]
