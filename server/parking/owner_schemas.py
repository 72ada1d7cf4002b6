"""Answers about shares, lent places and earnings as OpenAPI shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from parking.model import Account, SpaceKind, State
from server.parking.schemas import Money, Span

_ID = "019ac0ffee00b7e1a2c3d4e5"


class RecurrenceView(BaseModel):
    """A further recurrence of a window."""

    days: str
    start: str
    end: str


class ShareView(BaseModel):
    """An owner's window."""

    id: str = Field(examples=[_ID])
    lot_id: str
    place_id: str
    days: str
    first_day: str
    last_day: str | None
    start: str = Field(examples=["18:00"])
    end: str = Field(examples=["08:00"])
    more: list[RecurrenceView]
    buffer_s: int
    price_fen_per_hour: int
    residents_first_s: int
    payee: Account
    exceptions: list[str]
    active: bool
    version: int = Field(description="what the ETag says")
    openings: list[Span] = Field(description="of the coming week, less the return buffer")
    unknown_from: str | None = Field(description="the first opening that working days nobody has decreed yet decide: closed till then")


class ShareList(BaseModel):
    """One's own windows."""

    shares: list[ShareView]
    next: str | None


class EffectView(Span):
    """What a change does to one reservation; nothing that names its client."""

    reservation_id: str
    before: State
    after: State = Field(description="relocation_offered, cancelled, or as before for a vehicle that is there and stays to its end")
    place_id: str = Field(description="where it is offered to go, or stays")
    refunded: Money
    compensation: Money = Field(description="on top, out of the owner's account; of an offer that is declined only")


class EffectSummary(BaseModel):
    """Of all of them."""

    concerned: int
    relocated: int
    cancelled: int
    staying: int
    refunded: Money
    compensation: Money
    compensation_if_declined: Money


class ShareOutcome(ShareView):
    """The window as it is after the change, and what that does to whom: the same when it is shown and when it is done."""

    effects: list[EffectView]
    summary: EffectSummary


class OwnedPlace(BaseModel):
    """A space or a pool that its owner may share."""

    id: str = Field(examples=["bureau.shared"])
    lot_id: str
    owner: str = Field(examples=["id:bureau"])
    kind: SpaceKind
    numbered: bool
    capacity: int = Field(description="stalls that are lent")
    title: int = Field(description="stalls the owner has there: more an operator enters")
    version: int


class LentPlace(OwnedPlace):
    """With the windows that were published with it."""

    shares: list[ShareView]


class OwnedPlaceList(BaseModel):
    """One's own."""

    places: list[OwnedPlace]
    next: str | None


class PlaceOutcome(OwnedPlace):
    """The pool as it is after the change, and what that does to whom."""

    effects: list[EffectView]
    summary: EffectSummary


class PostingView(BaseModel):
    """One line of the account."""

    at: str
    text: str
    amount: int = Field(description="fen")


class EarnedView(Span):
    """What one reservation brought."""

    reservation_id: str
    place_id: str
    state: State
    charged: Money = Field(description="share + fee + tax")
    share: Money
    fee: Money = Field(description="the platform's")
    tax: Money
    compensation: Money = Field(description="paid to a client whose place was taken back")
    earned: Money = Field(description="share − compensation")
    postings: list[PostingView]


class EarnedSums(BaseModel):
    """Of all reservations of the statement, not of the page alone."""

    charged: Money
    share: Money
    fee: Money
    tax: Money
    compensation: Money
    earned: Money


class StatementView(Span):
    """Of one account, by the times of posting."""

    account: Account
    holder: str
    reservations: list[EarnedView]
    sums: EarnedSums
    count: int
    next: str | None


class SettlementView(BaseModel):
    """What a beneficiary was paid."""

    id: str
    account: Account
    holder: str
    day: str
    amount: Money
    state: Literal["sent", "paid"] = Field(description="paid: the provider has confirmed it")
    created_at: str
    paid_at: str | None
    tries: int


class SettlementList(BaseModel):
    """The newest first. `payable`: what could be paid out now; of one beneficiary."""

    settlements: list[SettlementView]
    payable: Money | None = None
    balance: Money | None = None
    next: str | None


class SettlementsMade(BaseModel):
    """Those of that day, whether they were made now or before."""

    day: str
    settlements: list[SettlementView]
