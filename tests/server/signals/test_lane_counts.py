"""The newest lane counts, kept for the verdicts of junctions that tell no detections."""

from __future__ import annotations

import numpy as np

from server.signals.lane_counts import MOST, LaneCounts, counts_by_device, no_counts
from signals.inventory import Inventory
from signals.kernels.columns import CountColumns

MINUTE = 60_000


def batch(start: int, approaches: list[int]) -> CountColumns:
    rows = len(approaches)
    begin = np.full(rows, start * MINUTE, np.int64)
    unknown = np.full(rows, np.nan)
    return CountColumns(begin, begin + MINUTE, np.array(approaches, np.int32), np.arange(rows, dtype=float), unknown, unknown, unknown)


def inventory() -> Inventory:
    three = np.zeros(3)
    return Inventory(
        ("C", "D"), ("J", "K", "L"), np.array([1, 0, -1], np.int32), np.zeros(3, np.int8), np.full(3, -1, np.int32), three, three,
        approach_ids=("a", "b", "c"), approach_intersection=np.array([0, 1, 2], np.int32),
    )  # fmt: skip


def test_each_controller_gets_its_own_and_what_is_nobodys_is_left_out() -> None:
    found = counts_by_device((batch(0, [0, 1, 2, -1]), batch(1, [1, 1])), inventory())
    assert {device: own.approach.tolist() for device, own in found.items()} == {0: [1, 1, 1], 1: [0]}
    assert found[0].volume.tolist() == [1.0, 0.0, 1.0]
    assert counts_by_device((), inventory()) == {}
    assert counts_by_device((no_counts(),), inventory()) == {}


def test_old_batches_go_and_a_view_stays_as_it_was() -> None:
    kept = LaneCounts()
    for minute in range(3):
        kept.add(batch(minute, [0]))
    seen = kept.view()
    kept.forget(2 * MINUTE + 1)
    assert [int(one.start[0]) for one in kept.view()] == [2 * MINUTE]
    assert len(seen) == 3
    kept.add(batch(9, [0] * MOST))
    assert [len(one.start) for one in kept.view()] == [MOST]
