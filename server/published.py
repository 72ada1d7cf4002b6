"""What this process shows at the moment: the newest snapshot, and everything encoded from it once.

The pipeline swaps a snapshot in; every reader takes what it needs from here. All methods run in the event loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from server.answers import JSON, PROTOBUF, Answer
from server.board_cache import BoardCache, PreparedBoard
from server.problems import ProblemException
from server.vehicle_table import VehicleTable
from server.views import StopSearch
from transit.network import Network
from transit.snapshot import Snapshot

NOT_READY = "the first step of the engine is not done yet; try again in a second"
_STOPS, _ARRIVALS = "/v1/stops/", "/arrivals"
Encoder = Callable[[Snapshot], bytes]


class _Told(NamedTuple):
    board: PreparedBoard
    answer: Answer


class Published:
    """`feeds` are the encoders of protobuf feeds by path (`/gtfs-rt/alerts.pb`). `max_age` s is for Cache-Control."""

    def __init__(self, network: Network, boards: BoardCache, feeds: Mapping[str, Encoder], max_age: int) -> None:
        self.network, self.boards = network, boards
        self.stops = StopSearch(network)
        self.snapshot: Snapshot | None = None
        self._feeds = feeds
        self._cache_control = f"public, max-age={max_age}"
        self._ready: dict[str, Answer] = {}
        self._told: dict[int, _Told] = {}
        self._vehicles: VehicleTable | None = None
        self._vehicle_index: dict[str, int] = {}

    def swap(self, snapshot: Snapshot) -> None:
        """From now on this is what readers see."""
        self.snapshot = snapshot
        self._vehicles = None
        self._ready.clear()

    def current(self) -> Snapshot:
        """The newest snapshot. Before the first one: a 503 problem."""
        if self.snapshot is None:
            raise ProblemException(503, "not_ready", NOT_READY, headers={"retry-after": "1"})
        return self.snapshot

    def find(self, path: str) -> Answer | None:
        """The prepared answer of a path without a query, or None when there is none here."""
        answer = self._ready.get(path)
        if answer is None and self.snapshot is not None:
            answer = self._prepare(path)
            if answer is not None:
                self._ready[path] = answer
        return answer

    def board(self, stop: int) -> PreparedBoard:
        """The board of a stop index."""
        return self.boards.board(self.current(), stop)

    def arrivals(self, stop: int) -> Answer:
        """The arrivals of a stop index, made anew only when its board was."""
        board = self.board(stop)
        told = self._told.get(stop)
        if told is None or told.board is not board:
            told = self._told[stop] = _Told(board, Answer(board.body, JSON, self._cache_control))
        return told.answer

    def vehicles(self) -> VehicleTable:
        """The live vehicles."""
        snapshot = self.current()
        if self._vehicles is None:
            for row in range(len(self._vehicle_index), len(snapshot.vehicles)):
                self._vehicle_index[snapshot.vehicle_ids[row]] = row
            self._vehicles = VehicleTable(snapshot, self._vehicle_index)
        return self._vehicles

    def _prepare(self, path: str) -> Answer | None:
        if path.startswith(_STOPS) and path.endswith(_ARRIVALS):
            stop = self.network.stop_index.get(path[len(_STOPS) : -len(_ARRIVALS)])
            return None if stop is None else self.arrivals(stop)
        encode = self._feeds.get(path)
        return None if encode is None else Answer(encode(self.current()), PROTOBUF, self._cache_control)
