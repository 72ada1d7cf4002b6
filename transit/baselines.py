"""Baselines: the predictors that ours has to beat, on the very positions and stop events that ours sees.

constant_speed       the metres ahead at the vehicle's own mean speed of the last ten minutes
timetable_deviation  the timetable shifted by the vehicle's deviation where it is between its stops
mean_of_days         mean times between stops of the same trip on earlier days, from where the vehicle is
last_bus             what the last vehicle took over each pair of stops today; the timetable where none came
blend_62_38          TransitClock's Kalman filter as it is implemented, whose gain settles at 0.618 for the mean of days

Each predicts the calls ahead of vehicles under way on their trip, no layovers and no next trips. They are pure: what they
know of the past was handed to them in stop events.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from transit.baseline_calls import CallsAhead, Surveyor, after_hops, predictions
from transit.baseline_history import DayTimes, LastBus, Passings, day_begin, operating_date
from transit.kernels.columns import F64, I64, ArrivalColumns, EventColumns, Records
from transit.model import State
from transit.network import Network
from transit.service_day import service_day_start


class BaselineParameters(NamedTuple):
    """What the literature leaves open."""

    horizon: float = 3600.0
    """s ahead; later calls are not predicted. As ours"""
    max_age: float = 300.0
    """s since its fix after which a vehicle has no predictions. As ours"""
    memory: float = 600.0
    """s over which a vehicle's own speed is averaged, for constant speed"""
    least_time: float = 120.0
    """s of driving that tell a speed; before, the mean speed of its timetable stands in"""
    least_speed: float = 1.0
    """m/s, walking pace: a bus that stands will move"""
    usual_speed: float = 4.5
    """m/s where the timetable gives none: a city bus, stops included"""
    days: int = 3
    """earlier days of the same trip that the Kalman filter looks at (TransitClock)"""
    least_days: int = 2
    """of them that it needs. TransitClock: 3; our recordings have two, and two give a variance"""
    shortest: float = 1.0
    longest: float = 1200.0
    """s between which times of a hop tell the filter something (TransitClock)"""
    first_error: float = 1e-4
    """s², of its error at first (TransitClock: 100 ms²)"""


class Baselines:
    """All baselines of one Network. Not safe to share between threads."""

    def __init__(self, network: Network, parameters: BaselineParameters | None = None) -> None:
        self.network, self.parameters = network, parameters or BaselineParameters()
        q = self.parameters
        self.days = DayTimes(network, q.days)
        self.unpredicted: dict[str, int] = dict.fromkeys(NAMES, 0)
        """calls within no baseline's knowledge: no history and nothing to fall back on, by name"""
        self._surveyor = Surveyor(network, q.max_age)
        self._speeds = _Speeds(q)
        second = network.patterns.stop_start[:-1] + 1
        self._second = np.isin(np.arange(len(network.patterns.stop)), second)
        self._passings, self._last = Passings(), LastBus(network)
        self._error: F64 = np.full(int(network.trips.start[-1]), q.first_error)
        self._date = datetime.date.min

    def remember(self, events: EventColumns) -> None:
        """Stop events of earlier days, in order of time for each vehicle index (which means nothing else)."""
        self.days.observe(Passings().observe(events))

    def step(self, vehicles: Records, events: EventColumns, now: float) -> dict[str, ArrivalColumns]:
        """`observe` and `predict` in one."""
        self.observe(events)
        return self.predict(vehicles, now)

    def observe(self, events: EventColumns) -> None:
        """Take in stop events as they come; each one once, whether or not there is a prediction after it."""
        if len(events.vehicle):
            passages = self._passings.observe(events)
            self._last.observe(passages)
            self.days.observe(passages)

    def predict(self, vehicles: Records, now: float) -> dict[str, ArrivalColumns]:
        """What every baseline predicts at `now` (epoch s) for VEHICLE records [V]; meant for once a minute."""
        self._date = operating_date(now, self.network.timezone)
        self.days.turn_to(self._date)
        calls = self._surveyor.survey(vehicles, now, service_day_start(self._date, self.network.timezone))
        speed = self._speeds.observe(vehicles)
        told = {}
        for name, predict in _PREDICTORS.items():
            arrival = predict(self, calls, speed)
            self.unpredicted[name] += int(np.isnan(arrival).sum())
            told[name] = predictions(calls, arrival, self.parameters.horizon)
        return told

    def constant_speed(self, calls: CallsAhead, speed: F64) -> F64:
        """[R] epoch s; `speed` [V] m/s, NaN unknown."""
        distance = self.network.patterns.distance
        mean = np.maximum(speed[calls.vehicle], self.parameters.least_speed)
        mean = np.where(np.isnan(mean), self._timetable_speed(calls), mean)
        metres = np.maximum(distance[calls.pattern_stop] - calls.progress[calls.owner], 0.0)
        arrival: F64 = calls.timestamp[calls.owner] + metres / mean[calls.owner]
        return arrival

    def timetable_deviation(self, calls: CallsAhead, _: F64) -> F64:
        """[R] epoch s: from where the vehicle is, on as the timetable has it."""
        return after_hops(calls, *self._scheduled(calls))

    def mean_of_days(self, calls: CallsAhead, _: F64) -> F64:
        """[R] epoch s; NaN where no earlier day tells a hop on the way."""
        return after_hops(calls, *self._means(calls))

    def last_bus(self, calls: CallsAhead, _: F64) -> F64:
        """[R] epoch s."""
        return after_hops(calls, *_first_known(self._of_last_bus(calls), self._scheduled(calls)))

    def blend_62_38(self, calls: CallsAhead, _: F64) -> F64:
        """[R] epoch s: the filter where the trip has its days and a bus came before, else the means, else that bus, else the
        timetable (TransitClock's chain)."""
        q, row = self.parameters, calls.row
        means, last = self._means(calls), self._of_last_bus(calls)
        drive, dwell = _first_known(means, _first_known(last, self._scheduled(calls)))
        if not len(row) or not len(self._error):
            return after_hops(calls, drive, dwell)
        days = np.where((row < 0)[:, None], np.nan, self.days.latest[row])
        days[~((days >= q.shortest) & (days <= q.longest))] = np.nan
        filtered = (np.sum(~np.isnan(days), axis=1) >= q.least_days) & (last[0] >= q.shortest) & (last[0] <= q.longest)
        on = np.flatnonzero(filtered)
        drive[on], self._error[row[on]] = kalman(days[on], last[0][on], self._error[row[on]])
        return after_hops(calls, drive, dwell)

    def _means(self, calls: CallsAhead) -> tuple[F64, F64]:
        return self._set_out(calls, self.days.means(calls.row, calls.pattern_stop))

    def _of_last_bus(self, calls: CallsAhead) -> tuple[F64, F64]:
        return self._set_out(calls, self._last.hops(calls.pattern_stop, day_begin(self._date, self.network.timezone)))

    def _set_out(self, calls: CallsAhead, hops: tuple[F64, F64]) -> tuple[F64, F64]:
        """The same hops, but the first of a pattern as the timetable has it, where they are known: what was seen of it holds the
        layover, for many buses wait some metres beyond the first stop."""
        second = self._second[calls.pattern_stop] & ~np.isnan(hops[0])
        scheduled = self._scheduled(calls)
        return np.where(second, scheduled[0], hops[0]), np.where(second, scheduled[1], hops[1])

    def _scheduled(self, calls: CallsAhead) -> tuple[F64, F64]:
        """(drive, dwell) s of the hops by the timetable, NaN without a profile."""
        trips = self.network.trips
        if not len(trips.arrival):
            return np.full(len(calls.row), np.nan), np.full(len(calls.row), np.nan)
        before = np.maximum(calls.row - 1, 0)
        drive = np.where(calls.row < 0, np.nan, trips.arrival[calls.row] - trips.departure[before])
        return drive, (trips.departure[before] - trips.arrival[before]).astype(np.float64)

    def _timetable_speed(self, calls: CallsAhead) -> F64:
        """[N] m/s that the whole profile means."""
        trips, q = self.network.trips, self.parameters
        length = self.network.shapes.length[self.network.trips.pattern[calls.profile]] if len(trips.pattern) else np.zeros(0)
        took: I64 = trips.arrival[trips.start[calls.profile + 1] - 1] - trips.departure[trips.start[calls.profile]]
        known = (calls.profile >= 0) & (took > 0)
        return np.where(known, np.maximum(length / np.maximum(took, 1), q.least_speed), q.usual_speed)


_PREDICTORS: Mapping[str, Callable[[Baselines, CallsAhead, F64], F64]] = {
    "constant_speed": Baselines.constant_speed,
    "timetable_deviation": Baselines.timetable_deviation,
    "mean_of_days": Baselines.mean_of_days,
    "last_bus": Baselines.last_bus,
    "blend_62_38": Baselines.blend_62_38,
}
NAMES = tuple(_PREDICTORS)
"""every baseline"""


def kalman(days: F64, last: F64, error: F64) -> tuple[F64, F64]:
    """(s predicted, new error s²) of hops [n] that took `days` [n, d] s on earlier days (NaN unknown) and `last` s just now.

    As TransitClock has it: mean h and population variance V of the days, gain g = (e + V) / (e + 2V), prediction
    g h + (1 - g) last, new error V g. It never compares a prediction with what came of it, so e settles at 0.618 V whatever the
    data, and the prediction at 62 % mean and 38 % last bus.
    """
    mean, variance = np.nanmean(days, axis=1), np.nanvar(days, axis=1)
    gain = np.where(error + variance > 0.0, (error + variance) / np.where(error + variance > 0.0, error + 2.0 * variance, 1.0), 1.0)
    return gain * mean + (1.0 - gain) * last, variance * gain


def _first_known(one: tuple[F64, F64], other: tuple[F64, F64]) -> tuple[F64, F64]:
    """Hops of the first, where its drives are known, else of the other."""
    known = ~np.isnan(one[0])
    return np.where(known, one[0], other[0]), np.where(known, one[1], other[1])


class _Speeds:
    """Mean speed of each vehicle along its run, from where it was seen at the steps of the last minutes."""

    SLOTS = 12

    def __init__(self, parameters: BaselineParameters) -> None:
        self._q = parameters
        self._run = np.full((0, 2), -1, np.int32)
        self._seen, self._places = np.full((0, self.SLOTS), np.nan), np.full((0, self.SLOTS), np.nan)

    def observe(self, vehicles: Records) -> F64:
        """[V] m/s, NaN where too little was seen on this pattern and trip."""
        more = len(vehicles) - len(self._run)
        if more > 0:
            self._run = np.concatenate((self._run, np.full((more, 2), -1, np.int32)))
            self._seen, self._places = (
                np.concatenate((part, np.full((more, self.SLOTS), np.nan))) for part in (self._seen, self._places)
            )
        run = np.stack((vehicles["pattern"], vehicles["trip"]), axis=1)
        anew = (run[:, 0] != self._run[:, 0]) | ((run[:, 1] != self._run[:, 1]) & (self._run[:, 1] >= 0))
        anew |= vehicles["progress"] < self._places[:, -1]
        driving = (vehicles["state"] == State.IN_SERVICE) & (vehicles["pattern"] >= 0)
        self._seen[anew | ~driving] = self._places[anew | ~driving] = np.nan
        self._run = run
        moved = driving & ~(vehicles["timestamp"] <= self._seen[:, -1])
        for kept, value in ((self._seen, vehicles["timestamp"]), (self._places, vehicles["progress"])):
            kept[moved, :-1] = kept[moved, 1:]
            kept[moved, -1] = value[moved]
        newest = self._seen[:, -1]
        oldest = np.argmax(self._seen >= newest[:, None] - self._q.memory, axis=1)
        at = np.arange(len(oldest))
        took = newest - self._seen[at, oldest]
        driven = self._places[:, -1] - self._places[at, oldest]
        speed: F64 = np.where(took >= self._q.least_time, driven / np.maximum(took, 1.0), np.nan)
        return speed
