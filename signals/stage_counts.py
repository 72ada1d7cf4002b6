"""Lane counts of one controller by approach, and what they told of the demand of each stage before a moment.

Which stages an approach calls, its detectors say (`Inventory.phases_of`: stage numbers where a controller reports stages). It is never
learned: an approach that no detector gives stages to counts for none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from signals.inventory import Inventory
from signals.kernels.columns import F64, I64, CountColumns

SLACK = 0.5
"""intervals by which a stretch of them may be longer than it should be; above, one is missing"""
STALE = 2
"""intervals after which the newest count says nothing of now"""


@dataclass(frozen=True)
class ApproachCounts:
    """Intervals of one approach in order of time, none overlapping another."""

    approach: int
    stages: frozenset[int]
    """that it calls; empty: not known"""
    start: I64
    """epoch ms"""
    end: I64
    volume: F64
    """vehicles on all lanes; NaN where a lane is unknown, missing or told twice"""

    @property
    def step(self) -> float:
        """ms from the end of one interval to the next, the median."""
        return float(np.median(np.diff(self.end))) if len(self.end) > 1 else float((self.end - self.start).max(initial=1))


class Demand(NamedTuple):
    """Before each of [n] moments. NaN and -1 where the counts tell nothing."""

    own: F64
    """vehicles/s of the stage"""
    share: F64
    """of the vehicles of all approaches that call a stage"""
    since: I64
    """epoch ms: the counts behind it began"""
    until: I64
    """and ended"""


def counts_of(counts: CountColumns, inventory: Inventory, device: int, start: int, end: int) -> tuple[ApproachCounts, ...]:
    """Of each approach of a controller that was counted within [start, end), epoch ms; rows in any order, lanes in their own rows."""
    stages: dict[int, set[int]] = {}
    held = np.flatnonzero(inventory.device == device)
    for approach in np.flatnonzero(np.isin(inventory.approach_intersection, held)).tolist():
        stages[approach] = set()
    for row in np.flatnonzero((inventory.detector_device == device) & (inventory.detector_approach >= 0)).tolist():
        stages.setdefault(int(inventory.detector_approach[row]), set()).update(inventory.phases_of(row).tolist())
    inside = (counts.start >= start) & (counts.end <= end) & (counts.end > counts.start)
    rows = np.flatnonzero(inside & np.isin(counts.approach, list(stages)))
    found = []
    for approach in np.unique(counts.approach[rows]).tolist():
        own = rows[counts.approach[rows] == approach]
        lanes = CountColumns._make(None if column is None else column[own] for column in counts)
        found.append(_whole(approach, frozenset(stages[approach]), lanes))
    return tuple(found)


def _whole(approach: int, stages: frozenset[int], lanes: CountColumns) -> ApproachCounts:
    """Lanes added up; of intervals that overlap those that end first."""
    spans, where, number = np.unique(np.stack([lanes.end, lanes.start], axis=1), axis=0, return_inverse=True, return_counts=True)
    volume = np.zeros(len(spans))
    np.add.at(volume, where.reshape(-1), lanes.volume)
    volume[number != np.median(number)] = np.nan
    kept, free = np.ones(len(spans), bool), np.iinfo(np.int64).min
    for row, (ends, begins) in enumerate(spans.tolist()):
        kept[row] = begins >= free
        free = ends if kept[row] else free
    return ApproachCounts(approach, stages, spans[kept, 1], spans[kept, 0], volume[kept])


def demand_before(counted: Sequence[ApproachCounts], stage: int, moments: I64, span: float) -> Demand:
    """What was known of a stage's demand at each moment [n] from intervals that had ended by then: as many as make about `span` ms."""
    count = len(moments)
    own, total, since, until = np.zeros(count), np.zeros(count), np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    spoken = False
    for one in counted:
        if not one.stages:
            continue
        rate, first, last = _rate_before(one, moments, span)
        total += rate
        if stage in one.stages:
            own += rate
            since = first if not spoken else np.minimum(since, first)
            until, spoken = np.maximum(until, last), True
    if not spoken:
        own[:] = np.nan
    unknown = np.isnan(own)
    share = np.where(total > 0.0, own / np.where(total > 0.0, total, 1.0), np.nan)
    return Demand(own, share, np.where(unknown, -1, since), np.where(unknown, -1, until))


def _rate_before(one: ApproachCounts, moments: I64, span: float) -> tuple[F64, I64, I64]:
    """Vehicles/s over the last whole intervals before each moment, NaN where one is missing; when they began and ended."""
    step = one.step
    back = max(1, round(span / step))
    last = np.searchsorted(one.end, moments, "right")
    known = last >= back
    at = np.where(known, last, back)
    if len(one.end) < back:
        return np.full(len(moments), np.nan), np.full(len(moments), -1, np.int64), np.full(len(moments), -1, np.int64)
    since, until = one.start[at - back], one.end[at - 1]
    known &= (until - since <= (back + SLACK) * step) & (moments - until <= STALE * step)
    sums, gaps = np.r_[0.0, np.cumsum(np.nan_to_num(one.volume))], np.r_[0, np.cumsum(np.isnan(one.volume))]
    known &= gaps[at] == gaps[at - back]
    rate = np.where(known, (sums[at] - sums[at - back]) / np.maximum(until - since, 1) * 1000.0, np.nan)
    return rate, since, until
