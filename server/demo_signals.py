"""The signals of the demo: their files in the data directory, the hours before the start, and from then on what is sent over HTTP.

A few controllers are told of as GA/T 1049.2 does, by states and counts; the others by hi-res events.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import orjson
import structlog

from feeds.signals.gat1049_json import COUNTS, decode_reports
from feeds.signals.last_reports import LastReports
from feeds.signals.reports import Source
from feeds.signals.simulated import SimulatedSignals
from feeds.signals.site import Site
from feeds.simulated import District
from feeds.simulated_signals import district_signals, inventory_files, road_files
from server.background import Background
from server.demo_gat1049 import Gat1049Sender
from server.signals.engine import SignalEngine
from server.signals.inbox import Delivery, SignalInput
from server.signals.judging import Judge
from server.signals.snapshot import SignalSnapshot
from signals.kernels.columns import EventColumns

PAST = 2 * 3_600_000
"""ms taken in before the start: as much as the engine keeps"""
GAT1049 = (15, 16, 17)
"""controllers, of 18 from the middle outwards, that a system of GA/T 1049.2 tells of"""
_STEP, _JUDGED = 60_000, 900_000
"""ms of the past a step, and between two verdicts of every controller"""
_PATIENCE, _EVERY = 10.0, 0.25
"""s for an answer, and between two requests"""


class DemoSignals:
    """Of a district that starts at `now` (epoch s)."""

    def __init__(self, district: District, seed: int, now: float) -> None:
        self._streets, self._seed, self._now = district.streets, seed, int(now * 1000)
        self._signals: SimulatedSignals = district_signals(district.streets, seed, self._now - PAST)
        self._gat1049 = Gat1049Sender(self._signals.inventory, GAT1049)

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
        source = Source(Site(engine.inventory), LastReports())
        snapshot: SignalSnapshot | None = None
        for until in range(self._now - PAST + _STEP, self._now + 1, _STEP):
            events = self._signals.advance(until)
            ours, theirs = self._parted(events)
            states = decode_reports(orjson.dumps(self._gat1049.states(theirs)), source, until)
            counts = decode_reports(orjson.dumps(self._gat1049.counts(theirs, until)), source, until, name=COUNTS)
            told = judge.weigh_next(snapshot, len(rows)) if snapshot is not None and (until - self._now) % _JUDGED == 0 else []
            given = Delivery(until, ours._replace(device=rows[ours.device])), Delivery(until, states.events, states.stamped)
            snapshot = engine.step(until, SignalInput(given, (counts.counts,), tuple(told)))

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
                    await self._send(client, int(clock() * 1000), going)
                    await asyncio.sleep(_EVERY)

        return post_signals

    def _parted(self, events: EventColumns) -> tuple[EventColumns, EventColumns]:
        """Events of controllers that log, and of those that GA/T 1049.2 tells of."""
        apart = np.isin(events.device, self._gat1049.devices)
        return EventColumns._make(column[~apart] for column in events), EventColumns._make(column[apart] for column in events)

    async def _send(self, client: httpx.AsyncClient, now: int, going: Callable[[], bool]) -> None:
        ours, theirs = self._parted(self._signals.advance(now))
        await self._post(client, "events", self.records(ours), going)
        await self._post(client, "states", self._gat1049.states(theirs), going)
        await self._post(client, "counts", self._gat1049.counts(theirs, now), going)

    async def _post(self, client: httpx.AsyncClient, kind: str, items: Sequence[Any], going: Callable[[], bool]) -> None:
        if not items:
            return
        try:
            (await client.post(f"/v1/signals/{kind}", content=orjson.dumps(items))).raise_for_status()
        except httpx.HTTPError as wrong:
            if going():
                reason = str(wrong) or type(wrong).__name__
                structlog.get_logger().warning("demo_signals_failed", reason=reason, kind=kind, items=len(items))
