"""Predictions with service changes: calls that will not take place are taken out, buses on a known detour stay predicted.

A vehicle seen on a cancelled run has no calls on it, as GTFS-Realtime asks of a CANCELED trip and MBTA does: whoever cancelled the
run knows something that its position does not tell. It stays on the map, and its next trip is predicted.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transit.changes import holds
from transit.changes_in_force import ChangesInForce
from transit.kernels.columns import I32, ArrivalColumns, Records
from transit.model import State
from transit.network import Network

NO_CALLS = ArrivalColumns(*(np.zeros(0, kind) for kind in ("i4", "i4", "i4", "f8", "f8", "f8", "u1", "f8", "f8")))


class TakenOut(NamedTuple):
    """Arrivals in two parts, both sorted as they came."""

    arrivals: ArrivalColumns
    start: I32
    """[S + 1] rows of each stop in `arrivals`"""
    skipped: ArrivalColumns
    """passings without a call, of runs that do take place"""
    cancelled_vehicles: int
    """how many vehicles are on a run that does not"""


def take_out(arrivals: ArrivalColumns, start: I32, changes: ChangesInForce) -> TakenOut:
    """Split `arrivals` (rows of stop s: start[s] up to start[s + 1])."""
    if not changes.changes_calls or not len(arrivals.vehicle):
        return TakenOut(arrivals, start, NO_CALLS, 0)
    cancelled = _cancelled(arrivals, changes)
    skipped = _skipped(arrivals, changes) & ~cancelled
    keep = ~cancelled & ~skipped
    if keep.all():
        return TakenOut(arrivals, start, NO_CALLS, 0)
    before = np.concatenate([[0], np.cumsum(keep)])
    return TakenOut(
        ArrivalColumns._make(column[keep] for column in arrivals),
        before[start].astype(np.int32),
        ArrivalColumns._make(column[skipped] for column in arrivals),
        len(np.unique(arrivals.vehicle[cancelled])),
    )


def follow_detours(vehicles: Records, now: float, changes: ChangesInForce, network: Network) -> Records:
    """The vehicles [V] as the predictor is to see them: one that has left its shape before a stop closed now is still under way.

    Only a vehicle whose feed names its trip stays on its pattern when off route. It is predicted from where it left, as if the
    detour took as long as the way it replaces, and for as long as that fix is fresh enough.
    """
    lost = (vehicles["state"] == State.OFF_ROUTE) & (vehicles["pattern"] >= 0) & np.isfinite(vehicles["progress"])
    if not changes.closed or not lost.any():
        return vehicles
    start, distance = network.patterns.stop_start, network.patterns.distance
    seen = vehicles.copy()
    for v in np.flatnonzero(lost).tolist():
        first, end = start[vehicles["pattern"][v] : vehicles["pattern"][v] + 2].tolist()
        ahead = first + int(np.searchsorted(distance[first:end], vehicles["progress"][v], side="right"))
        if ahead in changes.closed and holds(changes.closed[ahead], now):
            seen["state"][v] = State.IN_SERVICE
    return seen


def join_arrivals(one: ArrivalColumns, other: ArrivalColumns) -> ArrivalColumns:
    """The rows of both, not sorted anew."""
    columns: list[Any] = [np.concatenate([column, more]) for column, more in zip(one, other)]
    return ArrivalColumns(*columns)


def _cancelled(arrivals: ArrivalColumns, changes: ChangesInForce) -> NDArray[np.bool_]:
    """[R] whether each row is of a run that does not take place."""
    found = np.zeros(len(arrivals.vehicle), bool)
    near = np.flatnonzero(np.isin(arrivals.trip, changes.trips))
    pairs = zip(arrivals.trip[near].tolist(), arrivals.service_day[near].tolist())
    found[near] = [pair in changes.cancelled for pair in pairs]
    return found


def _skipped(arrivals: ArrivalColumns, changes: ChangesInForce) -> NDArray[np.bool_]:
    """[R] whether each row is at a stop where its vehicle does not call then."""
    found = np.zeros(len(arrivals.vehicle), bool)
    near = np.flatnonzero(np.isin(arrivals.pattern_stop, changes.places))
    columns = (arrivals.trip, arrivals.service_day, arrivals.pattern_stop, arrivals.arrival)
    found[near] = [changes.skips(*row) for row in zip(*(column[near].tolist() for column in columns))]
    return found
