"""The three GTFS-Realtime feeds by path, and which encoder makes which."""

from __future__ import annotations

from feeds.gtfs_rt_write import encode_alerts, encode_trip_updates, encode_vehicle_positions
from server.published import Encoder


def feed_encoders() -> dict[str, Encoder]:
    """Encoders of the protobuf feeds."""
    return {
        "/gtfs-rt/trip-updates.pb": encode_trip_updates,
        "/gtfs-rt/vehicle-positions.pb": encode_vehicle_positions,
        "/gtfs-rt/alerts.pb": encode_alerts,
    }
