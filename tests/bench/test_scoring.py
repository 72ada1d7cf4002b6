from __future__ import annotations

import math

import numpy as np
import pytest

from bench.scoring import Arrivals, Predictions, score

TEN = 1_000_000.0


def predictions(*rows: tuple[str, str, str, float, float]) -> Predictions:
    """(vehicle, trip, stop, sampled, predicted), times in seconds after TEN."""
    vehicle, trip, stop, sampled, predicted = zip(*rows)
    return Predictions(vehicle, trip, stop, TEN + np.array(sampled), TEN + np.array(predicted))


def arrivals(*rows: tuple[str, str, str, float]) -> Arrivals:
    vehicle, trip, stop, at = zip(*rows)
    return Arrivals(vehicle, trip, stop, TEN + np.array(at))


def test_errors_are_actual_minus_predicted_by_time_to_the_arrival() -> None:
    told = predictions(("v", "t", "a", 0.0, 200.0), ("v", "t", "b", 0.0, 500.0))
    found = score(told, arrivals(("v", "t", "a", 230.0), ("v", "t", "b", 480.0)))
    assert (found.mae["120-300"].count, found.mae["120-300"].mae, found.mae["120-300"].bias) == (1, 30.0, 30.0)
    assert (found.mae["300-600"].count, found.mae["300-600"].mae, found.mae["300-600"].bias) == (1, 20.0, -20.0)
    assert math.isnan(found.mae["600-1200"].mae)


@pytest.mark.parametrize(("error", "right"), [(-60.0, 0.0), (-59.9, 1.0), (59.9, 1.0), (60.0, 0.0)])
def test_mbta_bins_are_strict_and_by_predicted_horizon(error: float, right: float) -> None:
    found = score(predictions(("v", "t", "a", 0.0, 100.0)), arrivals(("v", "t", "a", 100.0 + error)))
    assert found.mbta == {"0-3min": right}
    assert found.mbta_all == right


@pytest.mark.parametrize(("error", "right"), [(-30.1, 0.0), (-30.0, 1.0), (90.0, 1.0), (90.1, 0.0)])
def test_transit_bins_are_inclusive_and_by_true_horizon(error: float, right: float) -> None:
    found = score(predictions(("v", "t", "a", 0.0, 100.0 - error)), arrivals(("v", "t", "a", 100.0)))
    assert found.transit == {"0-3min": right}


def test_the_transit_score_is_the_plain_mean_of_its_bins() -> None:
    rows = [("v", "t", "a", 0.0, 100.0)] * 9 + [("v", "t", "b", 0.0, 900.0)]
    found = score(predictions(*rows), arrivals(("v", "t", "a", 100.0), ("v", "t", "b", 500.0)))
    assert found.transit_score == 0.5


def test_only_the_arrival_on_the_predicted_trip_counts_where_the_truth_knows_the_vehicle_on_it() -> None:
    truth = arrivals(("v", "t", "a", 4000.0), ("v", "u", "a", 110.0))
    assert score(predictions(("v", "t", "a", 0.0, 100.0)), truth).mae["1800-3600"].count == 0
    assert score(predictions(("v", "t", "a", 0.0, 100.0)), truth).scored == 1
    assert score(predictions(("v", "", "a", 0.0, 100.0)), truth).mae["0-120"].mae == 10.0


def test_of_a_vehicles_visits_to_a_stop_the_nearest_to_the_predicted_time_counts() -> None:
    truth = arrivals(("v", "t", "a", 100.0), ("v", "u", "a", 900.0), ("w", "x", "a", 500.0))
    found = score(predictions(("v", "", "a", 0.0, 600.0)), truth)
    assert found.mae["600-1200"].bias == 300.0


def test_an_arrival_before_the_sampling_is_no_longer_ahead() -> None:
    found = score(predictions(("v", "t", "a", 50.0, 60.0)), arrivals(("v", "t", "a", 49.0)))
    assert (found.scored, found.unmatched) == (0, 1)


def test_a_stop_the_truth_never_observed_is_counted_and_not_scored() -> None:
    found = score(predictions(("v", "t", "b", 0.0, 60.0)), arrivals(("v", "t", "a", 49.0)))
    assert (found.scored, found.unmatched, found.stop_not_in_truth) == (0, 0, 1)


def test_an_arrival_counts_as_predicted_ahead_only_where_it_was_long_enough_after_the_first() -> None:
    truth = arrivals(("v", "t", "a", 0.0), ("v", "t", "b", 430.0), ("v", "t", "c", 800.0), ("v", "t", "d", 900.0))
    told = predictions(("v", "t", "c", 480.0, 790.0), ("v", "t", "d", 10.0, 800.0))
    assert score(told, truth).availability == {300: pytest.approx(1 / 3), 600: 0.0}
