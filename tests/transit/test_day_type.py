from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pytest

from tests.support.lines import lines_network
from tests.support.tiny_city import tiny_network
from transit.day_type import DayType, day_type, regular_services
from transit.kernels.columns import CalendarColumns
from transit.network import Network
from transit.service_day import ServiceDay, service_days

MONDAY = datetime.date(2026, 3, 2)
WEEK = [[1, 1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0, 0]]
"""from Monday on: the services of workdays, Saturdays and Sundays, and one of Fridays beside the first"""


def network_of(**changed: list[int]) -> Network:
    """Four weeks of WEEK from MONDAY on; `day12=[0, 0, 1, 0]` is what runs on the 13th day instead."""
    active = np.tile(np.array(WEEK, np.uint8), 4)
    for name, services in changed.items():
        active[:, int(name[3:])] = services
    return dataclasses.replace(lines_network(), calendar=CalendarColumns(MONDAY.toordinal(), active))


def kind_of(network: Network, nth: int) -> DayType:
    date = MONDAY + datetime.timedelta(days=nth)
    return day_type(network, ServiceDay(date, 0.0, network.calendar.active[:, nth]))


def test_each_day_of_a_usual_week_is_of_its_kind() -> None:
    network = network_of()
    assert [kind_of(network, 7 + k).name for k in range(7)] == [*["WORKDAY"] * 5, "SATURDAY", "SUNDAY"]


def test_a_holiday_that_runs_sundays_services_is_a_sunday() -> None:
    assert kind_of(network_of(day8=[0, 0, 1, 0]), 8) == DayType.SUNDAY


def test_a_working_saturday_is_a_workday() -> None:
    assert kind_of(network_of(day12=[1, 0, 0, 0]), 12) == DayType.WORKDAY
    assert kind_of(network_of(day12=[1, 0, 0, 0]), 19) == DayType.SATURDAY


def test_a_day_that_runs_a_little_more_than_usual_is_of_the_kind_it_is_most_like() -> None:
    assert kind_of(network_of(day9=[1, 0, 1, 0]), 9) == DayType.WORKDAY
    assert kind_of(network_of(day13=[0, 0, 1, 1]), 13) == DayType.SUNDAY


@pytest.mark.parametrize("nth", range(7))
def test_where_the_timetable_decides_nothing_the_weekday_does(nth: int) -> None:
    empty = network_of(**{f"day{nth + 7}": [0, 0, 0, 0]})
    assert kind_of(empty, nth + 7) == max(0, nth - 4)
    daily = dataclasses.replace(empty, calendar=CalendarColumns(MONDAY.toordinal(), np.ones((1, 14), np.uint8)))
    assert kind_of(daily, nth) == max(0, nth - 4)


@pytest.mark.parametrize("days", [0, 1])
def test_a_calendar_of_no_days_has_no_regular_services(days: int) -> None:
    network = dataclasses.replace(lines_network(), calendar=CalendarColumns(MONDAY.toordinal(), np.zeros((2, days), np.uint8)))
    assert [services.tolist() for services in regular_services(network)] == [[False, False]] * 3
    for date in (MONDAY, MONDAY + datetime.timedelta(days=6)):
        assert day_type(network, ServiceDay(date, 0.0, np.zeros(2, np.uint8))) == max(0, date.weekday() - 4)


def test_regular_services_run_on_most_of_their_weekdays() -> None:
    assert [np.flatnonzero(services).tolist() for services in regular_services(network_of())] == [[0], [1], [2]]


def test_in_a_compiled_city_a_holiday_with_the_weekends_timetable_is_no_workday() -> None:
    network = tiny_network()
    noon = datetime.datetime(2026, 5, 1, 4, tzinfo=datetime.UTC).timestamp()
    thursday, friday, saturday = service_days(network, noon)
    assert [day_type(network, day) for day in (thursday, friday, saturday)] == [DayType.WORKDAY, DayType.SATURDAY, DayType.SATURDAY]
