"""Answers about what is not promised yet, as OpenAPI shows them: a place on a waiting list, openings of a shared space."""

from __future__ import annotations

from pydantic import BaseModel, Field

from parking.model import State
from server.parking.schemas import Span


class ReservedSpan(Span):
    """Somebody's time in an owner's window."""

    state: State
    plate: str = Field(description="masked", examples=["鲁A·1**45"])


class Openings(Span):
    """When a shared space may really be used, less the return buffer, and who has reserved it."""

    share_id: str
    openings: list[Span]
    unknown_from: str | None = Field(description="first opening that depends on working days nobody has decreed yet; closed till then")
    reserved: list[ReservedSpan]


class WaitingPlace(BaseModel):
    """A place on a waiting list."""

    reservation_id: str
    ahead: int = Field(description="entries before it for the same kind of place at a time that meets its own")
    at: str
