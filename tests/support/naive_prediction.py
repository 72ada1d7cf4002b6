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


class NaivePredictor:
    def __init__(
        self, network: Network, running: RunningTimes, days: Sequence[ServiceDay], q: PredictionParameters,
        excess: Sequence[float], share: float,
    ) -> None:
        self.network, self.running, self.days, self.q, self.excess, self.share = network, running, days, q, excess, share

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
        base = float(one["timestamp"])
        until = self.waits_until(one, at)
        if until > now:
            base = until
        calls, end = self.run(v, trip, profile, at, time, base, now, service_day, own, None)
        return calls + (self.follow(v, trip, service_day, end, now, own) if trip >= 0 and end is not None else [])

    def waits_until(self, one: Any, at: int) -> float:
        """Epoch s of the scheduled departure that a bus standing beyond its first stop or a timepoint waits for; -inf none."""
        trip, distance = int(one["trip"]), self.distances(int(one["pattern"]))
        timed = trip >= 0 and not self.network.trips.template[trip]
        if not timed or not 0 < at < len(distance) or not one["speed"] < self.q.standing:
            return -math.inf
        row = int(self.network.trips.start[trip])
        if one["progress"] - distance[0] <= self.q.wait_first:
            k = 0
        elif self.behind(one) <= self.q.wait_timepoint and self.network.trips.timepoint[row + at - 1]:
            k = at - 1
        else:
            return -math.inf
        return float(one["service_day"]) + float(self.network.trips.departure[row + k])

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
        return self.from_start(v, trip, day.start, max(self.begin(trip, day), now), now, own)

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

    def from_start(self, v: int, trip: int, service_day: float, start: float, now: float, own: float) -> list[Call]:
        if start - now > self.q.horizon:
            return []
        leave = self.profile(trip)[1][0]
        calls, end = self.run(v, trip, trip, 1, leave, start, now, service_day, own, start)
        return calls + (self.follow(v, trip, service_day, end, now, own) if end is not None else [])

    def follow(self, v: int, trip: int, service_day: float, end: float, now: float, own: float) -> list[Call]:
        day = self.find_day(service_day)
        following = self.successor(trip, day) if day else -1
        if day is None or following < 0:
            return []
        start = max(max(end, now) + self.q.minimum_layover, self.begin(following, day))
        return self.from_start(v, following, service_day, start, now, own)

    def run(
        self, v: int, trip: int, profile: int, at: int, time: float, base: float, now: float, service_day: float, own: float,
        start: float | None,
    ) -> tuple[list[Call], float | None]:
        """(calls, last departure; None when the horizon came first)"""
        q, network = self.q, self.network
        pattern = int(network.trips.pattern[profile])
        first, count = int(network.patterns.stop_start[pattern]), len(self.distances(pattern))
        arrive, leave = self.profile(profile)
        late, timed = 0.0, trip >= 0 and not network.trips.template[trip]
        if timed and at < count:
            due = service_day + float(network.trips.arrival[network.trips.start[trip] + at])
            late = max(0.0, base + max(0.0, arrive[at] - time) - due)
        excess = min(max(own + self.excess[pattern] - q.recovery * late / q.fade, q.least_excess), q.most_excess)
        fade = q.fade + (start - now if start is not None else 0.0)
        calls, held, previous = [], 0.0, now - q.minimum_hop
        if start is not None:
            calls.append(Call(v, trip, first, service_day, start, start, Source.LAYOVER))
            previous = start
        for k in range(at, count):
            ahead = max(0.0, arrive[k] - time)
            comes = max(base + ahead * (1 + excess * q.fade / (fade + ahead)) + held, previous + q.minimum_hop)
            if comes > now + q.horizon:
                return calls, None
            goes = comes + max(0.0, leave[k] - max(time, arrive[k]))
            if timed and k < count - 1 and (k == 0 or network.trips.timepoint[network.trips.start[trip] + k]):
                wait = service_day + float(network.trips.departure[network.trips.start[trip] + k]) - goes
                waits_already = time >= leave[k]
                wait *= 1.0 if k == 0 or waits_already else self.share
                goes, held = goes + max(0.0, wait), held + max(0.0, wait)
            source = Source.LIVE if start is None else Source.LAYOVER
            calls.append(Call(v, trip, first + k, service_day, comes, goes, source))
            previous = goes
        return calls, previous
