"""How long signals hold up buses: per approach and hour, the time over the last 150 m before the line less that of a free drive.

Each passing told by `approaches_passed` gives the time over its stretch. Dwells seen at a stop within the stretch are taken out, and
passings whose dwell was not seen are left out; braking for and leaving that stop stay in both the time and the free drive, since
stretches with a stop are kept apart. The free drive is a low percentile of the same approach's own times: what a bus makes that
finds green and no queue, not what the speed limit allows. So delay by geometry is not counted, and a queue longer than the
stretch is not seen: a lower bound. Sums are by crossing and hour of the day and never grow with time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from server.signals.approaches import Crossings
from server.signals.approaches_passed import Passed
from transit.kernels.columns import F64, I32, I64, EventColumns
from transit.network import Network

Ints = NDArray[np.signedinteger[Any]]
HOURS = 24
_BINS = 256
_CALLS = 4
"""stops of each vehicle whose dwell is remembered: more than 150 m hold"""


class BusDelayParameters(NamedTuple):
    """What is measured, and when it is known."""

    free: float = 0.10
    """quantile of an approach's own times that is a free drive: low enough to be one wherever a tenth of buses meets green and no
    queue, above the quickest, which are errors of fixes (on sim_city's test day it lies 1.4 s below that of true times)"""
    least: int = 20
    """passings before that quantile is known: below, it is one of the two quickest"""
    uncertain: float = 15.0
    """s of uncertainty of either end beyond which a passing is not measured: half of the usual 30 s between reports"""
    longest: float = 600.0
    """s over a stretch beyond which a bus broke down or left the line"""
    shortest: float = 50.0
    """m of stretch below which nothing is measured: the error of two fixes is a fifth of it"""
    bin: float = 2.0
    """s of a bin of the times' histogram: below the error of one passing"""
    same: float = 25.0
    """m by which stretches of one approach must differ in length to have free drives of their own"""


class ApproachDelay(NamedTuple):
    """Of one approach in one hour of the day, over all days. NaN unknown."""

    passings: int
    """all that were told"""
    measured: int
    delay: float
    """s a bus, mean"""
    free: float
    """s, the free drive"""
    near_side: bool
    """some of its buses stop within the stretch"""


class BusDelay:
    """Learned passing by passing, of one Network and its Crossings; only the engine's one writer calls `learn`."""

    def __init__(self, network: Network, crossings: Crossings, parameters: BusDelayParameters | None = None) -> None:
        self.network, self.crossings, self.parameters = network, crossings, parameters or BusDelayParameters()
        self._zone = ZoneInfo(network.timezone)
        count = len(crossings)
        self._passings: I64 = np.zeros((count, HOURS), np.int64)
        self._measured: I64 = np.zeros((count, HOURS), np.int64)
        self._seconds: F64 = np.zeros((count, HOURS))
        self._days: I64 = np.zeros(HOURS, np.int64)
        """days on which something was seen in each hour"""
        self._hour: I64 = np.array([-1])
        """the hour counted last, since year 1"""
        self.site = self._sites()
        """[C] crossings whose times are comparable: same approach, length of stretch, with or without a stop"""
        self._times: I32 = np.zeros((int(self.site.max(initial=-1)) + 1, _BINS), np.int32)
        self._stop: I32 = np.full((0, _CALLS), -1, np.int32)
        self._dwell: F64 = np.full((0, _CALLS, 2), np.nan)
        self.left_out = {"stretch_not_seen": 0, "too_uncertain": 0, "too_long": 0, "too_short": 0, "dwell_not_seen": 0}
        """passings that were not measured, by reason"""

    def sums(self) -> dict[str, NDArray[Any]]:
        """All that was learned, by name; not copies."""
        return {
            "passings": self._passings, "measured": self._measured, "seconds": self._seconds, "days": self._days,
            "times": self._times, "hour": self._hour,
        }  # fmt: skip

    def learn(self, now: float, passed: Passed, events: EventColumns) -> None:
        """Takes in a step at `now` (epoch s): its stop events, then its passings (`PriorityNow.passed`)."""
        self._remember(events)
        if not len(passed.vehicle):
            return
        c, q = self.crossings, self.parameters
        hour = np.full(len(passed.vehicle), self._hour_of(now))
        np.add.at(self._passings, (passed.crossing, hour), 1)
        dwell = self._dwelt(passed)
        took = passed.time - passed.entered - dwell
        unsure = np.maximum(passed.uncertainty, passed.entered_uncertainty) > q.uncertain
        reasons = {
            "too_short": (c.distance - c.zone)[passed.crossing] < q.shortest,
            "stretch_not_seen": np.isnan(passed.entered),
            "too_uncertain": unsure,
            "dwell_not_seen": np.isnan(dwell),
            "too_long": ~(took <= q.longest),
        }
        fits = np.ones(len(took), bool)
        for reason, out in reasons.items():
            self.left_out[reason] += int((fits & out).sum())
            fits &= ~out
        crossing, hour, took = passed.crossing[fits], hour[fits], np.maximum(took[fits], 0.0)
        np.add.at(self._measured, (crossing, hour), 1)
        np.add.at(self._seconds, (crossing, hour), took)
        np.add.at(self._times, (self.site[crossing], np.minimum(took / q.bin, _BINS - 1).astype(np.int64)), 1)

    def free(self) -> F64:
        """[C] s of a free drive over the stretch of each crossing; NaN where too few were measured."""
        total = self._times.sum(axis=1)
        wanted = np.maximum(self.parameters.free * total, 1.0)
        upto = np.cumsum(self._times, axis=1)
        at = np.argmax(upto >= wanted[:, None], axis=1)
        rows = np.arange(len(at))
        inside = np.maximum(self._times[rows, at], 1)
        into = (wanted - (upto[rows, at] - self._times[rows, at])) / inside
        free = np.where(total >= self.parameters.least, self.parameters.bin * (at + into), np.nan)
        return np.asarray(free[self.site])

    def delay(self) -> F64:
        """[C, 24] s a bus loses at each crossing, mean by hour of the day; NaN unknown. Never below 0."""
        mean = self._seconds / np.where(self._measured > 0, self._measured, np.nan)
        return np.asarray(np.maximum(mean - self.free()[:, None], 0.0))

    def approach(self, intersection: int, approach: int) -> tuple[ApproachDelay, ...]:
        """[24] what is known of an approach by hour of the day; -1: crossings of the intersection whose approach is unknown."""
        rows = np.flatnonzero((self.crossings.intersection == intersection) & (self.crossings.approach == approach))
        delay, free = self.delay()[rows], self.free()[rows]
        known = self._measured[rows] * np.isfinite(delay)
        total, passings = known.sum(axis=0), self._passings[rows].sum(axis=0)
        some = np.where(total > 0, total, np.nan)
        means = np.nansum(known * delay, axis=0) / some, np.nansum(known * free[:, None], axis=0) / some
        stops = bool((self.crossings.stop_within[rows] >= 0).any())
        columns = zip(passings.tolist(), total.tolist(), *(mean.tolist() for mean in means))
        return tuple(ApproachDelay(all_told, measured, lost, drive, stops) for all_told, measured, lost, drive in columns)

    def per_intersection(self, count: int, load: F64 | None = None) -> F64:
        """[count] bus·s lost a day at each intersection, over the hours of the day that were seen; NaN unknown.

        Each bus that passed counts with the mean delay of those measured at its crossing in its hour. `load` [routes] persons on
        a bus of each route makes it person·s; where a route's is NaN, so is the intersection's.
        """
        delay, c = self.delay(), self.crossings
        weight = np.ones(len(c)) if load is None else load[self.network.patterns.route[c.pattern]]
        daily = self._passings / np.maximum(self._days, 1)
        any_hour = self._seconds.sum(axis=1) / np.maximum(self._measured.sum(axis=1), 1) - self.free()
        filled = np.where(np.isnan(delay), np.maximum(any_hour, 0.0)[:, None], delay)
        lost = np.where(daily > 0, daily * filled, 0.0).sum(axis=1) * weight
        passes = daily.sum(axis=1) > 0
        known = passes & np.isfinite(lost)
        total = np.bincount(c.intersection[known], lost[known], minlength=count)
        unknown = np.bincount(c.intersection[passes & ~known], minlength=count) > 0
        if load is None:  # crossings too rarely passed to be known lose little beside the others
            unknown &= np.bincount(c.intersection[known], minlength=count) == 0
        seen = np.bincount(c.intersection[passes], minlength=count) > 0
        return np.where(seen & ~unknown, total, np.nan)

    def _sites(self) -> I32:
        c = self.crossings
        keys = (
            c.intersection, c.approach, np.where(c.approach < 0, np.round(c.heading / 45.0) % 8, -1).astype(np.int64),
            np.round((c.distance - c.zone) / self.parameters.same).astype(np.int64), (c.stop_within >= 0).astype(np.int64),
        )  # fmt: skip
        _, site = np.unique(np.stack(keys), axis=1, return_inverse=True)
        return np.asarray(site.reshape(-1).astype(np.int32))

    def _hour_of(self, now: float) -> int:
        moment = datetime.fromtimestamp(now, self._zone)
        number = moment.toordinal() * HOURS + moment.hour
        if number != self._hour[0]:
            self._hour[0] = number
            self._days[moment.hour] += 1
        return moment.hour

    def _remember(self, events: EventColumns) -> None:
        """The newest dwells of each vehicle, the newest last."""
        most = int(events.vehicle.max(initial=-1)) + 1
        if most > len(self._stop):
            more = most + most // 4 - len(self._stop)
            self._stop = np.concatenate((self._stop, np.full((more, _CALLS), -1, np.int32)))
            self._dwell = np.concatenate((self._dwell, np.full((more, _CALLS, 2), np.nan)))
        for vehicle, stop, arrival, departure in zip(
            events.vehicle.tolist(), events.pattern_stop.tolist(), events.arrival.tolist(), events.departure.tolist()
        ):
            self._stop[vehicle, :-1], self._dwell[vehicle, :-1] = self._stop[vehicle, 1:], self._dwell[vehicle, 1:]
            self._stop[vehicle, -1], self._dwell[vehicle, -1] = stop, (arrival, departure)

    def _dwelt(self, passed: Passed) -> F64:
        """s spent at the stop within each one's stretch; 0 where there is none, NaN where that was not seen."""
        stop = self.crossings.stop_within[passed.crossing]
        dwell = np.where(stop >= 0, np.nan, 0.0)
        for row in np.flatnonzero(stop >= 0).tolist():
            vehicle = int(passed.vehicle[row])
            if vehicle < len(self._stop) and stop[row] in self._stop[vehicle]:
                arrival, departure = self._dwell[vehicle, np.flatnonzero(self._stop[vehicle] == stop[row])[-1]]
                within = min(departure, passed.time[row]) - max(arrival, passed.entered[row])
                dwell[row] = max(within, 0.0) if departure >= passed.entered[row] else np.nan
        return dwell
