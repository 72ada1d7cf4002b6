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


DAY_BEGINS = 4 * 3600.0
"""s after midnight when a service day begins for accounts: late trips count to the evening they belong to"""


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
    return _of_quarters(times, timezone)[:, 1]


def service_dates(times: F64, timezone: str) -> I64:
    """[n] the service date of each time as a proleptic ordinal: a day lasts until DAY_BEGINS on the next one."""
    return _of_quarters(times - DAY_BEGINS, timezone)[:, 0]


def _of_quarters(times: F64, timezone: str) -> I64:
    """[n, 2] date ordinal and hour."""
    used, which = np.unique(np.floor_divide(times, _QUARTER).astype(np.int64), return_inverse=True)
    rows = [_date_and_hour(quarter, timezone) for quarter in used.tolist()]
    return np.array(rows, np.int64).reshape(-1, 2)[which]


@lru_cache(maxsize=4096)
def _date_and_hour(quarter: int, timezone: str) -> tuple[int, int]:
    moment = datetime.datetime.fromtimestamp(quarter * _QUARTER, ZoneInfo(timezone))
    return moment.toordinal(), moment.hour
