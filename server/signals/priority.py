"""Which late buses come to which signals, and when: the engine of priority requests, and how they are shown.

`Priority.step` takes the snapshot of an instant: passings since the last one, ETAs at the lines ahead, and of the buses that are
late or far behind the bus before them requests (signals.priority). Advice only; nothing here reaches a controller. Neither is it
asked whether green is expected at that time. Open to all as arrivals are: it names only vehicles on the network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from server.signals.approaches import Crossings, find_crossings
from server.signals.approaches_passed import Passed, PassingWatch
from server.signals.priority_accuracy import EtaAccuracy, EtaTally
from server.signals.priority_approaching import Approaching
from server.signals.priority_eta import EtaParameters, Etas, Ints, Mask, estimate
from signals.inventory import Inventory
from signals.priority import Ask, PriorityBook, PriorityParameters, PriorityRequest, Why, advance
from transit.local_time import rfc3339
from transit.model import State
from transit.network import Network
from transit.snapshot import Snapshot

Json = dict[str, Any]


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
    """Of one Network and one Inventory; only the engine's one writer calls it. A new timetable or inventory needs a new one."""

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
        stopped = set(zip(etas.vehicle[blocked].tolist(), etas.crossing[blocked].tolist())) if len(self._book.open) else set()
        why = {key: self._why(now, snapshot, key, stopped) for key in self._trips if key not in asks and key not in gone}
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

    def _chosen(self, now: float, etas: Etas) -> tuple[Ints, Mask]:
        """(rows that may ask, [n] which have a stop before the line whose dwell nobody knows, or more than one stop)."""
        q = self.parameters
        beyond = etas.headway - etas.planned_headway
        late = etas.lateness >= q.late_kept
        wide = (etas.headway >= q.wide_kept * etas.planned_headway) & (beyond >= q.wide_least / 2)
        near = etas.likely - now <= q.ahead
        if self._trips:
            key = etas.vehicle.astype(np.int64) * len(self.crossings) + etas.crossing
            near |= np.isin(key, [v * len(self.crossings) + c for v, c in self._trips])
        blocked = (etas.stops > 1) | ((etas.stops == 1) & np.isnan(etas.dwell))
        return np.flatnonzero((late | wide) & near & ~blocked & np.isfinite(etas.earliest) & np.isfinite(etas.latest)), blocked

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
                    place, approach, snapshot.vehicle_ids[v], network.route_ids[route], direction,
                    network.trip_ids[trip] if trip >= 0 else "", earliest, likely, latest, lateness, headway, planned, np.nan, stops,
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


def request_view(request: PriorityRequest, inventory: Inventory, zone: str) -> Json:
    """One record, JSON-ready, in the terms of SAE J2735; unknown is None."""
    ask = request.ask
    approach = inventory.approach_ids[ask.approach] if ask.approach >= 0 else None
    return {
        "request_id": request.request_id,
        "sequence": request.sequence,
        "state": request.state.value,
        "why": None if request.why is None else request.why.value,
        "advice_only": request.advice_only,
        "intersection_id": inventory.intersection_ids[ask.intersection],
        "approach_id": approach,
        "vehicle_id": ask.vehicle_id,
        "vehicle_role": "transit",
        "route_id": ask.route_id,
        "direction_id": None if ask.direction_id < 0 else ask.direction_id,
        "trip_id": ask.trip_id or None,
        "arrival": {name: rfc3339(time / 1e3, zone) for name, time in zip(_WINDOW, (ask.earliest, ask.likely, ask.latest))},
        "arrival_ms": dict(zip(_WINDOW, (ask.earliest, ask.likely, ask.latest))),
        "lateness_s": _known(ask.lateness),
        "headway_s": _known(ask.headway),
        "planned_headway_s": _known(ask.planned_headway),
        "occupancy": None if np.isnan(ask.occupancy) else ask.occupancy,
        "importance_level": request.level,
        "stops_before": ask.stops_before,
        "near_side_stop": ask.near_side,
        "created": rfc3339(request.created / 1e3, zone),
        "updated": rfc3339(request.updated / 1e3, zone),
        "expires": rfc3339(request.expires / 1e3, zone),
        "passed": None if request.passed < 0 else rfc3339(request.passed / 1e3, zone),
        "text": _text(request),
    }


_WINDOW = ("earliest", "likely", "latest")


def _known(value: float) -> int | None:
    return None if np.isnan(value) else round(value)


_SAID = {
    "requested": ("建议优先", "priority advised"),
    "updated": ("建议优先（更新）", "priority advised (updated)"),
    "cancelled": ("建议撤回", "advice withdrawn"),
    "served": ("已在所请求时段内通过", "passed in the window advised"),
    "missed": ("未在所请求时段内通过", "did not pass in the window advised"),
}


def _text(request: PriorityRequest) -> Json:
    """Two sentences for people."""
    late, beyond = request.ask.lateness, request.ask.headway - request.ask.planned_headway
    zh, en = [_SAID[request.state][0]], [_SAID[request.state][1]]
    if late >= 60:
        zh.append(f"晚点{round(late / 60)}分钟")
        en.append(f"{round(late / 60)} min late")
    if beyond >= 60:
        zh.append(f"与前车间隔比计划长{round(beyond / 60)}分钟")
        en.append(f"{round(beyond / 60)} min more than planned behind the bus before it")
    return {"zh": "，".join(zh), "en": ", ".join(en)}
