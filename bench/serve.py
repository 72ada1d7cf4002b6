"""GET arrivals: prepared bytes through the whole application, beside a bare ASGI app that sends the same body.

Both run under the same uvicorn settings in processes of their own; 32 keep-alive connections ask as fast as they are answered.
Requests/s are the best of rounds in turn; the server's processor time a request, which the noise of other programs touches
less, is the least.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench.http_load import ask, closed_loop, request
from bench.processes import Started, processor_seconds, started
from bench.rows import Row

PATH = "/v1/stops/S30/arrivals"
CONNECTIONS = 32
PATIENCE = 120.0
"""s for kernels to be compiled before the first answer"""
_BARE = "bare ASGI app, same body"


class _Contender(NamedTuple):
    name: str
    server: Started
    message: bytes
    status: int


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in requests/s and in µs of the server's processor."""
    seconds, rounds = (0.05, 1) if smoke else (0.6, 8)
    with ExitStack() as stack:
        ours = stack.enter_context(started(["-m", "bench.full_server"]))
        plain = request(PATH)
        head, body = _answer(int(ours.said), plain)
        tag = next(line[6:] for line in head.split("\r\n") if line.startswith("etag: "))
        file = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="baimai-bench-"))) / "body"
        file.write_bytes(body)
        bare = stack.enter_context(started(["-m", "bench.bare_server", str(file)]))
        contenders = [
            _Contender("bare", bare, plain, 200),
            _Contender("200", ours, plain, 200),
            _Contender("304", ours, request(PATH, f"if-none-match: {tag}"), 304),
            _Contender("route", ours, request(f"{PATH}?limit=5"), 200),
        ]
        rate, cost = _race(contenders, seconds, rounds)
    yield Row("GET arrivals, prepared (200)", rate["200"], rate["bare"], _BARE, "requests/s", True)
    yield Row("GET arrivals, not modified (304)", rate["304"], rate["200"], "our 200", "requests/s", True)
    yield Row("GET arrivals?limit=5, FastAPI route, encoded anew", rate["route"], rate["bare"], _BARE, "requests/s", True)
    if not math.isnan(cost["200"]):
        yield Row("processor time of a 200", cost["200"], cost["bare"], _BARE, "µs", False)
        yield Row("processor time of a 304", cost["304"], cost["200"], "our 200", "µs", False)
    yield f"body {len(body)} bytes, {CONNECTIONS} connections; the engine steps once a second beside it"


def _answer(port: int, message: bytes) -> tuple[str, bytes]:
    """(head, body) of the first good answer; before the engine's first step there is none."""
    end = time.monotonic() + PATIENCE
    while True:
        status, head, body = ask(port, message)
        if status == 200:
            return head.decode(), body
        if time.monotonic() > end:
            raise RuntimeError(f"the application still answers {status} after {PATIENCE:g} s")
        time.sleep(0.02)


def _race(contenders: list[_Contender], seconds: float, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """(best requests/s, least µs of the server's processor a request) by name."""
    rate = dict.fromkeys((one.name for one in contenders), 0.0)
    cost = dict.fromkeys((one.name for one in contenders), math.inf)
    for _ in range(rounds):
        for one in contenders:
            before = processor_seconds(one.server.pid)
            load = closed_loop(int(one.server.said), one.message, CONNECTIONS, seconds)
            if load.statuses != {one.status}:
                raise RuntimeError(f"{one.name}: answers of status {sorted(load.statuses)}")
            used = (processor_seconds(one.server.pid) - before) / load.answers * 1e6
            rate[one.name] = max(rate[one.name], load.answers / load.seconds)
            cost[one.name] = min(cost[one.name], used) if not math.isnan(used) else used
    return rate, cost
