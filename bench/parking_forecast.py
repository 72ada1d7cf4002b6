"""Forecast of car park occupancy at 15, 30 and 60 min on sim_city: days 1 and 2 learned, day 3 forecast, beside simple forecasts.

Every entry and exit goes through `parking.occupancy` in slots of 5 minutes, as live; forecasts are made after each slot from 06:00
local time on, for all car parks that anybody used on days 1 and 2. Rivals: the level now (persistence), the mean level of days 1 and 2
at that time, and, harder, the level now plus the mean change of days 1 and 2. Also what a slot of 5,000 car parks costs.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from bench.recorded import DataSet, absent, find_folder
from bench.rows import Row
from bench.timing import least
from feeds.parking.lots import read_lots
from parking.forecast import Forecast, Forecaster, Slot
from parking.occupancy import Occupancy, SlotColumns, Zone

F64 = NDArray[np.float64]
DATA = DataSet("sim_city", "test/parking.csv.gz", "", False, "parking.csv.gz")
ZONE = ZoneInfo("Europe/Monaco")
SLOT, HORIZONS = 300, (900, 1800, 3600)
BEGINS = 6 * 3600
"""s of the local day: riders and buses begin; before it the streets fill up"""
MOST_OFF = 3.0
"""points that coverage may be off 80 %"""


class Day(NamedTuple):
    """Slots of one recorded day: number of each in the day [S], and its columns."""

    ordinal: int
    of_day: list[int]
    slots: list[SlotColumns]


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Errors in vehicles, shares covered, ms a slot."""
    folder = find_folder(DATA)
    if folder is None or not (folder / "parking_areas.csv").is_file():
        yield absent(DATA)
    else:
        yield from _recorded(folder)
    lots = 100 if smoke else 5000
    yield Row(f"one slot of {lots:,} car parks", _cost(lots, 3 if smoke else 20), 50.0, "wanted at most", "ms", False)


def _recorded(folder: Path) -> Iterator[Row | str]:
    zones = used_zones(folder)
    learned = days_of(folder / DATA.earlier_positions, zones)
    (today,) = days_of(folder / DATA.positions, zones)
    model = Forecaster(np.array([zone.capacity for zone in zones], np.float64), 1, HORIZONS)
    told: list[Forecast] = []
    for day in (*learned, today):
        told = []
        for of_day, columns in zip(day.of_day, day.slots):
            model.observe(Slot(of_day, day.ordinal, 0, 0), *columns)
            told.append(model.forecast())
    level = _levels(today)
    mean = np.mean([_levels(day, today.of_day) for day in learned], axis=0)
    first = today.of_day.index(BEGINS // SLOT - 1)
    notes = []
    for h, horizon in enumerate(HORIZONS):
        k, minutes = horizon // SLOT, horizon // 60
        at, then = slice(first, len(level) - k), slice(first + k, len(level))
        low, mid, high = (np.stack([one[b][h] for one in told])[at] for b in range(3))
        error = float(np.abs(mid - level[then]).mean())
        rivals = {
            "persistence": level[at],
            "mean of days 1, 2": mean[then],
            "now + their mean change": level[at] + mean[then] - mean[at],
        }
        for (name, rival), word in zip(rivals.items(), ("persistence", "other days", "their change")):
            yield Row(f"{minutes} min: mean error, {word}", error, float(np.abs(rival - level[then]).mean()), name, "vehicles", False)
        covered = 100.0 * float(((low <= level[then]) & (level[then] <= high)).mean())
        yield Row(f"{minutes} min: coverage off 80 %", abs(covered - 80.0), MOST_OFF, "wanted at most", "points", False)
        off = mid - level[then]
        notes.append(
            f"{minutes} min: the 80 % interval holds {covered:.1f} % of {mid.size:,}, is {float((high - low).mean()):.1f} vehicles"
            f" wide; bias {float(off.mean()):+.2f}, root mean square {math.sqrt(float((off**2).mean())):.2f}"
        )
    yield f"{len(zones)} car parks that days 1 and 2 know, {len(level) - first} slots of day 3"
    yield from notes


def used_zones(folder: Path) -> list[Zone]:
    """Car parks of the inventory that were used on the days learned."""
    tables = read_lots("parking_areas.csv", (folder / "parking_areas.csv").read_bytes())
    used = {row["parking_area"] for row in _rows(folder / DATA.earlier_positions)}
    return [Zone(place.lot_id, place.lot_id, place.capacity) for place in tables.places if place.lot_id in used]


def days_of(path: Path, zones: list[Zone]) -> list[Day]:
    """Days of a recording in slots, counted by the gates alone; all begin with empty car parks, as the recording does."""
    return [_day(ordinal, steps, zones) for ordinal, steps in passages_of(path, zones).items()]


def passages_of(path: Path, zones: list[Zone]) -> dict[int, list[tuple[int, int, str]]]:
    """(epoch s, ±1, car park) of every passage in order, by local day."""
    rows = {zone.id for zone in zones}
    steps: dict[int, list[tuple[int, int, str]]] = {}
    for row in _rows(path):
        for moment, step in ((row["arrival_unix"], 1), (row["departure_unix"], -1)):
            if moment and row["parking_area"] in rows:
                day = datetime.fromtimestamp(int(moment), ZONE).toordinal()
                steps.setdefault(day, []).append((int(moment), step, row["parking_area"]))
    return {ordinal: sorted(steps[ordinal]) for ordinal in sorted(steps)}


def _day(ordinal: int, steps: list[tuple[int, int, str]], zones: list[Zone]) -> Day:
    occupancy = Occupancy(zones)
    midnight = int(datetime.combine(datetime.fromordinal(ordinal), datetime.min.time(), ZONE).timestamp())
    begin, end = (steps[0][0] // SLOT - 1) * SLOT, -(-steps[-1][0] // SLOT) * SLOT
    for zone in zones:
        occupancy.anchor(zone.id, 0, begin)
    of_day, slots, k = [], [], 0
    for until in range(begin + SLOT, end + 1, SLOT):
        while k < len(steps) and steps[k][0] < until:
            moment, step, name = steps[k]
            occupancy.passed(name, [(moment, step)])
            k += 1
        for zone in zones:
            occupancy.heartbeat(zone.id, until)
        of_day.append((until - midnight) // SLOT - 1)
        slots.append(occupancy.close_slot(until))
    return Day(ordinal, of_day, slots)


def _levels(day: Day, of_day: list[int] | None = None) -> F64:
    """[S, L]; at the slots of another day, the nearest where this one has none."""
    rows = range(len(day.slots)) if of_day is None else [min(max(one - day.of_day[0], 0), len(day.slots) - 1) for one in of_day]
    return np.stack([day.slots[k].level for k in rows])


def _rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rb") as packed:
        return list(csv.DictReader(io.TextIOWrapper(packed, "utf-8")))


def _cost(lots: int, rounds: int) -> float:
    """ms to observe a slot and to forecast."""
    rng = np.random.default_rng(1)
    model = Forecaster(np.full(lots, 400.0), 2, HORIZONS)
    number = iter(range(10**6))

    def slot() -> None:
        day, of_day = divmod(next(number), 288)
        columns = rng.integers(0, 200, lots).astype(np.float64), *rng.poisson(1.0, (2, lots)).astype(np.float64)
        model.observe(Slot(of_day, day, 0, 0), *columns)
        model.forecast()

    for _ in range(290):
        slot()
    return 1e3 * least(slot, rounds)
