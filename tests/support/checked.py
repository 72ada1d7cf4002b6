"""Compares every stage of a Tracker's steps with its naive twin, position by position, while real positions go through it.

Each kernel runs as ever; its twin starts from the kernel's own records each time, so rounding does not add up and a
difference names the stage.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self
from unittest import mock

import numpy as np

from tests.support import naive_assignment, naive_events, naive_intake, naive_matching
from tests.support.naive_fleet import Bus, Town, bus_of, close, differences, town_of
from transit.kernels import assignment, events, intake, matching, runs
from transit.kernels.columns import (
    F32,
    I32,
    DayColumns,
    EventColumns,
    FleetColumns,
    MatchColumns,
    PatternColumns,
    ReportColumns,
    TripColumns,
    WorkColumns,
)
from transit.model import State
from transit.network import Network
from transit.parameters import MatchingParameters

ACCEPTED = naive_intake.ACCEPTED
TAKE_IN, PLACE, INFER, NAME, TELL = intake.take_in, matching.place, assignment.infer, runs.name_trips, events.tell


class Checked:
    """Within it, a Tracker of this network raises AssertionError where a kernel and its twin differ."""

    def __init__(self, network: Network) -> None:
        self._network, self._days, self._town = network, DayColumns(np.zeros(0), np.zeros((0, 0), np.uint8)), Town([], [], [], [])
        self.compared = dict.fromkeys(("intake", "matching", "assignment", "runs", "events"), 0)
        """positions by stage"""
        self._patches = [
            mock.patch.object(intake, "take_in", self._take_in), mock.patch.object(matching, "place", self._place),
            mock.patch.object(assignment, "infer", self._infer), mock.patch.object(runs, "name_trips", self._name_trips),
            mock.patch.object(events, "tell", self._tell),
        ]  # fmt: skip

    def __enter__(self) -> Self:
        for patch in self._patches:
            patch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for patch in self._patches:
            patch.stop()

    def _take_in(
        self, rows: I32, reports: ReportColumns, fleet: FleetColumns, trips: TripColumns, days: DayColumns,
        par: MatchingParameters, work: WorkColumns, out: MatchColumns,
    ) -> None:  # fmt: skip
        if self._days is not days:
            self._days, self._town = days, town_of(self._network, days)
        twins = _twins(rows, reports, fleet)
        TAKE_IN(rows, reports, fleet, trips, days, par, work, out)
        for i, bus in twins.items():
            report = naive_intake.Report(*(column[i].item() for column in reports[1:]))
            state, heading = naive_intake.take_in(bus, report, self._town, par)
            self._same("intake", fleet, reports, i, bus, (state, *heading), (out.state[i], *work.heading[i]))
        for i in set(rows.tolist()) - twins.keys():
            assert out.state[i] == State.NO_FIX

    def _place(self, rows: I32, reports: ReportColumns, fleet: FleetColumns, *rest: Any) -> int:
        unsettled, par, work, out = rest[-5], rest[-4], rest[-2], rest[-1]
        every = _twins(rows, reports, fleet)
        twins = {i: bus for i, bus in every.items() if out.state[i] == ACCEPTED and bus.pattern >= 0}
        left_over = int(PLACE(rows, reports, fleet, *rest))
        for i, bus in twins.items():
            numbers = (reports.x[i], reports.y[i], reports.timestamp[i], *work.heading[i])
            fix = naive_matching.Fix(*(float(number) for number in numbers))
            placed = naive_matching.place(bus, fix, self._town, par)
            self._same("matching", fleet, reports, i, bus, placed, _placed(out, work, i))
        passed_on = unsettled[:left_over].tolist()
        assert passed_on == [i for i in rows.tolist() if i in set(passed_on)], "matching: what is left open is not in order"
        for i in every.keys() - set(passed_on):
            asked = fleet.vehicles[reports.vehicle[i]]["asked"]
            assert out.state[i] not in (ACCEPTED, State.OFF_ROUTE), "matching: a position is lost to later stages"
            assert out.state[i] != State.IN_SERVICE or asked, "matching: a run will not be asked for"
        return left_over

    def _infer(
        self, rows: I32, reports: ReportColumns, fleet: FleetColumns, shapes: Any, patterns: PatternColumns, grid: Any,
        terminals: F32, running: I32, following: I32, par: MatchingParameters, work: WorkColumns, *rest: Any,
    ) -> None:  # fmt: skip
        out: MatchColumns = rest[-1]
        places = [(x, y) for x, y in terminals.tolist()]
        around = naive_assignment.Surroundings(running.tolist(), following.tolist(), places)
        states = out.state.copy()
        every = _twins(rows, reports, fleet)
        twins = {i: bus for i, bus in every.items() if states[i] in (ACCEPTED, State.OFF_ROUTE)}
        INFER(rows, reports, fleet, shapes, patterns, grid, terminals, running, following, par, work, *rest)
        for i, bus in twins.items():
            numbers = (reports.timestamp[i], reports.x[i], reports.y[i], *work.heading[i])
            point = naive_assignment.Point(*(float(number) for number in numbers))
            state = naive_assignment.infer(bus, point, int(states[i]), self._town, around, par)
            self._same("assignment", fleet, reports, i, bus, (state,), (out.state[i],))

    def _name_trips(self, rows: I32, reports: ReportColumns, fleet: FleetColumns, *rest: Any) -> None:
        par, claims, out = rest[-3:]
        expected = dict(enumerate(claims.tolist()))
        every = _twins(rows, reports, fleet)
        twins = {i: bus for i, bus in every.items() if out.state[i] == State.IN_SERVICE}
        NAME(rows, reports, fleet, *rest)
        for i, bus in twins.items():
            naive_assignment.name_trip(bus, int(reports.vehicle[i]), float(reports.timestamp[i]), self._town, expected, par)
            self._same("runs", fleet, reports, i, bus, (), ())
        assert expected == dict(enumerate(claims.tolist())), "runs: other runs are claimed"

    def _tell(
        self, rows: I32, reports: ReportColumns, fleet: FleetColumns, patterns: PatternColumns, par: MatchingParameters,
        work: WorkColumns, matches: MatchColumns, count: int, out: EventColumns,
    ) -> int:  # fmt: skip
        twins = _twins(rows, reports, fleet)
        number = int(TELL(rows, reports, fleet, patterns, par, work, matches, count, out))
        expected: list[tuple[Any, ...]] = []
        for i, bus in twins.items():
            placed, t, v = naive_matching.Placed(*_placed(matches, work, i)), float(reports.timestamp[i]), int(reports.vehicle[i])
            told = naive_events.tell(bus, placed, t, self._town.patterns[placed.pattern], par)
            expected += [(v, *event) for event in told]
            self._same("events", fleet, reports, i, bus, (), ())
        got = [tuple(column[k].item() for column in out) for k in range(count, number)]
        assert len(got) == len(expected), f"events: {got} != {expected}"
        assert all(_alike(a, b) for a, b in zip(got, expected)), f"events: {got} != {expected}"
        return number

    def _same(
        self, stage: str, fleet: FleetColumns, reports: ReportColumns, i: int, bus: Bus, want: tuple[Any, ...], got: tuple[Any, ...]
    ) -> None:
        v = int(reports.vehicle[i])
        self.compared[stage] += 1
        wrong = differences(fleet, v, bus)
        if not _alike(want, got):
            wrong.append(f"{got} != {want}")
        assert not wrong, f"{stage}, position {i} of vehicle {v}: {'; '.join(wrong)}"


def _twins(rows: I32, reports: ReportColumns, fleet: FleetColumns) -> dict[int, Bus]:
    return {int(i): bus_of(fleet, int(reports.vehicle[i])) for i in rows if reports.vehicle[i] >= 0}


def _placed(out: MatchColumns, work: WorkColumns, i: int) -> tuple[Any, ...]:
    columns = (out.state, out.pattern, out.trip, out.progress, out.cross_track, work.since, work.passed)
    return tuple(column[i].item() for column in columns)


def _alike(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    return len(a) == len(b) and all(close(float(x), float(y)) for x, y in zip(a, b))
