"""Polls GTFS-Realtime feeds: VehiclePositions into the inbox, and whatever else a taker takes.

Conditional GET, a deadline and a size limit for every answer; a feed that fails is asked less often, up to every five
minutes, with jitter so that many pollers do not come back in step. A bad answer is counted and logged, never fatal.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import httpx
import structlog

from feeds.counters import Counters
from feeds.errors import FeedError
from feeds.gtfs_rt import decode_positions
from server.inbox import Inbox
from server.metrics import Metrics
from server.settings import Settings
from transit.kernels.columns import PositionColumns

T = TypeVar("T")
_LONGEST_WAIT = 300.0
"""s between two questions to a feed that keeps failing"""
_REDIRECTS = 3


class PollFailed(Exception):
    """One answer could not be used. `outcome` is a short word for the metrics."""

    def __init__(self, outcome: str, detail: str) -> None:
        super().__init__(outcome, detail)
        self.outcome, self.detail = outcome, detail


class Taker(Protocol[T]):
    """Takes the answers of one feed. `received` is epoch s."""

    def decode(self, raw: bytes, received: float) -> T:
        """In a worker thread. Raises FeedError."""

    def take(self, decoded: T, received: float) -> None:
        """In the event loop."""

    def unchanged(self, received: float) -> None:
        """The feed answered that it has nothing new."""


class PositionsTaker:
    """Puts positions into the inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def decode(self, raw: bytes, received: float) -> tuple[PositionColumns, Counters]:
        """Raises FeedError."""
        return decode_positions(raw, received)

    def take(self, decoded: tuple[PositionColumns, Counters], received: float) -> None:
        """In order of receipt."""
        self._inbox.put(*decoded)

    def unchanged(self, received: float) -> None:
        """Positions that were taken are not taken again."""


class Poller(Generic[T]):
    """One feed. `clock` gives epoch seconds of receipt."""

    def __init__(
        self, url: str, settings: Settings, taker: Taker[T], metrics: Metrics, clock: Callable[[], float] = time.time
    ) -> None:
        self._url, self._settings, self._taker, self._metrics, self._clock = url, settings, taker, metrics, clock
        parts = urlsplit(url)
        self._name = f"{parts.hostname}{parts.path}"
        self._validators: dict[str, str] = {}
        self._failures = 0
        self._log = structlog.get_logger().bind(feed=self._name)

    async def run(self) -> None:
        """Until cancelled."""
        timeout = self._settings.poll_timeout
        async with httpx.AsyncClient(follow_redirects=True, max_redirects=_REDIRECTS, timeout=timeout) as client:
            while True:
                began = time.monotonic()
                outcome = await self.poll(client)
                self._metrics.polls.labels(self._name, outcome).inc()
                await asyncio.sleep(max(0.0, self.wait() - (time.monotonic() - began)))

    def wait(self) -> float:
        """Seconds from one question to the next: the interval, doubled by every failure in a row, less up to half at random."""
        interval = self._settings.poll_seconds
        if self._failures == 0:
            return interval
        longest = max(interval, min(interval * 2.0 ** min(self._failures, 16), _LONGEST_WAIT))
        return random.uniform(longest / 2, longest)

    async def poll(self, client: httpx.AsyncClient) -> str:
        """One question. → `ok`, `not_modified`, or the word of what failed."""
        try:
            async with asyncio.timeout(self._settings.poll_timeout):
                raw = await self._fetch(client)
            received = self._clock()
            if raw is None:
                self._taker.unchanged(received)
                outcome = "not_modified"
            else:
                self._taker.take(await asyncio.to_thread(self._taker.decode, raw, received), received)
                outcome = "ok"
        except PollFailed as wrong:
            return self._failed(wrong.outcome, wrong.detail)
        except TimeoutError:
            return self._failed("timeout", f"no whole answer within {self._settings.poll_timeout:g} s")
        except httpx.HTTPError as wrong:
            return self._failed("unreachable", f"{type(wrong).__name__}: {wrong}")
        except FeedError as wrong:
            return self._failed("bad_feed", str(wrong))
        if self._failures:
            self._log.info("feed_is_back", after_failures=self._failures)
        self._failures = 0
        return outcome

    async def _fetch(self, client: httpx.AsyncClient) -> bytes | None:
        """The body, or None when it has not changed."""
        async with client.stream("GET", self._url, headers=self._validators) as response:
            if response.status_code == 304:
                return None
            if response.status_code != 200:
                raise PollFailed(f"status_{response.status_code}", f"answered {response.status_code}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self._settings.poll_bytes:
                    raise PollFailed("too_large", f"is larger than {self._settings.poll_bytes} bytes")
            given = {"if-none-match": response.headers.get("etag"), "if-modified-since": response.headers.get("last-modified")}
            self._validators = {name: value for name, value in given.items() if value}
            return bytes(body)

    def _failed(self, outcome: str, detail: str) -> str:
        self._failures += 1
        if self._failures == 1 or self._failures % 100 == 0:
            self._log.warning("feed_failed", outcome=outcome, detail=detail, failures=self._failures)
        return outcome
