"""Recorded positions: every format gives the same columns, in order of receipt, and bad rows cost only themselves."""

from __future__ import annotations

import csv
import gzip
import io
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.counters import Counters
from feeds.errors import FeedError, MissingField, MissingFile
from feeds.recording import read_positions, take
from tests.support import naive_recording as naive
from transit.kernels.columns import PositionColumns

HEADER = "vehicle_id,trip_id,route_id,timestamp_unix,received_unix,lat,lon,bearing,speed_mps"
GOOD = "bus-1,T1,R1,1000,1002.5,36.7,117.5,90,5.5"


def rows_of(columns: PositionColumns) -> list[naive.Row]:
    def text(at: int, length: int) -> str:
        return columns.text[at : at + length].tobytes().decode()

    def known(value: float) -> float | None:
        return None if math.isnan(value) else float(value)

    return [
        naive.Row(
            text(columns.vehicle_at[i], columns.vehicle_length[i]),
            text(columns.trip_at[i], columns.trip_length[i]),
            text(columns.route_at[i], columns.route_length[i]),
            *(known(column[i]) for column in (columns.timestamp, columns.received, columns.lat, columns.lon)),
            *(known(column[i]) for column in (columns.bearing, columns.speed)),
        )
        for i in range(len(columns.lat))
    ]


def read_text(*lines: str) -> tuple[list[naive.Row], Counters]:
    columns, counters = read_positions([io.BytesIO("\n".join(lines).encode())])
    return rows_of(columns), counters


CELLS = {
    "vehicle_id": st.sampled_from(["bus-1", "bus-2", '鲁A·12"3', "a,b", ""]),
    "trip_id": st.sampled_from(["T1", "T2", ""]),
    "route_id": st.sampled_from(["R1", ""]),
    "timestamp_unix": st.sampled_from(["1000", "1001.5", "", "1e3", " 1002", "noon"]),
    "received_unix": st.sampled_from(["1001", "1003", "", "999.25"]),
    "lat": st.sampled_from(["36.5", "36.75", "", "abc", "95", "inf", "nan"]),
    "lon": st.sampled_from(["117.5", "-181", "", "1_0"]),
    "bearing": st.sampled_from(["90", "", "-1", "360.5", "+45.5"]),
    "speed_mps": st.sampled_from(["5.5", "", "-1", "1e300"]),
    "note": st.sampled_from(["x", "", "1"]),
}


@st.composite
def files(draw: st.DrawFn) -> str:
    """CSV text with any order of columns, optional ones missing, and bad cells."""
    optional = draw(st.sets(st.sampled_from(["trip_id", "route_id", "received_unix", "bearing", "speed_mps", "note"])))
    names = draw(st.permutations(["vehicle_id", "timestamp_unix", "lat", "lon", *sorted(optional)]))
    rows = draw(st.lists(st.tuples(*(CELLS[name] for name in names)), max_size=8))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n"])))
    writer.writerows([names, *rows])
    return out.getvalue()


def with_a_time(text: str) -> bool:
    rows = naive.read_file(text, {})
    return not rows or all(row.received is not None for row in rows)


@given(st.lists(files().filter(with_a_time), min_size=1, max_size=3))
def test_rows_are_what_the_twin_reads_in_the_same_order(texts: list[str]) -> None:
    columns, counters = read_positions([io.BytesIO(text.encode()) for text in texts])
    expected, counts = naive.read(texts)
    assert rows_of(columns) == expected
    assert counters.refused == counts
    assert counters.accepted == len(expected)


def test_every_format_gives_the_same_columns(tmp_path: Path) -> None:
    text = "\n".join([HEADER, GOOD, "bus-2,,R1,1001,,36.8,117.6,,", "bus-1,T2,,1002,1001,,,0,0"]).encode()
    (tmp_path / "p.csv").write_bytes(text)
    (tmp_path / "p.csv.gz").write_bytes(gzip.compress(text[:40]) + gzip.compress(text[40:]))
    pa.parquet.write_table(pa.csv.read_csv(io.BytesIO(text)), tmp_path / "p.parquet")
    sources = [*sorted(tmp_path.iterdir()), *(io.BytesIO(path.read_bytes()) for path in sorted(tmp_path.iterdir()))]
    read = [rows_of(read_positions([source])[0]) for source in sources]
    assert len(read) == 6
    assert len(read[0]) == 3
    assert all(one == read[0] for one in read)


def test_parquet_ids_may_be_numbers_and_numbers_may_be_narrow(tmp_path: Path) -> None:
    table = pa.table(
        {
            "lon": pa.array([117.5, None], pa.float32()),
            "lat": pa.array([36.5, 36.5], pa.float32()),
            "timestamp_unix": pa.array([1000, 1001], pa.int32()),
            "vehicle_id": pa.array([7, 8], pa.int64()),
            "route_id": pa.array(["R1", None]).dictionary_encode(),
        }
    )
    pa.parquet.write_table(table, tmp_path / "p.parquet")
    first, second = rows_of(read_positions([tmp_path / "p.parquet"])[0])
    assert first == naive.Row("7", "", "R1", 1000.0, 1000.0, 36.5, 117.5, None, None)
    assert second == naive.Row("8", "", "", 1001.0, 1001.0, None, None, None, None)


def test_a_bad_cell_costs_its_row_and_is_reported_with_line_and_field() -> None:
    rows, counters = read_text(HEADER, GOOD, GOOD.replace("36.7", "abc"), GOOD, GOOD.replace("1000", "noon"))
    assert len(rows) == 2
    assert counters.refused == {"lat_not_a_number": 1, "timestamp_unix_not_a_number": 1}
    assert str(counters.examples[1]) == "-, line 3, lat: is not a number: 'abc'"
    assert str(counters.examples[0]) == "-, line 5, timestamp_unix: is not a number: 'noon'"


def test_a_row_with_two_bad_cells_is_counted_once() -> None:
    _, counters = read_text(HEADER, "bus-1,T1,R1,1000,1002,abc,def,x,y")
    assert counters.refused == {"lat_not_a_number": 1}


def test_line_numbers_stay_right_after_empty_lines_and_rows_with_too_few_cells() -> None:
    rows, counters = read_text(HEADER, GOOD, "", "bus-1,T1", GOOD, "", GOOD.replace("36.7", "abc"), "", "")
    assert len(rows) == 2
    assert counters.refused == {"wrong_cell_count": 1, "lat_not_a_number": 1}
    assert [str(one) for one in counters.examples] == [
        "-, line 4: has 2 cells where the header has 9",
        "-, line 7, lat: is not a number: 'abc'",
    ]


def test_an_id_that_is_not_utf8_costs_its_row() -> None:
    body = "\n".join([HEADER, GOOD, GOOD.replace("bus-1", "bus-?"), GOOD]).encode().replace(b"?", b"\xff")
    columns, counters = read_positions([io.BytesIO(body)])
    assert [row.vehicle for row in rows_of(columns)] == ["bus-1", "bus-1"]
    assert counters.refused == {"vehicle_id_not_utf8": 1}
    assert str(counters.examples[0]) == "-, line 3, vehicle_id: is not UTF-8 text"


def test_a_missing_required_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("vehicle_id,timestamp_unix,lon\nbus-1,1,2\n")
    with pytest.raises(MissingField, match=r"p\.csv, line 1, lat: the column is missing$"):
        read_positions([path])
    pa.parquet.write_table(pa.table({"lat": [1.0]}), tmp_path / "p.parquet")
    with pytest.raises(MissingField, match=r"p\.parquet, line 1, vehicle_id: the column is missing$"):
        read_positions([tmp_path / "p.parquet"])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", b"", "is empty: a header line was expected"),
        ("a.csv", b"\xff\xfe\n", "line 1: is not UTF-8 text"),
        ("a.csv.gz", b"vehicle_id", "is not sound gzip"),
        ("a.csv.gz", gzip.compress(HEADER.encode() * 1000)[:-9], "is not sound gzip"),
        ("a.parquet", b"vehicle_id,lat", "is not sound Parquet"),
        ("a.parquet", b"", "is not sound Parquet"),
        ("a.csv", (HEADER + "\nbus-1,,,,,36.7,117.5,,\n").encode(), "timestamp_unix: is empty in every row"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FeedError) as caught:
        read_positions([path])
    assert str(caught.value).startswith(str(path))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_or_are_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"gone\.csv: does not exist"):
        read_positions([tmp_path / "gone.csv"])
    with pytest.raises(FeedError, match="cannot be read: Is a directory"):
        read_positions([tmp_path])


def test_a_header_alone_is_no_positions_and_no_error() -> None:
    rows, counters = read_text(HEADER)
    assert rows == []
    assert counters.to_dict() == Counters().to_dict()


def test_a_byte_order_mark_spaces_in_the_header_and_a_repeated_column_are_taken() -> None:
    rows, _ = read_text("\ufeffvehicle_id, timestamp_unix ,lat,lon,lat", "bus-1,1000,36.5,117.5,1")
    assert rows == [naive.Row("bus-1", "", "", 1000.0, 1000.0, 36.5, 117.5, None, None)]


def test_order_of_receipt_rules_and_the_file_decides_ties(tmp_path: Path) -> None:
    header = "vehicle_id,timestamp_unix,received_unix,lat,lon"
    (tmp_path / "a.csv").write_text(f"{header}\na1,5,20,1,1\na2,6,10,1,1\na3,7,20,1,1\n")
    (tmp_path / "b.csv").write_text(f"{header}\nb1,1,20,1,1\nb2,9,,1,1\nb3,,,1,1\nb4,3,8,1,1\n")
    columns, _ = read_positions([tmp_path / "a.csv", tmp_path / "b.csv"])
    assert [row.vehicle for row in rows_of(columns)] == ["b4", "b2", "b3", "a2", "a1", "a3", "b1"]
    assert (np.diff(columns.received) >= 0).all()


def test_many_blocks_are_one_sequence_with_right_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.recording_tables.BLOCK_BYTES", 1 << 12)
    lines = [f"bus-{k % 50},T{k},R1,{1000 + k},{1000 + k},36.7,117.5,,{k % 20}" for k in range(1000)]
    lines[900] = lines[900].replace("36.7", "abc")
    seen: list[int] = []
    columns, counters = read_positions([io.BytesIO("\n".join([HEADER, *lines]).encode())], seen.append)
    assert len(seen) > 5
    assert sum(seen) == 1000
    assert [row.trip for row in rows_of(columns)] == [f"T{k}" for k in range(1000) if k != 900]
    assert counters.examples[0].where == "-, line 902"


def test_taking_a_slice_of_the_rows_copies_nothing() -> None:
    columns, _ = read_positions([io.BytesIO("\n".join([HEADER, GOOD, GOOD.replace("bus-1", "bus-2")]).encode())])
    part = take(columns, slice(1, 2))
    assert [row.vehicle for row in rows_of(part)] == ["bus-2"]
    assert part.text is columns.text
    assert np.shares_memory(part.lat, columns.lat)
