"""What each topic says at the moment, as JSON bytes; the one place where topics meet the published state."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import NamedTuple

import orjson

from server.published import Published
from server.supervision_views import supervision_mark, supervision_view
from server.topics import PARKING, TopicError, split_topic, tile_of


class Value(NamedTuple):
    """`mark` is equal as long as there is nothing new to say; None: the bytes themselves decide."""

    data: bytes
    mark: Hashable = None
    now: float | None = None
    """epoch s it stands for; None: the snapshot's"""


Maker = Callable[[str, str], Value]
"""(topic, its address) → its value now. Raises TopicError"""


class TopicValues:
    """Makes values from one Published state."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self.makers: dict[str, Maker] = {
            "stop": self._stop, "route": self._route, "vehicle": self._vehicle, "tile": self._tile, "supervision": self._supervision,
        }  # fmt: skip
        """by kind of topic; other parts of the server add theirs"""

    def make(self, topic: str) -> Value:
        """The value now. Raises TopicError for a topic that does not exist."""
        kind, address = split_topic(topic)
        if kind in PARKING:
            raise TopicError(topic, "unknown_topic", f"{kind} topics are not told here")
        return self.makers[kind](topic, address)

    def _stop(self, topic: str, stop_id: str) -> Value:
        stop = self._published.network.stop_index.get(stop_id)
        if stop is None:
            raise TopicError(topic, "unknown_topic", f"no stop has the id {stop_id!r}")
        board = self._published.board(stop)
        return Value(board.body, board.mark)

    def _route(self, topic: str, route_id: str) -> Value:
        route = self._published.network.route_index.get(route_id)
        if route is None:
            raise TopicError(topic, "unknown_topic", f"no route has the id {route_id!r}")
        vehicles = self._published.vehicles()
        return Value(orjson.dumps({"vehicles": vehicles.describe_all(vehicles.of_route(route))}))

    def _vehicle(self, topic: str, vehicle_id: str) -> Value:
        vehicles = self._published.vehicles()
        row = vehicles.find(vehicle_id)
        if row is None and not vehicles.known(vehicle_id):
            raise TopicError(topic, "unknown_topic", f"no vehicle with the id {vehicle_id!r} has been heard of")
        return Value(b"null" if row is None else orjson.dumps(vehicles.detail(row)))

    def _supervision(self, _topic: str, _address: str) -> Value:
        snapshot = self._published.current()
        return Value(orjson.dumps(supervision_view(snapshot)), supervision_mark(snapshot))

    def _tile(self, topic: str, address: str) -> Value:
        vehicles = self._published.vehicles()
        return Value(orjson.dumps({"vehicles": [vehicles.brief(row) for row in vehicles.in_tile(*tile_of(address))]}))
