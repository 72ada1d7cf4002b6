"""What goes wrong in the simulated district now and then: a round trip is cancelled, a stop is closed for road works.

The buses obey: one whose round trip is cancelled waits at its terminal for the run after it, and nobody halts at a closed stop.
A cancelled run is known some time before it would begin. The same district, seed and instants give the same incidents.
"""

from __future__ import annotations

import datetime

import numpy as np

from feeds.simulated import District
from feeds.simulated_dispatch import service_day
from feeds.simulated_traffic import DAY, UTC_OFFSET
from transit.changes import Alert, CancelledTrip, Informed, Period, Statements, TripRun

EVERY = 600
"""s between two round trips that are cancelled"""
NOTICE = (600.0, 3000.0)
"""s before its start that a cancellation becomes known: a rider sees it on the board for a while"""
CLOSED_EVERY, CLOSED_FOR = 1200, 1800
"""s between two closings, and how long each lasts: one or two stops are closed at a time"""
_KEPT = 7200.0
"""s after its start that a cancelled run is still told of"""


class Incidents:
    """Of a district that has been started. `advance` with times that do not go back."""

    def __init__(self, district: District, seed: int) -> None:
        self._district = district
        self._generator = np.random.default_rng([seed, 5])
        self._cancelled: dict[tuple[int, float], float] = {}
        self._closed: dict[int, Period] = {}
        self._next_cancelled = self._next_closed = -np.inf

    def advance(self, now: float) -> Statements:
        """Let happen what is due at `now` (epoch s), tell the buses, and say what holds."""
        if now >= self._next_cancelled:
            self._next_cancelled = now + EVERY
            self._cancel(now)
        if now >= self._next_closed:
            self._next_closed = now + CLOSED_EVERY
            self._close(now)
        self._cancelled = {run: begin for run, begin in self._cancelled.items() if now < begin + _KEPT}
        self._closed = {stop: period for stop, period in self._closed.items() if now < period.end}
        self._district.hold_back(frozenset(self._cancelled), frozenset(self._closed))
        return Statements(
            cancelled=tuple(self._cancellation(*run) for run in sorted(self._cancelled)),
            alerts=tuple(self._alert(stop, period) for stop, period in sorted(self._closed.items())),
        )

    def _cancel(self, now: float) -> None:
        choices = self._round_trips(now)
        if choices:
            chosen = choices[int(self._generator.integers(len(choices)))]
            begins = self._district.timetable.run_departure
            self._cancelled |= {(run, day): day + float(begins[run]) for run, day in chosen}

    def _round_trips(self, now: float) -> list[list[tuple[int, float]]]:
        """Runs in a row of a block that begin soon, come back to where they begin, and that no bus waits for yet."""
        table, ways = self._district.timetable, self._district.ways
        first, last = (ends[table.run_pattern] for ends in (ways.first_terminal, ways.last_terminal))
        begun = self._district.assigned_runs()
        found = []
        for day in (service_day(now) - DAY, service_day(now)):
            for block in self._district.blocks_on(day):
                runs = table.runs_of_block(block)
                for nth in range(1, len(runs)):
                    some = runs[nth : nth + (1 if first[runs[nth]] == last[runs[nth]] else 2)]
                    waits = NOTICE[0] <= day + table.run_departure[runs[nth]] - now <= NOTICE[1]
                    known = {(run, day) for run in some} & (begun | self._cancelled.keys())
                    if waits and not known and first[some[0]] == last[some[-1]] and all(table.run_held[run] for run in some):
                        found.append([(run, day) for run in some])
        return found

    def _close(self, now: float) -> None:
        """A stop that is on the way of every line that serves it."""
        ways = self._district.ways
        patterns = range(len(ways.patterns))
        ends = {int(ways.stop[k]) for p in patterns for k in (ways.stop_start[p], ways.stop_start[p + 1] - 1)}
        choices = [stop for stop in range(len(ways.stops)) if stop not in ends and stop not in self._closed]
        self._closed[choices[int(self._generator.integers(len(choices)))]] = Period(float(int(now)), float(int(now)) + CLOSED_FOR)

    def _cancellation(self, run: int, day: float) -> CancelledTrip:
        table = self._district.timetable
        date = datetime.datetime.fromtimestamp(day + UTC_OFFSET + DAY / 2, datetime.UTC).date()
        return CancelledTrip(TripRun(self._district.trip_ids[int(table.run_trip[run])], date))

    def _alert(self, stop: int, period: Period) -> Alert:
        where = self._district.ways.stops[stop]
        until = datetime.datetime.fromtimestamp(period.end + UTC_OFFSET, datetime.UTC).strftime("%H:%M")
        zh, en = f"{where.name}站道路施工，{until}前不停靠", f"Road works: no buses stop at {where.name} until {until}"
        header = (("zh", zh), ("en", en))
        return Alert(f"closed-{where.stop_id}", (Informed(stop_id=where.stop_id),), (period,), "CONSTRUCTION", "NO_SERVICE", header)
