from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import DAY, days_of, events_of, lines_network, scheduled, vehicle, without_timepoints
from tests.support.naive_intervals import place
from transit.intervals import BEFOREHAND, EDGES, LEANING, MIDDLES, Intervals
from transit.kernels.columns import F32
from transit.kernels.intervals import BINS
from transit.kernels.prediction import HORIZONS
from transit.learning_parameters import IntervalParameters
from transit.parameters import PredictionParameters
from transit.prediction import Predictor

PAR = IntervalParameters()
SHARES = np.array([0.1, PAR.point, 0.9])


def counted(errors: np.ndarray, source: int, ahead: int, counts: F32 | None = None) -> F32:
    table: F32 = np.zeros((2, len(MIDDLES), BINS), np.float32) if counts is None else counts
    for error in errors:
        table[source, ahead, place(float(error))] += 1.0
    return table


def at(intervals: Intervals, source: int, seconds: float) -> list[float]:
    """low, middle, high so many seconds ahead."""
    return [float(quantile[source, int(seconds / 30.0)]) for quantile in (intervals.low, intervals.middle, intervals.high)]


def test_before_anything_has_happened_what_was_known_beforehand_holds() -> None:
    intervals = Intervals(PAR)
    assert intervals.low.shape == intervals.middle.shape == intervals.high.shape == (2, HORIZONS)
    for source in range(2):
        np.testing.assert_allclose(at(intervals, source, 600.0), BEFOREHAND, rtol=1e-6)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 1000), spread=st.floats(0.2, 4.0), bias=st.floats(-2.0, 2.0), source=st.integers(0, 1),
    ahead=st.integers(0, len(MIDDLES) - 1),
)
def test_with_many_errors_intervals_are_their_own_quantiles(seed: int, spread: float, bias: float, source: int, ahead: int) -> None:
    errors = np.random.default_rng(seed).normal(bias, spread, 20_000)
    par = PAR._replace(prior=0.01, pooled=0.01)
    intervals = Intervals(par, counted(errors, source, ahead))
    got = np.array([q[ahead] for q in np.stack([_middles(q[source]) for q in (intervals.low, intervals.middle, intervals.high)])])
    want = np.quantile(errors, SHARES)
    bins = np.searchsorted(EDGES, want)
    width = EDGES[bins] - EDGES[bins - 1]
    assert np.all(np.abs(got - want) <= width + 0.05 * spread)


def _middles(quantile: F32) -> np.ndarray:
    """At the middle of each range of time ahead."""
    return np.interp(MIDDLES, np.arange(HORIZONS) * 30.0 + 15.0, quantile)


@pytest.mark.parametrize("count", [0, 20, 2000])
def test_few_errors_of_one_range_lean_on_those_of_all_and_these_on_what_was_known(count: int) -> None:
    random = np.random.default_rng(5)
    far, near = random.normal(2.0, 0.5, 300), random.normal(-1.0, 0.5, count)
    intervals = Intervals(PAR, counted(near, 0, 4, counted(far, 0, 8)))

    def blended(errors: np.ndarray, prior: np.ndarray, worth: float) -> np.ndarray:
        if not len(errors):
            return prior
        weight = worth * LEANING
        return np.asarray((len(errors) * np.quantile(errors, SHARES) + weight * prior) / (len(errors) + weight))

    pooled = blended(np.concatenate((far, near)), BEFOREHAND, PAR.prior)
    want = blended(near, pooled, PAR.pooled)
    np.testing.assert_allclose(at(intervals, 0, MIDDLES[4]), want, rtol=0, atol=0.15)
    np.testing.assert_allclose(at(intervals, 1, MIDDLES[4]), BEFOREHAND, rtol=1e-6)


def test_between_the_middles_of_two_ranges_quantiles_go_over_from_one_to_the_other() -> None:
    counts = counted(np.full(9000, 3.0), 0, 5, counted(np.full(9000, 1.0), 0, 4))
    intervals = Intervals(PAR._replace(prior=0.01, pooled=0.01), counts)
    values = [at(intervals, 0, seconds)[1] for seconds in (390.0, 450.0, 510.0, 570.0, 600.0)]
    assert np.all(np.diff(values) > 0.0)
    assert values[0] == pytest.approx(1.1, abs=0.2)
    assert values[-1] == pytest.approx(3.0, abs=0.3)


def test_a_call_that_was_kept_is_counted_when_its_bus_comes_and_moves_the_next_intervals() -> None:
    network = without_timepoints(lines_network())
    intervals, late, settled = Intervals(PAR._replace(prior=0.5, pooled=0.5)), 60.0, 0
    predictor = Predictor(network, PredictionParameters()._replace(recovery=0.0), intervals=intervals)
    for trip in range(8):
        start = DAY + float(network.trips.departure[network.trips.start[trip]])
        for k in range(1, 5):
            now = scheduled(network, trip, k)
            place_of_stop = float(network.patterns.distance[k])
            bus = vehicle(network, trip, place_of_stop, max(now, start), pending_arrival=now)
            predictor.predict(bus, now, days_of(network))
        kept = intervals._kept[0]
        for q in range(6):
            waiting = [one for one in kept if one["sampled"] and one["trip"] == trip and one["pattern_stop"] == q]
            if waiting:
                arrival = float(waiting[0]["expected"]) + late
                settled += intervals.learn(events_of((0, trip, q, arrival, arrival + 5.0)))
    assert settled > 5
    assert intervals.counts.sum() == pytest.approx(settled, rel=0.05)
    before = at(Intervals(PAR), 0, 150.0)
    after = [float(q[0, 5]) for q in intervals.quantiles()]
    assert after[1] > before[1] + 0.5


def test_calls_are_kept_once_in_a_while_only() -> None:
    network = without_timepoints(lines_network())
    predictor = Predictor(network, PredictionParameters())
    begin = scheduled(network, 2, 1)
    begin -= begin % PAR.every
    bus = vehicle(network, 2, float(network.patterns.distance[1]), begin)
    counts = []
    for seconds in (0.0, 10.0, 119.0, 120.0, 239.0, 240.0):
        bus["timestamp"] = begin + seconds
        predictor.predict(bus, begin + seconds, days_of(network))
        counts.append(int((predictor.intervals._kept["sampled"] > 0).sum()))
    assert counts == [1, 1, 1, 2, 2, 3]
