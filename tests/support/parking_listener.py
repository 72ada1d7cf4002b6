"""A WebSocket that hears of reservations, and comes back with `since` whenever its server dies."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

MOST = 150
"""topics at a time"""
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

    async def end(self) -> None:
        """Once nothing new has come for a while, all that was missed is asked for."""
        count, still = -1, 0
        while still < 4:
            now = sum(map(len, self.heard.values()))
            still = still + 1 if now == count else 0
            count = now
            await asyncio.sleep(0.15)

    async def _subscribe(self, socket: ClientConnection, topic: str) -> None:
        newest = max((number for number, _ in self.heard[topic]), default=0)
        since = {topic: {"epoch": EPOCH, "seq": newest}} if newest else {}
        said = {"op": "subscribe", "topics": [topic], "since": since, "token": self._tokens[self._owners[topic]]}
        try:
            await socket.send(json.dumps(said))
        except WebSocketException:
            pass

    def _hear(self, message: dict[str, object]) -> None:
        topic = str(message.get("topic"))
        if topic in self._owners and "seq" in message:
            self.heard[topic].append((int(str(message["seq"])), json.dumps(message["data"], sort_keys=True)))
        elif message.get("op") == "error":
            self.heard[topic].append((-1, json.dumps(message)))
