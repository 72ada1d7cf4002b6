"""The simulation's chance is uniform and independent; a full log stops the run and loses nothing."""

from __future__ import annotations

import numpy as np

from feeds.kernels.signal_sites import chance, run
from feeds.signals.simulated_columns import Log
from feeds.signals.simulated_sites import Control, Site, state_of, tables_of


def test_chance_is_uniform_and_differs_by_each_argument() -> None:
    drawn = np.array([[chance(seed, what, 10 * when) for when in range(400)] for seed in (1, 2) for what in (3, 1003)])
    assert np.all((drawn >= 0) & (drawn < 1))
    assert np.all(np.abs(drawn.mean(axis=1) - 0.5) < 0.06)
    assert np.all(np.abs(np.corrcoef(drawn) - np.eye(4)) < 0.2)


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
