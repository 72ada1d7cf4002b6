"""Confidence of ranks: sure where one intersection leads by far, open where two are alike, over days and over trips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signals.siting import Limits, make_plan
from signals.siting_confidence import Confidence, confidence
from signals.siting_objective import Measured, SitingError, SitingParameters, make_objective
from signals.siting_trips import Trips
from tests.support.siting_cases import trips_of


def sure(trips: Trips, measured: Measured, most: int, seed: int = 1) -> Confidence:
    limits = Limits(most)
    plan = make_plan(trips, make_objective(trips.intersections, measured), limits)
    return confidence(trips, measured, limits, plan, seed, SitingParameters(replicates=200))


def test_a_leader_is_sure_and_equals_are_not() -> None:
    trips = trips_of([[0]] * 300 + [[1]] * 100 + [[2]] * 100, [1.0] * 500, 3)
    found = sure(trips, Measured(), 2)
    assert (found.unit, found.drawn) == ("trips", 500)
    assert found.held[0] == found.top[0] == 1.0
    assert (found.low[0], found.high[0]) == (1, 1)
    assert 0.3 < found.held[1] < 0.7
    assert (found.low[1], found.high[1]) == (2, 3)


def test_days_are_drawn_where_there_are_several() -> None:
    rows, days = [[0]] * 6 + [[1]] * 10, np.array([0, 0, 0, 1, 1, 1] + [0] * 10, np.int32)
    trips = replace(trips_of(rows, [1.0] * 16, 2), day=days)
    found = sure(trips, Measured(), 1)
    assert (found.unit, found.drawn) == ("days", 2)
    assert found.held[0] == pytest.approx(0.75, abs=0.1)  # intersection 1 leads unless day 1 was drawn twice


def test_daily_gains_are_drawn_with_their_days() -> None:
    trips = trips_of([[0], [1]], [10.0, 9.0], 2)
    gain = np.array([[5.0, 5.0], [5.0, 6.0]])
    found = sure(trips, Measured(gain), 1)
    assert (found.unit, found.drawn) == ("days", 2)
    assert found.held[0] == pytest.approx(0.75, abs=0.1)  # only the second day twice lifts the second intersection above the first
    with pytest.raises(SitingError, match="trips are of 3 days and gains of 2"):
        sure(replace(trips, day=np.array([0, 2], np.int32)), Measured(gain), 1)


def test_the_same_seed_gives_the_same_answer() -> None:
    trips = trips_of([[0], [1], [0, 1], [2]] * 5, [1.0, 2.0, 1.0, 1.0] * 5, 3)
    one, other = sure(trips, Measured(), 2, seed=5), sure(trips, Measured(), 2, seed=5)
    assert one.held.tolist() == other.held.tolist()
    assert one.high.tolist() == other.high.tolist()


def test_a_plan_of_nothing_has_ranks_of_nothing() -> None:
    trips = trips_of([[0]], [1.0], 1)
    limits = Limits(1, never=[0])
    plan = make_plan(trips, make_objective(1), limits)
    assert len(confidence(trips, Measured(), limits, plan, 1).held) == 0
