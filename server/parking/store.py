"""What the service asks of a store: run a rule durably, read what is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from parking.unit import Unit

T = TypeVar("T")
Rule = Callable[[Unit, int], T]
"""called with the open transaction and the store's clock"""


class Store(Protocol):
    """SQLite or PostgreSQL."""

    def submit(self, rule: Rule[T]) -> Future[T]:
        """Runs the rule in a transaction. The future holds its result once that is durable, or what it raised; then nothing of it
        is kept. It may run more than once, so it changes nothing but through the unit. Raises ClosedStore after `close`."""

    def read(self, question: Callable[[Unit], T]) -> T:
        """A consistent picture of what is committed, on the caller's thread. Writing through it is an error."""

    def close(self) -> None:
        """Finishes what was submitted and closes."""


class ClosedStore(Exception):
    """The store is closed or its disk failed: nothing more is accepted, what was acknowledged is kept."""


class Clock:
    """Server time in whole seconds that never runs backwards, whatever the machine's clock does (I8)."""

    def __init__(self, source: Callable[[], float], floor: int = 0) -> None:
        """`source`: epoch s; `floor`: the newest time that was ever written down."""
        self._source, self._newest = source, floor
        self._lock = threading.Lock()

    def now(self) -> int:
        """Epoch s, not before any earlier answer."""
        return self.at_least(int(self._source()))

    def at_least(self, moment: int) -> int:
        """The newest answer, or `moment` if that is later: another process on the same database has seen it."""
        with self._lock:
            self._newest = max(self._newest, moment)
            return self._newest


