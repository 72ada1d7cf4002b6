"""A whole engine process around the tiny city: real City, real routes, a clock of its own, on a real port."""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from server.app import create_app
from server.bootstrap import build
from server.settings import Settings
from tests.support.live_server import served
from tests.support.tiny_city import tiny_network

MONDAY = datetime.datetime(2026, 4, 27, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp()


def at(clock: str) -> float:
    """Epoch s of HH:MM:SS on a Monday of the tiny city's timetable."""
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    return MONDAY + hours * 3600 + minutes * 60 + seconds


class RunningCity:
    """`now` is what the engine takes for the time; it steps only when told to, unless `step_seconds` is set."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        self.now = at("07:00:00")
        self.settings = Settings(data_dir=directory, **{"step_seconds": 3600.0, **settings})
        self.runtime = build(self.settings, tiny_network(), lambda: self.now)
        self.app = create_app(self.runtime)
        self.key, _ = self.runtime.keys.create_key(("positions", "operations"), "test", self.now)
        self.address = ""
        self.http: httpx.AsyncClient

    @asynccontextmanager
    async def open(self) -> AsyncIterator[RunningCity]:
        """Serve it; the first step is done."""
        async with (
            served(self.app, self.settings) as self.address,
            httpx.AsyncClient(base_url=f"http://{self.address}", timeout=30) as self.http,
        ):
            while (await self.http.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.01)
            yield self

    async def get(self, path: str, **parameters: Any) -> httpx.Response:
        """GET."""
        return await self.http.get(path, params=parameters or None)

    async def post(self, body: bytes, **headers: str) -> httpx.Response:
        """POST positions with the key."""
        return await self.http.post("/v1/positions", content=body, headers={"x-api-key": self.key, **headers})

    async def drive(self, vehicle: str, places: Sequence[tuple[str, float, float]], **more: Any) -> None:
        """Post a vehicle's fixes, one a step: (HH:MM:SS, lat, lon)."""
        for clock, lat, lon in places:
            self.now = at(clock)
            row = {"vehicle_id": vehicle, "timestamp_unix": self.now, "lat": lat, "lon": lon, **more}
            answer = await self.post(json.dumps([row]).encode())
            assert answer.json()["accepted"] == 1, answer.text
            await self.step()

    async def step(self) -> None:
        """One step of the engine at `now`."""
        await self.runtime.pipeline.step()


EASTBOUND = [
    ("07:00:10", 36.7100, 117.5303), ("07:01:00", 36.7100, 117.5330), ("07:01:40", 36.7100, 117.5355),
    ("07:02:10", 36.7100, 117.5372), ("07:02:50", 36.7100, 117.5390),
]  # fmt: skip
"""A bus of line 1 on trip 1E-0700, from the first stop past the second."""
