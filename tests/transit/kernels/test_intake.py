"""Which positions are used, why the others are not, and what a vehicle's trip ids are taken to say."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import naive_intake
from tests.support.checked import Checked
from tests.support.drives import random_fixes, random_town
from tests.support.lines import DAY
from tests.support.ride import NAN, Fix, Ride, along, standing
from tests.support.streets import LOOP, STRAIGHT, Line, evenly, streets
from transit.kernels.intake import occurrences

EIGHT = 8 * 3600
TOMORROW = 86_400
ROAD = Line(STRAIGHT, evenly(3000, 7))
ROUND = Line(LOOP, evenly(4200, 8))
HERE = Fix(EIGHT + 125, 1000.0, 0.0, trip="T0")


def ride(*lines: Line, **changes: float) -> Ride:
    return Ride(streets(*(lines or (ROAD,))), **changes)


@settings(max_examples=25, derandomize=True)
@given(seed=st.integers(0, 100_000), batch=st.integers(1, 9))
def test_the_kernel_takes_in_what_its_twin_does(seed: int, batch: int) -> None:
    network, lines = random_town(seed)
    fixes = random_fixes(lines, seed, minutes=15, ids=("flicker", "flicker", "trip", "none"), faulty=0.4)
    with Checked(network) as checked:
        Ride(network).see_all(fixes, batch)
    assert checked.compared["intake"] == len(fixes)


@given(st.lists(st.integers(-1, 4), max_size=30))
def test_the_kernel_counts_occurrences_as_its_twin_does(vehicles: list[int]) -> None:
    nth = np.full(len(vehicles), -5, np.int32)
    most = occurrences(np.array(vehicles, np.int32), np.zeros(6, np.int32), nth)
    assert nth.tolist() == naive_intake.occurrences(vehicles)
    assert most == max(nth.tolist(), default=-1) + 1


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"x": NAN}, "no_fix"),
        ({"clock": NAN, "delay": NAN}, "no_fix"),
        ({"delay": 299.0}, "in_service"),
        ({"delay": 301.0}, "stale"),
        ({"delay": -59.0}, "in_service"),
        ({"delay": -61.0}, "future"),
        ({"clock": EIGHT + 115.0}, "duplicate"),
        ({"clock": EIGHT + 114.0}, "late"),
        ({"y": 4000.0}, "outlier"),
        ({"clock": EIGHT + 114.0, "delay": 400.0}, "stale"),
        ({"clock": EIGHT + 114.0, "x": NAN}, "no_fix"),
    ],
)
def test_a_position_that_is_not_used_says_why(changes: dict[str, float], state: str) -> None:
    tracked = ride()
    tracked.see(HERE._replace(clock=EIGHT + 115, x=920.0))
    fix = HERE._replace(**changes)
    if math.isnan(fix.clock):
        now = DAY + EIGHT + 126
        matches, _ = tracked.tracker.observe(now, tracked.columns([fix])._replace(received=np.array([now])))
        assert matches.state[0] == 6
    else:
        assert tracked.see(fix).state == state


@pytest.mark.parametrize("changes", [{"x": NAN}, {"delay": 301.0}, {"delay": -61.0}, {"clock": EIGHT + 125.0}, {"y": 9e3}])
def test_a_refused_position_changes_nothing_but_the_count_of_jumps(changes: dict[str, float]) -> None:
    tracked = ride()
    tracked.see(HERE)
    before = tracked.record().copy()
    tracked.see(HERE._replace(**{"clock": EIGHT + 135.0, **changes}))
    after = tracked.record().copy()
    before["misses"] = after["misses"] = 0
    assert repr(before) == repr(after)


def test_a_position_without_a_vehicle_id_is_nobodys() -> None:
    tracked = ride()
    assert tracked.see(HERE._replace(vehicle="")).state == "no_fix"
    assert len(tracked.tracker.fleet) == 0


def test_a_jump_is_believed_when_two_more_confirm_it() -> None:
    tracked = ride()
    tracked.see(HERE)
    there = [Fix(EIGHT + 130 + 5 * k, 2900.0, 3000.0) for k in range(3)]
    assert tracked.states(there)[:2] == ["outlier", "outlier"]
    assert tracked.record()["y"] == 3000.0


def test_jumps_far_apart_do_not_add_up() -> None:
    """Two outliers in a day must not make the third one believed; on a line and on none."""
    for trip in ("T0", ""):
        tracked = ride()
        for k in range(4):
            tracked.see(*(Fix(EIGHT + 40 * k + 5 * j, 300.0 + 3 * j, 0.0, trip=trip) for j in range(4)))
            assert tracked.see(Fix(EIGHT + 40 * k + 25, 300.0, 5000.0, trip=trip)).state == "outlier"


@pytest.mark.parametrize(
    ("bearing", "speed", "step", "heading"),
    [
        (90.0, 5.0, 0.0, (1.0, 0.0)),
        (0.0, 5.0, 0.0, (0.0, 1.0)),
        (180.0, NAN, 50.0, (0.0, -1.0)),
        (180.0, NAN, 10.0, (0.0, 0.0)),
        (180.0, 0.5, 10.0, (0.0, 0.0)),
        (180.0, 0.5, 50.0, (1.0, 0.0)),
        (NAN, NAN, 50.0, (1.0, 0.0)),
        (NAN, 8.0, 39.0, (0.0, 0.0)),
    ],
)
def test_a_heading_is_what_a_moving_vehicle_sends_or_else_its_motion(
    bearing: float, speed: float, step: float, heading: tuple[float, float]
) -> None:
    tracked = ride()
    tracked.see(HERE)
    tracked.see(HERE._replace(clock=EIGHT + 135, x=1000.0 + step, bearing=bearing, speed=speed))
    got = tracked.record()["east"].item(), tracked.record()["north"].item()
    assert got == pytest.approx(heading, abs=1e-6)


def test_a_vehicle_that_stops_naming_its_trip_is_on_none() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    assert tracked.see(Fix(EIGHT + 140, 1080.0, 0.0)).state == "deadhead"
    assert tracked.record()["pattern"] == -1


def test_one_message_without_the_trip_does_not_lose_it() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    tracked.see(Fix(EIGHT + 140, 1080.0, 0.0))
    seen = tracked.see(Fix(EIGHT + 150, 1160.0, 0.0, trip="T0"))
    assert (seen.state, seen.trip) == ("in_service", 0)
    assert seen.progress == pytest.approx(1160.0, abs=0.1)


def test_an_unknown_trip_id_says_nothing_so_the_trail_decides() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    states = tracked.states([Fix(EIGHT + 140 + 10 * k, 1080.0 + 80 * k, 0.0, trip="unheard of") for k in range(6)])
    assert states[0] != "in_service"
    assert states[-1] == "in_service"
    assert tracked.record()["evidence"] == 3


def test_another_trip_id_puts_it_on_another_trip() -> None:
    back = Line(list(STRAIGHT)[::-1], evenly(3000, 7), direction=1)
    tracked = ride(ROAD, back)
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    seen = tracked.see(Fix(EIGHT + 140, 1080.0, 0.0, trip="T1"))
    assert (seen.pattern, seen.trip) == (1, 1)
    assert seen.progress == pytest.approx(1920.0, abs=0.1)


def test_a_finished_trip_is_not_begun_again_by_going_on_to_name_it() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 0, 3000, EIGHT, interval=15, trip="T0"))
    assert tracked.record()["finished"] == 1
    assert set(tracked.states(standing((3000.0, 0.0), EIGHT + 390, 300, trip="T0"))) == {"layover"}
    assert set(tracked.states(along(ROAD, 2900, 2999, EIGHT + 800, trip="T0"))) <= {"layover", "deadhead"}


@pytest.mark.parametrize("end", [1400, 3000])
@pytest.mark.parametrize("night", ["silent", "reporting"])
def test_the_same_trip_the_next_day_is_another_run(end: int, night: str) -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 0, end, EIGHT, interval=5, trip="T0"))
    if night == "reporting":
        tracked.see(*(Fix(EIGHT + 1800 * k, 2000.0, 900.0, trip="T0") for k in range(1, 47)))
    states = tracked.states(along(ROAD, 0, 800, EIGHT + TOMORROW, trip="T0"))
    assert states[-1] == "in_service"
    assert tracked.record()["service_day"] == DAY + TOMORROW
    assert tracked.record()["progress"] == pytest.approx(800.0, abs=5.0)


def test_a_run_after_midnight_stays_the_same_run() -> None:
    late = Line(STRAIGHT, evenly(3000, 7), starts=[86_400 - 120])
    tracked = ride(late)
    states = tracked.states(along(late, 0, 2500, 86_400 - 120, trip="T0"))
    assert set(states[1:]) == {"in_service"}
    assert tracked.record()["service_day"] == DAY
    assert tracked.record()["begun"] < 100.0


def test_after_an_hour_of_silence_a_bus_without_ids_is_on_no_line() -> None:
    tracked = ride()
    tracked.see(*along(ROAD, 0, 1600, EIGHT))
    assert tracked.record()["trip"] == 0
    tracked.see(Fix(EIGHT + 9 * 3600, 1600.0, 0.0))
    assert tracked.record()["pattern"] == -1
    assert tracked.record()["last_trip"] == 0


def test_every_lap_of_a_headway_loop_is_in_service_though_its_trip_id_never_changes() -> None:
    laps = Line(LOOP, evenly(4200, 8), starts=[0], templates=True)
    tracked = ride(laps)
    for lap in range(3):
        states = tracked.states(along(laps, 0, 4230, 15 * 3600 + 600 * lap, interval=5, trip="T0"))
        assert states.count("in_service") >= len(states) - 6
    assert [event[1] for event in tracked.events].count(4) == 3


def test_a_headway_trips_template_times_are_no_times_of_day() -> None:
    frequent = Line(STRAIGHT, evenly(3000, 7), starts=[0], templates=True)
    for hour in (5, 8, 15, 23):
        tracked = ride(frequent)
        assert tracked.states(along(frequent, 200, 1000, hour * 3600, trip="T0"))[-1] == "in_service"
        assert tracked.record()["service_day"] == DAY


def test_a_trip_is_on_the_nearest_day_it_runs_on_though_it_is_not_the_nearest_day() -> None:
    network = streets(ROAD)
    calendar = network.calendar._replace(active=np.array([[0, 0, 1], [0, 0, 0]], np.uint8))
    tracked = Ride(dataclasses.replace(network, calendar=calendar))
    tracked.see(Fix(EIGHT + 7200, 1000.0, 0.0, trip="T0"))
    assert tracked.record()["service_day"] == DAY + TOMORROW


def test_a_service_that_does_not_run_today_is_placed_on_the_day_it_would() -> None:
    never = Line(STRAIGHT, evenly(3000, 7), services=[1])
    tracked = ride(never)
    assert tracked.see(HERE).trip == 0
    assert tracked.record()["service_day"] == DAY
