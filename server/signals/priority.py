"""Which late buses come to which signals, and when: the engine of priority requests.

`Priority.step` takes the snapshot of an instant: passings since the last one, ETAs at the lines ahead, and of the buses that are
late or far behind the bus before them requests (signals.priority). Advice only; nothing here reaches a controller. Neither is it
asked whether green is expected at that time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from server.signals.approaches import Crossings, find_crossings
from server.signals.approaches_passed import Passed, PassingWatch
from server.signals.priority_accuracy import EtaAccuracy, EtaTally
from server.signals.priority_approaching import Approaching
from server.signals.priority_eta import EtaParameters, Etas, Ints, Mask, estimate
from server.signals.priority_views import Json, picture_view, request_view
from signals.inventory import Inventory
from signals.priority import Ask, PriorityBook, PriorityParameters, PriorityRequest, Why, advance
from transit.model import State
from transit.network import Network
from transit.snapshot import Snapshot


@dataclass(frozen=True)
class PriorityNow:
    """What is known at `now`; immutable."""

    now: float
    """epoch s"""
    requests: tuple[PriorityRequest, ...]
    """open ones, by the time the bus is likely there"""
    changes: tuple[PriorityRequest, ...]
    """records made at this step: what is published"""
    closed: tuple[PriorityRequest, ...]
    """that are over, the newest last"""
    counts: Mapping[str, int]
    """records so far by state word"""
    accuracy: Mapping[float, EtaTally]
    """ETAs against passings, by s ahead"""
    etas: Etas
    """of all buses under way"""
    passed: Passed
    """lines passed since the step before: what `bus_delay` learns from"""

    def at(self, intersection: int) -> tuple[PriorityRequest, ...]:
        """Open requests at one intersection (row in the inventory)."""
        return tuple(one for one in self.requests if one.ask.intersection == intersection)


class Priority:
    """Of one Network and one Inventory; only the engine's one writer calls it. Another City, timetable or inventory needs another."""

    def __init__(
        self, network: Network, inventory: Inventory, parameters: PriorityParameters | None = None,
        eta: EtaParameters | None = None, crossings: Crossings | None = None,
    ) -> None:  # fmt: skip
        self.network, self.inventory = network, inventory
        self.parameters, self.eta = parameters or PriorityParameters(), eta or EtaParameters()
        self.crossings = find_crossings(network, inventory) if crossings is None else crossings
        self.watch = PassingWatch(network, self.crossings)
        self.approaching = Approaching(self.crossings)
        self.accuracy = EtaAccuracy()
        self._book = PriorityBook()
        self._trips: dict[tuple[int, int], tuple[int, int]] = {}
        """(pattern, trip) that each open request was made on"""
        self._ids = dict(enumerate(inventory.intersection_ids))
        self._routes = list(network.route_ids)
        self._trip_id = lru_cache(maxsize=4096)(network.trip_ids.__getitem__)

    def step(self, now: float, snapshot: Snapshot) -> PriorityNow:
        """The requests at `now` (epoch s) = snapshot.now."""
        passed = self.watch.step(snapshot)
        etas = estimate(snapshot, self.crossings, self.approaching, self.eta)
        clear = etas.stops == 0
        self.approaching.learn(snapshot.vehicles, etas.vehicle[clear], etas.crossing[clear], passed)
        self.accuracy.step(now, etas, passed, len(snapshot.vehicles))
        asking, blocked = self._chosen(now, etas)
        asks = {(v, c): ask for v, c, ask in self._asks(snapshot, etas, asking)}
        gone = dict(zip(zip(passed.vehicle.tolist(), passed.crossing.tolist()), np.round(1e3 * passed.time).astype(np.int64).tolist()))
        silent = [key for key in self._trips if key not in asks and key not in gone]
        stopped = set(zip(etas.vehicle[blocked].tolist(), etas.crossing[blocked].tolist())) if silent else set()
        why = {key: self._why(now, snapshot, key, stopped) for key in silent}
        self._book = advance(self._book, round(1e3 * now), asks, gone, why, self.parameters, self._ids)
        pattern, trip = snapshot.vehicles["pattern"], snapshot.vehicles["trip"]
        self._trips = {
            key: (int(pattern[key[0]]), int(trip[key[0]])) if key in asks else self._trips[key]
            for key in self._book.open
        }  # fmt: skip
        book = self._book
        current = tuple(sorted(book.open.values(), key=lambda one: (one.ask.likely, one.request_id)))
        return PriorityNow(now, current, book.changes, book.closed, book.counts, self.accuracy.tallies(), etas, passed)

    def view(self, request: PriorityRequest) -> Json:
        """One record, JSON-ready; unknown is None."""
        return request_view(request, self.inventory, self.network.timezone)

    def picture(self, now: PriorityNow, intersection: int = -1) -> Json:
        """All that is known at an instant, or of one intersection (row), JSON-ready: the answer of /v1/signals/priority-requests."""
        of = [[one for one in rows if intersection in (-1, one.ask.intersection)] for rows in (now.requests, now.closed)]
        return picture_view(now.now, of[0], of[1][::-1], now.counts, now.accuracy, self.inventory, self.network.timezone)

    def _chosen(self, now: float, etas: Etas) -> tuple[Ints, Mask]:
        """(rows of those who ask, [n] which have a stop before the line whose dwell nobody knows, or more than one)."""
        q, ahead, beyond = self.parameters, etas.likely - now, etas.headway - etas.planned_headway
        keys = [v * len(self.crossings) + c for v, c in self._trips]
        kept = np.isin(etas.vehicle.astype(np.int64) * len(self.crossings) + etas.crossing, np.array(keys, np.int64))
        wide, least = np.where(kept, q.wide_kept, q.wide), np.where(kept, q.wide_least / 2, q.wide_least)
        deserving = (etas.lateness >= np.where(kept, q.late_kept, q.late)) | (
            (etas.headway >= wide * etas.planned_headway) & (beyond >= least)
        )
        near = kept | ((ahead >= q.least_ahead) & (ahead <= q.ahead))
        blocked = (etas.stops > 1) | ((etas.stops == 1) & np.isnan(etas.dwell))
        known = np.isfinite(etas.earliest) & np.isfinite(etas.latest)
        return np.flatnonzero(deserving & near & known & ~blocked), blocked

    def _asks(self, snapshot: Snapshot, etas: Etas, rows: Ints) -> list[tuple[int, int, Ask]]:
        network, c = self.network, self.crossings
        times = [np.round(1e3 * column[rows]).astype(np.int64).tolist() for column in (etas.earliest, etas.likely, etas.latest)]
        crossing, pattern = etas.crossing[rows], c.pattern[etas.crossing[rows]]
        columns = (
            etas.vehicle[rows], crossing, c.intersection[crossing], c.approach[crossing], network.patterns.route[pattern],
            network.patterns.direction[pattern], snapshot.vehicles["trip"][etas.vehicle[rows]], etas.lateness[rows], etas.headway[rows],
            etas.planned_headway[rows], etas.stops[rows], etas.near_side[rows],
        )
        return [
            (
                v, x,
                Ask(
                    place, approach, snapshot.vehicle_ids[v], self._routes[route], direction,
                    self._trip_id(trip) if trip >= 0 else "", earliest, likely, latest, lateness, headway, planned, np.nan, stops,
                    near == 1,
                ),
            )
            for v, x, place, approach, route, direction, trip, lateness, headway, planned, stops, near, earliest, likely, latest in zip(
                *(column.tolist() for column in columns), *times
            )
        ]  # fmt: skip

    def _why(self, now: float, snapshot: Snapshot, key: tuple[int, int], stopped: set[tuple[int, int]]) -> Why:
        """Why a bus that asked does not any more."""
        record = snapshot.vehicles[key[0]]
        if now - record["timestamp"] > self.eta.silent:
            return Why.STALE
        pattern, trip = self._trips[key]
        if record["state"] != State.IN_SERVICE or record["pattern"] != pattern or record["trip"] != trip:
            return Why.OFF_TRIP
        if record["progress"] >= self.crossings.distance[key[1]]:
            return Why.UNSEEN
        return Why.STOP_AHEAD if key in stopped else Why.RECOVERED
