from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from server.bootstrap import build
from server.city import City
from server.settings import Settings
from tests.support.live_server import run_async
from tests.support.running_city import RunningCity, at
from tests.support.tiny_city import tiny_network
from transit.changes import NO_CHANGES, ServiceChanges
from transit.kernels.columns import PositionColumns
from transit.snapshot import Snapshot


class Stumbling(City):
    """An engine whose second step fails."""

    steps = 0
    nows: list[float]

    def step(self, now: float, inbox: Sequence[PositionColumns], changes: ServiceChanges = NO_CHANGES) -> Snapshot:
        self.steps += 1
        self.nows = [*getattr(self, "nows", []), now]
        if self.steps == 2:
            raise ZeroDivisionError("a fault of the engine")
        return super().step(now, inbox, changes)


def test_a_step_that_fails_is_counted_and_the_next_one_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        city = Stumbling(tiny_network())
        runtime = build(Settings(data_dir=tmp_path), tiny_network(), lambda: at("07:00:00"), city)
        for _ in range(3):
            await runtime.pipeline.step()
        assert city.steps == 3
        assert runtime.published.current().number == 2
        assert b"baimai_step_failures_total 1.0" in runtime.metrics.text()

    run_async(scenario())


def test_the_engine_never_sees_time_go_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock = iter([100.0, 100.0, 90.0, 95.0, 110.0])  # the first is asked for when parking is built
        city = Stumbling(tiny_network())
        runtime = build(Settings(data_dir=tmp_path), tiny_network(), lambda: next(clock), city)
        for _ in range(4):
            await runtime.pipeline.step()
        assert city.nows == [100.0, 100.0, 100.0, 110.0]

    run_async(scenario())


def test_steps_follow_each_other_and_end_with_the_server(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path, step_seconds=0.01).open() as city:
            while city.runtime.published.current().number < 5:
                await asyncio.sleep(0.01)
        number = city.runtime.published.current().number
        await asyncio.sleep(0.1)
        assert city.runtime.published.current().number == number

    run_async(scenario())
