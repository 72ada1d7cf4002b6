from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from bench.matches import joined, lay, share, trips_of
from tests.support.lines import lines_network
from transit.geometry import to_wgs84

NETWORK = lines_network()


def test_rows_meet_by_vehicle_and_second_and_the_first_of_repeated_ones_counts() -> None:
    one = {"vehicle_id": np.array(["a", "b", "a"]), "timestamp_unix": np.array([1.0, 1.0, 2.0]), "x": np.arange(3.0)}
    other = {"vehicle_id": np.array(["a", "a", "c"]), "timestamp_unix": np.array([2.0, 2.0, 1.0]), "y": np.arange(3.0)}
    left, right = joined(one, other)
    assert left["x"].tolist() == [2.0]
    assert right["y"].tolist() == [0.0]


def test_a_position_is_laid_on_the_nearest_place_of_its_trips_shape() -> None:
    lat, lon = to_wgs84(np.array([0.0, 100.0, 100.0]), np.array([0.0, 0.0, 50.0]), NETWORK.origin_lat, NETWORK.origin_lon)
    network = dataclasses.replace(
        NETWORK, shape_start=np.array([0, 3, 3], np.int32), shape_lat=lat, shape_lon=lon,
        shapes=NETWORK.shapes._replace(length=np.array([150.0, 0.0], np.float32)),
    )
    x, y = np.array([40.0, 103.0, -20.0]), np.array([5.0, 30.0, 0.0])
    found = lay(network, np.zeros(3, np.int64), *to_wgs84(x, y, NETWORK.origin_lat, NETWORK.origin_lon))
    assert found.tolist() == pytest.approx([40.0, 130.0, 0.0], abs=0.05)


def test_trips_the_network_does_not_know_are_minus_one() -> None:
    assert trips_of(NETWORK, np.array(["3", "", "gone", "3"])).tolist() == [3, -1, -1, 3]


def test_a_share_of_nothing_is_unknown() -> None:
    rows = np.array([True, True, False])
    assert share(rows, np.array([True, False, True])) == 0.5
    assert np.isnan(share(rows, np.zeros(3, bool)))
