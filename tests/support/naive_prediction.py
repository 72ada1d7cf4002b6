"""The predictor once more, one vehicle and one call at a time, in plain Python: what the kernels are compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from transit.kernels.columns import Records
from transit.kernels.prediction_columns import RunningTimes
from transit.model import Source, State
from transit.network import Network
from transit.parameters import PredictionParameters
from transit.service_day import ServiceDay


class Call(NamedTuple):
    vehicle: int
    trip: int
    pattern_stop: int
    service_day: float
    arrival: float
    departure: float
    source: int
    p10: float
    p90: float
    expected: float
    """epoch s, the mean; a call within the horizon by it is told"""


class Model(NamedTuple):
    """What is expected beyond typical times, as plain numbers."""

    more_running: Sequence[float]
    """by pattern stop"""
    more_dwell: Sequence[float]
    riders: Sequence[float]
    """by vehicle on its way: excess of its stays for the headway it has"""
    delay: Sequence[float]
    """by pattern"""
    share: Sequence[float]
    variance: Sequence[float]
    """by pattern stop"""
    start_variance: float
    quantiles: Sequence[tuple[float, float, float]]
    """low, middle, high by source"""


class Way(NamedTuple):
    """Where a run begins."""

    at: int
    time: float
    base: float
    variance: float
    start: float | None
    """epoch s of leaving the terminal, None under way"""


class NaivePredictor:
    def __init__(
        self, network: Network, running: RunningTimes, days: Sequence[ServiceDay], q: PredictionParameters,
        model: Model,
    ) -> None:
        self.network, self.running, self.days, self.q, self.model = network, running, days, q, model

    def predict(self, vehicles: Records, now: float) -> list[Call]:
        calls = []
        for v in range(len(vehicles)):
            one = vehicles[v]
            if one["state"] == State.IN_SERVICE and one["pattern"] >= 0 and now - one["timestamp"] <= self.q.max_age:
                calls += self.under_way(v, one, now)
            elif one["state"] == State.LAYOVER and now - one["heard"] <= self.q.layover_age:
                calls += self.waiting(v, one, now)
        stop = self.network.patterns.stop
        return sorted(calls, key=lambda call: (stop[call.pattern_stop], call.arrival, call.vehicle))

    def profile(self, trip: int) -> tuple[list[float], list[float]]:
        count = int(self.network.trips.start[trip + 1] - self.network.trips.start[trip])
        row = int(self.running.profile[trip])
        return [float(x) for x in self.running.arrive[row : row + count]], [float(x) for x in self.running.leave[row : row + count]]

    def distances(self, pattern: int) -> list[float]:
        first, end = self.network.patterns.stop_start[pattern : pattern + 2]
        return [float(x) for x in self.network.patterns.distance[first:end]]

    def place(self, one: Any, trip: int) -> tuple[int, float]:
        """(first stop to predict, seconds of the profile)"""
        arrive, leave = self.profile(trip)
        distance, progress = self.distances(int(one["pattern"])), float(one["progress"])
        ahead = sum(d <= progress for d in distance)
        stood = float(one["timestamp"] - one["pending_arrival"])
        gaps = {k: abs(distance[k] - progress) for k in (ahead - 1, ahead) if 0 <= k < len(distance)}
        if stood >= 0 and min(gaps.values()) <= self.q.stop_zone:
            at = min(gaps, key=lambda k: (gaps[k], k))
            return at, min(arrive[at] + stood, leave[at])
        if ahead == 0:
            return 0, arrive[0]
        if ahead == len(distance):
            return ahead, leave[-1]
        share = (progress - distance[ahead - 1]) / (distance[ahead] - distance[ahead - 1])
        return ahead, leave[ahead - 1] + share * (arrive[ahead] - leave[ahead - 1])

    def runs_today(self, trip: int, day: ServiceDay) -> bool:
        return bool(day.active[self.network.trips.service[trip]])

    def begin(self, trip: int, day: ServiceDay) -> float:
        return day.start + float(self.network.trips.departure[self.network.trips.start[trip]])

    def nearest_trip(self, one: Any) -> int:
        trips = [int(t) for t in range(len(self.network.trips.pattern)) if self.network.trips.pattern[t] == one["pattern"]]
        planned = [(self.begin(t, day), t) for day in self.days for t in trips if self.runs_today(t, day)]
        planned = planned or [(self.begin(t, day), t) for day in self.days for t in trips]
        if not planned:
            return -1
        planned.sort()
        middle = planned[len(planned) // 2][1]
        moved = dict(zip(one.dtype.names, one.item())) | {"pending_arrival": math.nan}
        begun = one["progress"] >= self.distances(one["pattern"])[0]
        into = self.place(moved, middle)[1] - self.profile(middle)[1][0] if begun else 0.0
        return min(planned, key=lambda start: (abs(start[0] - (one["timestamp"] - into)), start[0]))[1]

    def under_way(self, v: int, one: Any, now: float) -> list[Call]:
        trip = int(one["trip"])
        profile = trip if trip >= 0 else self.nearest_trip(one)
        if profile < 0:
            return []
        at, time = self.place(one, profile)
        service_day = float(one["service_day"]) if trip >= 0 else math.nan
        own = self.q.own_gain * (math.exp(float(one["log_pace"])) - 1)
        base, variance = float(one["timestamp"]), self.place_variance(one, now)
        until = self.waits_until(one, at, now)
        if until > now:
            base, variance = until, variance + self.model.start_variance
        calls, end, variance = self.run(v, trip, profile, Way(at, time, base, variance, None), now, service_day, own)
        return calls + (self.follow(v, trip, service_day, end, variance, now, own) if trip >= 0 and end is not None else [])

    def place_variance(self, one: Any, now: float) -> float:
        return float((self.q.fix_deviation + self.q.age_deviation * (now - one["timestamp"])) ** 2)

    def waits_until(self, one: Any, at: int, now: float) -> float:
        """Epoch s at which a bus standing beyond its first stop or a timepoint is expected to move off; -inf it does not wait."""
        trip, distance = int(one["trip"]), self.distances(int(one["pattern"]))
        timed = trip >= 0 and not self.network.trips.template[trip]
        if not timed or not 0 < at < len(distance) or not one["speed"] < self.q.standing:
            return -math.inf
        row = int(self.network.trips.start[trip])
        if one["progress"] - distance[0] <= self.q.wait_first:
            ready = float(one["service_day"] + self.network.trips.departure[row] + self.model.delay[int(one["pattern"])])
            return max(ready, min(float(one["timestamp"]), now) + self.q.restart)
        if self.behind(one) <= self.q.wait_timepoint and self.network.trips.timepoint[row + at - 1]:
            return float(one["service_day"]) + float(self.network.trips.departure[row + at - 1])
        return -math.inf

    def behind(self, one: Any) -> float:
        """m since the last stop passed"""
        return min((float(one["progress"]) - d for d in self.distances(int(one["pattern"])) if d <= one["progress"]), default=math.inf)

    def waiting(self, v: int, one: Any, now: float) -> list[Call]:
        trip, last, day = int(one["trip"]), int(one["last_trip"]), self.find_day(float(one["service_day"]))
        if trip >= 0 and one["progress"] > 0.5 * self.distances(int(self.network.trips.pattern[trip]))[-1]:
            trip, last = -1, trip
        if trip < 0 and last >= 0:
            if day is None:
                row = self.network.trips.start[last + 1] - 1
                day = min(
                    (d for d in self.days if self.successor(last, d) >= 0),
                    key=lambda d: abs(d.start + float(self.network.trips.arrival[row]) - now), default=None,
                )
            trip = self.successor(last, day) if day else -1
        if trip < 0 or day is None or self.begin(trip, day) - now < -self.q.layover_patience:
            return []
        own = self.q.own_gain * (math.exp(float(one["log_pace"])) - 1)
        return self.from_start(v, trip, day.start, max(self.begin(trip, day), now), self.place_variance(one, now), now, own)

    def find_day(self, start: float) -> ServiceDay | None:
        return next((day for day in self.days if day.start == start), None)

    def successor(self, trip: int, day: ServiceDay) -> int:
        trips, blocks = self.network.trips, self.network.blocks
        if not self.runs_today(trip, day) or blocks.position_of_trip[trip] < 0:
            return -1
        for i in range(blocks.position_of_trip[trip] + 1, blocks.start[trips.block[trip] + 1]):
            other = int(blocks.trip[i])
            if self.runs_today(other, day) and not trips.template[other]:
                late = trips.departure[trips.start[other]] >= trips.arrival[trips.start[trip + 1] - 1]
                return other if late else -1
        return -1

    def from_start(
        self, v: int, trip: int, service_day: float, start: float, variance: float, now: float, own: float
    ) -> list[Call]:
        if start - now > self.q.horizon:
            return []
        pattern = int(self.network.trips.pattern[trip])
        way = Way(1, self.profile(trip)[1][0], start + self.model.delay[pattern], variance + self.model.start_variance, start)
        calls, end, variance = self.run(v, trip, trip, way, now, service_day, own)
        return calls + (self.follow(v, trip, service_day, end, variance, now, own) if end is not None else [])

    def follow(
        self, v: int, trip: int, service_day: float, end: float, variance: float, now: float, own: float
    ) -> list[Call]:
        day = self.find_day(service_day)
        following = self.successor(trip, day) if day else -1
        if day is None or following < 0:
            return []
        start = max(max(end, now) + self.q.minimum_layover, self.begin(following, day))
        return self.from_start(v, following, service_day, start, variance, now, own)

    def run(
        self, v: int, trip: int, profile: int, way: Way, now: float, service_day: float, own: float
    ) -> tuple[list[Call], float | None, float]:
        """(calls, when it is done; None when the horizon came first, variance then)"""
        q, trips, begins, variance = self.q, self.network.trips, way.start is not None, way.variance
        pattern = int(trips.pattern[profile])
        first, count = int(self.network.patterns.stop_start[pattern]), len(self.distances(pattern))
        arrive, leave = self.profile(profile)
        source = Source.LAYOVER if begins else Source.LIVE
        low, middle, high = self.model.quantiles[source]
        fade = q.fade + (way.start - now if way.start is not None else 0.0)
        excess = self.lasting(trip, way, count, arrive, service_day, own)
        calls: list[Call] = []
        held, done, told = 0.0, way.start or now - q.minimum_hop, way.start or now - q.minimum_hop
        if way.start is not None:
            calls.append(Call(v, trip, first, service_day, way.start, way.start, source, way.start, way.start, way.start))
        for k in range(way.at, count):
            ahead = max(0.0, arrive[k] - way.time)
            lasts = fade / (fade + ahead)
            held += lasts * self.model.more_running[first + k] * (ahead if k == way.at else arrive[k] - leave[k - 1])
            comes = max(way.base + ahead * (1 + excess * q.fade / (fade + ahead)) + held, done + q.minimum_hop)
            if comes > now + q.horizon:
                return calls, None, variance
            stay = max(0.0, leave[k] - max(way.time, arrive[k]))
            longer = stay * ((0.0 if begins else self.model.riders[v]) + lasts * self.model.more_dwell[first + k])
            held, goes = held + longer, comes + stay + longer
            part = 1.0
            if k == way.at and not begins and k > 0:
                part = min(1.0, ahead / max(1.0, arrive[k] - leave[k - 1]))
            variance += part * self.model.variance[first + k]
            sigma = math.sqrt(variance)
            wait = self.waits(trip, k, count, goes, way.time < leave[k], service_day)
            goes, held = goes + wait, held + wait
            variance *= (1 - 0.8 * min(1.0, wait / (2 * sigma))) ** 2
            told = max(comes + middle * sigma, told + q.minimum_hop)
            if k > way.at:
                calls[-1] = calls[-1]._replace(departure=min(calls[-1].departure, max(told - q.minimum_hop, calls[-1].arrival)))
            p10, p90 = max(now, told + min(low - middle, 0.0) * sigma), told + max(high - middle, 0.0) * sigma
            calls.append(Call(v, trip, first + k, service_day, told, max(told, goes + told - comes), source, p10, p90, comes))
            done = goes
        return calls, max(done, told) if calls else done, variance

    def lasting(self, trip: int, way: Way, count: int, arrive: list[float], service_day: float, own: float) -> float:
        """The excess of pace at first: its own, less what it makes up of its lateness."""
        late, trips = 0.0, self.network.trips
        if trip >= 0 and not trips.template[trip] and way.at < count:
            due = service_day + float(trips.arrival[trips.start[trip] + way.at])
            late = max(0.0, way.base + max(0.0, arrive[way.at] - way.time) - due)
        return min(max(own - self.q.recovery * late / self.q.fade, self.q.least_excess), self.q.most_excess)

    def waits(self, trip: int, k: int, count: int, goes: float, comes_yet: bool, service_day: float) -> float:
        """s that it waits at its k-th stop for its time."""
        trips = self.network.trips
        if trip < 0 or trips.template[trip] or k == count - 1 or not (k == 0 or trips.timepoint[trips.start[trip] + k]):
            return 0.0
        share = self.model.share[int(trips.pattern[trip])] if k > 0 and comes_yet else 1.0
        return max(0.0, share * (service_day + float(trips.departure[trips.start[trip] + k]) - goes))
