from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pytest

from feeds.gtfs import compile_network
from tests.support.tiny_city import TRIPS, feed, tiny_network
from transit.headway_slots import Slots, find_slots, planned_departures
from transit.network import Network
from transit.service_day import ServiceDay, service_days

MONDAY = datetime.datetime(2026, 4, 27, tzinfo=datetime.timezone(datetime.timedelta(hours=8))).timestamp()


def slot_of(network: Network, slots: Slots, route: str, direction: int, stop: str) -> list[int]:
    """Slots of a line at a stop."""
    mine = slots.line_route[slots.line] == network.route_index[route]
    mine &= (slots.line_direction[slots.line] == direction) & (slots.stop == network.stop_index[stop])
    return np.flatnonzero(mine).tolist()  # type: ignore[no-any-return]


def clock(network: Network, slots: Slots, slot: int, begin: str, end: str) -> list[str]:
    """Planned departures of that Monday."""
    first, last = (MONDAY + int(text[:2]) * 3600 + int(text[3:]) * 60 for text in (begin, end))
    start, time = planned_departures(network, slots, service_days(network, MONDAY + 12 * 3600), first, last)
    seconds = (time[start[slot] : start[slot + 1]] - MONDAY).tolist()
    return [f"{int(s) // 3600:02}:{int(s) // 60 % 60:02}" for s in seconds]


def test_a_stop_served_twice_has_two_slots_and_the_last_stop_none() -> None:
    network = tiny_network()
    slots = find_slots(network, 0.5)
    assert len(slot_of(network, slots, "R3", -1, "T1")) == 2
    assert len(slot_of(network, slots, "R3", -1, "T0")) == 1  # it ends where it began
    assert len(slot_of(network, slots, "R1", 0, "E1")) == 1
    assert slot_of(network, slots, "R1", 0, "E5") == []
    ends = network.patterns.stop_start[1:] - 1
    assert (slots.of_pattern_stop[ends] == -1).all()
    assert (np.delete(slots.of_pattern_stop, ends) >= 0).all()
    np.testing.assert_array_equal(slots.of_pattern_stop[slots.pattern_stop], np.arange(len(slots)))


def test_variants_of_a_direction_count_together_where_they_share_a_stop() -> None:
    calls = [f"1S-0705,07:{minute}:00,07:{minute}:00,E{k},{k},,0\n" for k, minute in enumerate(("05", "07", "10"), 1)]
    short = feed()["stop_times.txt"] + "".join(calls)
    network, _ = compile_network(feed(trips=TRIPS + "R1,WEEKDAY,1S-0705,人民医院,0,,east\n", stop_times=short))
    slots = find_slots(network, 0.5)
    (slot,) = slot_of(network, slots, "R1", 0, "E2")
    assert clock(network, slots, slot, "07:00", "07:40") == ["07:02", "07:07", "07:17", "07:32"]
    (beyond,) = slot_of(network, slots, "R1", 0, "E3")
    assert clock(network, slots, beyond, "07:00", "07:40") == ["07:05", "07:20", "07:35"]  # the variant ends there


def test_headway_operation_is_laid_out_and_exact_departures_are_as_they_are() -> None:
    network = tiny_network()
    slots = find_slots(network, 0.5)
    (headway,) = slot_of(network, slots, "R4", 0, "H1")
    assert clock(network, slots, headway, "08:30", "09:20") == ["08:31", "08:41", "08:51", "09:01", "09:16"]
    (exact,) = slot_of(network, slots, "R5", 0, "V0")
    assert clock(network, slots, exact, "06:30", "08:30") == ["07:00", "07:20", "07:40"]
    (none,) = slot_of(network, slots, "R2", 0, "L1")
    assert clock(network, slots, none, "10:00", "12:00") == []


def test_departures_past_midnight_belong_to_the_day_before() -> None:
    network = tiny_network()
    slots = find_slots(network, 0.5)
    (slot,) = slot_of(network, slots, "N1", 0, "E4")
    saturday = MONDAY + 5 * 86_400
    days = service_days(network, saturday + 600)
    start, time = planned_departures(network, slots, days, saturday - 7200, saturday + 7200)
    assert (time[start[slot] : start[slot + 1]] - saturday).tolist() == [-600.0 + 480.0]


def test_without_service_days_nothing_is_planned() -> None:
    network = tiny_network()
    days: tuple[ServiceDay, ...] = ()
    start, time = planned_departures(network, find_slots(network, 0.5), days, MONDAY, MONDAY + 86_400)
    assert start.max() == 0
    assert len(time) == 0


@pytest.mark.parametrize(("share", "held"), [(0.5, [1, 0, 1, 0, 0]), (0.3, [1, 0, 0, 0, 0])])
def test_control_stops_are_first_stops_and_timepoints_unless_most_stops_are(share: float, held: list[int]) -> None:
    network = tiny_network()
    pattern = int(network.trips.pattern[network.trip_index["1E-0700"]])
    first = int(network.patterns.stop_start[pattern])
    timepoint = network.trips.timepoint.copy()
    for trip in np.flatnonzero(network.trips.pattern == pattern).tolist():
        row = int(network.trips.start[trip])
        timepoint[row : row + 5] = [0, 0, 1, 0, 1]
    changed = dataclasses.replace(network, trips=network.trips._replace(timepoint=timepoint))
    assert find_slots(changed, share).control[first : first + 5].tolist() == held
