"""Which run a bus without a trip id is on: the one its block goes on with, the only one that fits, or none at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.checked import Checked
from tests.support.drives import random_fixes, random_town
from tests.support.lines import DAY
from tests.support.ride import Ride, along, standing
from tests.support.streets import STRAIGHT, Line, evenly, streets

EIGHT = 8 * 3600
BACKWARDS = list(STRAIGHT)[::-1]


def road(*starts: int, **fields: object) -> Line:
    return Line(STRAIGHT, evenly(3000, 7), starts=starts, **fields)  # type: ignore[arg-type]


def named(line: Line, start: int, **fields: object) -> tuple[int, int]:
    """(trip, evidence) of a bus that drives the line from `start` on."""
    tracked = Ride(streets(line))
    assert tracked.states(along(line, 0, 1200, start))[-1] == "in_service"
    return tracked.record()["trip"].item(), tracked.record()["evidence"].item()


@settings(max_examples=30, derandomize=True)
@given(seed=st.integers(0, 100_000), batch=st.integers(1, 9))
def test_the_kernel_names_the_runs_its_twin_does(seed: int, batch: int) -> None:
    network, lines = random_town(seed)
    fixes = random_fixes(lines, seed, vehicles=3, minutes=15, ids=("route", "none"))
    with Checked(network) as checked:
        Ride(network).see_all(fixes, batch)
    assert checked.compared["assignment"] > 0


def test_the_only_run_that_fits_is_named() -> None:
    assert named(road(EIGHT, EIGHT + 1800), EIGHT + 60) == (0, 3)
    assert named(road(EIGHT, EIGHT + 1800), EIGHT + 1860) == (1, 3)


def test_of_two_runs_that_fit_none_is_named() -> None:
    assert named(road(EIGHT, EIGHT + 300), EIGHT + 300) == (-1, 3)


@pytest.mark.parametrize(("late", "trip"), [(-300, -1), (-200, 0), (0, 0), (700, 0), (760, -1)])
def test_a_run_fits_from_four_minutes_before_its_time_to_twelve_after(late: int, trip: int) -> None:
    assert named(road(EIGHT), EIGHT + late)[0] == trip


def test_a_run_of_a_service_that_does_not_run_today_is_not_named() -> None:
    assert named(road(EIGHT, EIGHT + 60, services=[1, 0]), EIGHT)[0] == 1


def test_a_template_is_never_named() -> None:
    lines = [road(EIGHT), road(EIGHT, templates=True)]
    tracked = Ride(streets(*lines))
    tracked.see(*along(lines[0], 0, 1200, EIGHT))
    assert tracked.record()["trip"] == 0


def test_the_day_of_a_named_run_is_the_day_it_runs_on() -> None:
    late = road(24 * 3600 + 1800)
    tracked = Ride(streets(late))
    tracked.see(*along(late, 0, 1200, 24 * 3600 + 1800))
    assert (tracked.record()["trip"], tracked.record()["service_day"]) == (0, DAY)
    tracked.see(*along(late, 0, 1200, 48 * 3600 + 1800))
    assert (tracked.record()["trip"], tracked.record()["service_day"]) == (0, DAY + 86_400)


def test_a_run_another_bus_is_on_is_not_named_twice() -> None:
    line = road(EIGHT)
    tracked = Ride(streets(line))
    tracked.see(*along(line, 0, 1200, EIGHT, vehicle="first"))
    tracked.see(*along(line, 0, 1200, EIGHT + 180, vehicle="second"))
    assert [tracked.record(v)["trip"] for v in (0, 1)] == [0, -1]
    assert tracked.record(1)["state"] == 0


def test_with_one_run_taken_the_other_is_the_only_one_that_fits() -> None:
    line = road(EIGHT, EIGHT + 300)
    tracked = Ride(streets(line))
    tracked.see(*along(line, 0, 1200, EIGHT, vehicle="first", trip="T0"))
    tracked.see(*along(line, 0, 1200, EIGHT + 300, vehicle="second"))
    assert tracked.record(1)["trip"] == 1


@pytest.mark.parametrize(("later", "trip"), [(300, -1), (2400, 0)])
def test_a_bus_gone_silent_keeps_its_run_for_half_an_hour(later: int, trip: int) -> None:
    slow = road(EIGHT, speed=1.0)
    tracked = Ride(streets(slow))
    tracked.see(*along(slow, 0, 100, EIGHT, vehicle="first", trip="T0"))
    quick = road(EIGHT, speed=4.0)
    tracked.see(*along(quick, later - 300, later + 200, EIGHT + later, vehicle="second", interval=20))
    assert tracked.record(1)["state"] == 0
    assert tracked.record(1)["trip"] == trip


def test_a_bus_that_was_lost_may_be_on_its_own_run_again() -> None:
    line = road(EIGHT)
    tracked = Ride(streets(line))
    tracked.see(*along(line, 0, 1200, EIGHT))
    assert tracked.record()["trip"] == 0
    away = [fix._replace(y=100.0) for fix in along(line, 1240, 1420, EIGHT + 155, interval=5)]
    tracked.see(*away)
    assert tracked.record()["pattern"] == -1
    tracked.see(*along(line, 1440, 1900, EIGHT + 180, interval=6))
    assert tracked.record()["trip"] == 0


def test_the_block_goes_on_with_the_run_that_follows() -> None:
    out = road(EIGHT, EIGHT + 600, EIGHT + 1200, blocks=[0, 1, 0])
    back = Line(BACKWARDS, evenly(3000, 7), direction=1, starts=[EIGHT + 600, EIGHT + 900, EIGHT + 1300], blocks=[0, 2, 1])
    tracked = Ride(streets(out, back))
    tracked.see(*along(out, 0, 3000, EIGHT, interval=15, trip="T0"))
    assert tracked.record()["last_trip"] == 0
    tracked.see(*standing((3000.0, 0.0), EIGHT + 390, 270, trip="unknown"))
    tracked.see(*along(back, 0, 900, EIGHT + 690, trip="unknown"))
    assert tracked.record()["trip"] == 3
    assert tracked.record()["evidence"] == 2


def test_a_block_without_a_run_on_this_line_about_now_names_nothing() -> None:
    out = road(EIGHT, blocks=[0])
    back = Line(BACKWARDS, evenly(3000, 7), direction=1, starts=[EIGHT + 4000, EIGHT + 600, EIGHT + 700], blocks=[0, 1, 2])
    tracked = Ride(streets(out, back))
    tracked.see(*along(out, 0, 3000, EIGHT, interval=15, trip="T0"))
    tracked.see(*standing((3000.0, 0.0), EIGHT + 390, 270, trip="unknown"))
    tracked.see(*along(back, 0, 900, EIGHT + 690, trip="unknown"))
    assert tracked.record()["state"] == 0
    assert tracked.record()["trip"] == -1


def test_the_timetable_is_asked_once_for_each_time_a_bus_is_placed() -> None:
    line = road(EIGHT, EIGHT + 300)
    tracked = Ride(streets(line))
    tracked.see(*along(line, 0, 1200, EIGHT + 300))
    assert tracked.record()["asked"] == 1
    tracked.tracker.turn_to(DAY + EIGHT + 5000)
    tracked.see(*along(line, 1280, 2400, EIGHT + 300 + 160))
    assert tracked.record()["trip"] == -1


def test_a_cancelled_run_is_named_for_no_bus_and_leaves_the_one_beside_it() -> None:
    line = road(EIGHT, EIGHT + 300)
    for cancelled, trip in (({(0, DAY)}, 1), ({(0, DAY), (1, DAY)}, -1), ({(0, DAY - 86_400)}, -1)):
        tracked = Ride(streets(line))
        tracked.tracker.cancel(frozenset(cancelled))
        tracked.see(*along(line, 0, 1200, EIGHT + 300))
        assert tracked.record()["trip"] == trip


def test_the_block_goes_on_past_a_cancelled_run() -> None:
    out = road(EIGHT, EIGHT + 5000, blocks=[0, 1])
    back = Line(BACKWARDS, evenly(3000, 7), direction=1, starts=[EIGHT + 600, EIGHT + 720], blocks=[0, 0])
    for cancelled, trip in ((frozenset(), 2), (frozenset({(2, DAY)}), 3)):
        tracked = Ride(streets(out, back))
        tracked.tracker.cancel(cancelled)
        tracked.see(*along(out, 0, 3000, EIGHT, interval=15, trip="T0"))
        tracked.see(*standing((3000.0, 0.0), EIGHT + 390, 300, trip="unknown"))
        tracked.see(*along(back, 0, 900, EIGHT + 720, trip="unknown"))
        assert (tracked.record()["trip"], tracked.record()["evidence"]) == (trip, 2)
