"""The slow twin of feeds.gtfs_rt_write: messages of the protobuf library, filled field by field."""

from __future__ import annotations

import datetime
import math
from zoneinfo import ZoneInfo

import numpy as np
from google.transit import gtfs_realtime_pb2 as pb

from transit.geometry import to_wgs84
from transit.model import Source
from transit.network import Network
from transit.snapshot import Snapshot


def header(snapshot: Snapshot) -> pb.FeedMessage:
    feed = pb.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.incrementality = pb.FeedHeader.FULL_DATASET
    feed.header.timestamp = int(snapshot.now)
    return feed


def is_headway(network: Network, trip: int, pattern: int) -> bool:
    """Whether a run is one of frequencies.txt with exact_times = 0."""
    if trip >= 0:
        return bool(network.trips.template[trip])
    trips = np.flatnonzero(network.trips.pattern == pattern)
    return bool(network.trips.template.any()) and bool(network.trips.template[trips].all())


def describe(network: Network, trip: int, pattern: int, service_day: float, into: pb.TripDescriptor) -> None:
    if trip >= 0:
        into.trip_id = network.trip_ids[trip]
        name, mark, clock = into.trip_id.rpartition("@")
        if mark and len(clock) == 8 and network.trips.template[network.trip_index.get(name, 0)] and name in network.trip_index:
            into.trip_id, into.start_time = name, clock
        if math.isfinite(service_day):
            noon = datetime.datetime.fromtimestamp(service_day + 43_200, ZoneInfo(network.timezone))
            into.start_date = noon.strftime("%Y%m%d")
    into.route_id = network.route_ids[int(network.patterns.route[pattern])]
    if network.patterns.direction[pattern] >= 0:
        into.direction_id = int(network.patterns.direction[pattern])
    if is_headway(network, trip, pattern):
        into.schedule_relationship = pb.TripDescriptor.UNSCHEDULED


def trip_updates(snapshot: Snapshot) -> pb.FeedMessage:
    feed, network = header(snapshot), snapshot.network
    taken = len(snapshot.arrivals.vehicle)
    arrivals = type(snapshot.arrivals)(*(np.concatenate(pair) for pair in zip(snapshot.arrivals, snapshot.skipped)))
    runs: dict[tuple[int, int, int], list[int]] = {}
    for row in range(len(arrivals.vehicle)):
        if arrivals.source[row] in (Source.LIVE, Source.LAYOVER) and 0 <= arrivals.vehicle[row] < len(snapshot.vehicles):
            trip = int(arrivals.trip[row])
            pattern = int(network.pattern_of_pattern_stop[arrivals.pattern_stop[row]])
            runs.setdefault((int(arrivals.vehicle[row]), trip, -1 if trip >= 0 else pattern), []).append(row)
    for (vehicle, trip, _), rows in sorted(runs.items(), key=lambda run: (run[0][0], min(arrivals.arrival[run[1]]))):
        rows.sort(key=lambda row: int(arrivals.pattern_stop[row]))
        pattern = int(network.pattern_of_pattern_stop[arrivals.pattern_stop[rows[0]]])
        name = snapshot.vehicle_ids[vehicle]
        entity = feed.entity.add(id=f"{name}/{network.trip_ids[trip] if trip >= 0 else f'pattern-{pattern}'}")
        describe(network, trip, pattern, float(arrivals.service_day[rows[0]]), entity.trip_update.trip)
        entity.trip_update.vehicle.id = name
        timestamp = float(snapshot.vehicles["timestamp"][vehicle])
        if math.isfinite(timestamp):
            entity.trip_update.timestamp = int(timestamp)
        for row in rows:
            add_call(network, arrivals, row, entity.trip_update, row >= taken)
    return feed


def add_call(network: Network, arrivals: object, row: int, update: pb.TripUpdate, skipped: bool) -> None:
    place = arrivals.pattern_stop[row]
    call = update.stop_time_update.add()
    call.stop_sequence = int(network.patterns.sequence[place])
    call.stop_id = network.stop_ids[int(network.patterns.stop[place])]
    if skipped:
        call.schedule_relationship = pb.TripUpdate.StopTimeUpdate.SKIPPED
        return
    call.arrival.time = int(arrivals.arrival[row] + 0.5)
    if math.isfinite(arrivals.departure[row]):
        call.departure.time = int(arrivals.departure[row] + 0.5)
    if update.trip.schedule_relationship == pb.TripDescriptor.UNSCHEDULED:
        call.schedule_relationship = pb.TripUpdate.StopTimeUpdate.UNSCHEDULED


def vehicle_positions(snapshot: Snapshot, max_age: float) -> pb.FeedMessage:
    feed, network = header(snapshot), snapshot.network
    for k, vehicle in enumerate(snapshot.vehicles):
        if vehicle["pattern"] < 0 or not snapshot.now - vehicle["heard"] <= max_age:
            continue
        entity = feed.entity.add(id=snapshot.vehicle_ids[k])
        message = entity.vehicle
        describe(network, int(vehicle["trip"]), int(vehicle["pattern"]), float(vehicle["service_day"]), message.trip)
        message.vehicle.id = snapshot.vehicle_ids[k]
        message.timestamp = int(vehicle["heard"])
        lat, lon = to_wgs84(vehicle["x"], vehicle["y"], network.origin_lat, network.origin_lon)
        message.position.latitude, message.position.longitude = float(lat), float(lon)
        if vehicle["east"] or vehicle["north"]:
            message.position.bearing = np.float32(np.degrees(np.arctan2(vehicle["east"], vehicle["north"])) % 360)
        if math.isfinite(vehicle["speed"]):
            message.position.speed = vehicle["speed"]
        if math.isfinite(vehicle["progress"]):
            add_stop(network, vehicle, message)
    return feed


def add_stop(network: Network, vehicle: np.void, message: pb.VehiclePosition) -> None:
    pattern, progress = int(vehicle["pattern"]), float(vehicle["progress"])
    places = range(int(network.patterns.stop_start[pattern]), int(network.patterns.stop_start[pattern + 1]))
    distance = network.patterns.distance
    place = next((place for place in places if distance[place] >= progress), places[-1])
    nearest = min(place, max(place - 1, places[0]), key=lambda one: abs(distance[one] - progress))
    if math.isfinite(vehicle["pending_arrival"]) and abs(distance[nearest] - progress) <= 30:
        place = nearest
        message.current_status = pb.VehiclePosition.STOPPED_AT
    else:
        message.current_status = pb.VehiclePosition.IN_TRANSIT_TO
    message.current_stop_sequence = int(network.patterns.sequence[place])
    message.stop_id = network.stop_ids[int(network.patterns.stop[place])]
