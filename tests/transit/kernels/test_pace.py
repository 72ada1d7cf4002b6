from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import days_of, events_of, lines_network, scheduled, vehicle, without_timepoints
from tests.support.naive_pace import NaivePace
from transit.kernels.columns import Records
from transit.learner import Learner
from transit.learning_parameters import LearningParameters
from transit.model import State
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.prediction import Predictor

NETWORK = without_timepoints(lines_network(stops=12, headway=1200))
Q = PredictionParameters()
TRIP = 1
LENGTH = float(NETWORK.shapes.length[0])


def typical_at(predictor: Predictor, progress: float) -> float:
    """Seconds of the trip's profile at a place between two stops."""
    distance = NETWORK.patterns.distance[:12]
    running = predictor.learner.running
    row = int(running.profile[TRIP])
    ahead = int(np.searchsorted(distance, progress, "right"))
    share = (progress - distance[ahead - 1]) / (distance[ahead] - distance[ahead - 1])
    leave, arrive = running.leave[row + ahead - 1], running.arrive[row + ahead]
    return float(leave + share * (arrive - leave))


def drive(predictor: Predictor, bus: Records, progress: float, timestamp: float, **fields: float) -> Records:
    after = bus.copy()
    after["progress"], after["timestamp"] = progress, timestamp
    for name, value in fields.items():
        after[name] = value
    predictor.learn(bus, after, events_of(), timestamp, days_of(predictor.network))
    return after


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(1.0, 300.0), st.floats(0.0, 0.1)), min_size=1, max_size=20))
def test_paces_are_those_of_all_stretches_remembered_and_faded(steps: list[tuple[float, float]]) -> None:
    predictor = Predictor(NETWORK, Q, Learner(NETWORK, Q, LearningParameters()._replace(refresh=1e9)))
    own = NaivePace(Q.own_memory, Q.own_prior)
    now = scheduled(NETWORK, TRIP, 0)
    bus = vehicle(NETWORK, TRIP, 0.02 * LENGTH, now)
    progress = float(bus["progress"][0])
    for took, share in steps:
        to = min(progress + share * LENGTH, 0.98 * LENGTH)
        now += took
        covered = typical_at(predictor, to) - typical_at(predictor, progress)
        own.cover(now, took, covered)
        bus = drive(predictor, bus, to, now)
        progress = to
    assert float(np.exp(bus["log_pace"][0])) == pytest.approx(own.pace(now), abs=2e-3)


@pytest.mark.parametrize(
    ("start", "fields"),
    [
        (0.5, {"state": State.LAYOVER}),
        (0.5, {"trip": TRIP + 1}),
        (0.5, {"pattern": 1, "trip": 9}),
        (0.0, {}),
    ],
    ids=["no longer in service", "on another trip", "on another pattern", "from its first stop"],
)
def test_stretches_that_are_no_running_on_one_trip_tell_nothing(start: float, fields: dict[str, float]) -> None:
    predictor = Predictor(NETWORK, Q)
    now = scheduled(NETWORK, TRIP, 0)
    bus = drive(predictor, vehicle(NETWORK, TRIP, start * LENGTH, now), 0.6 * LENGTH, now + 60.0, **fields)
    assert bus["pace_weight"][0] == 0.0


def test_a_fix_after_a_long_silence_and_a_repeated_one_tell_nothing() -> None:
    predictor = Predictor(NETWORK, Q)
    now = scheduled(NETWORK, TRIP, 0)
    bus = vehicle(NETWORK, TRIP, 0.5 * LENGTH, now)
    for later in (0.0, Q.max_age + 1.0):
        assert drive(predictor, bus, 0.6 * LENGTH, now + later)["pace_weight"][0] == 0.0


def test_a_vehicle_that_changes_its_line_starts_with_a_fresh_pace() -> None:
    predictor = Predictor(NETWORK, Q)
    now = scheduled(NETWORK, TRIP, 0)
    bus = vehicle(NETWORK, TRIP, 0.5 * LENGTH, now, log_pace=0.4, pace_weight=100.0)
    assert drive(predictor, bus, 0.0, now + 10.0, pattern=1, trip=9)["log_pace"][0] == 0.0


def with_timepoint(k: int) -> Network:
    timepoint = np.zeros_like(NETWORK.trips.timepoint)
    timepoint[NETWORK.trips.start[TRIP] + k] = 1
    return dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(timepoint=timepoint))


def test_standing_at_a_timepoint_ahead_of_time_is_no_slow_running() -> None:
    predictor = Predictor(with_timepoint(5), Q)
    now = scheduled(NETWORK, TRIP, 5) - 300.0
    place = float(NETWORK.patterns.distance[5])
    bus = vehicle(NETWORK, TRIP, place, now, pending_arrival=now)
    assert drive(predictor, bus, place, now + 100.0)["pace_weight"][0] == 0.0
    assert drive(predictor, bus, place, now + 100.0)["log_pace"][0] == 0.0
