from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.drives import random_town
from tests.support.naive_profiles import hop_variance, planned_by_hour, profile
from tests.support.streets import STRAIGHT, Line, streets
from transit.kernels.columns import F32
from transit.kernels.prediction_columns import Estimates, RunningTimes
from transit.kernels.profiles import hop_variances, lay_profiles, spread_timetable
from transit.learner import timetable_running_times
from transit.links import Links, find_links
from transit.network import Network
from transit.parameters import PredictionParameters

Q = PredictionParameters()
HOURS = 24
WORTH = 3.0
EIGHT = 8 * 3600
NETWORK = streets(Line(STRAIGHT, [0, 1000, 1000, 1800, 3000], starts=[EIGHT, EIGHT + 1800, 23 * 3600 + 3000]))


def nothing(network: Network, links: Links) -> Estimates:
    elements = len(links) + len(network.stop_ids)
    return Estimates(np.full((elements, HOURS), 77.0, np.float32), np.zeros(elements, np.float32))


def laid(network: Network, links: Links, known: Estimates, factor: float | F32 = 1.0, worth: float = WORTH) -> RunningTimes:
    prior = timetable_running_times(network, Q)
    out = RunningTimes(prior.profile, np.full_like(prior.arrive, np.nan), np.full_like(prior.leave, np.nan))
    factors = np.full(links.hops, factor, np.float32) if isinstance(factor, float) else factor
    lay_profiles(network.patterns, network.trips, links.pieces, links.length, known, factors, links.hop_of, prior, worth, out)
    return out


def random_known(network: Network, links: Links, seed: int) -> Estimates:
    random = np.random.default_rng(seed)
    elements = len(links) + len(network.stop_ids)
    weight = random.choice([0.0, 0.5, 4.0, 1e4], elements).astype(np.float32)
    return Estimates(random.uniform(0.0, 90.0, (elements, HOURS)).astype(np.float32), weight)


def town(seed: int) -> tuple[Network, Links]:
    network, _ = random_town(seed)
    return network, find_links(network)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 5000), later=st.integers(0, 86_400))
def test_times_are_what_the_pieces_of_each_hop_add_up_to(seed: int, later: int) -> None:
    network, links = town(seed)
    trips = network.trips
    trips = trips._replace(arrival=trips.arrival + np.int32(later), departure=trips.departure + np.int32(later))
    network = dataclasses.replace(network, trips=trips)
    known, prior = random_known(network, links, seed), timetable_running_times(network, Q)
    factor = np.random.default_rng(seed).uniform(0.5, 2.0, links.hops).astype(np.float32)
    out = laid(network, links, known, factor)
    for trip in range(len(network.trips.pattern)):
        row = int(prior.profile[trip])
        want = profile(network, links, trip, known, factor, prior, WORTH)
        got = list(zip(out.arrive[row : row + len(want)], out.leave[row : row + len(want)]))
        np.testing.assert_allclose(got, want, rtol=0, atol=0.1)
        times = [time for call in got for time in call]
        assert np.all(np.diff(times) >= 0.0)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 5000))
def test_where_nothing_is_known_the_timetable_holds(seed: int) -> None:
    network, links = town(seed)
    prior, out = timetable_running_times(network, Q), laid(network, links, nothing(network, links))
    np.testing.assert_allclose(out.arrive, prior.arrive, rtol=0, atol=0.05)
    last = network.trips.start[1:] - 1
    inner = np.setdiff1d(np.arange(len(prior.leave)), last)
    np.testing.assert_allclose(out.leave[inner], prior.leave[inner], rtol=0, atol=0.05)


def test_the_time_between_two_calls_at_one_place_is_not_lost() -> None:
    links = find_links(NETWORK)
    times = NETWORK.trips.arrival.copy()
    times[2:5] += 240
    network = dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(arrival=times, departure=times))
    out = laid(network, links, nothing(network, links))
    assert out.arrive[2] - out.arrive[1] == pytest.approx(240.0, abs=0.01)
    assert out.arrive[4] == pytest.approx(float(times[4]), abs=0.05)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 5000))
def test_where_much_is_known_it_holds_whatever_the_timetable_says(seed: int) -> None:
    network, links = town(seed)
    elements, random = len(links) + len(network.stop_ids), np.random.default_rng(seed)
    means = random.uniform(5.0, 60.0, (elements, 1)).astype(np.float32)
    known = Estimates(np.repeat(means, HOURS, axis=1), np.full(elements, 1e7, np.float32))
    one, other = laid(network, links, known), laid(network, links, known, worth=1e-9)
    np.testing.assert_allclose(one.arrive, other.arrive, rtol=0, atol=0.05)
    for trip in range(len(network.trips.pattern)):
        p, row = network.trips.pattern[trip], network.trips.start[trip]
        first = network.patterns.stop_start[p]
        for k in range(1, network.patterns.stop_start[p + 1] - first):
            zones = links.pieces.of_stop[first + k - 1], links.pieces.of_stop[first + k]
            own = links.pieces.link[zones[0] : zones[1] + 1]
            pace = means[own, 0] / links.length[own]
            metres = network.patterns.distance[first + k] - network.patterns.distance[first + k - 1]
            hop = one.arrive[row + k] - one.leave[row + k - 1]
            assert pace.min() * metres - 0.1 <= hop <= pace.max() * metres + 0.1


@pytest.mark.parametrize(
    ("start", "takes"), [(8.5, 80.0), (9.5, 20.0), (9.0, 50.0), (8.75, 65.0), (23.5, 10.0), (0.0, 15.0), (0.5, 20.0)]
)
def test_times_go_over_from_the_middle_of_one_hour_to_that_of_the_next(start: float, takes: float) -> None:
    network = streets(Line([(0, 0), (250, 0)], [0, 250], starts=[int(start * 3600)]))
    links = find_links(network)
    means = np.full((len(links) + 2, HOURS), 20.0, np.float32)
    means[:, 8], means[:, 23] = 80.0, 10.0
    out = laid(network, links, Estimates(means, np.full(len(links) + 2, 1e9, np.float32)))
    assert out.arrive[1] - out.leave[0] == pytest.approx(takes, abs=0.2)


def test_a_hop_takes_its_own_factor_beside_what_its_links_say() -> None:
    links = find_links(NETWORK)
    factor = np.ones(links.hops, np.float32)
    factor[links.hop_of[3]] = 1.5
    usual, longer = laid(NETWORK, links, nothing(NETWORK, links)), laid(NETWORK, links, nothing(NETWORK, links), factor)
    hops = [(times.arrive[3] - times.leave[2], times.arrive[4] - times.leave[3]) for times in (usual, longer)]
    assert hops[1][0] == pytest.approx(1.5 * hops[0][0], rel=1e-4)
    assert hops[1][1] == pytest.approx(hops[0][1], rel=1e-4)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 5000))
def test_the_timetable_gives_each_element_the_mean_of_its_trips_hour_by_hour(seed: int) -> None:
    network, links = town(seed)
    runs = np.random.default_rng(seed).integers(0, 2, len(network.trips.pattern)).astype(np.uint8)
    elements = len(links) + len(network.stop_ids)
    seconds, weight = (np.full((elements, HOURS), np.nan, np.float32) for _ in range(2))
    prior = timetable_running_times(network, Q)
    spread_timetable(network.patterns, network.trips, runs, links.pieces, links.length, prior, seconds, weight)
    want = planned_by_hour(network, links, np.flatnonzero(runs).tolist(), prior)
    for element in range(elements):
        hours: Any = want.get(element, {})
        every = [sum(column) for column in zip(*hours.values())] if hours else [0.0, 0.0]
        for hour in range(HOURS):
            told = hours.get(hour, (every[0], every[1]))
            expected = told[0] / told[1] if told[1] else 0.0
            assert seconds[element, hour] == pytest.approx(expected, rel=1e-3, abs=1e-3)
            assert weight[element, hour] == pytest.approx(hours.get(hour, (0.0, 0.0))[1], rel=1e-3, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 5000))
def test_the_variance_of_a_hop_is_that_of_its_pieces_and_its_stay(seed: int) -> None:
    network, links = town(seed)
    variance = np.random.default_rng(seed).uniform(0.0, 400.0, len(links) + len(network.stop_ids)).astype(np.float32)
    out = np.full(len(network.patterns.stop), np.nan, np.float32)
    hop_variances(network.patterns, links.pieces, links.length, variance, out)
    want = [hop_variance(network, links, q, variance) for q in range(len(out))]
    np.testing.assert_allclose(out, want, rtol=1e-3, atol=0.05)
