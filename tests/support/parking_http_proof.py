"""Proofs over HTTP that tests run for seconds and `python -m bench parking_proof` for long: processes of citizens fight for hot places
of one server process, which is killed under them as often as is wished; then every answer is held against what is stored."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psycopg

from tests.support.parking_clients import QUARTER, Notes, Orders
from tests.support.parking_http_history import Checker
from tests.support.parking_rows import rows_of
from tests.support.parking_site import BY_ID, ROOT, Site


class Fought(NamedTuple):
    """What was tried, and what came of it."""

    attempts: int
    acknowledged: int
    """carried out and told"""
    unanswered: int
    refused: Counter[str]
    """by code"""
    kills: int
    seconds: float
    heard: int
    """messages of topics"""
    violations: list[str]

    def clean(self) -> Fought:
        """Itself. Raises AssertionError when anything was violated."""
        assert not self.violations, "\n".join(self.violations[:20])
        return self

    def by_invariant(self) -> dict[str, int]:
        """How many violations of each."""
        return dict(Counter(one.partition(":")[0] for one in self.violations))


LONG = "BAIMAI_TEST_LONG" in os.environ
"""more cases than a test run of every day has time for"""


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Waits for what a busy machine takes its time for."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.05)


def stored(site: Site) -> int:
    """Reservations that are stored."""
    query = "select count(*) from reservations"
    if site.database:
        with psycopg.connect(site.database) as connection:
            found = connection.execute(query).fetchone()
    else:
        with closing(sqlite3.connect(f"file:{site.where}?mode=ro", uri=True, timeout=10)) as file:
            found = file.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def grown(site: Site, by: int = 5) -> None:
    """Waits until so many more reservations are stored."""
    before = stored(site)
    until(lambda: stored(site) >= before + by)


class Fight:
    """Processes of citizens under way."""

    def __init__(
        self, site: Site, attempts: int, seed: int, places: tuple[str, ...], processes: int, citizens: int, **more: Any
    ) -> None:  # fmt: skip
        self.site, self.random, self.kills = site, random.Random(seed), 0
        self._began = time.monotonic()
        self._notes: list[Path] = []
        self._processes = []
        base = int(time.time()) // QUARTER * QUARTER
        for k in range(processes):
            path = site.folder / f"notes-{seed}-{k}.json"
            names = [f"{'abcdefgh'[k]}{seed % 100:02}{number}" for number in range(citizens)]
            tokens = {name: site.token(name) for name in names}
            told = Orders(site.port, tokens, str(path), attempts // processes, seed, base, places, **more)
            command = [sys.executable, "-m", "tests.support.parking_clients", msgspec.json.encode(told).decode()]
            self._processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, cwd=ROOT))
            site.visitors.append(self._processes[-1])
            self._notes.append(path)

    @property
    def going_on(self) -> bool:
        """Whether anybody still fights."""
        return any(one.poll() is None for one in self._processes)

    def kill(self, after: float) -> None:
        """−9 of the server a while after it carried something out; it comes back."""
        grown(self.site)
        time.sleep(after)
        self.site.kill()
        self.kills += 1
        self.site.start()

    def end(self, stop: bool = False, seconds: float = 600.0) -> Fought:
        """When they are done, or told to stop."""
        for one in self._processes:
            assert one.stdin is not None
            if stop:
                one.stdin.write(b"stop\n")
                one.stdin.flush()
        for one in self._processes:
            assert one.wait(seconds) == 0
            assert one.stdin is not None
            one.stdin.close()
        elapsed = time.monotonic() - self._began
        hold_s = self.site.options.get("hold_s", 600)
        if hold_s < 10:
            time.sleep(hold_s + 1.5)  # what is due by then is done
        notes = [msgspec.json.decode(path.read_bytes(), type=Notes) for path in self._notes]
        for path in self._notes:
            path.unlink()
        return judged(self.site, notes, self.kills, elapsed, hold_s)


def judged(site: Site, notes: list[Notes], kills: int, seconds: float, hold_s: int = 600) -> Fought:
    """Notes of all, against what is stored."""
    attempts = [one for each in notes for one in each.attempts]
    heard = {topic: told for each in notes for topic, told in each.heard.items() if told}
    found = Checker(attempts, heard, rows_of(site.where), BY_ID, hold_s).check()
    refused = Counter(one.code for one in attempts if one.answered is not None and one.status >= 400)
    done, unknown = sum(one.done for one in attempts), sum(one.answered is None for one in attempts)
    return Fought(len(attempts), done, unknown, refused, kills, seconds, sum(map(len, heard.values())), found)


@contextmanager
def running(site: Site, **more: Any) -> Any:
    """The site with its server, which is gone afterwards."""
    site.start(**more)
    try:
        yield site
    finally:
        for visitor in site.visitors:  # who is still there when a test failed
            if visitor.poll() is None:
                visitor.kill()
                visitor.wait()
            if visitor.stdin is not None:
                visitor.stdin.close()
        site.visitors.clear()
        site.kill()


def fought(
    site: Site, attempts: int, seed: int, places: tuple[str, ...], kills: int = 0, processes: int = 2, citizens: int = 8,
    every: tuple[float, float] = (0.1, 0.6), **orders: Any,
) -> Fought:  # fmt: skip
    """A fight of so many attempts, or, with `kills`, until the server has died so often."""
    with running(site):
        fight = Fight(site, 10**9 if kills else attempts, seed, places, processes, citizens, **orders)
        for _ in range(kills):
            fight.kill(fight.random.uniform(*every))
        if kills:
            grown(site)
        return fight.end(stop=bool(kills))


def crash_postgres(site: Site, after: float) -> None:
    """A while from now, −9 of the process that serves this server's connection: all of PostgreSQL stops and recovers from its log. Of a
    PostgreSQL that is elsewhere, all connections are cut. Until the server answers again by itself."""
    time.sleep(after)
    with psycopg.connect(site.database, autocommit=True) as connection:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        if os.environ.get("BAIMAI_TEST_POSTGRES"):
            connection.execute(f"SELECT pg_terminate_backend(pid) {others}")
        else:
            for (pid,) in connection.execute(f"SELECT pid {others} ORDER BY backend_start LIMIT 1").fetchall():
                os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    site.wait()


HOT = (("S1",), ("S1", "P1"), ("S1", "S2", "P1"))


def long_fight(attempts: int, seed: int, each: int = 10_000) -> list[Fought]:
    """Rounds of `each`, every one on a server and a database of its own, on one, two and three hot places in turn."""
    rounds: list[Fought] = []
    while sum(one.attempts for one in rounds) < attempts:
        with tempfile.TemporaryDirectory(prefix="baimai-proof-") as folder:
            left = attempts - sum(one.attempts for one in rounds)
            k = len(rounds)
            rounds.append(fought(Site(Path(folder)), min(each, max(left, 500)), seed + k, HOT[k % 3], citizens=16))
    return rounds
