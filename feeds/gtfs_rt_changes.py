"""Service changes out of GTFS-Realtime 2.0 (protobuf): TripUpdates that cancel trips or skip stops, and Alerts.

Of a TripUpdate only its schedule relationships are taken: CANCELED and DELETED cancel the run, SKIPPED takes a stop away. Its
predicted times are another predictor's; NO_DATA says nothing. Runs that no timetable has (ADDED, NEW, DUPLICATED, REPLACEMENT)
are counted as ignored and not invented. What cannot be read is counted by reason; nothing else of the feed is lost.
"""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as pb

from feeds.counters import Counters, Refusal
from feeds.errors import BadEncoding
from transit.changes import Alert, CancelledTrip, Informed, Period, SkippedStop, Statements, Texts, TripRun

NAME = "GTFS-Realtime feed"
LONGEST_ID = 255
"""bytes, as of positions"""
LONGEST_TEXT = 2000
"""characters of a header, description or address; a longer one is cut"""
MOST_INFORMED = 1000
"""entities of one alert"""
MOST_INFORMED_IN_ALL = 50_000
"""entities of all alerts of a feed; each may stand for a route's stops"""
MOST_PERIODS = 100
_DATE = re.compile(r"\d{8}")
_CLOCK = re.compile(r"\d{1,3}:[0-5]\d:[0-5]\d")
_TRIP = pb.TripDescriptor
_NOT_SCHEDULED = {_TRIP.ADDED, _TRIP.NEW, _TRIP.DUPLICATED, _TRIP.REPLACEMENT}


class _Unusable(Exception):
    """One item cannot be used: (reason, field, detail)."""


def decode_changes(raw: bytes) -> tuple[Statements, Counters, float]:
    """What a FeedMessage says of service changes, what was left out, and the header's epoch s (NaN without one).

    TripUpdates and Alerts may stand in one feed. `accepted` counts statements. Raises BadEncoding when the bytes are no feed.
    """
    if not raw:
        raise BadEncoding(NAME, "is empty")
    try:
        feed = pb.FeedMessage.FromString(raw)
    except DecodeError:
        raise BadEncoding(NAME, f"is not a protobuf FeedMessage: it begins with {raw[:16]!r}") from None
    said, counters = _Said(), Counters()
    for number, entity in enumerate(feed.entity):
        try:
            said.take(entity, counters)
        except _Unusable as wrong:
            reason, field, detail = wrong.args
            counters.refuse(reason, 1, [Refusal(f"entity {number}", field, reason, detail)])
    statements, left_out = Statements(tuple(said.cancelled), tuple(said.skipped), alerts=tuple(said.alerts)).bounded()
    if left_out:
        counters.refuse("too_many", left_out)
    counters.accepted = len(statements)
    return statements, counters, float(feed.header.timestamp) or math.nan


class _Said:
    """Statements so far."""

    def __init__(self) -> None:
        self.cancelled: list[CancelledTrip] = []
        self.skipped: list[SkippedStop] = []
        self.alerts: list[Alert] = []
        self._informed = 0

    def take(self, entity: Any, counters: Counters) -> None:
        """One FeedEntity. Raises _Unusable."""
        if entity.is_deleted:
            counters.ignore("deleted")
        elif entity.HasField("trip_update"):
            self._take_update(entity.trip_update, counters)
        elif entity.HasField("alert"):
            alert = _alert(entity.id, entity.alert)
            self._informed += len(alert.informed)
            if self._informed > MOST_INFORMED_IN_ALL:
                raise _Unusable("too_many", "", "comes after too many informed entities")
            self.alerts.append(alert)
        else:
            counters.ignore("not_a_change")

    def _take_update(self, update: Any, counters: Counters) -> None:
        relationship = update.trip.schedule_relationship
        if relationship in _NOT_SCHEDULED:
            counters.ignore("not_in_timetable")
            return
        if relationship in (_TRIP.CANCELED, _TRIP.DELETED):
            self.cancelled.append(CancelledTrip(_run(update.trip), relationship == _TRIP.CANCELED))
            return
        skipped = [one for one in update.stop_time_update if one.schedule_relationship == pb.TripUpdate.StopTimeUpdate.SKIPPED]
        if not skipped:
            counters.ignore("as_scheduled")
            return
        run = _run(update.trip)
        for one in skipped:
            if not one.HasField("stop_sequence") and not one.stop_id:
                raise _Unusable("stop_missing", "stop_time_update", "has neither stop_sequence nor stop_id")
            sequence = min(one.stop_sequence, 2**31 - 1) if one.HasField("stop_sequence") else -1
            self.skipped.append(SkippedStop(run, sequence, _id(one.stop_id, "stop_time_update.stop_id")))


def _run(trip: Any) -> TripRun:
    """Raises _Unusable without a trip_id or with a start that is none."""
    if not trip.trip_id:
        raise _Unusable("trip_id_missing", "trip.trip_id", "is missing; runs named by route and direction alone are not taken")
    date = None
    if trip.start_date:
        try:
            if not _DATE.fullmatch(trip.start_date):
                raise ValueError
            date = datetime.datetime.strptime(trip.start_date, "%Y%m%d").date()
        except ValueError:
            raise _Unusable("bad_start_date", "trip.start_date", f"is not a date like 20260427: {trip.start_date[:40]!r}") from None
    if trip.start_time and not _CLOCK.fullmatch(trip.start_time):
        raise _Unusable("bad_start_time", "trip.start_time", f"is not a time like 07:20:00: {trip.start_time[:40]!r}")
    return TripRun(_id(trip.trip_id, "trip.trip_id"), date, trip.start_time)


def _id(text: str, field: str) -> str:
    if len(text.encode()) > LONGEST_ID:
        raise _Unusable("id_too_long", field, f"has more than {LONGEST_ID} bytes")
    return text


def _alert(entity_id: str, alert: Any) -> Alert:
    """Raises _Unusable."""
    if len(alert.informed_entity) > MOST_INFORMED or len(alert.active_period) > MOST_PERIODS:
        raise _Unusable("alert_too_large", "", f"has more than {MOST_INFORMED} informed entities or {MOST_PERIODS} periods")
    header = _texts(alert.header_text)
    if not header:
        raise _Unusable("text_missing", "alert.header_text", "is missing")
    periods = tuple(
        Period(float(one.start) if one.start else -math.inf, float(one.end) if one.end else math.inf) for one in alert.active_period
    )
    return Alert(
        _id(entity_id, "id"), tuple(_informed(one) for one in alert.informed_entity), periods,
        pb.Alert.Cause.Name(alert.cause), pb.Alert.Effect.Name(alert.effect),
        header, _texts(alert.description_text), _texts(alert.url),
    )  # fmt: skip


def _informed(one: Any) -> Informed:
    has = one.HasField
    directed = one if has("direction_id") else one.trip
    return Informed(
        _id(one.agency_id, "informed_entity.agency_id"),
        _id(one.route_id or one.trip.route_id, "informed_entity.route_id"),
        _direction(directed.direction_id) if directed.HasField("direction_id") else -1,
        _run(one.trip) if has("trip") and one.trip.trip_id else None,
        _id(one.stop_id, "informed_entity.stop_id"),
        one.route_type if has("route_type") else -1,
    )


def _direction(direction: int) -> int:
    if direction not in (0, 1):
        raise _Unusable("bad_direction", "direction_id", f"is neither 0 nor 1: {direction}")
    return direction


def _texts(translated: Any) -> Texts:
    pairs = ((one.language[:35], " ".join(one.text.split())) for one in translated.translation)
    return tuple((language, text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…") for language, text in pairs if text)
