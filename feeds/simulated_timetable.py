"""The timetable of the simulated district: scheduled times, trips, and the blocks that vehicles work.

A *run* is one drive of a pattern on one service day. Runs of ordinary lines are GTFS trips of the same number; runs of a
line that operates by headway are not published, they all carry the trip id of their direction's template. Times are
seconds of the service day and pass 86,400. Running times are planned from the usual traffic of the hour, lights and
stops included, plus a little slack, so that an ordinary bus is about on time.
"""
from __future__ import annotations

import datetime
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from feeds.simulated_lines import DAY_END, DAY_START, LINES, NIGHT, PEAKS, SHORT_TURNS, departures, headway_at
from feeds.simulated_streets import Streets
from feeds.simulated_traffic import DAY, usual_load
from feeds.simulated_ways import Ways
from transit.kernels.columns import F64, I32, I64, U8

EVERY_DAY, WEEKDAYS = 0, 1
HOLIDAYS = ((1, 1), (10, 1))
"""(month, day) when the weekday extras do not run, whatever the weekday."""
LAYOVER = 300
"""s planned at a terminal, at the least."""
LONGEST_WAIT = 1500
"""s a vehicle waits at a terminal for its next run; for a later one it goes home."""
LONGEST_BLOCK = 15 * 3600
TIMEPOINT_EVERY = 5
SLOT = 1800
"""s: running times are planned per half-hour of departure."""
NOON = DAY // SLOT // 2
_STOP_SECONDS, _LIGHT_SECONDS, _SLACK = 19.0, 15.0, 1.04


class Trip(NamedTuple):
    """A published GTFS trip."""

    trip_id: str
    pattern: int
    service: int
    template: bool


@dataclass(frozen=True)
class Timetable:
    """R runs in order of departure, B blocks."""

    trips: tuple[Trip, ...]
    templates: tuple[tuple[int, int, int, int], ...]
    """(trip, start, end, headway): the rows of frequencies.txt."""
    run_trip: I32
    """[R] index in `trips`."""
    run_pattern: I32
    run_service: U8
    run_held: U8
    """[R] 1: waits for its times at timepoints; 0: keeps a headway instead."""
    run_departure: I32
    time_start: I64
    """[R + 1]"""
    times: I32
    """when the run should leave each stop; at the last, reach it."""
    block_start: I64
    """[B + 1]"""
    block_run: I32
    block_service: U8
    timepoints: tuple[U8, ...]
    """[patterns] each [stops] 1 where a bus waits for its time."""
    pull_out_seconds: F64
    """[terminals] planned from the depot, at any hour."""

    def run_times(self, run: int) -> I32:
        """Times of one run at its stops."""
        return self.times[self.time_start[run] : self.time_start[run + 1]]

    def runs_of_block(self, block: int) -> list[int]:
        """Runs of a block in order."""
        found: list[int] = self.block_run[self.block_start[block] : self.block_start[block + 1]].tolist()
        return found


def services_on(date: datetime.date) -> tuple[int, ...]:
    """Services that run on a date; the calendar tables say the same."""
    extras = date.weekday() < 5 and (date.month, date.day) not in HOLIDAYS
    return (EVERY_DAY, WEEKDAYS) if extras else (EVERY_DAY,)


def build_timetable(streets: Streets, ways: Ways, generator: np.random.Generator) -> Timetable:
    """Plan every departure, its times, and the blocks."""
    profiles = _profiles(streets, ways)
    trips, planned = _runs(ways, profiles, generator)
    planned.sort()
    templates = [
        (number, start, end, headway)
        for number, trip in enumerate(trips) if trip.template
        for start, end, headway in _periods(ways.patterns[trip.pattern].route)
    ]  # fmt: skip
    departure = np.array([run[0] for run in planned], np.int32)
    pattern = np.array([trips[run[1]].pattern for run in planned], np.int32)
    times = [profiles[p][(d % DAY) // SLOT] + d for p, d in zip(pattern.tolist(), departure.tolist())]
    service = np.array([trips[run[1]].service for run in planned], np.uint8)
    ends = np.array([int(time[-1]) for time in times], np.int32)
    blocks = _blocks(ways, pattern, departure, ends, service)
    return Timetable(
        trips=tuple(trips), templates=tuple(templates),
        run_trip=np.array([run[1] for run in planned], np.int32), run_pattern=pattern, run_service=service,
        run_held=np.array([not trips[run[1]].template for run in planned], np.uint8), run_departure=departure,
        time_start=_starts([len(time) for time in times]), times=np.concatenate(times).astype(np.int32),
        block_start=_starts([len(block) for block in blocks]),
        block_run=np.array([run for block in blocks for run in block], np.int32),
        block_service=np.array([service[block[0]] for block in blocks], np.uint8),
        timepoints=tuple(_timepoints(int(count)) for count in np.diff(ways.stop_start[: len(ways.patterns) + 1])),
        pull_out_seconds=np.array([ways.length[ways.pull_out(t)] / 7.0 + 60.0 for t in range(len(ways.terminals))]),
    )  # fmt: skip


def template_times(timetable: Timetable, trip: int) -> I32:
    """The running-time template of a line that operates by headway: a run at 10:00, moved to start at 0."""
    runs = np.flatnonzero((timetable.run_trip == trip) & (timetable.run_departure >= 10 * 3600))
    times = timetable.run_times(int(runs[0]))
    return np.asarray(times - times[0], np.int32)


def _profiles(streets: Streets, ways: Ways) -> list[list[I32]]:
    """[patterns][half-hour] seconds from departure to each stop, drawn up with that half-hour's usual traffic."""
    paces = [(1.0 + usual_load(streets, slot * SLOT + SLOT / 2)) / streets.edge_free for slot in range(DAY // SLOT)]
    found = []
    for pattern in range(len(ways.patterns)):
        a, b = ways.edge_start[pattern], ways.edge_start[pattern + 1]
        edges, begins = ways.edge[a:b], np.append(ways.edge_key[a:b] - ways.edge_key[a], ways.length[pattern])
        stops = ways.stop_at[ways.stop_start[pattern] : ways.stop_start[pattern + 1]]
        lights = ways.light_at[ways.light_start[pattern] : ways.light_start[pattern + 1]]
        waits = _LIGHT_SECONDS * np.searchsorted(lights, stops) + _STOP_SECONDS * np.arange(len(stops))
        rows = []
        for pace in paces:
            driving = np.concatenate(([0.0], np.cumsum(np.diff(begins) * pace[edges])))
            rows.append(np.round(_SLACK * (np.interp(stops, begins, driving) + waits)).astype(np.int32))
        found.append(rows)
    return found


def _runs(
    ways: Ways, profiles: list[list[I32]], generator: np.random.Generator
) -> tuple[list[Trip], list[tuple[int, int]]]:  # fmt: skip
    """(published trips, [(departure, trip)] of all runs)."""
    phase = 0.0
    trips: list[Trip] = []
    runs: list[tuple[int, int]] = []
    for number, pattern in enumerate(ways.patterns):
        line = LINES[pattern.route]
        prefix = f"{line.route_id}-{pattern.direction}"
        if pattern.short:
            short = next(short for short in SHORT_TURNS if short.route_id == line.route_id)
            times = list(range(short.hours[0] + pattern.direction * short.headway // 2, short.hours[1], short.headway))
            suffix = "Q"
        else:
            # Direction 1 leaves when the vehicles of direction 0 have come and rested: no bus waits longer than it must.
            rest = (int(profiles[number - 1][NOON][-1]) + LAYOVER) / line.headways[1]
            phase = float(generator.random()) if pattern.direction == 0 else (phase + rest) % 1.0
            times, suffix = departures(line, phase), ""
        if line.frequent:
            runs += [(time, len(trips)) for time in times]
            trips.append(Trip(f"{prefix}-F", number, EVERY_DAY, True))
            continue
        for time in times:
            runs.append((time, len(trips)))
            trips.append(Trip(f"{prefix}-{_clock(time)}{suffix}", number, EVERY_DAY, False))
        if line.extras:
            for time in (time + headway_at(line, time) // 120 * 60 for time in times if any(a <= time < b for a, b in PEAKS)):
                runs.append((time, len(trips)))
                trips.append(Trip(f"{prefix}-{_clock(time)}W", number, WEEKDAYS, False))
    return trips, runs


def _periods(route: int) -> list[tuple[int, int, int]]:
    """(start, end, headway) of a headway line through the service day."""
    edges = sorted({DAY_START, NIGHT[1], *PEAKS[0], *PEAKS[1], NIGHT[0], DAY_END})
    return [(start, end, headway_at(LINES[route], start)) for start, end in pairwise(edges)]


def _blocks(ways: Ways, pattern: I32, departure: I32, end: I32, service: U8) -> list[list[int]]:
    """Chain runs to blocks: each run takes the vehicle of its group that came last to its first terminal."""
    idle: dict[tuple[object, ...], list[tuple[int, int]]] = {}
    blocks: list[list[int]] = []
    for run, one in enumerate(pattern.tolist()):
        line = LINES[ways.patterns[one].route]
        group = line.group or line.route_id
        waiting = idle.setdefault((group, int(service[run]), int(ways.first_terminal[one])), [])
        now = int(departure[run])
        waiting[:] = [item for item in waiting if now - item[0] <= LONGEST_WAIT]
        ready = [item for item in waiting if item[0] <= now and end[run] - departure[blocks[item[1]][0]] <= LONGEST_BLOCK]
        if ready:
            chosen = max(ready)
            waiting.remove(chosen)
            block = chosen[1]
        else:
            block = len(blocks)
            blocks.append([])
        blocks[block].append(run)
        home = (group, int(service[run]), int(ways.last_terminal[one]))
        idle.setdefault(home, []).append((int(end[run]) + LAYOVER, block))
    return blocks


def _timepoints(count: int) -> U8:
    found = np.zeros(count, np.uint8)
    found[: count - 1 : TIMEPOINT_EVERY] = 1
    return found


def _clock(second: int) -> str:
    return f"{second // 3600:02d}{second // 60 % 60:02d}"


def _starts(counts: list[int]) -> I64:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
