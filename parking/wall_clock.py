"""From what a clock on the wall shows to instants, also where clocks are put forward or back."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY_MINUTES = 1440


@lru_cache(65_536)
def instant(day: date, minute: int, timezone: str) -> int:
    """The first instant (epoch s) at which a local clock shows that minute of the day or a later one; minutes from 1440 on are of the
    days after. A minute that is shown twice begins at its first showing, one that is skipped at the jump over it."""
    days, rest = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
    zone = ZoneInfo(timezone)
    found = int(wall.replace(tzinfo=zone).timestamp())
    if datetime.fromtimestamp(found, zone).replace(tzinfo=None) == wall:
        return found
    before = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    while found - before > 1:
        middle = (before + found) // 2
        if datetime.fromtimestamp(middle, zone).replace(tzinfo=None) < wall:
            before = middle
        else:
            found = middle
    return found


def local_day(at: int, timezone: str) -> date:
    """The local date of an instant."""
    return datetime.fromtimestamp(at, ZoneInfo(timezone)).date()
