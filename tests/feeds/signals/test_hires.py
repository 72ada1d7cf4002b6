"""Hi-res event files: what was written is read back, whatever the format; what is wrong costs its row and is told with its line."""

from __future__ import annotations

import io
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FeedError
from feeds.signals.hires import read_events, write_events
from feeds.signals.vendor_codes import MAXTIME, VendorCodes
from signals.events import in_order
from signals.inventory import Inventory
from signals.kernels.columns import EventColumns

HEAD = b"timestamp_unix,device_id,event_code,parameter\n"


def inventory(*devices: str) -> Inventory:
    """One intersection a controller."""
    n = len(devices)
    nowhere = np.full(n, np.nan)
    return Inventory(
        devices, [f"J{d}" for d in devices], np.arange(n, dtype=np.int32), np.zeros(n, np.int8), np.full(n, -1, "i4"), nowhere, nowhere
    )


AB = inventory("a", "b")


def read(text: bytes) -> tuple[list[tuple[int, ...]], dict[str, object]]:
    events, counters = read_events(io.BytesIO(HEAD + text), AB)
    return list(zip(*(column.tolist() for column in events))), counters.to_dict()


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz", "e.parquet"])
def test_what_was_written_is_read_back_in_order(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(3)
    time, device, code, parameter = (rng.integers(low, high, 5000) for low, high in ((1, 10**13), (0, 2), (0, 203), (-1, 300)))
    events = EventColumns(time, device.astype("i4"), code.astype("i4"), parameter.astype("i4"))
    write_events(events, AB, tmp_path / name)
    heard: list[int] = []
    found, counters = read_events(tmp_path / name, AB, progress=heard.append)
    for column, wanted in zip(found, in_order(events)):
        np.testing.assert_array_equal(column, wanted)
        assert column.dtype == wanted.dtype
        assert column.flags.writeable
    assert (counters.accepted, counters.refused, sum(heard)) == (5000, {}, 5000)


@given(st.lists(st.decimals(min_value=1, max_value=9_999_999_999, places=6), min_size=1, max_size=20))
def test_times_are_rounded_to_the_nearest_millisecond(times: list[Decimal]) -> None:
    near_ties = [time for time in times if abs(time * 1000 % 1 - Decimal("0.5")) < Decimal("0.002")]
    exact = [time for time in times if time not in near_ties]
    rows, _ = read(b"".join(b"%s,a,1,2\n" % str(time).encode() for time in exact))
    assert [row[0] for row in rows] == sorted(int((time * 1000).to_integral_value(ROUND_HALF_EVEN)) for time in exact)


def test_rows_that_are_no_events_are_counted_by_reason_with_their_line() -> None:
    bad = (b"soon,a,1,2\n", b",a,1,2\n", b"1772409600000,a,1,2\n", b"5,zz,1,2\n", b"5,,1,2\n", b"5,a,,2\n", b"5,a,-1,2\n",
           b"5,a,1.5,2\n", b"5,a,1,x\n", b"5,a,1,-3\n", b"5,a,1\n", b"5,a,99999999999,1\n")  # fmt: skip
    rows, counts = read(b"5.0,a,1.0,2\n" + b"".join(bad) + b"\n6,b,82,\n")
    assert rows == [(5000, 0, 1, 2), (6000, 1, 82, -1)]
    assert counts["refused"] == {
        "device_id_missing": 1, "event_code_missing": 1, "event_code_out_of_range": 3, "parameter_not_a_number": 1,
        "parameter_out_of_range": 1, "timestamp_unix_missing": 2, "timestamp_unix_not_a_number": 1, "unknown_device": 1,
        "wrong_cell_count": 1,
    }  # fmt: skip
    sentences = [str(example["sentence"]) for example in counts["examples"]]  # type: ignore[attr-defined]
    assert "-, line 6, device_id: is no controller of the inventory" in sentences  # the row after the header is line 2
    assert "-, line 3, timestamp_unix: is not a number: 'soon'" in sentences
    assert "-, line 4, timestamp_unix: is empty or out of range: epoch seconds were expected" in sentences


def test_codes_no_table_knows_stay_and_are_counted() -> None:
    text = HEAD + b"5,a,316,75\n5,a,316,80\n6,a,40000,1\n7,a,2000000000,1\n8,a,1,2\n"
    events, counters = read_events(io.BytesIO(text), AB)
    assert events.code.tolist() == [316, 316, 40000, 2000000000, 1]
    assert counters.unknown_codes == {"316": 2, "40000": 1, "2000000000": 1}
    _, counters = read_events(io.BytesIO(text), AB, vendor=MAXTIME)
    assert counters.unknown_codes == {"40000": 1, "2000000000": 1}
    events, _ = read_events(io.BytesIO(text), AB, vendor=VendorCodes("own", events={316: 100_009}))
    assert events.code.tolist() == [100_009, 100_009, 40000, 2000000000, 1]


def test_parquet_may_have_any_number_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "parameter": pa.array([1, None, 3], pa.uint8()),
            "event_code": pa.array([82.0, 81.0, 2.5]),
            "device_id": pa.array(["a", "b", "a"]).dictionary_encode(),
            "timestamp_unix": pa.array([5, 6, 7], pa.int64()),
        }
    )
    pa.parquet.write_table(table, tmp_path / "e.parquet")
    events, counters = read_events(tmp_path / "e.parquet", AB)
    assert events.time.tolist() == [5000, 6000]
    assert events.parameter.tolist() == [1, -1]
    assert str(counters.examples[0]) == f"{tmp_path / 'e.parquet'}, row 3, event_code: is no whole number from 0 on: 2.5"


def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="does not exist"):
        read_events(tmp_path / "none.csv", AB)
    with pytest.raises(FeedError, match="line 1, event_code: the column is missing"):
        read_events(io.BytesIO(b"timestamp_unix,device_id\n"), AB)


def test_a_file_without_rows_has_no_events() -> None:
    rows, counts = read(b"")
    assert rows == []
    assert counts["accepted"] == 0
