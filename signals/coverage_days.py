"""Stretches of time that coverage is taken over: local days, hours, the service time of days. Epoch ms, in any zone."""

from __future__ import annotations

import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from signals.kernels.columns import I64

HOUR = 3_600_000


class Bins(NamedTuple):
    """Disjoint stretches in order, [B]."""

    start: I64
    end: I64
    """exclusive"""


def local_midnight(day: datetime.date, timezone: str) -> int:
    """When a local day begins."""
    return int(datetime.datetime.combine(day, datetime.time(), ZoneInfo(timezone)).timestamp() * 1000)


def local_date(time: int, timezone: str) -> datetime.date:
    """The local day of a time."""
    return datetime.datetime.fromtimestamp(time / 1000, ZoneInfo(timezone)).date()


def days(start: int, end: int, timezone: str) -> Bins:
    """Local days of start <= t < end; the first and the last may be cut."""
    first, last = local_date(start, timezone), local_date(end, timezone)
    dates = [first + datetime.timedelta(k) for k in range((last - first).days + 2)]
    edges = np.array([local_midnight(day, timezone) for day in dates], np.int64)
    return _cut(edges[:-1], edges[1:], start, end)


def hours(start: int, end: int) -> Bins:
    """Hours of universal time, which are hours of the clock in China; the first and the last may be cut."""
    edges = np.arange(start // HOUR * HOUR, end + HOUR, HOUR, dtype=np.int64)
    return _cut(edges[:-1], edges[1:], start, end)


def service_time(start: int, end: int, timezone: str, clock: tuple[int, int]) -> Bins:
    """The part of each local day between two times of the clock (s since midnight, the second the later), one bin a day.

    Raises ValueError for times that are not in order or outside a day.
    """
    if not 0 <= clock[0] < clock[1] <= 86_400:
        raise ValueError(f"a service time from {clock[0]} s to {clock[1]} s of the day is none")
    first, last = local_date(start, timezone), local_date(end, timezone)
    dates = [first + datetime.timedelta(k) for k in range((last - first).days + 1)]
    begin, stop = (np.array([_clock(day, second, timezone) for day in dates], np.int64) for second in clock)
    return _cut(begin, stop, start, end)


def moments(start: int, end: int, step: int) -> I64:
    """Every `step` ms from `start` on, before `end`."""
    return np.arange(start, end, step, dtype=np.int64)


def rfc3339(time: int, timezone: str) -> str:
    """`2026-11-22T21:30:05+08:00`; whole seconds, cut."""
    return datetime.datetime.fromtimestamp(time // 1000, ZoneInfo(timezone)).isoformat()


def minute_text(time: int, timezone: str) -> str:
    """`2026-11-22 21:30`."""
    return f"{datetime.datetime.fromtimestamp(time // 1000, ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def clock_text(second: int) -> str:
    """`06:00`, of s since midnight."""
    return f"{second // 3600:02}:{second // 60 % 60:02}"


def _clock(day: datetime.date, second: int, timezone: str) -> int:
    """A time of the clock on a local day, which may be 24:00."""
    if second == 86_400:
        return local_midnight(day + datetime.timedelta(1), timezone)
    clock = datetime.time(second // 3600, second // 60 % 60, second % 60)
    return int(datetime.datetime.combine(day, clock, ZoneInfo(timezone)).timestamp() * 1000)


def _cut(begin: I64, stop: I64, start: int, end: int) -> Bins:
    """What of the bins lies in start <= t < end."""
    begin, stop = np.maximum(begin, start), np.minimum(stop, end)
    kept = begin < stop
    return Bins(begin[kept], stop[kept])
