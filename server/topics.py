"""The topics of `/v1/ws`: one table that the parser, the pipeline and the AsyncAPI document all read.

A topic is `kind:address`, or the kind alone where there is only one. What its value is made from is the Published state of this
process; an address that cannot exist is refused when somebody subscribes, with a code for programs and a sentence for people.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class TopicKind(NamedTuple):
    """One kind of topic: how it is written and what its data is."""

    kind: str
    address: str
    """as the documents write it; empty: the topic is the kind alone"""
    pattern: re.Pattern[str]
    summary: str
    schema: str
    """name of the data's schema in the OpenAPI document"""
    example: str
    pushed: bool = False
    """brought up to date as it changes, not once a step of the engine"""
    private: bool = False
    """told to its owner alone, and by this process alone: never relayed"""

    @property
    def form(self) -> str:
        """How such a topic is written."""
        return f"{self.kind}:{self.address}" if self.address else self.kind


MIN_ZOOM, MAX_ZOOM = 12, 16
_ID = re.compile(r".{1,200}", re.DOTALL)

KINDS: dict[str, TopicKind] = {
    one.kind: one
    for one in (
        TopicKind("stop", "{stop_id}", _ID, "the board of a stop: its arrivals", "Arrivals", "stop:3001"),
        TopicKind("route", "{route_id}", _ID, "the live vehicles of a route", "RouteVehicles", "route:12"),
        TopicKind("vehicle", "{vehicle_id}", _ID, "one live vehicle and its next stops", "VehicleDetail", "vehicle:ZQ1007"),
        TopicKind(
            "tile",
            "{z}/{x}/{y}",
            re.compile(r"(\d{1,2})/(\d{1,6})/(\d{1,6})"),
            f"the live vehicles in one Web Mercator tile, zoom {MIN_ZOOM} to {MAX_ZOOM}",
            "TileVehicles",
            "tile:13/6770/3196",
        ),
        TopicKind(
            "lot", "{lot_id}", _ID, "the room a car park has for the next quarter of an hour", "LotRoom", "lot:demo-station", True
        ),
        TopicKind(
            "reservation", "{reservation_id}", _ID,
            "what happened to a reservation; its owner's only, by a token in `subscribe` or the handshake's headers",
            "ReservationEvent", "reservation:019ac0ffee00b7e1a2c3d4e5", True, True,
        ),
        TopicKind("supervision", "", re.compile(""), "open alerts, and whom to hold", "Supervision", "supervision"),
        TopicKind(
            "intersection", "{intersection_id}", _ID, "what a signal shows, its verdict and measures", "IntersectionNow",
            "intersection:ZQ-0302", True,
        ),
        TopicKind("coverage", "", re.compile(""), "share of intersections on each rung", "CoverageNow", "coverage", True),
    )
}


PARKING = frozenset({"lot", "reservation"})
"""kinds whose values the parking service tells; the engine's steps do not touch them"""


class TopicError(Exception):
    """`topic` cannot be subscribed. `code` is `bad_topic` (not how topics are written), `unknown_topic` (no
    such thing) or `not_ready` (signals are still preparing).
    """

    def __init__(self, topic: str, code: str, detail: str) -> None:
        super().__init__(topic, code, detail)
        self.topic, self.code, self.detail = topic, code, detail


def split_topic(topic: str) -> tuple[str, str]:
    """(kind, address). Raises TopicError for what can be no topic at all."""
    name, colon, address = topic.partition(":")
    kind = KINDS.get(name)
    if kind is None:
        known = ", ".join(one.form for one in KINDS.values())
        raise TopicError(topic, "bad_topic", f"{topic[:100]!r} is no topic; topics are {known}")
    if bool(colon) != bool(kind.address) or not kind.pattern.fullmatch(address):
        raise TopicError(topic, "bad_topic", f"{topic[:100]!r} is not written as {kind.form}")
    if name == "tile":
        tile_of(address)
    return name, address


def is_pushed(topic: str) -> bool:
    """Whether a well-formed topic is of a kind that is pushed."""
    return KINDS[topic.partition(":")[0]].pushed


def is_private(topic: str) -> bool:
    """Whether a well-formed topic is of a kind that is its owner's alone."""
    return KINDS[topic.partition(":")[0]].private


def tile_of(address: str) -> tuple[int, int, int]:
    """(zoom, x, y) of a tile's address. Raises TopicError outside the zooms that are published or the map."""
    zoom, x, y = (int(part) for part in address.split("/"))
    if not MIN_ZOOM <= zoom <= MAX_ZOOM:
        raise TopicError(f"tile:{address}", "bad_topic", f"tiles are published at zoom {MIN_ZOOM} to {MAX_ZOOM}, not {zoom}")
    if x >= 1 << zoom or y >= 1 << zoom:
        raise TopicError(f"tile:{address}", "bad_topic", f"tile {address} lies outside the map")
    return zoom, x, y
