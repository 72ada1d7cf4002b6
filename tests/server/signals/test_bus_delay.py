"""Delay of buses at signals: times less a free drive, by hour, with dwells taken out and unknown kept unknown."""

from __future__ import annotations

import numpy as np
import pytest

from server.city import City
from server.signals.approaches import find_crossings
from server.signals.approaches_passed import Passed, PassingWatch
from server.signals.bus_delay import BusDelay, BusDelayParameters
from tests.server.signals.test_approaches_passed import CROSSINGS, EIGHT, LINE, NETWORK
from tests.support.lines import DAY, events_of
from tests.support.ride import along, standing
from tests.support.signal_sites import drives, inventory_of
from tests.support.streets import STRAIGHT, Line, streets
from transit.geometry import to_wgs84

Q = BusDelayParameters()
NONE = events_of()
NEAR_SIDE = streets(Line(STRAIGHT, (0, 400, 950, 2995), starts=(EIGHT,)))


def pass_by(took: float, at: float = DAY + EIGHT, crossing: int = 0, vehicle: int = 0, uncertainty: float = 1.0) -> Passed:
    time, unsure = np.array([at]), np.array([uncertainty])
    return Passed(np.array([vehicle], np.int32), np.array([crossing], np.int32), time, unsure, time - took, unsure)


def test_the_free_drive_is_a_low_quantile_and_unknown_before_twenty_buses() -> None:
    delay = BusDelay(NETWORK, CROSSINGS)
    for k in range(19):
        delay.learn(DAY + EIGHT, pass_by(20.0), NONE)
        assert np.isnan(delay.free()).all(), k
    assert np.isnan(delay.per_intersection(2)).all()
    for _ in range(21):
        delay.learn(DAY + EIGHT, pass_by(60.0), NONE)
    assert delay.free()[0] == pytest.approx(21, abs=Q.bin)
    assert np.isnan(delay.free()[1])
    expected = (19 * 20 + 21 * 60) / 40 - delay.free()[0]
    assert delay.delay()[0, 8] == pytest.approx(expected)
    assert np.isnan(delay.delay()[0, 9])
    found = delay.approach(0, 0)[8]
    assert (found.passings, found.measured, found.near_side) == (40, 40, False)
    assert found.delay == pytest.approx(expected)
    assert delay.approach(1, 1)[8].measured == 0
    assert np.isnan(delay.approach(1, 1)[8].delay)


def test_an_intersections_day_is_the_mean_over_days_of_all_buses_measured_or_not() -> None:
    delay = BusDelay(NETWORK, CROSSINGS)
    for day in range(2):
        now = DAY + EIGHT + 86_400 * day
        for k in range(30):
            delay.learn(now, pass_by(20.0 if k < 15 else 50.0), NONE)
        for _ in range(10):
            delay.learn(now, pass_by(99.0, uncertainty=Q.uncertain + 1), NONE)
    mean = float(delay.delay()[0, 8])
    assert delay.per_intersection(2)[0] == pytest.approx(40 * mean)
    assert np.isnan(delay.per_intersection(2)[1])
    assert delay.per_intersection(2, np.array([30.0]))[0] == pytest.approx(30 * 40 * mean)
    assert np.isnan(delay.per_intersection(2, np.array([np.nan]))).all()
    assert delay.left_out["too_uncertain"] == 20


def test_what_cannot_be_measured_is_left_out_by_reason() -> None:
    delay = BusDelay(NETWORK, CROSSINGS)
    delay.learn(DAY + EIGHT, pass_by(np.nan), NONE)
    delay.learn(DAY + EIGHT, pass_by(Q.longest + 1), NONE)
    delay.learn(DAY + EIGHT, pass_by(20.0), NONE)
    assert delay.left_out == {
        "stretch_not_seen": 1, "too_uncertain": 0, "too_long": 1, "too_short": 0, "dwell_not_seen": 0,
    }  # fmt: skip
    assert delay.approach(0, 0)[8].passings == 3


def near_side() -> BusDelay:
    lat, lon = to_wgs84(1000.0, 0.0, NEAR_SIDE.origin_lat, NEAR_SIDE.origin_lon)
    crossings = find_crossings(NEAR_SIDE, inventory_of([(float(lat), float(lon))], []))
    assert crossings.stop_within.tolist() == [2]
    return BusDelay(NEAR_SIDE, crossings)


def test_the_dwell_at_a_near_side_stop_is_taken_out_and_without_it_nothing_is_measured() -> None:
    delay, line = near_side(), DAY + EIGHT
    delay.learn(line, pass_by(70.0, line), events_of((0, 0, 1, line - 200, line - 190), (0, 0, 2, line - 50, line - 20)))
    assert delay._seconds[0, 8] == pytest.approx(40.0)
    delay.learn(line, pass_by(70.0, line, vehicle=1), NONE)
    delay.learn(line, pass_by(70.0, line, vehicle=0), events_of((0, 0, 1, line + 1, line + 2)))
    assert delay.left_out["dwell_not_seen"] == 1
    delay.learn(line + 900, pass_by(70.0, line + 900), NONE)
    assert delay.left_out["dwell_not_seen"] == 2  # the dwell of a run before is none of this one
    assert delay.approach(0, -1)[8].near_side


def test_buses_that_are_driven_past_a_light_are_measured_end_to_end() -> None:
    delay = BusDelay(NETWORK, CROSSINGS)
    for k in range(24):
        fixes = along(LINE, 0, 960, EIGHT, 5, trip="T0")
        if k % 2:
            fixes += standing((960, 0), fixes[-1].clock + 5, 40, 5, trip="T0")
        fixes += along(LINE, fixes[-1].x + 8, 1450, fixes[-1].clock + 1, 5, trip="T0")
        watch = PassingWatch(NETWORK, CROSSINGS)
        for snapshot in drives(City(NETWORK), fixes):
            delay.learn(snapshot.now, watch.step(snapshot), snapshot.events)
    assert delay.free()[0] == pytest.approx(150 / 8, abs=3)
    assert delay.approach(0, 0)[8].delay == pytest.approx(45 / 2, abs=4)
