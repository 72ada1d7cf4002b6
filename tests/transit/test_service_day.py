"""transit.service_day: noon minus 12 h, in zones that change their clocks and in one that does not."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from tests.support.tiny_city import tiny_network
from transit.service_day import ServiceDay, local_date, service_day, service_day_start, service_days, trip_runs


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


def _running(date: datetime.date) -> set[str]:
    network = tiny_network()
    return {network.service_ids[k] for k in service_day(network, date).active.nonzero()[0]}


@pytest.mark.parametrize(
    ("date", "services"),
    [
        (datetime.date(2026, 3, 2), {"WEEKDAY"}),
        (datetime.date(2026, 3, 6), {"WEEKDAY", "NIGHT"}),
        (datetime.date(2026, 3, 7), {"WEEKEND", "NIGHT"}),
        (datetime.date(2026, 2, 17), {"WEEKDAY", "HOLIDAY"}),
        (datetime.date(2026, 5, 1), {"WEEKEND", "NIGHT"}),
        (datetime.date(2025, 12, 31), set()),
        (datetime.date(2027, 1, 1), set()),
    ],
)
def test_which_services_run_on_a_date(date: datetime.date, services: set[str]) -> None:
    assert _running(date) == services


def test_the_days_around_now_are_by_the_local_date_and_in_order() -> None:
    just_after_midnight = _epoch("2026-03-07T00:20:00+08:00")
    days = service_days(tiny_network(), just_after_midnight)
    assert [day.date.day for day in days] == [6, 7, 8]
    assert [day.start for day in days] == sorted(day.start for day in days)
    assert [day.date.day for day in service_days(tiny_network(), just_after_midnight, before=0, after=2)] == [7, 8, 9]


def test_the_night_bus_of_friday_runs_after_midnight() -> None:
    network = tiny_network()
    friday = service_days(network, _epoch("2026-03-07T00:01:00+08:00"))[0]
    trip = network.trip_index["N1-2350"]
    assert trip_runs(network, friday)[trip]
    arrival = friday.start + float(network.trips.arrival[network.trips.start[trip + 1] - 1])
    assert arrival == _epoch("2026-03-07T00:01:00+08:00")


def test_only_runs_of_the_day_run_and_templates_never_do() -> None:
    network = tiny_network()

    def runs(day: ServiceDay) -> set[str]:
        return {network.trip_ids[trip] for trip in trip_runs(network, day).nonzero()[0]}

    monday = runs(service_day(network, datetime.date(2026, 3, 2)))
    assert {"1E-0700", "5@07:20:00"} <= monday
    assert not {"4", "5", "1E-0800-S", "N1-2350"} & monday
    assert runs(service_day(network, datetime.date(2026, 3, 8))) == {"1E-0800-S", "1W-0815-S"}
