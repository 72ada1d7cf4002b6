"""GTFS-Realtime VehiclePositions: from the protobuf wire format to columns, without an object per entity.

Written from the protobuf encoding document and gtfs-realtime.proto 2.0. Every read is checked against the end of the message
it is in. Unknown fields, extensions and groups of any wire type are skipped; of a field given twice the last one wins and
nested messages merge, as protobuf demands. A field with another wire type than its own counts as unknown.
An entity that cannot be parsed costs that entity alone as long as the outer framing holds.

A tag is a field's number * 8 + its wire type. Positions in `raw` are int64; -1 as the next position means malformed.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F32, F64, I32, U8

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)
POSITION, NOT_A_POSITION, DELETED, MALFORMED, NO_VEHICLE_ID, NOT_UTF8, TOO_LONG = range(7)
"""What an entity is."""
VEHICLE, TRIP, ROUTE, LABEL, ENTITY = range(0, 10, 2)
"""Rows of `places`: where the text begins; the row after it is its length."""
LAT, LON, BEARING, SPEED = range(10, 14)
"""Rows of `places`: where the four bytes of the float begin, 0 when it was not sent."""
PLACES = 14
LONGEST_ID = 255
FASTEST = 1000.0
"""m/s; a larger speed is none"""

IN_FEED, IN_ENTITY, IN_VEHICLE, IN_TRIP, IN_PLACE, IN_DESCRIPTOR = range(6)
"""The message being read: FeedMessage, FeedEntity, VehiclePosition, TripDescriptor, Position, VehicleDescriptor."""
SKIP, TEXT, FLOAT, STAMP, DELETION, DESCENT = range(6)
"""What to do with a field."""
_FIELDS = {
    (IN_FEED, 2, BYTES): (DESCENT, IN_ENTITY),
    (IN_ENTITY, 1, BYTES): (TEXT, ENTITY),
    (IN_ENTITY, 2, VARINT): (DELETION, 0),
    (IN_ENTITY, 4, BYTES): (DESCENT, IN_VEHICLE),
    (IN_VEHICLE, 1, BYTES): (DESCENT, IN_TRIP),
    (IN_VEHICLE, 2, BYTES): (DESCENT, IN_PLACE),
    (IN_VEHICLE, 5, VARINT): (STAMP, 0),
    (IN_VEHICLE, 8, BYTES): (DESCENT, IN_DESCRIPTOR),
    (IN_TRIP, 1, BYTES): (TEXT, TRIP),
    (IN_TRIP, 5, BYTES): (TEXT, ROUTE),
    (IN_PLACE, 1, FIXED32): (FLOAT, LAT),
    (IN_PLACE, 2, FIXED32): (FLOAT, LON),
    (IN_PLACE, 3, FIXED32): (FLOAT, BEARING),
    (IN_PLACE, 5, FIXED32): (FLOAT, SPEED),
    (IN_DESCRIPTOR, 1, BYTES): (TEXT, VEHICLE),
    (IN_DESCRIPTOR, 2, BYTES): (TEXT, LABEL),
}
_KNOWN_TAGS = 80
_ACTION = np.zeros((6, _KNOWN_TAGS, 2), np.int64)
for (_message, _number, _wire), _deed in _FIELDS.items():
    _ACTION[_message, _number * 8 + _wire] = _deed


@njit(cache=True, nogil=True, error_model="numpy")
def read_varint(raw: U8, at: int, end: int) -> tuple[int, int]:
    """(value, or -1 when it is 2^63 or more, position after it)."""
    value, shift = 0, 0
    while at < end and shift < 64:
        byte = int(np.int64(raw[at]))
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return -1 if shift == 63 and byte > 0 else value, at
        shift += 7
    return value, -1


@njit(cache=True, nogil=True, error_model="numpy")
def skip_group(raw: U8, at: int, end: int) -> int:
    """Position after a group whose start tag was just read; groups inside groups included."""
    depth = 1
    while depth > 0:
        tag, at = read_varint(raw, at, end)
        wire = tag & 7
        if at < 0 or tag < 8:
            return -1
        if wire == VARINT:
            _, at = read_varint(raw, at, end)
        elif wire == BYTES:
            size, at = read_varint(raw, at, end)
            if at < 0 or size < 0 or size > end - at:
                return -1
            at += size
        elif wire in (FIXED32, FIXED64):
            at += 8 if wire == FIXED64 else 4
        elif wire == GROUP:
            depth += 1
        elif wire == END_GROUP:
            depth -= 1
        else:
            return -1
        if at < 0 or at > end:
            return -1
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def next_field(raw: U8, at: int, end: int) -> tuple[int, int, int]:
    """(tag, the value of a varint or where the bytes of another type begin, position after the field)."""
    tag, at = read_varint(raw, at, end)
    if at < 0 or tag < 8:
        return tag, 0, -1
    wire = tag & 7
    if wire == VARINT:
        value, at = read_varint(raw, at, end)
        return tag, value, at
    if wire == BYTES:
        size, at = read_varint(raw, at, end)
        if at < 0 or size < 0 or size > end - at:
            return tag, 0, -1
        return tag, at, at + size
    if wire in (FIXED32, FIXED64):
        after = at + (4 if wire == FIXED32 else 8)
        return tag, at, after if after <= end else -1
    if wire == GROUP:
        return tag, at, skip_group(raw, at, end)
    return tag, 0, -1


@njit(cache=True, nogil=True, error_model="numpy")
def measure(raw: U8) -> tuple[int, int, bool, int]:
    """First pass: (entities, header timestamp or 0, whether a sound header was there, where the framing broke or -1)."""
    entities, timestamp, header, at, end = 0, 0, False, 0, raw.size
    while at < end:
        tag, start, after = next_field(raw, at, end)
        if after < 0:
            return entities, timestamp, header, at
        if tag == 2 * 8 + BYTES:
            entities += 1
        elif tag == 1 * 8 + BYTES:
            header = True
            while start < after and header:
                field, value, start = next_field(raw, start, after)
                header = start >= 0
                if header and field == 3 * 8 + VARINT:
                    timestamp = value
        at = after
    return entities, timestamp, header, -1


@njit(cache=True, nogil=True, error_model="numpy")
def check_text(raw: U8, at: int, length: int) -> int:
    """POSITION, or why these bytes cannot be an id."""
    if length > LONGEST_ID:
        return TOO_LONG
    end = at + length
    while at < end:
        lead = int(np.int64(raw[at]))
        at += 1
        if lead < 0x80:
            continue
        # Unicode 15, table 3-7: the second byte's range keeps out overlong forms, surrogates and what is past U+10FFFF
        follow = 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3
        lowest = 0xA0 if lead == 0xE0 else 0x90 if lead == 0xF0 else 0x80
        highest = 0x9F if lead == 0xED else 0x8F if lead == 0xF4 else 0xBF
        if lead < 0xC2 or lead > 0xF4 or follow > end - at:
            return NOT_UTF8
        for _ in range(follow):
            byte = int(np.int64(raw[at]))
            if byte < lowest or byte > highest:
                return NOT_UTF8
            lowest, highest = 0x80, 0xBF
            at += 1
    return POSITION


@njit(cache=True, nogil=True, error_model="numpy")
def conclude(raw: U8, row: int, places: I32) -> int:
    """What an entity with a vehicle is; gives its row the id that stands in for a missing vehicle.id."""
    if places[VEHICLE + 1, row] == 0:
        chosen = LABEL if places[LABEL + 1, row] > 0 else ENTITY
        places[VEHICLE, row], places[VEHICLE + 1, row] = places[chosen, row], places[chosen + 1, row]
    if places[VEHICLE + 1, row] == 0:
        return NO_VEHICLE_ID
    for kind in range(VEHICLE, LABEL, 2):
        problem: int = check_text(raw, places[kind, row], places[kind + 1, row])
        if problem != POSITION:
            return problem
    return POSITION


@njit(cache=True, nogil=True, error_model="numpy")
def decode_feed(raw: U8, places: I32, timestamp: F64, what: U8) -> int:
    """Second pass over the `what.size` entities that `measure` counted; returns how many rows hold a position.

    places [PLACES, entities] and timestamp [entities] (epoch s, NaN not sent) get a row a position, what [entities] the kind of
    each entity of the feed. One loop with the message it is in as its state, and the reading of a field written out in it:
    calling a function per field costs three times as much as decoding it.
    """
    row, entity, at = 0, 0, 0
    inside, end, entity_end, vehicle_end = IN_FEED, raw.size, 0, 0
    deleted, found = False, False
    while entity < what.size:
        if at == end and inside != IN_FEED:
            if inside > IN_VEHICLE:
                inside, end = IN_VEHICLE, vehicle_end
            elif inside == IN_VEHICLE:
                inside, end = IN_ENTITY, entity_end
            else:
                kind = DELETED if deleted else conclude(raw, row, places) if found else NOT_A_POSITION
                what[entity] = kind
                row += kind == POSITION
                entity += 1
                inside, end = IN_FEED, raw.size
            continue
        tag = int(np.int64(raw[at]))
        at += 1
        if tag >= 0x80:
            tag, at = read_varint(raw, at - 1, end)
        wire, start, value = tag & 7, at, 0
        if at >= 0 and wire in (VARINT, BYTES):
            byte, shift = 0x80, 0
            while byte >= 0x80 and at < end and shift < 64:
                byte = int(np.int64(raw[at]))
                value |= (byte & 0x7F) << shift
                shift += 7
                at += 1
            start = at
            if shift > 63 and byte > 0:  # 2^63 or more
                value = -1
            if byte >= 0x80 or (wire == BYTES and not 0 <= value <= end - at):
                at = -1
            elif wire == BYTES:
                at += value
        elif at >= 0 and wire in (FIXED32, FIXED64):
            at = at + 4 if wire == FIXED32 else at + 8
        else:
            at = skip_group(raw, at, end) if at >= 0 and wire == GROUP else -1
        if at < 0 or at > end or tag < 8:  # inside an entity: `measure` saw to the outer framing
            what[entity] = MALFORMED
            entity += 1
            at, inside, end = entity_end, IN_FEED, raw.size
            continue
        action = _ACTION[inside, tag, 0] if tag < _KNOWN_TAGS else SKIP
        if action == TEXT:
            kind = _ACTION[inside, tag, 1]
            places[kind, row], places[kind + 1, row] = start, at - start
        elif action == FLOAT:
            places[_ACTION[inside, tag, 1], row] = start
        elif action == STAMP:
            timestamp[row] = np.float64(value)
        elif action == DELETION:
            deleted = value != 0
        elif action == DESCENT:
            inside = _ACTION[inside, tag, 1]
            if inside == IN_ENTITY:
                entity_end, deleted, found, timestamp[row] = at, False, False, np.nan
                for k in range(PLACES):  # a slice assignment costs ten times as much
                    places[k, row] = 0
            elif inside == IN_VEHICLE:
                vehicle_end, found = at, True
            at, end = start, at
    return row


@njit(cache=True, nogil=True, error_model="numpy")
def read_float(raw: U8, at: int, scratch: I32, floats: F32) -> float:
    """The little-endian float at `at`, NaN when it was not sent; `floats` is `scratch` seen as float32."""
    if at == 0:
        return np.nan
    low = np.int32(raw[at]) | np.int32(raw[at + 1]) << 8
    scratch[0] = low | np.int32(raw[at + 2]) << 16 | np.int32(raw[at + 3]) << 24
    return np.float64(floats[0])


@njit(cache=True, nogil=True, error_model="numpy")
def finish(raw: U8, places: I32, header: float, timestamp: F64, lat: F64, lon: F64, bearing: F32, speed: F32) -> None:
    """Read the floats, turn impossible values into unknown; a position without its own time has the header's."""
    scratch = np.zeros(1, np.int32)
    floats = scratch.view(np.float32)
    for i in range(lat.size):
        y, x = read_float(raw, places[LAT, i], scratch, floats), read_float(raw, places[LON, i], scratch, floats)
        sound = -90.0 <= y <= 90.0 and -180.0 <= x <= 180.0
        lat[i] = y if sound else np.nan
        lon[i] = x if sound else np.nan
        degrees, pace = read_float(raw, places[BEARING, i], scratch, floats), read_float(raw, places[SPEED, i], scratch, floats)
        bearing[i] = degrees if 0.0 <= degrees <= 360.0 else np.nan
        speed[i] = pace if 0.0 <= pace <= FASTEST else np.nan
        if not timestamp[i] > 0.0:
            timestamp[i] = header
