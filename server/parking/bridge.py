"""From a store's threads to the event loop: what a whole batch of commands came to is told in one go."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, TypeVar

from server.parking.store import Rule, Store

T = TypeVar("T")


class Bridge:
    """Of one event loop, made in it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._done: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._told = False

    def run(self, rule: Rule[T]) -> asyncio.Future[T]:
        """What the rule gives once it is durable, or raises. Raises ClosedStore."""
        future: asyncio.Future[T] = self._loop.create_future()
        self._store.hand_in(rule, _Pending(self, future))
        return future

    def tell(self, future: asyncio.Future[Any], result: Any, wrong: BaseException | None) -> None:
        """From any thread. Only the first of a batch wakes the loop."""
        self._done.append((future, result, wrong))
        if not self._told:
            self._told = True
            self._loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._told = False
        while self._done:
            future, result, wrong = self._done.popleft()
            if future.done():
                continue
            if wrong is None:
                future.set_result(result)
            else:
                future.set_exception(wrong)


class _Pending:
    """See Pending."""

    __slots__ = ("_bridge", "_future", "_told")

    def __init__(self, bridge: Bridge, future: asyncio.Future[Any]) -> None:
        self._bridge, self._future, self._told = bridge, future, False

    def done(self) -> bool:
        """Whether it was told."""
        return self._told

    def set_running_or_notify_cancel(self) -> bool:
        """A client who went away may come back with its key: what was handed in is carried out."""
        return True

    def set_result(self, result: Any) -> None:
        """It is durable."""
        self._told = True
        self._bridge.tell(self._future, result, None)

    def set_exception(self, exception: BaseException | None) -> None:
        """It failed."""
        self._told = True
        self._bridge.tell(self._future, None, exception)
