"""A Tracker that compares every stage of every step with its naive twin, position by position.

The twin starts from the kernel's own records each time, so rounding does not add up and a difference names the stage.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.support import naive_assignment, naive_events, naive_intake, naive_matching
from tests.support.naive_fleet import Bus, Town, bus_of, close, differences, town_of
from transit.fleet import Fleet
from transit.kernels import assignment, events, intake, matching, runs
from transit.kernels.columns import I32, DayColumns, MatchColumns, ReportColumns, WorkColumns
from transit.model import State
from transit.network import Network
from transit.parameters import MatchingParameters
from transit.tracker import Tracker

ACCEPTED = naive_intake.ACCEPTED


class CheckedTracker(Tracker):
    """Raises AssertionError in `observe` where a kernel and its twin differ; `checked` counts the comparisons by stage."""

    def __init__(self, network: Network, parameters: MatchingParameters | None = None) -> None:
        super().__init__(network, Fleet(), parameters)
        self.checked = dict.fromkeys(("intake", "matching", "assignment", "runs", "events"), 0)
        self._drawn: tuple[DayColumns, Town] | None = None

    def _town(self) -> Town:
        if self._drawn is None or self._drawn[0] is not self._day_columns:
            self._drawn = self._day_columns, town_of(self.network, self._day_columns)
        return self._drawn[1]

    def _round(self, rows: I32, reports: ReportColumns, work: WorkColumns, out: MatchColumns, number: int) -> int:
        network, par, fleet, days = self.network, self.parameters, self.fleet.columns, self._day_columns
        patterns, trips, shapes = network.patterns, network.trips, network.shapes
        town = self._town()

        twins = self._twins(rows, reports)
        intake.take_in(rows, reports, fleet, trips, days, par, work, out)
        for i, bus in twins.items():
            state, heading = naive_intake.take_in(bus, _report(reports, i), town, par)
            self._same("intake", reports, i, bus, (state, *heading), (out.state[i], *work.heading[i]))

        twins = {i: bus for i, bus in self._twins(rows, reports).items() if out.state[i] == ACCEPTED and bus.pattern >= 0}
        matching.place(rows, reports, fleet, shapes, patterns, trips, self._extent, par, self._scratch, work, out)
        for i, bus in twins.items():
            fix = naive_matching.Fix(*(float(x) for x in (reports.x[i], reports.y[i], reports.timestamp[i], *work.heading[i])))
            self._same("matching", reports, i, bus, naive_matching.place(bus, fix, town, par), _placed(out, work, i))

        self._infer(town, rows, reports, work, out)
        self._name(town, rows, reports, out)

        twins, before = self._twins(rows, reports), number
        number = int(events.tell(rows, reports, fleet, patterns, par, work, out, number, self._told))
        expected = []
        for i, bus in twins.items():
            placed, t = naive_matching.Placed(*_placed(out, work, i)), float(reports.timestamp[i])
            expected += naive_events.tell(bus, placed, t, town.patterns[placed.pattern], par)
            self._same("events", reports, i, bus, (), ())
        got = [tuple(column[k].item() for column in self._told[1:]) for k in range(before, number)]
        assert len(got) == len(expected), f"events: {got} != {expected}"
        assert all(_alike(a, b) for a, b in zip(got, expected)), f"events: {got} != {expected}"
        return number

    def _infer(self, town: Town, rows: I32, reports: ReportColumns, work: WorkColumns, out: MatchColumns) -> None:
        network, par, fleet = self.network, self.parameters, self.fleet.columns
        around = naive_assignment.Surroundings(
            self._running.tolist(), self._following.tolist(), [(x, y) for x, y in self._terminals.tolist()]
        )
        states = out.state.copy()
        twins = {i: bus for i, bus in self._twins(rows, reports).items() if states[i] in (ACCEPTED, State.OFF_ROUTE)}
        assignment.infer(
            rows, reports, fleet, network.shapes, network.patterns, network.grid, self._terminals, self._running,
            self._following, par, work, self._stamps, self._passes, out,
        )  # fmt: skip
        for i, bus in twins.items():
            numbers = (reports.timestamp[i], reports.x[i], reports.y[i], *work.heading[i])
            point = naive_assignment.Point(*(float(value) for value in numbers))
            state = naive_assignment.infer(bus, point, int(states[i]), town, around, par)
            self._same("assignment", reports, i, bus, (state,), (out.state[i],))

    def _name(self, town: Town, rows: I32, reports: ReportColumns, out: MatchColumns) -> None:
        network, fleet, par = self.network, self.fleet.columns, self.parameters
        claims = {int(trip): int(self._claims[trip]) for trip in np.flatnonzero(self._claims >= 0)}
        twins = {i: bus for i, bus in self._twins(rows, reports).items() if out.state[i] == State.IN_SERVICE}
        runs.name_trips(
            rows, reports, fleet, network.patterns, network.trips, network.blocks, *self._pattern_trips, self._day_columns, par,
            self._claims, out,
        )  # fmt: skip
        for i, bus in twins.items():
            naive_assignment.name_trip(bus, int(reports.vehicle[i]), float(reports.timestamp[i]), town, claims, par)
            self._same("runs", reports, i, bus, (), ())
        assert claims == {int(trip): int(self._claims[trip]) for trip in np.flatnonzero(self._claims >= 0)}

    def _twins(self, rows: I32, reports: ReportColumns) -> dict[int, Bus]:
        fleet = self.fleet.columns
        return {int(i): bus_of(fleet, int(reports.vehicle[i])) for i in rows if reports.vehicle[i] >= 0}

    def _same(self, stage: str, reports: ReportColumns, i: int, bus: Bus, want: tuple[Any, ...], got: tuple[Any, ...]) -> None:
        v = int(reports.vehicle[i])
        self.checked[stage] += 1
        wrong = differences(self.fleet.columns, v, bus)
        if not _alike(want, got):
            wrong.append(f"{got} != {want}")
        assert not wrong, f"{stage}, position {i} of vehicle {v}: {'; '.join(wrong)}"


def _alike(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    return len(a) == len(b) and all(close(float(x), float(y)) for x, y in zip(a, b))


def _report(reports: ReportColumns, i: int) -> naive_intake.Report:
    return naive_intake.Report(*(column[i].item() for column in reports[1:]))


def _placed(out: MatchColumns, work: WorkColumns, i: int) -> tuple[Any, ...]:
    columns = (out.state, out.pattern, out.trip, out.progress, out.cross_track, work.since, work.passed)
    return tuple(column[i].item() for column in columns)
