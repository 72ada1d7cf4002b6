"""When each bus under way comes to the stop lines ahead of it, from the arrivals predicted at the stops around them.

A prediction gives the time of leaving the stop before the line (or of now, where no stop is left before it) and of coming to the
stop beyond it. Between the two the time is spent evenly over the metres, or, where no stop is left, as buses took it that were as
far from the line and as fast (`priority_approaching`). An ETA is never before the stop before nor after the stop beyond, and ETAs
along a trip never decrease. Variance grows in proportion to the time.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from server.signals.approaches import Crossings
from server.signals.priority_approaching import Approaching
from transit.kernels.columns import F32, F64, I32, U8, Records
from transit.model import Source, State
from transit.snapshot import Snapshot

_FAR = 1e7
"""m, longer than any pattern"""
_NO_STOP = 1 << 24
DECILE = 1.2816
"""standard deviations from the mean of a normal distribution to its 10 % and 90 % quantiles"""
Ints = NDArray[np.signedinteger[Any]]
Mask = NDArray[np.bool_]


class EtaParameters(NamedTuple):
    """What ETAs at stop lines rest on."""

    silent: float = 45.0
    """s since its fix beyond which a bus is stale: nobody knows on which side of the line it is"""
    ahead: int = 6
    """crossings ahead of each bus that are looked at: more blocks of 200 m than a minute and a half's drive has"""
    reach: float = 1500.0
    """m ahead that are looked at: a minute and a half at 60 km/h"""
    near_side: float = 100.0
    """m before the line within which a stop is a near-side stop: leaving it and passing the line depend on the same green"""


class Etas(NamedTuple):
    """Lines ahead of buses under way. All [n], in order of vehicle, then along its trip."""

    vehicle: I32
    crossing: I32
    earliest: F64
    """epoch s; p10. NaN when nothing tells the spread"""
    likely: F64
    """epoch s"""
    latest: F64
    """epoch s; p90"""
    stops: I32
    """stops that the bus still has to serve before the line"""
    near_side: U8
    """1: the last of them lies within EtaParameters.near_side of it"""
    dwell: F32
    """s predicted at the stop before the line, NaN when none lies ahead, or none is predicted and the bus does not stand there yet"""
    lateness: F64
    """s behind the timetable at the stop beyond the line; below 0 early; NaN unknown"""
    headway: F32
    """s to the bus before, NaN unknown"""
    planned_headway: F32
    """s, NaN unknown"""


class _Calls(NamedTuple):
    """Where in a snapshot's arrivals each vehicle's calls of the trip it is on are."""

    base: Ints
    """[V] row of `row` for the first pattern stop of its pattern"""
    first: Ints
    """[V] that pattern stop"""
    row: I32
    """row of the arrivals, -1 none"""
    next: I32
    """[V] which stop of its pattern its next call is at; beyond all where it has none"""

    def at(self, vehicle: Ints, pattern_stop: Ints) -> Ints:
        """Rows of calls, -1 where there is none. The stops must be of the vehicles' patterns."""
        return np.asarray(self.row[self.base[vehicle] + pattern_stop - self.first[vehicle]])


def estimate(snapshot: Snapshot, crossings: Crossings, approaching: Approaching, q: EtaParameters) -> Etas:
    """ETAs of all buses under way that were heard lately, as of snapshot.now."""
    network, vehicles, told = snapshot.network, snapshot.vehicles, snapshot.arrivals
    on = under_way(vehicles, snapshot.now, q)
    vehicle, crossing = _ahead(crossings, vehicles, on, q)
    calls = _calls(snapshot, np.bincount(vehicle, minlength=len(vehicles)) > 0)
    beyond = calls.at(vehicle, crossings.stop_after[crossing])
    known = beyond >= 0
    vehicle, crossing, beyond = vehicle[known], crossing[known], beyond[known]
    stops = np.maximum(crossings.stop_before[crossing] - calls.first[vehicle] - calls.next[vehicle] + 1, 0)
    before = np.where(stops > 0, calls.at(vehicle, crossings.stop_before[crossing]), -1)
    earliest, likely, latest = _times(snapshot, crossings, approaching, vehicle, crossing, before, beyond)
    stay = told.departure[before] - told.arrival[before]
    standing = (stops == 1) & np.isfinite(vehicles["pending_arrival"][vehicle])
    dwell = np.where((before >= 0) & ((stay > 0) | standing), stay, np.nan)
    span = crossings.distance[crossing] - network.patterns.distance[crossings.stop_before[crossing]]
    headway, planned = _headways(snapshot, vehicle)
    return Etas(
        vehicle.astype(np.int32), crossing.astype(np.int32), earliest, likely, latest, stops.astype(np.int32),
        ((stops > 0) & (span <= q.near_side)).astype(np.uint8), dwell.astype(np.float32),
        _lateness(snapshot, beyond), headway, planned,
    )


def _times(
    snapshot: Snapshot, crossings: Crossings, approaching: Approaching, vehicle: Ints, crossing: Ints, before: Ints, beyond: Ints
) -> tuple[F64, F64, F64]:
    """(p10, likely, p90). `before`, `beyond`: rows of the calls around each line; -1: no stop is left before it."""
    vehicles, told, now, place = snapshot.vehicles, snapshot.arrivals, snapshot.now, snapshot.network.patterns.distance
    free, arrival = before < 0, told.arrival[beyond]
    seen, progress = vehicles["timestamp"][vehicle], vehicles["progress"][vehicle].astype(np.float64)
    begin = np.where(free, seen, told.departure[before])
    gone = np.where(free, progress, place[crossings.stop_before[crossing]])
    whole = np.maximum(place[crossings.stop_after[crossing]] - gone, 1e-6)
    share = np.clip((crossings.distance[crossing] - gone) / whole, 0.0, 1.0)
    likely = begin + np.maximum(arrival - begin, 0.0) * share
    low, high = (
        _width(share, ~free, told.arrival[before] - bound[before], arrival - bound[beyond]) for bound in (told.p10, told.p90)
    )
    took, spread = approaching.expect(
        crossing, crossings.distance[crossing] - progress, vehicles["speed"][vehicle], likely - seen, (low + high) / (2 * DECILE)
    )
    learned = free & (took != likely - seen)
    likely = np.where(learned, seen + took, likely)
    low, high = (np.where(learned, DECILE * spread, one) for one in (low, high))
    floor = np.where(free, np.minimum(now, arrival), np.minimum(begin, arrival))
    likely = _along(vehicle, np.clip(likely, floor, arrival))
    return np.maximum(likely - low, np.minimum(now, likely)), likely, likely + high


def _along(vehicle: Ints, likely: F64) -> F64:
    """The same times, none before that of the line passed earlier. Rows are in order of vehicle, then along its trip."""
    if not len(likely):
        return likely
    zero = likely.min()
    step = vehicle * (likely.max() - zero + 1.0)
    return np.asarray(np.maximum.accumulate(likely - zero + step) - step + zero)


def under_way(vehicles: Records, now: float, q: EtaParameters) -> Mask:
    """[V] in service, on a pattern, and heard lately."""
    on = (vehicles["state"] == State.IN_SERVICE) & (vehicles["pattern"] >= 0) & np.isfinite(vehicles["progress"])
    return np.asarray(on & (now - vehicles["timestamp"] <= q.silent))


def _ahead(crossings: Crossings, vehicles: Records, on: Mask, q: EtaParameters) -> tuple[Ints, Ints]:
    rows = np.flatnonzero(on)
    pattern = vehicles["pattern"][rows].astype(np.int64)
    place, keys = pattern * _FAR + vehicles["progress"][rows].astype(np.float64), crossings.pattern * _FAR + crossings.distance
    low = np.searchsorted(keys, place, side="right")
    count = np.minimum(np.searchsorted(keys, place + q.reach, side="right") - low, q.ahead)
    vehicle = np.repeat(rows, count)
    return vehicle, np.arange(len(vehicle)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)


def _calls(snapshot: Snapshot, on: Mask) -> _Calls:
    start, told = snapshot.network.patterns.stop_start, snapshot.arrivals
    pattern = np.where(on, snapshot.vehicles["pattern"], 0)
    first = start[pattern]
    count = np.where(on, start[pattern + 1] - first, np.int32(0))
    base = np.cumsum(count) - count
    offset = told.pattern_stop - first[told.vehicle]
    mine = np.flatnonzero((offset >= 0) & (offset < count[told.vehicle]) & (told.source == Source.LIVE)).astype(np.int32)
    vehicle, offset = told.vehicle[mine], offset[mine]
    row = np.full(int(count.sum()), -1, np.int32)
    row[base[vehicle] + offset] = mine
    upcoming = np.full(len(on), _NO_STOP, np.int32)
    np.minimum.at(upcoming, vehicle, offset)
    return _Calls(base, first, row, upcoming)


def _width(share: F64, served: Mask, before: F64, beyond: F64) -> F64:
    """s from likely to one bound: the square grows evenly over the time between the two calls."""
    begin = np.where(served, before, 0.0) ** 2
    return np.asarray(np.sqrt(begin + np.maximum(beyond**2 - begin, 0.0) * share))


def _lateness(snapshot: Snapshot, row: Ints) -> F64:
    """s by which predicted arrivals are after the timetable; NaN without a trip, or of one whose times are no times of day."""
    network, told = snapshot.network, snapshot.arrivals
    trip, place = told.trip[row], told.pattern_stop[row]
    if not len(network.trips.pattern):
        return np.full(len(row), np.nan)
    pattern = network.pattern_of_pattern_stop[place]
    known = (trip >= 0) & (network.trips.pattern[trip] == pattern) & (network.trips.template[trip] == 0)
    at = network.trips.start[trip] + place - network.patterns.stop_start[pattern]
    due = told.service_day[row] + network.trips.arrival[np.where(known, at, 0)]
    return np.where(known, told.arrival[row] - due, np.nan)


def _headways(snapshot: Snapshot, vehicle: Ints) -> tuple[F32, F32]:
    """(s to the bus before, s planned) of each vehicle at its next call, NaN unknown."""
    nan = np.full(len(vehicle), np.nan, np.float32)
    picture = snapshot.headways
    if picture is None or not len(picture.slots):
        return nan, nan.copy()
    place = picture.vehicles.pattern_stop[vehicle]
    slot = np.where(place >= 0, picture.slots.of_pattern_stop[np.maximum(place, 0)], -1)
    planned = np.where(slot >= 0, picture.planned.typical[np.maximum(slot, 0)], np.float32(np.nan))
    return picture.vehicles.headway[vehicle], planned
