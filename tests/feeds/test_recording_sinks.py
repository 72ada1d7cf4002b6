"""Tables into files: the same bytes however batched, readable back, quoted where needed."""

from __future__ import annotations

import csv
import gzip
import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from feeds.errors import FeedError
from feeds.recording_sinks import WORD, Column, Layout, TableWriter, Words
from transit.strings import Strings

LAYOUT: Layout = [("id", WORD), ("time", 1), ("count", 0), ("word", WORD)]
IDS = ["bus-1", 'the "red", one', "章丘\n2", ""]
ENDINGS = [".csv", ".csv.gz", ".parquet"]


def columns(rows: int, ids: Strings | None = None) -> list[Column]:
    k = np.arange(rows)
    time = np.where(k % 7 == 3, np.nan, 1772427369.04 + 0.25 * k)
    count = np.where(k % 5 == 1, np.nan, k.astype(float))
    return [
        Words((k % 5 - 1).astype(np.int32), ids or Strings.of(IDS)),
        time,
        count,
        Words((k % 2).astype(np.int32), Strings.of(["live", "layover"])),
    ]


def part(whole: list[Column], rows: slice) -> list[Column]:
    return [Words(one.which[rows], one.of) if isinstance(one, Words) else one[rows] for one in whole]


def write(path: Path, *batches: list[Column]) -> bytes:
    with TableWriter(path, LAYOUT) as writer:
        for batch in batches:
            writer.write(batch)
    return path.read_bytes()


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_rows_give_the_same_bytes_however_they_are_batched(
    tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("feeds.recording_sinks.ROW_GROUP", 64)
    monkeypatch.setattr("feeds.recording_sinks.BUFFER_BYTES", 700)
    whole = columns(200)
    cuts = [0, 1, 1, 63, 64, 130, 200]
    once = write(tmp_path / f"a{ending}", whole)
    assert write(tmp_path / f"b{ending}", *(part(whole, slice(a, b)) for a, b in pairwise(cuts))) == once
    assert write(tmp_path / f"c{ending}", whole) == once


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_table_of_words_that_grows_changes_nothing(tmp_path: Path, ending: str) -> None:
    whole = columns(40)
    later = columns(40, Strings.of([*IDS, "bus-9"]))
    grown = write(tmp_path / f"a{ending}", part(whole, slice(20)), part(later, slice(20, 40)))
    assert grown == write(tmp_path / f"b{ending}", whole)


def test_csv_reads_back_with_quotes_and_unknown_cells(tmp_path: Path) -> None:
    text = write(tmp_path / "t.csv", columns(5)).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["id", "time", "count", "word"],
        ["", "1772427369", "0", "live"],
        ["bus-1", "1772427369.3", "", "layover"],
        ['the "red", one', "1772427369.5", "2", "live"],
        ["章丘\n2", "", "3", "layover"],
        ["", "1772427370", "4", "live"],
    ]
    assert gzip.decompress(write(tmp_path / "t.csv.gz", columns(5))).decode() == text


def test_parquet_reads_back_with_plain_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feeds.recording_sinks.ROW_GROUP", 3)
    write(tmp_path / "t.parquet", columns(5))
    table = pq.read_table(tmp_path / "t.parquet")
    assert [str(field.type) for field in table.schema] == ["string", "double", "int64", "string"]
    assert table.column("id").to_pylist() == [None, *IDS]
    assert table.column("time").to_pylist() == [1772427369.0, 1772427369.3, 1772427369.5, None, 1772427370.0]
    assert table.column("count").to_pylist() == [0, None, 2, 3, 4]
    assert pq.ParquetFile(tmp_path / "t.parquet").metadata.num_row_groups == 2


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_file_without_rows_still_has_its_header(tmp_path: Path, ending: str) -> None:
    content = write(tmp_path / f"t{ending}")
    if ending == ".parquet":
        assert pq.read_table(tmp_path / "t.parquet").column_names == ["id", "time", "count", "word"]
    else:
        assert (gzip.decompress(content) if ending == ".csv.gz" else content) == b"id,time,count,word\n"


def test_a_stream_gets_csv_and_stays_open() -> None:
    stream = io.BytesIO()
    with TableWriter(stream, LAYOUT) as writer:
        writer.write(columns(1))
    assert stream.getvalue() == b"id,time,count,word\n,1772427369,0,live\n"


def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"none/t\.csv: cannot be written: No such file or directory$"):
        TableWriter(tmp_path / "none" / "t.csv", LAYOUT)
