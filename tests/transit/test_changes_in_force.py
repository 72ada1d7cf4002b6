from __future__ import annotations

import math

import pytest

from tests.support.changed_city import DATE, NETWORK, TODAY, alert, between, in_force, place, run, say, trip
from tests.support.running_city import at
from transit.changes import (
    CancelledTrip,
    ClosedStop,
    Detour,
    Informed,
    Period,
    SkippedStop,
    SuspendedRoute,
    TripRun,
)
from transit.changes_in_force import NOTHING_IN_FORCE, RENEW, resolve
from transit.service_day import service_days


def test_a_cancelled_run_is_that_of_its_date() -> None:
    changes = in_force(CancelledTrip(run("1E-0715")))
    assert changes.cancelled == {(trip("1E-0715"), TODAY): True}
    assert changes.changes_calls
    assert in_force(CancelledTrip(run("1E-0715", date=DATE.replace(month=6)))).cancelled == {}


@pytest.mark.parametrize(("clock", "day"), [("07:00:00", 0), ("18:00:00", 0), ("20:00:00", 1)])
def test_a_run_without_a_date_is_the_one_nearest_to_now(clock: str, day: int) -> None:
    changes = in_force(CancelledTrip(TripRun("1E-0715")), clock=clock)
    assert changes.cancelled == {(trip("1E-0715"), TODAY + day * 86_400): True}


def test_a_trip_that_any_source_announces_is_announced() -> None:
    for announced in ((True, False), (False, True)):
        assert list(in_force(*(CancelledTrip(run("1E-0715"), one) for one in announced)).cancelled.values()) == [True]
    assert list(in_force(CancelledTrip(run("1E-0715"), False)).cancelled.values()) == [False]


def test_an_exact_run_of_frequencies_is_named_by_its_start_and_a_headway_run_cannot_be() -> None:
    changes = in_force(CancelledTrip(run("5", start_time="7:20:00")), CancelledTrip(run("4", start_time="07:20:00")))
    assert changes.cancelled == {(trip("5@07:20:00"), TODAY): True}
    assert changes.unresolved == {"headway_trip": 1}


def test_what_the_timetable_does_not_know_is_counted_and_costs_nothing_else() -> None:
    changes = in_force(
        CancelledTrip(run("nothing")), CancelledTrip(run("1E-0800-S")), CancelledTrip(TripRun("2-0900-H")),
        SkippedStop(run("1E-0715"), 9), SkippedStop(run("1E-0715"), 3, "E2"), SkippedStop(run("3-0710"), -1, "T1"),
        ClosedStop("X"), ClosedStop("E3", "R2"), ClosedStop("E3", "R9"), SuspendedRoute("R1", 7), Detour("R1", 0, "E1", "X"),
        Detour("R1", 0, "E3", "E2"), alert(Informed(route_id="R9")), alert(), alert(Informed(stop_id="X")),
        SkippedStop(run("1E-0715"), 3),
    )  # fmt: skip
    assert changes.unresolved == {
        "unknown_trip": 1, "trip_not_on_that_day": 1, "trip_not_on_these_days": 1, "stop_not_on_trip": 2, "ambiguous_stop": 1,
        "unknown_stop": 3, "stop_not_on_route": 1, "unknown_route": 2, "no_such_direction": 1, "detour_not_on_route": 1,
        "alert_about_nothing": 1,
    }  # fmt: skip
    assert changes.skipped == {(trip("1E-0715"), TODAY, place("1E-0715", 3))}
    assert changes.alerts == ()


def test_a_stop_served_twice_is_skipped_by_sequence() -> None:
    changes = in_force(SkippedStop(run("3-0710"), 4, "T1"))
    assert changes.skipped == {(trip("3-0710"), TODAY, place("3-0710", 4))}
    assert changes.skips(trip("3-0710"), TODAY, place("3-0710", 4), at("07:22:00"))
    assert not changes.skips(trip("3-0710"), TODAY, place("3-0710", 2), at("07:13:00"))
    assert not changes.skips(trip("3-0740"), TODAY, place("3-0740", 4), at("07:52:00"))


def test_a_closed_stop_takes_calls_away_while_it_is_closed() -> None:
    changes = in_force(ClosedStop("E3", "", -1, between("07:30:00", "08:00:00")))
    one = place("1E-0715", 3)
    assert changes.skips(-1, math.nan, one, at("07:30:00"))
    assert not changes.skips(-1, math.nan, one, at("08:00:00"))
    assert not changes.skips(-1, math.nan, one + 1, at("07:30:00"))
    always = in_force(ClosedStop("L0"))
    assert set(always.closed) == {place("2-0720", 1), place("2-0720", 5)}
    assert always.closed[place("2-0720", 1)] == (Period(),)


def test_a_detour_takes_away_the_stops_between_its_ends() -> None:
    assert set(in_force(Detour("R1", 0, "E2", "E5")).closed) == {place("1E-0715", 3), place("1E-0715", 4)}
    assert set(in_force(Detour("R1", 1, "", "W4")).closed) == {place("1W-0715", 1)}
    assert set(in_force(Detour("R1", -1, "W2", "")).closed) == {place("1W-0715", 5)}
    assert set(in_force(Detour("R3", -1, "T1", "T1")).closed) == {place("3-0710", 3)}, "out and back: between the two passes"
    assert set(in_force(Detour("R3", -1, "T1", "T0")).closed) == set(), "T2 lies before the second pass, T0 right after it"


def test_a_suspended_route_has_no_runs_that_begin_in_the_period_and_a_headway_line_no_stops() -> None:
    changes = in_force(SuspendedRoute("R1", 0, between("07:10:00", "07:30:01")), SuspendedRoute("R4"))
    assert set(changes.cancelled) == {(trip(name), TODAY) for name in ("1E-0715", "1E-0730")}
    assert set(changes.closed) == {int(NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip("4")]]) + k for k in range(4)}


def test_alerts_are_read_where_they_concern_somebody() -> None:
    stops = NETWORK.stop_index
    cases = {
        Informed(stop_id="E3"): ["E3"],
        Informed(route_id="R1", direction=0): ["E1", "E2", "E3", "E4", "E5"],
        Informed(run=TripRun("3-0710")): ["T0", "T1", "T2"],
        Informed(run=TripRun("1E-0715"), stop_id="E2"): ["E2"],
        Informed(agency_id="ZQ"): list(stops),
        Informed(route_type=3): list(stops),
    }
    for entity, wanted in cases.items():
        changes = in_force(alert(entity, periods=between("07:00:00", "08:00:00")))
        assert [name for name, stop in stops.items() if changes.alerts_at(stop, at("07:30:00"))] == wanted
        assert not any(changes.alerts_at(stop, at("06:59:59")) for stop in stops.values())
        assert [one.id for one in changes.alerts] == ["bureau#7"]
    assert not in_force(alert(Informed(agency_id="ZQ"))).changes_calls


def test_an_alert_keeps_only_whom_the_network_knows() -> None:
    changes = in_force(alert(Informed(route_id="R9"), Informed(stop_id="E3")))
    assert changes.alerts[0].informed == (Informed(stop_id="E3"),)
    assert changes.unresolved == {"unknown_route": 1}


def test_an_alert_of_no_service_closes_the_stop_and_cancels_the_trip() -> None:
    changes = in_force(alert(Informed(stop_id="E3"), Informed(run=run("1E-0715")), effect="NO_SERVICE"))
    assert set(changes.closed) == {place("1E-0715", 3), place("N1-2350", 3)}
    assert changes.cancelled == {(trip("1E-0715"), TODAY): True}


def test_it_is_looked_again_at_every_edge_and_after_a_minute() -> None:
    now = at("07:00:00")
    days = service_days(NETWORK, now)
    cancel = CancelledTrip(run("1E-0715"))
    assert resolve(say(cancel), NETWORK, now, days).until == now + RENEW
    assert resolve(say(cancel, expires=now + 5), NETWORK, now, days).until == now + 5
    assert resolve(say(ClosedStop("E3", periods=(Period(now + 7, now + 9),))), NETWORK, now, days).until == now + 7
    assert resolve(say(cancel, expires=now), NETWORK, now, days) is NOTHING_IN_FORCE
    assert resolve(say(cancel), NETWORK, now, days) == resolve(say(cancel), NETWORK, now + 30, days)
