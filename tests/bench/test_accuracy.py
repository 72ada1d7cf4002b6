from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.accuracy import constant_delay, same_calls
from bench.recorded import read_columns
from tests.support.lines import DAY, lines_network
from transit.accuracy import Predictions

NETWORK = lines_network()


def observed(trip: int, lateness: list[float]) -> dict[str, np.ndarray]:
    """A vehicle that came to the first stops of a trip so late."""
    row, count = NETWORK.trips.start[trip], len(lateness)
    return {
        "vehicle_id": np.array(["bus"] * count), "trip_id": np.array([str(trip)] * count),
        "stop_id": np.arange(count).astype(str), "stop_sequence": np.arange(1.0, count + 1),
        "arrival_unix": DAY + NETWORK.trips.arrival[row : row + count] + np.array(lateness),
    }


def test_the_baseline_keeps_the_deviation_of_the_last_stop_reached_and_never_tells_the_past() -> None:
    seen = observed(0, [0.0, 30.0, 90.0, 90.0])
    told = constant_delay(NETWORK, seen)
    for sampled, stop, arrival in zip(told.sampled, told.stop, told.arrival):
        reached = int(np.searchsorted(seen["arrival_unix"], sampled, "right")) - 1
        scheduled = DAY + NETWORK.trips.arrival[int(stop)]
        assert arrival == max(scheduled + [0.0, 30.0, 90.0, 90.0][reached], sampled)
        assert int(stop) > reached
    assert np.all(told.sampled % 60.0 == 0.0)
    assert len(told.sampled) > 5


def test_a_trip_the_timetable_does_not_know_has_no_baseline() -> None:
    seen = observed(0, [0.0, 0.0, 0.0, 0.0]) | {"trip_id": np.array(["0", "0", "0", "gone"])}
    assert set(constant_delay(NETWORK, seen).trip) == {"0"}


def test_same_calls_are_those_both_told_at_one_instant() -> None:
    one = Predictions(np.array(["v", "v", "w"]), np.array(["t"] * 3), np.array(["a", "b", "a"]), np.array([60.0] * 3), np.arange(3.0))
    other = Predictions(
        np.array(["w", "v", "v"]), np.array(["t"] * 3), np.array(["a", "a", "b"]), np.array([60.0, 60.0, 120.0]), np.arange(3.0)
    )
    mine, theirs = same_calls(one, other)
    assert mine.arrival.tolist() == [0.0, 2.0]
    assert theirs.arrival.tolist() == [0.0, 1.0]


def test_recorded_columns_keep_ids_as_text_and_empty_numbers_unknown(tmp_path: Path) -> None:
    path = tmp_path / "arrivals.csv"
    path.write_text("trip_id,stop_sequence,arrival_unix\n007,1,\n,2,12.5\n")
    columns = read_columns(path, ("trip_id", "arrival_unix"))
    assert columns["trip_id"].tolist() == ["007", ""]
    assert np.isnan(columns["arrival_unix"][0])
    assert columns["arrival_unix"][1] == 12.5
