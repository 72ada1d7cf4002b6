"""How commands come to the threads of a store: handed in until it is closed, told through their Pending."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import Any, TypeVar

from server.parking.store import ClosedStore, Pending, Rule

T = TypeVar("T")
Job = tuple[Rule[Any], Pending]


class HandingIn:
    """The part of Store that takes commands; None among the jobs ends one thread."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False

    def submit(self, rule: Rule[T]) -> Future[T]:
        """See Store."""
        future: Future[T] = Future()
        self.hand_in(rule, future)
        return future

    def hand_in(self, rule: Rule[Any], pending: Pending) -> None:
        """See Store."""
        with self._closing:
            if self._closed:
                raise ClosedStore("the parking store is closed")
            self._jobs.put((rule, pending))

    def _take(self, most: int) -> tuple[list[Job], bool]:
        """The commands that wait now (at least one, at most so many), and whether there may be more."""
        jobs: list[Job] = []
        job = self._jobs.get()
        while job is not None:
            if job[1].set_running_or_notify_cancel():
                jobs.append(job)
            if len(jobs) >= most:
                return jobs, True
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _end(self, threads: int) -> bool:
        """Nothing more is taken; False when that was so already."""
        with self._closing:
            if self._closed:
                return False
            self._closed = True
            for _ in range(threads):
                self._jobs.put(None)
        return True
