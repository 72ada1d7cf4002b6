"""Learns while it runs: what links, dwells, hops and starts take, and from it the typical times that predictions stand on.

Begins with the timetable, or with the history of earlier days, and counts every vehicle's movement at once; typical times are
made anew every few minutes. So a first day already corrects its timetable, and what it taught is kept for the next.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from transit.day_type import day_type, regular_services
from transit.headway_dwell import HeadwayDwell
from transit.history import DAY_TYPES, HOURS, History
from transit.kernels.columns import F32, I32, U8, EventColumns, Records
from transit.kernels.learning import add_hops, add_measurements
from transit.kernels.links import drive_past
from transit.kernels.prediction_columns import Measurements, RunningTimes
from transit.kernels.profiles import hop_variances, lay_profiles, spread_timetable
from transit.kernels.traversals import traverse
from transit.learning_parameters import LearningParameters
from transit.links import find_links
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


class Learner:
    """Of one network; only the engine's one writer touches it. `running` and what follows are what is typical now."""

    def __init__(
        self, network: Network, prediction: PredictionParameters, learning: LearningParameters, history: History | None = None
    ) -> None:
        self.network, self.learning, self._prediction = network, learning, prediction
        self.links = find_links(network)
        patterns = len(network.patterns.route)
        self.history = history or History.empty(len(self.links), len(network.stop_ids), self.links.hops, patterns)
        self._prior = timetable_running_times(network, prediction)
        self.running = self._prior._replace(arrive=self._prior.arrive.copy(), leave=self._prior.leave.copy())
        self._planned = self._timetable()
        self.typical: F32 = self._planned[0, :, 0].copy()
        self.recovery = prediction.recovery
        self.start_delay: F32 = np.zeros(patterns, np.float32)
        self.variance: F32 = np.zeros(len(network.patterns.stop), np.float32)
        self.hold_share: F32 = np.zeros(patterns, np.float32)
        self._typical_trip = _middle_trips(network)
        self._refreshed, self._kind = -np.inf, 0
        self._last_stop, self._left = np.empty(0, np.int32), np.empty(0)
        self.last_start = np.full(patterns, np.nan)
        """[P] epoch s when a bus last left each pattern's first stop"""
        self._road_index = self.links.index(learning.passing_reach)
        self.dwells = HeadwayDwell(network, self.history.columns.dwells)
        self._told = _measurements(4096)
        self.refresh(-np.inf, ())

    def recall(self, history: History) -> None:
        """Goes on from what earlier days taught."""
        self.history = history
        self.dwells.sums = history.columns.dwells
        self.refresh(-np.inf, ())

    def refresh(self, now: float, days: Sequence[ServiceDay]) -> None:
        """Makes what is typical anew when `refresh` seconds have passed since it last was."""
        turn = np.floor(now / self.learning.refresh)
        if turn == self._refreshed and days:
            return
        self._refreshed = turn
        par, network, history = self.learning, self.network, self.history
        today = days[len(days) // 2] if days else None
        kind = self._kind = int(day_type(network, today)) if today else 0
        known = history.estimates(kind, self._planned, par)
        lay_profiles(
            network.patterns, network.trips, self.links.pieces, self.links.length, known, history.hop_factors(par),
            self.links.hop_of, self._prior, par.timetable_weight, self.running,
        )  # fmt: skip
        bins = known.mean.shape[1]
        hour = int((now - today.start) % 86_400.0 * bins / 86_400.0) if today else 0
        self.typical = (known.weight * known.mean[:, hour] + par.timetable_weight * self._planned[kind, :, hour]) / (
            known.weight + par.timetable_weight
        )
        self.start_delay = history.start_delays(par)
        self.recovery = history.recovery(self._prediction)
        variances = history.variances(self.typical, par)
        hop_variances(network.patterns, self.links.pieces, self.links.length, variances, self.variance)
        self.hold_share = history.hold_shares(self._prediction)

    def learn(
        self, before: Records, after: Records, events: EventColumns, days: Sequence[ServiceDay]
    ) -> tuple[Measurements, int]:
        """Counts what fleet records [V] copied before a step and `after` it, and its stop events, tell; what they measured."""
        network, par, known = self.network, self.learning, self.history.columns
        today = days[len(days) // 2]
        if len(events.vehicle):
            self.history.begin_day(today.date.isoformat(), par)
        while True:
            count = int(
                traverse(
                    before, after, network.patterns, network.trips, self.links.pieces, self.links.length, self.typical, par,
                    self._told,
                )
            )
            if count >= 0:
                break
            self._told = _measurements(2 * len(self._told.element))
        head, chain = self._road_index
        count = int(
            drive_past(
                before, after, self.links.points, head, chain, self.links.link_of_point, self.links.length, self.typical, par,
                count, self._told,
            )
        )
        add_measurements(self._told, count, len(self.links), self._kind, today.start, par, known)
        self._make_room(len(after))
        add_hops(
            events, network.patterns, network.pattern_of_pattern_stop, self.links.hop_of, self._typical_trip, network.trips,
            today.start, self.running, par, self._last_stop, self._left, self.last_start, known,
        )
        self.dwells.learn(events, self.typical[len(self.links) + network.patterns.stop])
        return self._told, count

    def _timetable(self) -> F32:
        """[day types, E, hours] s that the timetable gives elements; all trips speak for one that no regular trip of a kind passes."""
        network, elements = self.network, len(self.links) + len(self.network.stop_ids)
        every, weight = np.empty((elements, HOURS), np.float32), np.empty((elements, HOURS), np.float32)
        self._spread(np.ones(len(network.trips.pattern), np.uint8), every, weight)
        planned = np.empty((DAY_TYPES, elements, HOURS), np.float32)
        for kind, services in enumerate(regular_services(network)):
            self._spread(services[network.trips.service].astype(np.uint8), planned[kind], weight)
            unserved = ~weight.any(1)
            planned[kind][unserved] = every[unserved]
        return planned

    def _spread(self, runs: U8, seconds: F32, weight: F32) -> None:
        network, links = self.network, self.links
        spread_timetable(network.patterns, network.trips, runs, links.pieces, links.length, self._prior, seconds, weight)

    def _make_room(self, vehicles: int) -> None:
        more = vehicles - len(self._left)
        if more > 0:
            self._last_stop = np.concatenate((self._last_stop, np.full(more, -1, np.int32)))
            self._left = np.concatenate((self._left, np.full(more, np.nan)))


def _middle_trips(network: Network) -> I32:
    """[P] a trip of each pattern, for vehicles that have none: the one in the middle of the day; 0 where there is none."""
    start, trip = network.trips_of_pattern
    middle = (start[:-1] + start[1:]) // 2
    return np.where(start[1:] > start[:-1], np.append(trip, 0)[middle], 0).astype(np.int32)


def _measurements(count: int) -> Measurements:
    return Measurements(
        np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count), np.empty(count, np.float32),
        np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.uint8),
    )
