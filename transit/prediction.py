"""Predicts every call ahead of every vehicle: typical times as learned so far, changed by how links and dwells run just now.

`Predictor` holds what one step hands to the next (the learner, the traffic, kept errors, scratch rows) for one Network. Each step:
`learn` from the fleet before and after the step's positions, then `predict`. A call has a time only on evidence: a vehicle
under way was seen lately, or one at a terminal is known to begin the trip (source LAYOVER); others have none.
Typical times are the learner's: the timetable's where nothing was measured yet.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from transit.day_plan import plan_days
from transit.headway_starts import HeadwayStarts
from transit.intervals import Intervals
from transit.kernels.columns import F64, I32, ArrivalColumns, EventColumns, Records
from transit.kernels.ordering import order_calls, write_calls
from transit.kernels.pace import learn_pace
from transit.kernels.places import await_departure, choose_profiles, stand
from transit.kernels.prediction import predict_runs
from transit.kernels.prediction_columns import (
    DayPlan,
    Excess,
    OrderScratch,
    Places,
    Runs,
    Spread,
    Traffic,
)
from transit.kernels.traffic import excesses, update
from transit.learner import Learner
from transit.learning_parameters import IntervalParameters, LearningParameters, TrafficParameters
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.service_day import ServiceDay


def new_traffic(elements: int) -> Traffic:
    """Nothing measured yet."""
    numbers = [np.zeros(elements, np.float32) for _ in range(2)]
    return Traffic(numbers[0], numbers[1], np.full(elements, np.nan), *(np.zeros(3) for _ in range(5)))


class Predictor:
    """Predictions for one Network and its fleet; not safe to share between threads."""

    def __init__(
        self,
        network: Network,
        parameters: PredictionParameters,
        learner: Learner | None = None,
        traffic: TrafficParameters | None = None,
        intervals: Intervals | None = None,
    ) -> None:
        """`learner` defaults to one that knows the timetable only, `intervals` to the errors of its history."""
        self.network = network
        self.parameters = parameters
        self.learner = learner or Learner(network, parameters, LearningParameters())
        stops, elements = len(network.patterns.stop), len(self.learner.typical)
        self._excess = Excess(*(np.zeros(count, np.float32) for count in (stops, stops, 0)))
        self.intervals = intervals or Intervals(IntervalParameters(), self.learner.history.errors)
        self._headway_starts = HeadwayStarts(network, parameters, self.learner.learning)
        self._start_variance = self._headway_starts.variances(self.learner.learning.start_deviation**2)
        self._scratch: F64 = np.zeros(elements)
        self.traffic = new_traffic(elements)
        self.traffic_parameters = traffic or TrafficParameters()
        self._traffic_turn = self._foreseen = -np.inf
        self.gated = 0
        """measurements that said nothing of the road"""
        self.cancelled: frozenset[tuple[int, float]] = frozenset()
        """runs that do not take place: (trip, epoch s its service day starts)"""
        self._planned: tuple[object, ...] = ()
        self._plan = plan_days(network, ())
        self._places = _places(0)
        self._was = _places(0)
        self._quantiles = self.intervals.low, self.intervals.middle, self.intervals.high
        self._runs = _runs(1024, 16_384)
        self._run_of, self._keys = np.empty(0, np.int32), np.empty(0, np.uint64)

    def learn(self, before: Records, after: Records, events: EventColumns, now: float, days: Sequence[ServiceDay]) -> int:
        """Learn from fleet records [V] copied before a step and `after` it, and its events; how many vehicles told of their pace.

        Writes log_pace and pace_weight into `after`. Vehicles new in this step (beyond the length of `before`) tell nothing.
        """
        network, q, plan, count = self.network, self.parameters, self._planned_days(days), len(before)
        self.learner.refresh(now, days)
        was, current = self._room(count)
        delay = self.learner.start_delay
        choose_profiles(before, now, math.inf, network.patterns, self.learner.running, plan, was.profile)
        stand(before, now, network.patterns, network.trips, self.learner.running, delay, q, was)
        np.copyto(current.profile[:count], was.profile[:count])
        current.profile[:count][after["pattern"][:count] != before["pattern"]] = -1
        stand(after[:count], now, network.patterns, network.trips, self.learner.running, delay, q, current)
        told, number = self.learner.learn(before, after, events, days)
        self.gated += int(update(told, number, len(self.learner.links), self.traffic_parameters, self.traffic))
        self.intervals.learn(events)
        return int(learn_pace(before, after, was, current, network.patterns, network.trips, q))

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
        low, middle, high = self._quantiles
        write_calls(self._runs, now, scratch, low, middle, high, out)
        if self._foreseen != self._traffic_turn:
            self._foreseen = self._traffic_turn
            self.learner.dwells.foresee(out, now, len(vehicles))
        return out, start

    def predict_runs(self, vehicles: Records, now: float, days: Sequence[ServiceDay]) -> int:
        """Only fill the scratch runs, by vehicle; how many. What `predict` costs per vehicle before its calls are ordered."""
        network, q, plan, places = self.network, self.parameters, self._planned_days(days), self._room(len(vehicles))[1]
        self.learner.refresh(now, days)
        delay = self.learner.start_delay
        choose_profiles(vehicles, now, q.max_age, network.patterns, self.learner.running, plan, places.profile)
        stand(vehicles, now, network.patterns, network.trips, self.learner.running, delay, q, places)
        await_departure(vehicles, now, network.patterns, network.trips, plan, q, places)
        self._headway_starts.await_departures(vehicles, now, days, self.learner.history, self.learner.last_start, places)
        learner = self.learner
        if np.floor(now / q.traffic_every) != self._traffic_turn:
            self._traffic_turn = np.floor(now / q.traffic_every)
            excesses(
                now, network.patterns, learner.links.pieces, learner.links.length, learner.typical, self.traffic_parameters,
                self.traffic, self._scratch, self._excess.running, self._excess.dwell,
            )
        dwells = learner.dwells
        ratio = np.zeros(len(vehicles), np.float32)
        known = min(len(ratio), len(dwells.ratio))
        ratio[:known] = dwells.slope * dwells.ratio[:known]
        excess = self._excess._replace(headway=ratio)
        self._quantiles = self.intervals.low, self.intervals.middle, self.intervals.high  # sampling makes them anew
        spread = Spread(learner.variance, self._start_variance, self.intervals.middle)
        while True:
            count = int(
                predict_runs(
                    vehicles, now, network.patterns, network.trips, plan, self.learner.running, places, delay, excess,
                    learner.hold_share, spread, self.intervals.due(now),
                    q._replace(recovery=learner.recovery),
                    self._runs,
                )
            )
            if count >= 0:
                self.intervals.sample(self._runs, count, now, len(vehicles))
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
        *(np.empty(rows, np.float32) for _ in range(3)),
    )


def _arrivals(rows: int) -> ArrivalColumns:
    return ArrivalColumns(
        np.empty(rows, np.int32), np.empty(rows, np.int32), np.empty(rows, np.int32), np.empty(rows), np.empty(rows),
        np.empty(rows), np.empty(rows, np.uint8), np.full(rows, np.nan), np.full(rows, np.nan),
    )
