"""Cancelling a run takes its calls away, lets the block go on, and changes no prediction of any other run."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lines import DAY, days_of, lines_network, scheduled, vehicle, without_timepoints
from transit.changed_calls import take_out
from transit.changes_in_force import ChangesInForce
from transit.day_plan import plan_days
from transit.kernels.columns import Records
from transit.model import State
from transit.parameters import PredictionParameters
from transit.prediction import Predictor

NETWORK = without_timepoints(lines_network())
TRIPS = len(NETWORK.trips.pattern)
SUCCESSOR = plan_days(NETWORK, days_of(NETWORK)).successor[1]
Calls = dict[int, dict[int, list[tuple[float, ...]]]]
"""vehicle → trip → calls"""


def predictions(fleet: Records, now: float, cancelled: frozenset[tuple[int, float]]) -> Calls:
    predictor = Predictor(NETWORK, PredictionParameters(horizon=7200.0))
    predictor.cancelled = cancelled
    arrivals, start = predictor.predict(fleet, now, days_of(NETWORK))
    parts = take_out(arrivals, start, ChangesInForce(dict.fromkeys(cancelled, True)))
    found: Calls = {}
    rows = zip(*(column.tolist() for column in parts.arrivals[:6]))
    for vehicle_, pattern_stop, trip, _day, arrival, departure in sorted(rows, key=lambda row: row[1]):
        found.setdefault(vehicle_, {}).setdefault(trip, []).append((pattern_stop, arrival, departure))
    return found


def chain(trip: int) -> list[int]:
    """The trip and what its block goes on with."""
    found = [trip]
    while SUCCESSOR[found[-1]] >= 0:
        found.append(int(SUCCESSOR[found[-1]]))
    return found


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Records, list[int], float]:
    trips = draw(st.lists(st.integers(0, TRIPS - 1), min_size=1, max_size=8, unique=True))
    now = scheduled(NETWORK, trips[0], 2)
    buses = []
    for trip in trips:
        waits = draw(st.booleans())
        place = draw(st.floats(0.0, 2500.0))
        bus = vehicle(NETWORK, last_trip=trip, state=State.LAYOVER, service_day=DAY) if waits else vehicle(NETWORK, trip, place)
        bus["timestamp"] = bus["heard"] = now - draw(st.floats(0.0, 200.0))
        buses.append(bus)
    return np.concatenate(buses), trips, now


@given(fleets(), st.sets(st.integers(0, TRIPS - 1)))
def test_other_runs_are_predicted_as_before_except_those_that_follow_in_the_block(
    drawn: tuple[Records, list[int], float], off: set[int]
) -> None:
    fleet, trips, now = drawn
    before = predictions(fleet, now, frozenset())
    after = predictions(fleet, now, frozenset((trip, DAY) for trip in off))
    for k, trip in enumerate(trips):
        mine = chain(trip)
        cut = next((place for place, one in enumerate(mine) if one in off), len(mine))
        untouched = {one: calls for one, calls in before.get(k, {}).items() if one in mine[:cut]}
        assert {one: calls for one, calls in after.get(k, {}).items() if one in mine[:cut]} == untouched
        assert not set(after.get(k, {})) & off
        assert set(after.get(k, {})) <= set(mine), "the block goes on with trips of its own"


def test_the_trip_after_a_cancelled_one_is_predicted_from_the_trip_before_it() -> None:
    now = scheduled(NETWORK, 0, 2)
    bus = vehicle(NETWORK, 0, float(NETWORK.patterns.distance[2]), now)
    assert chain(0) == [0, 8, 4, 12]
    assert sorted(predictions(bus, now, frozenset())[0]) == [0, 4, 8, 12]
    after = predictions(bus, now, frozenset({(8, DAY)}))[0]
    assert sorted(after) == [0, 4, 12]
    start = DAY + NETWORK.trips.departure[NETWORK.trips.start[4]]
    assert after[4][0][1] == start, "it waits at the terminal for the time of the trip that runs"


def test_a_bus_that_drives_a_cancelled_trip_is_predicted_on_its_next_one_only() -> None:
    now = scheduled(NETWORK, 8, 2)
    bus = vehicle(NETWORK, 8, float(NETWORK.patterns.distance[8]), now)
    assert sorted(predictions(bus, now, frozenset({(8, DAY)}))[0]) == [4, 12]
