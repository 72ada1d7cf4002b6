"""The other side of the fan-out bench, a process of its own: `python -m bench.fanout_readers PORT COUNT TOPIC`.

Opens COUNT WebSockets, subscribes TOPIC on each, says `ready`. Then for each line `N` on standard input it says `waiting`, waits
until every socket has received N bytes, and says when (seconds of the monotonic clock): median, 99th percentile, last.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time
from collections.abc import Iterator

from bench.processes import open_files

_AT_ONCE = 64
_HANDSHAKE = (
    b"GET /v1/ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


def subscribers(port: int, count: int, topic: str, room: int | None = None) -> Iterator[socket.socket]:
    """Sockets that have subscribed and read the topic's current value; `room` bytes to receive into instead of the usual."""
    for first in range(0, count, _AT_ONCE):
        group = [_connection(port, room) for _ in range(min(_AT_ONCE, count - first))]
        for one in group:
            one.sendall(_HANDSHAKE)
        for one in group:
            _until(one, b"\r\n\r\n")
            one.sendall(_masked(b'{"op":"subscribe","topics":["%s"]}' % topic.encode()))
        for one in group:
            _until(one, b"}")
        yield from group


def _connection(port: int, room: int | None) -> socket.socket:
    made = socket.socket()
    if room is not None:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    made.settimeout(60)
    made.connect(("127.0.0.1", port))
    return made


def _until(connection: socket.socket, ending: bytes) -> None:
    got = b""
    while not got.endswith(ending):
        part = connection.recv(1 << 16)
        if not part:
            raise ConnectionError(f"the server closed the connection after {got!r}")
        got += part


def _masked(text: bytes) -> bytes:
    """A client's text frame; a mask of zeros leaves the text as it is."""
    return bytes((0x81, 0x80 | len(text))) + bytes(4) + text


def main() -> None:
    """Until standard input ends."""
    port, count, topic = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    open_files(count + 100)
    sockets = list(subscribers(port, count, topic))
    selector = selectors.DefaultSelector()
    for one in sockets:
        one.setblocking(False)
        selector.register(one, selectors.EVENT_READ, one)
    print("ready", flush=True)
    for line in sys.stdin:
        print("waiting", flush=True)
        when = sorted(_receive(selector, sockets, int(line)))
        print(when[len(when) // 2], when[int(0.99 * (len(when) - 1))], when[-1], flush=True)


def _receive(selector: selectors.BaseSelector, sockets: list[socket.socket], wanted: int) -> list[float]:
    """When each socket had received `wanted` bytes."""
    left = {one.fileno(): wanted for one in sockets}
    when: list[float] = []
    while left:
        for key, _ in selector.select():
            got = len(key.data.recv(1 << 16))
            if not got:
                raise ConnectionError("the server closed a connection")
            left[key.fd] -= got
            if left[key.fd] <= 0:
                del left[key.fd]
                when.append(time.monotonic())
    return when


if __name__ == "__main__":
    main()
