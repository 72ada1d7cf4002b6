from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from server.bootstrap import build
from server.city import City
from server.settings import Settings
from tests.support.live_server import run_async
from tests.support.running_city import RunningCity, at
from tests.support.tiny_city import tiny_network
from transit.kernels.columns import PositionColumns
from transit.snapshot import Snapshot


class Stumbling(City):
    """An engine whose second step fails."""

    steps = 0
    nows: list[float]

    def step(self, now: float, inbox: Sequence[PositionColumns]) -> Snapshot:
        self.steps += 1
        self.nows = [*getattr(self, "nows", []), now]
        if self.steps == 2:
            raise ZeroDivisionError("a fault of the engine")
        return super().step(now, inbox)


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
        clock = iter([100.0, 90.0, 95.0, 110.0])
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


def test_a_topic_that_cannot_be_encoded_does_not_keep_the_others_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": ["stop:E1", "stop:E2"]}))
            for _ in range(2):
                await client.recv()
            real = city.runtime.published.board

            def broken(stop: int) -> Any:
                if stop == 0:
                    raise ValueError("a board that cannot be made")
                return real(stop)

            monkeypatch.setattr(city.runtime.published, "board", broken)
            city.now += 60
            await city.step()
            assert json.loads(await client.recv())["topic"] == "stop:E2"
            assert b"baimai_topic_failures_total 1.0" in city.runtime.metrics.text()

    run_async(scenario())


def test_the_loop_is_free_again_and_again_while_many_topics_are_brought_up_to_date(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            values = city.runtime.pipeline._values
            real = values.make

            def slow(name: str) -> Any:
                time.sleep(0.004)
                return real(name)

            for stop in city.runtime.network.stop_ids:
                await city.runtime.pipeline.open_topic(f"stop:{stop}")
            values.make = slow  # type: ignore[method-assign]
            longest, done = 0.0, asyncio.create_task(city.runtime.pipeline.publish())
            while not done.done():
                before = time.perf_counter()
                await asyncio.sleep(0)
                longest = max(longest, time.perf_counter() - before)
            assert len(city.runtime.network.stop_ids) * 0.004 > 2 * longest

    run_async(scenario())


def test_nothing_is_published_while_nothing_changes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": ["route:R1", "tile:13/6770/3196"]}))
            for _ in range(2):
                await client.recv()
            before = city.runtime.hub.counts.publications
            for _ in range(5):
                city.now += 1
                await city.step()
            assert city.runtime.hub.counts.publications == before

    run_async(scenario())
