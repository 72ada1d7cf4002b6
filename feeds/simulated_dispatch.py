"""Which vehicle of the simulated district works which block, and where each is when the simulation begins.

A block's vehicle leaves the depot in time for its first run; it is the one parked longest. When all are out, the block
waits for the next that comes home, and starts late. At the start every block that is out by timetable gets a vehicle
where the timetable says it is, a little late or early as buses are.
"""
from __future__ import annotations

import datetime
from enum import IntEnum

import numpy as np

from feeds.simulated_timetable import Timetable, services_on
from feeds.simulated_traffic import DAY, UTC_OFFSET
from feeds.simulated_ways import Ways
from transit.kernels.columns import F64, I8, I32

READY_BEFORE = 240
"""s a vehicle plans to stand at its first terminal before its first run."""


class Phase(IntEnum):
    """What a simulated bus is doing."""

    PARKED = 0
    PULL_OUT = 1
    """on its way from the depot, on no trip"""
    LAYOVER = 2
    """at a terminal, before its next run"""
    DRIVING = 3
    AT_STOP = 4
    PULL_IN = 5
    """on its way home, on no trip"""

    @property
    def word(self) -> str:
        """Lower-case name, for files."""
        return self.name.lower()


class Buses:
    """State of V vehicles, one array each. `run` is the current or next run, −1 on the way home and in the depot."""

    def __init__(self, count: int, depot_way: int, generator: np.random.Generator) -> None:
        self.phase: I8 = np.full(count, Phase.PARKED, np.int8)
        self.way: I32 = np.full(count, depot_way, np.int32)
        """`depot_way` begins in the depot, where all are to begin with"""
        self.distance: F64 = np.zeros(count)
        """m along the way"""
        self.speed: F64 = np.zeros(count)
        self.block: I32 = np.full(count, -1, np.int32)
        self.nth_run: I32 = np.zeros(count, np.int32)
        self.run: I32 = np.full(count, -1, np.int32)
        self.day: F64 = np.full(count, np.nan)
        """epoch s at which the service day of the block starts"""
        self.next_stop: I32 = np.zeros(count, np.int32)
        """the stop of the pattern it drives to or stands at"""
        self.halts: I8 = np.zeros(count, np.int8)
        """1: it will stop there, nobody wants to otherwise"""
        self.next_light: I32 = np.zeros(count, np.int32)
        self.arrived: F64 = np.full(count, np.nan)
        """epoch s it came to where it stands"""
        self.until: F64 = np.full(count, np.inf)
        """epoch s it will leave"""
        self.parked_since: F64 = np.arange(count, dtype=np.float64) - 1e9
        self.style: F64 = generator.uniform(0.9, 1.08, count)
        """this driver's speed relative to the traffic's"""


class Dispatch:
    """Blocks of the service days, in order of leaving the depot."""

    def __init__(self, ways: Ways, timetable: Timetable) -> None:
        self._timetable = timetable
        firsts = timetable.block_run[timetable.block_start[:-1]]
        lasts = timetable.block_run[timetable.block_start[1:] - 1]
        self.first_terminal = ways.first_terminal[timetable.run_pattern[firsts]]
        last_terminal = ways.last_terminal[timetable.run_pattern[lasts]]
        self._leaves = timetable.run_departure[firsts] - timetable.pull_out_seconds[self.first_terminal] - READY_BEFORE
        self._returns = timetable.times[timetable.time_start[lasts + 1] - 1] + timetable.pull_out_seconds[last_terminal]
        self._queue: list[tuple[float, float, int]] = []

    def vehicles_needed(self) -> int:
        """Most vehicles out at once, by timetable, on a day with every service, and six in reserve."""
        times = np.concatenate((self._leaves, self._leaves + DAY, self._returns + 1200, self._returns + 1200 + DAY))
        change = np.repeat((1, 1, -1, -1), len(self._leaves))
        return int(np.cumsum(change[np.argsort(times, kind="stable")]).max()) + 6

    def blocks_on(self, day: float) -> list[int]:
        """Blocks of the service day that starts at `day` (epoch s)."""
        date = datetime.date.fromordinal(round((day + UTC_OFFSET) / DAY) + datetime.date(1970, 1, 1).toordinal())
        return np.flatnonzero(np.isin(self._timetable.block_service, services_on(date))).tolist()

    def add_day(self, day: float, after: float) -> list[int]:
        """Queue the blocks of a service day that leave after that instant; returns those that are out at it."""
        blocks = self.blocks_on(day)
        self._queue += [(day + float(self._leaves[block]), day, block) for block in blocks if day + self._leaves[block] > after]
        self._queue.sort()
        return [block for block in blocks if day + self._leaves[block] <= after < day + self._returns[block]]

    def due(self, now: float, at_most: int) -> list[tuple[float, int]]:
        """Take (service day, block) of the blocks whose time to leave has come, as many as there are vehicles."""
        count = 0
        while count < min(at_most, len(self._queue)) and self._queue[count][0] <= now:
            count += 1
        taken, self._queue = self._queue[:count], self._queue[count:]
        return [(day, block) for _, day, block in taken]


def service_day(now: float) -> float:
    """Epoch s of the local midnight at or before an instant."""
    return float((now + UTC_OFFSET) // DAY * DAY - UTC_OFFSET)


def place(
    buses: Buses, vehicle: int, ways: Ways, timetable: Timetable, day: float, block: int, now: float, late: float
) -> None:  # fmt: skip
    """Put a parked vehicle where its block is by timetable, `late` seconds behind."""
    runs = timetable.runs_of_block(block)
    second = now - late - day
    departures = timetable.run_departure[runs]
    nth = max(0, int(np.searchsorted(departures, second, side="right")) - 1)
    if timetable.run_times(runs[nth])[-1] <= second:
        nth += 1
        if nth == len(runs):
            return
    run = runs[nth]
    way = int(timetable.run_pattern[run])
    buses.day[vehicle], buses.block[vehicle], buses.nth_run[vehicle], buses.run[vehicle] = day, block, nth, run
    buses.way[vehicle], buses.distance[vehicle], buses.speed[vehicle] = way, 0.0, 0.0
    if second <= departures[nth]:
        buses.phase[vehicle], buses.arrived[vehicle] = Phase.LAYOVER, now
        buses.until[vehicle] = max(now + 1.0, day + departures[nth])
        return
    stops = ways.stop_at[ways.stop_start[way] : ways.stop_start[way + 1]]
    at = float(np.interp(second, timetable.run_times(run), stops))
    lights = ways.light_at[ways.light_start[way] : ways.light_start[way + 1]]
    buses.phase[vehicle], buses.distance[vehicle] = Phase.DRIVING, at
    buses.next_stop[vehicle] = min(int(np.searchsorted(stops, at, side="right")), len(stops) - 1)
    buses.halts[vehicle] = 1
    buses.next_light[vehicle] = np.searchsorted(lights, at, side="right")
