from __future__ import annotations

import dataclasses

import numpy as np

from tests.support.lines import DAY, days_of, lines_network
from transit.day_plan import plan_days

NETWORK = lines_network()


def test_starts_of_a_pattern_are_in_order_over_all_days() -> None:
    plan = plan_days(NETWORK, days_of(NETWORK))
    assert plan.day_start.tolist() == [DAY - 86_400.0, DAY, DAY + 86_400.0]
    assert plan.start.tolist() == [0, 24, 48]
    for first, end in zip(plan.start, plan.start[1:]):
        assert np.all(np.diff(plan.begin[first:end]) > 0)
    assert np.all(NETWORK.trips.pattern[plan.trip[:24]] == 0)


def test_the_successor_is_the_next_trip_of_the_block_that_runs_that_day() -> None:
    service = np.zeros(16, np.int32)
    service[4] = 1
    network = dataclasses.replace(
        NETWORK, trips=NETWORK.trips._replace(service=service),
        calendar=NETWORK.calendar._replace(active=np.array([[1, 1, 1], [0, 1, 0]], np.uint8)),
        service_ids=type(NETWORK.service_ids).of(["daily", "today"]),
    )
    block = NETWORK.blocks.trip[NETWORK.blocks.start[0] : NETWORK.blocks.start[1]].tolist()
    assert block == [0, 8, 4, 12]
    plan = plan_days(network, days_of(network))
    assert [plan.successor[1, trip] for trip in block] == [8, 4, 12, -1]
    assert [plan.successor[0, trip] for trip in block] == [8, 12, -1, -1]


def test_a_trip_that_begins_before_the_last_one_ends_does_not_follow_it() -> None:
    arrival = NETWORK.trips.arrival.copy()
    arrival[NETWORK.trips.start[1] - 1] += 3600
    plan = plan_days(dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(arrival=arrival)), days_of(NETWORK))
    assert plan.successor[1, 0] == -1
    assert plan.successor[1, 8] == 4


def test_a_pattern_without_runs_these_days_lists_its_trips_all_the_same() -> None:
    network = dataclasses.replace(NETWORK, calendar=NETWORK.calendar._replace(active=np.zeros((1, 3), np.uint8)))
    plan = plan_days(network, days_of(network))
    assert plan.start.tolist() == [0, 24, 48]
    assert np.all(plan.successor == -1)


def test_templates_of_headway_lines_serve_for_running_times_but_follow_no_trip() -> None:
    template = np.ones(16, np.uint8)
    plan = plan_days(dataclasses.replace(NETWORK, trips=NETWORK.trips._replace(template=template)), days_of(NETWORK))
    assert plan.start.tolist() == [0, 24, 48]
    assert np.all(plan.successor == -1)


def test_no_days_give_an_empty_plan_of_blocks() -> None:
    plan = plan_days(NETWORK, ())
    assert plan.successor.shape == (0, 16)
    assert len(plan.day_start) == 0


def test_the_block_goes_on_past_a_cancelled_trip_on_the_day_it_is_cancelled() -> None:
    plan = plan_days(NETWORK, days_of(NETWORK), {(8, DAY)})
    block = [0, 8, 4, 12]
    assert [plan.successor[1, trip] for trip in block] == [4, 4, 12, -1], "whoever drove 8 all the same goes on with 4 too"
    assert [plan.successor[0, trip] for trip in block] == [8, 4, 12, -1]
    assert [plan.successor[1, trip] for trip in range(16)].count(8) == 0
    whole = plan_days(NETWORK, days_of(NETWORK))
    assert len(whole.trip) - len(plan.trip) == 1
    assert (8, DAY + NETWORK.trips.departure[NETWORK.trips.start[8]]) not in set(zip(plan.trip.tolist(), plan.begin.tolist()))


def test_the_last_trips_of_a_block_cancelled_end_it_there() -> None:
    plan = plan_days(NETWORK, days_of(NETWORK), {(4, DAY), (12, DAY)})
    assert [plan.successor[1, trip] for trip in (0, 8, 4, 12)] == [8, -1, -1, -1]


def test_a_pattern_with_all_runs_cancelled_lists_its_trips_for_their_running_times() -> None:
    cancelled = {(trip, day.start) for trip in range(8) for day in days_of(NETWORK)}
    plan = plan_days(NETWORK, days_of(NETWORK), cancelled)
    assert plan.start.tolist() == [0, 24, 48]
