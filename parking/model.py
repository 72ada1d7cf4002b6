"""The closed vocabularies of parking, and which state may follow which."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """States of a reservation. A waiting list entry is a reservation that claims nothing yet."""

    WAITING = "waiting"
    OFFERED = "offered"
    """a place is held for it for a short time: it may be confirmed"""
    HOLD = "hold"
    CONFIRMED = "confirmed"
    RELOCATION_OFFERED = "relocation_offered"
    """the owner withdrew the space; another is held for it"""
    CHECKED_IN = "checked_in"
    OVERSTAY = "overstay"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.OFFERED, State.CANCELLED, State.EXPIRED}),
    State.OFFERED: frozenset({State.CONFIRMED, State.EXPIRED, State.CANCELLED}),
    State.HOLD: frozenset({State.CONFIRMED, State.EXPIRED, State.CANCELLED}),
    State.CONFIRMED: frozenset({State.CHECKED_IN, State.CANCELLED, State.NO_SHOW, State.RELOCATION_OFFERED}),
    State.RELOCATION_OFFERED: frozenset({State.CONFIRMED, State.CANCELLED}),
    State.CHECKED_IN: frozenset({State.COMPLETED, State.OVERSTAY, State.CONFIRMED}),
    State.OVERSTAY: frozenset({State.COMPLETED}),
    State.COMPLETED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset({State.CONFIRMED}),
    State.NO_SHOW: frozenset(),
}
"""EXPIRED → CONFIRMED only when a payment that was under way arrives late and the same interval can be claimed again then. CHECKED_IN →
CONFIRMED only when the barrier's reading that checked it in is corrected: another vehicle came."""

BLOCKING = frozenset({State.OFFERED, State.HOLD, State.CONFIRMED, State.RELOCATION_OFFERED, State.CHECKED_IN, State.OVERSTAY})
"""states in which a reservation claims its place; OFFERED and HOLD only until `hold_until`"""
TERMINAL = frozenset({State.COMPLETED, State.CANCELLED, State.EXPIRED, State.NO_SHOW})
"""states that never change again, but for EXPIRED as said above"""


class SpaceKind(StrEnum):
    """Whom a place is for: the user classes of APDS and ParkAPI v3."""

    GENERAL = "general"
    DISABLED = "disabled"
    CHARGING = "charging"
    FAMILY = "family"
    WOMEN = "women"
    BUS = "bus"
    TRUCK = "truck"
    MOTORCYCLE = "motorcycle"
    RESIDENT = "resident"


class PlateColor(StrEnum):
    """A plate is unique only with its colour (GA 36-2018)."""

    BLUE = "blue"
    YELLOW = "yellow"
    GREEN = "green"
    YELLOW_GREEN = "yellow_green"
    WHITE = "white"
    BLACK = "black"
    OTHER = "other"
    """provisional, embassy, without plate: free form"""


class Account(StrEnum):
    """Accounts of the ledger; see `parking.ledger` for what is posted when."""

    PAYER = "payer"
    """what the citizen owes (debit) and has paid (credit)"""
    PROVIDER = "provider"
    """money with the payment provider, not yet settled"""
    OWNER = "owner"
    OPERATOR = "operator"
    PLATFORM = "platform"
    TREASURY = "treasury"
    TAX = "tax"
    REFUNDS = "refunds"
    """refunds asked for and not yet confirmed by the provider"""
    CREDIT = "credit"
    """to be transferred to a citizen (compensation) or to a beneficiary (settlement), and not yet confirmed by the provider"""


class PaymentState(StrEnum):
    """Of money asked of a client."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    """it was not paid in time"""


class PayoutKind(StrEnum):
    """Why money goes out."""

    REFUND = "refund"
    """back the way it came"""
    COMPENSATION = "compensation"
    SETTLEMENT = "settlement"
    """a beneficiary is paid what it is owed"""
