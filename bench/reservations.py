"""Reservations a second over HTTP, durable (SQLite, synchronous=FULL), beside a bare ASGI echo and a bare SQLite insert loop.

64 clients in a process of their own. `hold + confirm` is two requests a reservation, `at once` one; each is acknowledged after the
commit that holds it, with its answer kept for its Idempotency-Key. The hot space is one that all clients want at random times.
"""

from __future__ import annotations

import datetime
import json
import os
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bench.http_load import ask, request
from bench.parking_server import CLIENTS, HOT, LOTS
from bench.processes import processor_seconds, started
from bench.rows import Row
from bench.talks import Talk, Talked, talk

PATH = "/v1/parking/reservations"
_ZONE = datetime.timezone(datetime.timedelta(hours=8))
_ECHO, _LOOP = "bare ASGI echo of the same POST", "bare SQLite insert loop, 64 a commit, FULL"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"


def run(smoke: bool = False) -> Iterator[Row | str]:
    """Rows in reservations/s and ms."""
    seconds = 0.5 if smoke else 10.0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="baimai-bench-")))
        ours = stack.enter_context(started(["-m", "bench.parking_server", str(folder)]))
        bare = stack.enter_context(started(["-m", "bench.echo_server"]))
        clients = Clients(json.loads((folder / "tokens.json").read_text()))
        _ready(int(ours.said))
        talk(int(ours.said), clients.at_once, CLIENTS, seconds / 10)
        echo = talk(int(bare.said), clients.at_once, CLIENTS, seconds / 2)
        before = processor_seconds(ours.pid)
        at_once = talk(int(ours.said), clients.at_once, CLIENTS, seconds)
        cost = (processor_seconds(ours.pid) - before) / len(at_once.statuses) * 1e6
        pairs = talk(int(ours.said), clients.hold_and_confirm, CLIENTS, seconds)
        hot = talk(int(ours.said), clients.hot, CLIENTS, seconds)
        inserts = _insert_loop(folder, seconds / 5)
    _check(at_once, {201})
    _check(pairs, {200, 201})
    _check(hot, {201, 409})
    rate = at_once.statuses.count(201) / at_once.seconds
    yield Row("reservations at once, beside an echo", rate, len(echo.statuses) / echo.seconds, _ECHO, "reservations/s", True)
    yield Row("reservations at once, beside inserts", rate, inserts, _LOOP, "reservations/s", True)
    yield Row("reservations at once", rate, 2000, "target", "reservations/s", True)
    yield Row("reservations, hold + confirm", pairs.statuses.count(200) / pairs.seconds, 2000, "target", "reservations/s", True)
    yield Row("acknowledged commands, hold + confirm", len(pairs.statuses) / pairs.seconds, 2000, "target", "commands/s", True)
    for name, talked in (("at once", at_once), ("hold + confirm", pairs)):
        yield Row(f"{name}, p99", talked.quantile(0.99), 100, "limit", "ms", False)
    yield Row("hot space, answers", len(hot.statuses) / hot.seconds, 2000, "target", "answers/s", True)
    yield Row("hot space, slowest", talked_max(hot), 250, "limit", "ms", False)
    yield Row("processor time of a reservation at once", cost, 500, "what the target leaves of one core", "µs", False)
    yield f"p50 at once {at_once.quantile(0.5):.1f} ms, max {talked_max(at_once):.0f} ms; hot space took {hot.statuses.count(201)}"


def talked_max(talked: Talked) -> float:
    """ms of the slowest answer."""
    return talked.quantile(1.0)


class Clients:
    """What 64 clients ask for."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._random, self._count = tokens, random.Random(5), 0
        self._now = time.time()

    def at_once(self, k: int) -> Talk:
        """One request a reservation."""
        while True:
            yield self._reserve(k, self._lot(), 3600, True)

    def hold_and_confirm(self, k: int) -> Talk:
        """Two."""
        while True:
            _, _, body = yield self._reserve(k, self._lot(), 3600, False)
            name = body[7 : body.index(b'"', 7)].decode()
            yield self._post(k, f"{PATH}/{name}/confirm", b"{}", 'if-match: "1"')

    def hot(self, k: int) -> Talk:
        """All want one space."""
        while True:
            yield self._reserve(k, f'"lot_id":"hot","place_id":"{HOT}"', 900, True)

    def _lot(self) -> str:
        lot = self._random.randrange(LOTS)
        return f'"lot_id":"L{lot}","place_id":"L{lot}.1"'

    def _reserve(self, k: int, where: str, length: int, confirm: bool) -> bytes:
        self._count += 1
        start = int(self._now) // 900 * 900 + 900 * self._random.randrange(8, 1300)
        begin, end = (datetime.datetime.fromtimestamp(at, _ZONE).isoformat() for at in (start, start + length))
        letter, number = divmod(self._count, 100_000)
        plate = f'"plate":{{"text":"鲁{_LETTERS[letter % 24]}{number:05}","color":"blue"}}'
        body = f'{{{where},"from":"{begin}","to":"{end}",{plate},"confirm":{str(confirm).lower()}}}'
        return self._post(k, PATH, body.encode(), f"idempotency-key: {os.urandom(8).hex()}")

    def _post(self, k: int, path: str, body: bytes, *headers: str) -> bytes:
        lines = (
            f"POST {path} HTTP/1.1", "host: localhost", f"authorization: Bearer {self._tokens[k]}", "content-type: application/json",
            f"content-length: {len(body)}", *headers, "", "",
        )  # fmt: skip
        return "\r\n".join(lines).encode() + body


def _ready(port: int) -> None:
    end = time.monotonic() + 120
    while ask(port, request("/v1/parking/lots?limit=1"))[0] != 200:
        if time.monotonic() > end:
            raise RuntimeError("parking did not start")
        time.sleep(0.1)


def _check(talked: Talked, allowed: set[int]) -> None:
    wrong = set(talked.statuses) - allowed
    if wrong:
        raise RuntimeError(f"answers of status {sorted(wrong)}")


def _insert_loop(folder: Path, seconds: float) -> float:
    """Rows/s of the least that is durable: one table, one index, 64 rows a commit."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for statement in ("pragma journal_mode = wal", "pragma synchronous = full", "create table r (id text primary key, body blob)"):
        connection.execute(statement)
    rows, begun = 0, time.perf_counter()
    while time.perf_counter() < begun + seconds:
        connection.execute("begin immediate")
        for _ in range(64):
            rows += 1
            connection.execute("insert into r values (?, ?)", (f"{rows:012x}", b"x" * 300))
        connection.execute("commit")
    elapsed = time.perf_counter() - begun
    connection.close()
    return rows / elapsed
