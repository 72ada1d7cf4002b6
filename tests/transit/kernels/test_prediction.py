from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import DAY, NOON, centred, days_of, lines_network, vehicle
from tests.support.naive_prediction import Call, Model, NaivePredictor
from transit.kernels.columns import VEHICLE, ArrivalColumns, Records
from transit.kernels.traffic import excesses
from transit.model import State
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.prediction import Predictor

NETWORK = lines_network()
PARAMETERS = PredictionParameters()


@st.composite
def networks(draw: st.DrawFn) -> Network:
    network = lines_network(
        patterns=draw(st.integers(1, 3)), stops=draw(st.integers(2, 7)), trips=4 * draw(st.integers(1, 4)),
        headway=draw(st.integers(200, 4000)), seed=draw(st.integers(0, 10_000)),
    )
    trips = network.trips
    active = np.array(draw(st.lists(st.booleans(), min_size=6, max_size=6)), np.uint8).reshape(2, 3)
    service = np.array(draw(st.lists(st.integers(0, 1), min_size=len(trips.pattern), max_size=len(trips.pattern))), np.int32)
    calendar = network.calendar._replace(active=active)
    return dataclasses.replace(
        network, trips=trips._replace(service=service), calendar=calendar, service_ids=type(network.service_ids).of("ab")
    )


@st.composite
def fleets(draw: st.DrawFn, network: Network) -> Records:
    fleet = []
    last = len(network.trips.pattern) - 1
    for _ in range(draw(st.integers(1, 6))):
        trip = draw(st.integers(0, last))
        length = float(network.shapes.length[network.trips.pattern[trip]])
        progress = draw(st.floats(-0.05, 1.05)) * length
        if draw(st.booleans()):
            first, end = network.patterns.stop_start[network.trips.pattern[trip] :][:2]
            progress = float(network.patterns.distance[draw(st.integers(first, end - 1))]) + draw(st.floats(-20.0, 160.0))
        timestamp = NOON - draw(st.sampled_from([0.0, 7.0, 40.0, 299.0, 301.0]))
        one = vehicle(network, trip, progress, timestamp, log_pace=draw(st.floats(-1.0, 1.0)))
        one["speed"] = draw(st.sampled_from([np.nan, 0.0, 5.0]))
        one["state"] = draw(st.sampled_from([State.IN_SERVICE, State.IN_SERVICE, State.LAYOVER, State.OFF_ROUTE]))
        if draw(st.booleans()):
            one["pending_arrival"] = timestamp - draw(st.floats(0.0, 60.0))
        if draw(st.booleans()):
            one["trip"] = -1
            one["last_trip"] = draw(st.integers(-1, last))
        if draw(st.booleans()):
            one["service_day"] = np.nan if one["trip"][0] < 0 else DAY - 86_400.0
        fleet.append(one)
    return np.concatenate(fleet).astype(VEHICLE)


def moment_within(network: Network, share: float) -> float:
    first, last = network.trips.departure.min(), network.trips.arrival.max()
    return float(DAY + first + share * (last - first))


@st.composite
def predictors(draw: st.DrawFn, network: Network, parameters: PredictionParameters, now: float) -> Predictor:
    """One that has learned anything at all."""
    predictor = Predictor(network, parameters)
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    known, traffic = predictor.learner.history.columns, predictor.traffic
    if draw(st.booleans()):
        known.weight[:] = random.integers(0, 9, known.weight.shape)
        known.seconds[:] = known.weight * random.uniform(1.0, 60.0, known.weight.shape)
        known.squares[:], known.passes[:] = random.uniform(0, 9000, known.passes.shape), random.uniform(0, 99, known.passes.shape)
        known.hop_actual[:], known.hop_expected[:] = random.uniform(0.0, 2000.0, (2, len(known.hop_actual)))
        known.starts[:] = random.integers(0, 20, known.starts.shape)
        known.start_delay[:] = known.starts * random.uniform(-60.0, 180.0, known.starts.shape)
        known.early[:] = random.uniform(0.0, 9000.0, known.early.shape)
        known.waited[:] = known.early * random.random(known.early.shape)
        known.lateness[:] = [1e6, 3e8, 1.5e11, random.uniform(-1e4, 1e4), random.uniform(0.0, 2e7)]
    traffic.deviation[:] = random.normal(0.0, 0.3, traffic.deviation.shape)
    traffic.updated[:] = np.where(random.random(traffic.updated.shape) < 0.5, now - random.uniform(0, 9000), np.nan)
    traffic.actual[:], traffic.typical[:], traffic.faded[:] = *random.uniform(0, 9000, (2, 3)), now - 60.0
    intervals = predictor.intervals
    for quantile, least, most in ((intervals.low, -3.0, 0.0), (intervals.middle, -0.8, 0.5), (intervals.high, -0.5, 4.0)):
        quantile[:] = random.uniform(least, most, (2, 1))
    return predictor


def twin_of(predictor: Predictor, now: float, horizon: float) -> NaivePredictor:
    """Of a predictor that has just predicted."""
    learner, network = predictor.learner, predictor.network
    more = np.zeros((2, len(network.patterns.stop)), np.float32)
    excesses(
        now, network.patterns, learner.links.pieces, learner.links.length, learner.typical, predictor.traffic_parameters,
        predictor.traffic, np.empty(len(learner.typical)), more[0], more[1],
    )
    parameters = predictor.parameters._replace(horizon=horizon, recovery=learner.recovery)
    return NaivePredictor(
        network, learner.running, days_of(network), parameters,
        Model(
            more[0].tolist(), more[1].tolist(), [], learner.start_delay.tolist(), learner.hold_share.tolist(),
            learner.variance.tolist(), learner.learning.start_deviation**2, [],
        ),
    )


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_kernels_predict_what_the_naive_predictor_predicts(data: st.DataObject) -> None:
    network = data.draw(networks())
    fleet = data.draw(fleets(network))
    now = moment_within(network, data.draw(st.floats(-0.2, 1.1)))
    for name in ("timestamp", "heard", "pending_arrival"):
        fleet[name] += now - NOON
    parameters = PARAMETERS._replace(horizon=data.draw(st.sampled_from([600.0, 3600.0])))
    predictor = data.draw(predictors(network, parameters, now))
    intervals = predictor.intervals
    quantiles = [tuple(float(q[source, 0]) for q in (intervals.low, intervals.middle, intervals.high)) for source in range(2)]
    dwells = predictor.learner.dwells
    dwells.sums[:] = 900.0, data.draw(st.floats(-100.0, 500.0))
    dwells.ratio = np.array(data.draw(st.lists(st.floats(-1.0, 1.5), max_size=len(fleet))), np.float32)
    riders = [dwells.slope * float(x) for x in dwells.ratio] + [0.0] * len(fleet)
    arrivals, _ = predictor.predict(fleet, now, days_of(network))
    naive = twin_of(predictor, now, parameters.horizon + 0.2)
    naive.model = naive.model._replace(quantiles=quantiles, riders=riders)
    check_same(arrivals, naive.predict(fleet, now), now + parameters.horizon)
    check_laws(network, arrivals, now, parameters, most=max(middle for _, middle, _ in quantiles))


def check_same(arrivals: ArrivalColumns, expected: list[Call], horizon: float) -> None:
    got = {}
    for row in zip(*(column.tolist() for column in arrivals)):
        vehicle_index, pattern_stop, trip, service_day, arrival, departure, source, p10, p90 = row
        got[vehicle_index, trip, pattern_stop, source] = (arrival, departure, p10, p90, service_day)
    want = {(c.vehicle, c.trip, c.pattern_stop, int(c.source)): c for c in expected}
    assert got.keys() <= want.keys()
    for key, call in want.items():
        if key not in got:
            assert call.expected > horizon - 0.1, key
            continue
        times = (call.arrival, call.departure, call.p10, call.p90, call.service_day)
        cut = any(abs(other.expected - horizon) < 0.3 for other in expected)
        np.testing.assert_allclose(got[key][:1] if cut else got[key], times[:1] if cut else times, rtol=0, atol=0.05, err_msg=str(key))


def check_laws(network: Network, arrivals: ArrivalColumns, now: float, parameters: PredictionParameters, most: float) -> None:
    stop = network.patterns.stop[arrivals.pattern_stop]
    order = np.lexsort((arrivals.arrival, stop))
    np.testing.assert_array_equal(stop, stop[order])
    np.testing.assert_array_equal(arrivals.arrival, arrivals.arrival[order])
    assert all(np.isfinite(column).all() for column in (arrivals.arrival, arrivals.departure, arrivals.p10, arrivals.p90))
    assert np.all(arrivals.arrival >= now)
    assert np.all(arrivals.departure >= arrivals.arrival)
    assert np.all((now <= arrivals.p10) & (arrivals.p10 <= arrivals.arrival) & (arrivals.arrival <= arrivals.p90))
    if most <= 0.0:
        assert np.all(arrivals.arrival <= now + parameters.horizon)
    for v in np.unique(arrivals.vehicle):
        rows = np.flatnonzero(arrivals.vehicle == v)
        rows = rows[np.lexsort((arrivals.pattern_stop[rows], arrivals.arrival[rows]))]
        assert np.all(arrivals.arrival[rows][1:] > arrivals.departure[rows][:-1])


@settings(max_examples=60, deadline=None)
@given(k=st.integers(0, 4), trip=st.integers(0, 15), late=st.floats(0.0, 900.0))
def test_at_pace_one_and_without_recovery_a_bus_keeps_the_timetables_times_and_its_lateness(k: int, trip: int, late: float) -> None:
    start = NETWORK.trips.start[trip]
    at = DAY + float(NETWORK.trips.arrival[start + k]) + late
    place = float(NETWORK.patterns.distance[NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip]] + k])
    bus = vehicle(NETWORK, trip, place, at, pending_arrival=at)
    arrivals, _ = Predictor(NETWORK, PARAMETERS._replace(recovery=0.0), intervals=centred()).predict(bus, at, days_of(NETWORK))
    on_trip = arrivals.trip == trip
    got = dict(zip(arrivals.pattern_stop[on_trip].tolist(), arrivals.arrival[on_trip].tolist()))
    first = int(NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip]])
    want = {first + j: DAY + float(NETWORK.trips.arrival[start + j]) + late for j in range(k, 6)}
    assert got.keys() == want.keys()
    for key, value in want.items():
        assert abs(got[key] - value) < 0.05
