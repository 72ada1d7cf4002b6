"""The arrivals JSON as the API documents describe it. `server.board_views` makes the bytes; a test holds the two together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.schemas import Model, RouteBrief, Stamp, Stop


class Text(Model):
    """What to draw, in each language asked for."""

    zh: str | None = Field(default=None, examples=["还有2站·约3分钟"])
    en: str | None = Field(default=None, examples=["2 stops · 3 min"])


class Arrival(Model):
    """One bus, or one scheduled departure, at the stop. Unknown is null, never a guess."""

    route: RouteBrief
    direction_id: int | None
    headsign: str
    trip_id: str | None
    vehicle_id: str | None
    stop_sequence: int = Field(description="tells apart the calls of a trip that serves the stop twice")
    boarding: bool = Field(description="false at the trip's last stop; boards leave it out")
    arrival: Stamp | None
    departure: Stamp | None
    seconds: int | None = Field(description="from generated_at; null when the fix is too old to say")
    minutes: int | None = Field(description="what to show: the nearest minute; never counts up by exactly one")
    p10_seconds: int | None = Field(description="it comes earlier than this one time in ten")
    p90_seconds: int | None = Field(description="it comes later than this one time in ten")
    stops_away: int | None = Field(description="stops still to reach, this one included; 0 at the stop")
    distance_m: int | None
    state: Literal["at_stop", "arriving", "approaching", "waiting_departure", "delayed", "cancelled", "skipped"] | None = Field(
        description="cancelled, skipped: a scheduled departure that does not take place; null: scheduled to be under way, and not seen"
    )
    source: Literal["live", "layover", "schedule", "headway"] = Field(
        description="live and layover: a vehicle has been seen; schedule: nobody has; never mixed"
    )
    observed_at: Stamp | None = Field(description="when the vehicle was last seen where it is")
    crowding: str | None
    text: Text
    short: Text = Field(description="the same for a narrow column")


class LineOfStop(Model):
    """One line at the stop, with the text for a board that has one row for it."""

    route: RouteBrief
    direction_id: int | None
    headsign: str
    first: Stamp | None = Field(description="first departure here on the service day that is on; null when it does not run")
    last: Stamp | None
    headway_s: float | None
    state: Literal[
        "live", "waiting_departure", "headway", "scheduled", "before_first", "skipped", "cancelled", "after_last",
        "no_service", "no_data",
    ]  # fmt: skip
    next_departure: Stamp | None
    on_board: bool = Field(description="false for a variant of a route that says less than another of its variants")
    text: Text
    short: Text = Field(description="the same for a narrow column")


class BoardAlert(Model):
    """What the board says about itself, or a service alert about this stop or its lines."""

    code: Literal["feed_down", "feed_partly_stale", "service_alert"]
    text: Text
    id: str | None = Field(default=None, description="of a service alert, and so all below")
    cause: str | None = Field(default=None, description="GTFS-Realtime's word", examples=["construction"])
    effect: str | None = Field(default=None, examples=["detour"])
    description: Text | None = None
    url: Text | None = None


class Arrivals(Model):
    """A stop board. Nothing of it may be shown after `expires_at`."""

    stop: Stop
    generated_at: Stamp
    expires_at: Stamp
    status: Literal["live", "schedule_only", "no_service", "no_data"]
    terminus: bool = Field(description="buses end here and none begin")
    arrivals: list[Arrival] = Field(description="in order of time")
    lines: list[LineOfStop] = Field(description="in a fixed order")
    alerts: list[BoardAlert]
