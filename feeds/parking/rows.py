"""A CSV table as rows that know their line: UTF-8 or GB 18030, a header of known columns, every cell stripped."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from feeds.counters import Counters, Refusal
from feeds.errors import BadEncoding, FeedError, MissingField

Progress = Callable[[int, int], None]
"""told (bytes done, bytes in all) now and then"""
EVERY = 1000
"""rows between two words of progress"""
_NO_TEXT = {
    b"PK\x03\x04": "a spreadsheet (.xlsx) or a zip archive", b"\xd0\xcf\x11\xe0": "a spreadsheet (.xls)", b"\x1f\x8b": "packed (gzip)",
    b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16",
}  # fmt: skip


class Unusable(Exception):
    """A row that cannot be used: the field to blame, the reason counted, the predicate of a sentence."""

    def __init__(self, field: str, reason: str, detail: str) -> None:
        super().__init__(field, reason, detail)
        self.field, self.reason, self.detail = field, reason, detail


class Row(NamedTuple):
    """One line of a table."""

    line: int
    cells: dict[str, str]

    def text(self, field: str, default: str = "") -> str:
        """The cell; `default` where it is empty or not there."""
        return self.cells.get(field) or default

    def required(self, field: str) -> str:
        """Raises Unusable where it is empty."""
        found = self.cells.get(field, "")
        if not found:
            raise Unusable(field, f"no_{field}", "is empty")
        return found

    def whole(self, field: str, default: int | None = None, most: int = 1_000_000) -> int:
        """A whole number from 0. Raises Unusable."""
        found = self.cells.get(field, "")
        if not found and default is not None:
            return default
        if not found.isascii() or not found.isdigit() or int(found[:12]) > most:
            raise Unusable(field, f"bad_{field}", f"is not a whole number from 0 to {most}: {found!r}")
        return int(found)

    def number(self, field: str, low: float, high: float) -> float:
        """Raises Unusable."""
        found = self.cells.get(field, "")
        try:
            value = float(found)
        except ValueError:
            raise Unusable(field, f"bad_{field}", f"is not a number: {found!r}") from None
        if not low <= value <= high:
            raise Unusable(field, f"bad_{field}", f"is not from {low:g} to {high:g}: {found!r}")
        return value

    def flag(self, field: str) -> bool:
        """1/0, true/false, yes/no, 是/否; empty: no. Raises Unusable."""
        found = self.cells.get(field, "").lower()
        if found in ("1", "true", "yes", "是"):
            return True
        if found in ("", "0", "false", "no", "否"):
            return False
        raise Unusable(field, f"bad_{field}", f"is neither yes nor no: {found!r}")


def text_of(name: str, data: bytes, counters: Counters | None = None) -> str:
    """The text of a table: UTF-8, with or without a mark, or GB 18030 as Excel saves it in China (counted as `read_as_gb18030`).

    Raises BadEncoding for anything else, with what to do.
    """
    for mark, kind in _NO_TEXT.items():
        if data.startswith(mark):
            raise BadEncoding(name, f"is {kind} and no text; save the table as CSV UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = error
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        line = data.count(b"\n", 0, wrong.start) + 1
        raise BadEncoding(name, f"byte 0x{data[wrong.start]:02x} is neither UTF-8 nor GBK; save the file as UTF-8", line) from None
    if counters is not None:
        counters.ignore("read_as_gb18030")
    return text


def read_rows(
    name: str, data: bytes, required: Sequence[str], counters: Counters, aliases: dict[str, str] | None = None,
    progress: Progress | None = None, known: Collection[str] = (),
) -> Iterator[Row]:  # fmt: skip
    """Rows of a table named `name`; those with more cells than the header are counted as `ragged`, blank ones left out. `known`: all
    columns; another one is an error where it looks like one of them misspelt, else it is left out and counted.

    Raises BadEncoding, MissingField, FeedError.
    """
    text = text_of(name, data, counters)
    table = csv.reader(io.StringIO(text, newline=""), strict=True)
    total, lines, count = len(data), max(text.count("\n"), 1), 0
    try:
        header = [(aliases or {}).get(cell.strip(), cell.strip()) for cell in next(table, [])]
        _check_header(name, header, required, known, counters)
        begins = table.line_num + 1
        for cells in table:
            line, begins = begins, table.line_num + 1
            count += 1
            if progress is not None and count % EVERY == 0:
                progress(min(total, total * line // lines), total)
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                refuse(counters, name, Row(line, {}), Unusable("", "ragged", f"has {len(cells)} cells under {len(header)} columns"))
                continue
            yield Row(line, {field: cell.strip() for field, cell in zip(header, cells)})
    except csv.Error as error:
        raise FeedError(name, table.line_num, None, f"is no CSV: {error}") from None
    if progress is not None:
        progress(total, total)


def _check_header(name: str, header: Sequence[str], required: Sequence[str], known: Collection[str], counters: Counters) -> None:
    """Raises MissingField, FeedError."""
    if not any(header):
        raise FeedError(name, 1, None, "has no header: the first line names the columns")
    if len(header) == 1:
        for sign, word in (("\t", "tabs"), (";", "semicolons")):
            if sign in header[0]:
                raise FeedError(name, 1, None, f"has its columns separated by {word}; save the table with commas")
    for place, field in enumerate(header):
        if field and field in header[:place]:
            raise FeedError(name, 1, field, "stands twice in the header")
        if field and known and field not in known:
            meant = difflib.get_close_matches(field.lower(), known, 1, 0.75)
            if meant:
                raise FeedError(name, 1, field, f"is no column of this table; {meant[0]} is")
            counters.ignore("unknown_column")
            counters.examples.append(Refusal(f"{name}, line 1", field, "unknown_column", "is no column of this table and is left out"))
    for field in required:
        if field not in header:
            raise MissingField(name, field)


def refuse(counters: Counters, name: str, row: Row, why: Unusable) -> None:
    """Counts a row that is left out."""
    counters.refuse(why.reason, 1, [Refusal(f"{name}, line {row.line}", why.field, why.reason, why.detail)])
