"""A closed loop of HTTP conversations: each connection's next request depends on its last answer; every answer is timed."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np

from bench.http_load import _END, _size

Talk = Generator[bytes, tuple[int, bytes, bytes], None]
"""yields requests, is sent (status, head, body)"""


class Talked(NamedTuple):
    """`latencies` in s; `statuses` of all answers, in order of arrival."""

    seconds: float
    latencies: np.ndarray
    statuses: list[int]

    def quantile(self, share: float) -> float:
        """ms."""
        return float(np.quantile(self.latencies, share)) * 1e3


def talk(port: int, begin: Callable[[int], Talk], connections: int, seconds: float) -> Talked:
    """Runs `begin(k)` on each connection until the time is over; what is under way then is heard to its answer."""
    selector = selectors.DefaultSelector()
    talks = [begin(k) for k in range(connections)]
    lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(connections)]
    pending, sent = [b""] * connections, [0.0] * connections
    latencies: list[float] = []
    statuses: list[int] = []
    for k, line in enumerate(lines):
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line, selectors.EVENT_READ, k)
        sent[k] = time.perf_counter()
        line.sendall(next(talks[k]))
    begun = time.perf_counter()
    end, waiting = begun + seconds, connections
    while waiting:
        for key, _ in selector.select(5.0):
            k = key.data
            part = lines[k].recv(1 << 16)
            if not part:
                raise ConnectionError("the server closed a connection")
            got = pending[k] + part
            size = _size(got)
            if not 0 < size <= len(got):
                pending[k] = got
                continue
            now, pending[k] = time.perf_counter(), b""
            latencies.append(now - sent[k])
            head, _, body = got.partition(_END)
            statuses.append(int(head[9:12]))
            if now >= end:
                selector.unregister(lines[k])
                waiting -= 1
                continue
            message = talks[k].send((statuses[-1], head, body))
            sent[k] = time.perf_counter()
            lines[k].sendall(message)
    finished = time.perf_counter()
    selector.close()
    for line in lines:
        line.close()
    return Talked(finished - begun, np.array(latencies), statuses)
