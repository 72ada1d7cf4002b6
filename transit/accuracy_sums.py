"""Sums by key: the only form in which scores are kept, so that parts of a day, days and places add up.

Σ(mean·n)/Σn needs n and the sum, never the mean; so a day can be counted in pieces, stored, and asked for any route, stop
or hour later.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import F64, I64

_STOP_BITS, _HOUR_BITS, _BIN_BITS = 24, 5, 4
SHIFT = 1 << 13
"""s added to an error so that it is no negative number within a key; errors beyond are cut"""


class Sums(NamedTuple):
    """Values [K, M] by distinct keys [K] in rising order."""

    keys: I64
    values: F64


class Cell(NamedTuple):
    """Where and when something was counted: codes of route and stop (-1 unknown), hour of the day, bin of a ruler. All [K]."""

    route: I64
    stop: I64
    hour: I64
    bin: I64


def no_sums(measures: int) -> Sums:
    """Nothing counted."""
    return Sums(np.zeros(0, np.int64), np.zeros((0, measures)))


def sum_by(keys: I64, values: NDArray[Any]) -> Sums:
    """Rows of values [n, M] added up by key [n]."""
    distinct, inverse = np.unique(keys, return_inverse=True)
    added = [np.bincount(inverse, column, len(distinct)) for column in values.T]
    return Sums(distinct, np.stack(added, axis=1) if added else np.zeros((len(distinct), 0)))


def add(one: Sums, other: Sums) -> Sums:
    """Both together."""
    if not len(one.keys) or not len(other.keys):
        return other if not len(one.keys) else one
    return sum_by(np.concatenate((one.keys, other.keys)), np.concatenate((one.values, other.values)))


def pack(cell: Cell) -> I64:
    """One number for each cell."""
    place = ((cell.route + 1) << _STOP_BITS) | (cell.stop + 1)
    packed: I64 = (((place << _HOUR_BITS) | cell.hour) << _BIN_BITS) | cell.bin
    return packed


def unpack(keys: I64) -> Cell:
    """The cells of keys."""
    place = keys >> (_HOUR_BITS + _BIN_BITS)
    return Cell(
        (place >> _STOP_BITS) - 1, (place & ((1 << _STOP_BITS) - 1)) - 1,
        (keys >> _BIN_BITS) & ((1 << _HOUR_BITS) - 1), keys & ((1 << _BIN_BITS) - 1),
    )  # fmt: skip


def pack_errors(bins: I64, error: F64) -> I64:
    """One number for a bin and an error to the whole second."""
    return bins * (2 * SHIFT) + np.clip(np.floor(error + 0.5), 1 - SHIFT, SHIFT - 1).astype(np.int64) + SHIFT


def unpack_errors(keys: I64) -> tuple[I64, I64]:
    """(bin, whole seconds of error)."""
    return keys // (2 * SHIFT), keys % (2 * SHIFT) - SHIFT
