"""GTFS-Realtime decoding against the protobuf library and against a slow twin, on sound and on damaged feeds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import BadEncoding, FeedError
from feeds.gtfs_rt import decode_positions
from feeds.kernels import gtfs_rt as wire
from tests.support import naive_gtfs_rt as naive
from transit.kernels.columns import PositionColumns

IDS = st.text(st.characters(codec="utf-8"), max_size=12)
FLOATS = st.floats(-200, 200, width=32)


def feed(timestamp: int = 1000) -> pb.FeedMessage:
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = timestamp
    return message


def add_vehicle(message: pb.FeedMessage, vehicle: str, lat: float = 36.7, lon: float = 117.5) -> pb.VehiclePosition:
    entity = message.entity.add()
    entity.id = f"e{len(message.entity)}"
    entity.vehicle.vehicle.id = vehicle
    entity.vehicle.position.latitude = lat
    entity.vehicle.position.longitude = lon
    entity.vehicle.timestamp = 990
    return entity.vehicle


def rows_of(columns: PositionColumns) -> list[naive.Row]:
    def text(at: int, length: int) -> str:
        return columns.text[at : at + length].tobytes().decode()

    def known(value: float) -> float | None:
        return None if math.isnan(value) else float(value)

    return [
        naive.Row(
            text(columns.vehicle_at[i], columns.vehicle_length[i]),
            text(columns.trip_at[i], columns.trip_length[i]),
            text(columns.route_at[i], columns.route_length[i]),
            known(columns.timestamp[i]),
            known(columns.lat[i]),
            known(columns.lon[i]),
            known(columns.bearing[i]),
            known(columns.speed[i]),
        )
        for i in range(len(columns.lat))
    ]


@st.composite
def feeds(draw: st.DrawFn) -> pb.FeedMessage:
    """Valid feeds: any subset of fields, TripUpdates and alerts between the positions, deleted entities."""
    message = feed(draw(st.integers(0, 2**33)))
    for _ in range(draw(st.integers(0, 5))):
        entity = message.entity.add()
        entity.id = draw(IDS)
        if draw(st.integers(0, 5)) == 0:
            entity.is_deleted = draw(st.booleans())
        kind = draw(st.sampled_from(["vehicle", "vehicle", "vehicle", "alert", "trip_update", "nothing"]))
        if kind == "alert":
            entity.alert.header_text.translation.add().text = "detour"
        elif kind == "trip_update":
            entity.trip_update.trip.trip_id = draw(IDS)
        elif kind == "vehicle":
            fill_vehicle(draw, entity.vehicle)
    return message


def fill_vehicle(draw: st.DrawFn, vehicle: pb.VehiclePosition) -> None:
    vehicle.SetInParent()
    for target, name, values in (
        (vehicle.vehicle, "id", IDS),
        (vehicle.vehicle, "label", IDS),
        (vehicle.vehicle, "license_plate", IDS),
        (vehicle.trip, "trip_id", IDS),
        (vehicle.trip, "route_id", IDS),
        (vehicle.trip, "start_date", st.just("20260302")),
        (vehicle.trip, "direction_id", st.integers(0, 1)),
        (vehicle, "timestamp", st.integers(0, 2**34)),
        (vehicle, "current_stop_sequence", st.integers(0, 2**32 - 1)),
        (vehicle, "stop_id", IDS),
        (vehicle, "current_status", st.integers(0, 2)),
    ):
        if draw(st.booleans()):
            setattr(target, name, draw(values))
    if draw(st.booleans()):
        vehicle.position.latitude, vehicle.position.longitude = draw(FLOATS), draw(FLOATS)
        for name in ("bearing", "odometer", "speed"):
            if draw(st.booleans()):
                setattr(vehicle.position, name, draw(FLOATS))


def expected_by_library(message: pb.FeedMessage) -> list[naive.Row]:
    """What the protobuf library's own objects say."""
    rows = []
    for entity in message.entity:
        vehicle, place = entity.vehicle, entity.vehicle.position
        name = vehicle.vehicle.id or vehicle.vehicle.label or entity.id
        if entity.is_deleted or not entity.HasField("vehicle") or not name:
            continue
        fixed = vehicle.HasField("position") and abs(place.latitude) <= 90 and abs(place.longitude) <= 180
        rows.append(
            naive.Row(
                name,
                vehicle.trip.trip_id,
                vehicle.trip.route_id,
                float(vehicle.timestamp or message.header.timestamp) or None,
                place.latitude if fixed else None,
                place.longitude if fixed else None,
                place.bearing if place.HasField("bearing") and 0 <= place.bearing <= 360 else None,
                place.speed if place.HasField("speed") and place.speed >= 0 else None,
            )
        )
    return rows


@given(feeds())
def test_positions_are_what_the_protobuf_library_reads(message: pb.FeedMessage) -> None:
    columns, counters = decode_positions(message.SerializeToString(), 1234.5)
    expected = expected_by_library(message)
    assert rows_of(columns) == expected
    assert counters.accepted == len(expected)
    assert counters.accepted + counters.refused_total + sum(counters.ignored.values()) == len(message.entity)
    assert columns.received.tolist() == [1234.5] * len(expected)


@given(feeds(), st.lists(naive.wire_fields(), max_size=3), st.data())
def test_unknown_fields_and_extensions_change_nothing_the_twin_does_not_see(
    message: pb.FeedMessage, extras: list[bytes], data: st.DataObject
) -> None:
    for extra in extras:
        places = [message, *message.entity, *(entity.vehicle for entity in message.entity if entity.HasField("vehicle"))]
        data.draw(st.sampled_from(places)).MergeFromString(b"\xfa\x7f" + naive.encode_varint(len(extra)) + extra)
    raw = message.SerializeToString()
    assert rows_of(decode_positions(raw, 0.0)[0]) == expected_by_library(message) == naive.decode(raw)[0]


def assert_like_twin(raw: bytes) -> None:
    rows, counts = naive.decode(raw)
    try:
        columns, counters = decode_positions(raw, 0.0)
    except FeedError:
        assert not rows
        return
    assert rows_of(columns) == rows
    assert counters.refused | counters.ignored == counts
    assert counters.accepted == len(rows)


@given(feeds(), st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6), st.floats(0, 1))
def test_damaged_feeds_decode_as_the_twin_says(message: pb.FeedMessage, hits: list[tuple[float, int]], kept: float) -> None:
    raw = bytearray(message.SerializeToString())
    for place, value in hits:
        raw[int(place * len(raw))] = value
    assert_like_twin(bytes(raw))
    assert_like_twin(bytes(raw[: int(kept * len(raw))]))


@given(st.lists(naive.wire_fields(), max_size=4))
def test_any_sequence_of_fields_decodes_as_the_twin_says(parts: list[bytes]) -> None:
    entities = b"".join(b"\x12" + naive.encode_varint(len(part)) + part for part in parts)
    vehicles = b"".join(b"\x22" + naive.encode_varint(len(part)) + part for part in parts)
    assert_like_twin(b"\x0a\x00" + entities + b"\x12" + naive.encode_varint(len(vehicles)) + vehicles)


@given(st.binary(max_size=80))
def test_any_bytes_decode_or_are_refused_as_a_feed(raw: bytes) -> None:
    assert_like_twin(raw)


@given(feeds(), st.integers(0, 255), st.floats(0, 1))
def test_nothing_past_the_end_is_read(message: pb.FeedMessage, tail: int, kept: float) -> None:
    raw = message.SerializeToString()
    raw = raw[: int(kept * len(raw))]
    longer = np.full(len(raw) + 64, tail, np.uint8)
    longer[: len(raw)] = np.frombuffer(raw, np.uint8)
    inside, alone = longer[: len(raw)], np.frombuffer(raw, np.uint8).copy()
    assert wire.measure(inside) == wire.measure(alone)
    entities = wire.measure(alone)[0]
    results = []
    for text in (inside, alone):
        places, timestamp = np.zeros((wire.PLACES, entities), np.int32), np.zeros(entities)
        what = np.zeros(entities, np.uint8)
        results.append((wire.decode_feed(text, places, timestamp, what), places.tolist(), timestamp.tobytes(), what.tolist()))
    assert results[0] == results[1]


def test_a_malformed_entity_costs_only_itself() -> None:
    message = feed()
    for name in ("a", "b", "c"):
        add_vehicle(message, name)
    raw = bytearray(message.SerializeToString())
    raw[raw.index(b"\x0a\x01b") + 1] = 0x7F  # the id of b claims 127 bytes
    columns, counters = decode_positions(bytes(raw), 0.0)
    assert [row.vehicle for row in rows_of(columns)] == ["a", "c"]
    assert counters.refused == {"malformed": 1}
    assert str(counters.examples[0]) == "entity 1: is not valid protobuf"


def test_a_feed_that_breaks_off_keeps_what_came_before() -> None:
    message = feed()
    for name in ("a", "b"):
        add_vehicle(message, name)
    columns, counters = decode_positions(message.SerializeToString()[:-3], 0.0)
    assert [row.vehicle for row in rows_of(columns)] == ["a"]
    assert counters.refused == {"truncated": 1}
    assert "the 1 entities before are used" in str(counters.examples[0])


def test_the_vehicle_id_falls_back_to_label_and_entity() -> None:
    message = feed()
    add_vehicle(message, "").vehicle.label = "label"
    add_vehicle(message, "")
    add_vehicle(message, "id").vehicle.label = "label"
    assert [row.vehicle for row in rows_of(decode_positions(message.SerializeToString(), 0.0)[0])] == ["label", "e2", "id"]


def test_a_missing_timestamp_is_the_headers_and_a_missing_header_timestamp_is_unknown() -> None:
    message = feed(timestamp=1000)
    add_vehicle(message, "a").ClearField("timestamp")
    add_vehicle(message, "b").timestamp = 0
    assert decode_positions(message.SerializeToString(), 0.0)[0].timestamp.tolist() == [1000.0, 1000.0]
    message.header.ClearField("timestamp")
    assert np.isnan(decode_positions(message.SerializeToString(), 0.0)[0].timestamp).all()


def test_what_is_not_a_position_is_ignored_and_counted_apart() -> None:
    message = feed()
    add_vehicle(message, "a")
    message.entity[0].is_deleted = True
    message.entity.add(id="t").trip_update.trip.trip_id = "T1"
    add_vehicle(message, "b")
    columns, counters = decode_positions(message.SerializeToString(), 0.0)
    assert counters.ignored == {"deleted": 1, "not_a_position": 1}
    assert not counters.refused
    assert len(columns.lat) == 1


def test_impossible_coordinates_are_no_fix_and_ids_that_are_no_text_are_refused() -> None:
    message = feed()
    add_vehicle(message, "nan", lat=math.nan)
    add_vehicle(message, "far", lon=181.0)
    add_vehicle(message, "x" * 256)
    add_vehicle(message, "latin")
    raw = message.SerializeToString().replace(b"latin", b"lat\xefn")
    columns, counters = decode_positions(raw, 0.0)
    assert np.isnan(columns.lat).all()
    assert np.isnan(columns.lon).all()
    assert len(columns.lat) == 2
    assert counters.refused == {"id_too_long": 1, "id_not_utf8": 1}


@pytest.mark.parametrize("raw", [b"", b"<html>502 Bad Gateway</html>", b'{"header": {}, "entity": []}', b"\x00\x00"])
def test_bytes_that_are_no_feed_are_an_error_in_one_sentence(raw: bytes) -> None:
    with pytest.raises(BadEncoding, match=r"^GTFS-Realtime feed: is (empty|not a protobuf FeedMessage)"):
        decode_positions(raw, 0.0)


def test_a_feed_with_no_vehicles_is_empty_and_no_error() -> None:
    columns, counters = decode_positions(feed().SerializeToString(), 0.0)
    assert len(columns.lat) == 0
    assert counters.accepted == counters.refused_total == 0
