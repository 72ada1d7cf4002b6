"""GTFS-Realtime 2.0 (protobuf) VehiclePositions in: bytes to columns with everything that was left out counted.

The wire format is read by `feeds.kernels.gtfs_rt`; the protobuf library is not involved. Writing is in `feeds.gtfs_rt_write`.
"""

from __future__ import annotations

import numpy as np

from feeds.counters import Counters, Refusal
from feeds.errors import BadEncoding
from feeds.kernels import gtfs_rt as wire
from transit.kernels.columns import U8, PositionColumns

NAME = "GTFS-Realtime feed"
_IGNORED = {wire.NOT_A_POSITION: "not_a_position", wire.DELETED: "deleted"}
_REFUSED = {
    wire.MALFORMED: ("malformed", "", "is not valid protobuf"),
    wire.NO_VEHICLE_ID: ("vehicle_id_missing", "vehicle.id", "is missing, and there is neither a label nor an entity id"),
    wire.NOT_UTF8: ("id_not_utf8", "", "has an id that is not UTF-8"),
    wire.TOO_LONG: ("id_too_long", "", f"has an id of more than {wire.LONGEST_ID} bytes"),
}


def decode_positions(raw: bytes, received: float) -> tuple[PositionColumns, Counters]:
    """Every VehiclePosition of a FeedMessage, in the order of the feed.

    vehicle is `vehicle.id`, else `vehicle.label`, else the entity's id. A position without a timestamp has the feed header's
    (NaN when that is missing too). Coordinates that are missing or impossible are NaN, both of them. Values are what the feed
    says, in its own float32. `text` is a copy of the payload, so the columns do not keep a network buffer alive.

    Raises BadEncoding when the bytes are no feed at all: empty, or broken before the first entity.
    A feed that breaks off later is counted as `truncated`, and what came before is kept.
    """
    text = np.frombuffer(raw, np.uint8).copy()
    entities, stamp, header, broken_at = wire.measure(text)
    if not raw:
        raise BadEncoding(NAME, "is empty")
    if entities == 0 and not header:
        raise BadEncoding(NAME, f"is not a protobuf FeedMessage: it begins with {raw[:16]!r}")
    what = np.zeros(entities, np.uint8)
    positions = _decode(text, what, float(stamp) if stamp > 0 else np.nan, received)
    return positions, _count(what, len(positions.lat), broken_at)


def _decode(text: U8, what: U8, header: float, received: float) -> PositionColumns:
    places = np.empty((wire.PLACES, len(what)), np.int32)
    timestamp = np.empty(len(what))
    rows = wire.decode_feed(text, places, timestamp, what)
    lat, lon = np.empty(rows), np.empty(rows)
    bearing, speed = np.empty(rows, np.float32), np.empty(rows, np.float32)
    wire.finish(text, places, header, timestamp, lat, lon, bearing, speed)
    ids = places[wire.VEHICLE : wire.LABEL, :rows]
    return PositionColumns(
        text,
        ids[0],
        ids[1],
        ids[2],
        ids[3],
        ids[4],
        ids[5],
        timestamp[:rows],
        np.full(rows, received),
        lat,
        lon,
        bearing,
        speed,
    )


def _count(what: U8, accepted: int, broken_at: int) -> Counters:
    counters = Counters(accepted)
    if accepted < len(what):
        for kind, count in enumerate(np.bincount(what).tolist()):
            if kind in _IGNORED and count:
                counters.ignore(_IGNORED[kind], count)
            elif kind in _REFUSED and count:
                reason, field, detail = _REFUSED[kind]
                first = np.flatnonzero(what == kind)[: counters.keep].tolist()
                counters.refuse(reason, count, (Refusal(f"entity {one}", field, reason, detail) for one in first))
    if broken_at >= 0:
        detail = f"breaks off at byte {broken_at}; the {len(what)} entities before are used"
        counters.refuse("truncated", 1, [Refusal("feed", "", "truncated", detail)])
    return counters
