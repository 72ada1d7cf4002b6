"""GTFS-Realtime out: the bytes are those of the protobuf library, and the library reads them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import numpy as np
import pytest
from google.transit import gtfs_realtime_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from feeds.gtfs_rt import decode_positions
from feeds.gtfs_rt_write import encode_alerts, encode_trip_updates, encode_vehicle_positions, feed_to_json
from tests.support import naive_gtfs_rt_write as naive
from tests.support.tiny_city import tiny_network
from transit.kernels.columns import VEHICLE, ArrivalColumns, EventColumns, MatchColumns
from transit.model import Source
from transit.service_day import service_days
from transit.snapshot import Snapshot

NETWORK = tiny_network()
NOW = 1777248000.0
DAYS = [day.start for day in service_days(NETWORK, NOW)]
NAMES = ["鲁A·1", "b" * 200, "bus-3", "bus-4", "bus-5"]
Call = tuple[int, int, int, float, float, float, int]


def snapshot(calls: Sequence[Call] = (), vehicles: np.ndarray | None = None, now: float = NOW) -> Snapshot:
    """A snapshot with these (vehicle, pattern stop, trip, service day, arrival, departure, source)."""
    if vehicles is None:
        vehicles = np.zeros(len(NAMES), VEHICLE)
        vehicles["timestamp"] = NOW - 10
        vehicles["pattern"] = -1
    ordered = sorted(calls, key=lambda call: (NETWORK.patterns.stop[call[1]], call[4]))
    kinds = ("i4", "i4", "i4", "f8", "f8", "f8", "u1")
    columns = [np.array([call[k] for call in ordered], kind) for k, kind in enumerate(kinds)]
    columns += [np.full(len(ordered), np.nan)] * 2
    nothing = np.zeros(0, np.int32)
    return Snapshot(
        number=1, now=now, network=NETWORK, vehicles=vehicles, vehicle_ids=NAMES, arrivals=ArrivalColumns(*columns),
        arrival_start=nothing, last_received=now, matches=MatchColumns(*[nothing] * 6), events=EventColumns(*[nothing] * 6),
    )  # fmt: skip


@st.composite
def runs(draw: st.DrawFn) -> list[Call]:
    """The calls of a vehicle's run: on a trip or only a pattern, each stop once, times going up, some departures unknown."""
    vehicle = draw(st.integers(-1, len(NAMES)))
    trip = draw(st.integers(-len(NETWORK.trip_ids), len(NETWORK.trip_ids) - 1))
    pattern = int(NETWORK.trips.pattern[trip]) if trip >= 0 else draw(st.integers(0, len(NETWORK.patterns.route) - 1))
    places = range(int(NETWORK.patterns.stop_start[pattern]), int(NETWORK.patterns.stop_start[pattern + 1]))
    first = draw(st.integers(places[0], places[-1]))
    source = draw(st.sampled_from([Source.LIVE, Source.LIVE, Source.LAYOVER, Source.SCHEDULE, Source.HEADWAY]))
    day = draw(st.sampled_from(DAYS)) if trip >= 0 else np.nan
    time, calls = NOW + draw(st.floats(0, 3600)), []
    for place in places[first - places[0] :]:
        stay = draw(st.sampled_from([0.0, 12.3, np.nan]))
        calls.append((vehicle, place, max(trip, -1), day, time, time + stay, int(source)))
        time += draw(st.floats(1, 300))
    return calls


@given(st.lists(runs(), max_size=5))
def test_trip_updates_are_the_bytes_of_the_library(drawn: list[list[Call]]) -> None:
    unique = {(call[0], call[2], call[1], call[6]): call for run in drawn for call in run}
    places = {(vehicle, trip, place): call for (vehicle, trip, place, _), call in unique.items()}
    picture = snapshot(list(places.values()))
    feed = encode_trip_updates(picture)
    twin = naive.trip_updates(picture)
    assert pb.FeedMessage.FromString(feed) == twin
    assert feed == twin.SerializeToString()
    ids = [entity.id for entity in twin.entity]
    assert len(set(ids)) == len(ids)
    kept, skipped = list(places.values())[::2], list(places.values())[1::2]
    picture = dataclasses.replace(snapshot(kept), skipped=snapshot(skipped).arrivals)
    assert encode_trip_updates(picture) == naive.trip_updates(picture).SerializeToString()


@st.composite
def fleets(draw: st.DrawFn) -> np.ndarray:
    vehicles = np.zeros(len(NAMES), VEHICLE)
    for vehicle in vehicles:
        vehicle["pattern"] = draw(st.integers(-1, len(NETWORK.patterns.route) - 1))
        trips = np.flatnonzero(NETWORK.trips.pattern == vehicle["pattern"]).tolist()
        vehicle["trip"] = draw(st.sampled_from([-1, *trips]))
        vehicle["service_day"] = draw(st.sampled_from(DAYS)) if vehicle["trip"] >= 0 else np.nan
        vehicle["heard"] = draw(st.sampled_from([NOW, NOW - 299.5, NOW - 301, np.nan]))
        vehicle["x"], vehicle["y"] = draw(st.floats(-1e4, 1e4)), draw(st.floats(-1e4, 1e4))
        vehicle["east"], vehicle["north"] = draw(st.sampled_from([(0, 0), (1, 0), (0.6, -0.8), (-1, 0), (-0.6, 0.8)]))
        vehicle["speed"] = draw(st.sampled_from([np.nan, 0.0, 7.25]))
        vehicle["progress"] = draw(st.sampled_from([np.nan, 0.0, 1e6]) | st.integers(-200, 20_000).map(lambda n: n / 4))
        vehicle["pending_arrival"] = draw(st.sampled_from([np.nan, NOW - 5]))
    return vehicles


@given(fleets())
def test_vehicle_positions_are_the_bytes_of_the_library_and_our_decoder_reads_them(vehicles: np.ndarray) -> None:
    picture = snapshot(vehicles=vehicles)
    feed = encode_vehicle_positions(picture)
    twin = naive.vehicle_positions(picture, 300.0)
    assert pb.FeedMessage.FromString(feed) == twin
    assert feed == twin.SerializeToString()
    columns, counters = decode_positions(feed, NOW)
    assert counters.accepted == len(twin.entity)
    assert columns.lat.tolist() == [entity.vehicle.position.latitude for entity in twin.entity]


def test_an_exact_run_of_frequencies_is_its_trip_and_start_time_and_a_headway_run_is_unscheduled() -> None:
    exact = next(k for k, name in enumerate(NETWORK.trip_ids) if "@" in name)
    pattern = next(p for p in range(len(NETWORK.patterns.route)) if naive.is_headway(NETWORK, -1, p))
    calls = []
    for vehicle, trip, on in ((0, exact, int(NETWORK.trips.pattern[exact])), (1, -1, pattern)):
        place = int(NETWORK.patterns.stop_start[on])
        calls.append((vehicle, place, trip, DAYS[1] if trip >= 0 else np.nan, NOW + 60, NOW + 70, int(Source.LIVE)))
    run, headway = pb.FeedMessage.FromString(encode_trip_updates(snapshot(calls))).entity
    name, _, clock = NETWORK.trip_ids[exact].partition("@")
    assert (run.trip_update.trip.trip_id, run.trip_update.trip.start_time) == (name, clock)
    assert run.id.endswith(NETWORK.trip_ids[exact])
    assert not run.trip_update.trip.HasField("schedule_relationship")
    assert headway.trip_update.trip.schedule_relationship == pb.TripDescriptor.UNSCHEDULED
    assert headway.trip_update.stop_time_update[0].schedule_relationship == pb.TripUpdate.StopTimeUpdate.UNSCHEDULED
    assert not headway.trip_update.trip.HasField("trip_id")


@pytest.mark.parametrize("encode", [encode_trip_updates, encode_vehicle_positions, encode_alerts])
def test_a_feed_about_nothing_is_a_valid_feed(encode: object) -> None:
    message = pb.FeedMessage.FromString(encode(snapshot()))
    assert message.IsInitialized()
    assert message.header.gtfs_realtime_version == "2.0"
    assert message.header.incrementality == pb.FeedHeader.FULL_DATASET
    assert message.header.timestamp == int(NOW)
    assert len(message.entity) == 0


def test_a_snapshot_before_any_vehicle_is_a_valid_feed() -> None:
    picture = dataclasses.replace(snapshot(vehicles=np.zeros(0, VEHICLE)), vehicle_ids=[])
    for encode in (encode_trip_updates, encode_vehicle_positions):
        assert len(pb.FeedMessage.FromString(encode(picture)).entity) == 0


def test_json_has_the_names_of_the_proto_and_the_text_as_it_is() -> None:
    vehicles = np.zeros(len(NAMES), VEHICLE)
    vehicles["pattern"], vehicles["pattern"][0], vehicles["heard"] = -1, 0, NOW
    vehicles["trip"] = -1
    said = feed_to_json(encode_vehicle_positions(snapshot(vehicles=vehicles)))
    feed = json.loads(said)
    assert feed["header"]["gtfs_realtime_version"] == "2.0"
    assert feed["entity"][0]["vehicle"]["vehicle"]["id"] == NAMES[0]
    assert NAMES[0].encode() in said
