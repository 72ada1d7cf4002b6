"""Service changes held against a network and its service days: who does not run, who calls where not, which alerts are where.

A statement about an id that the network does not know, or about a run that the timetable does not have, is counted by reason and
costs nothing else. A run without a date is the one nearest to now. Equal changes are equal values, so readers that keep
something made from them ask whether they still have the same object.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from transit.changes import Alert, Informed, Period, ServiceChanges, SkippedStop, Statements, TripRun, holds, implied
from transit.changes_places import covered_stops, informed_stops, pattern_stops_at, route_patterns
from transit.kernels.columns import I32
from transit.network import Network
from transit.service_day import ServiceDay, trip_runs

RENEW = 60.0
"""s after which it is looked again what is in force: "nearest to now" moves on by itself"""
Run = tuple[int, float]
"""(trip, epoch s its service day starts)"""


@dataclass(frozen=True)
class ChangesInForce:
    """What changes for the service days around an instant."""

    cancelled: Mapping[Run, bool] = field(default_factory=dict)
    """the runs that do not take place; False: not to be shown either"""
    skipped: frozenset[tuple[int, float, int]] = frozenset()
    """(trip, service day, pattern stop)"""
    closed: Mapping[int, tuple[Period, ...]] = field(default_factory=dict)
    """pattern stop → when nobody calls there"""
    alerts: tuple[Alert, ...] = ()
    """not over yet, about something the network knows; ids are unique, `source#id`"""
    alerts_of_stop: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    """stop → indices into `alerts`"""
    alerts_everywhere: tuple[int, ...] = ()
    unresolved: Mapping[str, int] = field(default_factory=dict)
    """statements that mean nothing here, by reason"""
    until: float = field(default=math.inf, compare=False)
    """epoch s to resolve anew"""
    _touched: list[tuple[Network, frozenset[int]]] = field(default_factory=list, init=False, repr=False, compare=False)
    """the network that `touches` was asked about last, and the patterns of it that are touched"""

    @property
    def changes_calls(self) -> bool:
        """Whether anything but words changes."""
        return bool(self.cancelled or self.skipped or self.closed)

    @cached_property
    def trips(self) -> I32:
        """The trips of cancelled runs, each once."""
        return np.array(sorted({trip for trip, _ in self.cancelled}), np.int32)

    @cached_property
    def places(self) -> I32:
        """The pattern stops where somebody may not call, each once."""
        return np.array(sorted({place for _, _, place in self.skipped} | self.closed.keys()), np.int32)

    def touches(self, network: Network, patterns: Iterable[int]) -> bool:
        """Whether a run or a stop of one of these patterns is cancelled, skipped or closed, on whatever day."""
        if not self._touched or self._touched[-1][0] is not network:
            of_places = network.pattern_of_pattern_stop[self.places]
            touched = frozenset([*network.trips.pattern[self.trips].tolist(), *of_places.tolist()])
            self._touched[:] = [(network, touched)]
        return not self._touched[-1][1].isdisjoint(patterns)

    def skips(self, trip: int, day: float, pattern_stop: int, time: float) -> bool:
        """Whether a call at `time` (epoch s) does not take place though its trip may run; `trip` -1 is unknown."""
        if (trip, day, pattern_stop) in self.skipped:
            return True
        return pattern_stop in self.closed and holds(self.closed[pattern_stop], time)

    def alerts_at(self, stop: int, now: float) -> tuple[Alert, ...]:
        """The alerts to show at a stop, in order."""
        numbers = sorted({*self.alerts_of_stop.get(stop, ()), *self.alerts_everywhere})
        return tuple(self.alerts[number] for number in numbers if self.alerts[number].active(now))


NOTHING_IN_FORCE = ChangesInForce()


def resolve(changes: ServiceChanges, network: Network, now: float, days: tuple[ServiceDay, ...]) -> ChangesInForce:
    """What of `changes` is in force on `days`, the service days around `now` (epoch s), in date order."""
    current = changes.at(now)
    if not current.told:
        return NOTHING_IN_FORCE
    resolver = _Resolver(network, now, days)
    for told in current.told:
        resolver.take(told.statements)
        for alert in told.statements.alerts:
            resolver.take(implied(alert))
            resolver.show(alert._replace(id=f"{told.source}#{alert.id}"))
    return resolver.result(min(now + RENEW, *_edges(current, now)))


def _edges(changes: ServiceChanges, now: float) -> Iterable[float]:
    """Instants at which a source expires or a period of what it says begins or ends."""
    yield math.inf
    for told in changes.told:
        yield told.expires
        said = told.statements
        yield from (edge for period in said.list_periods() for edge in period if edge > now)


class _Resolver:
    """Gathers what is in force."""

    def __init__(self, network: Network, now: float, days: tuple[ServiceDay, ...]) -> None:
        self._network, self._now, self._days = network, now, days
        self._runs = {day.start: trip_runs(network, day) for day in days}
        self._cancelled: dict[Run, bool] = {}
        self._skipped: set[tuple[int, float, int]] = set()
        self._closed: dict[int, list[Period]] = defaultdict(list)
        self._alerts: list[Alert] = []
        self._of_stop: dict[int, list[int]] = defaultdict(list)
        self._everywhere: list[int] = []
        self._unresolved: Counter[str] = Counter()

    def take(self, said: Statements) -> None:
        """Take in everything but the words."""
        for cancelled in said.cancelled:
            for run in self._runs_of(cancelled.run, cancelled.periods):
                self._cancelled[run] = self._cancelled.get(run, False) or cancelled.announced
        for skipped in said.skipped:
            for trip, day in self._runs_of(skipped.run):
                place = find_place(self._network, trip, skipped)
                if isinstance(place, str):
                    self._unresolved[place] += 1
                else:
                    self._skipped.add((trip, day, place))
        for closed in said.closed:
            self._close(pattern_stops_at(self._network, closed.stop_id, closed.route_id, closed.direction), closed.periods)
        for detour in said.detours:
            self._close(covered_stops(self._network, detour), detour.periods)
        for suspended in said.suspended:
            self._suspend(route_patterns(self._network, suspended.route_id, suspended.direction), suspended.periods)

    def show(self, alert: Alert) -> None:
        """Take in the words, where somebody can read them."""
        known: list[Informed] = []
        for entity in alert.informed:
            stops = informed_stops(self._network, entity)
            if isinstance(stops, str):
                self._unresolved[stops] += 1
                continue
            known.append(entity)
            if stops is None:
                self._everywhere.append(len(self._alerts))
            else:
                for stop in stops:
                    self._of_stop[stop].append(len(self._alerts))
        if known:
            self._alerts.append(alert._replace(informed=tuple(known)))
        elif not alert.informed:
            self._unresolved["alert_about_nothing"] += 1

    def result(self, until: float) -> ChangesInForce:
        """All of it."""
        return ChangesInForce(
            self._cancelled, frozenset(self._skipped), {place: tuple(periods) for place, periods in self._closed.items()},
            tuple(self._alerts), {stop: tuple(numbers) for stop, numbers in self._of_stop.items()},
            tuple(self._everywhere), dict(sorted(self._unresolved.items())), until,
        )  # fmt: skip

    def _runs_of(self, run: TripRun, periods: tuple[Period, ...] = ()) -> list[Run]:
        """The runs that are meant on these days; a run of another day changes nothing yet, or any more."""
        if run.date is not None and all(day.date != run.date for day in self._days):
            return []
        found = find_runs(self._network, run, self._days, self._now, periods)
        if isinstance(found, str):
            self._unresolved[found] += 1
            return []
        return found

    def _close(self, places: list[int] | str, periods: tuple[Period, ...]) -> None:
        if isinstance(places, str):
            self._unresolved[places] += 1
            return
        for place in places:
            self._closed[place] += periods or (Period(),)

    def _suspend(self, patterns: list[int] | str, periods: tuple[Period, ...]) -> None:
        """Cancel the runs; of headway operation, which has none, close the stops."""
        if isinstance(patterns, str):
            self._unresolved[patterns] += 1
            return
        trips, start = self._network.trips, self._network.patterns.stop_start
        mine = np.isin(trips.pattern, patterns)
        for day, runs in self._runs.items():
            found = ((int(trip), day) for trip in np.flatnonzero(mine & runs))
            self._cancelled |= {run: True for run in found if holds(periods, _begin(self._network, run))}
        for pattern in np.unique(trips.pattern[mine & (trips.template == 1)]).tolist():
            if not np.any(trips.template[trips.pattern == pattern] == 0):
                self._close(list(range(int(start[pattern]), int(start[pattern + 1]))), periods)


def find_runs(
    network: Network, run: TripRun, days: tuple[ServiceDay, ...], now: float, periods: tuple[Period, ...] = ()
) -> list[Run] | str:
    """The runs on `days` that are meant: of its date; without one those that begin in `periods`, or else the nearest to `now`.

    A reason to count where there are none; none that begin in the periods is no mistake.
    """
    trip = network.trip_index.get(run.trip_id)
    if trip is None:
        return "unknown_trip"
    if network.trips.template[trip]:
        trip = network.trip_index.get(f"{run.trip_id}@{run.start_time.zfill(8)}")
        if trip is None:
            return "headway_trip"
    service, trips = network.trips.service[trip], network.trips
    wanted = [day for day in days if run.date is None or day.date == run.date]
    found = [(trip, day.start) for day in wanted if day.active[service]]
    if not found:
        return "trip_not_on_these_days" if run.date is None else "trip_not_on_that_day"
    if run.date is not None:
        return found
    if periods:
        return [one for one in found if holds(periods, _begin(network, one))]
    length = float(trips.arrival[trips.start[trip + 1] - 1] - trips.departure[trips.start[trip]])
    return [min(found, key=lambda one: abs(_begin(network, one) + length / 2 - now))]


def find_place(network: Network, trip: int, skipped: SkippedStop) -> int | str:
    """The pattern stop of the trip that is meant, or a reason to count."""
    patterns = network.patterns
    pattern = int(network.trips.pattern[trip])
    first, end = patterns.stop_start[pattern : pattern + 2].tolist()
    places = [
        place
        for place in range(first, end)
        if skipped.stop_sequence in (-1, int(patterns.sequence[place]))
        and skipped.stop_id in ("", network.stop_ids[int(patterns.stop[place])])
    ]
    if len(places) == 1:
        return places[0]
    return "ambiguous_stop" if places else "stop_not_on_trip"


def _begin(network: Network, run: Run) -> float:
    """Epoch s at which it is to leave its first stop."""
    return run[1] + float(network.trips.departure[network.trips.start[run[0]]])
