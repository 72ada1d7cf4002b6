from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drives import random_town
from tests.support.lines import NOON
from tests.support.naive_traffic import Measured, NaiveTraffic
from tests.support.streets import STRAIGHT, Line, streets
from transit.kernels.columns import F32
from transit.kernels.prediction_columns import Measurements, Traffic
from transit.kernels.traffic import excesses, update
from transit.learning_parameters import TrafficParameters
from transit.links import Links, find_links
from transit.network import Network
from transit.prediction import new_traffic

Q = TrafficParameters()
LINKS, STOPS = 6, 3
NETWORK = streets(Line(STRAIGHT, [0, 1000, 2000, 3000]))
ROADS = find_links(NETWORK)
TYPICAL = np.concatenate((ROADS.length / 8.0, np.full(4, 12.0))).astype(np.float32)


def taken_in(told: list[Measured], traffic: Traffic, links: int = LINKS, q: TrafficParameters = Q) -> int:
    columns = list(zip(*told)) or [()] * 6
    measurements = Measurements(
        np.array(columns[0], np.int32), np.zeros(len(told), np.int32), np.array(columns[1], np.float64),
        *(np.array(column, np.float32) for column in columns[2:5]), np.array(columns[5], np.uint8),
    )  # fmt: skip
    return int(update(measurements, len(told), links, q, traffic))


def hops(
    traffic: Traffic, now: float, network: Network = NETWORK, links: Links = ROADS, typical: F32 = TYPICAL
) -> tuple[F32, F32]:
    running, dwell = (np.full(len(network.patterns.stop), np.nan, np.float32) for _ in range(2))
    scratch = np.full(len(typical), np.nan)
    excesses(now, network.patterns, links.pieces, links.length, typical, Q, traffic, scratch, running, dwell)
    assert np.all(np.isfinite(scratch))
    return running, dwell


@st.composite
def streams(draw: st.DrawFn, elements: int = LINKS + STOPS) -> list[Measured]:
    """Nearly in order of time, with breakdowns, leaps, parts of links and long silences."""
    random, clock, told = np.random.default_rng(draw(st.integers(0, 10_000))), NOON, []
    for _ in range(draw(st.integers(1, 40))):
        clock += float(random.choice([0.0, 5.0, 60.0, 4000.0, -20.0]))
        expected, share = float(np.float32(random.uniform(0.0, 60.0))), float(np.float32(random.uniform(0.05, 1.0)))
        actual = float(np.float32(expected * math.exp(random.normal(0.2, 0.5)) + random.choice([0.0, 0.0, 0.0, 600.0])))
        element = int(random.integers(elements))
        told.append(Measured(element, clock, actual, expected, share, bool(element < LINKS and random.random() < 0.3)))
    return told


@settings(max_examples=200, deadline=None)
@given(told=streams(), size=st.integers(1, 40))
def test_states_are_those_of_the_filter_in_double_precision(told: list[Measured], size: int) -> None:
    traffic, twin = new_traffic(LINKS + STOPS), NaiveTraffic(LINKS, Q)
    gated = sum(taken_in(told[k : k + size], traffic) for k in range(0, len(told), size))
    for one in told:
        twin.see(one)
    assert gated == twin.gated
    for element in range(LINKS + STOPS):
        if element not in twin.states:
            assert np.isnan(traffic.updated[element])
            continue
        want, got = twin.states[element], (traffic.deviation[element], traffic.variance[element], traffic.updated[element])
        np.testing.assert_allclose(got, want, rtol=1e-3, atol=1e-4)
        assert 0.0 < traffic.variance[element] <= 4.0 * max(Q.spread, Q.dwell_spread) ** 2 + 1e-6


@settings(max_examples=60, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2000), later=st.sampled_from([0.0, 100.0, 5000.0, 90_000.0]))
def test_hops_run_now_as_their_pieces_do(data: st.DataObject, seed: int, later: float) -> None:
    network, _ = random_town(seed)
    links = find_links(network)
    elements = len(links) + len(network.stop_ids)
    told = data.draw(streams(elements))
    typical = np.random.default_rng(seed).uniform(0.0, 40.0, elements).astype(np.float32)
    traffic, twin = new_traffic(elements), NaiveTraffic(len(links), Q)
    taken_in(told, traffic, len(links))
    for one in told:
        twin.see(one)
    now = told[-1].time + later
    running, dwell = hops(traffic, now, network, links, typical)
    want = [twin.hop(network, links, typical.tolist(), q, now) for q in range(len(running))]
    np.testing.assert_allclose(np.stack((running, dwell), axis=1), want, rtol=2e-3, atol=2e-3)
    assert np.all(running > -1.0)
    assert np.all(dwell > -1.0)


def test_when_nothing_was_measured_everything_runs_as_typical() -> None:
    running, dwell = hops(new_traffic(len(TYPICAL)), NOON)
    assert not running.any()
    assert not dwell.any()


def jam(element: int = 5, ratio: float = 2.0, times: int = 10) -> list[Measured]:
    """One element slow, all others as usual."""
    rows = []
    for k in range(times):
        rows += [
            Measured(e, NOON + 60.0 * k, float(TYPICAL[e]) * (ratio if e == element else 1.0), float(TYPICAL[e]), 1.0)
            for e in range(len(ROADS))
        ]
    return rows


def test_what_was_not_measured_runs_as_all_of_its_kind_do() -> None:
    traffic = new_traffic(len(TYPICAL))
    taken_in([Measured(0, NOON + k, 2.0 * 30.0, 30.0, 1.0) for k in range(400)], traffic, len(ROADS))
    running, dwell = hops(traffic, NOON + 400.0)
    common = (24_000.0 + Q.common_prior) / (12_000.0 + Q.common_prior) - 1.0
    assert running[3] == pytest.approx(common, abs=0.02)
    assert not dwell.any()


def test_a_road_that_is_jammed_is_slow_and_reverts_to_what_all_do() -> None:
    traffic = new_traffic(len(TYPICAL))
    taken_in(jam(), traffic, len(ROADS))
    hop = next(q for q in (1, 2, 3) if 5 in ROADS.pieces.link[ROADS.pieces.of_stop[q - 1] : ROADS.pieces.of_stop[q] + 1])
    other = 3 if hop != 3 else 1
    excess = []
    for later in (0.0, 600.0, 1800.0, 5999.0, 6600.0, 90_000.0):
        running, _ = hops(traffic, NOON + 540.0 + later)
        excess.append(float(running[hop] - running[other]))
    assert excess[0] > 0.05
    assert all(np.diff(excess[:4]) < 0.0)
    assert excess[4:] == [0.0, 0.0]


def test_a_breakdown_is_kept_out_and_only_when_it_stays_it_is_believed() -> None:
    traffic = new_traffic(LINKS + STOPS)
    taken_in([Measured(0, NOON + k, 30.0, 30.0, 1.0) for k in range(10)], traffic)
    before = float(traffic.deviation[0])
    slow = [Measured(0, NOON + 20.0 + k, 200.0, 30.0, 1.0) for k in range(40)]
    assert taken_in(slow[:1], traffic) == 1
    assert traffic.deviation[0] == pytest.approx(before, abs=0.01)
    kept_out = taken_in(slow[1:], traffic)
    assert 0 < kept_out < 39
    assert traffic.deviation[0] > 0.2


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, LINKS + STOPS - 1), st.floats(0.0, 1e5, width=32), st.floats(0.0, 1e4, width=32)),
        max_size=30,
    )
)
def test_no_measurement_however_odd_makes_a_state_that_is_no_number(rows: list[tuple[int, float, float]]) -> None:
    traffic = new_traffic(LINKS + STOPS)
    taken_in([Measured(e, NOON + k, actual, expected, 0.01) for k, (e, actual, expected) in enumerate(rows)], traffic)
    measured = ~np.isnan(traffic.updated)
    assert set(np.flatnonzero(measured)) == {e for e, _, _ in rows}
    for column in (traffic.deviation, traffic.variance, traffic.actual, traffic.typical, traffic.logs, traffic.shares):
        assert np.all(np.isfinite(column))
    assert np.all(traffic.actual >= 0.0)
