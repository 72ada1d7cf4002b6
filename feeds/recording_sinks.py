"""Tables of words and numbers into CSV, gzipped CSV or Parquet, the same bytes for the same rows however they are batched.

Words are indices into Strings; their bytes are copied into CSV by a kernel and become strings of Arrow for Parquet. A gzip
header carries no time and no name, a Parquet file has row groups of ROW_GROUP rows whatever the batches were.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from feeds.errors import FeedError
from feeds.kernels import csv_rows
from transit.kernels.columns import F64, I32
from transit.strings import Strings

ROW_GROUP = 1 << 17
BUFFER_BYTES = 1 << 20
GZIP_LEVEL = 3
WORD = -1
"""in a Layout: a column of Words"""


class Words(NamedTuple):
    """A column of strings: which [n] of the words in `of`, -1 is unknown."""

    which: I32
    of: Strings


Column = Words | F64
"""Numbers are float64 whatever they count, NaN unknown."""
Layout = Sequence[tuple[str, int]]
"""Each column's name, and WORD or how many decimals its numbers keep; with 0 they are integers."""


class TableWriter:
    """Appends batches of rows to one file; each batch has the columns of `layout` in that order.

    A path's ending chooses the format; a stream gets CSV and stays open. The header is written at once, so a run without rows
    leaves a readable file. Raises FeedError when the path cannot be written.
    """

    def __init__(self, target: Path | BinaryIO, layout: Layout) -> None:
        self._closing: list[Any] = []
        stream: Any = target
        if isinstance(target, Path):
            try:
                stream = target.open("wb")
            except OSError as error:
                raise FeedError(str(target), None, None, f"cannot be written: {error.strerror}") from None
            self._closing.append(stream)
            if target.suffix == ".gz":
                stream = gzip.GzipFile("", "wb", GZIP_LEVEL, stream, mtime=0)
                self._closing.insert(0, stream)
        parquet = isinstance(target, Path) and target.suffix == ".parquet"
        self._sink: _CsvSink | _ParquetSink = _ParquetSink(stream, layout) if parquet else _CsvSink(stream, layout)

    def write(self, columns: Sequence[Column]) -> None:
        """Append the rows of one batch; all columns have one length."""
        self._sink.write(columns)

    def close(self) -> None:
        """Write what is held back and close what was opened here."""
        self._sink.close()
        while self._closing:
            self._closing.pop(0).close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _length(columns: Sequence[Column]) -> int:
    first = columns[0]
    return len(first.which) if isinstance(first, Words) else len(first)


class _CsvSink:
    def __init__(self, stream: BinaryIO, layout: Layout) -> None:
        self._stream = stream
        self._decimals = np.array([decimals for _, decimals in layout if decimals != WORD], np.int64)
        codes, words, numbers = [], iter(range(len(layout))), iter(range(-1, -1 - len(layout), -1))
        for _, decimals in layout:
            codes.append(next(words) if decimals == WORD else next(numbers))
        self._layout = np.array(codes, np.int64)
        self._tables: list[Strings] = []
        self._pack([])
        self._out = np.empty(BUFFER_BYTES, np.uint8)
        stream.write((",".join(name for name, _ in layout) + "\n").encode())

    def write(self, columns: Sequence[Column]) -> None:
        words = [column for column in columns if isinstance(column, Words)]
        rows = _length(columns)
        if [id(column.of) for column in words] != [id(table) for table in self._tables]:
            self._pack([column.of for column in words])
        index = np.empty((len(words), rows), np.int32)
        for k, (column, base) in enumerate(zip(words, self._bases)):
            np.add(column.which, base, out=index[k])
            index[k][column.which < 0] = -1
        numbers = np.empty((len(self._decimals), rows))
        for k, values in enumerate(column for column in columns if not isinstance(column, Words)):
            numbers[k] = values
        longest = self._longest + csv_rows.NUMBER_BYTES * len(columns)
        if longest > len(self._out):
            self._out = np.empty(2 * longest, np.uint8)
        row = 0
        while row < rows:
            row, size = csv_rows.write_rows(
                self._text, self._starts, index, numbers, self._decimals, self._layout, row, longest, self._out
            )
            self._stream.write(self._out[:size].data)

    def close(self) -> None:
        self._stream.flush()

    def _pack(self, tables: list[Strings]) -> None:
        """All words of all tables in one text, as CSV cells. The tables are kept, so that no other can have their `id`."""
        self._tables = tables
        cells = [_as_cells(table) for table in tables]
        self._bases = np.cumsum([0] + [len(table) for table in cells]).tolist()
        ends = np.cumsum([0] + [len(table.text) for table in cells])
        self._text = np.concatenate([np.zeros(0, np.uint8), *(table.text for table in cells)])
        starts = [table.starts[:-1] + base for table, base in zip(cells, ends.tolist())]
        self._starts = np.concatenate([*starts, ends[-1:]]).astype(np.int64)
        self._longest = sum(int(np.diff(table.starts).max(initial=0)) for table in cells)


def _as_cells(strings: Strings) -> Strings:
    """The same words, quoted where CSV needs it."""
    if not np.isin(strings.text, np.frombuffer(b',"\r\n', np.uint8)).any():
        return strings
    return Strings.of('"' + one.replace('"', '""') + '"' if any(c in one for c in ',"\r\n') else one for one in strings)


class _ParquetSink:
    def __init__(self, stream: BinaryIO, layout: Layout) -> None:
        self._layout = layout
        kinds: dict[int, Any] = {WORD: pa.string(), 0: pa.int64()}
        self._schema = pa.schema([(name, kinds.get(decimals, pa.float64())) for name, decimals in layout])
        self._writer = pa.parquet.ParquetWriter(stream, self._schema, compression="zstd", store_schema=False)
        self._held: list[list[Column]] = []
        self._rows = 0

    def write(self, columns: Sequence[Column]) -> None:
        at, rows = 0, _length(columns)
        while at < rows:
            end = min(rows, at + ROW_GROUP - self._rows)
            self._held.append([_cut(column, slice(at, end)) for column in columns])
            self._rows += end - at
            at = end
            if self._rows == ROW_GROUP:
                self._flush()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        arrays = [self._array(decimals, pieces) for (_, decimals), pieces in zip(self._layout, zip(*self._held))]
        self._writer.write_batch(pa.record_batch(arrays, schema=self._schema), row_group_size=ROW_GROUP)
        self._held, self._rows = [], 0

    def _array(self, decimals: int, pieces: Sequence[Column]) -> Any:
        if decimals == WORD:
            return pa.concat_arrays(list(_word_arrays([piece for piece in pieces if isinstance(piece, Words)])))
        numbers = np.round(np.concatenate([piece for piece in pieces if not isinstance(piece, Words)]), decimals)
        unknown = ~np.isfinite(numbers)
        return pa.array(np.where(unknown, 0.0, numbers).astype(np.int64) if decimals == 0 else numbers, mask=unknown)


def _cut(column: Column, rows: slice) -> Column:
    return Words(column.which[rows], column.of) if isinstance(column, Words) else column[rows]


def _word_arrays(pieces: Sequence[Words]) -> Iterator[Any]:
    """Arrow strings of each run of pieces that share their table."""
    for _, run in groupby(pieces, lambda piece: id(piece.of)):
        same = list(run)
        table, index = same[0].of, np.concatenate([piece.which for piece in same])
        buffers = [None, pa.py_buffer(table.starts.tobytes()), pa.py_buffer(table.text.tobytes())]
        words = pa.Array.from_buffers(pa.large_string(), len(table), buffers)
        yield words.take(pa.array(index, mask=index < 0)).cast(pa.string())
