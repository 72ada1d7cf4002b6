"""What barriers report and what is made of it: passages, stays of vehicles with and without a reservation. Immutable records.

A plate is its key and colour here as everywhere in the rules; what is unreadable or unknown stays None and is never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from parking.records import Plate


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

    @property
    def all_steps(self) -> tuple[tuple[int, int], ...]:
        """For the count: what is taken back, then what is new."""
        return self.taken_back + self.steps


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

    def forget_passages(self, before: int) -> int:
        """Deletes the events from before a time, and the sessions that ended before it: where somebody parked is kept no longer than
        needed. How many sessions."""
