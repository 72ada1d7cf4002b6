"""Topics and their readers: one writer publishes, every reader gets the newest state without ever delaying another.

Each topic has an epoch and a sequence number that grows by one a publication; a topic that is forgotten and asked for again
starts a new epoch, so `since` of an old one can never be served wrongly. A publication is written straight to the transports
of its readers, the same bytes to all. A reader whose transport has stopped taking bytes owes a set of topics and gets the
newest value of each when it drains: nothing queues up for it. The loop is yielded to every SLICE writes.

Everything here runs in the event loop's thread. Times are the loop's monotonic seconds, given as arguments.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from server.publications import Publication, compose, text_frame

SLICE = 500
"""writes between two yields: 5 ms at 10 µs a write, so that pings and HTTP requests do not wait for a large topic"""
TOO_SLOW = 1013


class Line(Protocol):
    """What a reader is written through."""

    def write(self, data: bytes) -> None:
        """Hand bytes to the kernel or its buffer; never blocks."""

    def close_slow(self) -> None:
        """Close with 1013."""


class Reader:
    """One WebSocket as the hub sees it. `seen` holds its topics and the publication each was last told of."""

    __slots__ = ("behind", "deflate", "line", "paused_since", "seen", "write")

    def __init__(self, line: Line, deflate: bool) -> None:
        self.line, self.deflate = line, deflate
        self.write: Callable[[bytes], None] = line.write
        self.seen: dict[str, int] = {}
        self.behind: dict[str, None] = {}
        self.paused_since: float | None = None

    def say(self, text: bytes) -> None:
        """A message to this reader alone; one that does not read is told nothing."""
        if self.paused_since is None:
            self.write(text_frame(text))


def _nowhere(_data: bytes) -> None:
    """Where a reader who left is written to: its transport may refuse by now."""


@dataclass(slots=True)
class Topic:
    """One topic. `recent` ends with the current value and holds no gap."""

    name: str
    epoch: str
    recent: deque[Publication]
    readers: dict[Reader, None]
    left: float
    """when its last reader went, or when it was made"""
    mark: object = None
    """what the current value says, apart from its time stamps: equal marks are not published twice"""

    @property
    def current(self) -> Publication | None:
        """The newest publication."""
        return self.recent[-1] if self.recent else None

    def missed(self, epoch: str, seq: int) -> list[Publication] | None:
        """Everything after (epoch, seq) in order, or None when that is not known any more."""
        if not self.recent or self.epoch != epoch or not self.recent[0].seq - 1 <= seq <= self.recent[-1].seq:
            return None
        return [one for one in self.recent if one.seq > seq]


@dataclass(slots=True)
class HubCounts:
    """Since start; `server.metrics` shows them."""

    publications: int = 0
    deliveries: int = 0
    conflated: int = 0
    closed_slow: int = 0
    recovered: int = 0
    unrecovered: int = 0


class Hub:
    """All topics that somebody reads or lately has, and all open sockets."""

    def __init__(self, history: int, recovery_seconds: float, slow_seconds: float) -> None:
        self._history, self._recovery_seconds, self._slow_seconds = history, recovery_seconds, slow_seconds
        self._epoch = secrets.token_hex(4)
        self._epochs = 0
        self._number = 0
        self._topics: dict[str, Topic] = {}
        self._paused: dict[Reader, None] = {}
        self.readers: dict[Reader, None] = {}
        self.counts = HubCounts()
        self.told: Callable[[Publication], None] = lambda _publication: None
        """hears of every publication"""

    def find_topic(self, name: str) -> Topic | None:
        """The topic, when somebody reads it or lately has."""
        return self._topics.get(name)

    def list_topics(self) -> list[str]:
        """Names of all topics that are kept up."""
        return list(self._topics)

    def open_topic(self, name: str, now: float) -> Topic:
        """The topic, made when it is not there. It stays for recovery_seconds without a reader."""
        topic = self._topics.get(name)
        if topic is None:
            self._epochs += 1
            topic = Topic(name, f"{self._epoch}.{self._epochs}", deque(maxlen=self._history), {}, now)
            self._topics[name] = topic
        elif not topic.readers:
            topic.left = now
        return topic

    def subscribe(self, reader: Reader, name: str, since: tuple[str, int] | None, now: float) -> None:
        """Send what it missed, or the current value, and every publication from now on. One that has left gets nothing."""
        if reader not in self.readers:
            return
        topic = self.open_topic(name, now)
        topic.readers[reader] = None
        current = topic.current
        reader.seen[name] = current.number if current is not None else 0
        if current is None:
            return
        missed = topic.missed(*since) if since is not None else None
        if reader.paused_since is not None:
            reader.behind[name] = None
        elif missed is not None:
            self.counts.recovered += 1
            for publication in missed:
                reader.write(publication.marked(recovered=True))
        elif since is not None:
            self.counts.unrecovered += 1
            reader.write(current.marked(recovered=False))
        else:
            reader.write(current.deflated if reader.deflate else current.plain)

    def unsubscribe(self, reader: Reader, name: str, now: float) -> None:
        """Nothing more of this topic; a topic it does not read is no mistake."""
        reader.behind.pop(name, None)
        if reader.seen.pop(name, None) is not None:
            topic = self._topics[name]
            del topic.readers[reader]
            topic.left = now

    def join(self, reader: Reader) -> None:
        """A socket opened."""
        self.readers[reader] = None

    def leave(self, reader: Reader, now: float) -> None:
        """A socket closed; may be told twice."""
        for name in list(reader.seen):
            self.unsubscribe(reader, name, now)
        self._paused.pop(reader, None)
        self.readers.pop(reader, None)
        reader.write = _nowhere

    def pause(self, reader: Reader, now: float) -> None:
        """Its transport is full: from here on it owes topics instead of bytes."""
        if reader.paused_since is None:
            reader.paused_since = now
            self._paused[reader] = None

    def resume(self, reader: Reader) -> None:
        """Its transport has room: it gets the newest value of every topic it owes, until it is full again."""
        self._paused.pop(reader, None)
        reader.paused_since = None
        while reader.behind and reader.paused_since is None:
            name = next(iter(reader.behind))
            del reader.behind[name]
            current = self._topics[name].current
            if current is not None:
                reader.seen[name] = current.number
                self.counts.deliveries += 1
                reader.write(current.deflated if reader.deflate else current.plain)

    def forget(self, name: str) -> bool:
        """Drop a topic that has neither a value nor a reader. → whether it was dropped."""
        topic = self._topics.get(name)
        if topic is None or topic.recent or topic.readers:
            return False
        del self._topics[name]
        return True

    def put(self, name: str, data: bytes, at: str, mark: object = None) -> Publication | None:
        """Make `data` the current value of an open topic; None when its mark (or, without one, its bytes) is the same."""
        topic = self._topics[name]
        mark = data if mark is None else mark
        if topic.recent and topic.mark == mark:
            return None
        seq = topic.recent[-1].seq + 1 if topic.recent else 1
        topic.mark = mark
        return self._append(topic, seq, data, compose(name, topic.epoch, seq, at, data))

    def adopt(self, name: str, epoch: str, seq: int, data: bytes, message: bytes) -> Publication | None:
        """A publication numbered elsewhere becomes current. None when it is not newer; a gap forgets what came before."""
        topic = self._topics[name]
        if topic.epoch != epoch:
            topic.epoch = epoch
            topic.recent.clear()
        elif topic.recent and seq <= topic.recent[-1].seq:
            return None
        elif topic.recent and seq != topic.recent[-1].seq + 1:
            topic.recent.clear()
        return self._append(topic, seq, data, message)

    async def deliver(self, publications: Iterable[Publication]) -> None:
        """Write each to the readers of its topic. A reader told of a newer one meanwhile is left alone."""
        written = 0
        for publication in publications:
            topic = self._topics.get(publication.topic)
            readers = tuple(topic.readers) if topic is not None else ()
            for start in range(0, len(readers), SLICE):
                if written >= SLICE:
                    written = 0
                    await asyncio.sleep(0)
                written += self._write(publication, readers[start : start + SLICE])

    def _write(self, publication: Publication, readers: tuple[Reader, ...]) -> int:
        """One slice, without a pause; the inner loop of a large topic. → frames written."""
        name, number, plain = publication.topic, publication.number, publication.plain
        behind = written = 0
        for reader in readers:
            seen = reader.seen
            if seen.get(name, number) >= number:
                continue
            if reader.paused_since is None:
                seen[name] = number
                written += 1
                reader.write(publication.deflated if reader.deflate else plain)
            else:
                reader.behind[name] = None
                behind += 1
        self.counts.deliveries += written
        self.counts.conflated += behind
        return written

    def close_slow(self, reader: Reader, now: float) -> None:
        """This reader has been too far behind for too long."""
        self.counts.closed_slow += 1
        self.leave(reader, now)
        reader.line.close_slow()

    def sweep(self, now: float) -> list[str]:
        """Once a second or so: close readers who stay too far behind, forget topics nobody came back to. → those names."""
        for reader in [one for one in self._paused if now - (one.paused_since or now) > self._slow_seconds]:
            self.close_slow(reader, now)
        forgotten = [name for name, topic in self._topics.items() if not topic.readers and now - topic.left > self._recovery_seconds]
        for name in forgotten:
            del self._topics[name]
        return forgotten

    def _append(self, topic: Topic, seq: int, data: bytes, message: bytes) -> Publication:
        self._number += 1
        publication = Publication(topic.name, topic.epoch, seq, data, message, self._number)
        topic.recent.append(publication)
        self.counts.publications += 1
        self.told(publication)
        return publication
