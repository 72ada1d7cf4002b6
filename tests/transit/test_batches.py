from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given

from transit.batches import joined
from transit.kernels.columns import PositionColumns

Row = tuple[str, str, str, float]
rows = st.lists(st.tuples(st.text(max_size=4), st.text(max_size=4), st.text(max_size=4), st.floats(0, 1e9)), max_size=5)


def columns(batch: list[Row]) -> PositionColumns:
    ids = [one.encode() for row in batch for one in row[:3]]
    lengths = np.array([len(one) for one in ids], np.int32)
    starts = (np.cumsum(lengths) - lengths).astype(np.int32)
    text = np.frombuffer(b"".join(ids) + b"?", np.uint8)
    spans = [column for kind in range(3) for column in (starts[kind::3], lengths[kind::3])]
    number = np.array([row[3] for row in batch], np.float64)
    wide, narrow = [number] * 4, [number.astype(np.float32)] * 2
    return PositionColumns(text, *spans, *wide, *narrow)


def read(batches: list[PositionColumns]) -> list[Row]:
    found = []
    for batch in batches:
        raw = batch.text.tobytes()
        for i, number in enumerate(batch.timestamp.tolist()):
            spans = (batch[1:3], batch[3:5], batch[5:7])
            found.append((*(raw[at[i] : at[i] + length[i]].decode() for at, length in spans), number))
    return found


@given(st.lists(rows, max_size=6))
def test_positions_keep_their_order_and_every_id_its_bytes(batches: list[list[Row]]) -> None:
    result = joined([columns(batch) for batch in batches])
    assert len(result) == min(len(batches), 1)
    assert read(result) == [row for batch in batches for row in batch]
    assert all(one.dtype == other.dtype for batch in result for one, other in zip(batch, columns([])))


@given(st.lists(rows, max_size=6), st.integers(0, 40))
def test_no_batch_has_more_text_than_it_may_unless_it_came_so(batches: list[list[Row]], most: int) -> None:
    result = joined([columns(batch) for batch in batches], most)
    longest = max((len(columns(batch).text) for batch in batches), default=0)
    assert all(len(one.text) <= max(most, longest) for one in result)
    assert read(result) == [row for batch in batches for row in batch]


def test_a_single_batch_is_not_copied() -> None:
    batch = columns([("bus", "trip", "", 1.0)])
    assert joined([batch])[0] is batch
