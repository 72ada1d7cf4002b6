"""What vehicles told, added up in dictionaries: what the sums of `kernels.learning` are compared with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from transit.kernels.prediction_columns import RunningTimes
from transit.learning_parameters import LearningParameters
from transit.network import Network


class Measured(NamedTuple):
    element: int
    time: float
    actual: float
    expected: float
    share: float


class Event(NamedTuple):
    vehicle: int
    trip: int
    pattern_stop: int
    arrival: float
    """epoch s"""
    departure: float | None


def bounded(actual: float, expected: float, slack: float, par: LearningParameters) -> float:
    return min(max(actual, expected / par.most_ratio - slack), par.most_ratio * expected + slack)


def elements(
    told: Iterable[Measured], links: int, day_start: float, par: LearningParameters
) -> dict[str, dict[tuple[int, ...], float]]:
    """Sums by (element, hour) or (element,)."""
    sums: dict[str, dict[tuple[int, ...], float]] = {name: defaultdict(float) for name in ("weight", "seconds", "squares", "passes")}
    for one in told:
        actual = bounded(one.actual, one.expected, par.slack if one.element < links else par.dwell_slack, par)
        hour = int(((one.time - day_start) / 3600.0) // 1) % 24
        sums["weight"][one.element, hour] += one.share
        sums["seconds"][one.element, hour] += actual
        sums["squares"][one.element,] += (actual - one.expected) ** 2 / one.share
        sums["passes"][one.element,] += one.share
    return sums


class NaiveHops:
    """Follows vehicles from departure to arrival."""

    def __init__(self, network: Network, hop_of: list[int], middle: list[int], running: RunningTimes, par: LearningParameters) -> None:
        self.network, self.hop_of, self.middle, self.running, self.par = network, hop_of, middle, running, par
        self.left: dict[int, tuple[int, float]] = {}
        """vehicle → (pattern stop, when)"""
        self.sums: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.starts: dict[int, float] = {}
        """pattern → when the newest bus left its first stop"""

    def see(self, event: Event, day_start: float) -> None:
        patterns, trips = self.network.patterns, self.network.trips
        p = int(self.network.pattern_of_pattern_stop[event.pattern_stop])
        k = event.pattern_stop - int(patterns.stop_start[p])
        timed = event.trip >= 0 and not trips.template[event.trip]
        row = int(self.running.profile[event.trip if event.trip >= 0 else self.middle[p]]) + k
        before = self.left.pop(event.vehicle, None)
        if before is not None and k > 0 and before[0] == event.pattern_stop - 1 and event.arrival > before[1]:
            typical = float(self.running.arrive[row]) - float(self.running.leave[row - 1])
            if k > 1:
                hop = self.hop_of[event.pattern_stop]
                self.sums["hop_expected"][hop] += typical
                took = bounded(event.arrival - before[1], typical, self.par.slack, self.par)
                self.sums["hop_actual"][hop] += took
                if timed:
                    due = day_start + float(trips.departure[trips.start[event.trip] + k - 1])
                    self.late(self.of_day(before[1] - due), typical, took)
            elif timed:
                late = self.of_day(event.arrival - typical - float(trips.departure[trips.start[event.trip]]) - day_start)
                if abs(late) < self.par.most_late:
                    self.sums["start_delay"][p] += min(max(late, self.par.least_delay), self.par.most_delay)
                    self.sums["starts"][p] += 1.0
        if timed and k > 0 and trips.timepoint[trips.start[event.trip] + k] and event.departure is not None:
            ready = event.arrival + float(self.running.leave[row]) - float(self.running.arrive[row])
            early = self.of_day(day_start + float(trips.departure[trips.start[event.trip] + k]) - ready)
            if self.par.least_early < early < self.par.most_late:
                self.sums["early"][p] += early
                self.sums["waited"][p] += min(max(event.departure - ready, 0.0), early)
        if k == 0 and event.departure is not None:
            self.begin(p, event.departure)
        if event.departure is not None:
            self.left[event.vehicle] = (event.pattern_stop, event.departure)

    def late(self, late: float, typical: float, took: float) -> None:
        """A hop that began late."""
        if 0.0 < late < self.par.most_late:
            for k, value in enumerate((typical, late * typical, late * late * typical, typical - took, late * (typical - took))):
                self.sums["lateness"][k] += value

    def begin(self, p: int, left: float) -> None:
        """A bus leaves the first stop of a pattern."""
        before = self.starts.get(p, -float("inf"))
        if 0.0 < left - before < self.par.most_gap:
            self.sums["gap_seconds"][p] += left - before
            self.sums["gaps"][p] += 1.0
        self.starts[p] = max(before, left)

    @staticmethod
    def of_day(seconds: float) -> float:
        """The same less whole days, between half a day before and after nought."""
        while seconds >= 43_200.0:
            seconds -= 86_400.0
        while seconds < -43_200.0:
            seconds += 86_400.0
        return seconds


def estimated(weight: Any, seconds: Any, planned: Any, day_type: int, par: LearningParameters) -> tuple[Any, Any]:
    """(mean [E, hours], measured [E]) of sums [E, day types, hours] and timetable [day types, E, hours], a whole table at a time."""
    expected = np.einsum("edh,deh->e", weight, planned)
    ratio = np.where(expected > 0, seconds.sum((1, 2)) / np.where(expected > 0, expected, 1.0), 1.0)
    hour = (seconds.sum(1) + par.hour_weight * ratio[:, None] * planned[day_type]) / (weight.sum(1) + par.hour_weight)
    return (seconds[:, day_type] + par.type_weight * hour) / (weight[:, day_type] + par.type_weight), weight.sum((1, 2))
