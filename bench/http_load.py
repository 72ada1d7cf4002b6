"""A closed loop of HTTP requests over keep-alive connections, light enough that the server is what is measured."""

from __future__ import annotations

import selectors
import socket
import time
from typing import NamedTuple

_END = b"\r\n\r\n"
_LENGTH = b"content-length: "


class Load(NamedTuple):
    """What came back."""

    answers: int
    seconds: float
    statuses: frozenset[int]


def request(path: str, *headers: str) -> bytes:
    """A GET."""
    return "\r\n".join((f"GET {path} HTTP/1.1", "host: localhost", *headers, "", "")).encode()


def ask(port: int, message: bytes, timeout: float = 30.0) -> tuple[int, bytes, bytes]:
    """(status, head, body) of one request on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        connection.sendall(message)
        got = b""
        while _size(got) < 0 or len(got) < _size(got):
            part = connection.recv(1 << 16)
            if not part:
                raise ConnectionError(f"the server closed the connection after {got!r}")
            got += part
    head, _, body = got.partition(_END)
    return int(head[9:12]), head, body


def closed_loop(port: int, message: bytes, connections: int, seconds: float) -> Load:
    """Every connection asks again as soon as it is answered."""
    selector = selectors.DefaultSelector()
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    pending = {one.fileno(): b"" for one in sockets}
    statuses: set[bytes] = set()
    answers = 0
    try:
        for one in sockets:
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            one.setblocking(False)
            selector.register(one, selectors.EVENT_READ, one)
            one.send(message)
        begun = time.perf_counter()
        end = begun + seconds
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select(0.5):
                got = key.data.recv(1 << 16)
                if not got:
                    raise ConnectionError("the server closed a keep-alive connection")
                if pending[key.fd]:
                    got = pending[key.fd] + got
                if 0 < _size(got) <= len(got):
                    pending[key.fd] = b""
                    statuses.add(got[9:12])
                    answers += 1
                    key.data.send(message)
                else:
                    pending[key.fd] = got
    finally:
        selector.close()
        for one in sockets:
            one.close()
    return Load(answers, now - begun, frozenset(map(int, statuses)))


def _size(got: bytes) -> int:
    """Bytes of the whole answer that begins here; -1 when its head is not complete."""
    end = got.find(_END)
    if end < 0:
        return -1
    at = got.find(_LENGTH, 0, end)
    length = int(got[at + len(_LENGTH) : got.find(b"\r", at)]) if at >= 0 else 0
    return end + len(_END) + length
