"""Citizens that fight over HTTP for one to three hot places: a process of them writes down everything they asked and heard.

`python -m tests.support.parking_clients '{…}'` (fields of `Orders`) ends when its attempts are made, or when told `stop` on standard
input; its notes are then in the file it was named.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from tests.support.parking_listener import Listener
from tests.support.parking_talk import Attempt, Talk

QUARTER = 900
LIVE = 3
"""reservations of a citizen at a time: their places fall free again"""


class Orders(msgspec.Struct):
    """What a process of citizens is to do."""

    port: int
    tokens: dict[str, str]
    """of each citizen"""
    notes: str
    attempts: int
    seed: int
    base: int
    """epoch s of the quarter of an hour that all began in"""
    places: tuple[str, ...]
    lot: str = "free"
    cuts: float = 0.05
    """part of the attempts whose connection is cut before the answer"""
    hears: float = 0.1
    """part of the reservations that are listened to on the WebSocket"""
    waits: float = 0.04
    """part of the new reservations that are entries of the waiting list"""
    stays: bool = True
    """whether citizens come and go"""


class Notes(msgspec.Struct):
    """What they wrote down."""

    attempts: list[Attempt]
    heard: dict[str, list[tuple[int, str]]]
    """(sequence, data) by topic, as heard on the WebSocket"""


class Citizen:
    """Two devices of one person."""

    def __init__(self, name: str, orders: Orders, notes: list[Attempt], listener: Listener, stop: asyncio.Event) -> None:
        self._name, self._orders, self._notes, self._listener, self._stop = name, orders, notes, listener, stop
        self._random = random.Random(f"{orders.seed} {name}")
        token = orders.tokens[name]
        self._talks = [Talk(orders.port, token, notes.append, self._random, orders.cuts) for _ in range(2)]
        self._mine: dict[str, Attempt] = {}
        """reservations that have not ended, as last answered"""
        self._old: list[Attempt] = []
        self._wishes = self._plates = 0

    async def run(self, attempts: int) -> None:
        """So many attempts, more or less."""
        aim = len(self._notes) + attempts
        while len(self._notes) < aim and not self._stop.is_set():
            if len(self._mine) >= LIVE or (self._mine and self._random.random() < 0.6):
                await self._go_on(self._random.choice(list(self._mine.values())))
            elif self._old and self._random.random() < 0.1:
                await self._again(self._random.choice(self._old[-20:]))
            else:
                await self._begin()
        for talk in self._talks:
            talk.close()

    async def _begin(self) -> None:
        chance, orders = self._random, self._orders
        waits = chance.random() < orders.waits
        first = chance.randrange(5, 12) if waits else chance.randrange(12)
        last = first + chance.randint(1, 3) if first > 3 else chance.randint(5, 8)
        start, end = orders.base + first * QUARTER, orders.base + last * QUARTER
        wish: dict[str, Any] = {"lot_id": orders.lot, "from": moment(start), "to": moment(end), "plate": self._plate()}
        if not waits:
            wish |= {"place_id": chance.choice(orders.places), "confirm": chance.random() < 0.6}
        one = self._wish("wait" if waits else "reserve", "", None, json.dumps(wish), str(wish.get("place_id", "")), start, end)
        twice = chance.random() < 0.05
        told = await (self._twice(one) if twice else self._surely(one))
        if told is not None and told.done:
            self._take(told)
            if chance.random() < orders.hears:
                self._listener.add(self._name, told.name)

    async def _go_on(self, known: Attempt) -> None:
        state, chance = str(known.text["state"]), self._random
        kind = chance.choice({
            "hold": ("confirm", "confirm", "cancel", "plate"), "offered": ("confirm", "cancel"), "waiting": ("see", "see", "cancel"),
            "confirmed": ("cancel", "cancel", "extend", "plate", "check-in", "see", "cancel"), "checked_in": ("check-out", "extend"),
        }.get(state, ("see",)))  # fmt: skip
        if kind == "check-in" and (not self._orders.stays or known.start > self._orders.base + QUARTER):
            kind = "extend"
        if kind == "see" or chance.random() < 0.03:
            await self._see(known)
            return
        if chance.random() < 0.05:
            await asyncio.gather(self._act(known, kind, 0), self._act(known, "cancel", 1))
        else:
            await self._act(known, kind, 0, spoilt=known.tag > 1 and chance.random() < 0.05)

    async def _act(self, known: Attempt, kind: str, device: int, spoilt: bool = False) -> None:
        start, end, said = known.start, known.end, {}
        if kind == "extend":
            end += QUARTER
            said = {"to": moment(end)}
        elif kind == "plate":
            said = self._plate()
        elif kind == "check-in":
            at = int(time.time())
            said, start = {"at": moment(at)}, min(start, at)
        key = self._random.random() < 0.9
        one = self._wish(kind, known.name, known.tag - spoilt, json.dumps(said), known.place, start, end, key, spoilt)
        told = await self._surely(one, device)
        if told is None or not told.done:
            await self._see(known, device)
        else:
            self._take(told)

    async def _see(self, known: Attempt, device: int = 0) -> None:
        told = await self._surely(self._wish("see", known.name, None, "", known.place, known.start, known.end, key=False), device)
        if told is not None and told.done:
            self._take(told)

    async def _again(self, old: Attempt) -> None:
        """The same key once more, with the same body or another."""
        one = msgspec.structs.replace(old, answered=None, status=0, code="", digest="", tag=0, text={})
        if self._random.random() < 0.4:
            said = json.loads(one.body)
            said["plate" if "plate" in said else "at"] = self._plate() if "plate" in said else "2030-01-01T00:00:00Z"
            one.body, one.spoilt = json.dumps(said), True
        await self._surely(one)

    async def _twice(self, one: Attempt) -> Attempt | None:
        """On two connections at once."""
        other = msgspec.structs.replace(one)
        told = [await asked for asked in asyncio.as_completed([self._surely(one), self._surely(other, 1)])]
        return next((each for each in told if each is not None and each.done), told[0])

    async def _surely(self, one: Attempt, device: int = 0) -> Attempt | None:
        """Asks until there is an answer, with the same key. None: nobody will ever know."""
        while True:
            told = await self._talks[device].ask(one)
            if told.answered is not None and told.status != 503 and told.code != "in_flight":
                return told
            if not one.key and one.kind != "see":
                return None
            if told.answered is not None:
                await asyncio.sleep(0.01 if told.code == "in_flight" else 0.05)
            if self._stop.is_set():
                return None
            one = msgspec.structs.replace(one, answered=None, status=0, code="", digest="", tag=0, text={})

    def _take(self, told: Attempt) -> None:
        """How a reservation stands."""
        told.name, text = str(told.text["id"]), told.text
        if told.key:
            self._old.append(msgspec.structs.replace(told, name="" if told.kind in ("reserve", "wait") else told.name))
        known = self._mine.get(told.name)
        if known is not None and known.tag > told.tag:
            return
        told = msgspec.structs.replace(told, place=str(text["place_id"] or ""), start=epoch(text["from"]), end=epoch(text["to"]))
        if text["state"] in ("hold", "offered", "waiting", "confirmed", "checked_in"):
            self._mine[told.name] = told
        else:
            self._mine.pop(told.name, None)

    def _wish(self, kind: str, name: str, match: int | None, body: str, place: str, start: int, end: int, key: bool = True,
              spoilt: bool = False) -> Attempt:  # fmt: skip
        self._wishes += 1
        named = f"{self._name}-{self._orders.seed}-{self._wishes}" if key else ""
        return Attempt(self._name, self._wishes, kind, named, body, name, match, place, start, end, 0.0, spoilt=spoilt)

    def _plate(self) -> dict[str, str]:
        self._plates += 1
        return {"text": f"{self._name.upper()}X{self._plates}", "color": "other"}


def moment(at: int) -> str:
    """RFC 3339."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def epoch(text: str) -> int:
    """s."""
    return int(datetime.fromisoformat(text).timestamp())


async def fight(orders: Orders) -> Notes:
    """All of them."""
    notes: list[Attempt] = []
    stop, listener = asyncio.Event(), Listener(orders.port, orders.tokens)
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, stop.set)
    listening = asyncio.create_task(listener.run())
    each = orders.attempts // len(orders.tokens)
    aims = [Citizen(name, orders, notes, listener, stop).run(each * len(orders.tokens)) for name in orders.tokens]
    await asyncio.gather(*aims)
    newest: dict[str, int] = {}
    for one in notes:
        if one.done:
            newest[str(one.text["id"])] = max(one.tag, newest.get(str(one.text["id"]), 0))
    await listener.end(newest)
    listening.cancel()
    return Notes(notes, listener.heard)


def main() -> None:
    """The process."""
    orders = msgspec.json.decode(sys.argv[1], type=Orders)
    Path(orders.notes).write_bytes(msgspec.json.encode(uvloop.run(fight(orders))))


if __name__ == "__main__":
    main()
