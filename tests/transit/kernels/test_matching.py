"""Placing positions on a pattern: the naive twin, and what a bus must and must not be seen to do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.checked import Checked
from tests.support.drives import random_fixes, random_town
from tests.support.naive_fleet import Run
from tests.support.naive_matching import timetabled
from tests.support.ride import Fix, Ride, along, standing
from tests.support.streets import LOOP, OUT_AND_BACK, STRAIGHT, Line, evenly, length_of, place_on, streets
from transit.kernels.matching import _scheduled_progress

EIGHT = 8 * 3600
ROAD = Line(STRAIGHT, evenly(3000, 7))
ROUND = Line(LOOP, evenly(4200, 8))
SPUR = Line(OUT_AND_BACK, evenly(3001, 7))


def ride(line: Line, **changes: float) -> Ride:
    return Ride(streets(line), **changes)


@settings(max_examples=40, derandomize=True)
@given(seed=st.integers(0, 100_000), batch=st.integers(1, 9))
def test_the_kernel_places_as_its_twin_does(seed: int, batch: int) -> None:
    network, lines = random_town(seed)
    fixes = random_fixes(lines, seed, minutes=15, ids=("trip", "trip", "flicker"))
    with Checked(network) as checked:
        Ride(network).see_all(fixes, batch)
    assert checked.compared["intake"] == len(fixes)


@settings(max_examples=60)
@given(
    hops=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 30), st.integers(1, 900)), min_size=1, max_size=6),
    clock=st.floats(-100.0, 900.0),
)
def test_the_timetables_place_is_its_twins(hops: list[tuple[int, int, int]], clock: float) -> None:
    arrivals, departures, stops = [0], [0], [0.0]
    for running, dwell, distance in hops:
        arrivals.append(departures[-1] + running)
        departures.append(arrivals[-1] + dwell)
        stops.append(stops[-1] + distance)
    got = _scheduled_progress(
        clock, 0, 0, len(stops), np.array(departures, np.int32), np.array(arrivals, np.int32), np.array(stops, np.float32)
    )
    assert got == pytest.approx(timetabled(Run(0, 0, -1, False, arrivals, departures), stops, clock), abs=0.01)


def test_positions_exactly_on_the_shape_have_no_cross_track_and_their_true_progress() -> None:
    tracked = ride(ROAD)
    for fix in along(ROAD, 400, 2600, EIGHT + 50, trip="T0"):
        seen = tracked.see(fix)
        assert seen.state == "in_service"
        assert seen.cross_track == pytest.approx(0.0, abs=1e-3)
        assert seen.progress == pytest.approx(fix.x, abs=3.0)


def test_the_first_place_of_a_bus_is_its_fix_to_the_metre() -> None:
    seen = ride(ROAD).see(Fix(EIGHT + 125, 1000.25, 20.5, trip="T0"))
    assert seen.progress == pytest.approx(1000.25, abs=0.01)
    assert seen.cross_track == pytest.approx(20.5, abs=0.01)


def test_true_metres_are_counted_not_drawn_ones() -> None:
    line = Line(STRAIGHT, evenly(3030, 7), stretch=1.01)
    assert ride(line).see(Fix(EIGHT + 125, 1000.0, 0.0, trip="T0")).progress == pytest.approx(1010.0, abs=0.01)


def test_a_bus_never_goes_back_on_noise() -> None:
    random = np.random.default_rng(5)
    tracked, progress = ride(ROAD), -math.inf
    for k in range(300):
        x, y = 500.0 + 5.0 * k + random.normal(0.0, 15.0), random.normal(0.0, 15.0)
        seen = tracked.see(Fix(EIGHT + 62 + k, x, y, trip="T0"))
        assert seen.state == "in_service"
        assert seen.progress >= progress
        progress = seen.progress
    assert progress == pytest.approx(500.0 + 5.0 * 299, abs=40.0)


@pytest.mark.parametrize(("behind", "state"), [(50, "in_service"), (80, "off_route")])
def test_a_fix_a_little_behind_is_noise_and_farther_behind_no_place_of_this_bus(behind: int, state: str) -> None:
    tracked = ride(ROAD)
    before = tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0")).progress
    assert tracked.see(Fix(EIGHT + 130, before - behind, 0.0, trip="T0")).state == state


def test_a_standing_bus_does_not_creep() -> None:
    random = np.random.default_rng(6)
    tracked = ride(ROAD)
    for fix in along(ROAD, 300, 1000, EIGHT + 40, trip="T0"):
        begun = tracked.see(fix)
    for k in range(60):
        x, y = 1000.0 + random.normal(0.0, 8.0), random.normal(0.0, 8.0)
        seen = tracked.see(Fix(fix.clock + 10 + 10 * k, x, y, trip="T0"))
    assert begun.progress <= seen.progress <= 1040.0


def test_a_bus_placed_too_far_ahead_is_corrected() -> None:
    tracked = ride(ROAD)
    tracked.see(Fix(EIGHT + 100, 1500.0, 0.0, trip="T0"))
    for k in range(1, 9):
        seen = tracked.see(Fix(EIGHT + 100 + 30 * k, 800.0 + 100 * k, 0.0, trip="T0"))
    assert seen.state == "in_service"
    assert seen.progress == pytest.approx(1600.0, abs=20.0)


def test_a_single_outlier_does_not_move_it() -> None:
    tracked = ride(ROAD)
    for fix in along(ROAD, 400, 1000, EIGHT + 50, trip="T0"):
        before = tracked.see(fix)
    clock = fix.clock
    assert tracked.see(Fix(clock + 10, fix.x + 80, 5000.0, trip="T0")).state == "outlier"
    assert tracked.record()["progress"] == np.float32(before.progress)
    seen = tracked.see(Fix(clock + 20, fix.x + 160, 0.0, trip="T0"))
    assert seen.state == "in_service"
    assert seen.progress == pytest.approx(fix.x + 160, abs=5.0)


def test_an_outlier_ahead_on_the_shape_is_taken_back_when_two_fixes_deny_it() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    clock = EIGHT + 130
    assert tracked.see(Fix(clock, 1300.0, 20.0, trip="T0")).progress == pytest.approx(1290.0, abs=15.0)
    assert tracked.see(Fix(clock + 10, 1040.0, 0.0, trip="T0")).state == "off_route"
    seen = tracked.see(Fix(clock + 20, 1080.0, 0.0, trip="T0"))
    assert (seen.state, seen.progress) == ("in_service", pytest.approx(1080.0, abs=10.0))


def test_an_outlier_does_not_make_a_bus_leave_its_first_stop() -> None:
    tracked = ride(ROAD)
    tracked.see(*standing((5.0, 5.0), EIGHT - 300, 190, trip="T0"))
    assert tracked.see(Fix(EIGHT - 100, 260.0, 20.0, trip="T0")).state == "in_service"
    assert tracked.states(standing((5.0, 5.0), EIGHT - 90, 60, trip="T0")) == ["off_route"] + ["layover"] * 6
    assert tracked.record()["progress"] == pytest.approx(5.0, abs=5.0)


def test_a_bus_that_was_right_ahead_is_not_taken_back_by_fixes_it_cannot_have_come_from() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    behind = [Fix(EIGHT + 130 + 10 * k, 600.0, 0.0, trip="T0") for k in range(2)]
    assert tracked.states(behind) == ["off_route"] * 2
    assert tracked.see(Fix(EIGHT + 150, 1060.0, 0.0, trip="T0")).progress == pytest.approx(1060.0, abs=10.0)


def test_a_fix_off_the_shape_is_named_and_forgiven_three_times() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    clock = EIGHT + 130
    states = tracked.states([Fix(clock + 10 * k, 1000.0 + 60 * k, 120.0, trip="T0") for k in range(1, 4)])
    assert states == ["off_route"] * 3
    assert tracked.see(Fix(clock + 40, 1240.0, 0.0, trip="T0")).state == "in_service"


def test_a_lost_bus_comes_back_after_two_fixes() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 400, 1000, EIGHT + 50, trip="T0"))
    clock = EIGHT + 130
    away = [Fix(clock + 10 * k, 1000.0 + 30 * k, 120.0 + 10 * k, trip="T0") for k in range(1, 9)]
    assert tracked.states(away) == ["off_route"] * 8
    back = [Fix(clock + 80 + 10 * k, 1300.0 + 60 * k, 5.0, trip="T0") for k in range(1, 4)]
    assert tracked.states(back) == ["off_route", "in_service", "in_service"]
    assert tracked.record()["progress"] == pytest.approx(1480.0, abs=10.0)


def test_a_loop_keeps_one_hypothesis_for_each_pass_where_it_begins_and_ends() -> None:
    tracked = ride(ROUND)
    tracked.see(Fix(EIGHT + 260, 2.0, 1.0, trip="T0"))
    assert sorted(round(place) for place in tracked.passes()) == [2, 4199]


def test_the_loops_pass_is_settled_by_where_the_bus_drives() -> None:
    tracked = ride(ROUND)
    seen = tracked.see(*along(ROUND, 0, 800, EIGHT, trip="T0"))
    assert len(tracked.passes()) == 1
    assert seen.progress == pytest.approx(800.0, abs=5.0)
    assert seen.state == "in_service"


def test_a_whole_lap_of_a_loop_is_one_trip_from_its_start_to_its_end() -> None:
    tracked = ride(ROUND)
    progress, states = [], set()
    for fix in along(ROUND, 0, 4300, EIGHT, trip="T0"):
        seen = tracked.see(fix)
        states.add(seen.state)
        progress.append(seen.progress)
    known = [place for place in progress if not math.isnan(place)]
    assert known == sorted(known)
    assert known[-1] > 4180.0
    assert states <= {"in_service", "layover", "deadhead"}
    assert [event[1] for event in tracked.events] == list(range(8))


@pytest.mark.parametrize(("bearing", "expected"), [(90.0, 700.0), (270.0, 2301.0)])
def test_out_and_back_is_resolved_by_heading(bearing: float, expected: float) -> None:
    tracked = ride(SPUR)
    seen = tracked.see(Fix(EIGHT + 190, 700.0, 0.5, trip="T0", bearing=bearing, speed=8.0))
    assert seen.progress == pytest.approx(expected, abs=3.0)


@pytest.mark.parametrize(("step", "expected"), [(20, 1100.0), (-20, 2701.0)])
def test_out_and_back_is_resolved_by_progress(step: int, expected: float) -> None:
    """The bus moves by 20 m a fix: too little for a heading, enough to tell which of the two passes it is on."""
    tracked = ride(SPUR)
    tracked.see(Fix(EIGHT + 190, 700.0, 0.5, trip="T0"))
    assert sorted(round(place) for place in tracked.passes()) == [700, 2301]
    for k in range(1, 21):
        seen = tracked.see(Fix(EIGHT + 190 + 5 * k, 700.0 + step * k, 0.5, trip="T0"))
    assert tracked.record()["east"] == 0.0
    assert seen.progress == pytest.approx(expected, abs=20.0)


def test_a_bus_that_turns_at_the_end_of_the_spur_goes_on_along_it() -> None:
    tracked = ride(SPUR)
    seen = [tracked.see(fix) for fix in along(SPUR, 0, 2900, EIGHT, trip="T0")]
    on_the_way = [one.progress for one in seen if one.state == "in_service"]
    assert on_the_way == sorted(on_the_way)
    assert on_the_way[-1] == pytest.approx(2880.0, abs=10.0)


def test_a_trip_ends_at_its_last_stop() -> None:
    tracked = ride(ROAD)
    seen = tracked.see(*along(ROAD, 0, 3000, EIGHT, interval=15, trip="T0"))
    assert (seen.state, seen.trip) == ("in_service", 0)
    assert tracked.record()["pattern"] == -1
    assert tracked.record()["last_trip"] == 0
    assert tracked.see(Fix(EIGHT + 400, 3030.0, 0.0, trip="T0")).state == "layover"


def test_a_trip_ends_standing_near_its_last_stop() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 0, 2880, EIGHT, trip="T0"))
    assert tracked.record()["pattern"] == 0
    states = tracked.states(standing((2880.0, 0.0), EIGHT + 370, 150, trip="T0"))
    assert states[0] == "in_service"
    assert states[-1] == "layover"
    assert tracked.record()["last_trip"] == 0


def test_a_bus_held_up_far_from_the_end_stays_on_its_trip() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 0, 1600, EIGHT, trip="T0"))
    states = tracked.states(standing((1600.0, 0.0), EIGHT + 210, 590, trip="T0"))
    assert set(states) == {"in_service"}


def test_a_reported_trip_before_its_time_is_a_deadhead() -> None:
    tracked = ride(ROAD)
    early = along(ROAD, 500, 1500, EIGHT - 1500, trip="T0")
    assert set(tracked.states(early)) == {"deadhead"}


def test_a_bus_at_the_first_stop_lays_over_and_is_in_service_once_it_leaves() -> None:
    tracked = ride(ROAD)
    assert set(tracked.states(standing((0.0, 5.0), EIGHT - 300, 290, trip="T0"))) == {"layover"}
    states = tracked.states(along(ROAD, 0, 400, EIGHT, trip="T0"))
    assert states == ["layover"] + ["in_service"] * 5


def test_on_the_way_to_its_trip_a_bus_is_a_deadhead_and_off_route_once_the_trip_should_run() -> None:
    tracked = ride(ROAD)
    coming = [Fix(EIGHT - 100 + 20 * k, 500.0, 2000.0 - 60 * k, trip="T0") for k in range(10)]
    assert tracked.states(coming) == ["deadhead"] * 5 + ["off_route"] * 5


def test_after_a_long_silence_a_bus_is_looked_for_anew() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 0, 400, EIGHT, trip="T0"))
    seen = tracked.see(Fix(EIGHT + 900, 2500.0, 0.0, trip="T0"))
    assert seen.state == "in_service"
    assert seen.progress == pytest.approx(2500.0, abs=0.01)


def test_which_pass_a_bus_is_on_at_first_is_the_timetables_where_nothing_else_tells() -> None:
    for late, expected in ((100, 700.0), (290, 2301.0)):
        assert ride(SPUR).see(Fix(EIGHT + late, 700.0, 0.5, trip="T0")).progress == pytest.approx(expected, abs=1.0)


def test_where_nothing_else_tells_a_bus_found_again_has_gone_on_rather_than_back() -> None:
    frequent = Line(OUT_AND_BACK, evenly(3001, 7), starts=[0], templates=True)
    tracked = ride(frequent)
    tracked.see(*along(frequent, 0, 1000, EIGHT, interval=5, trip="T0"))
    assert tracked.see(Fix(EIGHT + 900, 500.0, 0.4, trip="T0")).progress == pytest.approx(2501.0, abs=1.0)


def test_no_bus_has_more_hypotheses_than_there_is_room_for() -> None:
    comb = [(0.0, 0.0)]
    for k in range(8):
        comb += [(600.0 if k % 2 == 0 else 0.0, 10.0 * k), (600.0 if k % 2 == 0 else 0.0, 10.0 * k + 10.0)]
    line = Line(comb, [])
    line.stops = evenly(length_of(line), 5)
    tracked = ride(line)
    for k in range(6):
        tracked.see(Fix(EIGHT + 100 + 10 * k, *place_on(line, 2000.0 + 20 * k), trip="T0"))
        assert 1 <= len(tracked.passes()) <= 4
        assert len({round(place / 30) for place in tracked.passes()}) == len(tracked.passes())


def test_a_trip_is_done_though_the_shape_also_begins_where_it_ends() -> None:
    tracked = ride(Line(LOOP, evenly(4200, 8), speed=2.0))
    before_its_end = Fix(EIGHT + 600, 3.0, 40.0, trip="T0", bearing=180.0, speed=5.0)
    assert tracked.see(before_its_end).progress == pytest.approx(4160.0, abs=1.0)
    assert tracked.record()["state"] == 0
    tracked.see(before_its_end._replace(clock=EIGHT + 1600, y=12.0))
    assert tracked.record()["last_trip"] == 0


def test_a_bus_waiting_for_a_loop_to_begin_is_not_done_with_it_by_noise() -> None:
    for seed in range(30):
        random, tracked = np.random.default_rng(seed), ride(ROUND)
        for k in range(20):
            x, y = random.normal(0.0, 12.0, 2).tolist()
            tracked.see(Fix(EIGHT - 100 + 15 * k, x, y, trip="T0"))
        assert tracked.record()["trip"] == 0
        assert tracked.see(*along(ROUND, 100, 500, EIGHT + 212, trip="T0")).progress == pytest.approx(500.0, abs=100.0)
        assert tracked.events[0][1] in (0, 1)


def test_before_its_time_a_bus_that_can_be_at_its_first_stop_is() -> None:
    line = Line([(0, 0), (1000, 0), (1000, 30), (0, 30)], [0.0, 500.0, 1000.0, 2030.0])
    tracked = ride(line)
    assert tracked.see(Fix(EIGHT - 200, 0.0, 25.0, trip="T0")).state == "layover"
    assert tracked.see(Fix(EIGHT - 190, 0.0, 29.0, trip="T0")).progress == pytest.approx(0.0, abs=1.0)


def test_standing_where_two_passes_lie_on_each_other_a_bus_stays_on_its_own() -> None:
    for seed in range(20):
        random, tracked = np.random.default_rng(seed), ride(SPUR)
        noisy = [fix._replace(x=fix.x + random.normal(0, 8), y=random.normal(0, 8)) for fix in along(SPUR, 0, 700, EIGHT, 3.0)]
        tracked.see(*(fix._replace(trip="T0") for fix in noisy))
        for k in range(60):
            x, y = 700.0 + random.normal(0, 8), random.normal(0, 8)
            assert tracked.see(Fix(EIGHT + 90 + 3 * k, x, y, trip="T0")).progress == pytest.approx(710.0, abs=40.0)
