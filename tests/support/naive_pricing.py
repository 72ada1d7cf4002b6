"""Prices a stay minute by minute, by looking at the clock on the wall each time. For stays of whole minutes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from parking.records import Interval
from parking.tariffs import Band, Tariff, Vehicle
from parking.workdays import is_workday


def naive_price(tariff: Tariff, stay: Interval, timezone: str, vehicle: Vehicle) -> int:
    """Fen."""
    zone, percent, free = ZoneInfo(timezone), 100, tariff.free_min
    for own in tariff.vehicles:
        if own.vehicle is vehicle:
            percent, free = own.percent, tariff.free_min if own.free_min is None else own.free_min
    if (stay.end - stay.start) // 60 <= free:
        return 0
    start = stay.start + free * 60 if tariff.free_deducted else stay.start
    spent: dict[object, int] = {}
    band_now, left, step_now = -1, 0, -1
    for at in range(start, stay.end, 60):
        lasted = (at - start) // 60
        index, came = band_at(tariff.bands, at, zone)
        step = next((k for k, one in enumerate(tariff.bands[index].steps) if not one.until_min or lasted < one.until_min), -1)
        flat_goes_on = step == step_now and step >= 0 and tariff.bands[index].steps[step].unit_min == 0
        if index == band_now and (left > 0 or flat_goes_on):
            left -= 1
            continue
        band_now, step_now, left = index, step, 0
        if step < 0:
            continue
        one = tariff.bands[index].steps[step]
        left = max(0, one.unit_min - 1)
        fen = one.fen * percent // 100
        caps = {(index, came): tariff.bands[index].cap_fen, cap_day(tariff, at, zone): tariff.day_cap_fen, "": tariff.stay_cap_fen}
        for key, cap in caps.items():
            if cap is not None:
                fen = max(0, min(fen, cap * percent // 100 - spent.get(key, 0)))
        for key in caps:
            spent[key] = spent.get(key, 0) + fen
    return spent.get("", 0)


def band_at(bands: tuple[Band, ...], at: int, zone: ZoneInfo) -> tuple[int, date]:
    """(index, day on which it began): every minute, by what the clocks have shown so far."""
    today = datetime.fromtimestamp(at, zone).date()
    for index, band in enumerate(bands):
        for day in (today - timedelta(days=1), today):
            end = day + timedelta(days=1) if band.end_min <= band.start_min else day
            if shown(day, band.start_min, at, zone) and not shown(end, band.end_min, at, zone) and begins(band.days, day):
                return index, day
    raise AssertionError


def begins(days: str, day: date) -> bool:
    if days in ("workdays", "days_off"):
        return is_workday(day) is (days == "workdays")
    return days == "daily" or str(day.isoweekday()) in days


def cap_day(tariff: Tariff, at: int, zone: ZoneInfo) -> tuple[str, date]:
    today = datetime.fromtimestamp(at, zone).date()
    return "day", today if shown(today, tariff.day_starts_min, at, zone) else today - timedelta(days=1)


def shown(day: date, minute: int, at: int, zone: ZoneInfo) -> bool:
    """Whether clocks have shown that minute of the day, or a later one, by `at` (clocks are set back by at most two hours)."""
    wanted = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    return any(datetime.fromtimestamp(at - 60 * back, zone).replace(tzinfo=None) >= wanted for back in range(121))
