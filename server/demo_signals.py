"""The signals of the demo: their files in the data directory, the hours before the start, and from then on events over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import orjson
import structlog

from feeds.signals.simulated import SimulatedSignals
from feeds.simulated import District
from feeds.simulated_signals import district_signals, inventory_files, road_files
from server.background import Background
from server.signals.engine import SignalEngine
from server.signals.inbox import Delivery, SignalInput
from server.signals.judging import Judge
from server.signals.snapshot import SignalSnapshot
from signals.kernels.columns import EventColumns

PAST = 2 * 3_600_000
"""ms taken in before the start: as much as the engine keeps"""
_STEP, _JUDGED = 60_000, 900_000
"""ms of the past a step, and between two verdicts of every controller"""
_PATIENCE, _EVERY = 10.0, 0.25
"""s for an answer, and between two requests"""


class DemoSignals:
    """Of a district that starts at `now` (epoch s)."""

    def __init__(self, district: District, seed: int, now: float) -> None:
        self._streets, self._seed, self._now = district.streets, seed, int(now * 1000)
        self._signals: SimulatedSignals = district_signals(district.streets, seed, self._now - PAST)

    def write_files(self, data_dir: Path) -> None:
        """What a bureau would hand in."""
        folder = data_dir / "signals"
        folder.mkdir(parents=True, exist_ok=True)
        files = inventory_files(self._streets, self._signals, self._now / 1000) | road_files(self._streets, self._seed)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")

    def warm_up(self, engine: SignalEngine, judge: Judge) -> None:
        """Take the past straight into the engine, with verdicts on the way. Its inventory is the one written by `write_files`."""
        self._rows = rows = np.array([engine.inventory.device_index[name] for name in self._signals.inventory.device_ids], np.int32)
        snapshot: SignalSnapshot | None = None
        for until in range(self._now - PAST + _STEP, self._now + 1, _STEP):
            events = self.events(until)
            told = judge.weigh_next(snapshot, len(rows)) if snapshot is not None and (until - self._now) % _JUDGED == 0 else []
            given = Delivery(until, events)
            snapshot = engine.step(until, SignalInput((given,), (), tuple(told)))

    def events(self, until: int) -> EventColumns:
        """What is logged up to then (epoch ms), with the rows of the engine's inventory."""
        found = self._signals.advance(until)
        return found._replace(device=self._rows[found.device])

    def records(self, events: EventColumns) -> list[dict[str, float | int | str]]:
        """Events as they are posted."""
        ids = self._signals.inventory.device_ids
        return [
            {"timestamp_unix": time / 1000, "device_id": ids[device], "event_code": code, "parameter": parameter}
            for time, device, code, parameter in zip(*(column.tolist() for column in events))
        ]

    def posting(
        self, base: str, key: str, clock: Callable[[], float], ready: Callable[[], bool], going: Callable[[], bool]
    ) -> Background:
        """A task that posts what is logged, from `ready()` on, as long as `going()`."""
        headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}

        async def post_signals() -> None:
            while not ready():
                await asyncio.sleep(0.05)
            async with httpx.AsyncClient(base_url=base, headers=headers, timeout=_PATIENCE, trust_env=False) as client:
                while going():
                    await self._post(client, self._signals.advance(int(clock() * 1000)), going)
                    await asyncio.sleep(_EVERY)

        return post_signals

    async def _post(self, client: httpx.AsyncClient, events: EventColumns, going: Callable[[], bool]) -> None:
        if not len(events.time):
            return
        try:
            (await client.post("/v1/signals/events", content=orjson.dumps(self.records(events)))).raise_for_status()
        except httpx.HTTPError as wrong:
            if going():
                reason = str(wrong) or type(wrong).__name__
                structlog.get_logger().warning("demo_signals_failed", reason=reason, events=len(events.time))
