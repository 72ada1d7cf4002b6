"""Answers about conduct and residents as OpenAPI shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from parking.conduct_records import AppealState

_ID = "019ac0ffee00b7e1a2c3d4e5"


class ConductRulesView(BaseModel):
    """When a plate is barred."""

    version: int
    most: int = Field(description="overstays within `within_s` that bar")
    within_s: int
    longest_s: int = Field(description="one overstay longer than this bars by itself")
    bar_s: int
    appeal_s: int = Field(description="after an overstay was noted, an appeal may be filed so long")
    mistyped: int = Field(description="appeals of one client within `within_s` that are upheld at once for one mistyped character")


class StayView(BaseModel):
    """What barriers saw."""

    plate: str = Field(description="masked")
    as_reserved: bool = Field(description="of the plate that was reserved for; else of the one it should have been")
    entered_at: str | None
    left_at: str | None
    reason: str | None


class AppealView(BaseModel):
    """An appeal and what it is about."""

    reservation_id: str = Field(examples=[_ID])
    state: AppealState
    version: int
    grounds: str
    filed_at: str
    decided_at: str | None
    reason: str | None
    by_rules: bool = Field(description="upheld at once: one character of the plate was mistyped")
    lot_id: str | None
    plate: str | None = Field(description="masked")
    late_s: int | None
    ended_at: str | None
    bar_id: str | None
    plate_as_it_should_be: str | None = Field(description="masked")
    one_character: bool
    stays: list[StayView] | None = Field(None, description="for operators, of a single appeal: what barriers of the car park saw")


class AppealList(BaseModel):
    """First filed first."""

    appeals: list[AppealView]
    next: str | None


class BarView(BaseModel):
    """A plate may not reserve until then."""

    id: str = Field(examples=[f"{_ID}.1"])
    plate: str = Field(description="masked")
    since: str
    until: str
    cause: Literal["overstays", "long_overstay"]
    overstays: list[str] = Field(description="reservations")
    rules_version: int
    lifted: str | None
    reason: str | None
    version: int


class BarList(BaseModel):
    """The newest first."""

    bars: list[BarView]
    next: str | None


class OverstayView(BaseModel):
    """A stay beyond its end and grace."""

    reservation_id: str
    lot_id: str
    plate: str = Field(description="masked")
    ended_at: str
    late_s: int
    noted_at: str
    counts: bool
    voided: str | None
    bar_id: str | None
    appeal_until: str | None
    appeal: AppealView | None


class ConductRecord(BaseModel):
    """One's own: overstays, bars, appeals."""

    barred_until: str | None
    counted: int = Field(description="overstays that count towards the next bar")
    most: int = Field(description="so many bar")
    bars: list[BarView]
    overstays: list[OverstayView]
    next: str | None


class ResidentError(BaseModel):
    """A row that was left out."""

    line: int = Field(description="of CSV the line, of JSON the place in the list; from 1")
    field: str
    pointer: str
    detail: str


class ResidentsReceipt(BaseModel):
    """What became of a request: good rows are done, bad ones are named."""

    changed: int = Field(description="put onto, or taken off, the register")
    unchanged: int = Field(description="that were on it, or were not")
    repeated: int
    refused: int
    errors: list[ResidentError] = Field(description="the first 1000")


class ResidentList(BaseModel):
    """By name."""

    residents: list[str] = Field(examples=[["id:ann"]])
    next: str | None


class CommunityView(BaseModel):
    """A residential community."""

    id: str
    lots: list[str] = Field(description="car parks in which its residents come first")
    residents: int


class CommunityList(BaseModel):
    """By id."""

    communities: list[CommunityView]
    next: str | None
