"""Composes boards when somebody asks, at most once a snapshot and stop, and keeps the bytes while they say the same.

`mark` is what a board says apart from its stamps: as long as it is equal nothing needs to be published again. It changes with
the content, and at the latest every `RENEW` seconds, so that no reader's screen blanks itself while all is well.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import NamedTuple

from server.board_views import encode_arrivals, etag_of
from transit.board_content import BoardContent
from transit.board_memory import BoardMemory
from transit.board_schedule import Situation, situation
from transit.boards import compose
from transit.parameters import BoardParameters
from transit.snapshot import Snapshot

REUSE = 5.0
"""s the same bytes serve while the board says the same; their ETag then answers 304"""
RENEW = 30.0
"""s after which an unchanged board is published again: a third of `expires_after`"""
BOARDS = 20_000
"""stops whose boards are kept; beyond, the one not asked for longest is forgotten"""


class PreparedBoard(NamedTuple):
    """A board ready to be sent."""

    content: BoardContent
    body: bytes
    """the arrivals JSON in both languages, without a limit"""
    etag: str
    mark: Hashable

    @property
    def generated_at(self) -> float:
        """Epoch s."""
        return self.content.generated_at

    @property
    def expires_at(self) -> float:
        """Epoch s."""
        return self.content.expires_at


class _Entry(NamedTuple):
    number: int
    memory: BoardMemory
    board: PreparedBoard


class BoardCache:
    """One per process. Safe to ask from any thread; composing holds a lock for well under a millisecond."""

    def __init__(self, parameters: BoardParameters | None = None, boards: int = BOARDS) -> None:
        self.parameters = parameters or BoardParameters()
        self._boards = boards
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._situation: tuple[Snapshot, Situation] | None = None
        self._lock = Lock()

    def board(self, snapshot: Snapshot, stop: int) -> PreparedBoard:
        """The board of stop index `stop` in this snapshot. Raises IndexError for a stop that does not exist."""
        entry = self._entries.get(stop)
        if entry is not None and entry.number == snapshot.number and entry.board.content.network is snapshot.network:
            return entry.board
        if not 0 <= stop < len(snapshot.network.stop_ids):
            raise IndexError(stop)
        with self._lock:
            return self._compose(snapshot, stop)

    def _compose(self, snapshot: Snapshot, stop: int) -> PreparedBoard:
        if self._situation is None or self._situation[0] is not snapshot:
            self._situation = snapshot, situation(snapshot, self.parameters)
        before = self._entries.get(stop)
        memory = before.memory if before else BoardMemory()
        content, memory = compose(snapshot, stop, memory, self.parameters, self._situation[1])
        board = self._prepare(content, before.board if before else None)
        self._entries[stop] = _Entry(snapshot.number, memory, board)
        self._entries.move_to_end(stop)
        if len(self._entries) > self._boards:
            self._entries.popitem(last=False)
        return board

    def _prepare(self, content: BoardContent, before: PreparedBoard | None) -> PreparedBoard:
        mark = (said(content), int(content.generated_at + 7 * content.stop) // int(RENEW))
        if before is not None and before.mark == mark and 0 <= content.generated_at - before.generated_at < REUSE:
            return before
        body = encode_arrivals(content)
        return PreparedBoard(content, body, etag_of(body), mark)


def said(content: BoardContent) -> Hashable:
    """What a rider would notice: calls with their minutes and states, lines, notices, the timetable's version."""
    return (
        content.network.version,
        content.status,
        content.notices,
        content.alerts,
        tuple(
            (call.vehicle, call.trip, call.pattern_stop, call.state, call.minutes, call.stops_away) for call in content.calls
        ),
        tuple((status.state, status.origin_departure, status.headway) for status in content.lines),
    )
