"""Positions as JSON: a list of objects, `{"positions": [...]}`, NDJSON, one object, or columns `{"vehicle_id": [...], ...}`.

Names are those of the recorded files; `received_unix` and unknown names are skipped, the time of receipt is the server's.
Plain items are read by a kernel; an item with escapes, a numeric id, an RFC 3339 time or a fault goes alone through orjson
(`feeds.positions_json_items`), so no item loses another. Only a body that is no JSON, or none of these forms, is an error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
import orjson

from feeds.counters import Counters, Refusal
from feeds.errors import BadEncoding, FeedError
from feeds.kernels import json_positions as scanner
from feeds.positions_json_items import Problem, read_item
from transit.kernels.columns import F64, I32, U8, PositionColumns

NAME = "positions"
EXAMPLES = 100
SMALL = 1024
"""bytes below which an object is first tried as a single position: most vehicles send one at a time"""
_LIST = re.compile(rb'[ \t\r\n]*(\{[ \t\r\n]*"positions"[ \t\r\n]*:[ \t\r\n]*)?\[')
_AFTER_LIST = re.compile(rb"[ \t\r\n]*")
_AFTER_WRAPPED = re.compile(rb"[ \t\r\n]*\}[ \t\r\n]*")
_NUMBERS = scanner.NAMES[scanner.TIMESTAMP :]
Content = Literal["json", "ndjson"]


class _NotJson(Exception):
    """An item of a list is no JSON, so the whole body is none."""


def decode_positions(body: bytes, received: float, content: Content | None = None) -> tuple[PositionColumns, Counters]:
    """Every sound position in the order sent, and what was refused: `where` of each Refusal is a JSON pointer (`/3/lat`).

    content: what the sender declared; None finds out. In NDJSON the first part of a pointer counts the lines that are not
    empty, from 0. The first 100 refusals are kept as examples.
    Raises BadEncoding naming the byte when the body is no JSON, FeedError when it is JSON of another form.
    """
    if not body or body.isspace():
        raise BadEncoding(NAME, "is empty")
    if len(body) >= 2**31 - 1:
        raise FeedError(NAME, None, None, "is larger than 2 GiB")
    if content == "ndjson" or (content is None and _is_lines(body)):
        return _Reading(body, received, _count(body, b"\n") + 1).lines()
    found = _LIST.match(body)
    if found:
        try:
            whole = _Reading(body, received, _count(body, b"{")).list_at(found.end() - 1, wrapped=found[1] is not None)
            if whole is not None:
                return whole
        except _NotJson:
            pass
    elif len(body) < SMALL:
        alone = _Reading(b"[%s]" % body, received, body.count(b"{")).single()
        if alone is not None:
            return alone
    return _decode_document(_loads(body), received)


def _decode_document(document: object, received: float) -> tuple[PositionColumns, Counters]:
    """The careful path for a whole body."""
    if isinstance(document, list):
        return _from_values(document, received, lambda row, field: f"/{row}/{field}" if field else f"/{row}")
    if not isinstance(document, dict):
        raise FeedError(NAME, None, None, "is neither a list of positions nor an object")
    if "positions" in document:
        values = document["positions"]
        if not isinstance(values, list):
            raise FeedError(NAME, None, "positions", "is not a list")
        return _from_values(values, received, lambda row, field: f"/positions/{row}/{field}".rstrip("/"))
    columns = {name: values for name, values in document.items() if name in scanner.NAMES and isinstance(values, list)}
    if not columns:
        return _from_values([document], received, lambda _, field: f"/{field}")
    return _decode_columns(columns, received)


def _decode_columns(columns: dict[str, list[Any]], received: float) -> tuple[PositionColumns, Counters]:
    for name in ("vehicle_id", "timestamp_unix", "lat", "lon"):
        if name not in columns:
            raise FeedError(NAME, None, name, "the column is missing")
    rows = len(columns["vehicle_id"])
    for name, values in columns.items():
        if len(values) != rows:
            raise FeedError(NAME, None, name, f"has {len(values)} values where vehicle_id has {rows}")
    reading = _Reading(b"", received, rows)
    reading.kind[:] = scanner.PLAIN if _take_columns(columns, reading) else scanner.CAREFUL
    names = list(columns)
    return reading.finish(rows, lambda row: {name: columns[name][row] for name in names}, lambda row, field: f"/{field}/{row}")


def _take_columns(columns: dict[str, list[Any]], reading: _Reading) -> bool:
    """Columns whose every value is as it should be, at once; False when one is not."""
    texts: list[bytes] = []
    for k, name in enumerate(scanner.NAMES):
        if name not in columns:
            continue
        kinds = set(map(type, columns[name]))
        if k < scanner.TIMESTAMP:
            if not kinds <= {str}:
                return False
            encoded = [one.encode() for one in columns[name]]
            lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
            reading.places[2 * k] = sum(map(len, texts)) + np.cumsum(lengths) - lengths
            reading.places[2 * k + 1] = lengths
            texts.append(b"".join(encoded))
        else:
            if not kinds <= {int, float, type(None)}:
                return False
            reading.numbers[k - scanner.TIMESTAMP] = columns[name]
    reading.text = np.frombuffer(b"".join(texts), np.uint8).copy()
    return all(scanner.is_position(row, reading.places, reading.numbers) for row in range(len(reading.kind)))


def _from_values(
    values: Sequence[object], received: float, pointer: Callable[[int, str], str]
) -> tuple[PositionColumns, Counters]:
    reading = _Reading(b"", received, len(values))
    reading.kind[:] = scanner.CAREFUL
    return reading.finish(len(values), values.__getitem__, pointer)


class _Reading:
    """A body on its way into columns: the arrays that the scanner fills and the careful path mends."""

    def __init__(self, body: bytes, received: float, rows: int) -> None:
        self.body, self.received = body, received
        self.text = np.empty(len(body) + 1, np.uint8)
        self.text[:-1], self.text[-1] = np.frombuffer(body, np.uint8), 0
        self.places: I32 = np.zeros((6, rows), np.int32)
        self.numbers: F64 = np.full((5, rows), np.nan)
        self.bounds = np.zeros((2, rows), np.int64)
        self.kind: U8 = np.zeros(rows, np.uint8)
        self.stops = scanner.STOPS if _is_utf8(body) else scanner.STOPS_ASCII

    def list_at(self, at: int, wrapped: bool) -> tuple[PositionColumns, Counters] | None:
        """The list whose bracket is at `at`; None when the scanner cannot read it to its end."""
        items, end = scanner.scan_list(self.text, at, self.places, self.numbers, self.bounds, self.kind, self.stops)
        rest = _AFTER_WRAPPED if wrapped else _AFTER_LIST
        if end < 0 or not rest.fullmatch(self.body, end) or self.stops is scanner.STOPS_ASCII:
            return None
        prefix = "/positions" if wrapped else ""
        return self.finish(items, self._load, lambda row, field: f"{prefix}/{row}/{field}".rstrip("/"))

    def single(self) -> tuple[PositionColumns, Counters] | None:
        """The one position that the body, a list, holds; None when it is more, or needs the careful path."""
        items, end = scanner.scan_list(self.text, 0, self.places, self.numbers, self.bounds, self.kind, self.stops)
        if items != 1 or end != len(self.body) or self.kind[0] != scanner.PLAIN or self.stops is scanner.STOPS_ASCII:
            return None
        return self.finish(1, self._load, lambda _, field: f"/{field}")

    def lines(self) -> tuple[PositionColumns, Counters]:
        """One object a line."""
        items = scanner.scan_lines(self.text, 0, self.places, self.numbers, self.bounds, self.kind, self.stops)

        def load(row: int) -> object:
            try:
                return self._load(row)
            except _NotJson as error:
                return Problem("", "not_json", f"is not JSON: {error}")

        return self.finish(items, load, lambda row, field: f"/{row}/{field}".rstrip("/"))

    def finish(
        self, items: int, load: Callable[[int], object], pointer: Callable[[int, str], str]
    ) -> tuple[PositionColumns, Counters]:
        """Columns of the first `items` rows, those for the careful path read through `load`."""
        counters = Counters(keep=EXAMPLES)
        keep = np.ones(items, bool)
        rows: list[int] = []
        texts: list[bytes] = []
        numbers: list[tuple[float, ...]] = []
        for row in np.flatnonzero(self.kind[:items] == scanner.CAREFUL).tolist():
            value = load(row)
            one = value if isinstance(value, Problem) else read_item(value)
            if isinstance(one, Problem):
                keep[row] = False
                counters.refuse(one.reason, 1, [Refusal(pointer(row, one.field), "", one.reason, one.detail)])
            else:
                rows.append(row)
                texts += one.ids
                numbers.append(one.numbers)
        if rows:
            self._mend(rows, texts, np.array(numbers))
        counters.accepted = int(keep.sum())
        return self._columns(items, keep), counters

    def _mend(self, rows: Sequence[int], texts: Sequence[bytes], numbers: F64) -> None:
        """Put what the careful path read into its rows; its ids come after the body."""
        self.numbers[:, rows] = numbers.T
        lengths = np.array([len(text) for text in texts])
        starts = len(self.text) + np.cumsum(lengths) - lengths
        self.places[0::2, rows] = starts.reshape(-1, 3).T
        self.places[1::2, rows] = lengths.reshape(-1, 3).T
        self.text = np.concatenate([self.text, np.frombuffer(b"".join(texts), np.uint8)])

    def _load(self, row: int) -> object:
        try:
            return orjson.loads(self.body[self.bounds[0, row] : self.bounds[1, row]])
        except orjson.JSONDecodeError as error:
            raise _NotJson(error.msg) from None

    def _columns(self, items: int, keep: Any) -> PositionColumns:
        rows: Any = slice(items) if keep.all() else np.flatnonzero(keep)
        ids: list[Any] = [np.ascontiguousarray(place[rows]) for place in self.places]
        timestamp, lat, lon, bearing, speed = (np.ascontiguousarray(number[rows]) for number in self.numbers)
        bearing[~((bearing >= 0.0) & (bearing <= 360.0))] = np.nan
        speed[~((speed >= 0.0) & (speed <= scanner.FASTEST))] = np.nan
        columns: list[Any] = [
            *ids,
            timestamp,
            np.full(len(lat), self.received),
            lat,
            lon,
            bearing.astype("f4"),
            speed.astype("f4"),
        ]
        return PositionColumns(self.text, *columns)


def _count(body: bytes, byte: bytes) -> int:
    """How often a byte occurs; several times as fast as bytes.count."""
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == byte[0]))


def _is_lines(body: bytes) -> bool:
    """Whether a body is NDJSON: more than one line, the first an object by itself (or the whole no JSON)."""
    end = body.find(b"\n", len(body) - len(body.lstrip()))
    first = body[:end].strip()
    if end < 0 or not first.startswith(b"{") or not first.endswith(b"}") or body[end:].isspace():
        return False
    try:
        orjson.loads(first)
        return True
    except orjson.JSONDecodeError:
        pass
    try:
        orjson.loads(body)
        return False
    except orjson.JSONDecodeError:
        return True


def _is_utf8(body: bytes) -> bool:
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False


def _loads(body: bytes) -> object:
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadEncoding(NAME, f"is not UTF-8 at byte {error.start}") from None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadEncoding(NAME, f"is not JSON at byte {len(text[: error.pos].encode())}: {error.msg}") from None
