"""The slow twin of feeds.kernels.gtfs_rt: protobuf wire format with recursion, dictionaries and exceptions."""

from __future__ import annotations

import struct
from typing import NamedTuple

from hypothesis import strategies as st

VARINT, FIXED64, BYTES, GROUP, END_GROUP, FIXED32 = range(6)


class Broken(Exception):
    """These bytes are no sequence of fields; `at` is where the field that breaks begins."""

    def __init__(self, at: int = 0) -> None:
        super().__init__(at)
        self.at = at


class Row(NamedTuple):
    """One accepted position; None is unknown."""

    vehicle: str
    trip: str
    route: str
    timestamp: float | None
    lat: float | None
    lon: float | None
    bearing: float | None
    speed: float | None


def varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for k in range(10):
        if at + k >= len(raw):
            raise Broken
        value |= (raw[at + k] & 0x7F) << (7 * k)
        if raw[at + k] < 0x80:
            return -1 if value >= 2**63 else value, at + k + 1
    raise Broken


def payload(raw: bytes, wire: int, at: int) -> tuple[int | bytes, int]:
    if wire == VARINT:
        return varint(raw, at)
    if wire in (FIXED32, FIXED64):
        size = 4 if wire == FIXED32 else 8
    elif wire == BYTES:
        size, at = varint(raw, at)
    elif wire == GROUP:
        while True:
            tag, at = varint(raw, at)
            if tag < 8:
                raise Broken
            if tag % 8 == END_GROUP:
                return b"", at
            _, at = payload(raw, tag % 8, at)
    else:
        raise Broken
    if not 0 <= size <= len(raw) - at:
        raise Broken
    return raw[at : at + size], at + size


def fields(raw: bytes) -> tuple[list[tuple[int, int, int | bytes]], int]:
    """Every (number, wire type, value), and where the first unreadable field begins (-1: none)."""
    found, at = [], 0
    while at < len(raw):
        try:
            tag, start = varint(raw, at)
            if tag < 8:
                raise Broken
            value, after = payload(raw, tag % 8, start)
        except Broken:
            return found, at
        found.append((tag // 8, tag % 8, value))
        at = after
    return found, -1


def sound_fields(raw: bytes) -> list[tuple[int, int, int | bytes]]:
    found, broken_at = fields(raw)
    if broken_at >= 0:
        raise Broken(broken_at)
    return found


def read_texts(raw: bytes, wanted: dict[int, str], into: dict[str, bytes]) -> None:
    for number, wire, value in sound_fields(raw):
        if wire == BYTES and number in wanted:
            into[wanted[number]] = value


def read_floats(raw: bytes, into: dict[str, float]) -> None:
    names = {1: "lat", 2: "lon", 3: "bearing", 5: "speed"}
    for number, wire, value in sound_fields(raw):
        if wire == FIXED32 and number in names:
            (into[names[number]],) = struct.unpack("<f", value)


def read_entity(raw: bytes, header: float | None) -> Row | str:
    """A position, or the reason why there is none."""
    texts: dict[str, bytes] = {}
    floats: dict[str, float] = {}
    deleted, found, timestamp = False, False, 0
    for number, wire, value in sound_fields(raw):
        if (number, wire) == (1, BYTES):
            texts["entity"] = value
        elif (number, wire) == (2, VARINT):
            deleted = value != 0
        elif (number, wire) == (4, BYTES):
            found = True
            timestamp = read_vehicle(value, texts, floats, timestamp)
    if deleted:
        return "deleted"
    if not found:
        return "not_a_position"
    return judge(texts, floats, float(timestamp) if timestamp > 0 else header)


def read_vehicle(raw: bytes, texts: dict[str, bytes], floats: dict[str, float], timestamp: int) -> int:
    """Fill in what a VehiclePosition says; its timestamp, or the one before it."""
    for number, wire, value in sound_fields(raw):
        if (number, wire) == (1, BYTES):
            read_texts(value, {1: "trip", 5: "route"}, texts)
        elif (number, wire) == (2, BYTES):
            read_floats(value, floats)
        elif (number, wire) == (5, VARINT):
            timestamp = value
        elif (number, wire) == (8, BYTES):
            read_texts(value, {1: "id", 2: "label"}, texts)
    return timestamp


def judge(texts: dict[str, bytes], floats: dict[str, float], timestamp: float | None) -> Row | str:
    vehicle = texts.get("id") or texts.get("label") or texts.get("entity") or b""
    if not vehicle:
        return "vehicle_id_missing"
    decoded = []
    for one in (vehicle, texts.get("trip", b""), texts.get("route", b"")):
        if len(one) > 255:
            return "id_too_long"
        try:
            decoded.append(one.decode())
        except UnicodeDecodeError:
            return "id_not_utf8"
    lat, lon = floats.get("lat"), floats.get("lon")
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        lat = lon = None
    bearing, speed = floats.get("bearing"), floats.get("speed")
    return Row(
        *decoded,
        timestamp,
        lat,
        lon,
        bearing if bearing is not None and 0 <= bearing <= 360 else None,
        speed if speed is not None and 0 <= speed <= 1000 else None,
    )


def decode(raw: bytes) -> tuple[list[Row], dict[str, int]]:
    """Accepted rows, and counts of everything else by reason."""
    top, broken_at = fields(raw)
    stamp = 0
    for number, wire, value in top:
        if (number, wire) == (1, BYTES):
            for inner, kind, content in fields(value)[0]:
                if (inner, kind) == (3, VARINT):
                    stamp = content
    header = float(stamp) if stamp > 0 else None
    rows, counts = [], {}
    for number, wire, value in top:
        if (number, wire) != (2, BYTES):
            continue
        try:
            one = read_entity(value, header)
        except Broken:
            one = "malformed"
        if isinstance(one, Row):
            rows.append(one)
        else:
            counts[one] = counts.get(one, 0) + 1
    if broken_at >= 0:
        counts["truncated"] = 1
    return rows, counts


@st.composite
def wire_fields(draw: st.DrawFn, depth: int = 3) -> bytes:
    """Bytes of one to four well-formed fields: known numbers and extensions, every wire type, groups in groups."""
    out = b""
    for _ in range(draw(st.integers(1, 4))):
        number = draw(st.sampled_from([1, 2, 3, 4, 5, 6, 8, 15, 16, 1000, 9999, 2**28]))
        wire = draw(st.sampled_from([VARINT, FIXED64, BYTES, GROUP, FIXED32]))
        out += encode_varint(number * 8 + wire)
        if wire == VARINT:
            out += encode_varint(draw(st.integers(0, 2**64 - 1)))
        elif wire == BYTES:
            content = draw(wire_fields(depth - 1) if depth and draw(st.booleans()) else st.binary(max_size=12))
            out += encode_varint(len(content)) + content
        elif wire == GROUP:
            out += (draw(wire_fields(depth - 1)) if depth else b"") + encode_varint(number * 8 + END_GROUP)
        else:
            out += draw(st.binary(min_size=4, max_size=4) if wire == FIXED32 else st.binary(min_size=8, max_size=8))
    return out


def encode_varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
