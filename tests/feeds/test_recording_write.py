"""Predictions, stop events and matches as files with exactly the columns of the interface."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from feeds.recording import MatchWriter, PredictionWriter, StopEventWriter
from tests.support.tiny_city import tiny_network
from transit.kernels.columns import ArrivalColumns, EventColumns, MatchColumns, PositionColumns
from transit.model import Source, State

NETWORK = tiny_network()
VEHICLES = ["bus-1", "bus-2"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def place_of(trip_id: str, k: int) -> tuple[int, int]:
    """(trip, pattern stop) of the k-th call of a trip."""
    trip = NETWORK.trip_index[trip_id]
    return trip, int(NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip]]) + k


def words_of(trip_id: str, k: int) -> tuple[str, str, str, str]:
    """(route, direction, stop, sequence) as the files name them."""
    trip, place = place_of(trip_id, k)
    pattern = NETWORK.trips.pattern[trip]
    direction = int(NETWORK.patterns.direction[pattern])
    return (
        NETWORK.route_ids[int(NETWORK.patterns.route[pattern])],
        str(direction) if direction >= 0 else "",
        NETWORK.stop_ids[int(NETWORK.patterns.stop[place])],
        str(NETWORK.patterns.sequence[place]),
    )


def test_predictions_have_the_columns_of_the_interface_and_one_row_a_call(tmp_path: Path) -> None:
    trip_id = NETWORK.trip_ids[0]
    trip, place = place_of(trip_id, 1)
    arrivals = ArrivalColumns(
        vehicle=np.array([1, 0], np.int32),
        pattern_stop=np.array([place, place], np.int32),
        trip=np.array([trip, -1], np.int32),
        service_day=np.array([0.0, np.nan]),
        arrival=np.array([1000.04, 1100.06]),
        departure=np.array([1010.0, np.nan]),
        source=np.array([Source.LIVE, Source.LAYOVER], np.uint8),
        p10=np.array([995.5, np.nan]),
        p90=np.array([1020.0, np.nan]),
    )
    with PredictionWriter(tmp_path / "p.csv") as writer:
        writer.write(990.0, arrivals, NETWORK, VEHICLES)
        writer.write(991.0, ArrivalColumns(*(column[:0] for column in arrivals)), NETWORK, VEHICLES)
    route, direction, stop, sequence = words_of(trip_id, 1)
    shared = {"sampled_at_unix": "990", "route_id": route, "direction_id": direction, "stop_id": stop}
    shared |= {"stop_sequence": sequence}
    times = {"predicted_arrival_unix": "1000", "predicted_departure_unix": "1010", "p10_unix": "995.5", "p90_unix": "1020"}
    late = {"predicted_arrival_unix": "1100.1", "predicted_departure_unix": "", "p10_unix": "", "p90_unix": ""}
    rows = read(tmp_path / "p.csv")
    assert rows == [
        {**shared, **times, "vehicle_id": "bus-2", "trip_id": trip_id, "source": "live"},
        {**shared, **late, "vehicle_id": "bus-1", "trip_id": "", "source": "layover"},
    ]
    assert ",".join(rows[0]) == (
        "sampled_at_unix,vehicle_id,trip_id,route_id,direction_id,stop_id,stop_sequence,"
        "predicted_arrival_unix,predicted_departure_unix,p10_unix,p90_unix,source"
    )


def test_stop_events_have_the_columns_of_the_interface(tmp_path: Path) -> None:
    trip_id = NETWORK.trip_ids[len(NETWORK.trip_ids) - 1]
    trip, place = place_of(trip_id, 2)
    events = EventColumns(
        vehicle=np.array([0], np.int32),
        trip=np.array([trip], np.int32),
        pattern_stop=np.array([place], np.int32),
        arrival=np.array([1000.5]),
        departure=np.array([1012.25]),
        uncertainty=np.array([7.5], np.float32),
    )
    with StopEventWriter(tmp_path / "e.csv") as writer:
        writer.write(events, NETWORK, VEHICLES)
    route, _, stop, sequence = words_of(trip_id, 2)
    (row,) = read(tmp_path / "e.csv")
    assert list(row.items()) == [
        ("vehicle_id", "bus-1"),
        ("trip_id", trip_id),
        ("route_id", route),
        ("stop_id", stop),
        ("stop_sequence", sequence),
        ("arrival_unix", "1000.5"),
        ("departure_unix", "1012.2"),
        ("uncertainty_s", "7.5"),
    ]


def test_matches_have_the_columns_of_the_interface_and_name_every_state(tmp_path: Path) -> None:
    trip_id = NETWORK.trip_ids[0]
    trip, _ = place_of(trip_id, 0)
    count = len(State)
    none = np.zeros(count, np.int32)
    numbers = np.zeros(count)
    positions = PositionColumns(
        np.zeros(0, np.uint8), *([none] * 6), 1000.963 + np.arange(count), *([numbers] * 3), *([numbers.astype("f4")] * 2)
    )
    matches = MatchColumns(
        vehicle=np.array([0, 1, *[-1] * (count - 2)], np.int32),
        state=np.arange(count, dtype=np.uint8),
        pattern=np.array([NETWORK.trips.pattern[trip], *[-1] * (count - 1)], np.int32),
        trip=np.array([trip, *[-1] * (count - 1)], np.int32),
        progress=np.array([123.44, *[np.nan] * (count - 1)], np.float32),
        cross_track=np.array([4.06, *[np.nan] * (count - 1)], np.float32),
    )
    with MatchWriter(tmp_path / "m.csv") as writer:
        writer.write(positions, matches, NETWORK, VEHICLES)
    rows = read(tmp_path / "m.csv")
    route, direction, _, _ = words_of(trip_id, 0)
    assert list(rows[0].items()) == [
        ("vehicle_id", "bus-1"),
        ("timestamp_unix", "1000.963"),
        ("route_id", route),
        ("direction_id", direction),
        ("trip_id", trip_id),
        ("shape_dist_m", "123.4"),
        ("cross_track_m", "4.1"),
        ("state", "in_service"),
    ]
    assert [row["state"] for row in rows] == [state.name.lower() for state in State]
    assert rows[1] == {**dict.fromkeys(rows[0], ""), "vehicle_id": "bus-2", "timestamp_unix": "1001.963", "state": "layover"}
