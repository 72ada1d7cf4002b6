"""Trips by their columns: three kinds, days, weights, and what is left out."""

from __future__ import annotations

import io

import pytest

from feeds.counters import Counters
from feeds.errors import FeedError
from feeds.signals.siting_trips import PAIRS, SEQUENCES, TRACKS, TripTable, read_trips


def read(text: str) -> tuple[TripTable, Counters]:
    return read_trips(io.BytesIO(text.encode()))


def test_rows_of_intersections_are_sequences_whose_first_row_tells_the_weight() -> None:
    table, counters = read("trip_id,intersection_id,weight\nt1,A,3\nt2,B,\nt1,B,9\nt1,A,\n")
    assert (table.kind, counters.accepted) == (SEQUENCES, 4)
    assert table.trip.tolist() == [0, 1, 0, 0]
    assert table.weight.tolist() == [3.0, 1.0]
    assert [table.words[k] for k in table.at] == ["A", "B", "B", "A"]
    assert table.day.tolist() == [0, 0]


def test_a_trip_that_recurs_on_another_day_is_another_trip() -> None:
    table, _ = read("trip_id,day,intersection_id\nt,2026-03-03,A\nt,2026-03-02,A\nt,2026-03-02,B\nt,,C\n")
    assert len(table.weight) == 2
    assert sorted(zip(table.trip.tolist(), table.at.tolist())) == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert table.day.tolist() == [0, 1]


def test_rows_of_nodes_are_trips_of_their_own() -> None:
    table, _ = read("from_node,to_node,weight\na,b,2\na,b,5\nc,a,\n")
    assert table.kind == PAIRS
    assert table.weight.tolist() == [2.0, 5.0, 1.0]
    assert [(table.words[a], table.words[b]) for a, b in zip(table.at, table.to)] == [("a", "b"), ("a", "b"), ("c", "a")]


def test_positions_are_tracks_by_vehicle_trip_and_local_day() -> None:
    midnight = 1_772_380_800  # 2026-03-02 00:00 in Shanghai
    rows = [("v", "t", midnight - 60), ("v", "t", midnight + 60), ("w", "t", midnight + 60), ("v", "", midnight + 70)]
    table, counters = read("vehicle_id,trip_id,timestamp_unix,lat,lon\n" + "".join(f"{v},{t},{at},36.7,117.5\n" for v, t, at in rows))
    assert table.kind == TRACKS
    assert counters.ignored == {"no_trip_id": 1}
    assert len(table.weight) == 3
    assert table.day[table.trip].tolist() == [0, 1, 1]


def test_what_is_empty_is_ignored_and_what_is_wrong_is_refused() -> None:
    table, counters = read("trip_id,intersection_id,weight\nt1,A,1\n,A,1\nt1,,1\nt2,A,0\nt3,A,much\n\nt4,A,2\n")
    assert counters.ignored == {"no_trip_id": 1, "no_intersection_id": 1}
    assert counters.refused == {"weight_not_a_number": 1, "weight_impossible": 1}
    assert str(counters.examples[0]) == "-, line 6, weight: is not a number: 'much'"
    assert table.weight.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "-, line 1: has neither intersection_id, nor from_node and to_node, nor timestamp_unix, lat and lon"),
        ("intersection_id\nA\n", "-, line 1, trip_id: the column is missing"),
        ("from_node\nA\n", "-, line 1, to_node: the column is missing"),
        ("vehicle_id,timestamp_unix,lat,lon\nv,1,2,3\n", "-, line 1, trip_id: the column is missing"),
        ("trip_id,intersection_id\n,A\n", "-: has no usable row"), ("trip_id,intersection_id\n", "-: has no usable row"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_ends_with_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FeedError) as wrong:
        read(text)
    assert str(wrong.value) == sentence
