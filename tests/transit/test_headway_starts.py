from __future__ import annotations

import numpy as np
import pytest

from tests.support.running_city import at
from tests.support.tiny_city import tiny_network
from transit.fleet import Fleet
from transit.geometry import to_local
from transit.kernels.columns import PositionColumns, Records
from transit.learner import Learner
from transit.learning_parameters import LearningParameters
from transit.model import Source, State
from transit.parameters import PredictionParameters
from transit.prediction import Predictor
from transit.service_day import service_days
from transit.strings import Strings

NETWORK = tiny_network()
PATTERN = int(NETWORK.trips.pattern[NETWORK.frequencies.trip[0]])
NOW = at("08:00:00")
HEADWAY = float(NETWORK.frequencies.headway[0])


def waiting(count: int) -> Records:
    """Buses of K4 that came to its first stop one after the other and wait there."""
    names = Strings.of(f"V{k}" for k in range(count))
    lengths = np.diff(names.starts).astype(np.int32)
    nothing = np.zeros(count, np.int32)
    number = np.zeros(count)
    fleet = Fleet()
    fleet.rows_of(
        PositionColumns(
            names.text, names.starts[:-1].astype(np.int32), lengths, nothing, nothing, nothing, nothing, number, number, number,
            number, number.astype(np.float32), number.astype(np.float32),
        )
    )
    vehicles = fleet.columns.vehicles
    stop = NETWORK.patterns.stop[NETWORK.patterns.stop_start[PATTERN]]
    x, y = to_local(NETWORK.stop_lat[stop], NETWORK.stop_lon[stop], NETWORK.origin_lat, NETWORK.origin_lon)
    vehicles["state"], vehicles["last_pattern"], vehicles["x"], vehicles["y"] = State.LAYOVER, PATTERN, x, y
    vehicles["heard"] = vehicles["timestamp"] = NOW - 5
    vehicles["left"] = NOW - 600 + np.arange(count)
    return vehicles


def begins(vehicles: Records, last: float, gaps: tuple[float, float] = (0.0, 0.0), now: float = NOW) -> dict[int, float]:
    """Seconds from now until each vehicle leaves the first stop."""
    learner = Learner(NETWORK, PredictionParameters(), LearningParameters())
    learner.last_start[PATTERN] = last
    learner.history.columns.gaps[PATTERN], learner.history.columns.gap_seconds[PATTERN] = gaps
    predictor = Predictor(NETWORK, PredictionParameters(), learner)
    arrivals, _ = predictor.predict(vehicles, now, service_days(NETWORK, now))
    first = arrivals.pattern_stop == NETWORK.patterns.stop_start[PATTERN]
    assert set(arrivals.source.tolist()) <= {Source.LAYOVER}
    assert set(arrivals.trip.tolist()) <= {-1}
    return dict(zip(arrivals.vehicle[first].tolist(), (arrivals.departure[first] - now).tolist()))


def test_the_first_in_the_queue_leaves_a_headway_after_the_last_bus_and_the_next_one_headway_later() -> None:
    assert begins(waiting(2), NOW - 100) == pytest.approx({0: HEADWAY - 100, 1: 2 * HEADWAY - 100})


def test_the_headway_seen_counts_beside_the_timetable() -> None:
    seen = 2 * HEADWAY
    weight = LearningParameters().headway_weight
    expected = (30 * seen + weight * HEADWAY) / (30 + weight)
    assert begins(waiting(1), NOW, (30.0, 30 * seen))[0] == pytest.approx(expected, rel=1e-3)


def test_a_bus_that_is_due_leaves_now_and_one_long_overdue_is_not_promised() -> None:
    assert begins(waiting(1), NOW - HEADWAY - 60) == pytest.approx({0: 0.0})
    assert begins(waiting(1), NOW - HEADWAY - PredictionParameters().layover_patience - 60) == {}


def test_nothing_is_predicted_before_a_bus_was_seen_to_leave_or_outside_the_hours_or_elsewhere() -> None:
    assert begins(waiting(1), np.nan) == {}
    assert begins(waiting(1), NOW + 18 * 3600 - 100, now=NOW + 18 * 3600) == {}
    elsewhere = waiting(1)
    elsewhere["x"] += 500
    assert begins(elsewhere, NOW - 100) == {}


def test_such_a_start_is_less_certain_than_one_by_the_timetable() -> None:
    learner = Learner(NETWORK, PredictionParameters(), LearningParameters())
    learner.last_start[PATTERN] = NOW
    arrivals, _ = Predictor(NETWORK, PredictionParameters(), learner).predict(waiting(1), NOW, service_days(NETWORK, NOW))
    later = arrivals.pattern_stop == NETWORK.patterns.stop_start[PATTERN] + 1
    assert float((arrivals.p90 - arrivals.p10)[later][0]) > 0.5 * HEADWAY
