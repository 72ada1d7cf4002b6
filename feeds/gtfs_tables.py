"""The text tables of a GTFS feed as factorised columns: one small integer a row, each distinct value once.

gtfs-kit gives the names of tables and fields and pandas reads the text; neither is imported anywhere else, and only when a
feed is compiled. Every cell is read as text: gtfs_kit.read_feed would turn an id "NA" into a missing one, and give up a whole
feed for one bad number or one comma too many. Numbers, dates and times are parsed once for each distinct value.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.errors import BadEncoding, FeedError, MissingField
from transit.kernels.columns import F64, I32

_RAGGED = re.compile(r"Skipping line (\d+)")


class Column(NamedTuple):
    """One field of a table, stripped of white space; an empty cell is ""."""

    codes: I32
    """[n] index into values"""
    values: list[str]

    def take(self, parse: Callable[[str], float]) -> F64:
        """[n] `parse` of every cell, called once for each distinct value; NaN where it raises ValueError."""
        parsed = np.empty(max(1, len(self.values)))
        for code, value in enumerate(self.values):
            try:
                parsed[code] = parse(value)
            except ValueError:
                parsed[code] = np.nan
        return parsed[self.codes]

    def numbers(self) -> F64:
        """[n] as floats; NaN for what is empty or no finite number."""
        found = self.take(float)
        return np.where(np.isfinite(found), found, np.nan)

    def given(self) -> NDArray[np.bool_]:
        """[n] whether the cell is not empty."""
        return np.array([value != "" for value in self.values] or [False])[self.codes]

    def find(self, index: Mapping[str, int]) -> I32:
        """[n] index of every cell, -1 where the mapping does not have it."""
        return np.array([index.get(value, -1) for value in self.values] or [-1], np.int32)[self.codes]

    def texts(self) -> list[str]:
        """[n] the cells."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]


@dataclass(frozen=True)
class Table:
    """One file. `lines` [n] is the line each row stood on, counting the header as 1."""

    name: str
    lines: I32
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, name: str) -> Column:
        """A field; all empty when the file does not have it."""
        found = self.columns.get(name)
        return found if found is not None else Column(np.zeros(len(self.lines), np.int32), [""])

    def require(self, *names: str) -> None:
        """Raises MissingField for the first field the file does not have."""
        for name in names:
            if name not in self.columns:
                raise MissingField(self.name, name)

    def keep(self, rows: NDArray[Any]) -> Table:
        """The rows of a mask or of an index array."""
        columns = {name: Column(column.codes[rows], column.values) for name, column in self.columns.items()}
        return Table(self.name, self.lines[rows], columns)


def empty_table(name: str) -> Table:
    """A file that is not there."""
    return Table(name, np.zeros(0, np.int32), {})


class ReadTables(NamedTuple):
    """What reading gave."""

    tables: dict[str, Table]
    """by file name, only those present"""
    ragged: dict[str, list[int]]
    """lines left out because they have more fields than the header, by file name"""


def read_tables(files: Iterable[tuple[str, bytes]]) -> ReadTables:
    """Read (file name, bytes) pairs. Raises BadEncoding or FeedError for a file that is no UTF-8 or no CSV at all."""
    import gtfs_kit
    import pandas

    tables: dict[str, Table] = {}
    ragged: dict[str, list[int]] = {}
    for name, data in files:
        known = set(gtfs_kit.constants.DTYPES.get(name.removesuffix(".txt"), ())) | {"location_type"}
        frame, left_out = _frame(pandas, name, data)
        if left_out:
            ragged[name] = left_out
        frame = gtfs_kit.cleaners.clean_column_names(frame)
        tables[name] = _table(pandas, name, frame, left_out, known)
    return ReadTables(tables, ragged)


def _frame(pandas: Any, name: str, data: bytes) -> tuple[Any, list[int]]:
    options = {"dtype": str, "na_filter": False, "skip_blank_lines": False, "skipinitialspace": True, "index_col": False}
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            frame = pandas.read_csv(io.BytesIO(data), encoding="utf-8-sig", on_bad_lines="warn", **options)
        except UnicodeDecodeError:
            raise _not_utf8(name, data) from None
        except pandas.errors.EmptyDataError:
            return pandas.DataFrame(), []
        except pandas.errors.ParserError as error:
            raise FeedError(name, None, None, f"is not a CSV table: {_first_line(error)}") from None
    said = "\n".join(str(one.message) for one in heard)
    return frame, [int(line) for line in _RAGGED.findall(said)]


def _first_line(error: Exception) -> str:
    row = re.search(r"EOF inside string starting at row (\d+)", str(error))
    if row:
        return f"a quote opened on line {int(row[1]) + 1} is never closed"
    return str(error).strip().splitlines()[0]


def _not_utf8(name: str, data: bytes) -> BadEncoding:
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return BadEncoding(name, f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8", line)
    return BadEncoding(name, "is not UTF-8; save the file as UTF-8")


def _table(pandas: Any, name: str, frame: Any, left_out: list[int], known: set[str]) -> Table:
    lines = np.arange(2, 2 + len(frame), dtype=np.int32)
    for line in left_out:
        lines[lines >= line] += 1
    columns = {field: _column(pandas, frame[field]) for field in frame.columns if field in known}
    blank = np.ones(len(frame), np.bool_)
    for column in columns.values():
        blank &= ~column.given()
    table = Table(name, lines, columns)
    return table.keep(~blank) if blank.any() else table


def _column(pandas: Any, series: Any) -> Column:
    codes, found = pandas.factorize(series)
    values = [str(value).strip() for value in found]
    distinct = {value: code for code, value in enumerate(dict.fromkeys(values))}
    if len(distinct) < len(values):
        merged = np.array([distinct[value] for value in values], np.int32)
        return Column(merged[codes], list(distinct))
    return Column(np.asarray(codes, np.int32), values)
