"""Which slot of which kind of day it is: the clock of `parking.forecast`."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from parking.forecast import Slot
from parking.workdays import is_workday

WORKDAY, DAY_OFF = 0, 1


def day_type(day: date) -> int:
    """As decreed (调休); in years nobody has decreed yet by the day of the week, since a forecast may lean on what is likely."""
    known = is_workday(day)
    working = day.weekday() < 5 if known is None else known
    return WORKDAY if working else DAY_OFF


def slot_ending(end: int, timezone: str, slot_s: int = 300) -> Slot | None:
    """The slot that ends at `end` (epoch s, on the grid of the local day). None in the 25th hour of the day on which clocks go back:
    the profile has 24, and nobody learns or forecasts then."""
    zone = ZoneInfo(timezone)
    day = datetime.fromtimestamp(end - slot_s, zone).date()
    midnight = int(datetime.combine(day, time(), zone).timestamp())
    of_day = (end - midnight) // slot_s - 1
    if of_day >= 86_400 // slot_s:
        return None
    return Slot(of_day, day.toordinal(), day_type(day), day_type(day + timedelta(days=1)))
