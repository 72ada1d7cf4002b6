from __future__ import annotations

import numpy as np
import pytest

from signals.kernels.measures_columns import CHANNEL_ROW, STATE_ROW, blank
from signals.measures_tables import DTYPES, chosen, from_columns, join_tables, no_tables, to_columns


def some_states() -> np.ndarray:
    rows = blank(STATE_ROW, 4)
    rows["bin"], rows["device"], rows["phase"] = [0, 900, 900, 1800], [0, 0, 1, 0], 2
    rows["green_ms"] = [10, 20, 30, 40]
    rows["green"] = [(1, 10, 10, 10), (0, 0, -1, -1), (2, 30, 5, 25), (1, 40, 40, 40)]
    rows["age_ms"][:, 3] = [1, 2, 3, 4]
    return rows


def test_rows_of_one_longer_bin_become_one_of_sums_least_and_greatest() -> None:
    joined = join_tables([no_tables()._replace(states=some_states())], 1800).states
    assert joined["bin"].tolist() == [0, 0, 1800]
    assert joined["green_ms"].tolist() == [30, 30, 40]
    assert joined["green"].tolist() == [[1, 10, 10, 10], [2, 30, 5, 25], [1, 40, 40, 40]]
    assert joined["age_ms"][:, 3].tolist() == [3, 3, 4]


def test_the_longest_time_on_of_bins_is_the_longest_of_all() -> None:
    rows = np.zeros(2, CHANNEL_ROW)
    rows["bin"], rows["longest_on"], rows["hits"] = [0, 900], [7, 5], [1, 2]
    joined = join_tables([no_tables()._replace(channels=rows)], 1800).channels
    assert (joined["longest_on"].tolist(), joined["hits"].tolist()) == ([7], [3])


def test_tables_go_to_plain_columns_and_back() -> None:
    rows = some_states()
    columns = to_columns(rows)
    assert columns["green_max"].tolist() == [10, -1, 25, 40]
    assert all(column.ndim == 1 for column in columns.values())
    assert from_columns(STATE_ROW, columns).tobytes() == rows.tobytes()
    with pytest.raises(KeyError):
        from_columns(STATE_ROW, {"bin": columns["bin"]})


def test_rows_are_chosen_by_time_and_device() -> None:
    tables = no_tables()._replace(states=some_states())
    assert len(chosen(tables, 900, 1800).states) == 2
    assert chosen(tables, 0, 9000, [1]).states["green_ms"].tolist() == [30]


def test_no_dtype_has_padding() -> None:
    for dtype in DTYPES:
        assert sum(dtype[name].itemsize for name in dtype.names) == dtype.itemsize
