"""The district's incidents: seeded, believable, obeyed by its buses, and understood by the engine."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import cache

import numpy as np

from feeds.gtfs import compile_network
from feeds.simulated import District
from feeds.simulated_changes import CLOSED_FOR, NOTICE, Incidents
from transit.changes import NO_CHANGES, Statements, over
from transit.changes_in_force import resolve
from transit.network import Network
from transit.service_day import service_days

NINE = datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=8))).timestamp()
HOURS = 2


@cache
def network() -> Network:
    return compile_network(District(1).gtfs_tables())[0]


def live(seed: int) -> tuple[District, list[tuple[float, Statements]]]:
    """Two hours of the district with its incidents, a look a minute."""
    district = District(1)
    district.start(NINE)
    incidents, said = Incidents(district, seed), []
    for minute in range(60 * HOURS):
        now = NINE + 60.0 * minute
        said.append((now, incidents.advance(now)))
        district.advance(now + 60.0)
    return district, said


def test_the_same_seed_is_the_same_trouble() -> None:
    def first(seed: int) -> Statements:
        district = District(1)
        district.start(NINE)
        return Incidents(district, seed).advance(NINE)

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_incidents_are_known_in_time_obeyed_and_understood() -> None:
    district, said = live(1)
    calls, ways, table = district.take_calls(), district.ways, district.timetable
    net, days = network(), service_days(network(), NINE)
    trip_of_run = [district.trip_ids[trip] for trip in table.run_trip.tolist()]
    known: set[str] = set()
    for now, statements in said:
        changes = resolve(NO_CHANGES.tell("demo", statements, np.inf), net, now, days)
        assert changes.unresolved == {}
        assert len(changes.cancelled) == len(statements.cancelled)
        for trip, day in changes.cancelled:
            if net.trip_ids[trip] not in known:
                assert now <= day + net.trips.departure[net.trips.start[trip]]
                known.add(net.trip_ids[trip])
        assert 1 <= len(statements.alerts) <= 2
        assert all(not over(one.periods, now) for one in statements.alerts)
        assert changes.closed
    assert len(known) >= 10
    driven = {trip_of_run[run] for run in calls.run.tolist()}
    assert not known & driven
    assert NOTICE[0] > 0
    ((stop, period),) = [
        (next(k for k, one in enumerate(ways.stops) if one.stop_id == alert.informed[0].stop_id), alert.periods[0])
        for alert in said[0][1].alerts
    ]
    place = ways.stop[ways.stop_start[table.run_pattern[calls.run]] + calls.nth]
    there = (place == stop) & (calls.arrival > NINE + 60) & (calls.arrival < period.end)
    assert there.any()
    assert (calls.departure[there] == calls.arrival[there]).all(), "they pass"
    assert period.end - period.start == CLOSED_FOR
    assert len({len(statements.alerts) for _, statements in said}) == 2
