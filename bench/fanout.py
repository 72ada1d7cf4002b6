"""One WebSocket publication to 5,000 subscribers through the hub, beside a loop that writes a prepared frame to the same sockets.

Real sockets over loopback, opened by the real endpoint; the readers are a process of their own. A round ends when the last
reader has the last byte. Then one more reader that never reads: what is held for it, and what it costs the others.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from socket import SO_SNDBUF, SOL_SOCKET
from typing import NamedTuple, cast

import uvloop
from fastapi import FastAPI

from bench.fanout_readers import subscribers
from bench.processes import ROOT, open_files
from bench.rows import Row
from server.hub import Hub
from server.publications import Publication
from server.serving import bind, make_server
from server.settings import Settings
from server.sockets import live_router
from server.ws_protocol import SocketProtocol

TOPIC = "stop:a"
AT = "2026-03-02T08:00:00+08:00"
_STALLED_ROOM = 16 * 1024
"""bytes the reader that never reads has to receive into"""


class _Round(NamedTuple):
    """Seconds after the publication."""

    middle: float
    tail: float
    last: float


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in deliveries/s, bytes and ms."""
    wanted, crowd, rounds = (40, 20, 3) if smoke else (5000, 500, 24)
    count = min(wanted, open_files(wanted + 500) - 400)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        hub, loop = runner.run(_race(count, rounds))
        alone, beside, held = runner.run(_stall(crowd, rounds))
    yield Row(f"publication to {count:,} WebSockets", count / hub.last, count / loop.last, "a loop of writes", "deliveries/s", True)
    yield Row("the same, until 99 % have it", hub.tail * 1e3, loop.tail * 1e3, "a loop of writes", "ms", False)
    name = f"{crowd} readers without it"
    yield Row(f"99 % of {crowd} readers beside a stalled one", beside.tail * 1e3, alone.tail * 1e3, name, "ms", False)
    yield Row("held for a stalled reader, at most", held / 1024, 256.0, "wanted at most", "KB", False)


async def _race(count: int, rounds: int) -> tuple[_Round, _Round]:
    """Best rounds of the hub and of a plain loop over the same sockets, in turn."""
    async with _Stand(count).open() as stand:
        data = [b'{"text":"' + b"x" * 280 + b'%04d"}' % k for k in range(rounds + 1)]
        writes = [reader.write for reader in stand.hub.readers]
        frame = stand.put(data[rounds]).plain

        async def plain() -> None:
            for write in writes:
                write(frame)

        hub, loop = [], []
        for k in range(rounds):
            publication = stand.put(data[k])
            hub.append(await stand.measure(len(publication.plain), lambda: stand.hub.deliver([publication])))  # noqa: B023
            loop.append(await stand.measure(len(frame), plain))
        return min(hub, key=lambda one: one.last), min(loop, key=lambda one: one.last)


async def _stall(count: int, rounds: int) -> tuple[_Round, _Round, int]:
    """(best round by its 99 %, the same beside a stalled reader, most bytes held for that one)."""
    async with _Stand(count).open() as stand:

        async def publish(k: int) -> _Round:
            publication = stand.put(b'{"n":%06d,"text":"%s"}' % (k, b"x" * 4000))
            return await stand.measure(len(publication.plain), lambda: stand.hub.deliver([publication]))

        alone = [await publish(k) for k in range(rounds)]
        stalled = await asyncio.to_thread(lambda: next(subscribers(stand.port, 1, TOPIC, _STALLED_ROOM)))
        reader = list(stand.hub.readers)[-1]
        beside: list[_Round] = []
        held, k = 0, rounds
        # until it takes nothing more, and as many rounds again
        while len(beside) < rounds and k < rounds + 5000:
            k += 1
            latest = await publish(k)
            held = max(held, _held(cast(SocketProtocol, reader.line)))
            if reader.paused_since is not None:
                beside.append(latest)
        stalled.close()
        if not beside:
            raise RuntimeError("the reader that never reads never stalled")
        alone += [await publish(k + 1 + n) for n in range(rounds)]
    return min(alone, key=lambda one: one.tail), min(beside, key=lambda one: one.tail), held


def _held(line: SocketProtocol) -> int:
    """Bytes in this process's buffer, and all that the kernel may keep unsent."""
    kernel = line.transport.get_extra_info("socket").getsockopt(SOL_SOCKET, SO_SNDBUF)
    return int(line.transport.get_write_buffer_size() + kernel)


class _Stand:
    """A server with a hub in this process, and its readers in another."""

    def __init__(self, count: int) -> None:
        self.settings = Settings()
        self.hub = Hub(self.settings.history, self.settings.recovery_seconds, self.settings.slow_seconds)
        self.port = 0
        self._count = count

    @asynccontextmanager
    async def open(self) -> AsyncIterator[_Stand]:
        """Everybody has subscribed."""
        app = FastAPI()
        app.include_router(live_router(self.hub, self.settings, lambda: True, self._open_topic))
        listener = bind("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        server = make_server(app, self.settings)
        server.config.ws_ping_interval = None  # the readers count bytes
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        self._readers = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.fanout_readers", str(self.port), str(self._count), TOPIC, cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            await self._hear()
            yield self
        finally:
            self._readers.terminate()
            await self._readers.wait()
            server.should_exit = True
            await serving

    def put(self, data: bytes) -> Publication:
        """The topic's next value, not delivered yet."""
        publication = self.hub.put(TOPIC, data, AT)
        assert publication is not None
        return publication

    async def measure(self, size: int, send: Callable[[], Awaitable[None]]) -> _Round:
        """How long until the readers have `size` bytes each."""
        assert self._readers.stdin is not None
        self._readers.stdin.write(b"%d\n" % size)
        await self._hear()
        await asyncio.sleep(0.01)
        begun = time.monotonic()
        await send()
        middle, tail, last = (float(one) - begun for one in (await self._hear()).split())
        return _Round(middle, tail, last)

    async def _open_topic(self, name: str) -> None:
        topic = self.hub.open_topic(name, asyncio.get_running_loop().time())
        if topic.current is None:
            self.hub.put(name, b'{"n":0}', AT)

    async def _hear(self) -> str:
        assert self._readers.stdout is not None
        line = await self._readers.stdout.readline()
        if not line:
            raise RuntimeError("the readers ended")
        return line.decode().strip()
