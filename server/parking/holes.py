"""Tables read by their growing ids, while writers that took an id earlier may commit later: which gaps stay gaps."""

from __future__ import annotations

from server.parking.store import ServiceUnit

_MOST = 1000
"""remembered"""


class Holes:
    """Of one process. Who takes an id has the number of its transaction before; so when a hole is seen, whoever may fill it has a
    number below the next one, and when all below that have ended it stays a hole."""

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        """id before the hole → the next number of a transaction when it was seen first"""

    def stays(self, unit: ServiceUnit, position: int) -> bool:
        """Whether nothing will come right after `position` any more."""
        oldest, following = unit.unfinished()
        if oldest >= self._next.setdefault(position, following):
            del self._next[position]
            return True
        if len(self._next) > _MOST:
            self._next.clear()
        return False
