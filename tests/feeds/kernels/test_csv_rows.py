"""The kernel that writes CSV rows, against formatted strings."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from feeds.kernels.csv_rows import NUMBER_BYTES, write_rows
from tests.support import naive_csv_rows as naive
from transit.strings import Strings

WORDS = ["", "a", "bus-12", "章丘", '"x,y"']
NUMBERS = st.one_of(
    st.floats(-2e15, 2e15),
    st.floats(-1000, 1000),
    st.integers(-(10**14), 10**14).map(lambda tenths: tenths / 10),
    st.sampled_from([0.0, -0.0, 0.05, 0.25, -0.04, 9.95, 99.95, 1e15, -1e15, np.nan, np.inf, -np.inf, 1772427369.0]),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[object], int]:
    """Columns in any mix, and how many rows."""
    rows = draw(st.integers(0, 6))
    words = st.lists(st.sampled_from([None, *WORDS]), min_size=rows, max_size=rows)
    numbers = st.tuples(st.lists(NUMBERS, min_size=rows, max_size=rows), st.integers(0, 3))
    return draw(st.lists(st.one_of(words, numbers), min_size=1, max_size=6)), rows


@given(tables(), st.integers(0, 3))
def test_rows_are_the_formatted_ones_however_small_the_buffer(table: tuple[list[object], int], spare: int) -> None:
    columns, rows = table
    packed = Strings.of(WORDS)
    words = [column for column in columns if isinstance(column, list)]
    numbers = [column for column in columns if isinstance(column, tuple)]
    index = np.array([[WORDS.index(w) if w is not None else -1 for w in column] for column in words], np.int32)
    values = np.array([column[0] for column in numbers], np.float64)
    order = iter(range(len(words))), iter(range(-1, -1 - len(numbers), -1))
    layout = np.array([next(order[isinstance(column, tuple)]) for column in columns], np.int64)
    longest = 8 * len(words) + NUMBER_BYTES * len(columns)
    out = np.full(longest * (1 + spare) + 8, 0x7F, np.uint8)
    written, row = b"", 0
    while row < rows:
        row, size = write_rows(
            packed.text,
            packed.starts,
            index.reshape(len(words), rows),
            values.reshape(len(numbers), rows),
            np.array([column[1] for column in numbers], np.int64),
            layout,
            row,
            longest,
            out[:-8],
        )
        written += out[:size].tobytes()
        assert (out[-8:] == 0x7F).all()
    assert written.decode() == naive.rows(columns)
