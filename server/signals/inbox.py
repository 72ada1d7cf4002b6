"""Where signal events, lane counts and verdicts wait for the engine's next step. Bounded: what does not fit is refused, not dropped.

Positions age within seconds, so their inbox drops the oldest; an event is a fact of a record without gaps, so here the sender keeps
it and sends it again. Used from the event loop's thread only.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from feeds.signals.counters import SignalCounters
from feeds.signals.reports import Decoded
from signals.finding import Finding
from signals.kernels.columns import CountColumns, EventColumns


class Delivery(NamedTuple):
    """Events of one message."""

    received: int
    """epoch ms"""
    events: EventColumns
    """times as the controllers told them"""
    stamped: NDArray[np.bool_] | None = None
    """[n] which times are the controllers' own; None: all are"""


class SignalInput(NamedTuple):
    """What one step takes in, in order of receipt."""

    deliveries: tuple[Delivery, ...] = ()
    counts: tuple[CountColumns, ...] = ()
    findings: tuple[Finding, ...] = ()


class InboxFull(Exception):
    """The engine is behind; nothing of the message was taken."""


class SignalInbox:
    """`counters` add up what decoders said, by kind of message; `turned_away` counts messages refused for want of room."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._deliveries: list[Delivery] = []
        self._counts: list[CountColumns] = []
        self._findings: list[Finding] = []
        self._work = asyncio.Event()
        self.waiting = 0
        self.turned_away = 0
        self._closed = False
        self.counters = {kind: SignalCounters(keep=0) for kind in ("events", "states", "counts")}

    def put_events(self, received: int, events: EventColumns, counters: SignalCounters) -> None:
        """Take in what a decoder made of one message. Raises InboxFull."""
        self._make_room(len(events.time))
        self.counters["events"].add(counters)
        if len(events.time):
            self._deliveries.append(Delivery(received, events))
            self._work.set()

    def put_reports(self, received: int, decoded: Decoded, kind: str) -> None:
        """The same of control states and lane counts. Raises InboxFull."""
        self._make_room(len(decoded.events.time) + len(decoded.counts.start))
        self.counters[kind].add(decoded.counters)
        if len(decoded.events.time):
            self._deliveries.append(Delivery(received, decoded.events, decoded.stamped))
            self._work.set()
        if len(decoded.counts.start):
            self._counts.append(decoded.counts)
            self._work.set()

    def put_findings(self, findings: list[Finding]) -> None:
        """Verdicts on their way back to the engine."""
        self._findings += findings
        self._work.set()

    def close(self) -> None:
        """Take in nothing more: what waits is the last."""
        self._closed = True

    def drain(self) -> SignalInput:
        """Everything that waits; the inbox is empty afterwards."""
        given = SignalInput(tuple(self._deliveries), tuple(self._counts), tuple(self._findings))
        self._deliveries, self._counts, self._findings = [], [], []
        self.waiting = 0
        self._work.clear()
        return given

    async def wait(self, seconds: float) -> bool:
        """Until something waits, `seconds` at most. → whether something does."""
        try:
            async with asyncio.timeout(seconds):
                await self._work.wait()
        except TimeoutError:
            return False
        return True

    def _make_room(self, count: int) -> None:
        """One message larger than the limit is taken by an empty inbox: it could never be sent otherwise."""
        if self._closed or (self.waiting and self.waiting + count > self._limit):
            self.turned_away += 1
            raise InboxFull
        self.waiting += count
