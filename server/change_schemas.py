"""The shapes of service changes that the bureau enters, for OpenAPI and for checking what it sends."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter, model_validator

from server.schemas import Model, Stamp

Id = Annotated[str, Field(min_length=1, max_length=255)]
Direction = Annotated[Literal[0, 1] | None, Field(description="null: both")]
Moment = Annotated[AwareDatetime | None, Field(examples=["2026-11-22T21:30:05+08:00"])]
Clock = Annotated[
    str | None, Field(pattern=r"^\d{1,2}:[0-5]\d:[0-5]\d$", description="of a run of frequencies.txt", examples=["07:20:00"])
]
Cause = Literal[
    "unknown_cause", "other_cause", "technical_problem", "strike", "demonstration", "accident", "holiday", "weather",
    "maintenance", "construction", "police_activity", "medical_emergency", "special_event",
]  # fmt: skip
Effect = Literal[
    "no_service", "reduced_service", "significant_delays", "detour", "additional_service", "modified_service", "other_effect",
    "unknown_effect", "stop_moved", "no_effect", "accessibility_issue",
]  # fmt: skip


class ChangeText(Model):
    """Words for riders. A language that is missing is shown the other."""

    zh: Annotated[str, Field(min_length=1, max_length=2000, examples=["世纪大道施工，百脉泉站暂停停靠"])] | None = None
    en: Annotated[str, Field(min_length=1, max_length=2000, examples=["Road works: no buses at Baimai Spring"])] | None = None

    @model_validator(mode="after")
    def _said(self) -> ChangeText:
        if self.zh is None and self.en is None:
            raise ValueError("needs a text in zh or en")
        return self


class _Change(Model):
    """What all kinds have."""

    text: ChangeText | None = Field(default=None, description="shown on boards and in /gtfs-rt/alerts.pb; without it none is")
    description: ChangeText | None = None
    url: Annotated[str, Field(pattern=r"^https?://\S+$", max_length=2000)] | None = None
    cause: Cause = "unknown_cause"
    starts_at: Moment = None
    ends_at: Moment = Field(default=None, description="null: until it is deleted; of a trip, until its run is over")

    @model_validator(mode="after")
    def _in_order(self) -> _Change:
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("ends_at must be after starts_at")
        return self


class CancelTrip(_Change):
    """A run does not take place."""

    kind: Literal["cancel_trip"]
    trip_id: Id
    date: datetime.date | None = Field(default=None, description="service day; null: the run nearest to now")
    start_time: Clock = None


class SkipStop(_Change):
    """A run does not call at one of its stops."""

    kind: Literal["skip_stop"]
    trip_id: Id
    date: datetime.date | None = None
    start_time: Clock = None
    stop_id: Id
    stop_sequence: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = Field(default=None, description="of a stop served twice")


class CloseStop(_Change):
    """No bus, of one route or of any, calls at a stop."""

    kind: Literal["close_stop"]
    stop_id: Id
    route_id: Id | None = Field(default=None, description="null: every route")
    direction_id: Direction = None


class TakeDetour(_Change):
    """A route does not serve the stops between two of its stops."""

    kind: Literal["detour"]
    route_id: Id
    direction_id: Direction = None
    from_stop_id: Id | None = Field(default=None, description="last stop served before it; null: from the first stop on")
    to_stop_id: Id | None = Field(default=None, description="first stop served after it; null: to the last stop")

    @model_validator(mode="after")
    def _somewhere(self) -> TakeDetour:
        if self.from_stop_id is None and self.to_stop_id is None:
            raise ValueError("needs from_stop_id or to_stop_id")
        return self


class Announce(_Change):
    """Words about stops or routes, or about everything where neither is named.

    `no_service` closes the stops and suspends the routes named.
    """

    kind: Literal["alert"]
    text: ChangeText
    effect: Effect = "unknown_effect"
    stop_ids: Annotated[tuple[Id, ...], Field(max_length=200)] = ()
    route_ids: Annotated[tuple[Id, ...], Field(max_length=200)] = ()


Change = Annotated[CancelTrip | SkipStop | CloseStop | TakeDetour | Announce, Field(discriminator="kind")]
CHANGE: TypeAdapter[CancelTrip | SkipStop | CloseStop | TakeDetour | Announce] = TypeAdapter(Change)
KINDS = {"cancel_trip": CancelTrip, "skip_stop": SkipStop, "close_stop": CloseStop, "detour": TakeDetour, "alert": Announce}


class ServiceChange(Model):
    """A change as it is kept."""

    id: str
    created_at: Stamp
    change: Change


class ChangeSource(Model):
    """A source and what it says now."""

    source: Annotated[str, Field(examples=["trip-updates-1"])]
    expires_at: Stamp | None = Field(description="when it is forgotten if it stays silent; null never")
    cancelled_trips: int
    skipped_stops: int
    closed_stops: int
    detours: int
    alerts: int
    refused: dict[str, int] = Field(description="of its newest answer, by reason")


class ServiceChangeList(Model):
    """What the bureau entered and is not over yet, and what every source says."""

    changes: list[ServiceChange]
    sources: list[ChangeSource]
    unresolved: dict[str, int] = Field(description="statements that mean nothing in this timetable, by reason")
