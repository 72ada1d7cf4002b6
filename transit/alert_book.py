"""The life of an alert: a condition is pending until it has lasted, then open, updated as it changes, and closed once it is gone.

A pure reducer: (book, now, conditions) → book. Conditions are keyed by what they are about, so that one event is one alert. A weak
condition keeps an open alert open but makes none: the distance between the two thresholds is the hysteresis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from transit.supervision_parameters import SupervisionParameters


class AlertKind(StrEnum):
    """What an alert is about; the wire words."""

    BUNCHING = "bunching"
    GAP = "gap"
    DETOUR_CANDIDATE = "detour_candidate"
    OFF_ROUTE = "off_route"
    STUCK = "stuck"


class Severity(StrEnum):
    """As GTFS-Realtime's SeverityLevel has it, in lower case."""

    INFO = "info"
    WARNING = "warning"
    SEVERE = "severe"


Key = tuple[AlertKind, int, tuple[int, ...]]
"""(kind, line or pattern, vehicles or what else tells two of a kind apart)"""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is so at an instant. Indices are the network's and the fleet's."""

    kind: AlertKind
    severity: Severity
    pattern: int
    """-1 unknown"""
    vehicles: tuple[int, ...]
    """in order along the line: of a bunch or a gap the leader first"""
    pattern_stop: int
    """where: the stop at which the headway is told, or the one before the place; -1 unknown"""
    since: float
    """epoch s it began"""
    planned_headway: float | None = None
    headway: float | None = None
    span: tuple[float, float] | None = None
    """m along the pattern that are left out"""
    weak: bool = False
    """keeps an alert open, opens none"""

    def tells_more_than(self, told: Condition, change: float) -> bool:
        """Whether readers should be told again."""
        if (self.severity, self.vehicles, self.span) != (told.severity, told.vehicles, told.span):
            return True
        if self.headway is None or told.headway is None:
            return self.headway is not told.headway
        return abs(self.headway - told.headway) > change * max(self.planned_headway or 0.0, told.headway)


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that has lasted. Times are epoch s."""

    id: str
    condition: Condition
    opened: float
    updated: float
    seen: float
    """when the condition was last so"""
    closed: float | None = None


@dataclass(frozen=True, slots=True)
class AlertBook:
    """Everything remembered; bounded by SupervisionParameters.most_open and most_closed."""

    open: Mapping[Key, Alert] = field(default_factory=dict)
    pending: Mapping[Key, float] = field(default_factory=dict)
    """epoch s a condition was first so"""
    closed: tuple[Alert, ...] = ()
    """the newest last"""
    opened: int = 0
    """so far; numbers the ids"""
    dropped: int = 0
    """conditions for which there was no room"""

    def current(self) -> list[Alert]:
        """Open alerts, the gravest first, then the newest."""
        order = {Severity.SEVERE: 0, Severity.WARNING: 1, Severity.INFO: 2}
        return sorted(self.open.values(), key=lambda one: (order[one.condition.severity], -one.opened, one.id))


def advance(book: AlertBook, now: float, conditions: Mapping[Key, Condition], q: SupervisionParameters) -> AlertBook:
    """The book at `now` (epoch s), given everything that is so."""
    still, over = _carry_on(book, now, conditions, q)
    pending: dict[Key, float] = {}
    opened, dropped = book.opened, book.dropped
    for key, condition in conditions.items():
        if key in still or condition.weak:
            continue
        if len(still) + len(pending) >= q.most_open:
            dropped += 1
            continue
        first = book.pending.get(key, now)
        if now - first < q.confirm and now - condition.since < q.confirm:
            pending[key] = first
            continue
        opened += 1
        begun = replace(condition, since=min(first, condition.since))
        still[key] = Alert(f"{condition.kind}-{int(begun.since)}-{opened}", begun, now, now, now)
    remembered = [one for one in (*book.closed, *over) if now - (one.closed or now) <= q.closed_after]
    return AlertBook(still, pending, tuple(remembered[-q.most_closed :]), opened, dropped)


def _carry_on(
    book: AlertBook, now: float, conditions: Mapping[Key, Condition], q: SupervisionParameters
) -> tuple[dict[Key, Alert], list[Alert]]:
    """(alerts still open, those closed now)."""
    still: dict[Key, Alert] = {}
    over: list[Alert] = []
    for key, alert in book.open.items():
        condition = conditions.get(key)
        if condition is None and now - alert.seen >= q.clear:
            over.append(replace(alert, closed=now))
        elif condition is None:
            still[key] = alert
        elif condition.tells_more_than(alert.condition, q.told_change):
            told = replace(condition, since=alert.condition.since, weak=False)
            still[key] = replace(alert, condition=told, updated=now, seen=now)
        else:
            still[key] = replace(alert, seen=now)
    return still, over
