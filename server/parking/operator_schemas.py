"""The answers to operators about barriers, counts and closings as OpenAPI shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from parking.model import State
from parking.passages import Result
from server.parking.lot_schemas import Now
from server.parking.schemas import PlateView, Span

Why = Literal[
    "proposed", "refused", "exit_without_entry", "unread", "exit_missed", "reservation_completed", "reservation_used",
    "already_amended",
]  # fmt: skip


class ProposalView(BaseModel):
    """Another plate that differs in one character: for people to confirm or refuse, never acted on by itself."""

    id: str
    kind: Literal["session", "reservation"]
    plate: str = Field(description="masked", examples=["鲁A·1**45"])


class GateEventView(BaseModel):
    """An event of a barrier and what became of it."""

    id: str
    lot_id: str
    passage: Literal["entry", "exit"]
    kind: Literal["entry", "exit", "correction", "void"]
    at: str
    received_at: str
    gate: str
    plate: PlateView | None = Field(description="null: not read")
    result: Result
    reservation_id: str | None
    amends: str | None
    amended_by: str | None
    why: Why | None = Field(description="why people must look at it; null: they need not")
    proposals: list[ProposalView]
    settled: bool


class GateEventList(BaseModel):
    """What people must look at, newest first."""

    events: list[GateEventView]
    next: str | None


class CountsView(Now):
    """Both counts of a car park."""

    lot_id: str
    as_of: str


class StayHour(BaseModel):
    """Stays that began in one hour; no plates are kept of them."""

    hour: str
    stays: int
    reserved: int
    incomplete: int = Field(description="without an entry or an exit; they have no length")
    mean_minutes: float | None


class StayHours(BaseModel):
    """Of stays so old that their plates are forgotten."""

    lot_id: str
    hours: list[StayHour]


class EffectView(Span):
    """What a closing does to one reservation."""

    reservation_id: str
    before: State
    after: State = Field(description="relocation_offered, cancelled with everything paid back, or as before: it is there and stays")
    place_id: str
    refunded: int = Field(description="fen")


class ClosureView(BaseModel):
    """A car park, or a part of it, closed for a time."""

    id: str
    lot_id: str
    place_id: str | None = Field(description="null: the whole car park")
    stalls: int | None
    spans: list[Span]
    reason: str
    created_at: str
    waits: int = Field(description="stalls that vehicles keep it from closing as yet")


class ClosingView(ClosureView):
    """A closure with what becomes of the reservations that it meets."""

    effects: list[EffectView]


class ClosureList(BaseModel):
    """Of a car park, those that are not over."""

    closures: list[ClosureView]
