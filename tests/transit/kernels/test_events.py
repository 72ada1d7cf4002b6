"""Stop events: told once, in order, with the time the bus passed and what is not known of it."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.checked import Checked
from tests.support.drives import random_fixes, random_town
from tests.support.lines import DAY
from tests.support.ride import Fix, Ride, along, standing
from tests.support.streets import LOOP, OUT_AND_BACK, STRAIGHT, Line, evenly, streets

EIGHT = 8 * 3600
ROAD = Line(STRAIGHT, [0.0, 500.0, 1000.0, 1500.0, 2000.0, 2500.0, 3000.0])
ROUND = Line(LOOP, evenly(4200, 8))


def ride(line: Line = ROAD) -> Ride:
    return Ride(streets(line))


@settings(max_examples=30, derandomize=True)
@given(seed=st.integers(0, 100_000), batch=st.integers(1, 9))
def test_the_kernel_tells_what_its_twin_does(seed: int, batch: int) -> None:
    network, lines = random_town(seed)
    fixes = random_fixes(lines, seed, minutes=15, ids=("trip", "route"))
    with Checked(network) as checked:
        tracked = Ride(network)
        tracked.see_all(fixes, batch)
    assert checked.compared["events"] > 0


@settings(max_examples=30, derandomize=True)
@given(seed=st.integers(0, 100_000))
def test_events_of_a_vehicle_strictly_increase_in_time(seed: int) -> None:
    network, lines = random_town(seed)
    tracked = Ride(network)
    tracked.see_all(random_fixes(lines, seed, vehicles=1, minutes=30), 5)
    times = [time for *_, arrival, departure in tracked.events for time in (arrival, departure) if not math.isnan(time)]
    assert all(later > earlier for earlier, later in pairwise(times))


@pytest.mark.parametrize("interval", [1.0, 5.0, 10.0, 20.0])
def test_each_stop_of_a_trip_is_told_once_when_the_bus_passes_it(interval: float) -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 0, 3160, EIGHT, interval=interval, trip="T0"))
    assert [stop for _, stop, *_ in tracked.events] == list(range(7))
    for trip, stop, arrival, departure in tracked.events:
        passed = EIGHT + 500 * stop / 8.0
        assert trip == 0
        if 0 < stop < 6:
            assert arrival == pytest.approx(passed - 15 / 8, abs=1.0)
            assert departure == pytest.approx(passed + 15 / 8, abs=2.0)


def test_the_first_stop_is_only_left_and_the_last_only_reached() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 0, 3000, EIGHT, interval=5, trip="T0"))
    (*_, came, left), *_, (*_, reached, gone) = tracked.events
    assert math.isnan(came)
    assert left == pytest.approx(EIGHT + 15 / 8, abs=5.0)
    assert reached == pytest.approx(EIGHT + 2985 / 8, abs=0.5)
    assert math.isnan(gone)


def test_a_bus_that_waits_a_little_beyond_the_first_stop_leaves_it_when_it_drives_off() -> None:
    tracked = ride()
    creeping = [Fix(EIGHT - 300 + 10 * k, min(3.0 * k, 30.0), 0.0, trip="T0") for k in range(30)]
    assert set(tracked.states(creeping)) == {"layover"}
    assert tracked.events == []
    tracked.see(*along(ROAD, 30, 400, EIGHT, interval=5, trip="T0"))
    assert [stop for _, stop, *_ in tracked.events] == [0]
    assert tracked.events[0][3] == pytest.approx(EIGHT, abs=1.0)


def test_a_stay_at_a_stop_is_its_arrival_and_its_departure() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 0, 1000, EIGHT, interval=5, trip="T0"))
    tracked.see(*standing((1000.0, 0.0), EIGHT + 130, 60, trip="T0"))
    tracked.see(*along(ROAD, 1000, 1400, EIGHT + 195, interval=5, trip="T0"))
    *_, (_, stop, arrival, departure) = tracked.events
    assert stop == 2
    assert arrival == pytest.approx(EIGHT + 985 / 8, abs=2.5)
    assert departure == pytest.approx(EIGHT + 197, abs=2.5)


def test_a_bus_first_seen_at_a_stop_has_no_arrival_there() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 1000, 1700, EIGHT + 125, interval=5, trip="T0"))
    assert [stop for _, stop, *_ in tracked.events] == [3]


def test_the_uncertainty_is_half_of_the_time_between_the_fixes() -> None:
    tracked = ride()
    fixes = along(ROAD, 0, 1200, EIGHT, interval=20, trip="T0")
    told = []
    for fix in fixes:
        _, events = tracked.tracker.observe(DAY + fix.clock, tracked.columns([fix]))
        told += events.uncertainty.tolist()
    assert told == [10.0] * 3


def test_the_uncertainty_is_that_of_the_arrival_not_of_the_departure() -> None:
    tracked = ride()
    quick = along(ROAD, 0, 840, EIGHT, interval=5, trip="T0")
    tracked.see(*quick)
    tracked.see(Fix(EIGHT + 105 + 20, 1000.0, 0.0, trip="T0"))
    told = []
    for fix in along(ROAD, 1000, 1100, EIGHT + 160, interval=2, trip="T0"):
        told += tracked.tracker.observe(DAY + fix.clock, tracked.columns([fix]))[1].uncertainty.tolist()
    assert told == [10.0]


def test_a_silence_of_more_than_five_minutes_is_not_interpolated() -> None:
    slow = Line(STRAIGHT, list(ROAD.stops), speed=2.0)
    for silence, stops in ((280, [1, 2]), (310, [])):
        tracked = ride(slow)
        tracked.see(*along(slow, 300, 400, EIGHT + 150, trip="T0"))
        before = len(tracked.events)
        tracked.see(Fix(EIGHT + 200 + silence, 1100.0, 0.0, trip="T0"))
        assert [stop for _, stop, *_ in tracked.events[before:]] == stops


def test_more_than_twelve_stops_between_two_fixes_are_not_told() -> None:
    for stops, told in ((12, 12), (13, 0)):
        dense = Line(STRAIGHT, [0.0, *(500.0 + 40.0 * k for k in range(stops)), 3000.0])
        tracked = ride(dense)
        tracked.see(*along(dense, 100, 430, EIGHT + 12, trip="T0"))
        tracked.see(Fix(EIGHT + 120, 1060.0, 0.0, trip="T0"))
        assert len(tracked.events) == told


def test_after_too_many_stops_no_arrival_of_a_stop_behind_is_told_for_the_next() -> None:
    dense = Line(STRAIGHT, [0.0, *(500.0 + 40.0 * k for k in range(14)), 2000.0, 3000.0])
    tracked = ride(dense)
    tracked.see(*along(dense, 100, 430, EIGHT + 12, trip="T0"))
    tracked.see(Fix(EIGHT + 120, 1020.0, 0.0, trip="T0"))
    tracked.see(Fix(EIGHT + 130, 1060.0, 0.0, trip="T0"))
    assert tracked.events == []


def test_stops_closer_than_their_zones_are_both_told_in_order() -> None:
    close = Line(STRAIGHT, [0.0, 1000.0, 1020.0, 3000.0])
    for interval in (2.0, 10.0):
        tracked = ride(close)
        tracked.see(*along(close, 500, 1500, EIGHT + 62, interval=interval, trip="T0"))
        assert [stop for _, stop, *_ in tracked.events] == [1, 2]
        (*_, left), (_, _, came, _) = tracked.events
        assert came > left


def test_a_stop_served_twice_is_told_for_each_pass() -> None:
    spur = Line(OUT_AND_BACK, [0.0, 750.0, 1500.0, 2251.0, 3001.0])
    tracked = ride(spur)
    tracked.see(*along(spur, 0, 3001, EIGHT, interval=5, trip="T0"))
    assert [stop for _, stop, *_ in tracked.events] == [0, 1, 2, 3, 4]


def test_a_loop_is_told_from_its_first_stop_to_its_last_though_they_are_one() -> None:
    tracked = ride(ROUND)
    tracked.see(*along(ROUND, 0, 4250, EIGHT, interval=5, trip="T0"))
    assert [stop for _, stop, *_ in tracked.events] == list(range(8))


def test_a_bus_that_was_thought_to_be_farther_tells_what_it_passes_from_where_it_is() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 1900, 2400, EIGHT + 237, interval=5, trip="T0"))
    assert [stop for _, stop, *_ in tracked.events] == [4]
    tracked.see(*(Fix(EIGHT + 900 + 5 * k, 300.0 + 40 * k, 0.0, trip="T0") for k in range(10)))
    assert tracked.record()["progress"] < 700.0
    assert [stop for _, stop, *_ in tracked.events][1:] == [1]


def test_a_leap_to_another_pass_is_no_drive_past_the_stops_between() -> None:
    spur = Line(OUT_AND_BACK, [0.0, 750.0, 1500.0, 2251.0, 3001.0])
    tracked = ride(spur)
    tracked.see(*standing((20.0, 0.5), EIGHT + 10, 20, trip="T0"))
    assert tracked.see(Fix(EIGHT + 40, -25.0, 0.5, trip="T0")).progress > 2900.0
    assert tracked.events == []


def test_nothing_is_told_off_the_route_or_before_its_time() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 0, 2000, EIGHT - 2000, interval=5, trip="T0"))
    assert tracked.events == []
    tracked = ride()
    tracked.see(*(fix._replace(y=110.0) for fix in along(ROAD, 100, 2000, EIGHT, interval=5, trip="T0")))
    assert tracked.events == []


def test_a_bus_that_stands_at_a_stop_in_noise_has_not_left_it() -> None:
    random, early = np.random.default_rng(10), []
    for _ in range(20):
        tracked = ride()
        tracked.see(*along(ROAD, 300, 1000, EIGHT + 40, interval=5, trip="T0"))
        for k in range(8):
            tracked.see(Fix(EIGHT + 135 + 10 * k, 1000.0 + random.normal(0, 8), random.normal(0, 8), trip="T0"))
        tracked.see(*along(ROAD, 1040, 1400, EIGHT + 220, interval=5, trip="T0"))
        early += [EIGHT + 215 - departure for _, stop, _, departure in tracked.events if stop == 2]
    assert len(early) == 20
    assert max(early) < 90.0
    assert np.mean(early) < 10.0


def test_events_do_not_depend_on_standing_noise() -> None:
    random = np.random.default_rng(9)
    tracked = ride()
    tracked.see(*along(ROAD, 300, 960, EIGHT + 40, interval=5, trip="T0"))
    for k in range(40):
        tracked.see(Fix(EIGHT + 130 + 5 * k, 1000.0 + random.normal(0, 6), random.normal(0, 6), trip="T0"))
    tracked.see(*along(ROAD, 1040, 1400, EIGHT + 335, interval=5, trip="T0"))
    assert [stop for _, stop, *_ in tracked.events].count(2) == 1
