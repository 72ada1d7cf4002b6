"""Tariffs as data: bands of the day, prices per started unit, steps, free minutes, caps. `parking.pricing` prices a stay by one.

A stay is charged unit by unit from its start. A unit costs what the band and the step it begins in say, and ends early where another
band begins. Caps cut what would go beyond them. So a longer stay never costs less, and no cap is ever exceeded.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from parking.model import PlateColor

DAY_MINUTES = 1440
WEEKDAYS = frozenset("1234567")


class Vehicle(StrEnum):
    """Kinds of vehicle with prices of their own; told by the colour of the plate (GA 36-2018)."""

    CAR = "car"
    NEV = "nev"
    LARGE = "large"
    LARGE_NEV = "large_nev"
    OTHER = "other"
    """provisional, without plate; priced like a car"""


def vehicle_of(color: PlateColor) -> Vehicle:
    """The kind of vehicle that carries such a plate."""
    return _BY_COLOR.get(color, Vehicle.CAR)


_BY_COLOR = {
    PlateColor.GREEN: Vehicle.NEV, PlateColor.YELLOW: Vehicle.LARGE, PlateColor.YELLOW_GREEN: Vehicle.LARGE_NEV,
    PlateColor.OTHER: Vehicle.OTHER,
}  # fmt: skip


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`fen` per started unit, until the stay has lasted so long."""

    fen: int
    unit_min: int = 0
    """minutes of a unit; 0: once for all of the step within one band (flat price)"""
    until_min: int = 0
    """charged minutes from the start of the stay at which the next step begins; 0: the last one"""


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the local day with prices of its own."""

    name: str
    steps: tuple[Step, ...]
    """none: free"""
    start_min: int = 0
    """of the local day on which it begins"""
    end_min: int = 0
    """≤ start: crosses midnight; both 0: the whole day"""
    days: str = "daily"
    """days on which it begins: `daily`, `workdays`, `days_off` (as decreed, 调休), or weekday digits 1–7"""
    cap_fen: int | None = None
    """for each time the band comes round"""


class VehiclePrice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other prices for a kind of vehicle."""

    vehicle: Vehicle
    percent: int = 100
    """of the prices and caps of the bands and the tariff, each rounded down to the fen"""
    free_min: int | None = None
    """instead of the tariff's"""


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price list. A new version is entered beside the old one; terms name the version they were made by."""

    id: str
    name: str
    bands: tuple[Band, ...]
    """the first that holds counts; the last is daily and lasts the whole day, so that every instant has a price"""
    free_min: int = 0
    """a stay that lasts no longer is free"""
    free_deducted: bool = False
    """the free minutes of a longer stay are free too; else it is charged from its start"""
    day_cap_fen: int | None = None
    """for all that begins in one local day"""
    day_starts_min: int = 0
    """when that day starts: 300 for 05:00"""
    stay_cap_fen: int | None = None
    vehicles: tuple[VehiclePrice, ...] = ()
    refund_steps: tuple[tuple[int, int], ...] = ()
    """(at least so many seconds before start, percent refunded on cancelling), longest first; after the last step nothing"""
    overstay_fen_per_hour: int = 0
    version: int = 1


def faults(tariff: Tariff) -> Iterator[tuple[str, str]]:
    """(where, what is wrong) of a tariff that cannot be used; where is a path such as `bands/0/steps/1/fen`. Empty: it is sound."""
    if not tariff.id:
        yield "id", "is empty"
    if not tariff.bands:
        yield "bands", "is empty; a free car park has no tariff at all"
    for k, band in enumerate(tariff.bands):
        for where, what in _band_faults(band):
            yield f"bands/{k}/{where}", what
    if tariff.bands and (tariff.bands[-1].days != "daily" or tariff.bands[-1].start_min or tariff.bands[-1].end_min):
        yield f"bands/{len(tariff.bands) - 1}", "must be daily and last the whole day, so that every instant has a price"
    figures = {"free_min": tariff.free_min, "overstay_fen_per_hour": tariff.overstay_fen_per_hour,
               "day_cap_fen": tariff.day_cap_fen, "stay_cap_fen": tariff.stay_cap_fen}  # fmt: skip
    yield from ((name, "is negative") for name, figure in figures.items() if figure is not None and figure < 0)
    if not 0 <= tariff.day_starts_min < DAY_MINUTES:
        yield "day_starts_min", "is not a minute of the day (0 to 1439)"
    for k, price in enumerate(tariff.vehicles):
        if price.percent < 0 or (price.free_min or 0) < 0:
            yield f"vehicles/{k}", "is negative"
        if price.vehicle in {other.vehicle for other in tariff.vehicles[:k]}:
            yield f"vehicles/{k}", f"{price.vehicle.value} is named twice"
    ahead = [seconds for seconds, _ in tariff.refund_steps]
    if ahead != sorted(set(ahead), reverse=True) or any(not 0 <= percent <= 100 for _, percent in tariff.refund_steps):
        yield "refund_steps", "must go from the longest time ahead to the shortest, with percents from 0 to 100"
    elif [percent for _, percent in tariff.refund_steps] != sorted((p for _, p in tariff.refund_steps), reverse=True):
        yield "refund_steps", "must not give more back to those who cancel later"


def _band_faults(band: Band) -> Iterator[tuple[str, str]]:
    if not band.name or band.name.endswith("_cap"):
        yield "name", "is empty or ends in _cap, which is how lines of caps are named"
    if not (0 <= band.start_min < DAY_MINUTES and 0 <= band.end_min <= DAY_MINUTES):
        yield "start_min", "is not a minute of the day"
    if band.days not in ("daily", "workdays", "days_off") and not (band.days and set(band.days) <= WEEKDAYS):
        yield "days", "is neither daily, workdays, days_off nor weekday digits 1 to 7"
    if band.cap_fen is not None and band.cap_fen < 0:
        yield "cap_fen", "is negative"
    before = 0
    for k, step in enumerate(band.steps):
        if step.fen < 0 or step.unit_min < 0:
            yield f"steps/{k}", "is negative"
        last = k == len(band.steps) - 1
        if (step.until_min != 0) if last else (step.until_min <= before):
            yield f"steps/{k}/until_min", "must be 0 for the last step" if last else "must grow from step to step"
        before = step.until_min
