from __future__ import annotations

import math

import numpy as np
import pytest

from tests.support.lines import DAY, days_of, lines_network, scheduled, vehicle, without_timepoints
from transit.day_plan import plan_days
from transit.kernels.columns import Records
from transit.kernels.places import choose_profiles, stand
from transit.parameters import PredictionParameters
from transit.prediction import timetable_running_times

NETWORK = without_timepoints(lines_network())
Q = PredictionParameters()
RUNNING = timetable_running_times(NETWORK, Q)
TRIP = 2
DISTANCE = NETWORK.patterns.distance[:6]
ROW = int(RUNNING.profile[TRIP])


def chosen(bus: Records, now: float) -> int:
    profile = np.full(1, -5, np.int32)
    choose_profiles(bus, now, math.inf, NETWORK.patterns, RUNNING, plan_days(NETWORK, days_of(NETWORK)), profile)
    return int(profile[0])


def stands(bus: Records) -> tuple[int, float]:
    ahead, time = np.full(1, -1, np.int32), np.full(1, np.nan, np.float32)
    stand(bus, np.array([TRIP], np.int32), NETWORK.patterns, RUNNING, Q.stop_zone, ahead, time)
    return int(ahead[0]), float(time[0])


def test_a_vehicle_on_a_trip_has_that_trips_profile() -> None:
    assert chosen(vehicle(NETWORK, TRIP, 0.0), 0.0) == TRIP


def test_a_vehicle_off_every_pattern_has_none() -> None:
    assert chosen(vehicle(NETWORK), 0.0) == -1


@pytest.mark.parametrize("k", [0, 1, 2])
@pytest.mark.parametrize("trip", [0, 3, 7])
def test_without_a_trip_the_one_planned_nearest_serves(trip: int, k: int) -> None:
    for late in (-60.0, 0.0, 60.0):
        now = scheduled(NETWORK, trip, k) + late
        bus = vehicle(NETWORK, -1, float(DISTANCE[k]) + 1.0, now, pattern=0)
        assert chosen(bus, now) == trip


def test_before_the_first_and_after_the_last_run_the_nearest_of_another_day_may_serve() -> None:
    bus = vehicle(NETWORK, -1, 0.0, DAY - 40_000.0, pattern=0)
    assert chosen(bus, DAY - 40_000.0) == 7
    bus["timestamp"] = DAY
    assert chosen(bus, DAY) == 0


def test_half_way_between_two_stops_half_of_the_running_time_has_gone() -> None:
    ahead, time = stands(vehicle(NETWORK, TRIP, float(DISTANCE[2] + DISTANCE[3]) / 2))
    assert ahead == 3
    assert time == pytest.approx((RUNNING.leave[ROW + 2] + RUNNING.arrive[ROW + 3]) / 2, rel=0, abs=0.01)


@pytest.mark.parametrize("offset", [-10.0, 0.0, 10.0])
def test_a_bus_standing_at_a_stop_is_placed_by_how_long_it_has_stood(offset: float) -> None:
    stay = float(RUNNING.leave[ROW + 2] - RUNNING.arrive[ROW + 2])
    for stood, expected in ((0.0, 0.0), (stay / 2, stay / 2), (500.0, stay)):
        bus = vehicle(NETWORK, TRIP, float(DISTANCE[2]) + offset, 1000.0, pending_arrival=1000.0 - stood)
        ahead, time = stands(bus)
        assert ahead == 2
        assert time == pytest.approx(RUNNING.arrive[ROW + 2] + expected, rel=0, abs=0.01)


def test_before_the_first_and_beyond_the_last_stop_the_ends_of_the_profile_hold() -> None:
    assert stands(vehicle(NETWORK, TRIP, -20.0)) == (0, RUNNING.arrive[ROW])
    assert stands(vehicle(NETWORK, TRIP, float(DISTANCE[5]) + 20.0)) == (6, RUNNING.leave[ROW + 5])
