"""`/v1/ws`: readers subscribe topics and are written to by the hub. `/v1/positions/ws`: vehicles send positions.

A mistake of a reader is answered with `{"op":"error","code","detail"}` and costs nothing else; only a message that is too
large ends the connection (1009, by the protocol itself).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import orjson
from fastapi import APIRouter, Response, WebSocket

from server.hub import Hub, Reader
from server.problems import MEDIA_TYPE, problem_body
from server.published import NOT_READY
from server.settings import Settings
from server.topics import TopicError
from server.ws_protocol import EXTENSION, SocketProtocol

PONG = b'{"op":"pong"}'


class Place(msgspec.Struct):
    """Where a reader stopped."""

    epoch: str
    seq: int


class Subscribe(msgspec.Struct, tag_field="op", tag="subscribe"):
    """Begin reading."""

    topics: list[str]
    since: dict[str, Place] = {}
    token: str = ""
    """a citizen's, for `reservation:` topics; it holds for the connection"""


class Unsubscribe(msgspec.Struct, tag_field="op", tag="unsubscribe"):
    """Stop reading."""

    topics: list[str]


class Ping(msgspec.Struct, tag_field="op", tag="ping"):
    """Are you there?"""


Opener = Callable[[str, str], Awaitable[None]]
"""called with a topic and the token last given, if any"""
_DECODER = msgspec.json.Decoder(Subscribe | Unsubscribe | Ping)


class Talk:
    """One reader's conversation. `open_topic(name, token)` makes sure the hub has the topic's value, or raises TopicError."""

    def __init__(self, hub: Hub, reader: Reader, limit: int, open_topic: Opener) -> None:
        self._hub, self._reader, self._limit, self._open = hub, reader, limit, open_topic
        self._token = ""

    async def hear(self, text: str | bytes) -> None:
        """One message of the reader."""
        try:
            message = _DECODER.decode(text)
        except msgspec.DecodeError as wrong:
            self._refuse("bad_message", f"not a message this server knows: {wrong}")
            return
        if isinstance(message, Ping):
            self._reader.say(PONG)
        elif isinstance(message, Unsubscribe):
            for name in message.topics:
                self._hub.unsubscribe(self._reader, name, _now())
        else:
            await self._subscribe(message)

    async def _subscribe(self, message: Subscribe) -> None:
        self._token = message.token or self._token
        for name in message.topics:
            if len(self._reader.seen) >= self._limit and name not in self._reader.seen:
                self._refuse("too_many_topics", f"one connection may subscribe {self._limit} topics", name)
                continue
            try:
                await self._open(name, self._token)
            except TopicError as wrong:
                self._refuse(wrong.code, wrong.detail, name)
                continue
            place = message.since.get(name)
            self._hub.subscribe(self._reader, name, (place.epoch, place.seq) if place else None, _now())

    def _refuse(self, code: str, detail: str, topic: str | None = None) -> None:
        fields = {"op": "error", "code": code, "detail": detail}
        self._reader.say(orjson.dumps(fields if topic is None else {**fields, "topic": topic[:200]}))


def live_router(
    hub: Hub, settings: Settings, ready: Callable[[], bool], open_topic: Callable[[str], Awaitable[None]],
    opener: Callable[[WebSocket], Opener] | None = None,
) -> APIRouter:  # fmt: skip
    """The endpoint `/v1/ws`. Before the first value exists (`ready()`), and above `settings.sockets`, it answers 503.

    Every connection opens topics by `open_topic`, or each by its own `opener(websocket)`."""
    router = APIRouter()

    @router.websocket("/v1/ws")
    async def live(websocket: WebSocket) -> None:
        """Subscribe topics; see /asyncapi.json."""
        if not ready():
            await deny(websocket, 503, "not_ready", NOT_READY)
        elif len(hub.readers) >= settings.sockets:
            await deny(websocket, 503, "too_many_sockets", f"this server has the {settings.sockets} connections it may have")
        else:
            socket: SocketProtocol = websocket.scope["extensions"][EXTENSION]
            await websocket.accept()
            reader = socket.attach(hub, settings.message_bytes, settings.slow_bytes, settings.slow_seconds)
            opens = opener(websocket) if opener else lambda name, _token: open_topic(name)
            talk = Talk(hub, reader, settings.topics_per_socket, opens)
            await listen(websocket, talk.hear)
            hub.leave(reader, _now())

    return router


async def deny(websocket: WebSocket, status: int, code: str, detail: str) -> None:
    """Refuse the handshake with a problem."""
    body = problem_body(status, code, detail, websocket.url.path)
    await websocket.send_denial_response(Response(body, status, media_type=MEDIA_TYPE))


async def listen(websocket: WebSocket, hear: Callable[[str | bytes], Awaitable[None]]) -> None:
    """Hand over every message until the connection ends, however it ends."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        await hear(message["bytes"] if text is None else text)


def _now() -> float:
    return asyncio.get_running_loop().time()
