from __future__ import annotations

import pytest

from feeds.parking.simulated import lots
from feeds.parking.simulated_habits import HABITS, level

FRIDAY = 1795708800
"""2026-11-27, 00:00 in Shanghai"""
MAKE_UP_SATURDAY = 1771000000 // 86_400 * 86_400 - 8 * 3600
"""2026-02-14, decreed a working day"""


def test_every_car_park_of_the_demo_has_habits_of_whole_days() -> None:
    assert set(HABITS) == {lot.id for lot, _ in lots()}
    for one in HABITS.values():
        assert len(one.workday) == len(one.day_off) == 24
        assert all(0.0 <= share <= 1.0 for share in one.workday + one.day_off)


def test_levels_run_straight_between_full_hours_and_across_midnight() -> None:
    station = HABITS["demo-station"]
    assert level(station, FRIDAY + 8 * 3600) == station.workday[8]
    assert level(station, FRIDAY + 8.5 * 3600) == pytest.approx((station.workday[8] + station.workday[9]) / 2)
    assert level(station, FRIDAY + 23.5 * 3600) == pytest.approx((station.workday[23] + station.day_off[0]) / 2)


def test_a_saturday_on_which_people_work_is_a_working_day() -> None:
    station = HABITS["demo-station"]
    assert level(station, MAKE_UP_SATURDAY + 9 * 3600) == station.workday[9]


def test_a_year_nobody_decreed_goes_by_its_weekdays() -> None:
    monday = 1862611200 // 86_400 * 86_400 - 8 * 3600
    while (monday // 86_400 + 1 + 3) % 7 != 0:
        monday += 86_400
    assert level(HABITS["demo-station"], monday + 9 * 3600) == HABITS["demo-station"].workday[9]
