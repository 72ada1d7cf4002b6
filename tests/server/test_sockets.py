from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from server.hub import Hub
from server.settings import Settings
from server.sockets import live_router
from server.topics import TopicError, split_topic
from tests.support.live_server import run_async, served

AT = "2026-01-01T00:00:00+08:00"


class Board:
    """A hub behind a real `/v1/ws`, with a stop `a` and a stop `b` and no others."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.hub = Hub(self.settings.history, self.settings.recovery_seconds, self.settings.slow_seconds)
        self.is_ready = True
        self.app = FastAPI()
        self.app.include_router(live_router(self.hub, self.settings, lambda: self.is_ready, self.open_topic))
        self.address = ""

    async def open_topic(self, name: str) -> None:
        kind, address = split_topic(name)
        if address not in ("a", "b"):
            raise TopicError(name, "unknown_topic", f"no {kind} has the id {address!r}")
        topic = self.hub.open_topic(name, asyncio.get_running_loop().time())
        if topic.current is None:
            self.hub.put(name, b"0", AT)

    async def publish(self, name: str, data: bytes) -> None:
        self.hub.open_topic(name, asyncio.get_running_loop().time())
        publication = self.hub.put(name, data, AT)
        assert publication is not None
        await self.hub.deliver([publication])

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Board]:
        async with served(self.app, self.settings) as self.address:
            yield self

    def client(self, **options: Any) -> connect:
        return connect(f"ws://{self.address}/v1/ws", **options)


async def tell(client: ClientConnection, **message: object) -> None:
    await client.send(json.dumps(message))


async def hear(client: ClientConnection) -> dict[str, Any]:
    message = json.loads(await asyncio.wait_for(client.recv(), 10))
    assert isinstance(message, dict)
    return message


def test_the_current_value_comes_first_and_then_what_is_published() -> None:
    async def scenario() -> None:
        async with Board().open() as board, board.client() as client:
            await tell(client, op="subscribe", topics=["stop:a"])
            first = await hear(client)
            assert first.keys() == {"topic", "epoch", "seq", "at", "data"}
            assert (first["topic"], first["seq"], first["data"]) == ("stop:a", 1, 0)
            await board.publish("stop:a", b'{"x":1}')
            second = await hear(client)
            assert (second["epoch"], second["seq"], second["data"]) == (first["epoch"], 2, {"x": 1})

    run_async(scenario())


def test_who_returns_with_since_gets_what_was_missed_in_order() -> None:
    async def scenario() -> None:
        async with Board().open() as board:
            async with board.client() as client:
                await tell(client, op="subscribe", topics=["stop:a"])
                place = await hear(client)
            for value in (b"1", b"2", b"3"):
                await board.publish("stop:a", value)
            async with board.client() as client:
                since = {"stop:a": {"epoch": place["epoch"], "seq": place["seq"]}}
                await tell(client, op="subscribe", topics=["stop:a"], since=since)
                missed = [await hear(client) for _ in range(3)]
                assert [(one["seq"], one["data"]) for one in missed] == [(2, 1), (3, 2), (4, 3)]
                assert all(one["recovered"] for one in missed)
                since = {"stop:b": {"epoch": "lost", "seq": 3}}
                await tell(client, op="subscribe", topics=["stop:b"], since=since)
                assert (await hear(client))["recovered"] is False

    run_async(scenario())


def test_mistakes_are_answered_and_cost_nothing_else() -> None:
    async def scenario() -> None:
        async with Board(topics_per_socket=1).open() as board, board.client() as client:
            wrong = ["{", "[]", '{"op":"fly"}', '{"op":"subscribe"}', '{"op":"subscribe","topics":[1]}']
            for text in wrong:
                await client.send(text)
                answer = await hear(client)
                assert (answer["op"], answer["code"]) == ("error", "bad_message")
            await client.send(b"\xff\xfe")
            assert (await hear(client))["code"] == "bad_message"
            await tell(client, op="subscribe", topics=["stop:zz", "nothing", "tile:99/1/1", "stop:a", "stop:b"])
            answers = [await hear(client) for _ in range(5)]
            codes = [(one.get("code"), one["topic"]) for one in answers]
            assert codes == [
                ("unknown_topic", "stop:zz"), ("bad_topic", "nothing"), ("bad_topic", "tile:99/1/1"),
                (None, "stop:a"), ("too_many_topics", "stop:b"),
            ]  # fmt: skip
            await tell(client, op="ping")
            assert await hear(client) == {"op": "pong"}

    run_async(scenario())


def test_after_unsubscribing_or_leaving_nothing_is_kept_of_a_reader() -> None:
    async def scenario() -> None:
        async with Board().open() as board:
            async with board.client() as client:
                await tell(client, op="subscribe", topics=["stop:a", "stop:b"])
                await hear(client)
                await hear(client)
                await tell(client, op="unsubscribe", topics=["stop:a", "stop:never"])
                await tell(client, op="ping")
                assert (await hear(client))["op"] == "pong"
                await board.publish("stop:a", b"1")
                await board.publish("stop:b", b"2")
                assert (await hear(client))["topic"] == "stop:b"
            while board.hub.readers:
                await asyncio.sleep(0.01)
            topic = board.hub.find_topic("stop:b")
            assert topic is not None
            assert not topic.readers

    run_async(scenario())


def test_compressed_and_plain_readers_get_the_same_messages() -> None:
    async def scenario() -> None:
        async with Board().open() as board, board.client() as packed, board.client(compression=None) as plain:
            assert packed.response is not None
            assert "no_context_takeover" in packed.response.headers["Sec-WebSocket-Extensions"]
            for client in (packed, plain):
                await tell(client, op="subscribe", topics=["stop:a"])
                assert (await hear(client))["data"] == 0
            sent = [{"stop": f"站{i}", "rows": [i] * 200} for i in range(20)]
            for value in sent:
                await board.publish("stop:a", json.dumps(value, ensure_ascii=False).encode())
            for client in (packed, plain):
                assert [(await hear(client))["data"] for _ in sent] == sent

    run_async(scenario())


def test_a_message_that_is_too_large_ends_the_connection_with_1009() -> None:
    async def scenario() -> None:
        async with Board(message_bytes=1024).open() as board, board.client() as client:
            await client.send(b"x" * 1025)
            with pytest.raises(ConnectionClosedError) as closed:
                await hear(client)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009

    run_async(scenario())


def test_a_handshake_that_cannot_be_served_is_refused_with_a_problem(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with Board(sockets=1).open() as board, board.client():
            with pytest.raises(InvalidStatus) as full:
                await board.client()
            board.is_ready = False
            with pytest.raises(InvalidStatus) as early:
                await board.client()
            for caught, code in ((full, "too_many_sockets"), (early, "not_ready")):
                response = caught.value.response
                assert response.status_code == 503
                assert response.headers["Content-Type"] == "application/problem+json"
                problem = json.loads(response.body or b"")
                assert (problem["code"], problem["retryable"]) == (code, True)

    run_async(scenario())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def stalled_socket(board: Board) -> socket.socket:
    """A reader that shook hands and subscribed `stop:a`, and then never reads."""
    host, port = board.address.split(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (host, int(port)))
    head = "GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    body = b'{"op":"subscribe","topics":["stop:a"]}'
    await loop.sock_sendall(raw, head.encode())
    while not (await loop.sock_recv(raw, 4096)).endswith(b"\r\n\r\n"):
        pass
    await loop.sock_sendall(raw, bytes((0x81, 0x80 | len(body), 0, 0, 0, 0)) + body)
    while not any("stop:a" in reader.seen for reader in board.hub.readers):
        await asyncio.sleep(0.01)
    return raw


def test_a_stalled_reader_delays_nobody_holds_little_and_is_closed_with_1013() -> None:
    async def scenario() -> None:
        async with Board(slow_seconds=0.5).open() as board:
            raw = await stalled_socket(board)
            (slow,) = board.hub.readers
            async with board.client() as client:
                await tell(client, op="subscribe", topics=["stop:a"])
                await hear(client)
                held = 0
                for number in range(400):
                    await board.publish("stop:a", b'{"n":%d,"x":"%s"}' % (number, b"x" * 10_000))
                    held = max(held, slow.line.transport.get_write_buffer_size())  # type: ignore[attr-defined]
                    assert (await hear(client))["data"]["n"] == number
                kernel = slow.line.transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)  # type: ignore[attr-defined]
                assert held + kernel < 256 * 1024
                assert slow.paused_since is not None
                assert list(slow.behind) == ["stop:a"]
                assert board.hub.counts.conflated > 300
                while not board.hub.sweep(asyncio.get_running_loop().time()) and slow in board.hub.readers:
                    await asyncio.sleep(0.02)
                assert len(board.hub.readers) == 1
                received = b""
                while chunk := await asyncio.get_running_loop().sock_recv(raw, 1 << 20):
                    received += chunk
                assert received.endswith(b"\x88\x10" + (1013).to_bytes(2, "big") + b"too far behind")
                raw.close()

    run_async(scenario())


def test_a_stalled_reader_that_reads_again_gets_the_newest_state() -> None:
    async def scenario() -> None:
        async with Board().open() as board:
            raw = await stalled_socket(board)
            for number in range(400):
                await board.publish("stop:a", b'{"n":%d,"x":"%s"}' % (number, b"x" * 10_000))
            received = b""
            while b'"n":399,' not in received:
                received += await asyncio.get_running_loop().sock_recv(raw, 1 << 20)
            assert len(received) < 1_000_000, "4 MB were published"
            raw.close()

    run_async(scenario())
