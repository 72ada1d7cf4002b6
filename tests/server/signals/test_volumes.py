from __future__ import annotations

import numpy as np

from server.signals.volumes import Volumes
from signals.kernels.columns import CountColumns
from tests.support.signal_district import START, events, inventory

ZONE = "Asia/Shanghai"
SLOT = 32
"""quarter hour of START, 08:00"""


def counts(rows: list[tuple[float, int, float]]) -> CountColumns:
    start, approach, volume = zip(*rows)
    begin = START + (np.array(start) * 1000).astype(np.int64)
    unknown = np.full(len(rows), np.nan)
    return CountColumns(begin, begin + 300_000, np.array(approach, np.int32), np.array(volume, np.float64), unknown, unknown, unknown)


def test_only_advance_detectors_count_and_a_controller_that_speaks_makes_a_zero() -> None:
    ours = Volumes(inventory(), ZONE, 28)
    ours.take_events(events([(1, 0, 82, 1), (2, 0, 82, 1), (3, 0, 82, 2), (4, 0, 82, 3), (901, 0, 82, 1), (5, 1, 1, 2), (6, 0, 81, 1)]))
    (day,) = ours.kept()
    assert day.volume[:, SLOT].tolist()[:3] == [2.0, 1.0, 0.0]
    assert np.isnan(day.volume[3, SLOT])  # D2 said nothing
    assert day.volume[0, SLOT + 1] == 1.0
    assert np.isnan(day.volume[:, SLOT + 2 :]).all()


def test_lane_counts_add_up_and_detectors_of_the_same_approach_count_no_more() -> None:
    ours = Volumes(inventory(), ZONE, 28)
    ours.take_counts(counts([(0, 0, 12.0), (300, 0, 8.0), (600, 0, np.nan), (0, 3, 5.0), (0, -1, 99.0)]))
    ours.take_events(events([(1, 0, 82, 1), (1, 0, 82, 3)]))
    (day,) = ours.kept()
    assert day.volume[[0, 1, 3], SLOT].tolist() == [20.0, 1.0, 5.0]


def test_days_are_local_and_the_oldest_go() -> None:
    ours = Volumes(inventory(), ZONE, 2)
    for days in range(4):
        ours.take_counts(counts([(86_400 * days + 15.99 * 3600, 0, 1.0), (86_400 * days + 16.0 * 3600, 0, 1.0)]))
    kept = ours.kept()
    assert [one.date - kept[0].date for one in kept] == [0, 1]
    assert (kept[0].volume[0, 95], kept[0].volume[0, 0]) == (1.0, 1.0)
    again = Volumes(inventory(), ZONE, 2)
    again.recall(kept)
    np.testing.assert_array_equal(again.kept()[1].volume, kept[1].volume)


def test_a_lane_count_sent_twice_counts_once() -> None:
    ours = Volumes(inventory(), ZONE, 28)
    given = counts([(0, 0, 12.0), (0, 0, 7.0), (300, 0, 8.0), (0, 1, 5.0)])._replace(lane=np.array([1, 2, 1, 1], np.int32))
    assert (~ours.take_counts(given)).sum() == 0
    assert (~ours.take_counts(given)).sum() == 4
    again = counts([(0, 0, 12.0), (600, 0, 3.0), (600, 0, 3.0)])._replace(lane=np.array([3, 1, 1], np.int32))
    assert (~ours.take_counts(again)).sum() == 1
    assert (~ours.take_counts(counts([(900, 0, np.nan)]))).sum() == 0
    assert (~ours.take_counts(counts([(900, 0, 1.0)]))).sum() == 0  # what was unknown may be told later
    (day,) = ours.kept()
    assert day.volume[:2, SLOT].tolist() == [12.0 + 7.0 + 8.0 + 12.0 + 3.0, 5.0]
    assert day.volume[0, SLOT + 1] == 1.0
