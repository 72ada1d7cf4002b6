"""The answers about car parks as OpenAPI shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from parking.model import SpaceKind
from server.parking.schemas import Money, Span

DistanceKind = Literal["walking", "straight"]


class Expected(BaseModel):
    """A forecast of the vehicles inside; four times of five the true number lies from p10 to p90."""

    at: str
    minutes: int = Field(description="after the last five minutes that were counted")
    occupied: float
    p10: float
    p90: float
    free: int = Field(description="stalls that no vehicle is on")
    free_p10: int
    free_p90: int


class Forecasted(BaseModel):
    """What is to be expected."""

    forecast: list[Expected] | None = None
    forecast_missing: Literal["not_observed_yet", "occupancy_unknown", "not_learned_yet"] | None = Field(
        None, description="why there is no forecast: nothing was counted yet, nobody counts this car park, no day of this kind was seen"
    )


class LotBrief(Forecasted):
    """A car park."""

    id: str = Field(examples=["demo-station"])
    name: str = Field(examples=["东站停车场"])
    lat: float
    lon: float
    operator: str
    tariff_id: str | None
    timezone: str
    opening: list[list[int]] = Field(description="open spans in minutes of the week from Monday 00:00; empty: always open")
    capacity: int
    kinds: dict[str, int] = Field(description="capacity by kind of place", examples=[{"general": 120, "charging": 8}])
    no_show_s: int = Field(description="s after the start until a place is given up when nobody came")
    grace_s: int = Field(description="s after the end before a stay is an overstay")
    version: int
    distance_m: float | None = Field(None, description="straight, from `near`")
    distance_kind: DistanceKind | None = Field(None, description="which distance the order and `radius` are by")
    walk_m: float | None = Field(None, description="on foot, over streets; null where they are not known")
    walk_s: float | None = Field(None, description="s on foot at 1.2 m/s, over streets; null where they are not known")
    open: bool = Field(True, description="for all of the time asked for")
    closed_because: str | None = Field(None, description="where the operator has closed it for a time")
    free: int | None = Field(None, description="room for all of the time, shared places included; null: closed for part of it")
    free_shared: int | None = Field(None, description="of `free`: private places that are shared then; reserve them by `place_id`")
    price: Money | None = Field(None, description="of the time for a car by the price list; a quote alone binds; null: unknown")
    occupied_reported: int | None = Field(None, description="vehicles inside as last reported by the operator")
    occupied_at: str | None = None
    occupied_now: int | None = Field(None, description="vehicles inside by barriers and reports; null: unknown")
    free_now: int | None = Field(None, description="spaces that are empty and not reserved for the next half hour; null: unknown")


class LotList(BaseModel):
    """Car parks."""

    lots: list[LotBrief]
    next: str | None = Field(description="cursor of the next page")
    distance_kind: DistanceKind | None = Field(
        None, description="walking: streets are known for some of them; null: no `near`, or none found"
    )


class PlaceBrief(BaseModel):
    """A numbered space, or a pool of alike stalls."""

    id: str
    kind: SpaceKind
    capacity: int
    numbered: bool
    shared_only: bool = Field(description="private: to be had inside its owner's windows only")
    zone: str | None = Field(description="floor or part of the car park, as its signs say")
    version: int


class LotDetail(LotBrief):
    """A car park with its places."""

    places: list[PlaceBrief]


class PlaceRoom(BaseModel):
    """What is free of a place."""

    place_id: str
    kind: SpaceKind
    capacity: int
    free: int
    shared: bool = Field(False, description="private, shared by its owner for all of the time")


class RoomStep(Span):
    """Part of the time."""

    capacity: int = Field(description="that can be reserved then; 0: closed")
    reserved: int
    free: int
    free_shared: int


class Now(BaseModel):
    """The vehicles inside, as reported and as counted; null: unknown."""

    occupied_reported: int | None
    occupied_at: str | None
    occupied_derived: int | None = Field(description="by barriers, set right by reports and counts by hand")
    occupied_now: int | None
    source: Literal["unknown", "derived", "reported", "both", "parts"] = Field(description="of `occupied_now`")
    age_s: int | None = Field(description="s since the newest word of it")
    drift: int | None = Field(description="vehicles by which the derived count was too high when it was set right last")
    uncertainty: float | None = Field(description="vehicles by which it may have drifted since, as it used to")
    reserved_not_arrived: int = Field(description="confirmed for now or the next half hour")
    free: int | None = Field(description="capacity − occupied − reserved and not arrived")


class Availability(Span, Forecasted):
    """Room for a time."""

    lot_id: str
    open: bool
    closed_because: str | None = None
    free: int
    free_shared: int = 0
    places: list[PlaceRoom]
    steps: list[RoomStep] = []
    now: Now | None = None
    as_of: str


class LotRoom(Forecasted):
    """What the topic `lot:{id}` says."""

    lot_id: str
    free: int | None
    free_shared: int | None = None
    free_now: int | None = None
    occupied_now: int | None = None
    capacity: int
    at: str
