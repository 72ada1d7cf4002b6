"""What the service asks of a store: run a rule durably, read what is committed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, Protocol, TypeVar

from parking.unit import Unit

T = TypeVar("T")


class Kept(NamedTuple):
    """The outcome of a request with an Idempotency-Key, as it is stored."""

    fingerprint: bytes
    status: int
    headers: bytes
    body: bytes


class ServiceUnit(Unit, Protocol):
    """What the service may ask beyond the rules' port: its own tables (answers, webhooks, …), by SQL that both databases know."""

    def sql(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Runs one statement with `?` for each value; its rows, if it has any."""

    def answer(self, client: str, key: str) -> Kept | None:
        """What was kept for the key; nobody else keeps anything for it until the transaction ends."""

    def keep_answer(self, client: str, key: str, kept: Kept, now: int) -> None:
        """For a key that has none; `answer` was asked first."""

    def unfinished(self) -> tuple[int, int]:
        """(a, b): numbers of transactions. Every one below `a` had ended when this transaction's picture was taken, none of `b` or
        above had begun to write; equal where nobody wrote."""


Rule = Callable[[ServiceUnit, int], T]
"""called with the open transaction and the store's clock"""


class Pending(Protocol):
    """Where a store puts what comes of a command: a Future, or something that gathers many for an event loop."""

    def done(self) -> bool:
        """Whether it was told already."""

    def set_running_or_notify_cancel(self) -> bool:
        """False: nobody wants it any more."""

    def set_result(self, result: Any) -> None:
        """It is durable."""

    def set_exception(self, exception: BaseException | None) -> None:
        """Nothing of it is kept."""


class Store(Protocol):
    """SQLite or PostgreSQL."""

    clock: Clock
    """what every rule gets its `now` from"""

    def submit(self, rule: Rule[T]) -> Future[T]:
        """Runs the rule in a transaction. The future holds its result once that is durable, or what it raised; then nothing of it
        is kept. It may run more than once, so it changes nothing but through the unit. Raises ClosedStore after `close`."""

    def hand_in(self, rule: Rule[Any], pending: Pending) -> None:
        """The same, told to `pending` from a thread of the store."""

    def read(self, question: Callable[[ServiceUnit], T]) -> T:
        """A consistent picture of what is committed, on the caller's thread. Writing through it is an error."""

    def close(self) -> None:
        """Finishes what was submitted and closes."""


class ClosedStore(Exception):
    """The store is closed: nothing more is accepted, what was acknowledged is kept."""


class StoreFault(Exception):
    """The disk or the database failed, or others held it for too long. What was acknowledged is kept; the command is there whole or not
    at all, and its Idempotency-Key tells which when it is asked again."""


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


