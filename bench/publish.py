"""Publishing: TripUpdates as protobuf, and stop boards, from the snapshot of one step.

TripUpdates of 5,000 vehicles are written by our kernels and by the protobuf library in Python; both are read back and must say
the same. Boards are those of the simulated district, composed and encoded; the baseline sends what was composed through FastAPI's
response model, as a route without prepared bytes would for every request.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from google.transit import gtfs_realtime_pb2
from pydantic import TypeAdapter

from bench.rows import Row
from bench.timing import interleaved
from bench.workload import synthetic_fleet, synthetic_network
from feeds.gtfs import compile_network
from feeds.gtfs_rt_write import encode_trip_updates
from feeds.simulated import District
from server.board_schemas import Arrivals
from server.board_views import arrivals_object, encode_arrivals
from server.city import City
from transit.board_content import BoardContent
from transit.board_memory import BoardMemory
from transit.board_schedule import situation
from transit.board_text import LANGUAGES
from transit.boards import compose
from transit.parameters import BoardParameters
from transit.service_day import local_date
from transit.snapshot import Snapshot

MORNING = 1_772_411_400.0
"""2026-03-02 08:30 +08:00, a Monday"""
_WARM_UP, _STEP = 600, 10
"""s of the district's morning that the engine sees first"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in µs."""
    yield from _trip_updates(300 if smoke else 5000, 2 if smoke else 8)
    yield from _boards(2 if smoke else 12, smoke)


def _trip_updates(vehicles: int, rounds: int) -> Iterator[Row | str]:
    # 45 stops on 20 km: some 34 of them ahead of a vehicle
    network = synthetic_network(patterns=60 if vehicles < 1000 else 600, stops=45)
    city, snapshot = City(network), None
    for batch in synthetic_fleet(network, vehicles=vehicles, batches=3).batches:
        snapshot = city.step(float(batch.received[0]), [batch])
    assert snapshot is not None
    ours, theirs = encode_trip_updates(snapshot), _with_the_library(snapshot)
    same = _said(ours) == _said(theirs)
    seconds = interleaved([lambda: encode_trip_updates(snapshot), lambda: _with_the_library(snapshot)], rounds)
    times = [one / vehicles * 1e6 for one in seconds]
    yield Row("TripUpdates, a vehicle", times[0], times[1], "protobuf library in Python", "µs", False)
    yield Row("TripUpdates, a vehicle, beside the limit", times[0], 2.0, "wanted at most", "µs", False)
    calls = len(snapshot.arrivals.vehicle)
    yield f"{calls / vehicles:.1f} calls and {len(ours) / vehicles:.0f} bytes a vehicle; read back, both say the same: {same}"


def _with_the_library(snapshot: Snapshot) -> bytes:
    """What one writes with the protobuf library: message by message."""
    network, arrivals = snapshot.network, snapshot.arrivals
    feed = gtfs_realtime_pb2.FeedMessage()
    feed.header.gtfs_realtime_version = "2.0"
    feed.header.timestamp = int(snapshot.now)
    order = np.lexsort((arrivals.arrival, arrivals.trip, arrivals.vehicle))
    columns = [column[order].tolist() for column in arrivals]
    heard = snapshot.vehicles["timestamp"].tolist()
    sequences, stop_of = network.patterns.sequence.tolist(), network.patterns.stop.tolist()
    pattern_of, route_of = network.pattern_of_pattern_stop.tolist(), network.patterns.route.tolist()
    directions, trip_ids, stop_ids = network.patterns.direction.tolist(), list(network.trip_ids), list(network.stop_ids)
    route_ids = list(network.route_ids)
    last, update = (-1, -1), None
    for vehicle, pattern_stop, trip, day, arrival, departure, *_ in zip(*columns):
        if (vehicle, trip) != last or update is None:
            last = vehicle, trip
            name = snapshot.vehicle_ids[vehicle]
            update = feed.entity.add(id=f"{name} {trip_ids[trip]}").trip_update
            update.trip.trip_id = trip_ids[trip]
            update.trip.start_date = f"{local_date(day + 43_200.0, network.timezone):%Y%m%d}"
            update.trip.route_id = route_ids[route_of[pattern_of[pattern_stop]]]
            update.trip.direction_id = directions[pattern_of[pattern_stop]]
            update.vehicle.id = name
            update.timestamp = int(heard[vehicle])
        call = update.stop_time_update.add(stop_sequence=sequences[pattern_stop], stop_id=stop_ids[stop_of[pattern_stop]])
        call.arrival.time, call.departure.time = int(arrival + 0.5), int(departure + 0.5)
    raw: bytes = feed.SerializeToString()
    return raw


def _said(raw: bytes) -> set[tuple[str, str, tuple[tuple[int, int], ...]]]:
    """(vehicle, trip, calls with their arrivals) of each update in a feed."""
    feed = gtfs_realtime_pb2.FeedMessage.FromString(raw)
    return {
        (
            one.trip_update.vehicle.id, one.trip_update.trip.trip_id,
            tuple((call.stop_sequence, call.arrival.time) for call in one.trip_update.stop_time_update),
        )
        for one in feed.entity
    }  # fmt: skip


def _boards(rounds: int, smoke: bool) -> Iterator[Row | str]:
    snapshot, parameters = _district(60 if smoke else _WARM_UP), BoardParameters()
    shared = situation(snapshot, parameters)
    stops = range(20 if smoke else len(snapshot.network.stop_ids))
    memories = [compose(snapshot, stop, BoardMemory(), parameters, shared)[1] for stop in stops]

    def contents() -> list[BoardContent]:
        return [compose(snapshot, stop, memory, parameters, shared)[0] for stop, memory in zip(stops, memories)]

    model = TypeAdapter(Arrivals)
    composed = contents()
    composing, ours, theirs = interleaved(
        [
            contents,
            lambda: [encode_arrivals(one) for one in composed],
            lambda: [_through_the_model(model, one) for one in composed],
        ],
        rounds,
    )
    each = 1e6 / len(stops)
    name = "FastAPI's response model"
    yield Row("board: compose and encode, a stop", (composing + ours) * each, (composing + theirs) * each, name, "µs", False)
    yield Row("board: encode alone, in two languages", ours * each, theirs * each, name, "µs", False)
    calls = sum(len(one.calls) for one in composed) / len(stops)
    lines = sum(len(one.lines) for one in composed) / len(stops)
    size = sum(len(encode_arrivals(one)) for one in composed) / len(stops)
    yield f"{len(stops)} boards: {calls:.1f} calls, {lines:.1f} lines and {size:.0f} bytes each; made once a snapshot for all readers"


def _through_the_model(model: TypeAdapter[Arrivals], content: BoardContent) -> bytes:
    return model.dump_json(model.validate_python(arrivals_object(content, None, None, LANGUAGES)))


def _district(seconds: int) -> Snapshot:
    """The simulated district after so many seconds of a Monday morning."""
    district = District(1)
    network, _ = compile_network(district.gtfs_tables())
    city = City(network)
    district.start(MORNING)
    for second in range(_STEP, seconds + 1, _STEP):
        city.absorb(MORNING + second, [district.columns(district.advance(MORNING + second))])
    return city.step(MORNING + seconds, [])
