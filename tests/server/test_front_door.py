from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.live_server import run_async, served
from tests.support.running_city import RunningCity


def test_a_client_that_asks_too_much_gets_429_and_is_told_when_to_come_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path, reads_per_minute=60, unlimited_clients=()).open() as city:
            for path in ("/v1/stops/E3/arrivals", "/v1/routes"):
                answers = [await city.get(path) for _ in range(62)]
                refused = answers[-1]
                assert refused.status_code == 429
                assert refused.headers["content-type"] == "application/problem+json"
                assert int(refused.headers["retry-after"]) >= 1
                assert refused.json()["retryable"] is True
            with pytest.raises(InvalidStatus, match="429"):
                await connect(f"ws://{city.address}/v1/ws")
            assert (await city.post(b"[]")).status_code == 202, "inputs have a key and are not counted"

    run_async(scenario())


def test_forwarded_headers_are_not_believed_unless_the_proxy_is_trusted(tmp_path: Path) -> None:
    async def count_allowed(**settings: object) -> int:
        async with RunningCity(tmp_path, reads_per_minute=5, **settings).open() as city:
            codes = [(await city.http.get("/v1/routes", headers={"x-forwarded-for": f"198.51.100.{k}"})).status_code for k in range(30)]
            return codes.count(200)

    async def scenario() -> None:
        assert await count_allowed(unlimited_clients=()) < 10
        assert await count_allowed(unlimited_clients=("127.0.0.1",), trusted_proxies=("127.0.0.1",)) == 30

    run_async(scenario())


def test_the_server_listens_on_ipv6_and_ipv4_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        city = RunningCity(tmp_path)
        async with served(city.app, city.settings, "::") as address, httpx.AsyncClient() as client:
            port = address.rpartition(":")[2]
            for host in ("127.0.0.1", "[::1]"):
                assert (await client.get(f"http://{host}:{port}/healthz")).status_code == 200

    run_async(scenario())


def test_prepared_answers_are_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            first = await city.get("/v1/stops/E3/arrivals")
            await city.http.get("/v1/stops/E3/arrivals", headers={"if-none-match": first.headers["etag"]})
            metrics = (await city.get("/metrics")).text
            assert "baimai_prepared_answers_total 2.0" in metrics
            assert "baimai_not_modified_total 1.0" in metrics
            assert "baimai_traffic_measurements_refused 0.0" in metrics
            assert 'baimai_positions_total{state="traffic_measurements_refused"}' not in metrics

    run_async(scenario())
