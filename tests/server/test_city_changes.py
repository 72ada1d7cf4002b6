"""City.step with service changes as an argument: what comes out, and the replay law."""

from __future__ import annotations

import json

import pytest

from feeds.positions_json import decode_positions
from server.city import City
from tests.server.test_city import as_bytes
from tests.support.changed_city import NETWORK, TODAY, in_force, place, run, say, trip
from tests.support.running_city import EASTBOUND, at
from transit.changes import NO_CHANGES, CancelledTrip, ClosedStop, Detour, ServiceChanges, SkippedStop
from transit.changes_in_force import NOTHING_IN_FORCE
from transit.kernels.columns import PositionColumns
from transit.model import State
from transit.snapshot import Snapshot


def fix(clock: str, lat: float, lon: float, **more: object) -> tuple[float, PositionColumns]:
    row = {"vehicle_id": "V1", "timestamp_unix": at(clock), "lat": lat, "lon": lon, **more}
    return at(clock), decode_positions(json.dumps([row]).encode(), at(clock))[0]


def drive(changes: ServiceChanges, city: City | None = None, trip_id: str | None = "1E-0700") -> Snapshot:
    """A bus of block B1 that has passed the second stop."""
    city = city or City(NETWORK)
    more = {"trip_id": trip_id} if trip_id else {}
    for now, batch in (fix(*one, **more) for one in EASTBOUND):
        shot = city.step(now, [batch], changes)
    return shot


def trips_of(shot: Snapshot) -> list[str]:
    return [NETWORK.trip_ids[one] for one in sorted(set(shot.arrivals.trip.tolist()))]


def test_without_changes_the_block_goes_on_and_with_a_cancelled_trip_past_it() -> None:
    assert trips_of(drive(NO_CHANGES)) == ["1E-0700", "1W-0715", "1E-0730", "1W-0745"]
    changed = drive(say(CancelledTrip(run("1W-0715"))))
    assert trips_of(changed) == ["1E-0700", "1E-0730", "1W-0745"]
    assert changed.changes.cancelled == {(trip("1W-0715"), TODAY): True}


def test_a_bus_on_a_cancelled_trip_has_no_calls_there_and_stays_where_it_is() -> None:
    shot = drive(say(CancelledTrip(run("1E-0700"))))
    assert trips_of(shot) == ["1W-0715", "1E-0730", "1W-0745"]
    assert shot.counts["vehicles_on_cancelled_runs"] == 1
    assert shot.vehicles["state"].tolist() == [State.IN_SERVICE]


def test_the_timetable_names_no_cancelled_run_for_a_bus_that_names_none() -> None:
    assert drive(NO_CHANGES, trip_id=None).vehicles["trip"].tolist() == [trip("1E-0700")]
    shot = drive(say(CancelledTrip(run("1E-0700"))), trip_id=None)
    assert trip("1E-0700") not in shot.vehicles["trip"].tolist()


def test_skipped_and_closed_stops_are_set_aside() -> None:
    shot = drive(say(SkippedStop(run("1E-0700"), 4, "E4"), ClosedStop("E5", "R1", 0)))
    first = shot.arrivals.trip == trip("1E-0700")
    assert sorted(shot.arrivals.pattern_stop[first].tolist()) == [place("1E-0700", 3)]
    mine = shot.skipped.trip == trip("1E-0700")
    assert sorted(shot.skipped.pattern_stop[mine].tolist()) == [place("1E-0700", 4), place("1E-0700", 5)]


AROUND = [
    ("07:03:20", 36.7075, 117.5405), ("07:03:40", 36.7075, 117.5420), ("07:04:00", 36.7090, 117.5440),
    ("07:04:20", 36.7120, 117.5440),
]  # fmt: skip
"""The same bus leaves its street after the second stop."""


def test_a_bus_on_a_declared_detour_is_still_expected_beyond_it_and_one_that_strays_is_not() -> None:
    expected = {}
    declared, elsewhere = (say(Detour("R1", 0, begin, "E5")) for begin in ("E2", "E3"))
    for name, said in (("none", NO_CHANGES), ("declared", declared), ("elsewhere", elsewhere)):
        city = City(NETWORK)
        drive(said, city)
        for now, batch in (fix(*one, trip_id="1E-0700") for one in AROUND):
            shot = city.step(now, [batch], said)
        assert shot.vehicles["state"].tolist() == [State.OFF_ROUTE], "the map tells where it is"
        mine = shot.arrivals.trip == trip("1E-0700")
        expected[name] = dict(zip(shot.arrivals.pattern_stop[mine].tolist(), shot.arrivals.arrival[mine].tolist()))
    assert expected["none"] == expected["elsewhere"] == {}
    assert list(expected["declared"]) == [place("1E-0700", 5)]
    assert abs(expected["declared"][place("1E-0700", 5)] - at("07:11:00")) < 90


def test_changes_end_when_their_source_is_silent_and_may_come_and_go() -> None:
    city = City(NETWORK)
    until = at("07:02:30")
    assert trips_of(drive(say(CancelledTrip(run("1W-0715")), expires=until), city)) == trips_of(drive(NO_CHANGES))
    later = city.step(at("07:03:00"), [], say(CancelledTrip(run("1W-0715"))))
    assert "1W-0715" not in trips_of(later)
    assert "1W-0715" in trips_of(city.step(at("07:03:01"), []))
    assert city.step(at("07:03:02"), []).changes is NOTHING_IN_FORCE


def test_equal_changes_are_the_same_object_for_readers() -> None:
    city = City(NETWORK)
    first = city.step(at("07:00:00"), [], say(CancelledTrip(run("1W-0715")))).changes
    assert first == in_force(CancelledTrip(run("1W-0715")))
    assert city.step(at("07:00:01"), [], say(CancelledTrip(run("1W-0715")), expires=at("09:00:00"))).changes is first
    assert city.step(at("07:02:01"), [], say(CancelledTrip(run("1W-0715")), expires=at("09:00:00"))).changes is first


@pytest.mark.parametrize("said", [NO_CHANGES, say(CancelledTrip(run("1W-0715")), SkippedStop(run("1E-0700"), 4, "E4"))])
def test_the_same_positions_and_changes_give_the_same_bytes(said: ServiceChanges) -> None:
    assert as_bytes(drive(said)) == as_bytes(drive(said))
