"""GTFS-Realtime out: TripUpdates and VehiclePositions in the protobuf wire format, without an object per stop.

Fields are written in the order of their numbers and lengths as short as can be, so the bytes are those the protobuf library
would write. The caller gives a buffer that is large enough (`feeds.gtfs_rt_write` has the bounds).

All strings lie in one `text`. `spans` [2 * SPANS, n] says for each entity where each of its strings begins and ends there;
nothing between the two means that there is nothing to say. `marks` [MARKS, n] are its numbers.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F32, F64, I32, I64, U8

VARINT, BYTES, FIXED32 = 0, 2, 5
VEHICLE, SUFFIX, TRIP, CLOCK, DATE, ROUTE = range(0, 12, 2)
"""Rows of spans: vehicle id, what makes it the entity's id (`vehicle/suffix`), trip_id, start_time, start_date, route_id;
the row after each is the end."""
SPANS = 6
DIRECTION, UNSCHEDULED, TIMESTAMP = range(3)
"""Rows of marks: -1 unknown; 1 for a run of a headway-operated line; epoch s of the fix, 0 unknown."""
MARKS = 3
ONE, TWO, THREE = np.uint64(1), np.uint64(2), np.uint64(3)
"""Where every byte counts positions are unsigned, which numba need not check for being negative."""
SLASH = 47


@njit(cache=True, nogil=True, error_model="numpy")
def varint_size(value: int) -> int:
    """Bytes of a value that is not negative."""
    size = 1
    while value >= 0x80:
        value >>= 7
        size += 1
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def text_size(length: int) -> int:
    """Bytes of a field of `length` bytes with its tag; an empty one is not written."""
    return 1 + varint_size(length) + length if length > 0 else 0


@njit(cache=True, nogil=True, error_model="numpy")
def put_varint(out: U8, at: int, value: int) -> int:
    """Write a value that is not negative; the position after it."""
    while value >= 0x80:
        out[at] = value & 0x7F | 0x80
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@njit(cache=True, nogil=True, error_model="numpy")
def put_text(out: U8, at: int, field: int, text: U8, begin: int, end: int) -> int:
    """Write text[begin:end] as a field of bytes unless it is empty; the position after it."""
    if begin < end:
        out[at] = field * 8 + BYTES
        at = put_varint(out, at + 1, end - begin)
        for k in range(begin, end):
            out[at] = text[k]
            at += 1
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def trip_size(spans: I64, marks: I64, k: int) -> int:
    """Bytes inside the TripDescriptor of entity k."""
    size = 2 if marks[UNSCHEDULED, k] else 0
    size += 2 if marks[DIRECTION, k] >= 0 else 0
    for row in (TRIP, CLOCK, DATE, ROUTE):
        size += text_size(spans[row + 1, k] - spans[row, k])
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def put_trip(out: U8, at: int, size: int, text: U8, spans: I64, marks: I64, k: int) -> int:
    """TripDescriptor as field 1, unless it is empty: trip_id = 1, start_time = 2, start_date = 3, schedule_relationship = 4,
    route_id = 5, direction_id = 6."""
    if size == 0:
        return at
    out[at] = 1 * 8 + BYTES
    at = put_varint(out, at + 1, size)
    at = put_text(out, at, 1, text, spans[TRIP, k], spans[TRIP + 1, k])
    at = put_text(out, at, 2, text, spans[CLOCK, k], spans[CLOCK + 1, k])
    at = put_text(out, at, 3, text, spans[DATE, k], spans[DATE + 1, k])
    if marks[UNSCHEDULED, k]:
        out[at], out[at + 1] = 4 * 8 + VARINT, 2
        at += 2
    at = put_text(out, at, 5, text, spans[ROUTE, k], spans[ROUTE + 1, k])
    if marks[DIRECTION, k] >= 0:
        out[at], out[at + 1] = 6 * 8 + VARINT, marks[DIRECTION, k]
        at += 2
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def put_vehicle(out: U8, at: int, field: int, text: U8, spans: I64, k: int) -> int:
    """VehicleDescriptor with its id = 1."""
    begin, end = spans[VEHICLE, k], spans[VEHICLE + 1, k]
    out[at] = field * 8 + BYTES
    at = put_varint(out, at + 1, text_size(end - begin))
    after: int = put_text(out, at, 1, text, begin, end)
    return after


@njit(cache=True, nogil=True, error_model="numpy")
def put_entity(out: U8, at: int, field: int, size: int, text: U8, spans: I64, k: int) -> int:
    """FeedEntity as field 2 with its id = 1, up to where the `size` bytes of its message in `field` begin."""
    length, suffix = spans[VEHICLE + 1, k] - spans[VEHICLE, k], spans[SUFFIX + 1, k] - spans[SUFFIX, k]
    length += 1 + suffix if suffix > 0 else 0
    out[at] = 2 * 8 + BYTES
    at = put_varint(out, at + 1, text_size(length) + 1 + varint_size(size) + size)
    out[at] = 1 * 8 + BYTES
    at = put_varint(out, at + 1, length)
    for source in range(spans[VEHICLE, k], spans[VEHICLE + 1, k]):
        out[at] = text[source]
        at += 1
    if suffix > 0:
        out[at] = SLASH
        at += 1
        for source in range(spans[SUFFIX, k], spans[SUFFIX + 1, k]):
            out[at] = text[source]
            at += 1
    out[at] = field * 8 + BYTES
    after: int = put_varint(out, at + 1, size)
    return after


@njit(cache=True, nogil=True, error_model="numpy")
def common_size(spans: I64, marks: I64, k: int) -> int:
    """Bytes in a message of its TripDescriptor, VehicleDescriptor and timestamp."""
    vehicle = text_size(spans[VEHICLE + 1, k] - spans[VEHICLE, k])
    size: int = text_size(trip_size(spans, marks, k)) + 1 + varint_size(vehicle) + vehicle
    if marks[TIMESTAMP, k] > 0:
        size += 1 + varint_size(marks[TIMESTAMP, k])
    return size


@njit(cache=True, nogil=True, error_model="numpy")
def measure_calls(calls: I32, times: F64, sequence: I32, stop: I64, unscheduled: bool, first: int, last: int, sizes: I32) -> int:
    """sizes [R]: bytes inside the StopTimeUpdate of calls first to last; returns what these take in all."""
    total = 0
    for j in range(first, last):
        place = calls[j]
        length = stop[1, place] - stop[0, place]
        size = 2 + varint_size(sequence[place]) + varint_size(length) + length
        size += 2 if unscheduled or not times[0, j] > 0.0 else 0
        for kind in range(2):
            if times[kind, j] > 0.0:
                moment = np.int64(times[kind, j] + 0.5)
                size += 8 if 1 << 28 <= moment < 1 << 35 else 3 + varint_size(moment)  # five bytes from 1978 to 3058
        sizes[j] = size
        total += 1 + varint_size(size) + size
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def write_trip_updates(
    start: I64, calls: I32, times: F64, sequence: I32, stop: I64, text: U8, spans: I64, marks: I64, sizes: I32, out: U8, at: int
) -> int:
    """One FeedEntity a run from out[at] on; returns the position after the last.

    Run k calls at the pattern stops calls[start[k] : start[k + 1]] at `times` [2, R], arrival and departure, epoch s, NaN not
    predicted; without an arrival the stop is SKIPPED. sequence [Q] and stop [2, Q] (where its id begins and ends in text) are by
    pattern stop; sizes [R] is scratch.
    Calls are written in place: a function for each field would double the time.
    """
    for k in range(start.size - 1):
        unscheduled = bool(marks[UNSCHEDULED, k])
        size = measure_calls(calls, times, sequence, stop, unscheduled, start[k], start[k + 1], sizes)
        at = put_entity(out, at, 3, common_size(spans, marks, k) + size, text, spans, k)
        at = put_trip(out, at, trip_size(spans, marks, k), text, spans, marks, k)
        here = np.uint64(at)
        for j in range(start[k], start[k + 1]):
            place = calls[j]
            out[here] = 2 * 8 + BYTES
            here += ONE
            value = np.int64(sizes[j])
            while value >= 0x80:
                out[here] = value & 0x7F | 0x80
                value >>= 7
                here += ONE
            out[here] = value
            out[here + ONE] = 1 * 8 + VARINT
            here += TWO
            value = np.int64(sequence[place])
            while value >= 0x80:
                out[here] = value & 0x7F | 0x80
                value >>= 7
                here += ONE
            out[here] = value
            here += ONE
            for kind in range(2):
                if times[kind, j] > 0.0:
                    out[here] = (2 + kind) * 8 + BYTES
                    out[here + TWO] = 2 * 8 + VARINT
                    mark = here + ONE
                    here += THREE
                    value = np.int64(times[kind, j] + 0.5)
                    while value >= 0x80:
                        out[here] = value & 0x7F | 0x80
                        value >>= 7
                        here += ONE
                    out[here] = value
                    out[mark] = here - mark
                    here += ONE
            out[here] = 4 * 8 + BYTES
            here += ONE
            value = stop[1, place] - stop[0, place]
            while value >= 0x80:
                out[here] = value & 0x7F | 0x80
                value >>= 7
                here += ONE
            out[here] = value
            here += ONE
            for source in range(np.uint64(stop[0, place]), np.uint64(stop[1, place])):
                out[here] = text[source]
                here += ONE
            if unscheduled or not times[0, j] > 0.0:
                out[here] = 5 * 8 + VARINT
                out[here + ONE] = 3 if times[0, j] > 0.0 else 1
                here += TWO
        at = int(np.int64(here))
        at = put_vehicle(out, at, 3, text, spans, k)
        if marks[TIMESTAMP, k] > 0:
            out[at] = 4 * 8 + VARINT
            at = put_varint(out, at + 1, marks[TIMESTAMP, k])
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def write_positions(
    floats: F32, bits: I32, place: I64, status: U8, sequence: I32, stop: I64, text: U8, spans: I64, marks: I64, out: U8, at: int
) -> int:
    """One FeedEntity a vehicle from out[at] on; returns the position after the last.

    floats [4, n] are latitude, longitude, bearing and speed, NaN unknown, and bits the same memory as int32; place [n] is the
    pattern stop the vehicle is at or on its way to, -1 unknown, and status which of the two; sequence and stop by pattern stop.
    """
    for k in range(place.size):
        known, inside = place[k] >= 0, 0
        for kind in range(4):
            inside += 5 if floats[kind, k] == floats[kind, k] else 0
        size = common_size(spans, marks, k) + text_size(inside)
        if known:
            size += 1 + varint_size(sequence[place[k]]) + 2 + text_size(stop[1, place[k]] - stop[0, place[k]])
        at = put_entity(out, at, 4, size, text, spans, k)
        at = put_trip(out, at, trip_size(spans, marks, k), text, spans, marks, k)
        if inside > 0:
            out[at], out[at + 1] = 2 * 8 + BYTES, inside
            at += 2
        for kind in range(4):
            if floats[kind, k] == floats[kind, k]:
                out[at] = (kind + 1 if kind < 3 else 5) * 8 + FIXED32
                for byte in range(4):
                    out[at + 1 + byte] = bits[kind, k] >> (8 * byte) & 0xFF
                at += 5
        if known:
            out[at] = 3 * 8 + VARINT
            at = put_varint(out, at + 1, sequence[place[k]])
            out[at], out[at + 1] = 4 * 8 + VARINT, status[k]
            at += 2
        if marks[TIMESTAMP, k] > 0:
            out[at] = 5 * 8 + VARINT
            at = put_varint(out, at + 1, marks[TIMESTAMP, k])
        if known:
            at = put_text(out, at, 7, text, stop[0, place[k]], stop[1, place[k]])
        at = put_vehicle(out, at, 8, text, spans, k)
    return at
