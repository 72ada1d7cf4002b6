"""What sources say of service changes: cancelled trips, skipped and closed stops, detours, suspended routes, alerts.

Immutable, in the ids of the sources; `transit.changes_in_force` holds it against a network. Sources add up: a trip is cancelled
when one of them says so, and no other can take that back. Each is forgotten when it has not spoken for its time: a feed that
falls silent leaves the timetable, no eternal cancellation.

An alert changes service by itself where its effect leaves no doubt (`implied`): NO_SERVICE closes the stop, suspends the route or
cancels the trip it names, DETOUR takes away the stops it names together with a route. Every other alert is only shown.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

MOST = 20_000
"""statements of one kind that one source may make; a whole large city on strike has fewer trips at once"""
LANGUAGE_UNKNOWN = ""
Texts = tuple[tuple[str, str], ...]
"""(language tag as the source writes it, text)"""


class Period(NamedTuple):
    """From `start` up to, not including, `end`: epoch s."""

    start: float = -math.inf
    end: float = math.inf

    def holds(self, time: float) -> bool:
        """Whether the instant lies in it."""
        return self.start <= time < self.end


class TripRun(NamedTuple):
    """A run as GTFS-Realtime names it."""

    trip_id: str
    date: datetime.date | None = None
    """its service day; None: the run that is nearest to now"""
    start_time: str = ""
    """`HH:MM:SS` of a run of frequencies.txt"""


class CancelledTrip(NamedTuple):
    """A run that does not take place."""

    run: TripRun
    announced: bool = True
    """False (DELETED): it is not to be shown at all, not even as cancelled"""
    periods: tuple[Period, ...] = ()
    """without a date: all runs of the trip that begin in one of these"""


class SkippedStop(NamedTuple):
    """A run does not call at one of its stops."""

    run: TripRun
    stop_sequence: int = -1
    """-1 not given"""
    stop_id: str = ""


class ClosedStop(NamedTuple):
    """No vehicle, of one route or of any, calls at a stop."""

    stop_id: str
    route_id: str = ""
    """empty: any"""
    direction: int = -1
    """-1 both"""
    periods: tuple[Period, ...] = ()
    """none: as long as the source says so"""


class Detour(NamedTuple):
    """A route leaves its way after one stop and is back at another; the stops between them are not served."""

    route_id: str
    direction: int = -1
    from_stop_id: str = ""
    """the last stop served before it; empty: the detour begins with the trip"""
    to_stop_id: str = ""
    """the first stop served after it; empty: it lasts to the trip's end"""
    periods: tuple[Period, ...] = ()


class SuspendedRoute(NamedTuple):
    """Runs of a route that begin in one of the periods do not take place."""

    route_id: str
    direction: int = -1
    periods: tuple[Period, ...] = ()


class Informed(NamedTuple):
    """Whom an alert concerns: what matches all that is given (GTFS-Realtime EntitySelector)."""

    agency_id: str = ""
    route_id: str = ""
    direction: int = -1
    run: TripRun | None = None
    stop_id: str = ""
    route_type: int = -1


class Alert(NamedTuple):
    """A text for riders."""

    id: str
    """unique within its source"""
    informed: tuple[Informed, ...]
    periods: tuple[Period, ...] = ()
    cause: str = "UNKNOWN_CAUSE"
    """the words of GTFS-Realtime"""
    effect: str = "UNKNOWN_EFFECT"
    header: Texts = ()
    description: Texts = ()
    url: Texts = ()

    def active(self, now: float) -> bool:
        """Whether it is to be shown now."""
        return holds(self.periods, now)


_Timed = CancelledTrip | ClosedStop | Detour | SuspendedRoute | Alert


@dataclass(frozen=True)
class Statements:
    """What one source says."""

    cancelled: tuple[CancelledTrip, ...] = ()
    skipped: tuple[SkippedStop, ...] = ()
    closed: tuple[ClosedStop, ...] = ()
    detours: tuple[Detour, ...] = ()
    suspended: tuple[SuspendedRoute, ...] = ()
    alerts: tuple[Alert, ...] = ()

    def __len__(self) -> int:
        return sum(len(getattr(self, one.name)) for one in fields(self))

    def bounded(self, most: int = MOST) -> tuple[Statements, int]:
        """At most `most` of each kind, the first ones; and how many were left out."""
        kept = replace(self, **{one.name: getattr(self, one.name)[:most] for one in fields(self)})
        return kept, len(self) - len(kept)

    def at(self, now: float) -> Statements:
        """Without what is over for good."""
        return Statements(
            tuple(one for one in self.cancelled if not over(one.periods, now)),
            self.skipped,
            tuple(one for one in self.closed if not over(one.periods, now)),
            tuple(one for one in self.detours if not over(one.periods, now)),
            tuple(one for one in self.suspended if not over(one.periods, now)),
            tuple(one for one in self.alerts if not over(one.periods, now)),
        )

    def list_periods(self) -> Iterator[Period]:
        """All periods of all statements."""
        kinds: tuple[tuple[_Timed, ...], ...] = self.cancelled, self.closed, self.detours, self.suspended, self.alerts
        for kind in kinds:
            for one in kind:
                yield from one.periods

    def joined(self, other: Statements) -> Statements:
        """Both."""
        return Statements(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


class Told(NamedTuple):
    """One source's newest word."""

    source: str
    """a feed's name, or `bureau`"""
    statements: Statements
    expires: float
    """epoch s"""


@dataclass(frozen=True)
class ServiceChanges:
    """What every source says, in order of the sources' names."""

    told: tuple[Told, ...] = ()

    def tell(self, source: str, statements: Statements, expires: float) -> ServiceChanges:
        """With a source's word in place of what it said before; nothing said takes the source away."""
        rest = [one for one in self.told if one.source != source]
        mine = [Told(source, statements, expires)] if len(statements) else []
        return ServiceChanges(tuple(sorted([*rest, *mine], key=lambda one: one.source)))

    def renew(self, source: str, expires: float) -> ServiceChanges:
        """The source has said again what it said last."""
        return ServiceChanges(tuple(one._replace(expires=expires) if one.source == source else one for one in self.told))

    def at(self, now: float) -> ServiceChanges:
        """Without the sources that have been silent for too long, and without what is over."""
        told = (Told(one.source, one.statements.at(now), one.expires) for one in self.told if now < one.expires)
        return ServiceChanges(tuple(one for one in told if len(one.statements)))


NO_CHANGES = ServiceChanges()


def holds(periods: Iterable[Period], time: float) -> bool:
    """Whether one of them holds; no periods hold always."""
    periods = tuple(periods)
    return not periods or any(period.holds(time) for period in periods)


def over(periods: tuple[Period, ...], now: float) -> bool:
    """Whether all of them have ended."""
    return bool(periods) and all(period.end <= now for period in periods)


def implied(alert: Alert) -> Statements:
    """What an alert changes by its effect."""
    cancelled: list[CancelledTrip] = []
    closed: list[ClosedStop] = []
    suspended: list[SuspendedRoute] = []
    for one in alert.informed:
        if alert.effect == "DETOUR" and one.stop_id and one.route_id and one.run is None:
            closed.append(ClosedStop(one.stop_id, one.route_id, one.direction, alert.periods))
        if alert.effect != "NO_SERVICE":
            continue
        if one.run is not None and not one.stop_id:
            cancelled.append(CancelledTrip(one.run, True, () if one.run.date else alert.periods))
        elif one.stop_id and one.run is None:
            closed.append(ClosedStop(one.stop_id, one.route_id, one.direction, alert.periods))
        elif one.route_id and one.run is None:
            suspended.append(SuspendedRoute(one.route_id, one.direction, alert.periods))
    return Statements(cancelled=tuple(cancelled), closed=tuple(closed), suspended=tuple(suspended))
