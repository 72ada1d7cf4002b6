"""Recorded tables — CSV, gzipped CSV, Parquet — as Arrow record batches of the columns somebody wants, with places for errors.

A source is a Path, whose name tells the format, or a binary stream (`-` on the command line), whose first bytes do.
Columns may come in any order among others. CSV cells stay text here, so that one bad cell cannot fail a whole block; the
columns named as ids are dictionary-encoded on the way in. Empty cells are null.
"""

from __future__ import annotations

import csv
import gzip
import io
from bisect import insort
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from feeds.counters import Counters, Refusal
from feeds.errors import BadEncoding, FeedError, MissingField, MissingFile

Source = Path | BinaryIO
BLOCK_BYTES = 4 << 20
BLOCK_ROWS = 1 << 16
LONGEST_HEADER = 1 << 16
_IDS = pa.dictionary(pa.int32(), pa.string())


class Columns(NamedTuple):
    """What to read: every name in the order wanted, which of them must be there, which are ids."""

    names: tuple[str, ...]
    required: frozenset[str]
    ids: frozenset[str]


class Block(NamedTuple):
    """Some rows of a table; columns that the table lacks are not in `columns`."""

    columns: dict[str, Any]
    """name → Arrow array; an id is a dictionary array of strings, anything else as the file has it"""
    rows: int
    where: Place


class Place:
    """Says where a row of a block stands in its file, for people."""

    def __init__(self, name: str, word: str, first: int, skipped: Sequence[int] = ()) -> None:
        self.name, self._word, self._first, self._skipped = name, word, first, skipped

    def of(self, row: int) -> str:
        """`positions.csv, line 7`."""
        number = self._first + row
        for skipped in self._skipped:
            if skipped > number:
                break
            number += 1
        return f"{self.name}, {self._word} {number}"


def name_of(source: Source) -> str:
    """A path as the user gave it, `-` for a stream."""
    return str(source) if isinstance(source, Path) else "-"


def read_blocks(source: Source, columns: Columns, counters: Counters) -> Iterator[Block]:
    """The wanted columns, block by block in the order of the file.

    Rows with a wrong number of cells are counted as `wrong_cell_count` and left out. Raises MissingFile, MissingField,
    BadEncoding or FeedError, each one sentence that names the file, when the table as a whole cannot be used.
    """
    name = name_of(source)
    try:
        if isinstance(source, Path):
            parquet, packed = source.suffix == ".parquet", source.suffix == ".gz"
            stream: BinaryIO = source.open("rb")
        else:
            data = source.read()
            parquet, packed = data[:4] == b"PAR1", data[:2] == b"\x1f\x8b"
            stream = io.BytesIO(data)
        with stream:
            if parquet:
                yield from _parquet_blocks(stream, name, columns)
            else:
                plain = gzip.GzipFile(fileobj=stream) if packed else stream
                yield from _csv_blocks(plain, name, columns, counters)
    except FileNotFoundError:
        raise MissingFile(name) from None
    except (EOFError, gzip.BadGzipFile) as error:
        raise BadEncoding(name, f"is not sound gzip: {error}") from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0]
        raise BadEncoding(name, f"is not sound Parquet: {reason}" if parquet else reason) from None
    except OSError as error:
        raise FeedError(name, None, None, f"cannot be read: {error.strerror or error}") from None


def _csv_blocks(stream: Any, name: str, columns: Columns, counters: Counters) -> Iterator[Block]:
    header = _read_header(stream, name)
    present = _present(header, name, columns)
    # the reader wants distinct names; columns nobody asked for, and the second of two equal ones, get one of their own
    names = [one if one in present and header.index(one) == k else f"#{k}" for k, one in enumerate(header)]
    skipped: list[int] = []

    def skip(row: Any) -> Literal["skip"]:
        insort(skipped, row.number + 1)
        where = f"{name}, line {row.number + 1}"
        detail = f"has {row.actual_columns} cells where the header has {row.expected_columns}"
        counters.refuse("wrong_cell_count", 1, [Refusal(where, "", "wrong_cell_count", detail)])
        return "skip"

    try:
        reader = pa.csv.open_csv(
            stream,
            pa.csv.ReadOptions(column_names=names, block_size=BLOCK_BYTES, use_threads=False),
            pa.csv.ParseOptions(ignore_empty_lines=False, invalid_row_handler=skip),
            pa.csv.ConvertOptions(
                check_utf8=False,
                column_types={one: _IDS if one in columns.ids else pa.string() for one in present},
                include_columns=present,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return
        raise
    rows = 0
    for batch in reader:
        yield Block(dict(zip(present, batch.columns)), batch.num_rows, Place(name, "line", rows + 2, skipped))
        rows += batch.num_rows


def _read_header(stream: Any, name: str) -> list[str]:
    line = stream.readline(LONGEST_HEADER)
    if not line:
        raise FeedError(name, None, None, "is empty: a header line was expected")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadEncoding(name, "is not UTF-8 text", 1) from None
    return [cell.strip() for cell in next(csv.reader([text]), [])]


def _present(header: Sequence[str], name: str, columns: Columns) -> list[str]:
    for one in columns.names:
        if one in columns.required and one not in header:
            raise MissingField(name, one)
    return [one for one in columns.names if one in header]


def _parquet_blocks(stream: BinaryIO, name: str, columns: Columns) -> Iterator[Block]:
    present = _present(pa.parquet.read_schema(stream).names, name, columns)
    stream.seek(0)
    file = pa.parquet.ParquetFile(stream, read_dictionary=[one for one in present if one in columns.ids])
    rows = 0
    for batch in file.iter_batches(BLOCK_ROWS, columns=present):
        arrays = {one: _as_ids(batch.column(one)) if one in columns.ids else batch.column(one) for one in present}
        yield Block(arrays, batch.num_rows, Place(name, "row", rows + 1))
        rows += batch.num_rows


def _as_ids(array: Any) -> Any:
    """A dictionary array of strings, whatever type the file gave its ids."""
    if array.type == _IDS:
        return array
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.string()).dictionary_encode()
