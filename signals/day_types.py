"""Day types: days of one type are alike enough to share plans and to be compared."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from enum import IntEnum

import numpy as np

from signals.kernels.columns import I32


class DayType(IntEnum):
    """What a day is like for traffic. -1 in columns: the day is left out."""

    WORKDAY = 0
    WEEKEND = 1
    """Saturday or Sunday, unless worked"""
    HOLIDAY = 2


def day_types(first: date, days: int, holidays: Collection[date] = (), worked: Collection[date] = ()) -> I32:
    """[D] `DayType` of `days` days from `first`. `holidays` are days off; `worked` are weekends moved to the workweek (调休)."""
    found = np.empty(days, np.int32)
    for n in range(days):
        day = first + timedelta(days=n)
        kind = DayType.WEEKEND if day.weekday() >= 5 else DayType.WORKDAY
        found[n] = DayType.HOLIDAY if day in holidays else DayType.WORKDAY if day in worked else kind
    return found
