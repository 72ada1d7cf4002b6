"""Stop events read back: as they were written, and what is refused of files that are not so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from feeds.errors import FeedError
from feeds.recording import StopEventWriter, read_stop_events
from tests.support.lines import NOON, lines_network
from transit.kernels.columns import EventColumns

NETWORK = lines_network(patterns=2)


def events() -> EventColumns:
    """Two vehicles in order of time for each; trips of both patterns."""
    return EventColumns(
        np.array([0, 0, 0, 1, 1], np.int32), np.array([3, 3, 3, 9, 9], np.int32), np.array([0, 1, 2, 7, 8], np.int32),
        NOON + np.array([np.nan, 60.0, 120.0, 30.0, 90.5]), NOON + np.array([10.0, 70.0, np.nan, 40.0, 99.0]),
        np.array([5.0, 5.0, 10.0, 15.0, 15.0], np.float32),
    )


@pytest.mark.parametrize("name", ["events.csv", "events.csv.gz", "events.parquet"])
def test_what_was_written_is_read_back(tmp_path: Path, name: str) -> None:
    with StopEventWriter(tmp_path / name) as writer:
        writer.write(events(), NETWORK, ["a", "b"])
    read, counters = read_stop_events([tmp_path / name], NETWORK)
    for column, wanted in zip(read, events()):
        np.testing.assert_array_equal(column, wanted)
    assert (counters.accepted, counters.refused) == (5, {})


def test_observed_arrivals_of_several_files_are_put_in_order_of_time_for_each_vehicle(tmp_path: Path) -> None:
    head = "trip_id,stop_sequence,arrival_unix,vehicle_id\n"
    (tmp_path / "1.csv").write_text(head + "3,2,200,b\n3,1,100,b\n")
    (tmp_path / "2.csv").write_text(head + "3,1,90,a\n3,3,300,b\n")
    read, _ = read_stop_events([tmp_path / "1.csv", tmp_path / "2.csv"], NETWORK)
    assert read.arrival.tolist() == [100.0, 200.0, 300.0, 90.0]
    assert read.vehicle.tolist() == [0, 0, 0, 1]
    assert read.pattern_stop.tolist() == [0, 1, 2, 0]
    assert np.isnan(read.departure).all()


def test_rows_that_tell_nothing_are_counted_by_reason_with_their_line(tmp_path: Path) -> None:
    rows = ["3,1,100,a", "gone,1,100,a", ",1,100,a", "3,77,100,a", "3,x,100,a", "3,1,soon,a", "3,1,,a", "3,1,1e300,a", "3,1,100,"]
    (tmp_path / "e.csv").write_text("trip_id,stop_sequence,arrival_unix,vehicle_id\n" + "\n".join(rows) + "\n")
    read, counters = read_stop_events([tmp_path / "e.csv"], NETWORK)
    assert read.arrival.tolist() == [100.0]
    assert counters.refused == {"trip_id_unknown": 2, "stop_sequence_unknown": 2, "time_missing": 3, "vehicle_id_missing": 1}
    assert str(counters.examples[1]) == f"{tmp_path / 'e.csv'}, line 3, trip_id: is no trip of this network"


def test_a_file_without_trips_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("vehicle_id,stop_sequence,arrival_unix\n")
    with pytest.raises(FeedError, match="line 1, trip_id: the column is missing"):
        read_stop_events([tmp_path / "e.csv"], NETWORK)
