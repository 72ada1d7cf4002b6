"""Positions from JSON text to columns, for plain objects; anything unusual is left to the careful path, never guessed.

Plain is: known names without escapes, ids as strings without escapes, numbers without exponents, times as numbers, no nested
values, everything required there and in range. The scanner is strict: what it calls plain is valid JSON (RFC 8259) and means
what a full parser would say, numbers of more than 15 digits within one unit in the last place.

`body` ends with a zero byte that is not part of the text. No JSON token contains one, so every loop stops there at the latest.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from transit.kernels.columns import F64, I32, I64, U8

VEHICLE, TRIP, ROUTE, TIMESTAMP, LAT, LON, BEARING, SPEED, OTHER = range(9)
NAMES = ("vehicle_id", "trip_id", "route_id", "timestamp_unix", "lat", "lon", "bearing", "speed_mps")
LONGEST_ID = 255
FASTEST = 1000.0
"""m/s; a larger speed is none"""
LATEST = 1e11
"""epoch s; a larger number is milliseconds, or nonsense"""
PLAIN, CAREFUL = range(2)
UNSURE = -1

_NAMES = np.zeros((len(NAMES), 16), np.int64)
_BY_LENGTH = np.full((16, 2), OTHER, np.int64)
for _row, _name in enumerate(NAMES):
    _NAMES[_row, : len(_name)] = list(_name.encode())
    _BY_LENGTH[len(_name), 0 if _BY_LENGTH[len(_name), 0] == OTHER else 1] = _row
STOPS = np.zeros(256, np.uint8)
STOPS[[*range(32), ord('"'), ord("\\")]] = 1
STOPS_ASCII = np.where(np.arange(256) < 128, STOPS, 1).astype(np.uint8)
"""for bodies that are not UTF-8 throughout: their strings beyond ASCII are left to the careful path"""
_POWERS = 10.0 ** np.arange(20)
_KEY, _COLON, _VALUE, _NEXT = range(4)
"""What may come next inside an object."""
TAB, NEWLINE, RETURN, SPACE, QUOTE, COMMA, MINUS, POINT, ZERO, NINE = 9, 10, 13, 32, 34, 44, 45, 46, 48, 57
COLON_MARK, LIST_OPEN, BACKSLASH, LIST_CLOSE, OBJECT_OPEN, OBJECT_CLOSE = 58, 91, 92, 93, 123, 125


@njit(cache=True, nogil=True, error_model="numpy")
def literal_at(body: U8, at: int) -> int:
    """Length of true, false or null at `at`, 0 for none of them."""
    b = body
    if b[at] == 110 and b[at + 1] == 117 and b[at + 2] == 108 and b[at + 3] == 108:
        return 4
    if b[at] == 116 and b[at + 1] == 114 and b[at + 2] == 117 and b[at + 3] == 101:
        return 4
    if b[at] == 102 and b[at + 1] == 97 and b[at + 2] == 108 and b[at + 3] == 115 and b[at + 4] == 101:
        return 5
    return 0


@njit(cache=True, nogil=True, error_model="numpy")
def scan_object(body: U8, at: int, row: int, places: I32, numbers: F64, space: int, stops: U8) -> int:
    """Read the object whose brace is at `at` into `row`; the position after it, or UNSURE when it is not plain.

    places [6, rows] gets where each id begins and its length, numbers [5, rows] the rest from TIMESTAMP on. `space` is the
    newline where newlines are space, else another space; `stops` [256] marks the bytes a plain string cannot go on with.
    Keys and numbers are read in place: a call for each would double the time.
    """
    for k in range(6):
        places[k, row] = 0
    for k in range(5):
        numbers[k, row] = np.nan
    state, field = _KEY, OTHER
    at += 1
    while True:
        byte = int(np.int64(body[at]))
        if byte == QUOTE and state in (_KEY, _VALUE):
            start = at + 1
            at = start
            while stops[body[at]] == 0:
                at += 1
            if body[at] != QUOTE:
                return UNSURE
            length = at - start
            at += 1
            if state == _KEY:
                state, field = _COLON, OTHER
                for k in range(2 if length < 16 else 0):
                    candidate = _BY_LENGTH[length, k]
                    if candidate != OTHER:
                        i = 0
                        while i < length and np.int64(body[start + i]) == _NAMES[candidate, i]:
                            i += 1
                        field = candidate if i == length else field
            else:
                state = _NEXT
                if field <= ROUTE:
                    places[2 * field, row], places[2 * field + 1, row] = start, length
                elif field < OTHER:
                    return UNSURE
        elif byte == COLON_MARK and state == _COLON:
            state = _VALUE
            at += 1
        elif byte == COMMA and state == _NEXT:
            state = _KEY
            at += 1
        elif byte == OBJECT_CLOSE and state == _NEXT:
            return at + 1
        elif state == _VALUE and field > ROUTE and (byte == MINUS or ZERO <= byte <= NINE):
            negative = byte == MINUS
            at += 1 if negative else 0
            start, point, mantissa = at, -1, 0
            byte = int(np.int64(body[at]))
            while ZERO <= byte <= NINE or (byte == POINT and point < 0):
                if byte == POINT:
                    point = at
                else:
                    mantissa = mantissa * 10 + (byte - ZERO)
                at += 1
                byte = int(np.int64(body[at]))
            fraction = at - 1 - point if point >= 0 else 0
            whole = at - start - fraction - (1 if point >= 0 else 0)
            if whole < 1 or (whole > 1 and body[start] == ZERO) or (point >= 0 and fraction == 0):
                return UNSURE
            if whole + fraction > 18 or byte in (69, 101):
                return UNSURE
            state = _NEXT
            if field != OTHER:
                numbers[field - TIMESTAMP, row] = (-mantissa if negative else mantissa) / _POWERS[fraction]
        elif byte in (SPACE, TAB, RETURN, space):
            at += 1
        elif state == _VALUE and (field == OTHER or (field >= BEARING and byte == 110)):
            size = literal_at(body, at)
            if size == 0:
                return UNSURE
            at += size
            state = _NEXT
            if field != OTHER:
                numbers[field - TIMESTAMP, row] = np.nan
        else:
            return UNSURE


@njit(cache=True, nogil=True, error_model="numpy")
def is_position(row: int, places: I32, numbers: F64) -> bool:
    """Whether everything a position must have is there and in range."""
    if not 0 < places[1, row] <= LONGEST_ID or places[3, row] > LONGEST_ID or places[5, row] > LONGEST_ID:
        return False
    if not 0.0 < numbers[0, row] < LATEST:
        return False
    return bool(abs(numbers[LAT - TIMESTAMP, row]) <= 90.0 and abs(numbers[LON - TIMESTAMP, row]) <= 180.0)


@njit(cache=True, nogil=True, error_model="numpy")
def skip_object(body: U8, at: int) -> int:
    """Position after the object or list at `at` by its brackets, or UNSURE when it does not end. Its inside is not checked."""
    depth, inside_string = 0, False
    while at < body.size - 1:
        byte = int(np.int64(body[at]))
        at += 1
        if inside_string:
            if byte == BACKSLASH:
                at += 1
            elif byte == QUOTE:
                inside_string = False
        elif byte == QUOTE:
            inside_string = True
        elif byte in (OBJECT_OPEN, LIST_OPEN):
            depth += 1
        elif byte in (OBJECT_CLOSE, LIST_CLOSE):
            depth -= 1
            if depth == 0:
                return at
    return UNSURE


@njit(cache=True, nogil=True, error_model="numpy")
def skip_space(body: U8, at: int) -> int:
    """Position of the next byte that is not JSON white space."""
    while body[at] == SPACE or body[at] == NEWLINE or body[at] == RETURN or body[at] == TAB:
        at += 1
    return at


@njit(cache=True, nogil=True, error_model="numpy")
def scan_list(body: U8, at: int, places: I32, numbers: F64, bounds: I64, kind: U8, stops: U8) -> tuple[int, int]:
    """Read the list of objects whose bracket is at `at`: (items, position after the list).

    bounds [2, rows] and kind [rows] say where each item is and whether it is PLAIN or for the CAREFUL path. The position is
    UNSURE when the list holds anything but objects, does not end, or has more items than there are rows.
    """
    items = 0
    at = skip_space(body, at + 1)
    if body[at] == LIST_CLOSE:
        return 0, at + 1
    while body[at] == OBJECT_OPEN and items < kind.size:
        end = scan_object(body, at, items, places, numbers, NEWLINE, stops)
        kind[items] = PLAIN
        if end < 0 or not is_position(items, places, numbers):
            kind[items] = CAREFUL
            end = skip_object(body, at)
            if end < 0:
                return items, UNSURE
        bounds[0, items], bounds[1, items] = at, end
        items += 1
        at = skip_space(body, end)
        if body[at] == LIST_CLOSE:
            return items, at + 1
        if body[at] != COMMA:
            return items, UNSURE
        at = skip_space(body, at + 1)
    return items, UNSURE


@njit(cache=True, nogil=True, error_model="numpy")
def scan_lines(body: U8, at: int, places: I32, numbers: F64, bounds: I64, kind: U8, stops: U8) -> int:
    """Read one object a line from `at` on; returns how many lines were not empty. `bounds` and `kind` as in scan_list."""
    items, size = 0, body.size - 1
    while at < size:
        at = skip_space(body, at)
        if at >= size:
            break
        start, end = at, UNSURE
        if body[at] == OBJECT_OPEN:
            end = scan_object(body, at, items, places, numbers, SPACE, stops)
        at = max(end, start)
        while end >= 0 and (body[at] == SPACE or body[at] == TAB or body[at] == RETURN):
            at += 1
        plain = end >= 0 and (body[at] == NEWLINE or at == size) and is_position(items, places, numbers)
        while at < size and body[at] != NEWLINE:
            at += 1
        kind[items] = PLAIN if plain else CAREFUL
        bounds[0, items], bounds[1, items] = start, at
        items += 1
    return items
