"""A whole engine process whose data directory lists the small inventory of `signal_district`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from server.signals.warm_up import warm_up_signals
from tests.support.running_city import RunningCity
from tests.support.signal_district import inventory


def write_files(folder: Path) -> None:
    """The inventory's files, as a bureau would hand them in."""
    listed = inventory()
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{listed.device_ids[listed.device[k]]},{name},11,22,{listed.lat[k]:.6f},{listed.lon[k]:.6f},{listed.names[k]}"
        for k, name in enumerate(listed.intersection_ids)
    ]
    (folder / "inventory.csv").write_text("\n".join(["device_id,intersection_id,grade,declared_mode,lat,lon,name", *rows, ""]), "utf-8")
    rows = [
        f"{listed.device_ids[listed.detector_device[k]]},{listed.detector_channel[k]},1,"
        f"{listed.approach_ids[listed.detector_approach[k]]},2,{'advance' if k % 2 == 0 else 'stopbar'},{60 if k % 2 == 0 else 0}"
        for k in range(len(listed.detector_device))
    ]
    (folder / "detectors.csv").write_text(
        "\n".join(["device_id,channel,lane_id,approach_id,phases,type,distance_m", *rows, ""]), "utf-8"
    )
    rows = [
        f"{name},{listed.intersection_ids[listed.approach_intersection[k]]},{listed.approach_lat[k]:.6f},{listed.approach_lon[k]:.6f},90"
        for k, name in enumerate(listed.approach_ids)
    ]
    (folder / "approaches.csv").write_text("\n".join(["approach_id,intersection_id,lat,lon,bearing", *rows, ""]), "utf-8")


class RunningSignals(RunningCity):
    """Its signal engine steps as events come."""

    def __init__(self, directory: Path, **settings: Any) -> None:
        warm_up_signals()  # before the minute that a test has
        write_files(directory / "signals")
        super().__init__(directory, **settings)
        self.signals_key, _ = self.runtime.keys.create_key(("signals",), "signals", self.now)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[RunningSignals]:
        """Serve it; both engines have done their first step."""
        async with super().open():
            while not self.runtime.signals.shown.ready:
                await asyncio.sleep(0.005)
            yield self

    def open_unprepared(self) -> AbstractAsyncContextManager[RunningCity]:
        """Serve it; its signals may not have done a step yet."""
        return super().open()

    async def settle(self) -> None:
        """Wait until everything sent has been taken in."""
        while self.runtime.signals.inbox.waiting:
            await asyncio.sleep(0.005)
        await self.runtime.signals.pipeline.step()

    async def send(self, rows: Iterable[tuple[float, str, int, int]]) -> httpx.Response:
        """POST events: (seconds from `now`, device, code, parameter)."""
        head = "timestamp_unix,device_id,event_code,parameter"
        lines = [f"{self.now + after:.3f},{device},{code},{parameter}" for after, device, code, parameter in rows]
        body = "\n".join([head, *lines, ""])
        headers = {"x-api-key": self.signals_key, "content-type": "text/csv"}
        return await self.http.post("/v1/signals/events", content=body.encode(), headers=headers)
