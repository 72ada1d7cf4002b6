"""What we publish of service changes is what another Baimai reads."""

from __future__ import annotations

import dataclasses

from google.transit import gtfs_realtime_pb2 as pb

from feeds.gtfs_rt_changes import decode_changes
from feeds.gtfs_rt_changes_write import encode_changed_runs
from feeds.gtfs_rt_write import encode_alerts, encode_trip_updates
from server.city import City
from tests.support.changed_city import DATE, NETWORK, TODAY, alert, between, in_force, run, say, trip
from tests.support.running_city import at
from transit.changes import CancelledTrip, Informed, SkippedStop, Statements, TripRun
from transit.changes_in_force import resolve
from transit.service_day import service_days
from transit.snapshot import Snapshot

EMPTY = City(NETWORK).step(at("07:00:00"), [])
CHANGES = (
    CancelledTrip(run("1E-0715")), CancelledTrip(run("1W-0715"), False), CancelledTrip(run("5", start_time="07:20:00")),
    SkippedStop(run("1E-0730"), 3, "E3"), SkippedStop(run("1E-0730"), 2, "E2"), SkippedStop(run("1E-0715"), 3, "E3"),
)  # fmt: skip


def with_changes(*said: object) -> Snapshot:
    return dataclasses.replace(EMPTY, changes=in_force(*said))


def test_cancelled_runs_and_skipped_stops_are_read_back_as_they_were_said() -> None:
    raw = encode_trip_updates(with_changes(*CHANGES))
    said, counters, stamp = decode_changes(raw)
    assert set(said.cancelled) == set(CHANGES[:3])
    assert set(said.skipped) == set(CHANGES[3:5]), "a cancelled run needs no more words"
    assert (counters.refused, counters.ignored, stamp) == ({}, {}, at("07:00:00"))
    message = pb.FeedMessage.FromString(raw)
    assert len({entity.id for entity in message.entity}) == len(message.entity)
    first = next(entity.trip_update for entity in message.entity if entity.trip_update.trip.trip_id == "1E-0715")
    assert (first.trip.route_id, first.trip.direction_id, first.trip.start_date) == ("R1", 0, "20260427")
    again = resolve(say(*said.cancelled, *said.skipped), NETWORK, at("07:00:00"), service_days(NETWORK, at("07:00:00")))
    mine = in_force(*CHANGES)
    assert (again.cancelled, again.skipped) == (mine.cancelled, mine.skipped - {(trip("1E-0715"), TODAY, 2)})


def test_a_run_with_predictions_is_not_told_twice() -> None:
    shot = with_changes(*CHANGES)
    message = pb.FeedMessage.FromString(encode_trip_updates(EMPTY) + encode_changed_runs(shot, {(trip("1E-0730"), TODAY)}))
    assert {entity.trip_update.trip.trip_id for entity in message.entity} == {"1E-0715", "1W-0715", "5"}


def test_alerts_are_read_back_as_they_were_said() -> None:
    said = alert(
        Informed(route_id="R1", direction=0), Informed(stop_id="E3", route_id="R1"), Informed(agency_id="ZQ"), Informed(route_type=3),
        Informed(run=TripRun("5", DATE, "07:20:00")),
        periods=between("07:00:00", "09:00:00"), cause="CONSTRUCTION", effect="DETOUR",
        description=(("zh", "至周五"), ("", "until Friday")), url=(("", "https://bus.example"),),
    )  # fmt: skip
    shot = with_changes(said, alert(Informed(route_id="R9"), id="elsewhere"))
    decoded, counters, _ = decode_changes(encode_alerts(shot))
    (one,) = decoded.alerts
    assert one == said._replace(id="bureau#7")
    assert counters.refused == {}


def test_no_changes_are_an_empty_feed() -> None:
    assert decode_changes(encode_alerts(EMPTY))[0] == Statements()
    assert encode_changed_runs(EMPTY, ()) == b""
