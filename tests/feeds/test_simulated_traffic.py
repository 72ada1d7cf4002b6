"""Streets slow down together in the peaks, and a junction never shows green to both its streets."""

from __future__ import annotations

import numpy as np

from feeds.simulated_streets import build_streets
from feeds.simulated_traffic import DAY, UTC_OFFSET, Traffic, usual_load

STREETS = build_streets(np.random.default_rng(1))
MIDNIGHT = 20_741 * DAY - UTC_OFFSET


def test_peaks_are_slower_than_night_and_the_centre_than_the_rim() -> None:
    night, peak = usual_load(STREETS, 3 * 3600), usual_load(STREETS, 8 * 3600)
    assert (peak > 2 * night).all()
    assert peak[STREETS.edge_central > 0.8].mean() > 1.5 * peak[STREETS.edge_central < 0.3].mean()


def test_speeds_stay_between_a_crawl_and_the_free_street() -> None:
    traffic = Traffic(STREETS, np.random.default_rng(2), MIDNIGHT + 8 * 3600)
    for second in range(0, 4 * 3600, 60):
        traffic.advance(MIDNIGHT + 8 * 3600 + second)
        assert (traffic.speed > 0.8).all()
        assert (traffic.speed < STREETS.edge_free).all()


def test_speeds_change_on_whole_minutes_only() -> None:
    traffic = Traffic(STREETS, np.random.default_rng(2), MIDNIGHT)
    before = traffic.speed
    for second in range(1, 60):
        traffic.advance(MIDNIGHT + second)
        assert traffic.speed is before
    traffic.advance(MIDNIGHT + 60)
    assert not np.array_equal(traffic.speed, before)


def test_a_light_is_red_for_exactly_one_of_two_crossing_streets() -> None:
    traffic = Traffic(STREETS, np.random.default_rng(2), MIDNIGHT)
    lit = np.flatnonzero(STREETS.light_cycle > 0).astype(np.int32)
    for second in range(0, 240, 7):
        east_west = traffic.red(lit, np.zeros(len(lit), np.uint8), MIDNIGHT + second)
        north_south = traffic.red(lit, np.ones(len(lit), np.uint8), MIDNIGHT + second)
        assert (east_west != north_south).all()
