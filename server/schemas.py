"""The shapes of the JSON answers, for the documents: OpenAPI and AsyncAPI both show these models with their examples.

Routes answer with bytes they encoded themselves; the tests hold those against these models. Fields may be added, never renamed.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Stamp = Annotated[str, Field(description="RFC 3339 with offset", examples=["2026-11-22T21:30:05+08:00"])]
Degrees = Annotated[float, Field(description="WGS-84 degrees; GCJ-02 with crs=gcj02", examples=[36.712])]
Next = Annotated[str | None, Field(description="pass it as `cursor` for the next page; null on the last")]


class Model(BaseModel):
    """A closed object: the tests notice a field nobody documented."""

    model_config = ConfigDict(extra="forbid")


class RouteBrief(Model):
    """A route in brief."""

    id: str
    short_name: Annotated[str, Field(examples=["K12"])]
    color: Annotated[str | None, Field(description="#RRGGBB; null when the feed gives none", examples=["#1E88E5"])]


class Stop(Model):
    """A stop."""

    id: Annotated[str, Field(examples=["3001"])]
    code: Annotated[str | None, Field(description="what passengers know it by", examples=["3001"])]
    name: Annotated[str, Field(examples=["百脉泉广场"])]
    lat: Degrees
    lon: Degrees
    distance_m: Annotated[int | None, Field(description="from `near`; absent without it")] = None


class StopList(Model):
    """A page of stops."""

    stops: list[Stop]
    next: Next


class NextStop(Model):
    """The first stop ahead of a vehicle."""

    id: str
    name: str
    stop_sequence: int
    distance_m: int


class Vehicle(Model):
    """A live vehicle; `state` `in_service` is a bus on its way, everything else says why it is not."""

    id: str
    route: RouteBrief | None
    direction_id: int | None
    headsign: str | None
    trip_id: str | None
    lat: Degrees
    lon: Degrees
    bearing: Annotated[float | None, Field(description="degrees clockwise from north")]
    speed_mps: float | None
    state: Annotated[str, Field(examples=["in_service"])]
    evidence: Annotated[str, Field(description="why it is held to be on its route", examples=["reported"])]
    observed_at: Stamp
    progress_m: Annotated[float | None, Field(description="along its pattern")]
    cross_track_m: Annotated[float | None, Field(description="from its pattern's shape")]
    next_stop: NextStop | None


class CallStop(Model):
    """A stop in brief."""

    id: str
    name: str


class VehicleCall(Model):
    """A stop ahead of a vehicle, with the times predicted there."""

    stop: CallStop
    stop_sequence: int
    trip_id: str | None
    arrival: Stamp
    departure: Stamp
    source: Annotated[str, Field(description="live, or layover for a trip not yet begun")]


class VehicleDetail(Vehicle):
    """A live vehicle and its next stops."""

    calls: Annotated[list[VehicleCall], Field(description="in order of time, the first few")]


class VehicleBrief(Model):
    """A vehicle among many, in a tile."""

    id: str
    route_id: str | None
    short_name: str | None
    direction_id: int | None
    lat: Degrees
    lon: Degrees
    bearing: float | None
    state: str
    observed_at: Stamp


class VehicleList(Model):
    """A page of vehicles."""

    vehicles: list[Vehicle]
    next: Next


class RouteVehicles(Model):
    """The vehicles of one route."""

    vehicles: list[Vehicle]


class TileVehicles(Model):
    """The vehicles in one tile."""

    vehicles: list[VehicleBrief]


class Line(RouteBrief):
    """A route."""

    long_name: str
    text_color: str | None
    type: Annotated[int, Field(description="GTFS route_type; 3 is a bus")]


class LineList(Model):
    """A page of routes."""

    routes: list[Line]
    next: Next


class PatternStop(Model):
    """A stop on a pattern."""

    id: str
    name: str
    lat: Degrees
    lon: Degrees
    stop_sequence: int
    distance_m: Annotated[int, Field(description="along the pattern from its first point")]


class Shape(Model):
    """A GeoJSON LineString, [lon, lat]."""

    type: Literal["LineString"]
    coordinates: list[tuple[float, float]]


class Pattern(Model):
    """One way the route's trips go."""

    direction_id: int | None
    headsign: str
    trips: Annotated[int, Field(description="in the whole timetable")]
    stops: list[PatternStop]
    shape: Shape


class LineDetail(Line):
    """A route with its patterns."""

    patterns: list[Pattern]


class Refused(Model):
    """One item that was refused."""

    pointer: Annotated[str, Field(examples=["/3/lat"])]
    detail: str


class PositionsAccepted(Model):
    """What became of the positions sent."""

    accepted: Annotated[int, Field(examples=[2])]
    refused: Annotated[dict[str, int], Field(description="by reason", examples=[{"lat_not_a_number": 1}])]
    errors: Annotated[list[Refused], Field(description="the first few refused")]


class Health(Model):
    """Whether the process works."""

    status: Literal["ok"]


class Readiness(Health):
    """Whether answers can be had."""

    signals: Literal["ready", "preparing"]
    parking: Literal["ready", "preparing", "unreachable"]
    parking_reason: str = Field("", description="why its database cannot be reached")
