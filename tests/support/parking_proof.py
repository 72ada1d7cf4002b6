"""Proofs that tests run for seconds and `python -m bench parking_proof` for long: contended operations, and kill −9 under load."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from server.parking.store import Store
from tests.support.parking_history import Held, Operation, explain
from tests.support.parking_load import NOW, PLACES, ROOMS, StoreDriver, contend, furnish, noted, opened
from tests.support.parking_rows import rows_of

BY_ID = {one.id: one for one in PLACES}


def contended(
    where: str, stores: Sequence[Store], clients: int, operations: int, seed: int, spaces: Sequence[str] = tuple(ROOMS)
) -> int:
    """Clients fight for places of an empty database; raises AssertionError unless some order explains what they heard and every
    invariant holds of what is stored. Gives the number of operations."""
    furnish(stores[0])
    drivers = [StoreDriver(stores[k % len(stores)]) for k in range(clients)]
    history = contend(drivers, operations, seed, "c", spaces=spaces)
    rows = rows_of(where)
    rows.check(BY_ID, NOW)
    explain(history.operations, ROOMS, {}, {space: rows.held(space) for space in ROOMS})
    assert len(history.operations) >= operations // 2
    return operations


def killed(where: str, kills: int, seed: int, clients: int = 8, workers: int = 1, seconds: float = 0.5) -> tuple[int, int]:
    """A process (or several on one database) under load dies by kill −9 again and again. After each death: every answer that was heard
    is true, what was not answered is there whole or not at all. Gives (acknowledged, unanswered) operations."""
    store = opened(where)
    furnish(store)
    store.close()
    chance = random.Random(seed)
    before: dict[str, Held] = {}
    told = cut = 0
    for life in range(kills):
        mine = [f"{space}={claim[0]}" for space, held in before.items() for claim in held]
        lives = [_Life(where, seed * 1000 + life * 10 + k, clients, f"k{life}x{k}y", mine[k::workers]) for k in range(workers)]
        for one in lives:
            one.wait()
        time.sleep(chance.uniform(0.02, seconds))
        operations = [operation for one in lives for operation in one.kill()]
        if where.startswith("postgresql://"):
            time.sleep(0.2)  # the server finishes what the dead have sent
        store = opened(where)
        store.close()
        rows = rows_of(where)
        rows.check(BY_ID, NOW)
        after = {space: rows.held(space) for space in ROOMS}
        explain(operations, ROOMS, before, after)
        told += sum(one.outcome != "unknown" for one in operations)
        cut += sum(one.outcome == "unknown" for one in operations)
        before = after
    return told, cut


class _Life:
    """A process under load, what it tells collected."""

    def __init__(self, where: str, seed: int, clients: int, prefix: str, mine: list[str]) -> None:
        command = [sys.executable, "-m", "tests.support.parking_load", where, str(seed), str(clients), "1000000", prefix, *mine]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
        self.lines: list[str] = []
        self._heard = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if line.startswith("a "):
                self._heard.set()
        self._heard.set()

    def wait(self) -> None:
        """Until it has answered somebody."""
        assert self._heard.wait(60)

    def stop(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after a while."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> list[Operation]:
        """−9; what it had told."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return noted(self.lines)


def stopped(where: str, seed: int, workers: int) -> int:
    """Processes under load, one of which is stopped for a second and goes on; gives the acknowledged operations."""
    store = opened(where)
    furnish(store)
    store.close()
    lives = [_Life(where, seed + k, 6, f"s{k}y", []) for k in range(workers)]
    for one in lives:
        one.wait()
    for _ in range(2):
        lives[0].stop(1.0)
        time.sleep(0.5)
    operations = [operation for one in lives for operation in one.kill()]
    time.sleep(0.2)
    rows = rows_of(where)
    rows.check(BY_ID, NOW)
    explain(operations, ROOMS, {}, {space: rows.held(space) for space in ROOMS})
    return sum(one.outcome != "unknown" for one in operations)


def million(operations: int, clients: int, seed: int) -> int:
    """Contended operations on SQLite stores of 20,000 operations each, on one, two and three hot places in turn."""
    done = 0
    hot = (("S1",), ("S1", "P1"), ("S1", "S2", "P1"))
    while done < operations:
        with tempfile.TemporaryDirectory() as folder:
            where = f"{folder}/parking.db"
            store = opened(where)
            done += contended(where, [store], clients, min(20_000, operations - done), seed + done, hot[done // 20_000 % 3])
            store.close()
    return done
