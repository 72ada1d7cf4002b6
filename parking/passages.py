"""What barriers report and what is made of it: passages, stays of vehicles with and without a reservation. Immutable records.

A plate is its key and colour here as everywhere in the rules; what is unreadable or unknown stays None and is never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from parking.records import Interval, Plate

FORGOTTEN_AT_ONCE = 2000
"""sessions at most that `forget_passages` takes in one go"""


class Passage(StrEnum):
    """What a gate event says."""

    ENTRY = "entry"
    EXIT = "exit"
    CORRECTION = "correction"
    """the event `amends` was an entry or exit of this plate at this time"""
    VOID = "void"
    """the event `amends` never happened"""


class GateEvent(msgspec.Struct, frozen=True):
    """One message of a barrier; the same id is the same message, however often it comes."""

    id: str
    lot_id: str
    kind: Passage
    at: int
    """epoch s, when the vehicle passed"""
    received: int
    """epoch s, when the message came"""
    plate: Plate | None = None
    """None: not read"""
    lane: str = ""
    confidence: float | None = None
    """of the reading, 0 … 1, as the camera says"""
    backfilled: bool = False
    """the barrier was offline and told later"""
    amends: str = ""
    """CORRECTION, VOID: the event it is about"""
    stall: str = ""
    """an entry: the stall it was sent to; empty: any"""


class Stay(StrEnum):
    """Of a session."""

    INSIDE = "inside"
    LEFT = "left"
    VOID = "void"
    """its passage never happened"""


class Session(msgspec.Struct, frozen=True):
    """A vehicle's time in a lot, from entry to exit; one of the two may have been missed."""

    id: str
    """that of the event which showed it first"""
    lot_id: str
    plate: Plate
    stay: Stay
    entered: int | None
    left: int | None = None
    entry_event: str = ""
    exit_event: str = ""
    reservation_id: str = ""
    """empty: a walk-in"""
    due: int | None = None
    """it is inside and its reservation is not checked in yet, mostly for coming early: when to try (again)"""
    reason: str = ""
    """`exit_missed`, `exit_without_entry`"""

    @property
    def moment(self) -> int:
        """The later of what is known of it; sessions of a plate are ordered by it."""
        return max(self.entered or 0, self.left or 0)


class Result(StrEnum):
    """What an event was taken for."""

    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    WALK_IN = "walk_in"
    WALK_OUT = "walk_out"
    EXIT_WITHOUT_ENTRY = "exit_without_entry"
    COMPLETED_STAY = "completed_stay"
    """a late event that told the missing half of a stay already closed"""
    REPEATED = "repeated"
    """a second reading of the same passage"""
    UNREAD = "unread"
    """no plate: it counts, and matches nothing"""
    VOIDED = "voided"


class Proposal(NamedTuple):
    """Another plate that differs in one character: for people to confirm, never acted on."""

    kind: str
    """`session` or `reservation`"""
    id: str
    masked: str


class Heard(msgspec.Struct, frozen=True):
    """An event and all that came of it; kept, so that a repeated message is answered the same."""

    event: GateEvent
    passage: Passage
    """ENTRY or EXIT, of a correction too"""
    result: Result
    session_id: str = ""
    reservation_id: str = ""
    steps: tuple[tuple[int, int], ...] = ()
    """(epoch s, ±1): what it changes in the derived count of the lot"""
    taken_back: tuple[tuple[int, int], ...] = ()
    """CORRECTION, VOID: the same of undoing what was amended"""
    closed: tuple[str, ...] = ()
    """sessions that it showed to have ended unseen"""
    refused: str = ""
    """code of the refusal when the reservation could not be checked in"""
    attention: str = ""
    """what people must look at: `reservation_completed` after an exit that never happened"""
    proposals: tuple[Proposal, ...] = ()
    annulled_by: str = ""
    settled: bool = False
    """a person has seen it: nothing is left to be done"""

    @property
    def open_reason(self) -> str:
        """Why people must look at it; empty: they need not."""
        if self.settled or self.annulled_by or self.result is Result.VOIDED:
            return ""
        if self.proposals:
            return "proposed"
        if self.attention:
            return self.attention
        if self.refused:
            return "refused"
        if self.result in (Result.EXIT_WITHOUT_ENTRY, Result.UNREAD):
            return self.result.value
        return "exit_missed" if self.closed else ""

    @property
    def all_steps(self) -> tuple[tuple[int, int], ...]:
        """For the count: what is taken back, then what is new."""
        return self.taken_back + self.steps


class HourOfStays(NamedTuple):
    """Stays of a lot that began in one hour, without plates."""

    hour: int
    """epoch s at which it begins"""
    stays: int
    reserved: int
    """of them with a reservation"""
    incomplete: int
    """of them with an entry or an exit that no barrier told; they have no length"""
    seconds: int
    """all complete ones together"""


def hours_of(stays: Sequence[Session]) -> dict[tuple[str, int], HourOfStays]:
    """(lot, hour) → how many began then; void ones count nowhere."""
    found: dict[tuple[str, int], HourOfStays] = {}
    for one in stays:
        if one.stay is Stay.VOID:
            continue
        began = (one.left or 0) if one.entered is None else one.entered
        key = one.lot_id, began // 3600 * 3600
        lasted = one.left - one.entered if one.left is not None and one.entered is not None else None
        more = HourOfStays(key[1], 1, bool(one.reservation_id), lasted is None, lasted or 0)
        known = found.get(key, HourOfStays(key[1], 0, 0, 0, 0))
        found[key] = HourOfStays(key[1], *(a + b for a, b in zip(known[1:], more[1:], strict=True)))
    return found


class PlateComparison(Protocol):
    """What the plate vault does for the gates: it reads sealed plates and gives away only whether they are alike."""

    def one_off(self, first: Plate, second: Plate) -> bool:
        """Whether one sign of the text was misread, lost or added, with the same colour."""


class GateRecords(Protocol):
    """Part of the port to a store (`parking.unit.Unit`)."""

    def heard(self, event_id: str) -> Heard | None:
        """What came of an event; nobody else handles the same event until the transaction ends."""

    def put_heard(self, heard: Heard) -> None:
        """Enters or replaces it."""

    def session(self, session_id: str) -> Session | None:
        """The session, or None."""

    def sessions_of(self, lot_id: str, plate_key: bytes, limit: int) -> Sequence[Session]:
        """Sessions of a plate in a lot that are not void, newest first by (moment, id); nobody else changes them until the
        transaction ends."""

    def sessions_inside(self, lot_id: str, limit: int) -> Sequence[Session]:
        """Vehicles inside, newest first by (moment, id)."""

    def sessions_due(self, now: int, limit: int) -> Sequence[Session]:
        """Sessions whose `due` has come, oldest first."""

    def put_session(self, session: Session) -> None:
        """Enters or replaces it."""

    def open_passages(self, lot_id: str, after: tuple[int, str] | None, limit: int) -> Sequence[Heard]:
        """Events people must look at (`Heard.open_reason`), newest first by (at, id); of all lots where `lot_id` is empty. `after`:
        (at, id) of the last one of the page before."""

    def forget_passages(self, before: int, inside_before: int = 0) -> int:
        """Deletes the events from before a time, and the sessions that ended before it, or that seem inside since before
        `inside_before`: where somebody parked is kept no longer than needed. What is kept of a stay is a number in
        `stays_by_hour`. How many sessions: FORGOTTEN_AT_ONCE of them mean that there may be more."""

    def stays_by_hour(self, lot_id: str, span: Interval) -> Sequence[HourOfStays]:
        """Of the stays that were forgotten, by the hour in which they began, in order."""
