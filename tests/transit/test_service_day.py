"""transit.service_day: noon minus 12 h, in zones that change their clocks and in one that does not."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from transit.service_day import local_date, service_day_start


def _epoch(text: str) -> float:
    return datetime.datetime.fromisoformat(text).timestamp()


def test_in_jinan_a_service_day_begins_at_midnight() -> None:
    assert service_day_start(datetime.date(2026, 3, 2), "Asia/Shanghai") == _epoch("2026-03-02T00:00:00+08:00")


@pytest.mark.parametrize(
    ("date", "start", "eight"),
    [
        (datetime.date(2026, 3, 7), "2026-03-07T00:00:00-05:00", "2026-03-07T08:00:00-05:00"),
        (datetime.date(2026, 3, 8), "2026-03-07T23:00:00-05:00", "2026-03-08T08:00:00-04:00"),
        (datetime.date(2026, 11, 1), "2026-11-01T01:00:00-04:00", "2026-11-01T08:00:00-05:00"),
    ],
)
def test_a_bus_at_eight_comes_at_eight_by_the_clock_on_every_day(date: datetime.date, start: str, eight: str) -> None:
    assert service_day_start(date, "America/New_York") == _epoch(start)
    assert service_day_start(date, "America/New_York") + 8 * 3600 == _epoch(eight)


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(zoneinfo.ZoneInfoNotFoundError):
        service_day_start(datetime.date(2026, 3, 2), "Asia/Zhangqiu")


def test_the_local_date_changes_at_local_midnight() -> None:
    midnight = _epoch("2026-03-02T00:00:00+08:00")
    assert local_date(midnight - 1, "Asia/Shanghai") == datetime.date(2026, 3, 1)
    assert local_date(midnight, "Asia/Shanghai") == datetime.date(2026, 3, 2)
