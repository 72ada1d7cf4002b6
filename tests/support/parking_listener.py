"""A WebSocket that hears of reservations, and comes back with `since` whenever its server dies."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from contextlib import suppress

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

MOST = 150
"""topics at a time"""
PATIENCE = 20.0
"""s"""
EPOCH = "v1"
"""of `reservation:` topics, now and for ever"""


class Listener:
    """`heard`: (sequence, data) by topic, in the order it came in."""

    def __init__(self, port: int, tokens: dict[str, str]) -> None:
        self._port, self._tokens = port, tokens
        self._owners: dict[str, str] = {}
        self._socket: ClientConnection | None = None
        self.heard: dict[str, list[tuple[int, str]]] = defaultdict(list)

    def add(self, client: str, reservation: str) -> None:
        """From now on; nothing when there are enough."""
        topic = f"reservation:{reservation}"
        if len(self._owners) < MOST and topic not in self._owners:
            self._owners[topic] = client
            if self._socket is not None:
                self._soon = asyncio.create_task(self._subscribe(self._socket, topic))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                async with connect(f"ws://127.0.0.1:{self._port}/v1/ws", max_size=None, open_timeout=20) as self._socket:
                    for topic in list(self._owners):
                        await self._subscribe(self._socket, topic)
                    async for message in self._socket:
                        self._hear(json.loads(message))
            except (OSError, WebSocketException):
                pass
            finally:
                self._socket = None
            await asyncio.sleep(0.05)

    async def end(self, told: dict[str, int]) -> None:
        """Until every reservation was heard of up to the version its owner was `told`, and a little longer for what nobody was told. A
        transaction of PostgreSQL that was cut leaves a hole in the outbox, which is waited for five seconds."""
        behind, ends = True, asyncio.get_running_loop().time() + PATIENCE
        while behind and asyncio.get_running_loop().time() < ends:
            await asyncio.sleep(0.4)
            newest = {topic: max((number for number, _ in self.heard[topic]), default=0) for topic in self._owners}
            behind = any(number < told.get(topic.partition(":")[2], 0) for topic, number in newest.items())

    async def _subscribe(self, socket: ClientConnection, topic: str, pause: float = 0.0) -> None:
        await asyncio.sleep(pause)
        newest = max((number for number, _ in self.heard[topic]), default=0)
        since = {topic: {"epoch": EPOCH, "seq": newest}} if newest else {}
        said = {"op": "subscribe", "topics": [topic], "since": since, "token": self._tokens[self._owners[topic]]}
        with suppress(WebSocketException):
            await socket.send(json.dumps(said))

    def _hear(self, message: dict[str, object]) -> None:
        topic = str(message.get("topic"))
        if topic in self._owners and "seq" in message:
            self.heard[topic].append((int(str(message["seq"])), json.dumps(message["data"], sort_keys=True)))
        elif message.get("code") in ("not_ready", "store_failed") and self._socket is not None:
            self._soon = asyncio.create_task(self._subscribe(self._socket, topic, 0.1))
        elif message.get("op") == "error":
            self.heard[topic].append((-1, json.dumps(message)))
