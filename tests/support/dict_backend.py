"""The dict store behind the service's port: runs a rule at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from parking.unit import Unit
from server.parking.payments import Runner
from server.parking.store import Rule
from tests.support.dict_parking import DictStore

T = TypeVar("T")


class DictBackend:
    """`now` is the store's clock."""

    def __init__(self, dicts: DictStore, now: Callable[[], int]) -> None:
        self._dicts, self._now = dicts, now

    def submit(self, rule: Rule[T]) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(self._dicts.run(rule, self._now()))
        except Exception as refused:
            future.set_exception(refused)
        return future

    def read(self, question: Callable[[Unit], T]) -> T:
        return question(self._dicts)

    def close(self) -> None:
        pass


def runner(store: Any) -> Runner:
    """Runs rules on a store, for what works in an event loop."""

    async def run(rule: Rule[T]) -> T:
        return await asyncio.wrap_future(store.submit(rule))

    return run
