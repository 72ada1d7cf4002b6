"""Hi-res events as bodies of POST /v1/signals/events: JSON (see feeds.signals.json_bodies), NDJSON, or Parquet like the recorded file.

`{"timestamp" (or "timestamp_unix"): epoch seconds or RFC 3339, "device_id", "event_code", "parameter"}`. A body in which every item is
of the right types is decoded at once; otherwise each item by itself, so that one bad item costs nothing else.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute

from feeds.counters import Refusal
from feeds.positions_json_items import Problem
from feeds.signals.counters import SignalCounters
from feeds.signals.hires import LATEST, MOST, read_events
from feeds.signals.json_bodies import Content, Pointer, check_body, is_lines, read_items
from feeds.signals.times import to_ms
from feeds.signals.vendor_codes import GAT1049, VendorCodes
from signals.inventory import Inventory
from signals.kernels.columns import I64, EventColumns

NAME = "events"
EXAMPLES = 100


class _Event(msgspec.Struct, gc=False):
    device_id: str
    event_code: int
    parameter: int | None = None
    timestamp: float | str | None = None
    timestamp_unix: float | str | None = None


class Item(NamedTuple):
    """A sound event."""

    time: int
    device_id: str
    code: int
    parameter: int


_LIST = msgspec.json.Decoder(list[_Event])
_ITEM = msgspec.json.Decoder(_Event)
_PARTS = msgspec.json.Decoder(list[msgspec.Raw])


def decode_events(
    body: bytes, inventory: Inventory, *, content: Content | None = None, vendor: VendorCodes = GAT1049
) -> tuple[EventColumns, SignalCounters]:
    """Every sound event in the order sent (Parquet: in order of time), and what was refused: `where` of a Refusal is a JSON pointer.

    Devices that the inventory does not know are counted as `unknown_device`; codes no table knows are kept and counted.
    Raises BadEncoding when the body is no JSON or Parquet, FeedError when it is of another form.
    """
    check_body(body, NAME)
    if content == "parquet" or (content is None and body[:4] == b"PAR1"):
        return read_events(io.BytesIO(body), inventory, vendor=vendor)
    counters = SignalCounters(keep=EXAMPLES)
    reading = _typed(body, content) or _apart(body, content) or _Reading(*read_items(body, NAME, content))
    events = reading.finish(inventory.device_index, counters)
    counters.accepted = len(events.time)
    return vendor.apply(events, counters), counters


def _typed(body: bytes, content: Content | None) -> _Reading | None:
    """A list or lines of items all of the right types; None for any other body."""
    try:
        if content == "ndjson" or (content is None and is_lines(body)):
            return _Reading(_ITEM.decode_lines(body), _pointer)
        return _Reading(_LIST.decode(body), _pointer) if body.lstrip()[:1] == b"[" else None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _apart(body: bytes, content: Content | None) -> _Reading | None:
    """A list or lines, each item by itself: of the right types, or any JSON, or a Problem; None when the body is neither."""
    try:
        if content == "ndjson" or (content is None and is_lines(body)):
            parts: Sequence[Any] = [line for line in body.split(b"\n") if line and not line.isspace()]
        elif body.lstrip()[:1] == b"[" and body.decode():
            parts = _PARTS.decode(body)
        else:
            return None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return _Reading([_item(part) for part in parts], _pointer)


def _item(part: Any) -> object:
    try:
        return _ITEM.decode(part)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        pass
    try:
        return orjson.loads(memoryview(part))
    except orjson.JSONDecodeError as error:
        return Problem("", "not_json", f"is not JSON: {error.msg}")


def _pointer(row: int, field: str) -> str:
    return f"/{row}/{field}" if field else f"/{row}"


class _Reading:
    """Items on their way into columns: those of the right types together, the others one by one."""

    def __init__(self, items: Sequence[object], pointer: Pointer) -> None:
        self._items, self._pointer = items, pointer
        self._time, self._code, self._parameter = (np.full(len(items), -1, np.int64) for _ in range(3))
        self._names: list[str] = [""] * len(items)

    def finish(self, index: Mapping[str, int], counters: SignalCounters) -> EventColumns:
        """The sound ones; what is wrong with the others is counted."""
        typed = [row for row, item in enumerate(self._items) if type(item) is _Event]
        self._take(typed)
        sound = (self._time > 0) & (self._code >= 0) & (self._code <= MOST) & (self._parameter >= -1) & (self._parameter <= MOST)
        for row in np.flatnonzero(~sound | (np.array(list(map(len, self._names)), np.int64) == 0)).tolist():
            sound[row] = self._take_one(row, counters)
        device = np.array([index.get(name, -1) for name in self._names], np.int32)
        for row in np.flatnonzero(sound & (device < 0)).tolist():
            detail = f"is no controller of the inventory: {self._names[row][:40]!r}"
            counters.refuse("unknown_device", 1, [Refusal(self._pointer(row, "device_id"), "", "unknown_device", detail)])
        kept = sound & (device >= 0)
        events = EventColumns(self._time, device, self._code.astype(np.int32), self._parameter.astype(np.int32))
        return events if kept.all() else EventColumns._make(column[kept] for column in events)

    def _take(self, rows: Sequence[int]) -> None:
        events: Sequence[Any] = self._items if len(rows) == len(self._items) else [self._items[row] for row in rows]
        at: Any = slice(None) if events is self._items else np.array(rows, np.int64)
        try:
            self._code[at] = [event.event_code for event in events]
            self._parameter[at] = [-1 if event.parameter is None else event.parameter for event in events]
        except OverflowError:  # a number of more than 64 bits
            return
        self._time[at] = _times([event.timestamp_unix if event.timestamp is None else event.timestamp for event in events])
        if events is self._items:
            self._names = [event.device_id for event in events]
        else:
            for row, event in zip(rows, events):
                self._names[row] = event.device_id

    def _take_one(self, row: int, counters: SignalCounters) -> bool:
        value = self._items[row]
        if isinstance(value, _Event):
            value = msgspec.to_builtins(value)
        one = value if isinstance(value, Problem) else read_item(value)
        if isinstance(one, Problem):
            counters.refuse(one.reason, 1, [Refusal(self._pointer(row, one.field), "", one.reason, one.detail)])
            return False
        self._time[row], self._names[row], self._code[row], self._parameter[row] = one
        return True


def _times(stamps: Sequence[Any]) -> I64:
    """Epoch ms of numbers, or of RFC 3339 texts; -1 for what is not so clear: another one of both, or no time."""
    none = np.full(len(stamps), -1, np.int64)
    texts = set(map(type, stamps))
    if str not in texts:
        seconds = np.array(stamps, np.float64)
        known = (seconds > 0.0) & (seconds < LATEST)
        return np.where(known, np.rint(np.where(known, seconds, 0.0) * 1000.0), -1.0).astype(np.int64)
    if texts != {str}:
        return none
    try:
        micros = pa.compute.cast(pa.array(stamps, pa.string()), pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return none
    found: I64 = np.rint(micros / 1000.0).astype(np.int64)
    return found


def read_item(value: object) -> Item | Problem:
    """Judge one decoded JSON value; whole numbers may come as texts or with `.0`, ids as numbers."""
    if not isinstance(value, dict):
        return Problem("", "not_an_object", "is not an object")
    field = "timestamp_unix" if value.get("timestamp") is None else "timestamp"
    if value.get(field) is None:
        return Problem("timestamp", "timestamp_missing", "is missing")
    time = to_ms(value[field])
    if time is None:
        detail = f"is neither epoch seconds nor an RFC 3339 time with an offset: {_shown(value[field])}"
        return Problem(field, "timestamp_not_a_time", detail)
    device = value.get("device_id")
    if isinstance(device, bool) or not isinstance(device, str | int) or device == "":
        return Problem("device_id", "device_id_missing", "is missing, or no text")
    code, parameter = _whole(value, "event_code"), _whole(value, "parameter")
    for name, number in (("event_code", code), ("parameter", parameter)):
        if number is None:
            return Problem(name, f"{name}_not_a_number", f"is no whole number from 0 to 2147483647: {_shown(value.get(name))}")
    if code is None or code < 0:
        return Problem("event_code", "event_code_missing", "is missing")
    return Item(time, str(device), code, -1 if parameter is None else parameter)


def _whole(value: Mapping[str, object], name: str) -> int | None:
    """A whole number, -1 where there is none, None for anything else."""
    one = value.get(name)
    if one is None:
        return -1
    try:
        number = float(one) if isinstance(one, str | int | float) and not isinstance(one, bool) and "_" not in str(one) else -1.0
    except (ValueError, OverflowError):
        return None
    return int(number) if 0.0 <= number <= MOST and number.is_integer() else None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."

