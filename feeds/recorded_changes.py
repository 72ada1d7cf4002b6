"""Recorded service changes: snapshots of GTFS-Realtime TripUpdates or Alerts feeds, one file each, told at the time they are stamped.

Each path given is one source: a folder of `.pb` files, or one file. What a source says holds until its next snapshot, and at
most LASTS seconds, as it does live.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

from feeds.counters import Counters
from feeds.errors import BadEncoding, FeedError, MissingFile
from feeds.gtfs_rt_changes import decode_changes
from transit.changes import NO_CHANGES, ServiceChanges, Statements

LASTS = 600.0
"""s a snapshot holds: the default of the server's setting `changes_seconds`"""


class RecordedChanges:
    """`at(now)` is what was known at an instant. `counters` adds up what the snapshots say and what of it was left out."""

    def __init__(self) -> None:
        self.counters = Counters()
        self._told: list[tuple[float, str, Statements]] = []
        self._states: list[ServiceChanges] = []

    def add(self, source: str, path: Path) -> None:
        """Take in one snapshot. Raises FeedError."""
        try:
            raw = path.read_bytes()
        except OSError as wrong:
            raise MissingFile(str(path), f"cannot be read ({wrong.strerror})") from None
        try:
            statements, counters, stamp = decode_changes(raw)
        except BadEncoding as wrong:
            raise BadEncoding(str(path), wrong.reason) from None
        if math.isnan(stamp):
            raise FeedError(str(path), None, "header.timestamp", "is missing: nothing says when this was true")
        self.counters.add(counters)
        self._told.append((stamp, source, statements))
        self._states = []

    def at(self, now: float) -> ServiceChanges:
        """What all sources had said by `now` (epoch s)."""
        if not self._states:
            self._told.sort(key=lambda one: one[:2])
            self._states = list(_accumulated(self._told))
        return self._states[bisect_right(self._told, now, key=lambda one: one[0])]


def read_changes(paths: Iterable[Path]) -> RecordedChanges:
    """The snapshots of every path. Raises FeedError, as for a folder without a `.pb` file."""
    found = RecordedChanges()
    for number, path in enumerate(paths, 1):
        files = sorted(path.glob("*.pb")) if path.is_dir() else [path]
        if not files:
            raise MissingFile(str(path), "has no .pb file in it")
        for file in files:
            found.add(f"changes-{number}", file)
    return found


def _accumulated(told: list[tuple[float, str, Statements]]) -> Iterator[ServiceChanges]:
    """Before the first, and after each."""
    state = NO_CHANGES
    yield state
    for stamp, source, statements in told:
        state = state.tell(source, statements, stamp + LASTS)
        yield state
