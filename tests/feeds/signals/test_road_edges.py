"""Tables of street edges: what is read, what is left out with its line, and what ends the reading."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from feeds.errors import FeedError
from feeds.signals.road_edges import read_road_edges
from signals.road_graph import RoadClass

HEADER = "edge_id,from_node,to_node,road_class,lanes,speed_mps,length_m,to_signal,wkt\n"
ROWS = (
    '1,a,b,highway.primary,2,10,100,1,"LINESTRING(117.5 36.7,117.51 36.71)"\n'
    '2,c,b,主干路,2,20,50,1,"LINESTRING(117.52 36.7,117.53 36.73)"\n'
    "3,b,d,支路,1,5,10.5,X7,nonsense\n4,d,a,,1,5,10,0,\n5,a,d,,1,5,10,,\n"
)


def test_edges_nodes_classes_and_signals_are_read(tmp_path: Path) -> None:
    path = tmp_path / "edges.csv.gz"
    path.write_bytes(gzip.compress((HEADER + ROWS).encode()))
    graph, counters = read_road_edges(path)
    assert (counters.accepted, counters.refused) == (5, {})
    assert sorted(graph.node_ids) == ["a", "b", "c", "d"]
    assert graph.seconds.tolist() == [10.0, 2.5, 2.1, 2.0, 2.0]
    assert graph.edge_class.tolist() == [RoadClass.MAIN, RoadClass.MAIN, RoadClass.BRANCH, 0, 0]
    assert list(graph.signal_ids) == ["b", "X7"]
    assert dict(zip(graph.node_ids, graph.signal_of.tolist())) == {"a": -1, "b": 0, "c": -1, "d": 1}
    assert (graph.lat[0], graph.lon[0]) == (pytest.approx(36.72), pytest.approx(117.52))
    assert np.isnan(graph.lat[1])


def test_parquet_needs_only_the_four_columns() -> None:
    table = pa.table({"from_node": [1, 2], "to_node": [2, 1], "length_m": [5.0, 6.0], "speed_mps": [1.0, 2.0]})
    stream = io.BytesIO()
    pyarrow.parquet.write_table(table, stream)
    stream.seek(0)
    graph, _ = read_road_edges(stream)
    assert list(graph.node_ids) == ["1", "2"]
    assert (len(graph.signal_ids), graph.edge_class.tolist()) == (0, [0, 0])


@pytest.mark.parametrize(
    ("row", "reason", "sentence"),
    [
        ("9,,b,x,1,5,10,0,", "from_node_missing", "-, line 3, from_node: is empty"),
        ("9,a,b,x,1,0,10,0,", "speed_mps_impossible", "-, line 3, speed_mps: is 0"),
        ("9,a,b,x,1,5,-2,0,", "length_m_impossible", "-, line 3, length_m: is -2"),
        ("9,a,b,x,1,5,,0,", "length_m_missing", "-, line 3, length_m: is empty"),
        ("9,a,b,x,1,fast,1,0,", "speed_mps_not_a_number", "-, line 3, speed_mps: is not a number: 'fast'"),
        ("9,a,b,x,1", "wrong_cell_count", "-, line 3: has 5 cells where the header has 9"),
    ],
)
def test_a_wrong_row_is_left_out_and_counted_with_its_line(row: str, reason: str, sentence: str) -> None:
    good = "1,a,b,x,1,5,10,0,\n"
    graph, counters = read_road_edges(io.BytesIO((HEADER + good + row + "\n" + good).encode()))
    assert len(graph.edge_from) == counters.accepted == 2
    assert counters.refused == {reason: 1}
    assert str(counters.examples[0]) == sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("from_node,to_node,length_m\na,b,1\n", "-, line 1, speed_mps: the column is missing"),
        (HEADER, "-: has no usable edge"), (HEADER + "1,a,b,x,1,0,1,0,\n", "-: has no usable edge"),
        ("", "-: is empty: a header line was expected"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_ends_with_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(FeedError) as wrong:
        read_road_edges(io.BytesIO(text.encode()))
    assert str(wrong.value) == sentence


def test_ids_that_are_no_text_are_told() -> None:
    with pytest.raises(FeedError, match="the column from_node is not UTF-8 text"):
        read_road_edges(io.BytesIO(HEADER.encode() + b"1,\xff\xfe,b,x,1,5,10,0,\n"))


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="does not exist"):
        read_road_edges(tmp_path / "none.csv")
