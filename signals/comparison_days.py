"""Days as the unit of a comparison: one score a day, matched by day type and time of day, and labels shuffled over whole days."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from signals.kernels.columns import F64, I8, I32, I64, U8

Bools = NDArray[np.bool_]


class Days(NamedTuple):
    """What was measured, [n] rows of one day and slot of the day each; several rows of the same are added up."""

    day: I32
    """any number that names the day"""
    slot: I32
    """time of day: quarter hour, hour or block"""
    day_type: I32
    """weekday, Saturday, …; one for all rows of a day"""
    on: U8
    """1: with (after), 0: without (before); one for all rows of a day"""
    numerator: F64
    """e.g. veh·s of delay; NaN unknown"""
    denominator: F64
    """e.g. vehicles; 0 or NaN: not measured"""
    block: I32 | None = None
    """days that are shuffled together (a week), where neighbours are alike and were not drawn one by one; None: each by itself"""


def days_of_bins(
    start: I64, numerator: F64, denominator: F64, midnight: int, on: I8, day_type: I32, slot: int = 3_600_000, block: I32 | None = None
) -> Days:
    """Days from bins of a measure that begin at `start` [n] (epoch ms).

    `midnight`: epoch ms of the first day's local midnight (days of 24 h); `on` [D]: 1 with, 0 without, -1 left out; `day_type` [D], -1
    left out; `slot`: ms of the time-of-day slots that are compared with each other; `block` [D]. Bins outside the D days are left out.
    """
    day, within = np.divmod(start - midnight, 86_400_000)
    inside = (day >= 0) & (day < len(on))
    inside[inside] = (on[day[inside]] >= 0) & (day_type[day[inside]] >= 0)
    day = day[inside].astype(np.int32)
    slots = (within[inside] // slot).astype(np.int32)
    blocks = None if block is None else block[day]
    return Days(day, slots, day_type[day], on[day].astype(np.uint8), numerator[inside], denominator[inside], blocks)


class Scores(NamedTuple):
    """Days that share slots with days of the other label, [n]."""

    score: F64
    """distance from the mean of its day type's slots, weighted alike for all days"""
    label: Bools
    """with"""
    day_type: I32
    block: I32 | None
    """of each day, None: it stands by itself"""
    without: float
    """mean of the days without, over the shared slots"""
    common: bool

    def weights(self, labels: Bools) -> F64:
        """[B, n] for `labels` [B, n]: weights @ score is the difference with less without, pooled over day types.

        Types count by n₁n₀/(n₁ + n₀), so that each day type is compared only with itself.
        """
        out = np.zeros(labels.shape)
        total = np.zeros((len(labels), 1))
        for kind in np.unique(self.day_type):
            mine = self.day_type == kind
            ones = labels[:, mine]
            count = ones.sum(axis=1, keepdims=True).astype(np.float64)
            zeros = ones.shape[1] - count
            share = np.where((count > 0) & (zeros > 0), count * zeros / ones.shape[1], 0.0)
            each = np.where(ones, 1.0 / np.maximum(count, 1.0), -1.0 / np.maximum(zeros, 1.0))
            out[:, mine] = share * each
            total += share
        return np.asarray(out / np.where(total > 0.0, total, 1.0), np.float64)


def day_scores(days: Days) -> Scores:
    """One score a day. Slots are used where both labels have days of the type. Raises ValueError where columns do not fit."""
    sizes = {len(column) for column in days if column is not None}
    if len(sizes) > 1:
        raise ValueError(f"columns of days have {sorted(sizes)} rows")
    known = ~np.isnan(days.numerator) & (days.denominator > 0.0)
    names, row = np.unique(days.day[known], return_inverse=True)
    slots, slot = np.unique(days.slot[known], return_inverse=True)
    label, kind = (_of_day(column[known], row, len(names)) for column in (days.on, days.day_type))
    block = None if days.block is None else _of_day(days.block[known], row, len(names))
    top, bottom = np.zeros((len(names), len(slots))), np.zeros((len(names), len(slots)))
    np.add.at(top, (row, slot), days.numerator[known])
    np.add.at(bottom, (row, slot), days.denominator[known])
    with_ = label == 1
    score, sums, seen = np.full(len(names), np.nan), np.zeros(2), bottom > 0.0
    value = np.where(seen, top / np.where(seen, bottom, 1.0), 0.0)
    for one in np.unique(kind):
        mine = kind == one
        shared = seen[mine & with_].any(axis=0) & seen[mine & ~with_].any(axis=0)
        used = seen & shared & mine[:, None]
        count = np.maximum(used.sum(axis=0), 1)
        weight_of = np.where(shared, (bottom * used).sum(axis=0) / count, 0.0)
        mean = (value * used).sum(axis=0) / count
        weight = (used * weight_of).sum(axis=1)
        some = mine & (weight > 0.0)
        score[some] = ((value - mean) * used * weight_of).sum(axis=1)[some] / weight[some]
        off = some & ~with_
        level = ((mean * used * weight_of).sum(axis=1)[off] / weight[off]) + score[off]
        sums += (level.sum(), off.sum())
    kept = ~np.isnan(score)
    without = float(sums[0] / sums[1]) if sums[1] else float("nan")
    return Scores(score[kept], with_[kept], kind[kept], None if block is None else block[kept], without, bool(kept.any()))


def shuffled_labels(scores: Scores, rng: np.random.Generator, shuffles: int) -> Bools:
    """[1 + shuffles, n]: the true labels, then labels dealt anew.

    Days by themselves: among the days of each type. Blocks of one label each (a week, before or after): as wholes, weekdays and
    weekends of a block together. Blocks that hold both: among the days of each type inside each block.
    """
    out = np.repeat(scores.label[None], 1 + shuffles, axis=0)
    group: NDArray[np.integer] = np.unique(scores.day_type, return_inverse=True)[1]
    if scores.block is not None:
        blocks, block = np.unique(scores.block, return_inverse=True)
        ones, size = np.bincount(block, scores.label, len(blocks)), np.bincount(block, minlength=len(blocks))
        if ((ones == 0) | (ones == size)).all():
            out[1:] = rng.permuted(np.repeat((ones > 0)[None], shuffles, axis=0), axis=1)[:, block]
            return out
        group = block * (1 + group.max()) + group
    for one in np.unique(group):
        inside = np.flatnonzero(group == one)
        out[1:, inside] = rng.permuted(np.repeat(scores.label[inside][None], shuffles, axis=0), axis=1)
    return out


def _of_day(column: NDArray[np.integer], row: NDArray[np.integer], days: int) -> I32:
    """The one value of each day. Raises ValueError where a day has two."""
    out = np.zeros(days, np.int32)
    out[row] = column
    if not np.array_equal(out[row], column):
        raise ValueError("a day has two labels, day types or blocks")
    return out
