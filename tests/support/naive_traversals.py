"""What a drive says of the road, once more: every second is written in a ledger by piece, and pieces that were left are read off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from transit.learning_parameters import LearningParameters
from transit.links import Links
from transit.network import Network


class Piece(NamedTuple):
    begin: float
    end: float
    link: int
    stop: int
    """pattern stop, -1 none"""


class Told(NamedTuple):
    element: int
    time: float
    actual: float
    expected: float
    share: float


class Fix(NamedTuple):
    time: float
    progress: float


def pieces_of(links: Links, p: int) -> list[Piece]:
    begin, found = 0.0, []
    for i in range(links.pieces.start[p], links.pieces.start[p + 1]):
        end = float(links.pieces.end[i])
        found.append(Piece(begin, end, int(links.pieces.link[i]), int(links.pieces.stop[i])))
        begin = end
    return found


@dataclass
class NaiveDrive:
    """One vehicle on one trip (-1 unknown) of pattern p, from its first fix on."""

    network: Network
    links: Links
    typical: Sequence[float]
    par: LearningParameters
    p: int
    trip: int
    day: float
    ledger: list[tuple[int, float, float]] = field(default_factory=list)
    """(piece of the pattern, s, m)"""

    def __post_init__(self) -> None:
        self.pieces = pieces_of(self.links, self.p)

    def takes(self, piece: Piece, metres: float) -> float:
        """Typical s of some metres of a piece."""
        seconds = metres * self.typical[piece.link] / float(self.links.length[piece.link])
        if piece.stop >= 0:
            seconds += self.dwell(piece) * metres / (piece.end - piece.begin)
        return seconds

    def dwell(self, piece: Piece) -> float:
        return self.typical[self.element(piece)]

    def element(self, piece: Piece) -> int:
        return len(self.links) + int(self.network.patterns.stop[piece.stop])

    def place(self, progress: float) -> int:
        """The piece that the way on from a place begins in."""
        return next((k for k, piece in enumerate(self.pieces) if progress < piece.end), len(self.pieces) - 1)

    def move(self, before: Fix, after: Fix) -> list[Told]:
        """Spreads the time between two fixes; what was told of the pieces left."""
        took = after.time - before.time
        if not 0.0 < took <= self.par.longest_gap:
            if took > self.par.longest_gap:
                self.ledger = []
            return []
        here = self.place(before.progress)
        if any(k != here for k, _, _ in self.ledger):
            self.ledger = []
        if after.progress <= before.progress:
            self.ledger.append((here, took, 0.0))
            return []
        ways = {}
        for k, piece in enumerate(self.pieces):
            metres = min(piece.end, after.progress) - max(piece.begin, before.progress)
            if metres > 0.0:
                ways[k] = (self.takes(piece, metres), metres)
        whole = sum(seconds for seconds, _ in ways.values())
        self.ledger += [(k, took * seconds / whole, metres) for k, (seconds, metres) in ways.items()]
        left = [k for k in ways if self.pieces[k].end <= after.progress and k + 1 < len(self.pieces)]
        told = [one for k in left for one in self.read(k, after.time)]
        self.ledger = [row for row in self.ledger if row[0] not in left]
        return told

    def read(self, k: int, time: float) -> list[Told]:
        piece = self.pieces[k]
        patterns = self.network.patterns
        distance = patterns.distance[patterns.stop_start[self.p] : patterns.stop_start[self.p + 1]]
        length = piece.end - piece.begin
        spent, metres = (sum(row[i] for row in self.ledger if row[0] == k) for i in (1, 2))
        inner = distance[0] + self.par.terminal <= piece.begin and piece.end <= distance[-1] - self.par.arrived
        if not inner or metres < self.par.least_part * length:
            return []
        share = length / float(self.links.length[piece.link])
        drive = share * self.typical[piece.link]
        if piece.stop < 0:
            return [Told(piece.link, time, spent * length / metres, drive, share)]
        if self.trip >= 0 and self.waits(piece, time):
            return []
        return [Told(self.element(piece), time, max(0.0, spent - drive), self.dwell(piece), 1.0)]

    def waits(self, piece: Piece, time: float) -> bool:
        """Whether it may have waited for its time there."""
        trips: Any = self.network.trips
        row = trips.start[self.trip] + piece.stop - self.network.patterns.stop_start[self.p]
        timed = trips.timepoint[row] and not trips.template[self.trip]
        return bool(timed and self.day + trips.departure[row] + self.par.held > time)
