"""Hi-res events as bodies: every form, the fast way and the careful one alike; one bad item costs no other."""

from __future__ import annotations

import contextlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FeedError
from feeds.signals.hires import write_events
from feeds.signals.hires_json import Item, decode_events, read_item
from feeds.signals.json_bodies import CONTENTS
from feeds.signals.vendor_codes import VendorCodes
from signals.kernels.columns import EventColumns
from tests.feeds.signals.test_hires import AB

Row = tuple[int, int, int, int]


def rows_of(events: EventColumns) -> list[Row]:
    assert [column.dtype for column in events] == [np.int64, np.int32, np.int32, np.int32]
    return list(zip(*(column.tolist() for column in events)))


def items_of(rows: list[Row], texts: bool = False) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": datetime.fromtimestamp(time / 1000.0, UTC).isoformat() if texts else time / 1000.0,
            "device_id": "ab"[device],
            "event_code": code,
            "parameter": None if parameter < 0 else parameter,
        }
        for time, device, code, parameter in rows
    ]


ROW = st.tuples(st.integers(1, 4_000_000_000_000), st.integers(0, 1), st.integers(0, 202), st.integers(-1, 2**31 - 1))
ROWS = st.lists(ROW, min_size=1, max_size=8)


@given(ROWS, st.booleans(), st.sampled_from(["list", "lines", "wrapped", "renamed", "odd"]))
def test_every_form_says_the_same(rows: list[Row], texts: bool, form: str) -> None:
    items = items_of(rows, texts)
    if form == "renamed":
        items = [{"timestamp_unix" if name == "timestamp" else name: value for name, value in item.items()} for item in items]
    if form == "odd":  # one item that only the careful way reads
        items[0] = {**items[0], "event_code": str(items[0]["event_code"]), "parameter": float(rows[0][3]) if rows[0][3] >= 0 else None}
    body = b"\n".join(map(orjson.dumps, items)) if form == "lines" else orjson.dumps({"events": items} if form == "wrapped" else items)
    events, counters = decode_events(body, AB)
    assert rows_of(events) == rows
    assert (counters.accepted, counters.refused) == (len(rows), {})


@given(ROWS)
def test_the_fast_way_and_the_careful_one_agree(rows: list[Row]) -> None:
    items = items_of(rows)
    careful = [read_item(item) for item in items]
    assert careful == [Item(time, "ab"[device], code, parameter) for time, device, code, parameter in rows]


BAD: list[tuple[object, str]] = [
    (5, "not_an_object"),
    ({}, "timestamp_missing"),
    ({"timestamp": "2026-03-02T08:00:00", "device_id": "a", "event_code": 1}, "timestamp_not_a_time"),
    ({"timestamp": 1772409600000, "device_id": "a", "event_code": 1}, "timestamp_not_a_time"),
    ({"timestamp": 5, "event_code": 1}, "device_id_missing"),
    ({"timestamp": 5, "device_id": "", "event_code": 1}, "device_id_missing"),
    ({"timestamp": 5, "device_id": "zz", "event_code": 1}, "unknown_device"),
    ({"timestamp": 5, "device_id": "a"}, "event_code_missing"),
    ({"timestamp": 5, "device_id": "a", "event_code": -1}, "event_code_not_a_number"),
    ({"timestamp": 5, "device_id": "a", "event_code": 1.5}, "event_code_not_a_number"),
    ({"timestamp": 5, "device_id": "a", "event_code": 2**31}, "event_code_not_a_number"),
    ({"timestamp": 5, "device_id": "a", "event_code": 1, "parameter": "x"}, "parameter_not_a_number"),
    ({"timestamp": 5, "device_id": "a", "event_code": 1, "parameter": "1_0"}, "parameter_not_a_number"),
    ({"timestamp": 5, "device_id": "a", "event_code": 1, "parameter": True}, "parameter_not_a_number"),
]


@pytest.mark.parametrize(("item", "reason"), BAD)
@pytest.mark.parametrize("lines", [False, True])
def test_one_bad_item_costs_no_other(item: object, reason: str, lines: bool) -> None:
    good = {"timestamp": 5, "device_id": "b", "event_code": 82, "parameter": 7}
    parts = [orjson.dumps(one) for one in (good, item, good)]
    body = b"\n".join(parts) if lines else b"[%s]" % b",".join(parts)
    events, counters = decode_events(body, AB)
    assert rows_of(events) == [(5000, 1, 82, 7)] * 2
    assert (counters.accepted, counters.refused) == (2, {reason: 1})
    assert counters.examples[0].where.startswith("/1")
    assert str(counters.examples[0]).count(": ") >= 1


def test_lines_that_are_no_json_are_counted() -> None:
    events, counters = decode_events(b'{"timestamp":5,"device_id":"a","event_code":1}\n{"times\n', AB, content="ndjson")
    assert len(events.time) == 1
    assert counters.refused == {"not_json": 1}


def test_unknown_codes_are_kept_counted_and_translated() -> None:
    body = b'[{"timestamp":5,"device_id":"a","event_code":316,"parameter":75}]'
    events, counters = decode_events(body, AB)
    assert (events.code.tolist(), counters.unknown_codes) == ([316], {"316": 1})
    events, counters = decode_events(body, AB, vendor=VendorCodes("own", events={316: 100_009}))
    assert (events.code.tolist(), counters.unknown_codes) == ([100_009], {})


def test_parquet_is_the_recorded_file(tmp_path: Path) -> None:
    time = np.array([5, 6_000], np.int64)
    one = EventColumns(time, np.array([0, 1], "i4"), np.array([82, 81], "i4"), np.array([3, -1], "i4"))
    write_events(one, AB, tmp_path / "e.parquet")
    body = (tmp_path / "e.parquet").read_bytes()
    for content in (None, CONTENTS["application/vnd.apache.parquet"]):
        events, counters = decode_events(body, AB, content=content)
        assert rows_of(events) == [(5, 0, 82, 3), (6_000, 1, 81, -1)]
        assert counters.accepted == 2
    target = io.BytesIO()
    write_events(one, AB, target)
    assert target.getvalue() == b"timestamp_unix,device_id,event_code,parameter\n0.005,a,82,3\n6,b,81,\n"


@pytest.mark.parametrize("body", [b"", b"5", b"[", b'{"timestamp":5}[', b"PAR1nonsense"])
def test_a_body_that_is_none_is_one_sentence(body: bytes) -> None:
    with pytest.raises(FeedError):
        decode_events(body, AB)


@given(st.binary(max_size=60))
def test_no_bytes_break_it(body: bytes) -> None:
    with contextlib.suppress(FeedError):
        events, counters = decode_events(body, AB)
        assert len(events.time) == counters.accepted
