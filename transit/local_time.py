"""Epoch seconds as an agency's local time: RFC 3339 with offset for the wire, HH:MM for people.

Offsets change on quarter hours only, everywhere, so one look-up of the zone serves 900 s; that makes a stamp half a
microsecond instead of three, and a board has dozens.
"""

from __future__ import annotations

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_QUARTER = 900


@lru_cache(maxsize=4096)
def _quarter(timezone: str, quarter: int) -> tuple[str, int, str]:
    """("2026-11-22T21:", first minute, "+08:00") of the quarter hour `quarter` since the epoch."""
    moment = datetime.datetime.fromtimestamp(quarter * _QUARTER, ZoneInfo(timezone))
    return f"{moment:%Y-%m-%dT%H:}", moment.minute, moment.isoformat()[19:]


def rfc3339(epoch: float, timezone: str) -> str:
    """`2026-11-22T21:30:05+08:00`; whole seconds, cut."""
    second = int(epoch // 1)
    hour, minute, offset = _quarter(timezone, second // _QUARTER)
    rest = second % _QUARTER
    return f"{hour}{minute + rest // 60:02}:{rest % 60:02}{offset}"


def hour_minute(epoch: float, timezone: str) -> str:
    """`21:30`, the minute that has begun."""
    second = int(epoch // 1)
    hour, minute, _ = _quarter(timezone, second // _QUARTER)
    return f"{hour[11:]}{minute + second % _QUARTER // 60:02}"
