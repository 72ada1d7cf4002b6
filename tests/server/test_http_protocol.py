"""Answers leave in one piece: what uvicorn writes in parts reaches the transport in one write, in order, and streams still flow."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest
from starlette.types import Receive, Scope, Send

from server.http_protocol import Gathering, HttpProtocol
from server.serving import bind, make_server
from server.settings import Settings


class Bare(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes | None] = []

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.said.append(data)

    def close(self) -> None:
        self.said.append(None)

    def is_closing(self) -> bool:
        return None in self.said


def test_what_one_turn_writes_is_one_write_and_closing_comes_after_it() -> None:
    bare = Bare()

    async def talk() -> None:
        gathering = Gathering(bare, asyncio.get_running_loop())
        gathering.write(b"head ")
        gathering.write(b"body")
        assert bare.said == []
        await asyncio.sleep(0)
        assert bare.said == [b"head body"]
        gathering.write(b"last")
        assert not gathering.is_closing()
        gathering.close()
        assert gathering.is_closing()
        await asyncio.sleep(0)

    asyncio.run(talk())
    assert bare.said == [b"head body", b"last", None]


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """/slow streams two parts with time between them; everything else is short."""
    if scope["type"] != "http":
        return
    slow = scope["path"] == "/slow"
    length = [] if slow else [(b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    if slow:
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await asyncio.sleep(0.2)
    await send({"type": "http.response.body", "body": b"body"})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    listener = bind("127.0.0.1", 0)
    server = make_server(_app, Settings())
    assert server.config.http is HttpProtocol
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()
    with contextlib.suppress(OSError):
        listener.close()


def said(port: int, request: bytes, enough: Callable[[bytes], bool]) -> Iterator[bytes]:
    """All that came after each receipt, until it is enough or the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request)
        got = b""
        while not enough(got) and (part := line.recv(1 << 16)):
            got += part
            yield got


def test_an_answer_comes_whole_and_pipelined_ones_in_order(port: int) -> None:
    *_, got = said(port, b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n" * 2, lambda got: got.count(b"body") == 2)
    assert got.count(b"HTTP/1.1 200 OK") == 2
    assert got.endswith(b"\r\n\r\nbody")


def test_a_stream_flows_before_it_ends(port: int) -> None:
    receipts = list(said(port, b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n", lambda got: got.endswith(b"0\r\n\r\n")))
    assert any(b"first" in got and b"body" not in got for got in receipts)
    assert b"body" in receipts[-1]


def test_the_last_answer_of_a_connection_is_not_cut(port: int) -> None:
    *_, got = said(port, b"GET /a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", lambda got: False)
    assert got.endswith(b"\r\n\r\nbody")
