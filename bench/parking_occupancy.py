"""Vehicles inside car parks of sim_city when barriers miss some: barriers and hourly counts together, beside either of them alone.

The recorded entries and exits of day 3 are the truth. Barriers miss 5 % of them and tell 10 % of the others up to half an hour late
(seeded); once an hour an operator reports the true count. What is published is compared with the truth every 5 minutes. Also how many
passages a second the barriers' rules take, with every plate new, on the SQLite store (durable).
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.parking_forecast import DATA, passages_of, used_zones
from bench.recorded import absent, find_folder
from bench.rows import Row
from parking.gates import GateRules, passed
from parking.model import PlateColor
from parking.occupancy import Occupancy, OccupancyParameters, Zone
from parking.passages import GateEvent, Heard, Passage
from parking.records import Lot, Plate
from parking.rules import Rules
from parking.unit import Unit
from server.parking.sqlite_store import SqliteStore

MISSED, LATE, LATEST = 0.05, 0.10, 1800
HOUR, SLOT = 3600, 300
START = 1_772_409_600


class Told(NamedTuple):
    """A passage as a barrier tells it."""

    told: int
    zone: str
    at: int
    step: int


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Vehicles off, mean of all car parks and times; passages a second."""
    folder = find_folder(DATA)
    if folder is None or not (folder / "parking_areas.csv").is_file():
        yield absent(DATA)
    else:
        yield from _recorded(folder)
    yield Row("passages a second, SQLite", _passages(500 if smoke else 10_000), 1000.0, "wanted at least", "passages/s", True)


def _recorded(folder: Path) -> Iterator[Row | str]:
    zones = used_zones(folder)
    ((_, steps),) = passages_of(folder / DATA.positions, zones).items()
    rng = random.Random(1)
    told = [
        Told(at + (rng.randrange(LATEST) if rng.random() < LATE else 0), zone, at, step)
        for at, step, zone in steps if rng.random() >= MISSED
    ]  # fmt: skip
    ours, truth = _published(zones, steps, told, reports=True)
    alone, _ = _published(zones, steps, told, reports=False)
    held, _ = _published(zones, steps, [], reports=True)
    error = _error(ours, truth)
    yield Row("published, beside barriers alone", error, _error(alone, truth), "barriers alone", "vehicles", False)
    yield Row("published, beside hourly counts alone", error, _error(held, truth), "hourly counts alone", "vehicles", False)
    yield (
        f"{len(zones)} car parks, {len(steps):,} passages, {len(steps) - len(told):,} missed; at the end barriers alone are off by"
        + (f" {_error(alone[-1], truth[-1]):.2f}, ours by {_error(ours[-1], truth[-1]):.2f} vehicles")
    )


def _published(
    zones: list[Zone], steps: list[tuple[int, int, str]], told: list[Told], reports: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(published, true) [T, Z] every 5 minutes."""
    occupancy = Occupancy(zones, OccupancyParameters(report_fresh_s=HOUR + SLOT))
    begin, end = steps[0][0] // HOUR * HOUR, steps[-1][0]
    inside, left = {zone.id: 0 for zone in zones}, sorted(told)
    for zone in zones:
        occupancy.anchor(zone.id, 0, begin)
    published, truth, done, heard = [], [], 0, 0
    for now in range(begin + SLOT, end + SLOT, SLOT):
        while done < len(steps) and steps[done][0] <= now:
            inside[steps[done][2]] += steps[done][1]
            done += 1
        while heard < len(left) and left[heard].told <= now:
            occupancy.passed(left[heard].zone, [(left[heard].at, left[heard].step)])
            heard += 1
        if reports and now % HOUR == 0:
            for zone in zones:
                occupancy.report(zone.id, inside[zone.id], now)
        for zone in zones:
            occupancy.heartbeat(zone.id, now)
        published.append(occupancy.picture(now).occupied)
        truth.append([float(inside[zone.id]) for zone in zones])
    return np.array(published), np.array(truth)


def _error(published: NDArray[np.float64], truth: NDArray[np.float64]) -> float:
    return float(np.abs(published - truth).mean())


def _passages(count: int) -> float:
    """Entries and exits of vehicles without reservations, in groups as they come."""
    events = []
    for k in range(count):
        plate = Plate(f"plate{k // 2}".encode(), bytes(40), "鲁A·1**45", PlateColor.BLUE)
        kind = (Passage.ENTRY, Passage.EXIT)[k % 2]
        events.append(GateEvent(f"g{k}", f"L{k // 2 % 50}", kind, START + 300 * k, START + 300 * k, plate, "1", 0.99))
    with tempfile.TemporaryDirectory(prefix="baimai-bench-") as folder:
        store = SqliteStore(Path(folder) / "parking.db", lambda: events[-1].at)
        for k in range(50):
            store.submit(partial(_enter, Lot(f"L{k}", "", 36.7, 117.5))).result()
        begun = time.perf_counter()
        for future in [store.submit(partial(_pass, one)) for one in events]:
            future.result()
        took = time.perf_counter() - begun
        store.close()
    return count / took


def _pass(event: GateEvent, unit: Unit, now: int) -> Heard:
    return passed(unit, event, now, Rules(), GateRules())


def _enter(lot: Lot, unit: Unit, _now: int) -> None:
    unit.put_lot(lot)
