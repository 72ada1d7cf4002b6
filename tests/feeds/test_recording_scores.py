"""Recorded predictions and arrivals as tables: one numbering, what is left out is counted, one sentence for what is wrong."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest

from feeds.errors import FeedError, MissingField
from feeds.recording_scores import ScoreReader, require_rows, without_vehicles

PREDICTIONS = (
    "sampled_at_unix,vehicle_id,trip_id,route_id,direction_id,stop_id,stop_sequence,predicted_arrival_unix,"
    "predicted_departure_unix,p10_unix,p90_unix,source\n"
    "1000,bus-1,t1,R1,0,A,1,1100,1110,1050,1200,live\n"
    "1000,bus-1,t1,R1,0,B,2,1300.5,,,,live\n"
    "1000,bus-2,,R2,0,B,2,,1300,,,layover\n"
    "1000,bus-2,,R2,0,,2,1300,,,,live\n"
    "1000,bus-2,t2,R2,0,B,2,soon,,,,live\n"
)
ARRIVALS = "trip_id,stop_sequence,stop_id,arrival_unix,uncertainty_s,vehicle_id\nt1,2,B,1310,5,bus-1\nt1,1,A,,5,bus-1\n"


def test_ids_of_both_files_have_one_numbering_and_routes_follow_the_trips() -> None:
    reader = ScoreReader()
    told, counters = reader.read_predictions(io.BytesIO(PREDICTIONS.encode()))
    seen, _ = reader.read_arrivals(io.BytesIO(ARRIVALS.encode()))
    assert [reader.stops.ids[k] for k in told.stop] == ["A", "B"]
    assert (seen.vehicle[0], seen.trip[0], seen.stop[0], seen.route[0]) == (told.vehicle[1], told.trip[1], told.stop[1], told.route[1])
    assert told.arrival.tolist() == [1100.0, 1300.5]
    assert np.isnan(told.p10[1])
    assert counters.refused == {"predicted_arrival_unix_not_a_number": 1}
    assert counters.ignored == {"no_stop_id": 1, "no_time": 1}
    assert "line 6" in str(counters.examples[0])
    assert seen.arrival.tolist() == [1310.0]


def test_first_stops_can_be_left_out_of_both() -> None:
    reader = ScoreReader(skip_first=True)
    told, _ = reader.read_predictions(io.BytesIO(PREDICTIONS.encode()))
    seen, _ = reader.read_arrivals(io.BytesIO(ARRIVALS.replace("t1,1,A,,", "t1,1,A,1100,").encode()))
    assert told.sequence.tolist() == seen.sequence.tolist() == [2]


def test_all_formats_are_read_alike(tmp_path: Path) -> None:
    sound = "\n".join(PREDICTIONS.splitlines()[:3]) + "\n"
    paths = [tmp_path / name for name in ("p.csv", "p.csv.gz", "p.parquet")]
    paths[0].write_text(sound)
    paths[1].write_bytes(gzip.compress(sound.encode()))
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(paths[0]), paths[2])
    tables = [ScoreReader().read_predictions(path)[0] for path in paths]
    for table in tables[1:]:
        for one, other in zip(table, tables[0]):
            np.testing.assert_array_equal(one, other)


def test_a_truth_without_vehicles_is_joined_by_trip() -> None:
    reader = ScoreReader()
    told, _ = reader.read_predictions(io.BytesIO(PREDICTIONS.encode()))
    seen, _ = reader.read_arrivals(io.BytesIO(b"trip_id,stop_id,arrival_unix\nt1,B,1310\n"))
    told, seen = without_vehicles(told, seen)
    assert set(told.vehicle.tolist()) == {-1}
    assert seen.sequence.tolist() == [-1]


def test_what_cannot_be_used_is_one_sentence() -> None:
    with pytest.raises(MissingField, match="line 1, stop_id: the column is missing"):
        ScoreReader().read_arrivals(io.BytesIO(b"trip_id,arrival_unix\nt1,1310\n"))
    with pytest.raises(FeedError, match="has no arrivals with a time"):
        require_rows(0, Path("a.csv"), "arrivals")
    with pytest.raises(FeedError, match="not UTF-8"):
        ScoreReader().read_arrivals(io.BytesIO(b"trip_id,stop_id,arrival_unix\nt1,\xff\xfe,1310\n"))
