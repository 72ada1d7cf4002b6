"""The simulation's chance is uniform and independent; a full log stops the run and loses nothing."""

from __future__ import annotations

import numpy as np
import pytest

from feeds.kernels.signal_sites import chance, run
from feeds.signals.simulated_columns import Log
from feeds.signals.simulated_sites import Control, Plan, Site, state_of, tables_of


def test_chance_is_uniform_and_differs_by_each_argument() -> None:
    drawn = np.array([[chance(seed, what, 10 * when) for when in range(400)] for seed in (1, 2) for what in (3, 1003)])
    assert np.all((drawn >= 0) & (drawn < 1))
    assert np.all(np.abs(drawn.mean(axis=1) - 0.5) < 0.06)
    assert np.all(np.abs(np.corrcoef(drawn) - np.eye(4)) < 0.2)


SITES = [
    Site("fixed", Control.FIXED, lanes=1), Site("heavy", Control.FIXED, lanes=1, volumes=(1500.0, 1500.0), platoons=0.7),
    Site("tod", Control.TOD, lanes=1, daily=True, offset=10.0, plans=(Plan(1, 0.0, (30, 30)), Plan(2, 0.1, (38, 22)))),
    Site("random", Control.JITTER, lanes=1, jitter_memory=0.5, jitter_style=1),
    Site("wave", Control.JITTER, lanes=1, jitter_period=7.0, jitter_style=2),
    Site("split", Control.SPLIT, lanes=1, step=4.0),
    Site("select", Control.SELECT, lanes=1, plans=(Plan(1, 0.0, (30, 30)), Plan(2, 9.0, (38, 22)))),
    Site("actuated", Control.ACTUATED, lanes=1, terminations=True, stuck_lanes=1), Site("delay", Control.DELAY, lanes=1, dead_lanes=1),
    Site("skips", Control.ACTUATED, lanes=1, recall=False, plans=(Plan(1, 0.0, (20, 20, 20)),), volumes=(300.0, 30.0, 60.0)),
    Site("coordinated", Control.ACTUATED, lanes=1, offset=5.0, recall=False),
]  # fmt: skip


@pytest.mark.parametrize("site", SITES, ids=lambda site: site.device_id)
def test_greens_take_turns_and_vehicles_leave_only_while_served(site: Site) -> None:
    tables = tables_of(site, 3, 0)
    state, seconds = state_of(tables, 0), 900
    log = Log(np.zeros(30_000, np.int64), np.zeros(30_000, np.int32), np.zeros(30_000, np.int32), np.zeros(1, np.int64))
    assert run(tables, state, 10 * seconds, log)
    n = int(log.filled[0])
    green, served_until, greens = 0, np.zeros(9), 0
    for at, code, value in zip(log.time[:n].tolist(), log.code[:n].tolist(), log.parameter[:n].tolist()):
        if code == 1:
            assert green == 0
            green, greens = value, greens + 1
        elif code == 8:
            assert green == value
            green, served_until[value] = 0, at + 20
        elif code == 81 and value % 2 == 0:
            phase = tables.lane_phase[value // 2 - 1] + 1
            assert green == phase or at <= served_until[phase] + 5
    assert greens >= seconds // 90
    assert np.all(np.diff(log.time[:n]) >= 0)


def test_a_full_log_stops_and_goes_on() -> None:
    tables = tables_of(Site("x", Control.ACTUATED, volumes=(900.0, 900.0)), 7, 0)
    logs = []
    for rows in (100, 20_000):
        state, events, done = state_of(tables, 0), [], False
        log = Log(np.zeros(rows, np.int64), np.zeros(rows, np.int32), np.zeros(rows, np.int32), np.zeros(1, np.int64))
        while not done:
            log.filled[0] = 0
            done = run(tables, state, 1200, log)
            events += list(zip(log.time[: log.filled[0]], log.code[: log.filled[0]], log.parameter[: log.filled[0]]))
        logs.append(events)
    assert logs[0] == logs[1]
    assert len(logs[0]) > 100
