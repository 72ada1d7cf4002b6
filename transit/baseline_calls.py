"""The calls ahead that every baseline predicts: those of vehicles under way, on the trip they are on, as our predictor sees them.

A baseline says how long each hop from one stop to the next takes; the sum of the hops from where the vehicle was seen is its
prediction. All of them stand at the same positions: of the hop under way the share of its metres still ahead is left, and a
dwell at the stop behind is over.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from transit.kernels.columns import F64, I32, I64, ArrivalColumns, Records
from transit.model import Source, State
from transit.network import Network

NEAR_START, STANDING = 150.0, 1.0
"""m beyond the first stop within which a bus slower than so many m/s waits to begin: terminals have lay-bys. As ours"""


class CallsAhead(NamedTuple):
    """N vehicles under way and their R calls ahead, by vehicle, in order of their stops."""

    now: float
    """epoch s"""
    vehicle: I32
    """[N] fleet row"""
    trip: I32
    """[N] -1 unknown"""
    profile: I32
    """[N] the trip whose timetable stands for it: its own, or the one of its pattern that starts nearest; -1 none"""
    service_day: F64
    """[N] epoch s, NaN without a trip"""
    timestamp: F64
    """[N] epoch s of the fix; where the bus waits to begin its trip, of its scheduled start when that is later"""
    progress: F64
    """[N] m along the pattern"""
    share: F64
    """[N] of the hop to its first call, 0 … 1 still ahead"""
    first: I64
    """[N] its first row among the calls"""
    owner: I64
    """[R] which of the N vehicles"""
    pattern_stop: I32
    """[R]"""
    row: I64
    """[R] row of the call among the profile's stop times; -1 without a profile"""
    origin: F64
    """[R] 1 where the call is at the first stop of its pattern, to which no hop leads; else 0"""


class Surveyor:
    """Finds the calls ahead on one Network; its index of stops is made once."""

    def __init__(self, network: Network, max_age: float) -> None:
        """`max_age`: s since its fix after which a vehicle has no predictions."""
        self.network, self.max_age = network, max_age
        patterns = network.patterns
        self._width = float(patterns.distance.max(initial=0.0)) + 1.0
        self._places = network.pattern_of_pattern_stop * self._width + patterns.distance
        start, self._trips = network.trips_of_pattern
        self._bounds = start.astype(np.int64)
        begins = network.trips.departure[network.trips.start[self._trips]] if len(self._trips) else np.zeros(0)
        self._begins = network.trips.pattern[self._trips] * 1e6 + begins

    def survey(self, vehicles: Records, now: float, today: float) -> CallsAhead:
        """The calls ahead at `now` of VEHICLE records [V]; `today` is epoch s of noon minus 12 h of the operating day."""
        seen = (vehicles["state"] == State.IN_SERVICE) & (vehicles["pattern"] >= 0)
        seen &= now - vehicles["timestamp"] <= self.max_age
        rows = np.flatnonzero(seen)
        on = vehicles[rows]
        pattern, progress, patterns = on["pattern"], on["progress"].astype(np.float64), self.network.patterns
        begin, end = patterns.stop_start[pattern].astype(np.int64), patterns.stop_start[pattern + 1].astype(np.int64)
        place = pattern * self._width + np.clip(progress, -0.5, self._width - 0.5)
        ahead = np.clip(np.searchsorted(self._places, place, "right"), begin, end)
        rows, on, pattern, progress, begin, end, ahead = (
            part[ahead < end] for part in (rows, on, pattern, progress, begin, end, ahead)
        )
        count = end - ahead
        first = np.cumsum(count) - count
        owner = np.repeat(np.arange(len(rows)), count)
        stop = np.arange(len(owner)) - first[owner] + ahead[owner]
        profile = self._profiles(on, pattern, today)
        row = np.where(profile[owner] < 0, -1, self.network.trips.start[profile][owner] + stop - begin[owner])
        return CallsAhead(
            now, rows.astype(np.int32), on["trip"], profile, on["service_day"], self._starts(on, begin, progress), progress,
            self._share(ahead, begin, progress), first, owner, stop.astype(np.int32), row, (stop == begin[owner]).astype(np.float64),
        )

    def _starts(self, on: Records, begin: I64, progress: F64) -> F64:
        """The fix's time; the trip's scheduled start for a bus that stands near its first stop ahead of it (as TransitClock has it)."""
        trips, seen = self.network.trips, on["timestamp"].astype(np.float64)
        waits = (on["trip"] >= 0) & (on["speed"] < STANDING) & (progress - self.network.patterns.distance[begin] <= NEAR_START)
        held = np.flatnonzero(waits)
        trip = on["trip"][held]
        due = np.where(trips.template[trip] == 1, np.nan, on["service_day"][held] + trips.departure[trips.start[trip]])
        seen[held] = np.fmax(seen[held], due)
        return seen

    def _share(self, ahead: I64, begin: I64, progress: F64) -> F64:
        """Of the hop to the pattern stop `ahead`, what is left at `progress`; 1 before the first stop."""
        distance = self.network.patterns.distance.astype(np.float64)
        hop = distance[ahead] - distance[np.maximum(ahead - 1, begin)]
        return np.where(ahead > begin, np.clip((distance[ahead] - progress) / np.maximum(hop, 1e-6), 0.0, 1.0), 1.0)

    def _profiles(self, on: Records, pattern: I32, today: float) -> I32:
        """The own trip, else the trip of the pattern that starts nearest to the fix by the clock, whatever its service."""
        profile: I32 = on["trip"].copy()
        lost = np.flatnonzero(profile < 0)
        if not len(lost) or not len(self._trips):
            return profile
        wanted = pattern[lost] * 1e6 + np.clip(on["timestamp"][lost] - today, 0.0, 9e5)
        low, high = self._bounds[pattern[lost]], self._bounds[pattern[lost] + 1] - 1
        after = np.clip(np.searchsorted(self._begins, wanted), low, np.maximum(high, low))
        before = np.maximum(after - 1, low)
        nearer = np.abs(self._begins[before] - wanted) <= np.abs(self._begins[after] - wanted)
        profile[lost] = np.where(high >= low, self._trips[np.where(nearer, before, after)], -1)
        return profile


def after_hops(calls: CallsAhead, drive: F64, dwell: F64) -> F64:
    """[R] epoch s of each call: the hops' sums from the fix on. NaN from the first unknown hop of a vehicle on.

    `drive` [R] s from leaving the stop before to arriving at the call, `dwell` [R] s at the stop before. Where no hop leads to
    a call (the first stop of a pattern) both count 0.
    """
    step = np.where(calls.origin > 0, 0.0, drive + dwell)
    step[calls.first] = np.where(calls.origin[calls.first] > 0, 0.0, calls.share * drive[calls.first])
    unknown = np.isnan(step)
    step[unknown] = 0.0
    total = np.cumsum(step)
    lost = np.cumsum(unknown)
    total -= (total - step)[calls.first][calls.owner]
    lost -= (lost - unknown)[calls.first][calls.owner]
    arrival: F64 = np.where(lost > 0, np.nan, calls.timestamp[calls.owner] + total)
    return arrival


def predictions(calls: CallsAhead, arrival: F64, horizon: float) -> ArrivalColumns:
    """Arrivals [R] as live predictions by vehicle and stop: unknown and farther ones left out, none before now.

    No baseline says when a bus departs or how sure it is: those columns are NaN.
    """
    kept = np.flatnonzero(arrival - calls.now <= horizon)
    owner = calls.owner[kept]
    unknown = np.full(len(kept), np.nan)
    return ArrivalColumns(
        calls.vehicle[owner], calls.pattern_stop[kept], calls.trip[owner], calls.service_day[owner],
        np.maximum(arrival[kept], calls.now), unknown, np.full(len(kept), Source.LIVE, np.uint8), unknown.copy(), unknown.copy(),
    )
