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
_LINES = msgspec.json.Decoder(_Event)


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
    events = _at_once(body, inventory, content, counters)
    if events is None:
        events = _one_by_one(*read_items(body, NAME, content), inventory, counters)
    counters.accepted = len(events.time)
    return vendor.apply(events, counters), counters


def _at_once(body: bytes, inventory: Inventory, content: Content | None, counters: SignalCounters) -> EventColumns | None:
    """A body whose every item is sound but for its device; None for any other."""
    try:
        if content == "ndjson" or (content is None and is_lines(body)):
            items = _LINES.decode_lines(body)
        elif body.lstrip()[:1] == b"[":
            items = _LIST.decode(body)
        else:
            return None
        code = np.array([item.event_code for item in items], np.int64)
        parameter = np.array([-1 if item.parameter is None else item.parameter for item in items], np.int64)
    except (msgspec.MsgspecError, UnicodeDecodeError, OverflowError):
        return None
    stamps = [item.timestamp_unix if item.timestamp is None else item.timestamp for item in items]
    time = _times(stamps)
    if time is None or not (_in_range(code, 0) and _in_range(parameter, -1)):
        return None
    index = inventory.device_index
    device = np.array([index.get(item.device_id, -1) for item in items], np.int32)
    unknown = np.flatnonzero(device < 0)
    if len(unknown):
        if any(not items[row].device_id for row in unknown.tolist()):
            return None
        _refuse_devices(unknown.tolist(), [item.device_id for item in items], counters)
    events = EventColumns(time, device, code.astype(np.int32), parameter.astype(np.int32))
    return events if not len(unknown) else EventColumns._make(column[device >= 0] for column in events)


def _in_range(values: I64, low: int) -> bool:
    return not len(values) or (int(values.min()) >= low and int(values.max()) <= MOST)


def _times(stamps: Sequence[Any]) -> I64 | None:
    """Epoch ms of numbers, or of RFC 3339 texts; None when they are mixed or one is no time."""
    if not stamps or isinstance(stamps[0], float | int):
        try:
            seconds = np.array(stamps, np.float64)
        except (TypeError, ValueError):
            return None
        sound = bool(((seconds > 0.0) & (seconds < LATEST)).all())
        return np.rint(seconds * 1000.0).astype(np.int64) if sound and str not in set(map(type, stamps)) else None
    try:
        texts = pa.array(stamps, pa.string())
        if texts.null_count:
            return None
        micros = pa.compute.cast(texts, pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return np.rint(micros / 1000.0).astype(np.int64) if len(micros) and int(micros.min()) > 0 else None


def _refuse_devices(rows: Sequence[int], names: Sequence[str], counters: SignalCounters) -> None:
    examples = [Refusal(f"/{row}/device_id", "", "unknown_device", _no_device(names[row])) for row in rows[:EXAMPLES]]
    counters.refuse("unknown_device", len(rows), examples)


def _no_device(name: str) -> str:
    return f"is no controller of the inventory: {name[:40]!r}"


def _one_by_one(items: Sequence[object], pointer: Pointer, inventory: Inventory, counters: SignalCounters) -> EventColumns:
    rows: list[tuple[int, int, int, int]] = []
    for at, value in enumerate(items):
        one = value if isinstance(value, Problem) else read_item(value)
        if isinstance(one, Problem):
            counters.refuse(one.reason, 1, [Refusal(pointer(at, one.field), "", one.reason, one.detail)])
            continue
        device = inventory.device_index.get(one.device_id, -1)
        if device < 0:
            example = Refusal(pointer(at, "device_id"), "", "unknown_device", _no_device(one.device_id))
            counters.refuse("unknown_device", 1, [example])
        else:
            rows.append((one.time, device, one.code, one.parameter))
    time, *others = np.array(rows, np.int64).reshape(-1, 4).T
    return EventColumns(time.copy(), *(column.astype(np.int32) for column in others))


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

