"""Times to the line by distance and speed: sums, shrinkage and forgetting against doing it by hand."""

from __future__ import annotations

import numpy as np
import pytest

from server.signals.approaches_passed import Passed
from server.signals.priority_approaching import Approaching, ApproachingParameters
from tests.server.signals.test_approaches_passed import CROSSINGS
from transit.kernels.columns import VEHICLE

Q = ApproachingParameters()
TOLD, SPREAD = 50.0, 10.0


def see(approaching: Approaching, crossing: int, away: float, speed: float, took: float, vehicle: int = 0) -> None:
    """A bus that is seen once and passes `took` s later."""
    records = np.zeros(vehicle + 1, VEHICLE)
    records["timestamp"], records["speed"] = 1000.0, speed
    records["progress"] = CROSSINGS.distance[crossing] - away
    v, c, time = np.array([vehicle], np.int32), np.array([crossing], np.int32), np.array([1000.0 + took])
    nothing = Passed(v[:0], c[:0], time[:0], time[:0], time[:0], time[:0])
    approaching.learn(records, v.astype(np.int64), c.astype(np.int64), nothing)
    approaching.learn(records, v[:0].astype(np.int64), c[:0].astype(np.int64), Passed(v, c, time, time * 0, time, time * 0))
    approaching.forget_vehicles()


def expected(approaching: Approaching, crossing: int, away: float, speed: float) -> tuple[float, float]:
    mean, spread = approaching.expect(
        np.array([crossing]), np.array([away]), np.array([speed]), np.array([TOLD]), np.array([SPREAD])
    )
    return float(mean[0]), float(spread[0])


def test_nothing_learned_leaves_what_the_prediction_says() -> None:
    assert expected(Approaching(CROSSINGS), 0, 100.0, 8.0) == pytest.approx((TOLD, SPREAD))
    assert expected(Approaching(CROSSINGS), 0, 5000.0, 8.0) == (TOLD, SPREAD)


def test_a_line_leans_on_all_lines_and_those_on_the_prediction() -> None:
    approaching = Approaching(CROSSINGS)
    for _ in range(20):
        see(approaching, 0, 100.0, 8.0, 30.0)
    every = (10 * TOLD + 20 * 30.0) / 30
    assert expected(approaching, 0, 100.0, 8.0)[0] == pytest.approx((20 * 30.0 + 5 * every) / 25)
    assert expected(approaching, 1, 110.0, 6.0)[0] == pytest.approx(every)
    assert expected(approaching, 0, 100.0, 0.5)[0] == pytest.approx(TOLD)
    assert expected(approaching, 0, 200.0, 8.0)[0] == pytest.approx(TOLD)
    assert expected(approaching, 0, 100.0, 8.0)[1] < SPREAD
    assert expected(approaching, 0, 100.0, np.nan)[0] == expected(approaching, 0, 100.0, 8.0)[0]


def test_new_timing_is_followed_and_a_breakdown_teaches_nothing() -> None:
    approaching = Approaching(CROSSINGS)
    for _ in range(int(Q.most) + 50):
        see(approaching, 0, 100.0, 0.0, 30.0)
    for _ in range(int(Q.most) * 2):
        see(approaching, 0, 100.0, 0.0, 60.0)
    assert expected(approaching, 0, 100.0, 0.0)[0] > 50
    before = expected(approaching, 0, 100.0, 0.0)
    see(approaching, 0, 100.0, 0.0, Q.longest + 1)
    assert expected(approaching, 0, 100.0, 0.0) == before


def test_a_bus_that_reports_each_second_is_sampled_every_ten() -> None:
    approaching = Approaching(CROSSINGS)
    records = np.zeros(1, VEHICLE)
    v, c = np.zeros(1, np.int64), np.zeros(1, np.int64)
    none = Passed(*(np.zeros(0, kind) for kind in ("i4", "i4", "f8", "f8", "f8", "f8")))
    for second in range(61):
        records["timestamp"], records["progress"] = 1000.0 + second, CROSSINGS.distance[0] - 45.0
        approaching.learn(records, v, c, none)
    time = np.array([1070.0])
    approaching.learn(records, v[:0], c[:0], Passed(v.astype(np.int32), c.astype(np.int32), time, time * 0, time, time * 0))
    learned = expected(approaching, 0, 45.0, 0.0)[0]
    every = (10 * TOLD + sum(70 - 10 * k for k in range(7))) / 17
    assert learned == pytest.approx((sum(70 - 10 * k for k in range(7)) + 5 * every) / 12)
