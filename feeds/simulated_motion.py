"""How the buses of the simulated district move: exact truth in steps of one second, all vehicles at once.

A bus accelerates to what the street allows, brakes for its next stop and for red lights, stands while passengers board
(the longer the gap before it, the more of them, so buses bunch as real ones do), waits for its time at timepoints and at
terminals, and drives from and to the depot on no trip. Every call at a stop is logged when it is over: arrival is the
second the bus came to the stop's place, departure the second it moved on; a stop nobody wanted has both at its passing.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.simulated_dispatch import Buses, Dispatch, Phase, place, service_day
from feeds.simulated_streets import Streets
from feeds.simulated_timetable import Timetable
from feeds.simulated_traffic import DAY, UTC_OFFSET, Traffic
from feeds.simulated_ways import Ways
from transit.kernels.columns import F64, I8, I32, I64

ACCELERATION, BRAKING, HARD_BRAKING = 1.0, 1.1, 1.9
"""m/s²; a light that turns red closer than hard braking could stop is passed."""
LANE = 3.0
"""m right of the street's line where buses drive."""
YARD = 80.0
"""m of a deadhead next to the depot on which a bus comes from or goes to its own parking place."""
_SNAP = 1.0
_ON_RUN = np.array([phase in (Phase.LAYOVER, Phase.DRIVING, Phase.AT_STOP) for phase in Phase])
_DEADHEAD = np.array([phase in (Phase.PULL_OUT, Phase.PULL_IN) for phase in Phase])
_MOVING = _DEADHEAD | (np.arange(len(Phase)) == Phase.DRIVING)
_DOORS, _BOARDING, _LONGEST_DWELL = 6.0, 2.2, 70.0
_WANTED = 0.9
"""how often somebody wants a stop that is no timepoint"""
_SHORTEST_LAYOVER, _DRIVER_DELAY = 90.0, 12.0


class Truth(NamedTuple):
    """Where every vehicle really is at one second; V rows, row v is vehicle v."""

    at: int
    phase: I8
    run: I32
    """−1 while on no run and going to none"""
    pattern: I32
    """−1 on deadheads and in the depot"""
    distance: F64
    """m along the pattern's shape, NaN without one"""
    x: F64
    y: F64
    heading: F64
    speed: F64


class Calls(NamedTuple):
    """Finished calls at stops, in order of departure."""

    vehicle: I32
    run: I32
    day: F64
    """epoch s of the service day's start"""
    nth: I32
    """stop of the pattern, from 0; GTFS stop_sequence is one more"""
    arrival: F64
    departure: F64


class Motion:
    """The moving fleet. `step` goes one second on; state depends on the number of steps only."""

    def __init__(self, streets: Streets, ways: Ways, timetable: Timetable, generator: np.random.Generator, at: int) -> None:
        self._ways, self._timetable, self._generator = ways, timetable, generator
        self._traffic = Traffic(streets, generator, at)
        self._dispatch = Dispatch(ways, timetable)
        self.count = self._dispatch.vehicles_needed()
        self.buses = Buses(self.count, ways.pull_out(0), generator)
        self._yard = generator.uniform(-35, 35, (self.count, 2))
        self._served = np.full(len(ways.stops), float(at) - 300.0)
        self._calls: list[tuple[int, int, float, int, float, float]] = []
        self.cancelled: frozenset[tuple[int, float]] = frozenset()
        """(run, service day) that no bus begins any more"""
        self.closed: frozenset[int] = frozenset()
        """stops where no bus halts"""
        self.now = at
        today = service_day(at)
        for day in (today - DAY, today):
            for block in self._dispatch.add_day(day, at):
                self._put(day, block, float(at))

    def step(self) -> None:
        """Go on to the next second."""
        self.now += 1
        self._traffic.advance(self.now)
        if (self.now + UTC_OFFSET) % DAY == 0:
            self._dispatch.add_day(float(self.now), self.now)
        self._pull_out()
        self._leave()
        self._drive()
        self._arrive()

    def truth(self) -> Truth:
        """Where every vehicle is at second `now`."""
        buses = self.buses
        on_run = _ON_RUN[buses.phase]
        x, y, heading = self._ways.locate(buses.way, buses.distance)
        turned = np.radians(heading)
        x, y = x + LANE * np.cos(turned), y - LANE * np.sin(turned)
        out, home = buses.distance, self._ways.length[buses.way] - buses.distance
        to_depot = np.where(buses.phase == Phase.PULL_IN, home, np.where(buses.phase == Phase.PULL_OUT, out, np.inf))
        aside = np.where(buses.phase == Phase.PARKED, 1.0, np.clip(1.0 - to_depot / YARD, 0.0, 1.0))
        return Truth(
            self.now, buses.phase.copy(), buses.run.copy(),
            np.where(on_run, buses.way, -1).astype(np.int32), np.where(on_run, buses.distance, np.nan),
            x + aside * self._yard[:, 0], y + aside * self._yard[:, 1], heading, buses.speed.copy(),
        )  # fmt: skip

    def blocks_on(self, day: float) -> list[int]:
        """Blocks of the service day that starts at `day` (epoch s)."""
        return self._dispatch.blocks_on(day)

    def assigned_runs(self) -> set[tuple[int, float]]:
        """(run, service day) of all buses that have one."""
        has = self.buses.run >= 0
        return set(zip(self.buses.run[has].tolist(), self.buses.day[has].tolist()))

    def take_calls(self) -> Calls:
        """Calls finished since the last time they were taken."""
        columns = list(zip(*self._calls)) or [()] * 6
        self._calls = []
        kinds = (np.int32, np.int32, np.float64, np.int32, np.float64, np.float64)
        return Calls(*(np.array(column, kind) for column, kind in zip(columns, kinds)))

    def _put(self, day: float, block: int, now: float) -> None:
        vehicle = self._longest_parked(1)
        if len(vehicle):
            late = float(np.clip(self._generator.normal(30.0, 60.0), -20.0, 300.0))
            place(self.buses, int(vehicle[0]), self._ways, self._timetable, day, block, now, late)

    def _longest_parked(self, count: int) -> I64:
        parked = np.flatnonzero(self.buses.phase == Phase.PARKED)
        return parked[np.argsort(self.buses.parked_since[parked], kind="stable")][:count]

    def _pull_out(self) -> None:
        due = self._dispatch.due(self.now, int((self.buses.phase == Phase.PARKED).sum()))
        if not due:
            return
        buses = self.buses
        for vehicle, (day, block) in zip(self._longest_parked(len(due)), due):
            buses.phase[vehicle] = Phase.PULL_OUT
            buses.way[vehicle] = self._ways.pull_out(int(self._dispatch.first_terminal[block]))
            buses.distance[vehicle] = buses.speed[vehicle] = buses.next_light[vehicle] = buses.nth_run[vehicle] = 0
            buses.day[vehicle], buses.block[vehicle] = day, block
            buses.run[vehicle] = self._timetable.block_run[self._timetable.block_start[block]]

    def _leave(self) -> None:
        """Buses whose time at a stop or terminal is over go on."""
        buses = self.buses
        leaving = np.flatnonzero(buses.until <= self.now)
        if not len(leaving):
            return
        buses.until[leaving] = np.inf
        first = buses.phase[leaving] == Phase.LAYOVER
        buses.next_stop[leaving[first]] = 0
        buses.next_light[leaving[first]] = 0
        self._log(leaving)
        last = buses.next_stop[leaving] == self._stops_of(leaving) - 1
        self._go_on(leaving[~last])
        for vehicle in leaving[last].tolist():
            self._finish_run(vehicle)

    def _go_on(self, vehicles: I64) -> None:
        """Turn to the next stop; whether anybody wants it is known from here on."""
        buses = self.buses
        buses.phase[vehicles] = Phase.DRIVING
        buses.next_stop[vehicles] += 1
        wanted = self._generator.random(len(vehicles)) < _WANTED
        last = buses.next_stop[vehicles] == self._stops_of(vehicles) - 1
        buses.halts[vehicles] = wanted | last | self._timepoint(vehicles)
        if self.closed:
            stop = self._ways.stop[self._ways.stop_start[buses.way[vehicles]] + buses.next_stop[vehicles]]
            buses.halts[vehicles] &= last | ~np.isin(stop, list(self.closed))

    def _finish_run(self, vehicle: int) -> None:
        buses, table = self.buses, self._timetable
        runs = table.runs_of_block(int(buses.block[vehicle]))
        buses.nth_run[vehicle] += 1
        day = float(buses.day[vehicle])
        while buses.nth_run[vehicle] < len(runs) and (runs[buses.nth_run[vehicle]], day) in self.cancelled:
            buses.nth_run[vehicle] += 1
        buses.distance[vehicle] = buses.speed[vehicle] = buses.next_light[vehicle] = 0
        if buses.nth_run[vehicle] < len(runs):
            buses.run[vehicle] = runs[buses.nth_run[vehicle]]
            self._lay_over(vehicle)
        else:
            terminal = int(self._ways.last_terminal[table.run_pattern[runs[-1]]])
            buses.phase[vehicle], buses.way[vehicle] = Phase.PULL_IN, self._ways.pull_in(terminal)
            buses.run[vehicle] = buses.block[vehicle] = -1

    def _lay_over(self, vehicle: int) -> None:
        """Stand at the first stop of the vehicle's run until its time has come."""
        buses, table = self.buses, self._timetable
        run = int(buses.run[vehicle])
        planned = float(buses.day[vehicle]) + float(table.run_departure[run])
        if not table.run_held[run]:
            planned += float(self._generator.normal(0.0, 45.0))
        delay = float(self._generator.exponential(_DRIVER_DELAY))
        buses.phase[vehicle], buses.way[vehicle] = Phase.LAYOVER, table.run_pattern[run]
        buses.distance[vehicle] = buses.speed[vehicle] = 0.0
        buses.arrived[vehicle] = self.now
        buses.until[vehicle] = max(planned, self.now + _SHORTEST_LAYOVER) + delay

    def _drive(self) -> None:
        buses, ways = self.buses, self._ways
        moving = np.flatnonzero(_MOVING[buses.phase])
        way, at, speed = buses.way[moving], buses.distance[moving], buses.speed[moving]
        on_run = buses.phase[moving] == Phase.DRIVING
        call = np.where(on_run, ways.stop_start[way] + buses.next_stop[moving], 0)
        halt = np.where(on_run, np.where(buses.halts[moving] == 1, ways.stop_at[call], np.inf), ways.length[way])
        light = ways.light_start[way] + buses.next_light[moving]
        has_light = light < ways.light_start[way + 1]
        light = np.minimum(light, len(ways.light_at) - 1)
        red = has_light & self._traffic.red(ways.light_node[light], ways.light_axis[light], self.now)
        to_line = ways.light_at[light] - at
        stops_for_it = red & (to_line >= speed * speed / (2 * HARD_BRAKING))
        gap = np.maximum(np.minimum(halt - at, np.where(stops_for_it, to_line, np.inf)), 0.0)
        limit = self._traffic.speed[ways.edge_at(way, at)] * buses.style[moving]
        speed = np.maximum(np.minimum(speed + ACCELERATION, limit), speed - BRAKING)
        speed = np.minimum(np.minimum(speed, np.sqrt(2 * BRAKING * gap)), gap)
        buses.distance[moving] = at = np.where(gap - speed < _SNAP, np.minimum(at + gap, halt), at + speed)
        buses.speed[moving] = speed
        buses.next_light[moving] += has_light & (at > ways.light_at[light])

    def _arrive(self) -> None:
        """Buses that came to their stop, terminal or depot."""
        buses, ways = self.buses, self._ways
        driving = np.flatnonzero(buses.phase == Phase.DRIVING)
        call = ways.stop_start[buses.way[driving]] + buses.next_stop[driving]
        there = buses.distance[driving] >= ways.stop_at[call] - 1e-6
        came, call = driving[there], call[there]
        buses.arrived[came] = self.now
        stand = buses.halts[came] == 1
        self._stand(came[stand], ways.stop[call[stand]])
        self._log(came[~stand])
        self._go_on(came[~stand])
        home = _DEADHEAD[buses.phase] & (buses.distance >= ways.length[buses.way] - 1e-6)
        for vehicle in np.flatnonzero(home).tolist():
            if buses.phase[vehicle] == Phase.PULL_OUT:
                self._lay_over(vehicle)
            else:
                buses.phase[vehicle], buses.parked_since[vehicle], buses.speed[vehicle] = Phase.PARKED, self.now, 0.0

    def _stand(self, vehicles: I64, stop: I32) -> None:
        buses, table = self.buses, self._timetable
        buses.phase[vehicles], buses.speed[vehicles] = Phase.AT_STOP, 0.0
        rate = np.array([self._ways.stops[one].boarding for one in stop.tolist()]) * _demand(self.now)
        gap = np.minimum(self.now - self._served[stop], 1200.0)
        boarding = self._generator.poisson(rate * gap)
        until = self.now + np.round(np.minimum(_DOORS + _BOARDING * boarding, _LONGEST_DWELL))
        run = buses.run[vehicles]
        planned = buses.day[vehicles] + table.times[table.time_start[run] + buses.next_stop[vehicles]]
        held = self._timepoint(vehicles) & (table.run_held[run] == 1)
        buses.until[vehicles] = np.where(held, np.maximum(until, planned), until)

    def _log(self, vehicles: I64) -> None:
        buses = self.buses
        stop = self._ways.stop[self._ways.stop_start[buses.way[vehicles]] + buses.next_stop[vehicles]]
        self._served[stop] = self.now
        for v in vehicles.tolist():
            nth, arrived = int(buses.next_stop[v]), float(buses.arrived[v])
            self._calls.append((v, int(buses.run[v]), float(buses.day[v]), nth, arrived, float(self.now)))

    def _stops_of(self, vehicles: I64) -> I64:
        way = self.buses.way[vehicles]
        return self._ways.stop_start[way + 1] - self._ways.stop_start[way]

    def _timepoint(self, vehicles: I64) -> NDArray[np.bool_]:
        buses = self.buses
        return np.array(
            [self._timetable.timepoints[buses.way[v]][buses.next_stop[v]] == 1 for v in vehicles.tolist()], np.bool_
        )


def _demand(now: int) -> float:
    """Passengers relative to a day outside the peaks."""
    hour = (now + UTC_OFFSET) % DAY / 3600
    if hour < 5.5 or hour > 22.5:
        return 0.25
    return 1.4 if 7 <= hour < 9 or 16.5 <= hour < 19 else 1.0
