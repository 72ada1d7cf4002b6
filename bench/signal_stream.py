"""Controllers' events over HTTP until a reader's WebSocket shows them, and how many events/s are accepted.

300 controllers post 1,500 events/s to the whole application while it makes verdicts; the clients are a process of their own. Latency is
from the begin of the POST to the message on `intersection:{id}` that shows the phase's change. The echo beside it keeps and understands
nothing: it writes every body to the sockets as it came.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bench.http_load import ask, request
from bench.processes import started
from bench.rows import Row

LIMIT, WANTED = 50.0, 50_000.0
"""ms and events/s that were asked for"""
_ECHO = "a bare ASGI echo"


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in ms and events/s."""
    count, past, seconds = (24, 300, 4) if smoke else (300, 3600, 30)
    with started(["-m", "bench.signal_server", str(count), str(past)]) as ours:
        port, key, began = ours.said.split()
        before = _metric(int(port), b"verdicts_total")
        told = _client("live", port, key, count, seconds, began)
        verdicts = _metric(int(port), b"verdicts_total") - before
        paced = _client("flood", port, key, count, seconds / 3, WANTED)
        open_end = _client("flood", port, key, count, seconds / 3, 0)
        waiting = _metric(int(port), b"waiting")
    with started(["-m", "bench.signal_echo_server"]) as echo:
        bare = _client("live", echo.said, "none", count, seconds, began)
    yield Row("event to WebSocket, p99", told["p99"], bare["p99"], _ECHO, "ms", False)
    yield Row("event to WebSocket, p50", told["p50"], bare["p50"], _ECHO, "ms", False)
    yield Row("event to WebSocket, p99, against the target", told["p99"], LIMIT, "wanted at most", "ms", False)
    yield Row("events accepted, as many as are sent", paced["rate"], WANTED, "wanted at least", "events/s", True)
    yield Row("events accepted, as fast as they are answered", open_end["rate"], WANTED, "wanted at least", "events/s", True)
    yield (
        f"{count} controllers, {told['rate']:,.0f} events/s; {told['changes']:,} changes of phases seen, {told['lost']} never; worst "
        f"{told['worst']:.0f} ms; {verdicts:.0f} verdicts made meanwhile"
    )
    yield (
        f"{paced['accepted']:,} and {open_end['accepted']:,} events; requests refused for want of room: {paced['refused']} and "
        f"{open_end['refused']}; events left waiting for the engine: {waiting:.0f}"
    )


def _metric(port: int, name: bytes) -> float:
    """A metric of the signal engine; waits for its first step."""
    for _ in range(600):
        _, _, body = ask(port, request("/metrics"))
        told = [line.split()[1] for line in body.split(b"\n") if line.startswith(b"baimai_signal_" + name)]
        if told and b'"signals":"ready"' in ask(port, request("/readyz"))[2]:
            return float(told[0])
        time.sleep(0.1)
    raise RuntimeError("the server did not get ready within a minute")


def _client(*arguments: object) -> dict[str, Any]:
    words: Sequence[str] = [str(one) for one in arguments]
    with started(["-m", "bench.signal_client", *words]) as client:
        return dict(json.loads(client.said))
