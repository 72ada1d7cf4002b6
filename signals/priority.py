"""Requests for priority of buses at signals: the record, and when one is made, told again, withdrawn or over.

Advice only: a record says when a bus that deserves priority will be at the stop line, and asks nobody's controller for anything. Its
terms are those of SAE J2735 (SignalRequestMessage: request, update, cancellation; estimated time of arrival; importance level 1
to 14, 14 the most) and NTCIP 1202 and 1211 (priority request, time of service desired). Times are epoch ms, -1 unknown.

`advance` is a pure reducer: (book, now, who asks, who passed) → book. A request is told again only when it changes enough for a
controller to act otherwise, or before it would expire: a bus near a line makes a handful of records, not one a second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

Key = tuple[int, int]
"""what one request is about: (vehicle, line), as whoever asks numbers them"""


class RequestState(StrEnum):
    """Where a request stands; the wire words."""

    REQUESTED = "requested"
    UPDATED = "updated"
    CANCELLED = "cancelled"
    """withdrawn before the bus came: `why` says by what"""
    SERVED = "served"
    """the bus passed within the window asked for at that time; whether a controller helped is not known"""
    MISSED = "missed"
    """it passed outside that window, or was not seen to pass in time"""


WINDOWS = 8
"""records of one request whose windows are kept: two minutes of telling"""
OPEN = frozenset({RequestState.REQUESTED, RequestState.UPDATED})


class Why(StrEnum):
    """Why a request is over without the bus having passed in its window."""

    RECOVERED = "recovered"
    """it is no longer late nor far behind the bus before it"""
    STALE = "stale"
    """nothing was heard of it"""
    OFF_TRIP = "off_trip"
    """it left its trip or its route"""
    STOP_AHEAD = "stop_ahead"
    """it still has to serve a stop before the line, and its dwell there is not predicted"""
    EARLY = "early"
    """it passed before the window"""
    LATE = "late"
    """it passed after the window"""
    UNSEEN = "unseen"
    """the window is over, and it was not seen to pass"""


class PriorityParameters(NamedTuple):
    """Who deserves priority, and what is worth telling."""

    ahead: float = 90.0
    """s before the line within which requests are made: one cycle, which is as far as a controller plans"""
    least_ahead: float = 5.0
    """s before the line below which no new one is made: no green can be brought forward over a yellow and all-red any more"""
    late: float = 120.0
    """s behind the timetable from which a bus deserves priority: beyond the 76 to 100 s that one departure in ten of sim_city's
    train and test days exceeds, so that priority stays the exception"""
    late_kept: float = 60.0
    """s down to which a request that was made is kept"""
    wide: float = 1.5
    """headway over the planned one from which a bus deserves priority, on time or not: half of a headway lost"""
    wide_kept: float = 1.25
    """down to which it is kept"""
    wide_least: float = 120.0
    """s by which such a headway must also be longer than planned"""
    level: float = 60.0
    """s of lateness, or of headway beyond the planned one, for each importance level"""
    moved: float = 5.0
    """s by which the likely time must move to be told again: half of the 10 s by which priority usually lengthens a green"""
    moved_share: float = 0.2
    """and by that share of the time left: far ahead an ETA wanders, and nobody acts on it yet"""
    refresh: float = 30.0
    """s after which an unchanged request is told again, so that a reader who lost one has it"""
    grace: float = 15.0
    """s after the end of the window at which a request expires: a bus is seen to pass up to half a report late"""
    most_open: int = 2000
    most_closed: int = 500
    """requests that are over and still remembered"""


class Ask(NamedTuple):
    """A bus that comes to a stop line, late or with a long headway; NaN unknown. Indices are the inventory's."""

    intersection: int
    approach: int
    """-1 unknown"""
    vehicle_id: str
    route_id: str
    direction_id: int
    """-1 unknown"""
    trip_id: str
    """"" unknown"""
    earliest: int
    likely: int
    latest: int
    lateness: float
    """s behind the timetable"""
    headway: float
    """s to the bus before"""
    planned_headway: float
    occupancy: float
    """share of its places that are taken"""
    stops_before: int
    """stops it still serves before the line; their dwell is predicted"""
    near_side: bool
    """the last of them is right before the line"""

    def deserves(self, q: PriorityParameters, kept: bool = False) -> bool:
        """Whether a request is made for it, or kept."""
        late, wide = (q.late_kept, q.wide_kept) if kept else (q.late, q.wide)
        least = q.wide_least / 2 if kept else q.wide_least
        wider = self.headway >= wide * self.planned_headway and self.headway - self.planned_headway >= least
        return self.lateness >= late or wider

    def level(self, q: PriorityParameters) -> int:
        """SAE J2735 RequestImportanceLevel, 1–14, 14 the most: by the greater of lateness and headway beyond the planned one."""
        beyond = self.headway - self.planned_headway
        most = max(self.lateness if math.isfinite(self.lateness) else 0.0, beyond if math.isfinite(beyond) else 0.0, 0.0)
        return int(min(14.0, 1.0 + most // q.level))


class PriorityRequest(NamedTuple):
    """One record as published."""

    request_id: str
    sequence: int
    """counts the records of one request from 1"""
    state: RequestState
    ask: Ask
    level: int
    created: int
    updated: int
    """when this record was made"""
    expires: int
    """when it means nothing any more, if no record follows"""
    passed: int = -1
    """when the bus passed the line"""
    why: Why | None = None
    windows: tuple[tuple[int, int, int], ...] = ()
    """(told at, earliest, latest) of the newest WINDOWS records: a passing is often seen after a later one was told"""

    @property
    def advice_only(self) -> bool:
        """Always: no record commands a controller."""
        return True

    def moved(self, ask: Ask, now: int, q: PriorityParameters) -> bool:
        """Whether `ask` is worth telling after this record. Of an overdue bus, which may have passed unseen, nothing new is known."""
        least = 1e3 * q.moved + q.moved_share * max(self.ask.likely - now, 0)
        edges = (ask.earliest - self.ask.earliest, ask.likely - self.ask.likely, ask.latest - self.ask.latest)
        window = abs(edges[1]) >= least or max(abs(edges[0]), abs(edges[2])) >= 2 * least
        facts = (ask.stops_before == 0, ask.level(q) // 3, ask.trip_id, ask.approach)
        told = (self.ask.stops_before == 0, self.level // 3, self.ask.trip_id, self.ask.approach)
        return (window and ask.likely > now) or facts != told or now - self.updated >= 1e3 * q.refresh


@dataclass(frozen=True, slots=True)
class PriorityBook:
    """Everything remembered; bounded by PriorityParameters.most_open and most_closed."""

    open: Mapping[Key, PriorityRequest] = field(default_factory=dict)
    closed: tuple[PriorityRequest, ...] = ()
    """the newest last"""
    changes: tuple[PriorityRequest, ...] = ()
    """records made at this step"""
    counts: Mapping[str, int] = field(default_factory=dict)
    """records so far by state word, and `dropped`: asks for which there was no room"""


def advance(
    book: PriorityBook, now: int, asks: Mapping[Key, Ask], passed: Mapping[Key, int], withdrawn: Mapping[Key, Why],
    q: PriorityParameters, ids: Mapping[int, str] | None = None,
) -> PriorityBook:  # fmt: skip
    """The book at `now`. `passed`: epoch ms at which buses passed lines; `withdrawn`: why open ones ask no more, if not recovered.

    `ids` names intersections in request ids; without it their rows do.
    """
    still: dict[Key, PriorityRequest] = {}
    over: list[PriorityRequest] = []
    changes: list[PriorityRequest] = []
    for key, request in book.open.items():
        told = _carry_on(request, now, asks.get(key), passed.get(key), withdrawn.get(key, Why.RECOVERED), q)
        if told is not request:
            changes.append(told)
        if told.state in OPEN:
            still[key] = told
        else:
            over.append(told)
    dropped = 0
    for key, ask in asks.items():
        if key in book.open or key in passed or not ask.deserves(q) or not 1e3 * q.least_ahead <= ask.likely - now <= 1e3 * q.ahead:
            continue
        if len(still) >= q.most_open:
            dropped += 1
            continue
        still[key] = _request(ask, now, q, ids)
        changes.append(still[key])
    if not changes and not dropped and not book.changes:
        return book
    counts = dict(book.counts)
    for one in changes:
        counts[one.state.value] = counts.get(one.state.value, 0) + 1
    if dropped:
        counts["dropped"] = counts.get("dropped", 0) + dropped
    return PriorityBook(still, (*book.closed, *over)[-q.most_closed :], tuple(changes), counts)


def _request(ask: Ask, now: int, q: PriorityParameters, ids: Mapping[int, str] | None) -> PriorityRequest:
    place = str(ask.intersection) if ids is None else ids[ask.intersection]
    name = f"{place}/{ask.vehicle_id}/{now}"
    window = (now, ask.earliest, ask.latest)
    return PriorityRequest(name, 1, RequestState.REQUESTED, ask, ask.level(q), now, now, _expiry(ask, q), windows=(window,))


def _carry_on(
    request: PriorityRequest, now: int, ask: Ask | None, passed: int | None, why: Why, q: PriorityParameters
) -> PriorityRequest:
    """The same request when there is nothing to tell, else its next record."""
    if passed is not None:
        told = [window for window in request.windows if window[0] <= passed] or [request.windows[0]]
        early, late = passed < told[-1][1], passed > told[-1][2]
        if not early and not late:
            return _next(request, now, RequestState.SERVED)._replace(passed=passed)
        return _next(request, now, RequestState.MISSED, Why.EARLY if early else Why.LATE)._replace(passed=passed)
    if ask is not None and ask.deserves(q, kept=True):
        if not request.moved(ask, now, q):
            return request
        windows = (*request.windows, (now, ask.earliest, ask.latest))[-WINDOWS:]
        return _next(request, now, RequestState.UPDATED)._replace(
            ask=ask, level=ask.level(q), expires=_expiry(ask, q), windows=windows
        )
    if ask is None and why is Why.UNSEEN:  # it is beyond the line by now: its passing may yet be told
        return request if now < request.expires else _next(request, now, RequestState.MISSED, why)
    return _next(request, now, RequestState.CANCELLED, why)


def _next(request: PriorityRequest, now: int, state: RequestState, why: Why | None = None) -> PriorityRequest:
    return request._replace(sequence=request.sequence + 1, updated=now, state=state, why=why)


def _expiry(ask: Ask, q: PriorityParameters) -> int:
    return ask.latest + round(1e3 * q.grace)
