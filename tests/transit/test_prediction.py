from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.support.lines import DAY, NOON, centred, days_of, lines_network, scheduled, vehicle, without_timepoints
from transit.kernels.columns import Records
from transit.learner import timetable_running_times
from transit.model import Source, State
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.prediction import Predictor

NETWORK = without_timepoints(lines_network())
PARAMETERS = PredictionParameters()
TRIP, NEXT = 0, 8
"""the first trip of a block, and the one that follows it 20 min later on the other line"""


def predicted(network: Network, fleet: Records, now: float, **changed: float) -> dict[tuple[int, int], tuple[float, float, int]]:
    """(trip, k-th stop) → (arrival, departure, source) of a fleet of one, with nothing learned yet; the mean is published."""
    arrivals, _ = Predictor(network, PARAMETERS._replace(**changed), intervals=centred()).predict(fleet, now, days_of(network))
    rows = zip(arrivals.trip, arrivals.pattern_stop % 6, arrivals.arrival, arrivals.departure, arrivals.source)
    return {(int(trip), int(k)): (float(a), float(d), int(s)) for trip, k, a, d, s in rows}


def place_of(trip: int, k: int) -> float:
    return float(NETWORK.patterns.distance[NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip]] + k])


def bus_at(k: int, late: float = 0.0, network: Network = NETWORK, trip: int = TRIP) -> tuple[Records, float]:
    now = scheduled(network, trip, k) + late
    return vehicle(network, trip, place_of(trip, k), now, pending_arrival=now), now


def test_every_stop_ahead_has_a_time_and_those_behind_have_none() -> None:
    bus, now = bus_at(2)
    assert {k for trip, k in predicted(NETWORK, bus, now) if trip == TRIP} == {2, 3, 4, 5}


def test_a_bus_between_two_stops_is_no_longer_predicted_at_the_one_behind() -> None:
    bus, now = bus_at(2, late=20.0)
    bus["progress"] += 100.0
    bus["pending_arrival"] = np.nan
    assert {k for trip, k in predicted(NETWORK, bus, now) if trip == TRIP} == {3, 4, 5}


def test_a_bus_not_heard_for_a_while_is_never_predicted_in_the_past() -> None:
    bus, seen = bus_at(1)
    bus["pending_arrival"] = np.nan
    now = seen + 250.0
    times = [predicted(NETWORK, bus, now)[TRIP, k][0] for k in (2, 3, 4, 5)]
    assert times[0] == now
    assert all(np.diff(times) > 0.0)


def test_a_bus_that_left_its_trail_five_minutes_ago_has_no_times() -> None:
    bus, seen = bus_at(1)
    assert predicted(NETWORK, bus, seen + 299.0)
    assert not predicted(NETWORK, bus, seen + 301.0)


@pytest.mark.parametrize("state", [s for s in State if s not in (State.IN_SERVICE, State.LAYOVER)])
def test_only_buses_in_service_or_at_a_terminal_are_predicted(state: State) -> None:
    bus, now = bus_at(1)
    bus["state"] = state
    assert not predicted(NETWORK, bus, now)


def test_the_block_goes_on_with_its_next_trip_at_its_scheduled_time() -> None:
    bus, now = bus_at(2)
    calls = predicted(NETWORK, bus, now)
    assert calls[TRIP, 5][2] == Source.LIVE
    start = DAY + float(NETWORK.trips.departure[NETWORK.trips.start[NEXT]])
    assert calls[NEXT, 0] == (start, start, Source.LAYOVER)
    assert calls[NEXT, 1][2] == Source.LAYOVER


def test_a_late_bus_begins_its_next_trip_after_the_shortest_layover() -> None:
    bus, now = bus_at(2, late=2400.0)
    calls = predicted(NETWORK, bus, now)
    assert calls[NEXT, 0][0] == pytest.approx(calls[TRIP, 5][0] + PARAMETERS.minimum_layover, rel=0, abs=0.01)


def test_nothing_is_predicted_beyond_the_horizon() -> None:
    bus, now = bus_at(2)
    assert all(arrival <= now + 60.0 for arrival, _, _ in predicted(NETWORK, bus, now, horizon=60.0).values())
    assert not any(trip == NEXT for trip, _ in predicted(NETWORK, bus, now, horizon=600.0))


def test_a_bus_at_its_first_stop_waits_for_its_time() -> None:
    bus, now = bus_at(0, late=-300.0)
    departure = DAY + float(NETWORK.trips.departure[NETWORK.trips.start[TRIP]])
    assert predicted(NETWORK, bus, now)[TRIP, 0][1] == pytest.approx(departure, rel=0, abs=0.01)


def test_a_bus_waiting_at_a_terminal_begins_its_next_trip_on_time_or_now() -> None:
    start = DAY + float(NETWORK.trips.departure[NETWORK.trips.start[NEXT]])
    bus = vehicle(NETWORK, last_trip=TRIP, state=State.LAYOVER, timestamp=start - 200.0)
    for now, expected in ((start - 150.0, start), (start + 100.0, start + 100.0)):
        calls = predicted(NETWORK, bus, now)
        assert calls[NEXT, 0] == (expected, expected, Source.LAYOVER)
    assert not predicted(NETWORK, bus, start + PARAMETERS.layover_patience + 1.0)


def test_a_bus_waiting_with_its_next_trip_assigned_begins_that_and_one_at_the_end_of_its_trip_the_one_after() -> None:
    start = DAY + float(NETWORK.trips.departure[NETWORK.trips.start[NEXT]])
    bus = vehicle(NETWORK, NEXT, 3.0, start - 60.0, state=State.LAYOVER)
    assert predicted(NETWORK, bus, start - 60.0)[NEXT, 0][0] == start
    bus = vehicle(NETWORK, TRIP, place_of(TRIP, 5), start - 60.0, state=State.LAYOVER)
    assert predicted(NETWORK, bus, start - 60.0)[NEXT, 0][0] == start


def test_a_bus_at_a_terminal_whose_block_is_over_has_no_times() -> None:
    last = int(NETWORK.blocks.trip[NETWORK.blocks.start[1] - 1])
    end = scheduled(NETWORK, last, 5)
    assert not predicted(NETWORK, vehicle(NETWORK, last_trip=last, state=State.LAYOVER, timestamp=end), end)


def test_a_bus_without_a_trip_borrows_the_running_times_of_the_trip_planned_nearest() -> None:
    bus, now = bus_at(2, late=30.0, trip=3)
    known = predicted(NETWORK, bus, now, recovery=0.0)
    bus["trip"], bus["service_day"] = -1, np.nan
    unknown = predicted(NETWORK, bus, now)
    assert {trip for trip, _ in unknown} == {-1}
    for k in (3, 4, 5):
        assert unknown[-1, k][0] == pytest.approx(known[3, k][0], rel=0, abs=0.05)


def test_a_timepoint_holds_an_early_bus_by_the_share_that_is_usual() -> None:
    timepoint = np.zeros_like(NETWORK.trips.timepoint)
    timepoint[NETWORK.trips.start[TRIP] + 3] = 1
    network = dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(timepoint=timepoint))
    bus, now = bus_at(2, late=-200.0, network=network)
    row = network.trips.start[TRIP] + 3
    free = predicted(NETWORK, bus, now)[TRIP, 3][1]
    departure = DAY + float(network.trips.departure[row])
    assert free < departure - 100.0
    for share in (0.0, 0.25, 1.0):
        held = predicted(network, bus, now, hold_share=share)[TRIP, 3][1]
        assert held == pytest.approx(free + share * (departure - free), rel=0, abs=0.05)


def test_a_bus_that_already_waits_at_a_timepoint_is_held_until_its_time() -> None:
    timepoint = np.zeros_like(NETWORK.trips.timepoint)
    timepoint[NETWORK.trips.start[TRIP] + 3] = 1
    network = dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(timepoint=timepoint))
    bus, now = bus_at(3, late=-200.0, network=network)
    bus["pending_arrival"] = now - 90.0
    departure = DAY + float(network.trips.departure[network.trips.start[TRIP] + 3])
    assert predicted(network, bus, now, hold_share=0.0)[TRIP, 3][1] == pytest.approx(departure, rel=0, abs=0.05)


def test_a_late_bus_makes_up_part_of_its_lateness_and_no_more_than_all() -> None:
    lateness = []
    for recovery in (0.0, 0.5, 1.0):
        bus, now = bus_at(1, late=300.0)
        lateness.append(predicted(NETWORK, bus, now, recovery=recovery)[TRIP, 5][0] - scheduled(NETWORK, TRIP, 5))
    assert 300.0 > lateness[0] - 0.05 > lateness[1] > lateness[2] > 0.0


def test_slow_buses_are_expected_to_stay_slow_for_a_while() -> None:
    bus, now = bus_at(1)
    usual = predicted(NETWORK, bus, now)[TRIP, 5][0] - now
    bus["log_pace"] = np.log(1.5)
    slower = predicted(NETWORK, bus, now)[TRIP, 5][0] - now
    assert usual * 1.02 < slower < usual * 1.5


def test_scratch_grows_to_any_fleet() -> None:
    bus, now = bus_at(1)
    arrivals, start = Predictor(NETWORK, PARAMETERS).predict(np.repeat(bus, 5000), now, days_of(NETWORK))
    assert len(arrivals.vehicle) == 5000 * len(predicted(NETWORK, bus, now))
    assert start[0] == 0
    assert start[-1] == len(arrivals.vehicle)


def test_stops_find_their_own_calls_by_the_start_column() -> None:
    bus, now = bus_at(1)
    arrivals, start = Predictor(NETWORK, PARAMETERS).predict(bus, now, days_of(NETWORK))
    for stop in range(len(NETWORK.stop_ids)):
        own = arrivals.pattern_stop[start[stop] : start[stop + 1]]
        assert np.all(NETWORK.patterns.stop[own] == stop)


def test_an_empty_fleet_has_no_calls() -> None:
    arrivals, start = Predictor(NETWORK, PARAMETERS).predict(vehicle(NETWORK)[:0], NOON, days_of(NETWORK))
    assert len(arrivals.vehicle) == 0
    assert not start.any()


def test_the_timetable_as_running_times_gives_stops_a_stay_out_of_the_time_to_the_next() -> None:
    running = timetable_running_times(NETWORK, PARAMETERS)
    stay, gap = running.leave - running.arrive, np.diff(running.arrive)
    last = np.zeros(len(stay), bool)
    last[NETWORK.trips.start[1:] - 1] = True
    given = NETWORK.trips.departure > NETWORK.trips.arrival
    assert np.all(stay[given] == (NETWORK.trips.departure - NETWORK.trips.arrival)[given])
    assert np.all(stay[last & ~given] == 0.0)
    inner = ~last[:-1] & ~given[:-1]
    assert np.all((stay[:-1][inner] > 0.0) & (stay[:-1][inner] <= 0.4 * gap[inner] + 0.01))
    assert np.all(running.leave[:-1][~last[:-1]] <= running.arrive[1:][~last[:-1]])


@pytest.mark.parametrize("template_at", [0, 20 * 3600])
def test_a_headway_trip_is_predicted_by_its_running_times_whatever_time_of_day_its_template_has(template_at: int) -> None:
    trips = NETWORK.trips
    moved = trips.departure[trips.start[TRIP]] - template_at
    rows = slice(int(trips.start[TRIP]), int(trips.start[TRIP + 1]))
    arrival, departure, template = trips.arrival.copy(), trips.departure.copy(), trips.template.copy()
    arrival[rows], departure[rows], template[TRIP] = arrival[rows] - moved, departure[rows] - moved, 1
    frequent = dataclasses.replace(NETWORK, trips=trips._replace(arrival=arrival, departure=departure, template=template))
    for speed in (0.0, 8.0):
        bus, now = bus_at(1)
        bus["speed"] = speed
        got = predicted(frequent, bus, now)
        for k in range(2, 6):
            running = scheduled(NETWORK, TRIP, k) - scheduled(NETWORK, TRIP, 1)
            assert got[TRIP, k][0] - now == pytest.approx(running, abs=1.0)
