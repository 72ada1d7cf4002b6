from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from tests.support.lines import DAY, days_of, lines_network, scheduled, vehicle, without_timepoints
from transit.day_plan import plan_days
from transit.kernels.columns import Records
from transit.kernels.places import choose_profiles, stand
from transit.kernels.prediction_columns import Places
from transit.learner import timetable_running_times
from transit.network import Network
from transit.parameters import PredictionParameters

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
    places = placed(bus, 0.0)
    return int(places.ahead[0]), float(places.time[0])


def placed(bus: Records, now: float, network: Network = NETWORK, delay: float = 0.0) -> Places:
    places = Places(*(np.full(1, TRIP, np.int32) for _ in range(4)), *(np.full(1, np.nan, np.float32) for _ in range(3)))
    stand(bus, now, network.patterns, network.trips, RUNNING, np.full(2, delay, np.float32), Q, places)
    return places


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


@pytest.mark.parametrize(
    ("beyond", "speed", "early", "waits"),
    [
        (50.0, 0.0, 200.0, True),
        (50.0, 5.0, 200.0, False),
        (160.0, 0.0, 200.0, False),
        (50.0, np.nan, 200.0, False),
    ],
    ids=["standing and early", "moving", "too far on", "speed unknown"],
)
def test_a_bus_that_stands_early_just_beyond_its_first_stop_waits_for_its_time(
    beyond: float, speed: float, early: float, waits: bool
) -> None:
    now = DAY + float(NETWORK.trips.departure[NETWORK.trips.start[TRIP]]) - early
    bus = vehicle(NETWORK, TRIP, float(DISTANCE[0]) + beyond, now, speed=speed)
    assert placed(bus, now).wait[0] == pytest.approx(early if waits else 0.0, abs=0.01)


@pytest.mark.parametrize("delay", [-20.0, 30.0])
def test_it_waits_as_long_after_its_time_as_buses_of_its_pattern_do(delay: float) -> None:
    now = DAY + float(NETWORK.trips.departure[NETWORK.trips.start[TRIP]]) - 200.0
    bus = vehicle(NETWORK, TRIP, float(DISTANCE[0]) + 50.0, now, speed=0.0)
    assert placed(bus, now, delay=delay).wait[0] == pytest.approx(200.0 + delay, abs=0.01)


@pytest.mark.parametrize(("age", "wait"), [(0.0, 40.0), (15.0, 25.0), (60.0, -10.0)])
def test_one_that_stands_there_past_its_time_moves_off_a_while_after_it_was_seen(age: float, wait: float) -> None:
    now = DAY + float(NETWORK.trips.departure[NETWORK.trips.start[TRIP]]) + 10.0
    bus = vehicle(NETWORK, TRIP, float(DISTANCE[0]) + 50.0, now - age, speed=0.0)
    assert placed(bus, now).wait[0] == pytest.approx(wait, abs=0.01)


@pytest.mark.parametrize(("timepoint", "waits"), [(1, True), (0, False)])
def test_so_does_one_just_beyond_a_timepoint_but_not_beyond_another_stop(timepoint: int, waits: bool) -> None:
    marked = np.zeros_like(NETWORK.trips.timepoint)
    marked[NETWORK.trips.start[TRIP] + 3] = timepoint
    network = dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(timepoint=marked))
    now = DAY + float(network.trips.departure[network.trips.start[TRIP] + 3]) - 120.0
    bus = vehicle(network, TRIP, float(DISTANCE[3]) + 40.0, now, speed=0.0)
    assert placed(bus, now, network).wait[0] == pytest.approx(120.0 if waits else 0.0, abs=0.01)


@pytest.mark.parametrize("hint", [-7, 0, 1, 2, 3, 5, 6, 7, 10**6])
def test_where_the_search_for_the_next_stop_begins_changes_nothing(hint: int) -> None:
    for progress in [0.0, *DISTANCE.tolist(), *(DISTANCE + np.float32(1.0)).tolist(), *(DISTANCE - np.float32(1.0)).tolist()]:
        bus = vehicle(NETWORK, TRIP, progress)
        bus["ahead"] = 0
        expected = stands(bus)
        bus["ahead"] = hint
        assert stands(bus) == expected
