from __future__ import annotations

import contextlib
import datetime
import math
from typing import Any

import pytest
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import BadEncoding
from feeds.gtfs_rt_changes import LONGEST_TEXT, MOST_INFORMED, MOST_INFORMED_IN_ALL, decode_changes
from transit.changes import MOST, CancelledTrip, Informed, Period, SkippedStop, TripRun

SKIPPED, NO_DATA = pb.TripUpdate.StopTimeUpdate.SKIPPED, pb.TripUpdate.StopTimeUpdate.NO_DATA
DATE = datetime.date(2026, 4, 27)


def feed(stamp: int = 1_777_246_000) -> Any:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    if stamp:
        message.header.timestamp = stamp
    return message


def add_update(message: Any, trip: str, relationship: int = 0, date: str = "20260427", **more: str) -> Any:
    update = message.entity.add(id=str(len(message.entity))).trip_update
    update.trip.trip_id, update.trip.start_date, update.trip.schedule_relationship = trip, date, relationship
    for name, value in more.items():
        setattr(update.trip, name, value)
    return update


def add_alert(message: Any, text: str = "Road works", language: str = "en") -> Any:
    alert = message.entity.add(id="A1").alert
    alert.header_text.translation.add(text=text, language=language)
    return alert


def test_cancelled_and_deleted_trips_are_taken_by_service_day() -> None:
    message = feed()
    add_update(message, "a", pb.TripDescriptor.CANCELED).stop_time_update.add(stop_sequence=1, schedule_relationship=SKIPPED)
    add_update(message, "b", pb.TripDescriptor.DELETED, "")
    add_update(message, "c", pb.TripDescriptor.CANCELED, start_time="07:20:00")
    said, counters, stamp = decode_changes(message.SerializeToString())
    assert said.cancelled == (
        CancelledTrip(TripRun("a", DATE)), CancelledTrip(TripRun("b"), False), CancelledTrip(TripRun("c", DATE, "07:20:00")),
    )  # fmt: skip
    assert (said.skipped, counters.accepted, stamp) == ((), 3, 1_777_246_000.0)


def test_skipped_stops_are_taken_by_sequence_or_id_and_the_rest_of_an_update_is_not() -> None:
    message = feed(0)
    update = add_update(message, "a")
    update.stop_time_update.add(stop_sequence=2, stop_id="E2", schedule_relationship=SKIPPED)
    update.stop_time_update.add(stop_id="E3", schedule_relationship=SKIPPED)
    update.stop_time_update.add(stop_sequence=4, schedule_relationship=NO_DATA)
    update.stop_time_update.add(stop_sequence=5).arrival.time = 1
    add_update(message, "b").stop_time_update.add(stop_sequence=0, schedule_relationship=SKIPPED)
    add_update(message, "c").stop_time_update.add(stop_sequence=1, schedule_relationship=NO_DATA)
    said, counters, stamp = decode_changes(message.SerializeToString())
    run = TripRun("a", DATE)
    assert said.skipped == (SkippedStop(run, 2, "E2"), SkippedStop(run, -1, "E3"), SkippedStop(TripRun("b", DATE), 0))
    assert counters.ignored == {"as_scheduled": 1}
    assert math.isnan(stamp)


@pytest.mark.parametrize("relationship", ["ADDED", "NEW", "DUPLICATED", "REPLACEMENT"])
def test_runs_that_no_timetable_has_are_counted_and_not_invented(relationship: str) -> None:
    message = feed()
    add_update(message, "a", pb.TripDescriptor.ScheduleRelationship.Value(relationship))
    said, counters, _ = decode_changes(message.SerializeToString())
    assert (len(said), counters.ignored) == (0, {"not_in_timetable": 1})


def test_an_alert_comes_with_its_periods_entities_and_texts() -> None:
    message = feed()
    alert = add_alert(message, "  Road\nworks ")
    alert.header_text.translation.add(text="道路施工", language="zh-CN")
    alert.description_text.translation.add(text="x" * (LONGEST_TEXT + 5))
    alert.url.translation.add(text="https://bus.example/7")
    alert.active_period.add(start=10, end=20)
    alert.active_period.add(start=30)
    alert.cause, alert.effect = pb.Alert.CONSTRUCTION, pb.Alert.DETOUR
    alert.informed_entity.add(route_id="R1", direction_id=0)
    alert.informed_entity.add(agency_id="ZQ", stop_id="E3", route_type=3)
    alert.informed_entity.add().trip.trip_id = "1E-0700"
    said, counters, _ = decode_changes(message.SerializeToString())
    (one,) = said.alerts
    assert (one.id, one.cause, one.effect, counters.accepted) == ("A1", "CONSTRUCTION", "DETOUR", 1)
    assert one.header == (("en", "Road works"), ("zh-CN", "道路施工"))
    assert one.description == (("", "x" * (LONGEST_TEXT - 1) + "…"),)
    assert one.url == (("", "https://bus.example/7"),)
    assert one.periods == (Period(10.0, 20.0), Period(30.0, math.inf))
    assert one.informed == (
        Informed(route_id="R1", direction=0), Informed("ZQ", stop_id="E3", route_type=3), Informed(run=TripRun("1E-0700")),
    )  # fmt: skip


def test_what_cannot_be_used_is_told_and_the_rest_is_taken() -> None:
    message = feed()
    canceled = pb.TripDescriptor.CANCELED
    dates = {"date": "2026-04-27"}, {"date": "20260231"}
    for trip, more in (("", {}), ("a", dates[0]), ("a", dates[1]), ("a", {"start_time": "7h"}), ("x" * 256, {})):
        add_update(message, trip, canceled, **more)
    add_update(message, "a").stop_time_update.add(schedule_relationship=SKIPPED)
    message.entity.add(id="empty").alert.informed_entity.add(stop_id="E3")
    add_alert(message).informed_entity.add(route_id="R1", direction_id=2)
    for _ in range(MOST_INFORMED + 1):
        alert = message.entity[-1].alert if message.entity[-1].alert.informed_entity[0].stop_id else add_alert(message)
        alert.informed_entity.add(stop_id="E3")
    message.entity.add(id="gone", is_deleted=True)
    message.entity.add(id="bus").vehicle.vehicle.id = "bus"
    add_update(message, "good", canceled)
    said, counters, _ = decode_changes(message.SerializeToString())
    assert counters.refused == {
        "trip_id_missing": 1, "bad_start_date": 2, "bad_start_time": 1, "id_too_long": 1, "stop_missing": 1, "text_missing": 1,
        "bad_direction": 1, "alert_too_large": 1,
    }  # fmt: skip
    assert counters.ignored == {"deleted": 1, "not_a_change": 1}
    assert [one.run.trip_id for one in said.cancelled] == ["good"]
    assert str(counters.examples[1]) == "entity 1, trip.start_date: is not a date like 20260427: '2026-04-27'"


def test_a_feed_that_cancels_a_country_is_cut_and_counted() -> None:
    message = feed()
    for k in range(MOST + 3):
        add_update(message, str(k), pb.TripDescriptor.CANCELED)
    said, counters, _ = decode_changes(message.SerializeToString())
    assert (len(said.cancelled), counters.accepted, counters.refused) == (MOST, MOST, {"too_many": 3})


def test_alerts_about_too_much_are_cut_and_counted() -> None:
    message = feed()
    for _ in range(MOST_INFORMED_IN_ALL // MOST_INFORMED + 2):
        alert = add_alert(message)
        for _ in range(MOST_INFORMED):
            alert.informed_entity.add(route_id="R1")
    said, counters, _ = decode_changes(message.SerializeToString())
    assert (len(said.alerts), counters.refused) == (MOST_INFORMED_IN_ALL // MOST_INFORMED, {"too_many": 2})


@pytest.mark.parametrize("raw", [b"", b"<html>busy</html>", b"\x0a\xff"])
def test_bytes_that_are_no_feed_are_refused_in_a_sentence(raw: bytes) -> None:
    with pytest.raises(BadEncoding, match=r"^GTFS-Realtime feed: is (empty|not a protobuf FeedMessage)"):
        decode_changes(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused(raw: bytes) -> None:
    with contextlib.suppress(BadEncoding):
        decode_changes(raw)
