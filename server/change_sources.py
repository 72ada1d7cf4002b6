"""What every source of service changes said last: feeds that are polled, and the bureau. One value of it goes into each step.

Used from the event loop's thread only. A feed's word holds for `lasts` seconds after it was last heard; of TripUpdates, which are
made anew all the time, after the feed's own stamp, so that a frozen feed is silent too.
"""

from __future__ import annotations

import math

from feeds.counters import Counters
from feeds.gtfs_rt_changes import decode_changes
from transit.changes import NO_CHANGES, Statements

BUREAU = "bureau"
Decoded = tuple[Statements, Counters, float]


class ChangeSources:
    """`current` is replaced whole; `counters` are of each feed's newest answer, by source."""

    def __init__(self) -> None:
        self.current = NO_CHANGES
        self.counters: dict[str, Counters] = {}

    def tell(self, source: str, statements: Statements, expires: float) -> None:
        """A source's word from now on; nothing is published before the next step."""
        self.current = self.current.tell(source, statements, expires)

    def renew(self, source: str, expires: float) -> None:
        """The source said again what it said last."""
        self.current = self.current.renew(source, expires)


class ChangesTaker:
    """Takes the answers of one polled feed. `stamped`: its word grows old from its own stamp on, not from receipt."""

    def __init__(self, sources: ChangeSources, source: str, lasts: float, stamped: bool) -> None:
        self._sources, self._source, self._lasts, self._stamped = sources, source, lasts, stamped

    def decode(self, raw: bytes, received: float) -> Decoded:
        """Raises FeedError."""
        return decode_changes(raw)

    def take(self, decoded: Decoded, received: float) -> None:
        """In place of what the feed said before."""
        statements, counters, stamp = decoded
        since = min(received, stamp) if self._stamped and not math.isnan(stamp) else received
        self._sources.counters[self._source] = counters
        self._sources.tell(self._source, statements, since + self._lasts)

    def unchanged(self, received: float) -> None:
        """The feed has nothing new to say."""
        if not self._stamped:
            self._sources.renew(self._source, received + self._lasts)
