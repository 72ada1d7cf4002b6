"""Owners' windows of shared parking: which of 5,000 cover a time, by columns and one by one.

Windows begin and end at full half hours, as people name them, and hold daily, on working days, on days off or from Monday to Friday.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from random import Random

import numpy as np

from bench.rows import Row
from bench.timing import interleaved
from parking.records import Interval, ShareWindow
from parking.wall_clock import instant
from parking.window_table import WindowTable
from parking.windows import covers

ZONE = "Asia/Shanghai"
FIRST = date(2026, 3, 1)
DAYS = 211
"""180 days ahead, and a reservation of a month from then"""
WANTED_MS = 5.0
"""a search over 5,000 lots, all told"""


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in ms for all windows together, and how long the columns take to make."""
    count = 200 if smoke else 5000
    windows = list(some_windows(count))
    start = instant(FIRST, 0, ZONE)
    begun = time.perf_counter()
    table = WindowTable([(one, ZONE) for one in windows], Interval(start, start + DAYS * 86_400))
    made = time.perf_counter() - begun
    wanted = Interval(instant(FIRST, 30 * 1440 + 21 * 60, ZONE), instant(FIRST, 31 * 1440 + 5 * 60, ZONE))

    def by_columns() -> np.ndarray:
        return table.covering(wanted)

    def one_by_one() -> np.ndarray:
        return np.array([covers(one, wanted, ZONE) is True for one in windows])

    if not np.array_equal(by_columns(), one_by_one()):
        raise AssertionError("columns and windows differ")
    columns, single = interleaved([by_columns, one_by_one], 3 if smoke else 20)
    yield Row(f"{count} windows, which cover a night", columns * 1e3, single * 1e3, "one by one", "ms", False)
    yield Row("… beside the aim", columns * 1e3, WANTED_MS, "target of a search", "ms", False)
    yield f"columns of {DAYS} days made in {made:.2f} s"


def some_windows(count: int) -> Iterator[ShareWindow]:
    """By seed."""
    random = Random(5)
    for k in range(count):
        days = random.choice(["daily", "workdays", "days_off", "12345"])
        start, end = random.randrange(1020, 1320, 30), random.randrange(360, 600, 30)
        yield ShareWindow(f"W{k}", f"S{k}", "owner", "2026-01-01", "", days, start, end, buffer_s=random.choice([0, 1800]))
