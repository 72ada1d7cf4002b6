from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.support.live_server import run_async
from tests.support.running_city import RunningCity


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
            values = city.runtime.publisher._values
            real = values.make

            made: list[str] = []

            def slow(name: str) -> Any:
                time.sleep(0.004)  # never less: two of them are more than the 5 ms after which others have their turn
                made.append(name)
                return real(name)

            for stop in city.runtime.network.stop_ids:
                await city.runtime.publisher.open_topic(f"stop:{stop}")
            values.make = slow  # type: ignore[method-assign]
            at_once, done = 0, asyncio.create_task(city.runtime.publisher.publish(60.0))
            while not done.done():
                before = len(made)
                await asyncio.sleep(0)
                at_once = max(at_once, len(made) - before)
            assert len(made) == len(city.runtime.network.stop_ids)
            assert at_once <= 2

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


def test_topics_that_do_not_fit_into_a_step_have_their_turn_after_the_next(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            publisher, made = city.runtime.publisher, list[str]()
            names = [f"stop:{stop}" for stop in city.runtime.network.stop_ids]
            for name in names:
                await publisher.open_topic(name)
            real = publisher._values.make

            def slow(name: str) -> Any:
                made.append(name)
                time.sleep(0.002)
                return real(name)

            publisher._values.make = slow  # type: ignore[method-assign]
            while len(made) < 2 * len(names):
                before = len(made)
                await publisher.publish(0.01)
                assert 0 < len(made) - before < len(names)
            assert made[: 2 * len(names)] == names + names
            assert b"baimai_topics_put_off_total 0.0" not in city.runtime.metrics.text()

    run_async(scenario())
