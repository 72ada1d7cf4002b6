"""The truth: buses move forward along their shapes, call at their stops in order, and hold where the timetable says so."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np

from feeds.simulated import District
from feeds.simulated_dispatch import Phase
from feeds.simulated_motion import Calls, Truth

AT = 1_792_022_400.0 + 7 * 3600 + 1800
SECONDS = 1500


@cache
def watched() -> tuple[District, list[Truth], Calls]:
    district = District(3)
    district.start(AT)
    truths = [district.truth()]
    for second in range(1, SECONDS + 1):
        district.advance(AT + second)
        truths.append(district.truth())
    return district, truths, district.take_calls()


def test_a_bus_on_a_run_moves_forward_and_stays_on_its_shape() -> None:
    district, truths, _ = watched()
    for before, after in pairwise(truths):
        same = (before.pattern >= 0) & (before.run == after.run) & (before.pattern == after.pattern)
        step = (after.distance - before.distance)[same]
        assert (step >= 0).all()
        assert step.max() < 20
        on = after.pattern >= 0
        assert (after.distance[on] >= 0).all()
        assert (after.distance[on] <= district.ways.length[after.pattern[on]] + 1e-6).all()


def test_no_bus_jumps_on_the_map() -> None:
    _, truths, _ = watched()
    x, y = np.array([truth.x for truth in truths]), np.array([truth.y for truth in truths])
    assert np.hypot(np.diff(x, axis=0), np.diff(y, axis=0)).max() < 25


def test_calls_of_a_run_come_in_order_of_stops_and_of_time() -> None:
    _, _, calls = watched()
    assert len(calls.run) > 300
    order = np.lexsort((calls.nth, calls.run, calls.day, calls.vehicle))
    rows = Calls(*(column[order] for column in calls))
    assert (rows.departure >= rows.arrival).all()
    same = (np.diff(rows.run) == 0) & (np.diff(rows.vehicle) == 0) & (np.diff(rows.day) == 0)
    assert same.sum() > 200
    assert (np.diff(rows.nth)[same] == 1).all()
    assert (rows.arrival[1:][same] > rows.departure[:-1][same]).all()


def test_a_call_happens_at_the_place_of_its_stop() -> None:
    district, truths, calls = watched()
    ways, table = district.ways, district.timetable
    for vehicle, run, nth, arrival in zip(calls.vehicle, calls.run, calls.nth, calls.arrival):
        truth = truths[int(arrival - AT)]
        call = ways.stop_start[table.run_pattern[run]] + nth
        if truth.run[vehicle] == run:
            assert abs(truth.distance[vehicle] - ways.stop_at[call]) < 15
            stop = ways.stops[ways.stop[call]]
            assert np.hypot(truth.x[vehicle] - stop.x, truth.y[vehicle] - stop.y) < 20


def test_no_timetabled_bus_leaves_a_timepoint_before_its_time() -> None:
    district, _, calls = watched()
    table = district.timetable
    early = waited = 0
    for run, nth, day, departure in zip(calls.run, calls.nth, calls.day, calls.departure):
        if table.run_held[run] and table.timepoints[table.run_pattern[run]][nth]:
            planned = day + table.run_times(int(run))[nth]
            early += departure < planned
            waited += departure == planned
    assert early == 0
    assert waited > 20


def test_buses_do_everything_buses_do() -> None:
    _, truths, _ = watched()
    seen = set(np.concatenate([truth.phase for truth in truths]).tolist())
    assert seen >= {Phase.PARKED, Phase.PULL_OUT, Phase.LAYOVER, Phase.DRIVING, Phase.AT_STOP}


def test_buses_are_about_on_time() -> None:
    district, _, calls = watched()
    table = district.timetable
    planned = np.array([day + table.run_times(int(run))[nth] for run, nth, day in zip(calls.run, calls.nth, calls.day)])
    late = (calls.arrival - planned)[(calls.nth > 0) & (table.run_held[calls.run] == 1)]
    assert abs(np.median(late)) < 90
    assert np.percentile(np.abs(late), 95) < 480
