"""Keeps what the engine learned: from the file of earlier days at the start, to it every few minutes and at the end.

A server that nobody attends must start whatever lies there: a damaged file is put aside under another name and told in the log.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import structlog

from server.city import City
from transit.errors import HistoryFormatError
from transit.network import Network

LEARNED = "learned.npz"
"""its name in the data directory"""
DAMAGED = ".damaged"
EVERY = 600.0
"""s between two writings: what a crash forgets at most"""
Ask = Callable[[Callable[[], bytes]], asyncio.Future[bytes]]


def recalled_city(network: Network, path: Path) -> City:
    """An engine that knows what the file says; one that knows the timetable only where there is none, or none that can be read."""
    log = structlog.get_logger()
    try:
        with path.open("rb") as file:
            city = City(network, history=file)
        log.info("recalled", file=str(path), days=city.days_learned)
        return city
    except FileNotFoundError:
        return City(network)
    except HistoryFormatError as wrong:
        path.replace(path.with_name(path.name + DAMAGED))
        log.error("history_put_aside", file=str(path), kept_as=path.name + DAMAGED, reason=wrong.reason)
        return City(network)


def write_whole(path: Path, data: bytes) -> None:
    """The whole file or none of it, on the disk when this returns; its folder is made when it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class LearnedStore:
    """Writes the history file of one engine. `ask` runs a question in the engine's thread, between two steps."""

    def __init__(self, path: Path, learned: Callable[[], bytes], ask: Ask, seconds: float = EVERY) -> None:
        self._path, self._learned, self._ask, self._seconds = path, learned, ask, seconds

    async def run(self) -> None:
        """Until cancelled: every so many seconds."""
        while True:
            await asyncio.sleep(self._seconds)
            await asyncio.to_thread(write_whole, self._path, await self._ask(self._learned))

    def finish(self) -> None:
        """Once more, when the engine has stopped for good."""
        write_whole(self._path, self._learned())
