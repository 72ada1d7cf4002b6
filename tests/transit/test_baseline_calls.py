"""The calls ahead and the sums of hops, against a plain twin; and what every baseline's prediction keeps to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import DAY, NOON, lines_network, scheduled, vehicle
from tests.support.naive_baselines import naive_calls
from transit.baseline_calls import CallsAhead, Surveyor, after_hops, predictions
from transit.kernels.columns import VEHICLE, Records
from transit.model import Source, State

NETWORK = lines_network(patterns=3, seed=4)
STOPS = 6
LENGTH = float(NETWORK.patterns.distance.max())
VEHICLES = st.tuples(
    st.integers(-1, 23), st.integers(-1, 2), st.integers(-500, int(10 * LENGTH) + 500).map(lambda n: n / 10), st.floats(-400.0, 30.0),
    st.sampled_from([State.IN_SERVICE, State.IN_SERVICE, State.LAYOVER, State.OFF_ROUTE]), st.floats(0.0, 12.0),
)  # fmt: skip


def fleet_of(rows: list[tuple[int, int, float, float, int, float]]) -> Records:
    parts = [
        vehicle(NETWORK, trip, progress, NOON + age, state=state, speed=speed, **({} if trip >= 0 else {"pattern": pattern}))
        for trip, pattern, progress, age, state, speed in rows
    ]
    return np.concatenate([np.zeros(0, VEHICLE), *parts])


def surveyed(fleet: Records, now: float = NOON) -> CallsAhead:
    return Surveyor(NETWORK, 300.0).survey(fleet, now, DAY)


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(VEHICLES, max_size=8), seed=st.integers(0, 9))
def test_sums_of_hops_are_those_of_the_plain_twin(rows: list[tuple[int, int, float, float, int, float]], seed: int) -> None:
    random = np.random.default_rng(seed)
    drive = np.where(random.random(3 * STOPS) < 0.1, np.nan, random.uniform(10.0, 200.0, 3 * STOPS))
    dwell = random.uniform(0.0, 60.0, 3 * STOPS)
    fleet = fleet_of(rows)
    calls = surveyed(fleet)
    told = after_hops(calls, drive[calls.pattern_stop], dwell[calls.pattern_stop])
    wanted = naive_calls(NETWORK, fleet, NOON, 300.0, lambda _, q: (float(drive[q]), float(dwell[q])))
    assert [*zip(calls.vehicle[calls.owner].tolist(), calls.pattern_stop.tolist())] == list(wanted)
    np.testing.assert_allclose(told, list(wanted.values()), rtol=0.0, atol=1e-3)


def test_a_call_belongs_to_the_stop_times_of_the_own_trip() -> None:
    calls = surveyed(vehicle(NETWORK, 9, 300.0))
    assert calls.row.tolist() == [9 * STOPS + int(q) - STOPS for q in calls.pattern_stop]


def test_a_vehicle_without_a_trip_borrows_the_one_that_starts_nearest_by_the_clock() -> None:
    begin = scheduled(NETWORK, 11, 0)
    for off, trip in ((-200.0, 11), (200.0, 11), (400.0, 12), (-1e5, 8), (9e4, 15)):
        calls = surveyed(vehicle(NETWORK, -1, 300.0, begin + off, pattern=1), begin + off)
        assert calls.profile.tolist() == [trip]
        assert np.isnan(calls.service_day).all()


def test_a_bus_that_stands_at_its_first_stop_ahead_of_time_begins_when_it_is_due() -> None:
    due = scheduled(NETWORK, 3, 0)
    for progress, speed, held in ((20.0, 0.0, True), (20.0, 5.0, False), (160.0, 0.0, False)):
        calls = surveyed(vehicle(NETWORK, 3, progress, due - 120.0, speed=speed), due - 100.0)
        assert calls.timestamp.tolist() == [due if held else due - 120.0]
    late = surveyed(vehicle(NETWORK, 3, 20.0, due + 50.0, speed=0.0), due + 60.0)
    assert late.timestamp.tolist() == [due + 50.0]


def test_a_template_of_a_headway_line_holds_nobody() -> None:
    network = dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(template=np.ones_like(NETWORK.trips.template)))
    due = scheduled(NETWORK, 3, 0)
    calls = Surveyor(network, 300.0).survey(vehicle(NETWORK, 3, 20.0, due - 120.0, speed=0.0), due - 100.0, DAY)
    assert calls.timestamp.tolist() == [due - 120.0]


def test_predictions_are_live_never_before_now_and_within_the_horizon() -> None:
    calls = surveyed(vehicle(NETWORK, 0, 100.0))
    arrival = NOON + np.array([-30.0, 50.0, np.nan, 900.0, 901.0])
    told = predictions(calls, arrival, 900.0)
    assert told.arrival.tolist() == [NOON, NOON + 50.0, NOON + 900.0]
    assert told.pattern_stop.tolist() == [1, 2, 4]
    assert set(told.source.tolist()) == {Source.LIVE}
    assert all(np.isnan(column).all() for column in (told.departure, told.p10, told.p90))


@pytest.mark.parametrize("count", [0, 3])
def test_nobody_under_way_gives_no_calls(count: int) -> None:
    fleet = fleet_of([(0, 0, 10.0, 0.0, State.LAYOVER, 0.0)] * count)
    calls = surveyed(fleet)
    assert len(calls.row) == 0
    assert len(after_hops(calls, np.zeros(0), np.zeros(0))) == 0
