"""Vehicles that do not say what they do: placed on a line when their trail fits that one alone, else named for what they do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.checked import Checked
from tests.support.drives import random_fixes, random_town
from tests.support.ride import Fix, Ride, along, standing
from tests.support.streets import STRAIGHT, TRUNK_NORTH, TRUNK_SOUTH, Line, evenly, streets

EIGHT = 8 * 3600
ROAD = Line(STRAIGHT, evenly(3000, 7), starts=[EIGHT, EIGHT + 1800])
BACK = Line(list(STRAIGHT)[::-1], evenly(3000, 7), starts=[EIGHT, EIGHT + 1800], direction=1)
NORTH = Line(TRUNK_NORTH, evenly(3000, 7), route=0)
SOUTH = Line(TRUNK_SOUTH, evenly(3000, 7), route=1)


def ride(*lines: Line, **changes: float) -> Ride:
    return Ride(streets(*lines), **changes)


@settings(max_examples=30, derandomize=True)
@given(seed=st.integers(0, 100_000), batch=st.integers(1, 9))
def test_the_kernel_infers_what_its_twin_does(seed: int, batch: int) -> None:
    network, lines = random_town(seed)
    fixes = random_fixes(lines, seed, minutes=15, ids=("none", "route", "unknown"))
    with Checked(network) as checked:
        Ride(network).see_all(fixes, batch)
    assert checked.compared["assignment"] > 0


def test_a_bus_that_follows_a_line_from_its_terminal_is_on_it() -> None:
    tracked = ride(ROAD, BACK)
    states = tracked.states(standing((0.0, 0.0), EIGHT - 120, 110) + along(ROAD, 0, 1600, EIGHT))
    assert states[:12] == ["layover"] * 12
    assert states[-1] == "in_service"
    assert states.index("in_service") <= 16
    assert tracked.record()["pattern"] == 0
    assert tracked.record()["evidence"] == 3


def test_a_bus_that_rested_at_its_terminal_is_on_its_line_with_the_first_fix_away_from_it() -> None:
    for place in ((0.0, 0.0), (-40.0, 70.0)):  # on the shape, or around the corner
        tracked = ride(ROAD, BACK)
        tracked.see(*standing(place, EIGHT - 200, 190))
        assert tracked.see(Fix(EIGHT + 15, 120.0, 5.0)).state == "in_service"
        assert tracked.record()["pattern"] == 0


def test_a_bus_that_only_turned_at_the_terminal_has_to_show_more() -> None:
    tracked = ride(ROAD, BACK)
    tracked.see(*standing((-30.0, 120.0), EIGHT - 40, 30))
    assert tracked.states(along(ROAD, 60, 180, EIGHT)) == ["layover"] * 2
    assert "in_service" in tracked.states(along(ROAD, 180, 500, EIGHT + 16))


def test_a_wrong_fix_as_it_leaves_does_not_make_a_bus_a_deadhead_for_long() -> None:
    tracked = ride(ROAD, BACK)
    tracked.see(*standing((0.0, 0.0), EIGHT - 200, 190))
    assert tracked.see(Fix(EIGHT + 15, 150.0, 260.0)).state == "deadhead"
    assert tracked.see(Fix(EIGHT + 30, 240.0, 5.0, bearing=90.0, speed=8.0)).state == "in_service"


def test_a_rest_at_a_terminal_is_forgotten_on_a_way_elsewhere() -> None:
    tracked = ride(ROAD, BACK)
    tracked.see(*standing((0.0, 0.0), EIGHT - 200, 190))
    assert tracked.record()["waited"] == 1
    away = [Fix(EIGHT + 10 * k, 0.0, 60.0 * k) for k in range(1, 7)]
    assert set(tracked.states(away)[3:]) == {"deadhead"}
    assert tracked.record()["waited"] == 0


def test_of_two_lines_that_begin_where_a_bus_rested_neither_is_taken_before_they_part() -> None:
    tracked = ride(NORTH, SOUTH)
    tracked.see(*standing((0.0, 0.0), EIGHT - 200, 190))
    assert "in_service" not in tracked.states(along(NORTH, 60, 900, EIGHT))


def test_without_ids_an_outlier_ahead_on_the_line_does_not_cost_the_bus_its_line() -> None:
    tracked = ride(ROAD, BACK)
    tracked.see(*along(ROAD, 300, 1200, EIGHT + 40))
    clock = int(EIGHT + 160)
    assert tracked.see(Fix(clock, 1480.0, 20.0)).state == "in_service"
    assert tracked.states(standing((1205.0, 5.0), clock + 10, 60)) == ["off_route"] + ["in_service"] * 6


@pytest.mark.parametrize(("line", "pattern"), [(ROAD, 0), (BACK, 1)])
def test_the_direction_it_drives_in_decides_between_a_line_and_its_return(line: Line, pattern: int) -> None:
    tracked = ride(ROAD, BACK)
    assert tracked.states(along(line, 600, 1600, EIGHT + 80))[-1] == "in_service"
    assert tracked.record()["pattern"] == pattern


def test_on_a_trunk_that_two_routes_share_it_is_ambiguous_until_they_part() -> None:
    tracked = ride(NORTH, SOUTH)
    seen = [(fix.y, tracked.see(fix).state) for fix in along(NORTH, 300, 2800, EIGHT + 40)]
    on_the_trunk = [state for y, state in seen if y == 0]
    assert set(on_the_trunk) <= {"deadhead", "ambiguous"}
    assert on_the_trunk[-5:] == ["ambiguous"] * 5
    assert [state for y, state in seen if y > 250][-1] == "in_service"
    assert tracked.record()["pattern"] == 0


def test_the_route_it_names_decides_on_the_trunk() -> None:
    tracked = ride(NORTH, SOUTH)
    assert tracked.states(along(SOUTH, 300, 1400, EIGHT + 40, route="R1"))[-1] == "in_service"
    assert tracked.record()["pattern"] == 1


def test_a_route_the_network_does_not_know_decides_nothing() -> None:
    tracked = ride(NORTH, SOUTH)
    assert tracked.states(along(SOUTH, 300, 1400, EIGHT + 40, route="R7"))[-1] == "ambiguous"


def test_of_two_variants_of_one_direction_the_one_with_more_runs_is_taken() -> None:
    few = Line(TRUNK_NORTH, evenly(3000, 7), starts=[EIGHT])
    many = Line(TRUNK_SOUTH, evenly(3000, 7), starts=[EIGHT, EIGHT + 900, EIGHT + 1800])
    for lines, pattern in (((few, many), 1), ((many, few), 0)):
        tracked = ride(*lines)
        assert tracked.states(along(NORTH, 300, 1400, EIGHT + 40))[-1] == "in_service"
        assert tracked.record()["pattern"] == pattern


def test_a_line_on_which_nothing_runs_now_is_not_taken() -> None:
    tracked = ride(Line(STRAIGHT, evenly(3000, 7), starts=[EIGHT]))
    assert "in_service" not in tracked.states(along(ROAD, 300, 1400, EIGHT + 4 * 3600))
    never = Line(STRAIGHT, evenly(3000, 7), services=[1])
    assert "in_service" not in ride(never).states(along(never, 300, 1400, EIGHT + 40))


def test_a_bus_that_crosses_a_line_is_not_on_it() -> None:
    tracked = ride(ROAD)
    crossing = [Fix(EIGHT + 40 + 10 * k, 1000.0, -600.0 + 80.0 * k) for k in range(16)]
    assert "in_service" not in tracked.states(crossing)


def test_a_bus_that_drives_against_a_line_is_not_on_it() -> None:
    assert "in_service" not in ride(ROAD).states(along(BACK, 300, 2400, EIGHT + 40))


def test_a_bus_that_strays_and_follows_the_line_midway_carries_nobody() -> None:
    tracked = ride(ROAD)
    states = tracked.states([Fix(EIGHT + 10 * k, 900.0, 1200.0 - 80.0 * k) for k in range(15)])
    assert set(states[3:]) == {"deadhead"}
    assert tracked.record()["strayed"] == 1
    joining = tracked.states(along(ROAD, 980, 2600, EIGHT + 160))
    assert "in_service" not in joining


def test_a_bus_that_strayed_begins_a_trip_where_the_line_begins() -> None:
    tracked = ride(ROAD)
    tracked.states([Fix(EIGHT + 10 * k, 100.0, 1200.0 - 80.0 * k) for k in range(15)])
    assert tracked.states(along(ROAD, 180, 1400, EIGHT + 160))[-1] == "in_service"


@pytest.mark.parametrize(("away", "expected"), [(400, "in_service"), (1500, "deadhead")])
def test_a_bus_that_left_its_line_may_come_back_to_it_for_twenty_minutes(away: int, expected: str) -> None:
    tracked = ride(ROAD)
    assert tracked.states(along(ROAD, 300, 1200, EIGHT + 40))[-1] == "in_service"
    detour = [Fix(EIGHT + 160 + 20 * k, 1200.0, 300.0 + 50.0 * (k % 8)) for k in range(away // 20)]
    assert set(tracked.states(detour)[6:]) == {"deadhead"}
    assert tracked.states(along(ROAD, 1300, 2400, EIGHT + 160 + away))[-1] == expected


def test_a_bus_without_ids_that_leaves_its_line_is_released_after_four_fixes() -> None:
    tracked = ride(ROAD)
    tracked.see(*along(ROAD, 300, 1200, EIGHT + 40))
    states = tracked.states([Fix(EIGHT + 160 + 10 * k, 1200.0, 120.0 + 50 * k) for k in range(5)])
    assert states[:4] == ["off_route"] * 4
    assert states[4] == "deadhead"
    assert tracked.record()["pattern"] == -1


def test_a_bus_that_stands_for_long_is_parked_and_at_a_terminal_lays_over_for_longer() -> None:
    for place, after in (((900.0, 700.0), 900), ((30.0, 30.0), 3600)):
        tracked = ride(ROAD)
        states = tracked.states(standing(place, EIGHT, 4000, interval=100))
        waiting = "layover" if after == 3600 else "ambiguous"
        assert states[: after // 100 + 1] == [waiting] * (after // 100 + 1)
        assert set(states[after // 100 + 1 :]) == {"parked"}


def test_a_parked_bus_that_drives_off_is_parked_no_more() -> None:
    tracked = ride(ROAD)
    tracked.see(*standing((900.0, 700.0), EIGHT, 1500, interval=100))
    states = tracked.states([Fix(EIGHT + 1510 + 10 * k, 900.0, 700.0 + 70 * k) for k in range(4)])
    assert "parked" not in states[1:]
    assert states[-1] == "deadhead"


def test_a_bus_seen_once_is_ambiguous() -> None:
    assert ride(ROAD).see(Fix(EIGHT, 900.0, 700.0)).state == "ambiguous"


def test_a_bus_far_from_everything_is_a_deadhead() -> None:
    tracked = ride(ROAD)
    assert tracked.states([Fix(EIGHT + 10 * k, 90_000.0, 70_000.0 + 80 * k) for k in range(4)])[-1] == "deadhead"


def test_a_gap_of_five_minutes_begins_the_trail_anew() -> None:
    tracked = ride(ROAD)
    tracked.see(*(Fix(EIGHT + 10 * k, 100.0, 1000.0 + 80 * k) for k in range(3)))
    assert tracked.record()["trail_count"] == 3
    tracked.see(Fix(EIGHT + 330, 700.0, 1000.0))
    assert tracked.record()["trail_count"] == 1


def test_a_trail_keeps_its_last_sixteen_points_a_step_apart() -> None:
    tracked = ride(ROAD)
    tracked.see(*(Fix(EIGHT + 10 * k, 100.0, 1000.0 + 20.0 * k) for k in range(50)))
    trail = tracked.tracker.fleet.columns.trail[0]
    assert tracked.record()["trail_count"] == 16
    assert np.diff(trail["y"]).min() >= 40.0
    assert trail["y"][-1] == 1000.0 + 20.0 * 48


def test_noise_and_a_lost_fix_do_not_keep_a_bus_from_its_line() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        tracked = ride(ROAD, BACK)
        fixes = along(ROAD, 0, 1400, EIGHT, interval=15)
        noisy = [fix._replace(x=fix.x + random.normal(0, 10), y=fix.y + random.normal(0, 10)) for fix in fixes]
        lost = int(random.integers(2, 8))
        assert tracked.states(noisy[:lost] + noisy[lost + 1 :])[-1] == "in_service"
        assert tracked.record()["pattern"] == 0
