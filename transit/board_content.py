"""What a composed stop board says, before any language, screen or encoding.

A `Call` is one bus (or one scheduled departure) at this stop; a `LineStatus` is what the board's row for a line says when it
has room for one thing. Times are epoch seconds; None is unknown and stays unknown in every rendering.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from transit.changes import Alert
from transit.departures import Line
from transit.model import Source
from transit.network import Network


class CallState(StrEnum):
    """What a bus is doing, as seen from the stop."""

    AT_STOP = "at_stop"
    ARRIVING = "arriving"
    APPROACHING = "approaching"
    WAITING_DEPARTURE = "waiting_departure"
    DELAYED = "delayed"
    CANCELLED = "cancelled"
    """its trip does not run"""
    SKIPPED = "skipped"
    """its trip runs, and does not call here"""


class LineState(StrEnum):
    """The rung of the fallback ladder a line stands on, best first."""

    LIVE = "live"
    WAITING_DEPARTURE = "waiting_departure"
    HEADWAY = "headway"
    SCHEDULED = "scheduled"
    BEFORE_FIRST = "before_first"
    SKIPPED = "skipped"
    """no bus of the line calls here, now or in what is left of the day"""
    CANCELLED = "cancelled"
    """what was still to come is cancelled"""
    AFTER_LAST = "after_last"
    NO_SERVICE = "no_service"
    NO_DATA = "no_data"


LINE_RANK = {state: rank for rank, state in enumerate(LineState)}


class BoardStatus(StrEnum):
    """What the whole board can be trusted for."""

    LIVE = "live"
    SCHEDULE_ONLY = "schedule_only"
    NO_SERVICE = "no_service"
    NO_DATA = "no_data"


class Notice(StrEnum):
    """What the board must say about itself."""

    FEED_DOWN = "feed_down"
    FEED_PARTLY_STALE = "feed_partly_stale"


class Call(NamedTuple):
    """One row of `arrivals`: a vehicle, or a scheduled departure nobody is seen driving."""

    line: Line
    boarding: bool
    """False at a trip's last stop: it is an arrival, and no bus to board."""
    source: Source
    state: CallState | None
    """None: scheduled to be under way, and not seen"""
    time: float
    """what a rider waits for: the arrival, at a trip's first stop the departure; rows are in this order"""
    arrival: float | None
    departure: float | None
    seconds: int | None
    """from generated_at to `time`; None when the fix is too old to say"""
    minutes: int | None
    """`board_text.shown_minutes` of them"""
    p10_seconds: int | None
    """from generated_at; it comes earlier one time in ten. None: nothing tells the spread, or it has yet to leave its first stop"""
    p90_seconds: int | None
    """later one time in ten"""
    stops_away: int | None
    """stops still to reach, this one included: 1 when it is the next, 0 at it"""
    distance: float | None
    """m along the route"""
    stuck: bool
    """its reports are fresh and say that it does not move"""
    origin_departure: float | None
    """epoch s its trip is to leave the terminal, when that still lies ahead"""
    at_origin: bool
    """this stop is that terminal"""
    observed: float | None
    """epoch s of the vehicle's fix"""
    vehicle: int
    """-1 none"""
    trip: int
    """-1 unknown"""
    service_day: float
    pattern_stop: int
    sequence: int

    @property
    def live(self) -> bool:
        """Whether a vehicle has been seen for it."""
        return self.source in (Source.LIVE, Source.LAYOVER)

    @property
    def changed(self) -> bool:
        """Whether it will not take place."""
        return self.state in (CallState.CANCELLED, CallState.SKIPPED)


class LineStatus(NamedTuple):
    """One line at the stop."""

    line: Line
    state: LineState
    calls: tuple[Call, ...]
    """to board, in order of time, those among them that do not take place too"""
    first: float | None
    """epoch s of the first and last departure here on the service day that is on; None when it does not run"""
    last: float | None
    headway: float | None
    """s"""
    next_departure: float | None
    """the next scheduled departure here, whatever day"""
    origin_departure: float | None
    """when that trip is to leave its terminal, if that still lies ahead"""

    @property
    def foremost(self) -> Call | None:
        """The call to tell of when there is room for one: a bus on its way before one that waits or is only scheduled."""
        moving = next((call for call in self.calls if call.source is Source.LIVE), None)
        coming = moving or next((call for call in self.calls if not call.changed), None)
        return coming or (self.calls[0] if self.calls else None)


@dataclass(frozen=True, slots=True, eq=False)
class BoardContent:
    """A board at one instant."""

    network: Network
    vehicle_ids: Sequence[str]
    stop: int
    generated_at: float
    expires_at: float
    """after it every rendering shows nothing"""
    status: BoardStatus
    calls: tuple[Call, ...]
    lines: tuple[LineStatus, ...]
    """in a fixed order, so that a rider finds a line where it always is"""
    notices: tuple[Notice, ...]
    terminus: bool
    """buses end here and none begin: there is nothing to board"""
    alerts: tuple[Alert, ...] = ()
    """about this stop, its lines or everything, active now"""

    @property
    def timezone(self) -> str:
        """Of the agency."""
        return self.network.timezone

    def board_lines(self) -> tuple[LineStatus, ...]:
        """The lines worth a row: of a route's variants in one direction those that have a bus, else the one that says most."""
        best: dict[tuple[int, int], LineStatus] = {}
        for status in self.lines:
            key = status.line[:2]
            if key not in best or LINE_RANK[status.state] < LINE_RANK[best[key].state]:
                best[key] = status
        return tuple(status for status in self.lines if status.calls or best[status.line[:2]] is status)
