"""Service changes of the tiny city on Monday 27 April 2026, said and resolved in a line each."""

from __future__ import annotations

import datetime
import math
from typing import Any

from tests.support.running_city import MONDAY, at
from tests.support.tiny_city import tiny_network
from transit.changes import (
    NO_CHANGES,
    Alert,
    CancelledTrip,
    ClosedStop,
    Detour,
    Informed,
    Period,
    ServiceChanges,
    SkippedStop,
    Statements,
    SuspendedRoute,
    TripRun,
)
from transit.changes_in_force import ChangesInForce, resolve
from transit.service_day import service_days

DATE = datetime.date(2026, 4, 27)
NETWORK = tiny_network()
Statement = CancelledTrip | SkippedStop | ClosedStop | Detour | SuspendedRoute | Alert
_FIELDS = {
    CancelledTrip: "cancelled", SkippedStop: "skipped", ClosedStop: "closed", Detour: "detours", SuspendedRoute: "suspended",
    Alert: "alerts",
}  # fmt: skip


def say(*statements: Statement, source: str = "bureau", expires: float = math.inf) -> ServiceChanges:
    """One source's word."""
    said: dict[str, Any] = {}
    for one in statements:
        said[_FIELDS[type(one)]] = (*said.get(_FIELDS[type(one)], ()), one)
    return NO_CHANGES.tell(source, Statements(**said), expires)


def in_force(*statements: Statement, clock: str = "07:00:00") -> ChangesInForce:
    """What of it is in force at a time of the Monday."""
    return resolve(say(*statements), NETWORK, at(clock), service_days(NETWORK, at(clock)))


def run(trip_id: str, **more: Any) -> TripRun:
    """A run of the Monday."""
    return TripRun(trip_id, **{"date": DATE, **more})


def between(first: str, last: str) -> tuple[Period, ...]:
    """From HH:MM:SS to HH:MM:SS of the Monday."""
    return (Period(at(first), at(last)),)


def trip(trip_id: str) -> int:
    """Index of a trip."""
    return NETWORK.trip_index[trip_id]


def place(trip_id: str, sequence: int) -> int:
    """Pattern stop of a trip by its stop_sequence."""
    return int(NETWORK.patterns.stop_start[NETWORK.trips.pattern[trip(trip_id)]]) + sequence - 1


def alert(*informed: Informed, **more: Any) -> Alert:
    """An alert in both languages."""
    words: dict[str, Any] = {"header": (("zh", "道路施工"), ("en", "Road works"))}
    return Alert(**{"id": "7", "informed": informed, **words, **more})


TODAY = MONDAY
"""epoch s the Monday's service day starts"""
