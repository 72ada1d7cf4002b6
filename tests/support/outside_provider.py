"""A payment provider that is elsewhere: its books outlive the server that asks it, and what it promises is kept whoever dies.

It is the simulated provider behind a socket: a JSON array a line, answered by one line or by nothing. Its notices go to the server over
HTTP, lost, repeated, late and out of order; one that is not taken comes again.
"""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import Callable, Mapping
from typing import Any

from server.parking.provider import NoAnswer, Notice, Order, Standing
from server.parking.simulated_provider import Manners, SimulatedProvider

SECRET = b"outside"
_AGAIN = 0.5
"""s until a notice that was not taken comes again"""


class RemoteProvider:
    """The server's side; see Provider."""

    def __init__(self, address: str, clock: Callable[[], float]) -> None:
        self._port = int(address)
        self._reader = SimulatedProvider(SECRET, clock, 0)

    async def create(self, payment_id: str, amount: int, expires: int) -> Order:
        return _order(await self._ask("create", payment_id, amount, expires))

    async def query(self, payment_id: str) -> Order:
        return _order(await self._ask("query", payment_id))

    async def refund(self, key: str, payment_id: str, amount: int) -> Standing:
        return Standing(await self._ask("refund", key, payment_id, amount))

    async def transfer(self, key: str, holder: str, amount: int) -> Standing:
        return Standing(await self._ask("transfer", key, holder, amount))

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        return self._reader.read_notice(headers, body)

    async def _ask(self, *said: Any) -> Any:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            writer.write(json.dumps(said).encode() + b"\n")
            line = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
        except (OSError, TimeoutError):
            line = b""
        if not line:
            raise NoAnswer("the provider did not answer")
        found = json.loads(line)
        if "wrong" in found:
            raise ValueError(found["wrong"])
        return found["right"]


def _order(fields: list[Any]) -> Order:
    return Order(fields[0], Standing(fields[1]), *fields[2:])


class OutsideProvider:
    """The provider's side. `clock`: epoch s. `send(body, headers)` posts a notice and says whether it was taken."""

    def __init__(self, clock: Callable[[], float], seed: int, manners: Manners) -> None:
        self.books, self._clock = SimulatedProvider(SECRET, clock, seed, manners), clock
        self._again: list[tuple[float, int, bytes]] = []
        self._count = 0
        self.port, self.taken, self.sent = 0, 0, 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listens on `port`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """It answers nobody."""
        assert self._server is not None
        self._server.close()

    async def deliver(self, send: Callable[[bytes, dict[str, str]], Any]) -> None:
        """Notices whose time has come, until cancelled."""
        while True:
            now = self._clock()
            for _, body in self.books.notices():
                heapq.heappush(self._again, (now, self._next(), body))
            while self._again and self._again[0][0] <= now:
                body = heapq.heappop(self._again)[2]
                self.sent += 1
                if await send(body, self.books.sign(body, int(now))):
                    self.taken += 1
                else:
                    heapq.heappush(self._again, (now + _AGAIN, self._next(), body))
            await asyncio.sleep(0.05)

    def _next(self) -> int:
        self._count += 1
        return self._count

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name, *rest = json.loads(await reader.readline() or b'["nothing"]')
        try:
            said = {"right": await getattr(self.books, name)(*rest)}
            writer.write(json.dumps(said).encode() + b"\n")
        except ValueError as wrong:
            writer.write(json.dumps({"wrong": str(wrong)}).encode() + b"\n")
        except (NoAnswer, AttributeError):
            pass
        writer.close()
