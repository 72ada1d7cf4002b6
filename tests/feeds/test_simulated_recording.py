"""A recorded stretch of the district has the forms of `interfaces`, and its labels stand beside its positions."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from feeds.simulated import District
from feeds.simulated_recording import ARRIVALS, LABELS, POSITIONS, record, write_recording

AT = 1_792_022_400.0 + 10 * 3600


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_recording_is_the_same_bytes_again_and_reads_back(tmp_path: Path) -> None:
    district = District(4)
    recording = record(district, AT, 240)
    assert record(District(4), AT, 240) == recording
    write_recording(recording, tmp_path / "day")
    assert (tmp_path / "day" / "positions.csv").read_text(encoding="utf-8") == recording.positions
    heads = [text.splitlines()[0] for text in recording]
    assert heads == [POSITIONS, ARRIVALS, LABELS]


def test_labels_are_the_truth_of_the_position_in_the_same_row() -> None:
    recording = record(District(4), AT, 240)
    positions, labels = rows(recording.positions), rows(recording.labels)
    assert len(positions) == len(labels) > 500
    for position, label in zip(positions, labels):
        assert position["vehicle_id"] == label["vehicle_id"]
        assert position["timestamp_unix"] == label["timestamp_unix"]
        assert position["trip_id"] in ("", label["trip_id"])
        assert (label["shape_dist_m"] == "") == (label["phase"] in ("parked", "pull_out", "pull_in"))


def test_arrivals_name_trips_and_stops_of_the_feed() -> None:
    district = District(4)
    recording = record(district, AT, 240)
    tables = district.gtfs_tables()
    stop_times = {(row["trip_id"], row["stop_sequence"], row["stop_id"]) for row in rows(tables["stop_times.txt"])}
    arrivals = rows(recording.arrivals)
    assert len(arrivals) > 50
    assert {(row["trip_id"], row["stop_sequence"], row["stop_id"]) for row in arrivals} <= stop_times
