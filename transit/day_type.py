"""Which kind of day a service day is: workday, Saturday, Sunday — by the timetable that runs on it, not by its weekday alone.

A holiday runs a Sunday's timetable, a working Saturday (调休) a workday's. So a date is of the kind whose regular services are the
most like those that are active on it; where that decides nothing its weekday does.
"""

from __future__ import annotations

import datetime
from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from transit.network import Network
from transit.service_day import ServiceDay


class DayType(IntEnum):
    """Kinds of days that differ in traffic."""

    WORKDAY = 0
    SATURDAY = 1
    SUNDAY = 2


def day_type(network: Network, day: ServiceDay) -> DayType:
    """The kind of a service day."""
    own = _by_weekday(day.date)
    active = day.active == 1
    if not active.any():
        return own
    likeness = [_likeness(active, regular) for regular in regular_services(network)]
    best = max(likeness)
    return own if likeness[own] == best else DayType(likeness.index(best))


def _by_weekday(date: datetime.date) -> DayType:
    return DayType(max(0, date.weekday() - 4))


def _likeness(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Jaccard: of the services that run on either, the share that runs on both."""
    return float((one & other).sum() / max(int((one | other).sum()), 1))


def regular_services(network: Network) -> list[NDArray[np.bool_]]:
    """Of each kind of day the services that run on most of its weekdays within the calendar."""
    return list(_regular_of(id(network), network.calendar.first_date, network.calendar.active.tobytes(), network.calendar.active.shape))


@lru_cache(maxsize=8)
def _regular_of(
    _network: int, first_date: int, active: bytes, shape: tuple[int, int]
) -> tuple[NDArray[np.bool_], ...]:
    table = np.frombuffer(active, np.uint8).reshape(shape) == 1
    kinds = np.array([_by_weekday(datetime.date.fromordinal(first_date + k)) for k in range(shape[1])], np.int64)
    return tuple(
        table[:, kinds == kind].mean(1) > 0.5 if (kinds == kind).any() else np.zeros(shape[0], bool) for kind in DayType
    )
