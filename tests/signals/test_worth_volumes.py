from __future__ import annotations

import numpy as np
import pytest

from signals.kernels.columns import CountColumns
from signals.worth_parameters import TIMING, WORTH
from signals.worth_volumes import volume_cube

MIDNIGHT = 1_772_380_800_000
"""2026-03-02 00:00 +08:00, epoch ms"""
QUARTER = 900_000


def counts(rows: list[tuple[int, int, int, float]]) -> CountColumns:
    """(start and end in ms after midnight, approach, volume)."""
    start, end, approach, volume = (np.array(column) for column in zip(*rows))
    nothing = np.full(len(rows), np.nan)
    return CountColumns(
        start.astype(np.int64) + MIDNIGHT, end.astype(np.int64) + MIDNIGHT, approach.astype(np.int32), volume.astype(float),
        nothing, nothing, nothing,
    )  # fmt: skip


def quarter(n: int, approach: int, volume: float) -> tuple[int, int, int, float]:
    return n * QUARTER, (n + 1) * QUARTER, approach, volume


def test_lanes_add_up_and_an_empty_road_is_not_an_unknown_one() -> None:
    told = counts([quarter(3, 0, 10.0), quarter(3, 0, 14.0), quarter(4, 0, 0.0), quarter(4, 0, 0.0), quarter(100, 1, 7.0)])
    found = volume_cube(told, 2, MIDNIGHT, 2)
    assert found.volume.shape == (2, 2, 96)
    assert found.volume[0, 0, 3] == 24.0
    assert found.volume[0, 0, 4] == 0.0
    assert found.volume[1, 1, 4] == 7.0
    assert np.isnan(found.volume).sum() == 2 * 2 * 96 - 3
    assert found.left_out == 0


def test_an_interval_with_a_lane_missing_or_told_twice_is_unknown() -> None:
    rows = [quarter(n, 0, 10.0) for n in range(8) for _ in range(2)]
    rows = [row for k, row in enumerate(rows) if k != 5] + [quarter(6, 0, 10.0)]
    found = volume_cube(counts(rows), 1, MIDNIGHT, 1).volume[0, 0]
    assert np.isnan(found[[2, 6]]).all()
    assert (found[[0, 1, 3, 4, 5, 7]] == 20.0).all()


def test_counts_by_cycle_are_shared_out_by_time() -> None:
    cycle = 70_000
    rows = [(n * cycle, (n + 1) * cycle, 0, 7.0) for n in range(90)]
    found = volume_cube(counts(rows), 1, MIDNIGHT, 1).volume[0, 0]
    assert found[:7] == pytest.approx(np.full(7, 90.0))
    assert np.isnan(found[7:]).all()


def test_an_unknown_count_makes_its_interval_unknown() -> None:
    found = volume_cube(counts([quarter(0, 0, np.nan), quarter(1, 0, 5.0)]), 1, MIDNIGHT, 1).volume[0, 0]
    assert np.isnan(found[0])
    assert found[1] == 5.0


def test_what_has_no_place_is_counted() -> None:
    rows = [quarter(0, -1, 1.0), quarter(0, 9, 1.0), quarter(-1, 0, 1.0), quarter(96, 0, 1.0), (5, 5, 0, 1.0), quarter(1, 0, 1.0)]
    assert volume_cube(counts(rows), 1, MIDNIGHT, 1).left_out == 5


def test_intervals_must_fill_the_day() -> None:
    told = counts([quarter(0, 0, 1.0)])
    with pytest.raises(ValueError, match="do not fill"):
        volume_cube(told, 1, MIDNIGHT, 1, WORTH._replace(timing=TIMING._replace(period=0.7)))
    with pytest.raises(ValueError, match="do not fill"):
        volume_cube(told, 1, MIDNIGHT, 0)
