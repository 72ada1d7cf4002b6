"""Predicts every call ahead of every vehicle: timetable running times, scaled by how fast buses run just now.

`Predictor` holds what one step hands to the next (the patterns' pace, scratch rows) for one Network. Each step:
`learn` from the fleet before and after the step's positions, then `predict`. A call has a time only on evidence: a vehicle
under way was seen lately, or one at a terminal is known to begin the trip (source LAYOVER); others have none.
Where typical times come from is the caller's choice (`RunningTimes`): here the timetable, elsewhere what was learned.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence

import numpy as np

from transit.day_plan import plan_days
from transit.kernels.columns import F64, I32, ArrivalColumns, Records
from transit.kernels.ordering import order_calls, write_calls
from transit.kernels.pace import hold_share, learn_holding, learn_pace, pattern_excess
from transit.kernels.places import await_departure, choose_profiles, stand
from transit.kernels.prediction import predict_runs
from transit.kernels.prediction_columns import (
    DayPlan,
    OrderScratch,
    PatternPace,
    Places,
    RunningTimes,
    Runs,
)
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.service_day import ServiceDay


def timetable_running_times(network: Network, parameters: PredictionParameters) -> RunningTimes:
    """The timetable as typical times. A stop without a stay of its own gets a typical one, out of the time to the next stop."""
    trips = network.trips
    arrive, leave = trips.arrival.astype(np.float32), trips.departure.astype(np.float32)
    last = np.zeros(len(arrive), bool)
    last[trips.start[1:] - 1] = True
    gap = np.where(last, 0.0, np.roll(arrive, -1) - arrive)
    stay = np.minimum(parameters.dwell, parameters.dwell_share * np.maximum(gap, 0.0))
    leave = np.where(leave > arrive, leave, arrive + stay).astype(np.float32)
    return RunningTimes(trips.start[:-1].astype(np.int64), arrive, leave)


def new_pattern_pace(patterns: int) -> PatternPace:
    """Nothing seen of any pattern yet."""
    return PatternPace(*(np.zeros(patterns) for _ in PatternPace._fields))


class Predictor:
    """Predictions for one Network and its fleet; not safe to share between threads."""

    def __init__(
        self,
        network: Network,
        parameters: PredictionParameters,
        running: RunningTimes | None = None,
        pace: PatternPace | None = None,
    ) -> None:
        """`running` defaults to the timetable; `pace` to nothing seen yet (hand over the old one after a checkpoint)."""
        self.network = network
        self.parameters = parameters
        self.running = running or timetable_running_times(network, parameters)
        self.pace = pace or new_pattern_pace(len(network.patterns.route))
        self._excess: F64 = np.zeros(len(network.patterns.route))
        self.cancelled: frozenset[tuple[int, float]] = frozenset()
        """runs that do not take place: (trip, epoch s its service day starts)"""
        self._planned: tuple[object, ...] = ()
        self._plan = plan_days(network, ())
        self._places = _places(0)
        self._was = _places(0)
        self._runs = _runs(1024, 16_384)
        self._run_of, self._keys = np.empty(0, np.int32), np.empty(0, np.uint64)

    def learn(self, before: Records, after: Records, now: float, days: Sequence[ServiceDay]) -> int:
        """Update the paces from fleet records [V] copied before a step and `after` it; how many vehicles told something.

        Writes log_pace and pace_weight into `after`. Vehicles new in this step (beyond the length of `before`) tell nothing.
        """
        network, q, plan, count = self.network, self.parameters, self._planned_days(days), len(before)
        was, current = self._room(count)
        choose_profiles(before, now, math.inf, network.patterns, self.running, plan, was.profile)
        stand(before, now, network.patterns, network.trips, self.running, q, was)
        np.copyto(current.profile[:count], was.profile[:count])
        current.profile[:count][after["pattern"][:count] != before["pattern"]] = -1
        stand(after[:count], now, network.patterns, network.trips, self.running, q, current)
        learn_holding(before, after[:count], was, current, network.patterns, network.trips, self.running, q, self.pace)
        return int(learn_pace(before, after, now, was, current, network.patterns, network.trips, q, self.pace))

    def predict(self, vehicles: Records, now: float, days: Sequence[ServiceDay]) -> tuple[ArrivalColumns, I32]:
        """All calls within the horizon, sorted by stop, then arrival; and [S + 1] where each stop's begin.

        `vehicles` [V] are VEHICLE records; `days` the service days around `now` (epoch s).
        """
        count = self.predict_runs(vehicles, now, days)
        rows = int(self._runs.row[count])
        stops = len(self.network.stop_ids)
        if len(self._keys) < rows:
            room = rows + rows // 8
            self._run_of, self._keys = np.empty(room, np.int32), np.empty(room, np.uint64)
        scratch = OrderScratch(np.empty(stops, np.int32), self._run_of, self._runs.arrival.view(np.uint32), self._keys)
        start, out = np.empty(stops + 1, np.int32), _arrivals(rows)
        order_calls(self._runs, count, self.network.patterns.stop, scratch, start)
        write_calls(self._runs, now, scratch, out)
        return out, start

    def predict_runs(self, vehicles: Records, now: float, days: Sequence[ServiceDay]) -> int:
        """Only fill the scratch runs, by vehicle; how many. What `predict` costs per vehicle before its calls are ordered."""
        network, q, plan, places = self.network, self.parameters, self._planned_days(days), self._room(len(vehicles))[1]
        choose_profiles(vehicles, now, q.max_age, network.patterns, self.running, plan, places.profile)
        stand(vehicles, now, network.patterns, network.trips, self.running, q, places)
        await_departure(vehicles, now, network.patterns, network.trips, plan, q, places)
        pattern_excess(self.pace, now, q, self._excess)
        share = hold_share(self.pace, q)
        while True:
            count = int(
                predict_runs(
                    vehicles, now, network.patterns, network.trips, plan, self.running, places, self._excess, share, q,
                    self._runs,
                )
            )
            if count >= 0:
                return count
            self._runs = _runs(2 * len(self._runs.vehicle), 2 * len(self._runs.arrival))

    def _planned_days(self, days: Sequence[ServiceDay]) -> DayPlan:
        wanted = *(day.date for day in days), self.cancelled
        if wanted != self._planned:
            self._planned, self._plan = wanted, plan_days(self.network, days, self.cancelled)
        return self._plan

    def _room(self, vehicles: int) -> tuple[Places, Places]:
        if len(self._places.profile) < vehicles:
            self._was, self._places = _places(vehicles), _places(vehicles)
        return self._was, self._places


def _places(vehicles: int) -> Places:
    integers = [np.full(vehicles, -1, np.int32) for _ in range(4)]
    numbers = [np.zeros(vehicles, np.float32) for _ in range(3)]
    return Places(integers[0], integers[1], integers[2], integers[3], numbers[0], numbers[1], numbers[2])


def _runs(runs: int, rows: int) -> Runs:
    return Runs(
        np.empty(runs, np.int32), np.empty(runs, np.int32), np.empty(runs, np.int32), np.zeros(runs + 1, np.int64),
        np.empty(runs), np.empty(runs, np.uint8), np.empty(rows, np.float32), np.empty(rows, np.float32),
    )


def _arrivals(rows: int) -> ArrivalColumns:
    return ArrivalColumns(
        np.empty(rows, np.int32), np.empty(rows, np.int32), np.empty(rows, np.int32), np.empty(rows), np.empty(rows),
        np.empty(rows), np.empty(rows, np.uint8), np.full(rows, np.nan), np.full(rows, np.nan),
    )
