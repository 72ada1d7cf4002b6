"""Headways of a network: takes in what each step observed and predicted, and gives an immutable picture of it.

`Headways` is the engine's side and holds what one step hands to the next: sums per slot (bounded: HeadwaySums, 52 bytes a slot,
5.2 MB for 100,000) and the departures planned within three hours. `HeadwayPicture` is a copy for readers, who ask it for slots
and lines. AWT = Σh²/2Σh of observed headways, SWT the same of planned ones, EWT = AWT - SWT.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from transit.headway_slots import Slots, find_slots, planned_departures
from transit.kernels.columns import F64, I32, ArrivalColumns, EventColumns
from transit.kernels.headway_columns import NEXT, CallScratch, HeadwaySums, Passings, PlannedHeadways, VehicleHeadways
from transit.kernels.headways import next_calls, observe, plan, vehicle_headways
from transit.network import Network
from transit.service_day import ServiceDay
from transit.supervision_parameters import HeadwayParameters

REPLAN = 60.0
"""s after which planned headways are reckoned anew"""
REACH = 10_800.0
"""s before and after the hour whose planned departures are held"""
FEED_DOWN = 120.0
"""s without any position after which headways that begin before its end are not known (BoardParameters.feed_silent_after)"""


class Waiting(NamedTuple):
    """How long riders who come at random wait, from fading sums over headways. s; None where too little is known."""

    number: float
    """headways, fading"""
    mean: float | None
    variation: float | None
    """coefficient of variation of the headways"""
    actual: float | None
    """AWT"""
    scheduled: float | None
    """SWT"""

    @property
    def excess(self) -> float | None:
        """EWT; below 0 where buses come more evenly than planned."""
        return None if self.actual is None or self.scheduled is None else self.actual - self.scheduled


@dataclass(frozen=True)
class HeadwayPicture:
    """What is known at `now`. Arrays are copies nobody writes any more."""

    now: float
    slots: Slots
    sums: HeadwaySums
    planned: PlannedHeadways
    vehicles: VehicleHeadways
    arrivals: ArrivalColumns
    """the snapshot's"""
    arrival_start: I32
    parameters: HeadwayParameters
    blind: float
    """epoch s at which the feed was last down, -inf never: what was not seen before it means nothing"""
    ignored: int
    """departures so far that came too late to be put in order"""

    def observed(self, slot: int) -> float | None:
        """s between the last two departures; None when that is longer ago than `max_age`."""
        last = self.last(slot)
        if last is None or self.now - last > self.parameters.max_age:
            return None
        return _known(float(self.sums.last[slot] - self.sums.before[slot]))

    def last(self, slot: int) -> float | None:
        """Epoch s of the last departure; None when it is no headway ago, or a bus passed unseen since."""
        last = float(self.sums.last[slot])
        return last if self.now - last <= self.parameters.longest and not last < self.sums.missed[slot] else None

    def coming(self, slot: int) -> list[tuple[int, float]]:
        """(vehicle, epoch s of its predicted departure) of the next calls at the slot, in order of time."""
        stop = self.slots.stop[slot]
        rows = slice(*self.arrival_start[stop : stop + 2].tolist())
        mine = self.slots.of_pattern_stop[self.arrivals.pattern_stop[rows]] == slot
        times, vehicles = self.arrivals.departure[rows][mine], self.arrivals.vehicle[rows][mine]
        order = np.argsort(times, kind="stable")
        return list(zip(vehicles[order].tolist(), times[order].tolist()))

    def planned_headway(self, slot: int) -> float | None:
        """s planned between buses about now."""
        return _known(float(self.planned.typical[slot]))

    def waiting(self, slot: int) -> Waiting:
        """Of one slot."""
        fading = float(self._fading[slot])
        observed = [fading * float(column[slot]) for column in self.sums[3:6]]
        planned = [float(column[slot]) for column in self.planned[3:]]
        return _waiting(observed, planned, bool(self._weight[slot] > 0))

    @cached_property
    def excess(self) -> F64:
        """[K] EWT of each slot in s, NaN unknown: `waiting` of all at once."""
        sums, planned = self.sums, self.planned
        known = (self._weight > 0) & (sums.total > 0) & (planned.total > 0)
        total, planned_total = np.where(known, sums.total, 1.0), np.where(known, planned.total, 1.0)
        return np.where(known, sums.squares / (2.0 * total) - planned.squares / (2.0 * planned_total), np.nan)

    @cached_property
    def waiting_of_lines(self) -> list[Waiting]:
        """Of each line, over those of its slots where enough is known: as TfL's QSI goes over the stops of a route."""
        line, count = self.slots.line, len(self.slots.line_route)
        fading = self._weight
        observed = [np.bincount(line, fading * column, count).tolist() for column in self.sums[3:6]]
        planned = [np.bincount(line, np.where(fading > 0, column, 0.0), count).tolist() for column in self.planned[3:]]
        return [_waiting(seen, meant, seen[0] > 0) for seen, meant in zip(zip(*observed), zip(*planned))]

    @cached_property
    def _weight(self) -> F64:
        """[K] `_fading` where enough is known, else 0. After a start the short headways are over first: they alone say nothing."""
        number, total = self._fading * self.sums.number, self._fading * self.sums.total
        span = self.parameters.least_span * np.nan_to_num(self.planned.typical)
        return np.where((number >= self.parameters.least_number) & (total >= span), self._fading, 0.0)

    @cached_property
    def _fading(self) -> F64:
        """[K] weight of each slot's sums now; 0 where its last bus is `max_age` overdue."""
        age = self.now - self.sums.last
        due = np.where(np.isnan(self.planned.typical), 0.0, self.planned.typical) + self.parameters.max_age
        return np.where(age <= due, np.exp(-np.maximum(np.nan_to_num(age), 0.0) / self.parameters.memory), 0.0)


class Headways:
    """Of one Network; only the engine's one writer calls it."""

    def __init__(self, network: Network, parameters: HeadwayParameters | None = None) -> None:
        self.network, self.parameters = network, parameters or HeadwayParameters()
        self.slots = find_slots(network, self.parameters.control_share)
        count = len(self.slots)
        nan, zero = np.full(count, np.nan), np.zeros(count)
        self._sums = HeadwaySums(nan, nan.copy(), np.full(count, -1, np.int32), zero, zero.copy(), zero.copy(), np.full(count, -np.inf))
        self._passings = Passings(_first_of(network), np.zeros(0, np.int32))
        self._scratch = CallScratch(np.zeros(count, np.int32), np.zeros((count, NEXT), np.int32), np.zeros(0, np.int32))
        self._planned = _no_plan(count)
        self._departures = np.zeros(count + 1, np.int64), np.zeros(0)
        self._planned_at = self._hour = -np.inf
        self._blind = -np.inf
        self._ignored = 0

    def step(
        self, now: float, events: EventColumns, arrivals: ArrivalColumns, arrival_start: I32, vehicles: int,
        days: Sequence[ServiceDay], last_received: float,
    ) -> HeadwayPicture:
        """The step at `now` (epoch s). `vehicles`: how many the fleet has; `last_received`: of the newest position of all."""
        if now - last_received > FEED_DOWN:
            self._blind = now
        slots, q, known = self.slots, self.parameters, self._passings.place
        if vehicles > len(known):
            more = np.full(vehicles + vehicles // 4 - len(known), -1, np.int32)
            self._passings = self._passings._replace(place=np.concatenate((known, more)))
        order = np.argsort(events.departure, kind="stable")
        self._ignored += int(
            observe(
                order, events.departure, events.vehicle, events.pattern_stop, slots.of_pattern_stop, self._passings, self._blind, q,
                self._sums,
            )
        )
        self._replan(now, days)
        self._scratch = self._scratch._replace(first=np.empty(vehicles, np.int32))
        found = _vehicle_headways(vehicles)
        next_calls(arrivals, slots.of_pattern_stop, self._scratch)
        vehicle_headways(
            now, arrivals, slots.of_pattern_stop, slots.control, self._sums, self._planned, self._scratch, q, found
        )
        columns: list[Any] = [column.copy() for column in self._sums]
        sums = HeadwaySums(*columns)
        return HeadwayPicture(now, slots, sums, self._planned, found, arrivals, arrival_start, q, self._blind, self._ignored)

    def _replan(self, now: float, days: Sequence[ServiceDay]) -> None:
        """Planned departures once an hour, planned headways once a minute, into new arrays: pictures keep the old ones."""
        minute, hour = now // REPLAN, now // 3600.0
        if hour != self._hour:
            self._hour = hour
            middle = 3600.0 * hour + 1800.0
            self._departures = planned_departures(self.network, self.slots, days, middle - REACH, middle + REACH)
        if minute != self._planned_at:
            self._planned_at = minute
            self._planned = _no_plan(len(self.slots))
            plan(now, *self._departures, self.parameters, self._planned)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _waiting(observed: Sequence[float], planned: Sequence[float], known: bool) -> Waiting:
    """From (Σw, Σwh, Σwh²) of observed headways and (Σwh, Σwh²) of planned ones."""
    number, total, squares = observed
    scheduled = planned[1] / (2.0 * planned[0]) if planned[0] > 0 else None
    if not known or total <= 0:
        return Waiting(number, None, None, None, scheduled)
    mean = total / number
    variance = max(squares / number - mean * mean, 0.0)
    return Waiting(number, mean, math.sqrt(variance) / mean, squares / (2.0 * total), scheduled)


def _first_of(network: Network) -> I32:
    """[Q] the first pattern stop of each one's pattern."""
    return network.patterns.stop_start[network.pattern_of_pattern_stop]


def _no_plan(count: int) -> PlannedHeadways:
    unknown = [np.full(count, np.nan, np.float32) for _ in range(3)]
    return PlannedHeadways(unknown[0], unknown[1], unknown[2], np.zeros(count), np.zeros(count))


def _vehicle_headways(count: int) -> VehicleHeadways:
    return VehicleHeadways(
        np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.float32), np.full(count, np.nan),
        np.full(count, np.nan), np.full(count, np.nan), np.zeros(count, np.uint8), np.empty(count, np.float32),
        np.empty(count, np.float32),
    )  # fmt: skip
