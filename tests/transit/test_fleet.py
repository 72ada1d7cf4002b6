"""The fleet: a row for every vehicle heard of, whatever its id."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ride import Fix, positions
from transit.fleet import Fleet, copy_records
from transit.kernels.columns import VEHICLE, PositionColumns
from transit.model import State


def batch(*ids: str) -> PositionColumns:
    return positions([Fix(0.0, 0.0, 0.0, vehicle) for vehicle in ids])


def test_vehicles_get_rows_in_order_of_first_appearance() -> None:
    fleet = Fleet()
    assert fleet.rows_of(batch("b", "a", "c")).tolist() == [0, 1, 2]
    assert fleet.rows_of(batch("c", "d", "a")).tolist() == [2, 3, 1]
    assert fleet.ids == ["b", "a", "c", "d"]
    assert len(fleet) == 4


def test_the_same_new_id_twice_in_a_batch_is_one_vehicle() -> None:
    fleet = Fleet()
    assert fleet.rows_of(batch("a", "b", "a", "a", "b")).tolist() == [0, 1, 0, 0, 1]
    assert fleet.ids == ["a", "b"]


def test_a_position_without_an_id_has_no_row() -> None:
    fleet = Fleet()
    assert fleet.rows_of(batch("", "a", "")).tolist() == [-1, 0, -1]
    assert fleet.ids == ["a"]


def test_an_empty_batch_is_no_batch() -> None:
    fleet = Fleet()
    empty = batch("a")
    empty = PositionColumns(empty.text, *(column[:0] for column in empty[1:]))
    assert fleet.rows_of(empty).tolist() == []


@settings(max_examples=40)
@given(st.lists(st.lists(st.text(max_size=40), min_size=1, max_size=30), max_size=12))
def test_any_ids_are_told_apart_by_their_bytes(batches: list[list[str]]) -> None:
    fleet, known = Fleet(), dict[str, int]()
    for ids in batches:
        for vehicle in ids:
            if vehicle:
                known.setdefault(vehicle, len(known))
        assert fleet.rows_of(batch(*ids)).tolist() == [known.get(vehicle, -1) for vehicle in ids]
    assert fleet.ids == list(known)


def test_bytes_that_are_no_utf8_are_still_an_id() -> None:
    fleet = Fleet()
    broken = batch("ab", "cd")._replace(text=np.frombuffer(b"\xff\xfe\xff\xfd", np.uint8))
    broken = broken._replace(vehicle_at=np.array([0, 2], np.int32))
    assert fleet.rows_of(broken).tolist() == [0, 1]
    assert fleet.rows_of(broken).tolist() == [0, 1]


def test_a_fleet_grows_and_keeps_what_it_knows() -> None:
    fleet = Fleet()
    rng = np.random.default_rng(1)
    first = [f"bus {k}" for k in range(50)]
    fleet.rows_of(batch(*first))
    columns = fleet.columns
    columns.vehicles["trip"] = np.arange(50)
    columns.hypotheses["progress"] = rng.random(columns.hypotheses.shape)
    columns.trail["x"] = rng.random(columns.trail.shape)
    kept = [column.copy() for column in columns]
    more = [f"bus with a much longer name, number {k}" for k in range(3000)]
    assert fleet.rows_of(batch(*more)).tolist() == list(range(50, 3050))
    assert fleet.rows_of(batch(*first, *more)).tolist() == list(range(3050))
    for before, after in zip(kept, fleet.columns):
        assert repr(before.tolist()) == repr(after[:50].tolist())


def test_nothing_is_known_of_a_new_vehicle() -> None:
    fleet = Fleet()
    fleet.rows_of(batch(*(f"bus {k}" for k in range(200))))
    for v in (0, 199):
        record = fleet.columns.vehicles[v]
        for name in ("heard", "timestamp", "progress", "speed", "service_day", "left", "event_time", "pending_arrival", "begun"):
            assert np.isnan(record[name]), name
        assert [record[name] for name in ("pattern", "trip", "route", "last_trip", "last_pattern")] == [-1] * 5
        assert [record[name] for name in ("log_pace", "east", "north", "hypotheses", "misses", "trail_count")] == [0] * 6
        assert record["state"] == State.AMBIGUOUS


def test_beyond_its_limit_a_fleet_takes_no_more_vehicles_and_keeps_the_others() -> None:
    fleet = Fleet(limit=3)
    assert fleet.rows_of(batch("a", "b", "c", "d", "e")).tolist() == [0, 1, 2, -1, -1]
    assert fleet.rows_of(batch("e", "a", "d", "c")).tolist() == [-1, 0, -1, 2]
    assert len(fleet) == 3


@pytest.mark.parametrize("count", [63, 64, 65, 128, 129])
def test_a_limit_at_the_edge_of_growing(count: int) -> None:
    fleet = Fleet(limit=count)
    rows = fleet.rows_of(batch(*(f"bus {k}" for k in range(count + 1))))
    assert rows.tolist() == [*range(count), -1]


def test_a_vehicle_takes_less_than_a_kilobyte() -> None:
    fleet = Fleet()
    fleet.rows_of(batch(*(f"bus {k}" for k in range(1000))))
    columns = fleet.columns
    assert sum(column.nbytes for column in columns) == 1000 * fleet.bytes_per_vehicle
    assert fleet.bytes_per_vehicle <= 1024


def test_columns_are_the_rows_in_use_and_not_a_copy() -> None:
    fleet = Fleet()
    fleet.rows_of(batch("a", "b"))
    assert len(fleet.columns.vehicles) == 2
    fleet.columns.vehicles["trip"] = 7
    assert fleet.columns.vehicles["trip"].tolist() == [7, 7]


def test_a_copy_of_records_is_one() -> None:
    records = np.zeros(3, VEHICLE)
    records["x"] = [1, 2, 3]
    copied = copy_records(records[1:])
    records["x"] = 0
    assert copied["x"].tolist() == [2, 3]
    assert copied.dtype == VEHICLE
