from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from feeds.gtfs import compile_network
from feeds.simulated import District
from feeds.simulated_signals import district_signals
from server.signals.approaches import find_crossings
from server.signals.bus_trips import bus_trips, runs_a_day
from server.signals.engine import SignalEngine
from server.signals.inbox import SignalInput
from server.signals.siting_book import Question, SitingBook
from transit.kernels.columns import FrequencyColumns

NOW = 1_795_392_600_000


def test_buses_of_the_timetable_stand_in_for_recorded_trips(tmp_path: Path) -> None:
    district = District(1)
    network, _ = compile_network(district.gtfs_tables())
    inventory = district_signals(district.streets, 1, NOW).inventory
    crossings = find_crossings(network, inventory)
    told = bus_trips(network, crossings, inventory)
    assert told is not None
    passed = {int(p): set(crossings.intersection[crossings.pattern == p].tolist()) for p in np.unique(crossings.pattern)}
    runs = runs_a_day(network)
    assert [set(told.at[told.trip == k].tolist()) for k in range(len(told.weight))] == [passed[p] for p in sorted(passed)]
    assert told.weight.tolist() == [runs[p] for p in sorted(passed)]
    snapshot = SignalEngine(inventory, "Asia/Shanghai").step(NOW, SignalInput())
    bus = np.full(len(inventory.intersection_ids), 100.0)
    answer = SitingBook(tmp_path, inventory, lambda: told).answer(Question(3, branches=True), snapshot, (), bus)
    assert (answer["trips_source"], len(answer["intersections"])) == ("bus_timetable", 3)
    assert answer["bus_delay"] == {"weighed": False, "because": "loads_unknown", "bus_seconds_per_day": 100.0 * len(bus)}


def test_runs_are_the_mean_of_the_days_on_which_anything_runs() -> None:
    whole_feed, _ = compile_network(District(1).gtfs_tables())
    none = np.zeros(0, np.int32)
    network = replace(whole_feed, frequencies=FrequencyColumns(none, none, none, none))
    runs = runs_a_day(network)
    whole = np.zeros(len(network.patterns.route))
    days = network.calendar.active[:, network.calendar.active.any(axis=0)]
    for trip, pattern in enumerate(network.trips.pattern.tolist()):
        whole[pattern] += 0 if network.trips.template[trip] else days[network.trips.service[trip]].mean()
    np.testing.assert_allclose(runs, whole)
    one = np.zeros(1, np.int32)
    hourly = replace(network, frequencies=FrequencyColumns(one, one + 3600 * 6, one + 3600 * 8, one + 600))
    more = runs_a_day(hourly) - runs
    assert more[network.trips.pattern[0]] == pytest.approx(12 * days[network.trips.service[0]].mean())


def test_without_a_bus_at_a_signal_there_is_nothing() -> None:
    network, _ = compile_network(District(1).gtfs_tables())
    inventory = district_signals(District(1).streets, 1, NOW).inventory
    far = replace(inventory, lat=inventory.lat + 1.0, approach_lat=inventory.approach_lat + 1.0)
    assert bus_trips(network, find_crossings(network, far), far) is None
