from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.lines import DAY, events_of, lines_network
from tests.support.naive_learning import Event, Measured, NaiveHops, elements, estimated
from transit.history import History
from transit.kernels.learning import add_hops, add_measurements, estimate
from transit.kernels.prediction_columns import HistoryColumns, Measurements, RunningTimes
from transit.learner import timetable_running_times
from transit.learning_parameters import LearningParameters
from transit.links import find_links
from transit.network import Network
from transit.parameters import PredictionParameters

PAR = LearningParameters()
NETWORK = lines_network(stops=5, seed=3)
HOP_OF = find_links(NETWORK).hop_of
RUNNING = timetable_running_times(NETWORK, PredictionParameters())
MIDDLE = np.array([4, 12], np.int32)
LINKS, STOPS = 5, 3
TIMEPOINTS = np.flatnonzero(NETWORK.trips.timepoint)


def empty(elements_count: int = LINKS + STOPS) -> HistoryColumns:
    return History.empty(LINKS, elements_count - LINKS, int(HOP_OF.max()) + 1, len(NETWORK.patterns.route)).columns


def added(*told: Measured, day_type: int = 0, passing: int = 0) -> HistoryColumns:
    known, columns = empty(), list(zip(*told))
    measurements = Measurements(
        np.array(columns[0], np.int32), np.zeros(len(told), np.int32), np.array(columns[1]),
        *(np.array(column, np.float32) for column in columns[2:]), np.full(len(told), passing, np.uint8),
    )  # fmt: skip
    add_measurements(measurements, len(told), LINKS, day_type, DAY, PAR, known)
    return known


measured = st.builds(
    Measured, element=st.integers(0, LINKS + STOPS - 1), time=st.floats(-90_000.0, 180_000.0).map(lambda clock: DAY + clock),
    actual=st.floats(0.0, 2000.0), expected=st.floats(0.0, 90.0), share=st.floats(0.05, 1.0),
)


@settings(max_examples=200, deadline=None)
@given(told=st.lists(measured, min_size=1, max_size=30), day_type=st.integers(0, 2))
def test_sums_are_those_of_all_measurements_within_bounds(told: list[Measured], day_type: int) -> None:
    known = added(*told, day_type=day_type)
    sums = elements(told, LINKS, DAY, PAR)
    for name in ("weight", "seconds"):
        table = np.zeros((LINKS + STOPS, 3, 24))
        for (element, hour), value in sums[name].items():
            table[element, day_type, hour] = value
        np.testing.assert_allclose(getattr(known, name), table, rtol=1e-4, atol=1e-3)
    for name in ("squares", "passes"):
        row = [sums[name].get((element,), 0.0) for element in range(LINKS + STOPS)]
        np.testing.assert_allclose(getattr(known, name), row, rtol=1e-3, atol=0.05)


def test_vehicles_on_no_pattern_say_nothing_of_what_buses_typically_take() -> None:
    known = added(Measured(0, DAY, 30.0, 30.0, 1.0), passing=1)
    assert not known.weight.any()
    assert not known.passes.any()


@pytest.mark.parametrize(
    ("element", "actual", "counted"),
    [(0, 500.0, 60 * 2.2 + 5.0), (0, 61.0, 61.0), (0, 0.0, 60 / 2.2 - 5.0), (LINKS, 500.0, 60 * 2.2 + 30.0), (LINKS, 0.0, 0.0)],
    ids=["a breakdown", "as usual", "a leap", "a long stay", "no stay"],
)
def test_what_is_far_off_counts_as_one_at_the_bounds(element: int, actual: float, counted: float) -> None:
    known = added(Measured(element, DAY + 8.5 * 3600, actual, 60.0, 1.0))
    assert known.seconds[element, 0, 8] == pytest.approx(counted, abs=1e-3)
    assert known.squares[element] == pytest.approx((counted - 60.0) ** 2, abs=0.1)


@pytest.mark.parametrize(("clock", "hour"), [(0.0, 0), (86_399.0, 23), (86_400.0, 0), (90_000.0, 1), (-1.0, 23), (-3601.0, 22)])
def test_hours_after_midnight_and_before_it_are_those_of_the_clock(clock: float, hour: int) -> None:
    known = added(Measured(1, DAY + clock, 30.0, 30.0, 1.0))
    assert np.argwhere(known.weight).tolist() == [[1, 0, hour]]


def remembered(known: HistoryColumns) -> History:
    return History(LINKS, known, np.zeros((2, 10, 96), np.float32))


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10_000), day_type=st.integers(0, 2))
def test_estimates_are_those_of_whole_tables(seed: int, day_type: int) -> None:
    random, known = np.random.default_rng(seed), empty()
    known.weight[:] = random.choice([0.0, 0.3, 2.0, 500.0], known.weight.shape) * random.integers(0, 2, (LINKS + STOPS, 1, 1))
    known.seconds[:] = known.weight * random.uniform(0.0, 90.0, known.weight.shape)
    planned = (random.uniform(0.0, 60.0, (3, LINKS + STOPS, 24)) * random.integers(0, 2, (1, LINKS + STOPS, 1))).astype(np.float32)
    mean, measured = np.full((LINKS + STOPS, 24), np.nan, np.float32), np.full(LINKS + STOPS, np.nan, np.float32)
    estimate(known, planned, day_type, PAR, mean, measured)
    want = estimated(known.weight.astype(float), known.seconds.astype(float), planned.astype(float), day_type, PAR)
    np.testing.assert_allclose(mean, want[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(measured, want[1], rtol=1e-5)


class Follower:
    """The kernel and its twin, seeing the same."""

    def __init__(self, network: Network = NETWORK, running: RunningTimes = RUNNING) -> None:
        self.network, self.running, self.known = network, running, empty()
        self.twin = NaiveHops(network, HOP_OF.tolist(), MIDDLE.tolist(), running, PAR)
        self._last_stop, self._left, self._last_start = np.full(4, -1, np.int32), np.full(4, np.nan), np.full(2, np.nan)

    def see(self, *events: Event, day_start: float = DAY) -> None:
        rows = [event._replace(departure=math.nan if event.departure is None else event.departure) for event in events]
        network = self.network
        add_hops(
            events_of(*rows), network.patterns, network.pattern_of_pattern_stop, HOP_OF, MIDDLE, network.trips, day_start,  # type: ignore[arg-type]
            self.running, PAR, self._last_stop, self._left, self._last_start, self.known,
        )  # fmt: skip
        for event in events:
            self.twin.see(event, day_start)

    def check(self) -> None:
        for name in ("hop_expected", "hop_actual", "start_delay", "starts", "early", "waited", "gap_seconds", "gaps", "lateness"):
            column = getattr(self.known, name)
            want = [self.twin.sums[name].get(k, 0.0) for k in range(len(column))]
            np.testing.assert_allclose(column, want, rtol=1e-4, atol=0.5 if name == "lateness" else 0.01, err_msg=name)


def row_of(trip: int, k: int) -> int:
    return int(NETWORK.trips.start[trip]) + k


def stop_of(trip: int, k: int) -> int:
    return int(NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip]]) + k


@st.composite
def rides(draw: st.DrawFn) -> list[Event]:
    """Buses on trips or none, near their times or far off, that miss stops and never leave some."""
    events = []
    for _ in range(draw(st.integers(1, 6))):
        vehicle, trip = draw(st.integers(0, 3)), draw(st.integers(0, 15))
        late = draw(st.sampled_from([-700.0, -100.0, 0.0, 70.0, 1500.0]))
        known = draw(st.booleans())
        clock = DAY + float(NETWORK.trips.departure[row_of(trip, 0)]) + late + draw(st.sampled_from([0.0, 86_400.0, -86_400.0]))
        for k in range(draw(st.integers(0, 2)), draw(st.integers(3, 5))):
            clock += draw(st.floats(-3.0, 300.0))
            if draw(st.integers(0, 5)) == 0:
                continue
            stay = draw(st.sampled_from([0.0, 12.0, 240.0, None]))
            events.append(Event(vehicle, trip if known else -1, stop_of(trip, k), clock, None if stay is None else clock + stay))
            clock += stay or 0.0
    return events


@settings(max_examples=200, deadline=None)
@given(events=rides(), size=st.integers(1, 9), template=st.booleans())
def test_hops_starts_and_holds_are_those_that_following_each_vehicle_finds(events: list[Event], size: int, template: bool) -> None:
    trips = NETWORK.trips._replace(template=np.full_like(NETWORK.trips.template, template))
    follower = Follower(dataclasses.replace(NETWORK, trips=trips))
    for k in range(0, len(events), size):
        follower.see(*events[k : k + size])
    follower.check()


@pytest.mark.parametrize(("late", "counted"), [(25.0, 25.0), (-200.0, -60.0), (900.0, 180.0), (2000.0, None)])
def test_a_first_hop_tells_how_late_buses_start_had_they_driven_as_usual(late: float, counted: float | None) -> None:
    trip, follower = 3, Follower()
    leaves = DAY + float(NETWORK.trips.departure[row_of(trip, 0)])
    hop = float(RUNNING.arrive[RUNNING.profile[trip] + 1] - RUNNING.leave[RUNNING.profile[trip]])
    departed = leaves + late - 10.0  # whatever was seen of it
    follower.see(Event(0, trip, stop_of(trip, 0), departed - 60.0, departed))
    follower.see(Event(0, trip, stop_of(trip, 1), leaves + late + hop, None))
    assert follower.known.starts[0] == (counted is not None)
    assert follower.known.start_delay[0] == pytest.approx(counted or 0.0, abs=0.01)
    assert not follower.known.hop_actual.any()


def test_a_trip_that_began_before_midnight_starts_as_late_as_it_does() -> None:
    trip, follower = 3, Follower()
    leaves = DAY - 86_400.0 + float(NETWORK.trips.departure[row_of(trip, 0)])
    hop = float(RUNNING.arrive[RUNNING.profile[trip] + 1] - RUNNING.leave[RUNNING.profile[trip]])
    follower.see(Event(0, trip, stop_of(trip, 0), leaves, leaves), Event(0, trip, stop_of(trip, 1), leaves + 40.0 + hop, None))
    assert follower.known.start_delay[0] == pytest.approx(40.0, abs=0.01)


def test_a_hop_tells_when_the_bus_was_seen_at_both_its_stops_and_not_after_a_stop_that_was_missed() -> None:
    trip, follower = 3, Follower()
    at = [stop_of(trip, k) for k in range(5)]
    follower.see(Event(0, trip, at[1], DAY, DAY + 10.0), Event(1, trip, at[3], DAY, DAY))
    follower.see(Event(0, trip, at[2], DAY + 80.0, DAY + 80.0), Event(1, trip, at[2], DAY + 90.0, None))
    follower.see(Event(0, trip, at[4], DAY + 200.0, None), Event(1, trip, at[3], DAY + 300.0, None))
    told = np.flatnonzero(follower.known.hop_actual)
    assert told.tolist() == [HOP_OF[at[2]]]
    assert follower.known.hop_actual[told[0]] == pytest.approx(70.0, abs=0.01)


@pytest.mark.parametrize("waits", [0.0, 0.5, 1.0])
def test_the_share_of_its_earliness_that_a_bus_waits_is_learned_by_pattern(waits: float) -> None:
    row = int(next(row for row in TIMEPOINTS if row % 5 in (1, 2, 3)))
    trip, k = row // 5, row % 5
    stay = float(RUNNING.leave[row] - RUNNING.arrive[row])
    comes = DAY + float(NETWORK.trips.departure[row]) - stay - 240.0
    follower = Follower()
    follower.see(Event(0, trip, stop_of(trip, k), comes, comes + stay + waits * 240.0))
    p = int(NETWORK.trips.pattern[trip])
    assert follower.known.early[p] == pytest.approx(240.0, abs=0.01)
    assert follower.known.waited[p] == pytest.approx(waits * 240.0, abs=0.01)
    shares = remembered(follower.known).hold_shares(PredictionParameters()._replace(hold_prior=0.001))
    assert shares[p] == pytest.approx(waits, abs=0.01)


def test_a_bus_on_time_at_a_timepoint_tells_nothing_of_waiting() -> None:
    row = int(TIMEPOINTS[TIMEPOINTS % 5 > 0][0])
    now = DAY + float(NETWORK.trips.departure[row])
    follower = Follower()
    follower.see(Event(0, row // 5, stop_of(row // 5, row % 5), now - 20.0, now))
    assert not follower.known.early.any()
    assert remembered(follower.known).hold_shares(PredictionParameters()).tolist() == [0.5, 0.5]
