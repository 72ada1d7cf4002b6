"""Service days: GTFS times to epoch seconds, and which services run on which date.

GTFS measures stop times from noon minus 12 hours of the service day, in the agency's time zone. That is midnight, except on
the days the clocks change: there it lies an hour off, and so a bus at 08:00:00 still comes when the clock shows eight.
Times pass 24:00:00, so at one instant trips of yesterday's, today's and (near midnight) tomorrow's service day may run.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from transit.kernels.columns import U8
from transit.network import Network


class ServiceDay(NamedTuple):
    """One date of the timetable."""

    date: datetime.date
    start: float
    """epoch s of noon minus 12 h: add a stop time to it to get the instant."""
    active: U8
    """[services] 1 where the service runs; all 0 outside the calendar's range."""


@lru_cache(maxsize=1024)
def service_day_start(date: datetime.date, timezone: str) -> float:
    """Epoch seconds of noon minus 12 h of `date`. Raises zoneinfo.ZoneInfoNotFoundError for an unknown zone."""
    noon = datetime.datetime.combine(date, datetime.time(12), ZoneInfo(timezone))
    return noon.timestamp() - 43_200.0


def local_date(now: float, timezone: str) -> datetime.date:
    """The calendar date in the zone at the instant `now` (epoch s)."""
    return datetime.datetime.fromtimestamp(now, ZoneInfo(timezone)).date()


def service_day(network: Network, date: datetime.date) -> ServiceDay:
    """The service day of one date."""
    calendar = network.calendar
    column = date.toordinal() - calendar.first_date
    if 0 <= column < calendar.active.shape[1]:
        active = np.ascontiguousarray(calendar.active[:, column])
    else:
        active = np.zeros(calendar.active.shape[0], np.uint8)
    return ServiceDay(date, service_day_start(date, network.timezone), active)


def service_days(network: Network, now: float, before: int = 1, after: int = 1) -> tuple[ServiceDay, ...]:
    """The service days around the local date of `now` (epoch s), in date order: `before` days back to `after` days ahead."""
    today = local_date(now, network.timezone)
    return tuple(service_day(network, today + datetime.timedelta(days)) for days in range(-before, after + 1))


def trip_runs(network: Network, day: ServiceDay) -> NDArray[np.bool_]:
    """[T] whether each trip is a scheduled run of this day; templates of headway lines never are."""
    return np.asarray((day.active[network.trips.service] == 1) & (network.trips.template == 0))
