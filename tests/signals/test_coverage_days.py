"""Days, hours and service times in a zone."""

from __future__ import annotations

import datetime

import numpy as np
import pytest

from signals.coverage_days import HOUR, Bins, days, hours, local_date, local_midnight, minute_text, moments, rfc3339, service_time

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
DAY = datetime.date(2026, 11, 26)
MIDNIGHT = 1_795_622_400_000
"""2026-11-26 00:00 in Shanghai"""


def pairs(bins: Bins) -> list[tuple[int, int]]:
    return list(zip(bins.start.tolist(), bins.end.tolist()))


def test_a_day_is_that_of_the_zone() -> None:
    assert local_midnight(DAY, SHANGHAI) == MIDNIGHT
    assert local_date(MIDNIGHT - 1, SHANGHAI) == DAY - datetime.timedelta(1)
    assert local_date(MIDNIGHT, SHANGHAI) == DAY
    assert local_date(MIDNIGHT, "UTC") == DAY - datetime.timedelta(1)
    assert rfc3339(MIDNIGHT + 1999, SHANGHAI) == "2026-11-26T00:00:01+08:00"
    assert minute_text(MIDNIGHT + 8 * HOUR, SHANGHAI) == "2026-11-26 08:00"


def test_days_are_cut_at_both_ends_and_leave_out_nothing() -> None:
    start, end = MIDNIGHT - 3 * HOUR, MIDNIGHT + 25 * HOUR
    found = pairs(days(start, end, SHANGHAI))
    assert found == [(start, MIDNIGHT), (MIDNIGHT, MIDNIGHT + 24 * HOUR), (MIDNIGHT + 24 * HOUR, end)]
    assert pairs(days(MIDNIGHT, MIDNIGHT + 24 * HOUR, SHANGHAI)) == [(MIDNIGHT, MIDNIGHT + 24 * HOUR)]
    assert pairs(days(MIDNIGHT, MIDNIGHT, SHANGHAI)) == []


def test_a_day_of_another_zone_may_be_longer() -> None:
    autumn = local_midnight(datetime.date(2026, 10, 25), BERLIN)
    bins = days(autumn, local_midnight(datetime.date(2026, 10, 27), BERLIN), BERLIN)
    assert ((bins.end - bins.start) // HOUR).tolist() == [25, 24]


def test_hours_are_cut_too() -> None:
    assert pairs(hours(MIDNIGHT + 5, MIDNIGHT + HOUR + 7)) == [
        (MIDNIGHT + 5, MIDNIGHT + HOUR), (MIDNIGHT + HOUR, MIDNIGHT + HOUR + 7),
    ]  # fmt: skip
    assert pairs(hours(MIDNIGHT, MIDNIGHT + HOUR)) == [(MIDNIGHT, MIDNIGHT + HOUR)]


def test_service_time_is_a_part_of_each_day() -> None:
    bins = service_time(MIDNIGHT + 7 * HOUR, MIDNIGHT + 48 * HOUR, SHANGHAI, (6 * 3600, 22 * 3600))
    assert pairs(bins) == [
        (MIDNIGHT + 7 * HOUR, MIDNIGHT + 22 * HOUR), (MIDNIGHT + 30 * HOUR, MIDNIGHT + 46 * HOUR),
    ]  # fmt: skip
    whole = service_time(MIDNIGHT, MIDNIGHT + 24 * HOUR, SHANGHAI, (0, 86_400))
    assert pairs(whole) == pairs(days(MIDNIGHT, MIDNIGHT + 24 * HOUR, SHANGHAI))
    assert pairs(service_time(MIDNIGHT, MIDNIGHT + HOUR, SHANGHAI, (6 * 3600, 22 * 3600))) == []
    with pytest.raises(ValueError, match="from 80000 s to 7200 s of the day is none"):
        service_time(MIDNIGHT, MIDNIGHT + HOUR, SHANGHAI, (80_000, 7200))


def test_moments_begin_at_the_start_and_end_before_the_end() -> None:
    np.testing.assert_array_equal(moments(10, 31, 10), [10, 20, 30])
    np.testing.assert_array_equal(moments(10, 30, 10), [10, 20])
