"""What the units make of the truth: noise, faults and missing ids in the promised shares."""

from __future__ import annotations

import numpy as np

from feeds.simulated import District
from feeds.simulated_dispatch import Phase
from feeds.simulated_equipment import INTERVALS
from feeds.simulated_streets import ORIGIN_LAT, ORIGIN_LON
from transit.geometry import to_local

AT = 1_792_022_400.0 + 9 * 3600
TOWN = District(5)
TOWN.start(AT)
REPORTS = TOWN.advance(AT + 1200)
EQUIPMENT = TOWN.equipment


def test_three_vehicles_in_ten_send_no_trip_and_half_of_those_no_route() -> None:
    count = len(TOWN.vehicle_ids)
    assert abs((~EQUIPMENT.sends_trip).sum() / count - 0.30) < 0.01
    assert abs((~EQUIPMENT.sends_route).sum() / count - 0.15) < 0.01
    assert not (EQUIPMENT.sends_trip & ~EQUIPMENT.sends_route).any()


def test_a_trip_is_sent_on_runs_only_and_is_the_true_one() -> None:
    named = REPORTS.trip >= 0
    assert named.any()
    assert (REPORTS.trip[named] == TOWN.timetable.run_trip[REPORTS.run[named]]).all()
    deadhead = np.isin(REPORTS.phase, (Phase.PULL_OUT, Phase.PULL_IN, Phase.PARKED))
    assert deadhead.any()
    assert (REPORTS.trip[deadhead] == -1).all()
    assert np.isnan(REPORTS.distance[deadhead]).all()


def test_fixes_are_off_by_about_eight_metres_and_outliers_by_far_more() -> None:
    on = REPORTS.pattern >= 0
    x, y = to_local(REPORTS.lat[on], REPORTS.lon[on], ORIGIN_LAT, ORIGIN_LON)
    true_x, true_y, _ = TOWN.ways.locate(REPORTS.pattern[on], REPORTS.distance[on])
    off = np.hypot(x - true_x, y - true_y)
    outlier = REPORTS.outlier[on] == 1
    assert 0.003 < outlier.mean() < 0.02
    assert 8.0 < np.median(off[~outlier]) < 11.0  # Rayleigh of 8 m a side: 9.4 m, and a bus keeps 3 m to the right
    assert np.median(off[outlier]) > 100


def test_units_keep_their_interval() -> None:
    for vehicle in np.flatnonzero(np.bincount(REPORTS.vehicle[REPORTS.pattern >= 0], minlength=len(TOWN.vehicle_ids)) > 30):
        times = np.unique(REPORTS.timestamp[REPORTS.vehicle == vehicle])
        assert EQUIPMENT.interval[vehicle] in INTERVALS
        assert (np.diff(times) % EQUIPMENT.interval[vehicle] == 0).all()


def test_some_reports_come_twice_some_late_and_some_never() -> None:
    keys = REPORTS.vehicle * 1e6 + (REPORTS.timestamp - AT)
    _, copies = np.unique(keys, return_counts=True)
    assert 0 < (copies == 2).sum() < 0.02 * len(keys)
    late = REPORTS.received - REPORTS.timestamp > 15
    assert 0.005 < late.mean() < 0.04


def test_bearing_and_speed_are_unknown_for_units_that_have_none() -> None:
    for column, at_least in ((REPORTS.bearing, 0.05), (REPORTS.speed, 0.02)):
        silent = {v for v in np.unique(REPORTS.vehicle) if np.isnan(column[REPORTS.vehicle == v]).all()}
        assert at_least < len(silent) / len(TOWN.vehicle_ids) < 0.35
