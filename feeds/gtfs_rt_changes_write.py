"""Service changes into GTFS-Realtime 2.0: alerts, and the TripUpdates of runs that have no predictions of ours to stand beside.

Cancelled runs are CANCELED, or DELETED where they are not to be shown; a run without predictions that skips stops is a TripUpdate
of these alone. There are few of them, so the protobuf library writes them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Any

from google.transit import gtfs_realtime_pb2 as pb

from transit.changes import Alert, Informed, Statements, Texts, TripRun
from transit.network import Network
from transit.service_day import local_date
from transit.snapshot import Snapshot

_EXACT_RUN = re.compile(r"(.+)@(\d\d:\d\d:\d\d)")
Run = tuple[int, float]
"""(trip, epoch s its service day starts)"""


def add_alerts(snapshot: Snapshot, feed: Any) -> None:
    """Put every alert that is not over into a FeedMessage."""
    for alert in snapshot.changes.alerts:
        entity = feed.entity.add(id=alert.id)
        fill_alert(alert, entity.alert)


def encode_statements(statements: Statements, now: float) -> bytes:
    """A FeedMessage of a source's cancelled trips and alerts, at `now` (epoch s)."""
    feed = pb.FeedMessage()
    feed.header.gtfs_realtime_version, feed.header.timestamp = "2.0", int(now)
    for number, one in enumerate(statements.cancelled):
        trip = feed.entity.add(id=f"cancelled-{number}").trip_update.trip
        _name(one.run, trip)
        trip.schedule_relationship = pb.TripDescriptor.CANCELED if one.announced else pb.TripDescriptor.DELETED
    for alert in statements.alerts:
        fill_alert(alert, feed.entity.add(id=alert.id).alert)
    message: bytes = feed.SerializeToString()
    return message


def encode_changed_runs(snapshot: Snapshot, predicted: Collection[Run]) -> bytes:
    """Entities, to be appended to a feed, of cancelled runs and of runs that skip stops, `predicted` ones left out of the latter."""
    feed, network, changes = pb.FeedMessage(), snapshot.network, snapshot.changes
    for (trip, day), announced in sorted(changes.cancelled.items()):
        update = _update(feed, network, trip, day)
        update.trip.schedule_relationship = pb.TripDescriptor.CANCELED if announced else pb.TripDescriptor.DELETED
    places: dict[Run, list[int]] = {}
    for trip, day, place in sorted(changes.skipped):
        if (trip, day) not in predicted and (trip, day) not in changes.cancelled:
            places.setdefault((trip, day), []).append(place)
    for (trip, day), mine in places.items():
        update = _update(feed, network, trip, day)
        for place in mine:
            call = update.stop_time_update.add()
            call.stop_sequence = int(network.patterns.sequence[place])
            call.stop_id = network.stop_ids[int(network.patterns.stop[place])]
            call.schedule_relationship = pb.TripUpdate.StopTimeUpdate.SKIPPED
    entities: bytes = feed.SerializePartialToString()
    return entities


def _update(feed: Any, network: Network, trip: int, day: float) -> Any:
    """A TripUpdate of the run, its descriptor filled in; the id begins as no vehicle's entity does."""
    name, date = network.trip_ids[trip], local_date(day + 43_200.0, network.timezone).strftime("%Y%m%d")
    update = feed.entity.add(id=f"run/{date}/{name}").trip_update
    exact = _EXACT_RUN.fullmatch(name)
    if exact and network.trips.template[network.trip_index.get(exact[1], trip)]:
        name, update.trip.start_time = exact[1], exact[2]
    update.trip.trip_id, update.trip.start_date = name, date
    pattern = int(network.trips.pattern[trip])
    update.trip.route_id = network.route_ids[int(network.patterns.route[pattern])]
    if network.patterns.direction[pattern] >= 0:
        update.trip.direction_id = int(network.patterns.direction[pattern])
    return update


def fill_alert(alert: Alert, into: Any) -> None:
    """Put an alert into a protobuf Alert."""
    for period in alert.periods:
        active = into.active_period.add()
        if math.isfinite(period.start):
            active.start = max(0, int(period.start))
        if math.isfinite(period.end):
            active.end = max(0, int(period.end))
    for one in alert.informed:
        _inform(one, into.informed_entity.add())
    into.cause, into.effect = pb.Alert.Cause.Value(alert.cause), pb.Alert.Effect.Value(alert.effect)
    for texts, field in ((alert.header, into.header_text), (alert.description, into.description_text), (alert.url, into.url)):
        _translate(texts, field)


def _inform(one: Informed, into: Any) -> None:
    if one.agency_id:
        into.agency_id = one.agency_id
    if one.route_id:
        into.route_id = one.route_id
    if one.direction >= 0 and one.run is None:
        into.direction_id = one.direction
    if one.route_type >= 0:
        into.route_type = one.route_type
    if one.stop_id:
        into.stop_id = one.stop_id
    if one.run is not None:
        _name(one.run, into.trip)


def _name(run: TripRun, into: Any) -> None:
    into.trip_id = run.trip_id
    if run.date is not None:
        into.start_date = run.date.strftime("%Y%m%d")
    if run.start_time:
        into.start_time = run.start_time


def _translate(texts: Texts, into: Any) -> None:
    for language, text in texts:
        translation = into.translation.add(text=text)
        if language:
            translation.language = language
