"""Prices: worked examples of real price lists, and properties against a twin that looks at the clock every minute."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from parking.pricing import difference, hourly, instant, price, total
from parking.records import Interval
from parking.refusals import Code, Refusal
from parking.tariffs import Band, Step, Tariff, Vehicle, VehiclePrice, faults
from tests.support.naive_pricing import naive_price
from tests.support.tariff_strategies import tariffs

SHANGHAI = "Asia/Shanghai"
DAY = Band("day", (Step(500, 60, 60), Step(200, 30)))
NIGHT = Band("night", (Step(1000),), 1200, 480)


def at(text: str, timezone: str = SHANGHAI) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).timestamp())


def cost(tariff: Tariff, start: str, end: str, vehicle: Vehicle = Vehicle.CAR, timezone: str = SHANGHAI) -> int:
    return total(price(tariff, Interval(at(start, timezone), at(end, timezone)), timezone, vehicle))


def tariff(*bands: Band, **fields: object) -> Tariff:
    made = Tariff("t", "T", bands, **fields)  # type: ignore[arg-type]
    assert list(faults(made)) == []
    return made


def test_first_hour_later_half_hours_and_free_minutes() -> None:
    list_ = tariff(DAY, free_min=30)
    assert [cost(list_, "2026-03-02 09:00", f"2026-03-02 {end}") for end in ("09:30", "09:31", "10:00", "10:01", "10:31")] == [
        0, 500, 500, 700, 900,
    ]  # fmt: skip
    assert cost(tariff(DAY, free_min=30, free_deducted=True), "2026-03-02 09:00", "2026-03-02 10:30") == 500


def test_the_night_costs_once_and_the_day_begins_a_new_unit() -> None:
    list_ = tariff(NIGHT, DAY)
    assert price(list_, Interval(at("2026-03-02 19:00"), at("2026-03-03 08:10")), SHANGHAI) == (("day", 700), ("night", 1000))
    assert cost(list_, "2026-03-02 21:00", "2026-03-04 07:00") == 1000 + 24 * 200 + 1000


def test_the_day_cap_starts_anew_at_its_hour() -> None:
    list_ = tariff(Band("all", (Step(100, 60),)), day_cap_fen=700, day_starts_min=300)
    assert cost(list_, "2026-03-02 05:00", "2026-03-03 05:00") == 700
    assert price(list_, Interval(at("2026-03-02 22:00"), at("2026-03-03 06:00")), SHANGHAI) == (("all", 800),)
    assert price(list_, Interval(at("2026-03-02 21:00"), at("2026-03-03 06:00")), SHANGHAI) == (("all", 900), ("day_cap", -100))
    assert cost(tariff(Band("all", (Step(100, 60),)), stay_cap_fen=250), "2026-03-02 05:00", "2026-03-09 05:00") == 250


def test_new_energy_vehicles_pay_half_and_lorries_double() -> None:
    list_ = tariff(DAY, free_min=0, day_cap_fen=1000, vehicles=(VehiclePrice(Vehicle.NEV, 50, 120), VehiclePrice(Vehicle.LARGE, 200)))
    stay = ("2026-03-02 09:00", "2026-03-02 13:00")
    assert [cost(list_, *stay, vehicle) for vehicle in (Vehicle.CAR, Vehicle.NEV, Vehicle.LARGE)] == [1000, 500, 2000]
    assert cost(list_, "2026-03-02 09:00", "2026-03-02 11:00", Vehicle.NEV) == 0


def test_a_saturday_that_was_decreed_a_working_day_costs_like_one_and_unknown_years_have_no_price() -> None:
    list_ = tariff(Band("rest", (), days="days_off"), Band("work", (Step(300, 60),)))
    assert cost(list_, "2026-02-14 09:00", "2026-02-14 10:00") == 300
    assert cost(list_, "2026-03-07 09:00", "2026-03-07 10:00") == 0
    assert cost(list_, "2026-03-07 23:00", "2026-03-09 01:00") == 300
    with pytest.raises(Refusal) as refused:
        cost(list_, "2031-03-07 09:00", "2031-03-07 10:00")
    assert refused.value.code is Code.CALENDAR_UNKNOWN
    assert cost(tariff(DAY), "2031-03-07 09:00", "2031-03-07 10:00") == 500


def test_hours_that_clocks_skip_or_repeat_cost_what_they_last() -> None:
    list_ = tariff(Band("night", (Step(100, 60),), 0, 360), Band("day", (Step(300, 60),)))
    assert cost(list_, "2026-03-29 00:00", "2026-03-29 06:00", timezone="Europe/Berlin") == 500
    assert cost(list_, "2026-10-25 00:00", "2026-10-25 06:00", timezone="Europe/Berlin") == 700
    berlin = ZoneInfo("Europe/Berlin")
    skipped = instant(datetime(2026, 3, 29).date(), 150, berlin)
    assert skipped == at("2026-03-29 03:00", "Europe/Berlin")
    assert instant(datetime(2026, 10, 25).date(), 150, berlin) == at("2026-10-25 02:30", "Europe/Berlin")


def test_differences_and_hourly_prices() -> None:
    assert hourly(300, Interval(0, 3601)) == (("shared", 600),)
    assert hourly(0, Interval(0, 3601)) == ()
    assert difference((("day", 900), ("day_cap", -100)), (("day", 500),)) == (("day", 400), ("day_cap", -100))


BERLIN = "Europe/Berlin"
ZONES = [(SHANGHAI, "2026-02-13 07:13"), (SHANGHAI, "2026-09-30 20:00"), (BERLIN, "2026-03-28 21:07"), (BERLIN, "2026-10-24 22:31")]
VEHICLES = st.sampled_from([Vehicle.CAR, Vehicle.NEV])


@settings(max_examples=200, deadline=None)
@given(tariffs(), st.sampled_from(ZONES), st.tuples(st.integers(0, 600), st.integers(1, 2200)), VEHICLES)
def test_the_same_as_looking_at_the_clock(list_: Tariff, place: tuple[str, str], when: tuple[int, int], vehicle: Vehicle) -> None:
    (timezone, begin), (late, length) = place, when
    start = at(begin, timezone) + 60 * late
    stay = Interval(start, start + 60 * length)
    assert total(price(list_, stay, timezone, vehicle)) == naive_price(list_, stay, timezone, vehicle)


@settings(max_examples=300, deadline=None)
@given(tariffs(), st.sampled_from(ZONES), st.integers(1, 3 * 86_400), st.integers(0, 86_400))
def test_longer_never_costs_less_and_caps_hold(list_: Tariff, place: tuple[str, str], length: int, more: int) -> None:
    timezone, begin = place
    start = at(begin, timezone)
    short = price(list_, Interval(start, start + length), timezone)
    long = price(list_, Interval(start, start + length + more), timezone)
    assert 0 <= total(short) <= total(long)
    assert total(difference(long, short)) == total(long) - total(short)
    if list_.stay_cap_fen is not None:
        assert total(long) <= list_.stay_cap_fen
    if list_.day_cap_fen is not None:
        days = (length + more) // 86_400 + 2
        assert total(long) <= list_.day_cap_fen * days


@given(tariffs(), st.integers(1, 100))
def test_a_stay_within_the_free_minutes_costs_nothing(list_: Tariff, length: int) -> None:
    assume(length <= list_.free_min)
    assert price(list_, Interval(0, 60 * length), SHANGHAI) == ()
