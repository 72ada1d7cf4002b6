"""Clients that fight for one to three hot places, and notes of what each asked and heard.

`python -m tests.support.parking_load STORE SEED CLIENTS OPERATIONS PREFIX` is a process that does so until it is done or killed, and
tells every call and every answer on standard output the moment it happens. STORE is a file (SQLite) or a postgresql:// address.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from parking.booking import Hold, cancel, hold
from parking.model import Account, PlateColor
from parking.payments import captured
from parking.records import Interval, Lot, Place, Plate, Quote, Terms
from parking.refusals import Code, Refusal
from parking.rules import Rules
from parking.unit import Unit
from server.parking.postgres_store import PostgresStore
from server.parking.sqlite_store import SqliteStore
from server.parking.store import Store
from tests.support.parking_history import OK, REFUSED, History, Operation

RULES = Rules(most_holds=1_000_000, hold_s=80_000)
DAY0, QUARTER = 1_893_456_000, 900
"""2030-01-01: the clock of these runs stands a day before it"""
NOW = DAY0 - 86_400
PLACES = (Place("S1", "L1", 1, numbered=True), Place("S2", "L1", 1, numbered=True), Place("P1", "L1", 3, slot_s=QUARTER))
ROOMS = {one.id: one.room for one in PLACES}
TERMS = Terms(501, refund_steps=((3600, 67),), shares=((Account.OWNER, "o", 3333), (Account.PLATFORM, "", 6667)))


class Driver(Protocol):
    """How a client asks: of a store in its own process, or over HTTP. Each returns the outcome for the history; what it raises leaves
    the outcome unknown."""

    def claim(self, space: str, name: str, start: int, end: int) -> str:
        """Reserves."""

    def pay(self, name: str) -> None:
        """Pays for it, perhaps twice."""

    def free(self, name: str) -> str:
        """Cancels."""


class StoreDriver:
    """Commands straight to a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim(self, space: str, name: str, start: int, end: int) -> str:
        try:
            self._store.submit(partial(_claim, space, name, Interval(start, end))).result(120)
        except Refusal as refused:
            if refused.code is not Code.TAKEN:
                raise
            return REFUSED
        return OK

    def pay(self, name: str) -> None:
        self._store.submit(lambda unit, now: captured(unit, name, f"pay-{name}", 501, now)).result(120)

    def free(self, name: str) -> str:
        self._store.submit(lambda unit, now: cancel(unit, name, None, now)).result(120)
        return OK


def _claim(space: str, name: str, wanted: Interval, unit: Unit, now: int) -> None:
    unit.put_quote(Quote(name, name, "L1", space, wanted, TERMS, now, now + 900))
    hold(unit, Hold(name, name, name, Plate(name.encode(), b"", "鲁A·1**45", PlateColor.BLUE)), now, RULES)


def furnish(store: Store) -> None:
    """The lot and its places."""
    store.submit(_furnish).result(60)


def _furnish(unit: Unit, now: int) -> None:
    unit.put_lot(Lot("L1", "东站", 36.7, 117.5))
    for one in PLACES:
        unit.put_place(one)


def opened(where: str) -> Store:
    """The store; its clock stands still at NOW, so that no hold lapses."""
    if where.startswith("postgresql://"):
        return PostgresStore(where, lambda: NOW)
    return SqliteStore(Path(where), lambda: NOW)


def contend(drivers: Sequence[Driver], operations: int, seed: int, prefix: str, note: Callable[[str], None] | None = None,
            spaces: Sequence[str] = tuple(ROOMS), mine: Sequence[tuple[str, str]] = ()) -> History:  # fmt: skip
    """One client a driver; together some `operations` calls. `mine`: (space, name) of claims from before that may be freed."""
    history = History()
    threads = [
        threading.Thread(target=_client, args=(driver, history, operations // len(drivers), seed * 1000 + k, f"{prefix}{k}", note,
                                               spaces, list(mine[k :: len(drivers)])))
        for k, driver in enumerate(drivers)
    ]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return history


def _client(driver: Driver, history: History, operations: int, seed: int, prefix: str, note: Callable[[str], None] | None,
            spaces: Sequence[str], mine: list[tuple[str, str]]) -> None:  # fmt: skip
    chance = random.Random(seed)
    done = 0
    while done < operations:
        if mine and chance.random() < 0.25 + 0.1 * len(mine):
            space, name = mine.pop(chance.randrange(len(mine)))
            if chance.random() < 0.3:
                driver.pay(name)
                done += 1
            call, ask = history.call(space, "free", name), partial(driver.free, name)
        else:
            space, name = chance.choice(spaces), f"{prefix}-{done}"
            start = DAY0 + chance.randrange(12) * QUARTER
            end = start + chance.randint(1, 3) * QUARTER
            call, ask = history.call(space, "claim", name, start, end), partial(driver.claim, space, name, start, end)
        with call as one:
            if note:
                note(f"i {one.space} {one.kind} {one.name} {one.start} {one.end} {one.invoked}")
            one.outcome = ask()
        if note:
            note(f"a {one.kind} {one.name} {one.outcome} {one.answered}")
        if one.kind == "claim" and one.outcome == OK:
            mine.append((space, name))
        done += 1


def noted(text: Iterable[str]) -> list[Operation]:
    """The operations of a process, from what it told; a line cut off by its end is left out."""
    found: dict[tuple[str, str], Operation] = {}
    for line in text:
        if not line.endswith("\n"):
            continue
        kind, *words = line.split()
        if kind == "i":
            space, what, name, start, end, invoked = words
            found[what, name] = Operation(space, what, name, int(start), int(end), float(invoked))
        elif kind == "a":
            what, name, outcome, answered = words
            found[what, name].outcome, found[what, name].answered = outcome, float(answered)
    return list(found.values())


def main() -> None:
    """The process."""
    where, seed, clients, operations, prefix, *held = sys.argv[1:]
    store = opened(where)
    drivers = [StoreDriver(store)] * int(clients)
    os.write(1, f"ready {time.perf_counter()}\n".encode())
    mine = [tuple(one.split("=")) for one in held]
    contend(drivers, int(operations), int(seed), prefix, lambda line: os.write(1, f"{line}\n".encode()) and None, mine=mine)  # type: ignore[arg-type]
    store.close()


if __name__ == "__main__":
    main()
