"""Positions in, matches and stop events out: runs the stages of a step over a batch, a round at a time.

intake → matching → assignment → runs → events. A round holds at most one position of a vehicle, and what runs about now is
counted anew at every minute of receipt, so the outcome does not depend on how positions are cut into batches.
"""
from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise
from typing import Any

import numpy as np

from transit.batches import join_events, join_matches
from transit.fleet import Fleet
from transit.geometry import to_local
from transit.kernels import assignment, events, intake, matching, runs
from transit.kernels.columns import (
    F32,
    HYPOTHESES,
    HYPOTHESIS,
    I32,
    DayColumns,
    EventColumns,
    MatchColumns,
    PositionColumns,
    ReportColumns,
    WorkColumns,
)
from transit.kernels.extent import measure
from transit.kernels.identity import find_all
from transit.kernels.memory import aligned
from transit.network import Network
from transit.parameters import MatchingParameters
from transit.service_day import ServiceDay, service_days

RECOUNT = 60.0
"""s after which it is counted anew which patterns have runs about now"""
CLAIM = 1800.0
"""s since it was heard for which a vehicle keeps its run from being named for another"""
CANCELLED_AROUND = 7200.0
"""s before its start and after its end that a cancelled run keeps its trip from being named; then it is another day's"""
PULL_OUT, RUN_ON = 900, 2700
"""s before its start and after its end that a run may be the one a vehicle without ids is on"""


class Tracker:
    """Keeps a fleet on a network."""

    def __init__(self, network: Network, fleet: Fleet, parameters: MatchingParameters | None = None) -> None:
        self.network, self.fleet = network, fleet
        self.parameters = parameters or MatchingParameters()
        self.days: tuple[ServiceDay, ...] = ()
        self._day_columns = DayColumns(np.zeros(0), np.zeros((0, 0), np.uint8))
        self._counted = -np.inf
        self._running = np.zeros(len(network.patterns.route), np.int32)
        self._terminals = _terminals(network)
        self._pattern_trips = network.trips_of_pattern
        self._following = _following_patterns(network)
        self._claims = np.full(len(network.trips.pattern), -1, np.int32)
        self._cancelled: Collection[tuple[int, float]] = frozenset()
        self._begin = network.trips.departure[network.trips.start[:-1]] if len(self._claims) else np.zeros(0)
        self._end = network.trips.arrival[network.trips.start[1:] - 1] if len(self._claims) else np.zeros(0)
        segments = aligned(network.shapes.segments.shape, np.float32)
        segments[:] = network.shapes.segments
        self._shapes = network.shapes._replace(segments=segments)
        self._extent = np.empty((len(network.patterns.route), 3), np.float32)
        measure(network.shapes, network.patterns, 2.0 * self.parameters.off_route, self._extent)
        self._scratch = np.zeros(HYPOTHESES, HYPOTHESIS)
        self._stamps = np.zeros(len(network.patterns.route) + 1, np.int32)
        self._told = _blank_events(0)
        self._passes = np.zeros((2, assignment.PASSES + 1, 5))

    def turn_to(self, now: float) -> None:
        """Brings the calendar, and which runs are taken, up to the minute of `now` (epoch s)."""
        minute = np.floor(now / RECOUNT)
        if minute == self._counted:
            return
        self._counted, now = minute, float(minute * RECOUNT)
        self.days = service_days(self.network, now)
        starts = np.array([day.start for day in self.days])
        self._day_columns = DayColumns(starts, np.stack([day.active for day in self.days]))
        self._running = _runs_about(self.network, self.days, now)
        vehicles = self.fleet.columns.vehicles
        on = np.flatnonzero((vehicles["trip"] >= 0) & (now - vehicles["heard"] < CLAIM))
        self._claims[:] = -1
        self._claims[vehicles["trip"][on]] = on
        for trip, day in self._cancelled:
            if day + self._begin[trip] - CANCELLED_AROUND <= now <= day + self._end[trip] + CANCELLED_AROUND:
                self._claims[trip] = runs.CANCELLED

    def cancel(self, cancelled: Collection[tuple[int, float]]) -> None:
        """From now on these runs (trip, epoch s its service day starts) are named for no vehicle that does not say so itself."""
        if cancelled != self._cancelled:
            self._cancelled, self._counted = cancelled, -np.inf

    def observe(self, now: float, positions: PositionColumns) -> tuple[MatchColumns, EventColumns]:
        """Takes in a batch in order of receipt. One match a position, in the same order; events in order of telling."""
        reports = self.resolve(positions)
        if not len(reports.received):
            self.turn_to(now)
            return self.track(reports)
        received = np.minimum(np.maximum.accumulate(np.where(np.isfinite(reports.received), reports.received, now)), now)
        cuts = np.flatnonzero(np.diff(np.floor(received / RECOUNT))) + 1
        matches, told = [], []
        for first, end in pairwise([0, *cuts.tolist(), len(received)]):
            self.turn_to(float(received[first]))
            columns: list[Any] = [column[first:end] for column in reports]
            seen, passed = self.track(ReportColumns(*columns))
            matches.append(seen)
            told.append(passed)
        return join_matches(matches), join_events(told)

    def track(self, reports: ReportColumns) -> tuple[MatchColumns, EventColumns]:
        """The stages over resolved positions, round by round."""
        count = len(reports.vehicle)
        out, work = blank_matches(count), blank_work(count)
        parts: list[EventColumns] = []
        for rows in rounds(reports.vehicle, len(self.fleet)):
            self.place(rows, reports, work, out)
            parts.append(self.tell(rows, reports, work, out))
        return out, join_events(parts)

    def place(self, rows: I32, reports: ReportColumns, work: WorkColumns, out: MatchColumns) -> None:
        """One round up to the matches: locates and tracks the positions named by `rows`, a vehicle at most once."""
        network, par, fleet, days = self.network, self.parameters, self.fleet.columns, self._day_columns
        patterns, trips, shapes = network.patterns, network.trips, self._shapes
        intake.take_in(rows, reports, fleet, trips, days, par, work, out)
        unsettled = np.empty_like(rows)
        left_over = matching.place(
            rows, reports, fleet, shapes, patterns, trips, self._extent, unsettled, par, self._scratch, work, out
        )
        rows = unsettled[:left_over]
        assignment.infer(
            rows, reports, fleet, shapes, patterns, network.grid, self._terminals, self._running, self._following, par, work,
            self._stamps, self._passes, out,
        )
        runs.name_trips(
            rows, reports, fleet, patterns, trips, network.blocks, *self._pattern_trips, days, par, self._claims, out
        )

    def tell(self, rows: I32, reports: ReportColumns, work: WorkColumns, matches: MatchColumns) -> EventColumns:
        """The stop events of a round that was placed."""
        if len(self._told.vehicle) < events.MOST_STOPS * len(rows):
            self._told = _blank_events(events.MOST_STOPS * len(rows))
        number = int(
            events.tell(
                rows, reports, self.fleet.columns, self.network.patterns, self.parameters, work, matches, 0, self._told
            )
        )
        return _first(self._told, number)

    def resolve(self, positions: PositionColumns) -> ReportColumns:
        """Ids to indices (new vehicles enter the fleet), degrees to local metres."""
        network = self.network
        vehicle = self.fleet.rows_of(positions)
        trip, route = np.empty_like(vehicle), np.empty_like(vehicle)
        find_all(network.trip_table, positions.text, positions.trip_at, positions.trip_length, -1, -2, trip)
        find_all(network.route_table, positions.text, positions.route_at, positions.route_length, -1, -2, route)
        x, y = to_local(positions.lat, positions.lon, network.origin_lat, network.origin_lon)
        return ReportColumns(
            vehicle, trip, route, positions.timestamp, positions.received, x.astype(np.float32), y.astype(np.float32),
            positions.bearing, positions.speed,
        )


def _first(told: EventColumns, number: int) -> EventColumns:
    columns: list[Any] = [column[:number].copy() for column in told]
    return EventColumns(*columns)


def rounds(vehicle: I32, vehicles: int) -> list[I32]:
    """Splits positions [n] by how often their vehicle occurred before: a vehicle is at most once in a part, order is kept."""
    seen = np.zeros(vehicles + 1, np.int32)
    nth = np.empty(len(vehicle), np.int32)
    most = intake.occurrences(vehicle, seen, nth)
    if most <= 1:
        return [np.arange(len(vehicle), dtype=np.int32)]
    return [np.flatnonzero(nth == k).astype(np.int32) for k in range(most)]


def _terminals(network: Network) -> F32:
    """[M, 2] local metres of every first and last stop."""
    start = network.patterns.stop_start
    ends = np.unique(np.concatenate((network.patterns.stop[start[:-1]], network.patterns.stop[start[1:] - 1])))
    x, y = to_local(network.stop_lat[ends], network.stop_lon[ends], network.origin_lat, network.origin_lon)
    return np.stack((x, y), axis=1).astype(np.float32)


def _following_patterns(network: Network) -> I32:
    """[T] the pattern that the block of each trip goes on with on the same service, -1 none: a hint, not a fact."""
    following = np.full(len(network.trips.pattern), -1, np.int32)
    ahead, behind = network.blocks.trip[:-1], network.blocks.trip[1:]
    same = network.trips.block[ahead] == network.trips.block[behind]
    same &= network.trips.service[ahead] == network.trips.service[behind]
    following[ahead[same]] = network.trips.pattern[behind[same]]
    return following


def _runs_about(network: Network, days: tuple[ServiceDay, ...], now: float) -> I32:
    """[P] how many runs each pattern has about `now`; a headway-operated one counts 1 within its hours."""
    trips, count = network.trips, np.zeros(len(network.patterns.route), np.int64)
    first, last = trips.departure[trips.start[:-1]], trips.arrival[trips.start[1:] - 1]
    frequencies = network.frequencies
    for day in days:
        clock = now - day.start
        on = (day.active[trips.service] == 1) & (trips.template == 0) & (first - PULL_OUT <= clock) & (clock <= last + RUN_ON)
        count += np.bincount(trips.pattern[on], minlength=len(count))
        running = last[frequencies.trip] - first[frequencies.trip]
        open_now = (frequencies.start - PULL_OUT <= clock) & (clock <= frequencies.end + running + RUN_ON)
        open_now &= day.active[trips.service[frequencies.trip]] == 1
        count += np.bincount(trips.pattern[frequencies.trip[open_now]], minlength=len(count))
    return count.astype(np.int32)


def blank_matches(count: int) -> MatchColumns:
    """Room for the matches of `count` positions."""
    return MatchColumns(*(np.empty(count, dtype) for dtype in ("i4", "u1", "i4", "i4", "f4", "f4")))


def blank_work(count: int) -> WorkColumns:
    """Room for what the stages of a round hand on."""
    return WorkColumns(np.zeros((count, 2), np.float32), np.empty(count), np.empty(count, np.float32))


def _blank_events(count: int) -> EventColumns:
    return EventColumns(*(np.empty(count, dtype) for dtype in ("i4", "i4", "i4", "f8", "f8", "f4")))
