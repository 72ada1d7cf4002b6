from __future__ import annotations

from pathlib import Path

import numpy as np

from feeds.signals.counters import SignalCounters
from feeds.signals.inventory_files import read_inventory
from feeds.signals.simulated_sites import Control
from feeds.simulated import District
from feeds.simulated_signals import CONTROLLED, controlled_nodes, district_signals, inventory_files, road_files

DISTRICT = District(1)
START = 1_777_248_000_000


def test_the_files_are_read_without_a_complaint_and_name_the_controllers_that_log(tmp_path: Path) -> None:
    signals = district_signals(DISTRICT.streets, 1, START)
    for name, text in inventory_files(DISTRICT.streets, signals, START / 1000).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    counters = SignalCounters()
    files = [tmp_path / f"{name}.csv" for name in ("inventory", "detectors", "approaches", "cameras")]
    listed = read_inventory(*files, counters=counters)
    assert counters.examples == []
    assert (len(listed.intersection_ids), len(listed.device_ids)) == (35, CONTROLLED)
    assert set(listed.device_ids) == set(signals.inventory.device_ids)
    assert (listed.device == -1).sum() == 35 - CONTROLLED
    assert len(listed.detector_device) == len(signals.inventory.detector_device)
    assert (listed.detector_approach >= 0).all()
    middle = np.hypot(listed.approach_lat - listed.lat[listed.approach_intersection], 0.0)
    assert middle.max() < 0.001  # every stop line is at its own crossing


def test_all_kinds_of_control_are_there_and_every_controller_logs() -> None:
    signals = district_signals(DISTRICT.streets, 1, START)
    assert {site.control for site in signals.sites} == set(Control)
    events = signals.advance(START + 180_000)
    assert set(np.unique(events.device).tolist()) == set(range(CONTROLLED))
    assert {1, 8, 81, 82} <= set(np.unique(events.code).tolist())


def test_controllers_stand_in_the_middle_and_trips_join_crossings() -> None:
    nodes = controlled_nodes(DISTRICT.streets)
    away = np.hypot(DISTRICT.streets.node_x[:35], DISTRICT.streets.node_y[:35])
    assert away[nodes].max() <= np.delete(away, nodes).min()
    files = road_files(DISTRICT.streets, 1)
    assert len(files["trips.csv"].splitlines()) > 2500
    assert len(files["edges.csv"].splitlines()) > 100
