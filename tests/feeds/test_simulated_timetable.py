"""Lines, patterns, runs and blocks of the district are what a timetable may be."""

from __future__ import annotations

import datetime
from itertools import pairwise

import numpy as np

from feeds.simulated import District
from feeds.simulated_lines import LINES
from feeds.simulated_timetable import EVERY_DAY, WEEKDAYS, services_on

TOWN = District(1)
WAYS, TABLE = TOWN.ways, TOWN.timetable


def stops_of(pattern: int) -> list[int]:
    found: list[int] = WAYS.stop[WAYS.stop_start[pattern] : WAYS.stop_start[pattern + 1]].tolist()
    return found


def test_the_district_has_the_shapes_of_lines_that_are_hard_to_follow() -> None:
    assert len(LINES) == 12
    assert 140 <= len(WAYS.stops) <= 180
    loop = next(p for p, pattern in enumerate(WAYS.patterns) if LINES[pattern.route].route_id == "ZQ6")
    assert stops_of(loop)[0] == stops_of(loop)[-1]
    branch = next(p for p, pattern in enumerate(WAYS.patterns) if LINES[pattern.route].route_id == "ZQ7")
    names = [WAYS.stops[stop].name for stop in stops_of(branch)]
    assert [names.count(name) for name in ("绣源河路", "绣源河")] == [2, 1]
    short = next(p for p, pattern in enumerate(WAYS.patterns) if pattern.short)
    assert stops_of(short)[:-1] == stops_of(0)[: len(stops_of(short)) - 1]
    assert any(line.frequent for line in LINES)
    trunk = TOWN.streets.edges(TOWN.streets.corners((3, 0), (3, 1)))[0]
    assert sum(trunk in WAYS.edge[WAYS.edge_start[p] : WAYS.edge_start[p + 1]] for p in range(len(WAYS.patterns))) >= 3


def test_stops_stand_beside_their_place_on_the_shape() -> None:
    for pattern in range(len(WAYS.patterns)):
        at = WAYS.stop_at[WAYS.stop_start[pattern] : WAYS.stop_start[pattern + 1]]
        assert at[0] == 0.0
        assert abs(at[-1] - WAYS.length[pattern]) < 1e-6
        assert (np.diff(at) > 150).all()
        x, y, _ = WAYS.locate(np.full(len(at), pattern, np.int32), at)
        places = np.array([(WAYS.stops[stop].x, WAYS.stops[stop].y) for stop in stops_of(pattern)])
        assert np.hypot(x - places[:, 0], y - places[:, 1]).max() < 6.1


def test_times_of_a_run_never_go_back_and_drive_at_a_bus_pace() -> None:
    for run in range(len(TABLE.run_trip)):
        times = TABLE.run_times(run)
        assert times[0] == TABLE.run_departure[run]
        assert (np.diff(times) > 20).all()
        assert 3.0 < WAYS.length[TABLE.run_pattern[run]] / (times[-1] - times[0]) < 9.0


def test_a_block_goes_on_where_and_after_it_ended() -> None:
    seen = np.concatenate([TABLE.runs_of_block(block) for block in range(len(TABLE.block_service))])
    assert sorted(seen) == list(range(len(TABLE.run_trip)))
    interlined = 0
    for block, service in enumerate(TABLE.block_service):
        runs = TABLE.runs_of_block(block)
        for before, after in pairwise(runs):
            assert TABLE.run_times(before)[-1] <= TABLE.run_departure[after]
            assert WAYS.last_terminal[TABLE.run_pattern[before]] == WAYS.first_terminal[TABLE.run_pattern[after]]
            assert TABLE.run_service[after] == service
            routes = {WAYS.patterns[TABLE.run_pattern[run]].route for run in (before, after)}
            interlined += len(routes) == 2
    assert interlined > 0


def test_extras_run_from_monday_to_friday_but_not_on_holidays() -> None:
    assert services_on(datetime.date(2026, 3, 6)) == (EVERY_DAY, WEEKDAYS)
    assert services_on(datetime.date(2026, 3, 7)) == (EVERY_DAY,)
    assert services_on(datetime.date(2026, 10, 1)) == (EVERY_DAY,)


def test_trip_ids_are_unique() -> None:
    assert len(set(TOWN.trip_ids)) == len(TOWN.trip_ids) > 1500
