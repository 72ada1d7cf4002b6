"""What a supervisor should look at: bunched buses, gaps, buses off route or stuck, spans that several go around, and holding.

`Supervisor.step` finds the conditions of an instant — bunches and gaps from the vehicles' headways, the rest from their records —
and `alert_book.advance` makes alerts of those that last. It changes nothing but its own memory of where vehicles were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from transit.alert_book import Alert, AlertBook, AlertKind, Condition, Key, Severity, advance
from transit.detours import DetourWatch
from transit.geometry import to_local
from transit.headway import HeadwayPicture
from transit.kernels.columns import F64, Records
from transit.model import State
from transit.network import Network
from transit.supervision_parameters import HeadwayParameters, SupervisionParameters


class Hold(NamedTuple):
    """Advice for one bus at a control stop. Times are epoch s, the rest s."""

    vehicle: int
    pattern_stop: int
    hold: float
    """by the rule of Berrebi et al., transit.kernels.headways.hold_even"""
    hold_simple: float
    """by the simple rule, hold_to_headway: for comparison"""
    arrival: float
    ready: float
    """when it would leave unheld"""
    before: float
    """when the bus before left"""
    planned_headway: float


@dataclass(frozen=True)
class SupervisionPicture:
    """What is told at one instant."""

    current: tuple[Alert, ...]
    """open alerts, the gravest first"""
    closed: tuple[Alert, ...]
    """the newest last"""
    holds: tuple[Hold, ...]
    """the longest first"""
    dropped: int
    """conditions so far for which there was no room"""


class Supervisor:
    """Of one Network; only the engine's one writer calls it."""

    def __init__(
        self, network: Network, parameters: SupervisionParameters | None = None, headways: HeadwayParameters | None = None
    ) -> None:
        self.network, self.parameters = network, parameters or SupervisionParameters()
        self._headways = headways or HeadwayParameters()
        self._watch = DetourWatch(network, self.parameters)
        self._book = AlertBook()
        self._terminals = _terminals(network)

    def step(self, now: float, vehicles: Records, headways: HeadwayPicture) -> SupervisionPicture:
        """The picture at `now` (epoch s)."""
        self._watch.step(now, vehicles)
        conditions: dict[Key, Condition] = {}
        self._bunches_and_gaps(now, vehicles, headways, conditions)
        self._silent_lines(now, vehicles, headways, conditions)
        self._standing(now, vehicles, conditions)
        self._off_route(now, vehicles, conditions)
        self._book = advance(self._book, now, conditions, self.parameters)
        return SupervisionPicture(
            tuple(self._book.current()), self._book.closed, self._holds(headways), self._book.dropped
        )

    def _bunches_and_gaps(
        self, now: float, vehicles: Records, headways: HeadwayPicture, conditions: dict[Key, Condition]
    ) -> None:
        q, found, slots = self.parameters, headways.vehicles, headways.slots
        rows = np.flatnonzero(found.leader >= 0)
        slot = slots.of_pattern_stop[found.pattern_stop[rows]]
        headway, least, most = found.headway[rows], headways.planned.least[slot], headways.planned.most[slot]
        line = slots.line[slot]
        leader_pattern = vehicles["pattern"][found.leader[rows]]
        together = (leader_pattern >= 0) & (slots.line_of_pattern[np.maximum(leader_pattern, 0)] == line)
        together &= vehicles["state"][found.leader[rows]] == State.IN_SERVICE
        live = found.live[rows] == 1  # of a bus that waits for its trip nobody knows which others will leave before it
        bunched = live & together & (headway < q.bunched_over * least) & (least >= q.least_planned)
        apart = live & (headway > q.gap_over * most) & (headway > most + q.least_gap)
        chosen = np.flatnonzero(bunched | apart)
        close, rows = bunched[chosen], rows[chosen]
        place = found.pattern_stop[rows]
        pattern, leader = self.network.pattern_of_pattern_stop[place], found.leader[rows]
        planned = np.where(close, least[chosen], most[chosen])
        columns = (rows, leader, close, line[chosen], place, pattern, planned, headway[chosen])
        for v, u, bunch, of_line, at, way, meant, length in zip(*(column.tolist() for column in columns)):
            kind = AlertKind.BUNCHING if bunch else AlertKind.GAP
            key: Key = (kind, of_line, (v,) if not bunch else (u, v) if u < v else (v, u))
            weak = length >= q.bunched * meant if bunch else length <= q.gap * meant
            severity = Severity.SEVERE if not bunch and length > q.wide_gap * meant else Severity.WARNING
            conditions[key] = Condition(kind, severity, way, (u, v), at, now, meant, length, weak=weak)

    def _silent_lines(
        self, now: float, vehicles: Records, headways: HeadwayPicture, conditions: dict[Key, Condition]
    ) -> None:
        """Lines that several buses ran on lately and none does now: gaps that no bus brings to an end.

        Lately means headways enough to know a waiting time: of a line where one bus in five reports nobody knows that none runs.
        """
        q, slots = self.parameters, headways.slots
        if len(slots) == 0:
            return
        begins = np.searchsorted(slots.line, np.arange(len(slots.line_route)))
        has = begins < np.searchsorted(slots.line, np.arange(len(slots.line_route)), side="right")
        seen, most, number = (np.full(len(has), np.nan) for _ in range(3))
        seen[has] = np.fmax.reduceat(headways.sums.last, begins[has])
        most[has] = np.fmax.reduceat(headways.planned.most, begins[has])
        number[has] = np.fmax.reduceat(headways.sums.number, begins[has])
        on = vehicles["pattern"][(vehicles["state"] == State.IN_SERVICE) & (vehicles["pattern"] >= 0)]
        buses = np.bincount(slots.line_of_pattern[on], minlength=len(has))
        since = np.maximum(seen, headways.blind)
        silent = (buses == 0) & (now - since > q.gap_over * most) & (now - since > most + q.least_gap)
        silent &= (now - seen <= headways.parameters.longest) & (number >= headways.parameters.least_number)
        for line in np.flatnonzero(silent).tolist():
            place, length, planned = int(slots.pattern_stop[begins[line]]), float(now - seen[line]), float(most[line])
            pattern = int(self.network.pattern_of_pattern_stop[place])
            severity = Severity.SEVERE if length > q.wide_gap * planned else Severity.WARNING
            conditions[AlertKind.GAP, line, ()] = Condition(
                AlertKind.GAP, severity, pattern, (), -1, float(seen[line]), planned, length, weak=length <= q.gap * planned
            )

    def _standing(self, now: float, vehicles: Records, conditions: dict[Key, Condition]) -> None:
        q = self.parameters
        still = (vehicles["state"] == State.IN_SERVICE) & (vehicles["pattern"] >= 0)
        still &= (vehicles["heard"] - vehicles["moved"] >= q.stuck_after) & (now - vehicles["heard"] <= q.silent)
        for v in np.flatnonzero(still).tolist():
            pattern, progress = int(vehicles[v]["pattern"]), float(vehicles[v]["progress"])
            away = np.hypot(self._terminals[0] - vehicles[v]["x"], self._terminals[1] - vehicles[v]["y"])
            if away.min() > q.stuck_terminal:
                key = (AlertKind.STUCK, pattern, (v,))
                place, since = self._stop_before(pattern, progress), float(vehicles[v]["moved"])
                conditions[key] = Condition(AlertKind.STUCK, Severity.WARNING, pattern, (v,), place, since)

    def _off_route(self, now: float, vehicles: Records, conditions: dict[Key, Condition]) -> None:
        q, watch = self.parameters, self._watch
        away = (now - watch.left >= q.off_route_after) & (now - vehicles["heard"] <= q.off_route_silent)
        away &= vehicles["pattern"] >= 0  # its feed names the trip; of others nobody knows whether they still are on it
        for v in np.flatnonzero(away).tolist():
            pattern, progress = watch.place(v)
            place, since = self._stop_before(pattern, progress), float(watch.left[v])
            conditions[AlertKind.OFF_ROUTE, pattern, (v,)] = Condition(
                AlertKind.OFF_ROUTE, Severity.INFO, pattern, (v,), place, since
            )
        for one in watch.candidates:
            severity = Severity.SEVERE if len(one.vehicles) >= q.detour_severe else Severity.WARNING
            conditions[AlertKind.DETOUR_CANDIDATE, one.pattern, (round(one.begin), round(one.since))] = Condition(
                AlertKind.DETOUR_CANDIDATE, severity, one.pattern, tuple(one.vehicles),
                self._stop_before(one.pattern, one.begin), one.since, span=(one.begin, one.end),
            )

    def _stop_before(self, pattern: int, progress: float) -> int:
        """The pattern stop passed last; the first one before it."""
        first, end = (int(one) for one in self.network.patterns.stop_start[pattern : pattern + 2])
        return first + max(0, int(np.searchsorted(self.network.patterns.distance[first:end], progress, side="right")) - 1)

    def _holds(self, headways: HeadwayPicture) -> tuple[Hold, ...]:
        found, slots = headways.vehicles, headways.slots
        rows = np.flatnonzero(found.hold >= self._headways.least_hold)
        planned = headways.planned.typical[slots.of_pattern_stop[found.pattern_stop[rows]]]
        holds = [
            Hold(
                v, int(found.pattern_stop[v]), float(found.hold[v]), float(found.hold_simple[v]), float(found.arrival[v]),
                float(found.departure[v]), float(found.before[v]), float(typical),
            )
            for v, typical in zip(rows.tolist(), planned)
        ]  # fmt: skip
        return tuple(sorted(holds, key=lambda one: (-one.hold, one.vehicle)))


def _terminals(network: Network) -> tuple[F64, F64]:
    """Local metres (east, north) of every first and last stop."""
    start, stop = network.patterns.stop_start, network.patterns.stop
    ends = np.unique(np.concatenate((stop[start[:-1]], stop[start[1:] - 1])))
    return to_local(network.stop_lat[ends], network.stop_lon[ends], network.origin_lat, network.origin_lon)
