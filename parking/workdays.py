"""Working days as decreed (调休 included), by the `chinesecalendar` package; unknown beyond the years it knows."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from chinese_calendar import is_workday as decreed


@lru_cache(4096)
def is_workday(day: date) -> bool | None:
    """True or False as decreed; None for years nobody has decreed yet (or that the package does not hold): never a guess."""
    try:
        return bool(decreed(day))
    except NotImplementedError:
        return None
