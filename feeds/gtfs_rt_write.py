"""GTFS-Realtime 2.0 out of a Snapshot: TripUpdates, VehiclePositions and alerts as protobuf, and any of them as JSON.

What is said of whom:
- A TripUpdate for every vehicle's run that has live or layover predictions; times of the timetable are left to GTFS.
- A run that is known: trip_id, start_date, route_id, direction_id. A run that is not: route_id and direction_id, with
  stop_ids and absolute times, as gtfs-realtime.proto asks of a TripDescriptor without a trip_id.
- UNSCHEDULED, for the trip and its calls, where frequencies.txt gives headways (exact_times = 0) and only there; an exact run
  of frequencies.txt is its trip_id and start_time.
- A VehiclePosition for every vehicle on a pattern heard of within `max_age`. Others are not shown: nothing says that they are
  public transport.
- A stop that a run skips is SKIPPED, a run that does not take place CANCELED (`feeds.gtfs_rt_changes_write`).
- Entity ids are the vehicle's and, of TripUpdates, the trip's or pattern's: unique in a feed, the same in the next one.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from google.protobuf import json_format
from google.transit import gtfs_realtime_pb2

from feeds.gtfs_rt_changes_write import add_alerts, encode_changed_runs
from feeds.kernels import gtfs_rt_runs as grouping
from feeds.kernels import gtfs_rt_write as wire
from transit.changed_calls import join_arrivals
from transit.geometry import to_wgs84
from transit.kernels.columns import F64, I32, I64, U8, Records
from transit.network import Network
from transit.service_day import local_date
from transit.snapshot import Snapshot
from transit.strings import Strings

MAX_AGE = 300.0
"""s since a vehicle was heard of after which its position is no longer published"""
AT_STOP = 30.0
"""m from a stop within which a vehicle that stands is at it"""
_STOPPED_AT, _IN_TRANSIT_TO = 1, 2
_EXACT_RUN = re.compile(r"(.+)@\d\d:\d\d:\d\d")
_CLOCK_BYTES = 8


def encode_trip_updates(snapshot: Snapshot) -> bytes:
    """FeedMessage of TripUpdates: one a run, by vehicle and time, its calls in the order of the stops; then service changes."""
    runs = _runs_of_calls(snapshot)
    feed = _Feed(snapshot)
    feed.describe(runs.vehicle, runs.trip, runs.pattern, runs.service_day)
    feed.name_runs(runs.trip, runs.pattern)
    feed.mark_times(snapshot.vehicles["timestamp"][runs.vehicle])
    stop, text = feed.stops(), feed.text()
    out, at = feed.room(len(runs.calls))
    sizes = np.empty(len(runs.calls), np.int32)
    sequence = snapshot.network.patterns.sequence
    end = wire.write_trip_updates(runs.start, runs.calls, runs.times, sequence, stop, text, feed.spans, feed.marks, sizes, out, at)
    feed_so_far = out[:end].tobytes()
    if not snapshot.changes.changes_calls:
        return feed_so_far
    return feed_so_far + encode_changed_runs(snapshot, set(zip(runs.trip.tolist(), runs.service_day.tolist())))


class _Runs(NamedTuple):
    """Runs with predictions, by vehicle and time."""

    vehicle: I32
    trip: I32
    """-1 unknown"""
    pattern: I32
    service_day: F64
    start: I64
    """[runs + 1] where the calls of each begin"""
    calls: I32
    """pattern stops"""
    times: F64
    """[2, calls] arrival and departure, NaN where the stop is skipped"""


def _runs_of_calls(snapshot: Snapshot) -> _Runs:
    arrivals = told = snapshot.arrivals
    if skipped := len(snapshot.skipped.vehicle):
        arrivals = join_arrivals(snapshot.arrivals, snapshot.skipped)
        unknown = np.full(skipped, np.nan)
        told = join_arrivals(snapshot.arrivals, snapshot.skipped._replace(arrival=unknown, departure=unknown))
    rows = len(arrivals.vehicle)
    pattern_of = snapshot.network.pattern_of_pattern_stop
    newest, run_of = np.full(len(snapshot.vehicles), -1, np.int32), np.empty(rows, np.int32)
    runs, moments = np.empty((5, rows), np.int32), np.empty((2, rows))
    count = grouping.find_runs(arrivals, pattern_of, newest, run_of, runs, moments)
    rank, run_at, start = np.full(count, -1, np.int32), np.empty(count, np.int32), np.zeros(count + 1, np.int64)
    grouping.rank_runs(newest, runs, moments, rank, run_at, start)
    heads, by_stop = np.zeros(len(pattern_of) + 1, np.int32), np.empty(rows, np.int32)
    calls, times = np.empty(start[-1], np.int32), np.empty((2, start[-1]))
    grouping.order_calls(told, run_of, rank, start, heads, by_stop, calls, times)
    trip = np.maximum(runs[grouping.TRIP, run_at], -1)
    pattern, day = runs[grouping.PATTERN, run_at], moments[grouping.DAY, run_at]
    return _Runs(runs[grouping.VEHICLE, run_at], trip, pattern, day, start, calls, times)


def encode_vehicle_positions(snapshot: Snapshot, max_age: float = MAX_AGE) -> bytes:
    """FeedMessage of the newest position of every vehicle on a pattern that was heard of within `max_age` seconds."""
    network, vehicles = snapshot.network, snapshot.vehicles
    shown = (vehicles["pattern"] >= 0) & (snapshot.now - vehicles["heard"] <= max_age) & np.isfinite(vehicles["x"])
    vehicle = np.flatnonzero(shown).astype(np.int32)
    vehicles = vehicles[vehicle]
    feed = _Feed(snapshot)
    feed.describe(vehicle, vehicles["trip"], vehicles["pattern"], vehicles["service_day"])
    feed.mark_times(vehicles["heard"])
    floats = np.empty((4, len(vehicle)), np.float32)
    floats[0], floats[1] = to_wgs84(vehicles["x"], vehicles["y"], network.origin_lat, network.origin_lon)
    floats[2] = np.degrees(np.arctan2(vehicles["east"], vehicles["north"])) % 360.0
    floats[2][(vehicles["east"] == 0.0) & (vehicles["north"] == 0.0)] = np.nan
    floats[3] = vehicles["speed"]
    place, status = _next_stops(network, vehicles)
    stop, text = feed.stops(), feed.text()
    out, at = feed.room(0)
    end = wire.write_positions(
        floats, floats.view(np.int32), place, status, network.patterns.sequence, stop, text, feed.spans, feed.marks, out, at
    )
    return out[:end].tobytes()


def encode_alerts(snapshot: Snapshot) -> bytes:
    """FeedMessage of the alerts that are not over."""
    message = _header(snapshot.now)
    add_alerts(snapshot, message)
    feed: bytes = message.SerializeToString()
    return feed


def feed_to_json(feed: bytes) -> bytes:
    """The same FeedMessage for people: JSON with the names of the .proto."""
    message = gtfs_realtime_pb2.FeedMessage.FromString(feed)
    text: str = json_format.MessageToJson(message, preserving_proto_field_name=True, ensure_ascii=False)
    return text.encode()


def _header(now: float) -> Any:
    message = gtfs_realtime_pb2.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.incrementality = gtfs_realtime_pb2.FeedHeader.FULL_DATASET
    message.header.timestamp = max(0, int(now))
    return message


class _Feed:
    """The strings and numbers of a feed's entities, gathered into the spans and marks that the kernels take."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, self._network = snapshot, snapshot.network
        self._parts: list[U8] = []
        self._size = 0
        self._longest = 0
        self.spans: I64 = np.zeros((2 * wire.SPANS, 0), np.int64)
        self.marks: I64 = np.zeros((wire.MARKS, 0), np.int64)

    def describe(self, vehicle: I32, trip: I32, pattern: I32, service_day: F64) -> None:
        """One entity a row: whose it is and on which run of which route; -1 is a trip that is not known."""
        network, patterns = self._network, self._network.patterns
        self.spans, self.marks = np.zeros((2 * wire.SPANS, len(vehicle)), np.int64), np.zeros((wire.MARKS, len(vehicle)), np.int64)
        ids = Strings.of(self._snapshot.vehicle_ids[: len(self._snapshot.vehicles)])
        days, date = np.unique(np.where(trip >= 0, service_day, np.nan), return_inverse=True)
        known = days[np.isfinite(days)].tolist()
        dates = Strings.of(f"{local_date(day + 43_200.0, network.timezone):%Y%m%d}" for day in known)
        self._put(wire.VEHICLE, ids, vehicle)
        self._put(wire.TRIP, network.trip_ids, trip)
        self._put(wire.DATE, dates, np.where(date < len(known), date, -1).astype(np.int32))
        self._put(wire.ROUTE, network.route_ids, patterns.route[pattern])
        self.marks[wire.DIRECTION] = patterns.direction[pattern]
        self._mark_frequencies(trip, pattern)

    def name_runs(self, trip: I32, pattern: I32) -> None:
        """Give each entity the id of its run: the trip's, or the number of the pattern where the trip is not known."""
        self.spans[wire.SUFFIX : wire.SUFFIX + 2] = self.spans[wire.TRIP : wire.TRIP + 2]
        self.spans[wire.SUFFIX + 1] += np.where(self.spans[wire.CLOCK] > 0, _CLOCK_BYTES + 1, 0)
        unknown = np.flatnonzero(trip < 0)
        numbers = Strings.of(f"pattern-{one}" for one in pattern[unknown].tolist())
        self._put(wire.SUFFIX, numbers, np.arange(len(unknown), dtype=np.int32), unknown)

    def mark_times(self, timestamp: F64) -> None:
        """Epoch s of each entity's fix."""
        self.marks[wire.TIMESTAMP] = np.nan_to_num(timestamp, nan=0.0, posinf=0.0, neginf=0.0)

    def stops(self) -> I64:
        """[2, Q] where the id of each pattern stop's stop begins and ends in the text."""
        ids, stop = self._network.stop_ids, self._network.patterns.stop
        base = self._add(ids)
        return np.stack([ids.starts[stop] + base, ids.starts[stop + 1] + base])

    def text(self) -> U8:
        """All strings, in one array that is writable as other kernels' texts are, so that kernels are compiled once."""
        return np.concatenate(self._parts)

    def room(self, calls: int) -> tuple[U8, int]:
        """A buffer that begins with the feed's header, and the position after it.

        It is large enough for these entities and so many calls: their strings, and what the fields around them take at most.
        """
        header = np.frombuffer(_header(self._snapshot.now).SerializeToString(), np.uint8)
        entities = self.spans.shape[1] * (160 + wire.SPANS * self._longest)
        out = np.empty(len(header) + entities + calls * (64 + self._longest), np.uint8)
        out[: len(header)] = header
        return out, len(header)

    def _put(self, row: int, strings: Strings, index: I32, entities: I64 | slice = slice(None)) -> None:
        base = self._add(strings)
        known = index >= 0
        index = np.where(known, index, 0)
        starts = np.append(strings.starts, strings.starts[-1:])
        self.spans[row, entities] = np.where(known, starts[index] + base, 0)
        self.spans[row + 1, entities] = np.where(known, starts[index + 1] + base, 0)

    def _add(self, strings: Strings) -> int:
        base = self._size
        self._parts.append(strings.text)
        self._size += len(strings.text)
        self._longest = max(self._longest, int(np.diff(strings.starts).max(initial=0)))
        return base

    def _mark_frequencies(self, trip: I32, pattern: I32) -> None:
        """Lines of frequencies.txt: headways are UNSCHEDULED, exact runs are called by trip_id and start_time."""
        template, trip_ids = self._network.trips.template, self._network.trip_ids
        if not template.any():
            return
        runs = np.bincount(self._network.trips.pattern[template == 0], minlength=len(self._network.patterns.route))
        headway = np.where(trip >= 0, template[trip] == 1, runs[pattern] == 0)
        self.marks[wire.UNSCHEDULED] = headway
        for k in np.flatnonzero((trip >= 0) & ~headway).tolist():
            exact = _EXACT_RUN.fullmatch(trip_ids[int(trip[k])])
            of = self._network.trip_index.get(exact[1], -1) if exact else -1
            if of >= 0 and template[of]:
                end = self.spans[wire.TRIP + 1, k]
                self.spans[wire.CLOCK : wire.CLOCK + 2, k] = end - _CLOCK_BYTES, end
                self.spans[wire.TRIP + 1, k] = end - _CLOCK_BYTES - 1


def _next_stops(network: Network, vehicles: Records) -> tuple[I64, U8]:
    """The stop each vehicle is at or on its way to, as pattern stop (-1 unknown), and GTFS-Realtime's VehicleStopStatus."""
    pattern, progress = vehicles["pattern"], vehicles["progress"].astype(np.float64)
    start, distance = network.patterns.stop_start, network.patterns.distance.astype(np.float64)
    span = 1.0 + float(distance.max(initial=0.0))
    along = pattern * span + np.clip(np.nan_to_num(progress), 0.0, span - 1.0)
    first, last = start[pattern].astype(np.int64), start[pattern + 1].astype(np.int64) - 1
    ahead = np.clip(np.searchsorted(network.pattern_of_pattern_stop * span + distance, along), first, last)
    behind = np.maximum(ahead - 1, first)
    nearest = np.where(np.abs(distance[behind] - progress) < np.abs(distance[ahead] - progress), behind, ahead)
    at_stop = np.isfinite(vehicles["pending_arrival"]) & (np.abs(distance[nearest] - progress) <= AT_STOP)
    place = np.where(at_stop, nearest, ahead)
    status = np.where(at_stop, _STOPPED_AT, _IN_TRANSIT_TO).astype(np.uint8)
    return np.where(np.isfinite(progress), place, -1), status
