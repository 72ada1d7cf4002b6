"""One position given as a JSON value: what it says, or what is wrong with it. The careful path of feeds.positions_json."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from feeds.kernels.json_positions import FASTEST, LATEST, LONGEST_ID

NAN = float("nan")


class Item(NamedTuple):
    """A sound position: ids as UTF-8 (empty: unknown), then timestamp, lat, lon, bearing and speed, NaN unknown."""

    ids: tuple[bytes, bytes, bytes]
    numbers: tuple[float, float, float, float, float]


class Problem(NamedTuple):
    """Why there is no position: the field to blame (empty: none), the reason that is counted, a sentence's predicate."""

    field: str
    reason: str
    detail: str


class _Unsound(Exception):
    def __init__(self, field: str, kind: str, detail: str) -> None:
        super().__init__(field, kind, detail)
        self.problem = Problem(field, f"{field}_{kind}", detail)


def read_item(value: object) -> Item | Problem:
    """Judge one decoded JSON value.

    Ids may be whole numbers, the time may be RFC 3339 with an offset, and lat and lon may be null: a vehicle without a fix.
    A bearing or speed that cannot be is unknown; anything else that cannot be refuses the item.
    """
    if not isinstance(value, dict):
        return Problem("", "not_an_object", "is not an object")
    try:
        vehicle = _id(value, "vehicle_id")
        if not vehicle:
            raise _Unsound("vehicle_id", "missing", "is missing")
        ids = vehicle, _id(value, "trip_id"), _id(value, "route_id")
        lat, lon = _coordinate(value, "lat", 90.0), _coordinate(value, "lon", 180.0)
        if lat != lat or lon != lon:
            lat = lon = NAN
        bearing, speed = _number(value, "bearing"), _number(value, "speed_mps")
        return Item(
            ids,
            (
                _time(value),
                lat,
                lon,
                bearing if 0.0 <= bearing <= 360.0 else NAN,
                speed if 0.0 <= speed <= FASTEST else NAN,
            ),
        )
    except _Unsound as unsound:
        return unsound.problem


def _id(value: dict[str, object], field: str) -> bytes:
    one = value.get(field)
    if one is None:
        return b""
    if isinstance(one, bool) or not isinstance(one, str | int):
        raise _Unsound(field, "not_text", f"is not a string: {_shown(one)}")
    text = str(one).encode()
    if len(text) > LONGEST_ID:
        raise _Unsound(field, "too_long", f"has more than {LONGEST_ID} bytes")
    return text


def _number(value: dict[str, object], field: str) -> float:
    one = value.get(field)
    if one is None:
        return NAN
    if isinstance(one, bool) or not isinstance(one, int | float):
        raise _Unsound(field, "not_a_number", f"is not a number: {_shown(one)}")
    return float(one)


def _coordinate(value: dict[str, object], field: str, limit: float) -> float:
    if field not in value:
        raise _Unsound(field, "missing", "is missing")
    number = _number(value, field)
    if abs(number) > limit:
        raise _Unsound(field, "out_of_range", f"is outside -{limit:g} to {limit:g}: {number:g}")
    return number


def _time(value: dict[str, object]) -> float:
    field = "timestamp_unix"
    one = value.get(field)
    if one is None:
        raise _Unsound(field, "missing", "is missing")
    if isinstance(one, str):
        try:
            when = datetime.fromisoformat(one)
        except ValueError:
            raise _Unsound(field, "not_a_time", f"is neither epoch seconds nor an RFC 3339 time: {_shown(one)}") from None
        if when.tzinfo is None:
            raise _Unsound(field, "not_a_time", f"has no offset from UTC: {_shown(one)}")
        number = when.timestamp()
    else:
        number = _number(value, field)
    if not 0.0 < number < LATEST:
        raise _Unsound(field, "out_of_range", f"is not epoch seconds: {_shown(one)}")
    return number


def _shown(value: object) -> str:
    """A value short enough to repeat to its sender."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
