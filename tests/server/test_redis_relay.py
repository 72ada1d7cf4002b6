from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis.asyncio
from websockets.asyncio.client import ClientConnection, connect

from server.background import running
from server.gateway import create_gateway
from server.hub import Hub
from server.redis_relay import Relay
from server.settings import Settings
from server.topics import TopicError, split_topic
from tests.support.live_server import run_async, served
from tests.support.valkey import Stoppable, own_prefix, redis_server

AT = "2026-01-01T00:00:00+08:00"
STOPS = ("a", "b")


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_server() as url:
        yield url


class Engine:
    """A hub with boards of the stops `a` and `b`, and its relay: what a process with a City has, without the City."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.hub = Hub(settings.history, settings.recovery_seconds, settings.slow_seconds)
        self.relay = Relay(settings, self.hub, self.open_topic)
        self.hub.told = self.relay.offer

    async def open_topic(self, name: str) -> None:
        kind, address = split_topic(name)
        if address not in STOPS:
            raise TopicError(name, "unknown_topic", f"no {kind} has the id {address!r}")
        if self.hub.open_topic(name, asyncio.get_running_loop().time()).current is None:
            self.put(name, 0)

    def put(self, name: str, minutes: int) -> None:
        text = {"zh": f"{minutes}分钟", "en": f"{minutes} min"}
        row = {"route": {"id": "R1", "short_name": "1"}, "minutes": minutes, "text": text}
        body = {"stop": {"id": name[5:], "lat": 36.712, "lon": 117.535}, "arrivals": [row, row], "lines": [row], "alerts": []}
        assert self.hub.put(name, json.dumps(body).encode(), AT) is not None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Engine]:
        async with running([self.relay.run]):
            while not self.relay.counts.connected:
                await asyncio.sleep(0.01)
            yield self


def settings_for(url: str, **more: Any) -> Settings:
    return Settings(redis_url=url, redis_prefix=own_prefix(), **more)


@asynccontextmanager
async def gateway(settings: Settings) -> AsyncIterator[str]:
    async with served(create_gateway(settings), settings) as address, httpx.AsyncClient() as client:
        while (await client.get(f"http://{address}/readyz")).status_code != 200:
            await asyncio.sleep(0.02)
        yield address


@asynccontextmanager
async def reading(address: str, topic: str, since: dict[str, Any] | None = None) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://{address}/v1/ws") as client:
        await client.send(json.dumps({"op": "subscribe", "topics": [topic], "since": since or {}}))
        yield client


async def hear(client: ClientConnection) -> dict[str, Any]:
    message = json.loads(await asyncio.wait_for(client.recv(), 15))
    assert isinstance(message, dict)
    return message


def minutes(message: dict[str, Any]) -> int:
    return int(message["data"]["arrivals"][0]["minutes"])


def test_readers_of_two_gateways_get_the_same_publications_and_may_change_over(redis_url: str) -> None:
    async def scenario() -> None:
        settings = settings_for(redis_url)
        async with Engine(settings).open() as engine, gateway(settings) as one, gateway(settings) as two:
            async with reading(one, "stop:a") as left, reading(two, "stop:a") as right:
                first = [await hear(left), await hear(right)]
                assert first[0] == first[1]
                for value in (1, 2, 3):
                    engine.put("stop:a", value)
                assert [minutes(await hear(left)) for _ in range(3)] == [1, 2, 3]
                last = [await hear(right) for _ in range(3)][-1]
            for value in (4, 5):
                engine.put("stop:a", value)
            async with reading(two, "stop:a", {"stop:a": {"epoch": last["epoch"], "seq": last["seq"]}}) as client:
                missed = [await hear(client) for _ in range(2)]
                assert [minutes(message) for message in missed] == [4, 5]
                assert all(message.get("recovered", True) for message in missed)

    run_async(scenario())


def test_a_gateway_that_never_held_a_topic_can_serve_what_a_reader_missed(redis_url: str) -> None:
    async def scenario() -> None:
        settings = settings_for(redis_url)
        async with Engine(settings).open() as engine, gateway(settings) as one:
            async with reading(one, "stop:a") as client:
                place = await hear(client)
                for value in (1, 2):
                    engine.put("stop:a", value)
                    await hear(client)
            async with gateway(settings) as fresh:
                since = {"stop:a": {"epoch": place["epoch"], "seq": place["seq"]}}
                async with reading(fresh, "stop:a", since) as client:
                    missed = [await hear(client) for _ in range(2)]
                    assert [(minutes(message), message["recovered"]) for message in missed] == [(1, True), (2, True)]

    run_async(scenario())


def test_what_does_not_exist_is_refused_by_the_engine_and_nothing_is_kept_of_it(redis_url: str) -> None:
    async def scenario() -> None:
        settings = settings_for(redis_url)
        async with Engine(settings).open(), gateway(settings) as address, httpx.AsyncClient() as client:
            async with reading(address, "stop:zz") as socket:
                error = await hear(socket)
                assert (error["op"], error["code"], error["topic"]) == ("error", "unknown_topic", "stop:zz")
            answer = await client.get(f"http://{address}/v1/stops/zz/arrivals")
            assert (answer.status_code, answer.json()["code"]) == (404, "unknown_stop")
            assert "baimai_topics 0.0" in (await client.get(f"http://{address}/metrics")).text

    run_async(scenario())


def test_what_is_its_owners_alone_never_leaves_the_engine(redis_url: str) -> None:
    async def scenario() -> None:
        settings = settings_for(redis_url)
        engine = Engine(settings)
        engine.hub.open_topic("reservation:a", asyncio.get_running_loop().time())
        engine.put("reservation:a", 1)
        async with engine.open(), gateway(settings) as address, reading(address, "stop:a") as client:
            engine.put("reservation:a", 2)
            assert minutes(await hear(client)) == 0
            await client.send(json.dumps({"op": "subscribe", "topics": ["reservation:a"]}))
            assert (await hear(client))["code"] == "not_here"
            async with redis.asyncio.Redis.from_url(redis_url) as store:
                assert [key async for key in store.scan_iter(f"{settings.redis_prefix}*reservation*")] == []

    run_async(scenario())


def test_arrivals_come_from_the_relayed_values(redis_url: str) -> None:
    async def scenario() -> None:
        settings = settings_for(redis_url)
        async with AsyncExitStack() as stack:
            engine = await stack.enter_async_context(Engine(settings).open())
            address = await stack.enter_async_context(gateway(settings))
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://{address}"))
            path = "/v1/stops/a/arrivals"
            first = await client.get(path)
            assert first.status_code == 200
            again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            engine.put("stop:a", 7)
            while (fresh := await client.get(path, headers={"if-none-match": first.headers["etag"]})).status_code == 304:
                await asyncio.sleep(0.01)
            assert fresh.json()["arrivals"][0]["minutes"] == 7
            cut = (await client.get(path, params={"limit": 1, "lang": "en", "crs": "gcj02", "routes": "1"})).json()
            assert [row["text"] for row in cut["arrivals"]] == [{"en": "7 min"}]
            assert cut["stop"]["lon"] == pytest.approx(117.540931, abs=1e-6)
            assert (await client.get(path, params={"routes": "9"})).json()["arrivals"] == []

    run_async(scenario())


def test_a_gap_makes_the_gateway_read_the_topic_again(redis_url: str) -> None:
    async def scenario() -> None:
        settings = settings_for(redis_url)
        async with Engine(settings).open() as engine, gateway(settings) as address, reading(address, "stop:a") as client:
            await hear(client)
            raw = redis.asyncio.Redis.from_url(redis_url)
            key = f"{settings.redis_prefix}:topic:stop:a"
            topic = engine.hub.open_topic("stop:a", 0.0)
            for value in (1, 2, 3):
                engine.hub.put("stop:a", json.dumps({"arrivals": [{"minutes": value}]}).encode(), AT)
            newest = [one.message for one in topic.recent][-3:]
            await raw.lpush(key, *newest)
            await raw.publish(key, newest[-1])
            await raw.aclose()
            assert [minutes(await hear(client)) for _ in range(3)] == [1, 2, 3]

    run_async(scenario())


def test_after_the_engine_was_started_again_readers_get_its_values_in_a_new_epoch(redis_url: str) -> None:
    async def scenario() -> None:
        settings = settings_for(redis_url)
        async with AsyncExitStack() as stack:
            async with Engine(settings).open() as engine:
                address = await stack.enter_async_context(gateway(settings))
                client = await stack.enter_async_context(reading(address, "stop:a"))
                first = await hear(client)
                engine.put("stop:a", 1)
                await hear(client)
            async with Engine(settings).open() as engine:
                second = await hear(client)
                assert second["epoch"] != first["epoch"]
                assert minutes(second) == 0
                engine.put("stop:a", 2)
                assert minutes(await hear(client)) == 2

    run_async(scenario())


@pytest.mark.slow
def test_when_redis_goes_away_nothing_waits_for_it_and_when_it_is_back_readers_get_the_newest() -> None:
    server = Stoppable()

    async def scenario() -> None:
        settings = settings_for(server.url)
        async with Engine(settings).open() as engine, gateway(settings) as address, reading(address, "stop:a") as client:
            await hear(client)
            await asyncio.to_thread(server.stop)
            while engine.relay.counts.connected:
                await asyncio.sleep(0.02)
            for value in range(1, 40):
                engine.put("stop:a", value)
            async with connect(f"ws://{address}/v1/ws") as other, httpx.AsyncClient() as http:
                while (await http.get(f"http://{address}/readyz")).status_code == 200:
                    await asyncio.sleep(0.02)
                held = await http.get(f"http://{address}/v1/stops/a/arrivals")
                assert held.json()["arrivals"][0]["minutes"] == 0, "what is held is still shown; it says when it expires"
                assert (await http.get(f"http://{address}/v1/stops/b/arrivals")).status_code == 503
                await other.send('{"op":"subscribe","topics":["stop:b"]}')
                assert (await hear(other))["code"] == "unavailable"
            await asyncio.to_thread(server.start)
            message = await hear(client)
            while minutes(message) < 39:
                message = await hear(client)
            engine.put("stop:a", 50)
            assert minutes(await hear(client)) == 50

    try:
        run_async(scenario())
    finally:
        server.stop()


@pytest.mark.slow
def test_two_gateway_processes_publish_the_same(redis_url: str) -> None:
    async def start(settings: Settings) -> tuple[asyncio.subprocess.Process, str]:
        root = str(Path(__file__).parents[2])
        environment = {**os.environ, "PYTHONPATH": root, "BAIMAI_REDIS_URL": redis_url, "BAIMAI_REDIS_PREFIX": settings.redis_prefix}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "gateway", "--port", "0", env=environment, stderr=asyncio.subprocess.PIPE
        )
        assert process.stderr is not None
        while True:
            line = (await process.stderr.readline()).decode()
            assert line, "the gateway ended"
            if found := re.search(r'"port": (\d+)', line):
                return process, f"127.0.0.1:{found[1]}"

    async def scenario() -> None:
        settings = settings_for(redis_url)
        async with Engine(settings).open() as engine:
            processes = [await start(settings) for _ in range(2)]
            async with AsyncExitStack() as stack, httpx.AsyncClient() as http:
                for _, address in processes:
                    while (await http.get(f"http://{address}/readyz")).status_code != 200:
                        await asyncio.sleep(0.02)
                readers = [await stack.enter_async_context(reading(address, "stop:a")) for _, address in processes]
                assert len({json.dumps(await hear(reader)) for reader in readers}) == 1
                for value in (1, 2, 3):
                    engine.put("stop:a", value)
                    assert len({json.dumps(await hear(reader)) for reader in readers}) == 1
                bodies = {(await http.get(f"http://{address}/v1/stops/a/arrivals")).content for _, address in processes}
                assert len(bodies) == 1
            for process, _ in processes:
                process.terminate()
                await asyncio.wait_for(process.wait(), 20)

    run_async(scenario())
