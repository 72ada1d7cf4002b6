"""The slow twin of `parking.windows`: looks at the clock on the wall every minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from parking.records import Interval, ShareWindow
from parking.workdays import is_workday


class Minutes:
    """Every minute from `first` (epoch s) on: whether the window is open then. `kind`: `known` days only, or all that `may` hold."""

    def __init__(self, window: ShareWindow, first: int, count: int, timezone: str, may: bool = False) -> None:
        self.first, self.window = first, window
        zone = ZoneInfo(timezone)
        walls = [datetime.fromtimestamp(first + 60 * k, zone).replace(tzinfo=None) for k in range(count)]
        self.open = [False] * count
        day = min(walls).date() - timedelta(days=1)
        while day <= max(walls).date():
            for days, start, end in ((window.days, window.start_minute, window.end_minute), *window.more):
                if self.holds(days, day, may):
                    begins = datetime(day.year, day.month, day.day) + timedelta(minutes=start)
                    ends = datetime(day.year, day.month, day.day) + timedelta(minutes=end, days=1 if end <= start else 0)
                    k = next((k for k, wall in enumerate(walls) if wall >= begins), count)
                    until = next((k for k, wall in enumerate(walls) if wall >= ends), count)
                    for minute in range(k, until):
                        self.open[minute] = True
            day += timedelta(days=1)

    def holds(self, days: str, day: date, may: bool) -> bool:
        window, text = self.window, str(day)
        if text < window.first_day or (window.last_day != "" and window.last_day < text) or text in window.exceptions:
            return False
        if days == "daily":
            return True
        if days in ("workdays", "days_off"):
            known = is_workday(day)
            return may if known is None else known is (days == "workdays")
        return str(day.weekday() + 1) in days

    def covers(self, wanted: Interval) -> bool:
        """Whether every minute of `wanted` and of the buffer after it is open."""
        at = range((wanted.start - self.first) // 60, -(-(wanted.end + self.window.buffer_s - self.first) // 60))
        return all(self.open[minute] for minute in at)
