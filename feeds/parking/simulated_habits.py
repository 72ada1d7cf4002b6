"""How full the demo's car parks are through the day: drawn after what such places are like, not measured anywhere.

Of each lot the share of its stalls that is taken at every full hour, of working days and of days off; straight lines between.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from parking.workdays import is_workday

Hours = tuple[float, ...]
UTC_OFFSET, DAY = 8 * 3600, 86_400


class Habits(NamedTuple):
    """Of one car park."""

    workday: Hours
    """[24] share taken at the full hour, local time"""
    day_off: Hours
    turnover_s: float
    """how long a vehicle stays while the level is even"""
    counted_s: int
    """s between two counts that its operator or its sensors send; 0: only the first"""
    gated: bool = True
    """its barriers tell of every vehicle; else sensors count them"""


HABITS: dict[str, Habits] = {
    "demo-station": Habits(
        (.22, .21, .20, .20, .21, .24, .34, .58, .78, .86, .88, .88, .87, .87, .86, .85, .82, .72, .56, .46, .40, .34, .29, .25),
        (.24, .23, .22, .22, .22, .24, .28, .36, .46, .56, .63, .66, .66, .65, .64, .63, .62, .60, .56, .50, .44, .38, .32, .27),
        4.5 * 3600, 300,
    ),
    "demo-market": Habits(
        (.10, .09, .08, .08, .10, .18, .36, .58, .74, .84, .88, .80, .62, .52, .50, .54, .62, .76, .82, .74, .52, .34, .22, .14),
        (.12, .10, .09, .09, .10, .18, .36, .60, .82, .94, .97, .92, .80, .72, .70, .72, .78, .86, .90, .82, .62, .42, .28, .17),
        1.1 * 3600, 7200,
    ),
    "demo-school": Habits(
        (.00, .00, .00, .00, .00, .00, .04, .86, .44, .30, .30, .36, .42, .34, .30, .36, .78, .92, .50, .22, .16, .08, .00, .00),
        (.00, .00, .00, .00, .00, .00, .02, .10, .16, .22, .24, .22, .18, .18, .20, .22, .20, .16, .10, .06, .04, .02, .00, .00),
        0.5 * 3600, 0,
    ),
    "demo-square": Habits(
        (.32, .28, .26, .25, .26, .30, .38, .50, .60, .66, .68, .70, .66, .62, .62, .64, .68, .78, .90, .96, .94, .82, .60, .42),
        (.34, .30, .27, .26, .26, .30, .38, .52, .68, .80, .88, .88, .82, .80, .82, .86, .90, .94, .98, .99, .96, .86, .64, .46),
        1.4 * 3600, 60, gated=False,
    ),
    "demo-garden": Habits(
        (.84, .85, .86, .86, .85, .82, .72, .54, .42, .37, .35, .36, .40, .38, .36, .37, .42, .54, .66, .74, .79, .82, .83, .84),
        (.82, .83, .84, .84, .84, .83, .80, .76, .70, .64, .60, .60, .64, .64, .60, .58, .58, .62, .68, .73, .77, .80, .81, .82),
        11 * 3600, 0,
    ),
}  # fmt: skip


def level(habits: Habits, at: float) -> float:
    """Share taken at epoch s. A day nobody has decreed yet counts as its weekday."""
    days, second = divmod(at + UTC_OFFSET, DAY)
    hour, part = divmod(second, 3600.0)
    today = _hours(habits, int(days))
    after = today[int(hour) + 1] if hour < 23 else _hours(habits, int(days) + 1)[0]
    return today[int(hour)] + (after - today[int(hour)]) * part / 3600.0


def _hours(habits: Habits, days: int) -> Hours:
    return habits.workday if _works(days) else habits.day_off


@lru_cache(64)
def _works(days: int) -> bool:
    day = date.fromordinal(date(1970, 1, 1).toordinal() + days)
    known = is_workday(day)
    return day.weekday() < 5 if known is None else known
