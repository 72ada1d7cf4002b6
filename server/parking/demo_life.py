"""Life in the demo's car parks, over HTTP as everybody else's: barriers and sensors report, neighbours share, citizens book.

One request every second or so. A server that does not answer costs what was to be told then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import structlog

from feeds.parking.simulated import lots, tariffs
from feeds.parking.simulated_gates import SimulatedGates, capacities
from feeds.simulated_streets import Streets
from server.parking.demo import DemoIssuer, enter_lots
from server.parking.demo_citizens import DemoCitizens
from server.parking.demo_past import DAYS, write_past

_PATIENCE, _EVERY = 10.0, 1.0
"""s for an answer, and between two requests"""
_MOST = 500
"""events of one request"""


class DemoLife:
    """Of a demo whose clock (epoch s) is `clock`; the gates' past ends at its time now."""

    def __init__(self, issuer: DemoIssuer, seed: int, clock: Callable[[], float]) -> None:
        stalls = capacities((place.lot_id, place.capacity) for _, places in lots() for place in places)
        self.gates = SimulatedGates(stalls, seed, clock(), past=DAYS * 86_400)
        self._issuer, self._seed, self._clock = issuer, seed, clock

    def running(self, base: str, key: str, ready: Callable[[], bool], going: Callable[[], bool]) -> Callable[[], Any]:
        """A task that tells what happens, from `ready()` on, as long as `going()`."""

        async def live() -> None:
            while not ready():
                await asyncio.sleep(0.05)
            async with httpx.AsyncClient(base_url=base, timeout=_PATIENCE, trust_env=False) as client:
                while not await _open(client):
                    await asyncio.sleep(_EVERY)
                citizens = DemoCitizens(client, self._issuer, self.gates, np.random.default_rng([self._seed, 52]))
                await self._guarded(self.tell(client, key, *self.gates.opening()), going)
                await self._guarded(citizens.share(self._clock()), going)
                while going():
                    await self._guarded(self.step(client, key, citizens), going)
                    await asyncio.sleep(_EVERY)

        return live

    async def step(self, client: httpx.AsyncClient, key: str, citizens: DemoCitizens) -> None:
        """What happened since the step before. Raises httpx.HTTPError."""
        now = self._clock()
        await self.tell(client, key, *self.gates.advance(now))
        await citizens.step(now)

    async def tell(self, client: httpx.AsyncClient, key: str, events: list[Any], reports: list[Any]) -> None:
        """Counts first: passages after them go on from there. Raises httpx.HTTPError."""
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        parts = [("occupancy", {"reports": reports})] if reports else []
        parts += [("gate-events", {"events": events[k : k + _MOST]}) for k in range(0, len(events), _MOST)]
        for name, body in parts:
            (await client.post(f"/v1/parking/{name}", content=orjson.dumps(body), headers=headers)).raise_for_status()

    async def _guarded(self, told: Any, going: Callable[[], bool]) -> None:
        try:
            await told
        except httpx.HTTPError as wrong:
            if going():
                structlog.get_logger().warning("demo_parking_failed", reason=str(wrong) or type(wrong).__name__)


def begin_life(directory: Path, issuer: DemoIssuer, seed: int, clock: Callable[[], float], streets: Streets) -> DemoLife:
    """Enters car parks, what was learned of them and the streets between, before the service opens its data directory."""
    enter_lots(directory, lots(), clock, tariffs())
    life = DemoLife(issuer, seed, clock)
    write_past(directory, life.gates, lots(), streets)
    return life


async def _open(client: httpx.AsyncClient) -> bool:
    """Whether the service knows its car parks."""
    try:
        answer = await client.get("/v1/parking/lots")
    except httpx.HTTPError:
        return False
    return answer.is_success and bool(answer.json()["lots"])
