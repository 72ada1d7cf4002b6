"""What the on-board units of the simulated district send: the truth seen through real equipment.

Each vehicle reports at its own interval of 5 to 30 s. A fix is off by an AR(1) error (6.2 m a side, memory 60 s) plus white
noise (5 m a side), together about 8 m. Of all reports 1 % are outliers of 50 to 400 m, 2 % are lost, 0.5 % come twice, 2 % come
20 to 240 s late and the rest 0.5 to 4 s after the fix; now and then a unit is silent for minutes. 15 % of the units send no
bearing and 10 % no speed, a bearing freezes while the bus stands, 30 % send no trip id, half of those no route id either.
"""
from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.simulated_dispatch import Phase
from feeds.simulated_motion import Truth
from feeds.simulated_streets import to_degrees
from feeds.simulated_timetable import Timetable
from feeds.simulated_ways import Ways
from transit.kernels.columns import F32, F64, I8, I32

INTERVALS = (5, 10, 15, 20, 30)
"""s between reports"""
PARKED_EVERY = 8
"""A parked unit leaves out all but each eighth report; a third of the units are switched off."""
DRIFT, DRIFT_MEMORY, WHITE = 6.2, 60.0, 5.0
OUTLIERS, LOST, TWICE, LATE, SILENCES = 0.01, 0.02, 0.005, 0.02, 0.002
WITHOUT_TRIP, WITHOUT_BEARING, WITHOUT_SPEED = 0.30, 0.15, 0.10


class Reports(NamedTuple):
    """Positions as sent, in order of receipt, each beside the truth it was taken of."""

    vehicle: I32
    timestamp: F64
    """epoch s of the fix"""
    received: F64
    """epoch s it reaches the server"""
    lat: F64
    lon: F64
    bearing: F32
    """degrees, NaN not sent"""
    speed: F32
    trip: I32
    """published trip, −1 not sent"""
    route: I32
    outlier: I8
    phase: I8
    """true state: simulated_dispatch.Phase"""
    run: I32
    pattern: I32
    distance: F64
    """true metres along the pattern's shape, NaN on no run"""


class Equipment:
    """The units of V vehicles. `devices` draws what they are, `noise` what happens to them."""

    def __init__(
        self, ways: Ways, timetable: Timetable, count: int, devices: np.random.Generator, noise: np.random.Generator
    ) -> None:  # fmt: skip
        self._noise = noise
        self._trip_of_run = timetable.run_trip
        self._route_of_pattern = np.array([pattern.route for pattern in ways.patterns], np.int32)
        self.interval = devices.choice(INTERVALS, count)
        self._offset = devices.integers(0, 30, count)
        self.sends_trip = devices.permutation(count) >= round(WITHOUT_TRIP * count)
        nameless = devices.permutation(np.flatnonzero(~self.sends_trip))
        self.sends_route = np.ones(count, np.bool_)
        self.sends_route[nameless[: len(nameless) // 2]] = False
        self._sends_bearing = devices.random(count) >= WITHOUT_BEARING
        self._sends_speed = devices.random(count) >= WITHOUT_SPEED
        self._on_when_parked = devices.random(count) >= 1 / 3
        self._drift = noise.normal(0.0, DRIFT, (count, 2))
        self._bearing = np.full(count, np.nan)
        self._silent_until = np.zeros(count)

    def reports(self, truth: Truth) -> Reports:
        """What the units send of this second, in order of vehicle; `received` may lie minutes ahead."""
        turn = (truth.at + self._offset) // self.interval
        parked = truth.phase == Phase.PARKED
        due = (truth.at + self._offset) % self.interval == 0
        due &= ~parked | (self._on_when_parked & (turn % PARKED_EVERY == 0))
        vehicles = np.flatnonzero(due)
        x, y = self._fix(vehicles, truth)
        noise, count = self._noise, len(vehicles)
        outlier = noise.random(count) < OUTLIERS
        far, way = noise.uniform(50, 400, count), noise.uniform(0, 2 * np.pi, count)
        x, y = x + outlier * far * np.cos(way), y + outlier * far * np.sin(way)
        late = noise.random(count) < LATE
        delay = np.where(late, noise.uniform(20, 240, count), noise.uniform(0.5, 4.0, count))
        sent = self._sent(vehicles, truth.at)
        lat, lon = to_degrees(x, y)
        on_run = truth.pattern[vehicles] >= 0
        run, pattern = truth.run[vehicles], truth.pattern[vehicles]
        found = Reports(
            vehicles.astype(np.int32), np.full(count, float(truth.at)), truth.at + delay, lat.round(6), lon.round(6),
            self._bearings(vehicles, truth), self._speeds(vehicles, truth),
            np.where(on_run & self.sends_trip[vehicles], self._trip_of_run[run], -1).astype(np.int32),
            np.where(on_run & self.sends_route[vehicles], self._route_of_pattern[pattern], -1).astype(np.int32),
            outlier.astype(np.int8), truth.phase[vehicles], np.where(on_run, run, -1).astype(np.int32), pattern,
            truth.distance[vehicles],
        )  # fmt: skip
        twice = np.flatnonzero(sent & (noise.random(count) < TWICE))
        found_once = select(found, np.flatnonzero(sent))
        if not len(twice):
            return found_once
        again = select(found, twice)
        again = again._replace(received=again.received + noise.uniform(0.5, 8.0, len(again.received)))
        return join([found_once, again])

    def _fix(self, vehicles: NDArray[np.int64], truth: Truth) -> tuple[F64, F64]:
        keep = np.exp(-self.interval[vehicles] / DRIFT_MEMORY)[:, None]
        fresh = self._noise.normal(0.0, DRIFT, (len(vehicles), 2))
        self._drift[vehicles] = drift = keep * self._drift[vehicles] + np.sqrt(1 - keep * keep) * fresh
        white = self._noise.normal(0.0, WHITE, (len(vehicles), 2))
        return truth.x[vehicles] + drift[:, 0] + white[:, 0], truth.y[vehicles] + drift[:, 1] + white[:, 1]

    def _sent(self, vehicles: NDArray[np.int64], now: int) -> NDArray[np.bool_]:
        falls_silent = self._noise.random(len(vehicles)) < SILENCES
        length = self._noise.uniform(60, 360, len(vehicles))
        self._silent_until[vehicles[falls_silent]] = now + length[falls_silent]
        lost = self._noise.random(len(vehicles)) < LOST
        return np.asarray(~lost & (self._silent_until[vehicles] <= now))

    def _bearings(self, vehicles: NDArray[np.int64], truth: Truth) -> F32:
        seen = (truth.heading[vehicles] + self._noise.normal(0.0, 6.0, len(vehicles))) % 360.0
        self._bearing[vehicles] = np.where(truth.speed[vehicles] >= 1.0, seen, self._bearing[vehicles])
        return np.where(self._sends_bearing[vehicles], self._bearing[vehicles].round(1), np.nan).astype(np.float32)

    def _speeds(self, vehicles: NDArray[np.int64], truth: Truth) -> F32:
        seen = np.maximum(truth.speed[vehicles] + self._noise.normal(0.0, 0.3, len(vehicles)), 0.0)
        return np.where(self._sends_speed[vehicles], seen.round(1), np.nan).astype(np.float32)


def select(reports: Reports, rows: NDArray[np.int64]) -> Reports:
    """Some of the reports, in the order of `rows`."""
    columns: tuple[Any, ...] = tuple(column[rows] for column in reports)
    return Reports(*columns)


def join(batches: list[Reports]) -> Reports:
    """Batches one behind the other; there must be one at least."""
    columns: tuple[Any, ...] = tuple(np.concatenate(parts) for parts in zip(*batches))
    return Reports(*columns)
