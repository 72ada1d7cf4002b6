"""What is compared: tables of predictions and of observed arrivals, their ids as codes of one and the same numbering.

Codes are indices ≥ 0 into lists that the maker of the tables keeps (a network's stops, or the ids met in two files); -1 is
unknown. Times are epoch s, NaN unknown.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from transit.kernels.columns import F32, F64, I32, I64

_QUARTER = 900
"""s; offsets of zones change on quarter hours only"""


class PredictionTable(NamedTuple):
    """One row a call (vehicle, trip, stop) and sampling instant. `sampled` and `arrival` are known in every row."""

    vehicle: I32
    trip: I32
    stop: I32
    route: I32
    sequence: I32
    sampled: F64
    arrival: F64
    p10: F64
    p90: F64


class ArrivalTable(NamedTuple):
    """One row a call that was observed. `arrival` is known in every row."""

    vehicle: I32
    trip: I32
    stop: I32
    route: I32
    sequence: I32
    arrival: F64
    uncertainty: F32
    """s, half of what is not known of `arrival`"""


class Codes:
    """A numbering of ids: the n-th new id gets n, the empty one -1."""

    def __init__(self, ids: Iterable[str] = ()) -> None:
        self.ids: list[str] = []
        self._code: dict[str, int] = {"": -1}
        for one in ids:
            self.code(one)

    def code(self, key: str) -> int:
        """The code of an id, a new one where it is new."""
        code = self._code.setdefault(key, len(self.ids))
        if code == len(self.ids):
            self.ids.append(key)
        return code

    def codes(self, keys: Iterable[Any]) -> I32:
        """[n] the codes of ids."""
        code = self.code
        return np.array([code(key) for key in keys], np.int32)


def take_predictions(table: PredictionTable, rows: Any) -> PredictionTable:
    """Some of the rows."""
    columns: list[Any] = [column[rows] for column in table]
    return PredictionTable(*columns)


def take_arrivals(table: ArrivalTable, rows: Any) -> ArrivalTable:
    """Some of the rows."""
    columns: list[Any] = [column[rows] for column in table]
    return ArrivalTable(*columns)


def no_predictions() -> PredictionTable:
    """None."""
    return PredictionTable(*(np.zeros(0, kind) for kind in ["i4"] * 5 + ["f8"] * 4))


def no_arrivals() -> ArrivalTable:
    """None."""
    return ArrivalTable(*(np.zeros(0, kind) for kind in ["i4"] * 5 + ["f8", "f4"]))


def local_hours(times: F64, timezone: str) -> I64:
    """[n] the hour of the day, 0 … 23, that each time falls in. Raises zoneinfo.ZoneInfoNotFoundError."""
    quarters = np.floor_divide(times, _QUARTER).astype(np.int64)
    if not len(quarters):
        return quarters
    first = int(quarters.min())
    used, which = np.unique(quarters - first, return_inverse=True)
    return np.array([_hour(int(quarter) + first, timezone) for quarter in used], np.int64)[which]


@lru_cache(maxsize=4096)
def _hour(quarter: int, timezone: str) -> int:
    return datetime.datetime.fromtimestamp(quarter * _QUARTER, ZoneInfo(timezone)).hour
