"""The answers about parking as OpenAPI shows them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from parking.model import PlateColor, SpaceKind, State

_AT = "2026-11-27T08:00:00+08:00"
_UNTIL = "2026-11-27T10:00:00+08:00"
_ID = "019ac0ffee00b7e1a2c3d4e5"


class Money(BaseModel):
    """An amount."""

    amount: int = Field(description="fen", examples=[500])
    currency: Literal["CNY"]


class PriceLine(BaseModel):
    """Part of a price."""

    text: str
    amount: int = Field(description="fen")


class Span(BaseModel):
    """Half-open: what ends at ten and what begins at ten do not meet."""

    model_config = ConfigDict(populate_by_name=True)

    start: str = Field(alias="from", examples=[_AT], description="RFC 3339")
    end: str = Field(alias="to", examples=[_UNTIL], description="RFC 3339")


class CancellationStep(BaseModel):
    """How much goes back until when."""

    until: str
    refund_percent: int


class QuoteView(Span):
    """An offer; price and terms are frozen."""

    id: str = Field(examples=[_ID])
    lot_id: str
    place_id: str
    price: Money
    lines: list[PriceLine]
    cancellation: list[CancellationStep]
    compensation_percent: int | None = Field(description="of the price, on top of a full refund when the place is taken back")
    overstay_per_hour: Money
    expires_at: str


class PlateView(BaseModel):
    """Masked, but for its owner's own detail."""

    text: str = Field(examples=["鲁A·1**45"])
    color: PlateColor
    masked: bool


class ReservationView(Span):
    """A reservation, or a place on the waiting list."""

    id: str = Field(examples=[_ID])
    state: State
    version: int = Field(description="what the ETag says; +1 with every change")
    lot_id: str
    place_id: str | None
    stall: str | None
    kind: SpaceKind
    plate: PlateView
    price: Money
    lines: list[PriceLine]
    paid: Money
    refunded: Money
    fees: Money
    hold_until: str | None
    created_at: str
    updated_at: str
    arrived_at: str | None
    left_at: str | None
    moved_from: str | None
    reason: str | None
    compensation: Money = Field(
        description="on top of a full refund when the place was taken back: of `relocation_offered` what declining the other brings"
    )


class ReservationList(BaseModel):
    """Some of them; plates masked."""

    reservations: list[ReservationView]
    next: str | None


class ReservationEvent(BaseModel):
    """What happened: the body of a webhook, and what the topic `reservation:{id}` says."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = Field(examples=[f"{_ID}.2"])
    type: str = Field(examples=["reservation.confirmed"])
    reservation_id: str
    sequence: int = Field(description="the version after it; without gaps")
    at: str
    state: State
    place_id: str
    start: str | None = Field(alias="from")
    end: str | None = Field(alias="to")
    plate: str = Field(description="masked")
    reason: str
    overstay: dict[str, Any] | None = Field(None, description="of `reservation.overstay_noted`: late_s")
    bar: dict[str, Any] | None = Field(None, description="of `reservation.barred`, `reservation.bar_lifted`: id, until, cause, reason")
    appeal: dict[str, Any] | None = Field(None, description="of `reservation.appeal_filed`, `…_upheld`, `…_rejected`: state, reason")


class TariffBrief(BaseModel):
    """A price list that was entered."""

    id: str
    name: str
    version: int


class PaymentView(BaseModel):
    """What is to be paid, and how."""

    id: str
    amount: Money
    expires_at: str
    link: str = Field(description="opened in the app that pays")


class LaterRefund(BaseModel):
    """What cancelling would bring from an instant on."""

    model_config = ConfigDict(populate_by_name=True)

    start: str = Field(alias="from")
    refund: Money


class CancellationPreview(BaseModel):
    """What cancelling would bring at this moment."""

    refund: Money
    paid: Money
    kept: Money
    """of what was paid"""
    compensation: Money = Field(description="on top: the confirmed place was taken back, and another is declined")
    later: list[LaterRefund]
    at: str


class Imported(BaseModel):
    """What an import entered."""

    lots: int
    places: int


class Receipt(BaseModel):
    """What became of events."""

    accepted: int
    repeated: int
    matched: int = Field(description="that checked a reservation in or out")
    unmatched: int


class WebhookView(BaseModel):
    """An address that is told of events."""

    id: str
    url: str
    position: int = Field(description="sequence it has come to")
    failures: int
    resting: bool = Field(description="after a day of failing; a replay wakes it")
    created_at: str
    secret: str | None = Field(None, description="for checking signatures; shown once, at creation")


class WebhookList(BaseModel):
    """One's own webhooks."""

    webhooks: list[WebhookView]


def body_of_message(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    """`openapi_extra` of a route that decodes its body itself."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}}
