"""Headways, alerts, holding advice and their page over the wire, of two buses that drive a minute apart."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from server.supervision_schemas import Headways, Supervision, SupervisionAlerts
from tests.support.live_server import run_async
from tests.support.running_city import EASTBOUND, RunningCity, at

CHINESE = re.compile(r"[一-鿿]")


def later(clock: str, seconds: int) -> str:
    """HH:MM:SS so much later."""
    total = sum(int(part) * size for part, size in zip(clock.split(":"), (3600, 60, 1))) + seconds
    return f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}"


@asynccontextmanager
async def bunched(directory: Path) -> AsyncIterator[RunningCity]:
    """V1, a quarter of an hour late, and V2 on line 1, one minute apart, fifteen planned; both on their way."""
    async with RunningCity(directory).open() as city:
        fixes = [(later(clock, 900 + 60 * k), lat, lon, k) for k in (0, 1) for clock, lat, lon in EASTBOUND]
        for clock, lat, lon, k in sorted(fixes):
            await city.drive(f"V{k + 1}", [(clock, lat, lon)], trip_id=("1E-0700", "1E-0715")[k])
        yield city


def test_headways_of_two_buses_a_minute_apart(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bunched(tmp_path) as city:
            found = Headways.model_validate((await city.get("/v1/headways")).json(), strict=True)
            (line,) = [one for one in found.lines if one.vehicles]
            assert (line.route.id, line.direction_id, line.headsign, line.vehicles) == ("R1", 0, "大学城", 2)
            assert line.planned_headway_s == 900
            assert line.ewt_s is None  # one headway is no verdict
            assert found.holding_rule.formula
            second = next(one for one in found.stops if one.stop.id == "E2")
            assert second.observed_headway_s == pytest.approx(60, abs=15)
            assert second.last_departure is not None
            assert second.headways == pytest.approx(1.0, abs=0.1)
            third = Headways.model_validate((await city.get("/v1/headways", route="R1", stop="E3")).json()).stops
            assert [one.direction_id for one in third] == [0]
            assert [one.vehicle_id for one in third[0].next][:2] == ["V1", "V2"]
            assert third[0].predicted_headways_s[0] == pytest.approx(60, abs=40)
            assert third[0].observed_headway_s is None
            for parameters in ({"route": "nowhere"}, {"stop": "nowhere"}):
                assert (await city.get("/v1/headways", **parameters)).status_code == 404
            paged = (await city.get("/v1/headways", limit=1)).json()
            assert len(paged["stops"]) == 1
            following = (await city.get("/v1/headways", limit=1, cursor=paged["next"])).json()
            assert following["stops"] != paged["stops"]

    run_async(scenario())


def test_a_bunch_is_told_on_the_socket_by_http_and_on_the_page_until_it_is_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bunched(tmp_path) as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": ["supervision"]}))
            said = json.loads(await client.recv())
            assert said["topic"] == "supervision"
            (alert,) = Supervision.model_validate(said["data"], strict=True).alerts
            assert (alert.kind, alert.severity, alert.state, alert.vehicles) == ("bunching", "warning", "open", ["V1", "V2"])
            assert alert.route.id == "R1"
            assert alert.planned_headway_s == 900
            assert alert.text["zh"].startswith("1路 往大学城：V1 与 V2 串车")
            assert "V1 and V2 are bunched" in alert.text["en"]
            told = SupervisionAlerts.model_validate((await city.get("/v1/supervision/alerts")).json(), strict=True)
            assert [one.id for one in told.alerts] == [alert.id]
            page = await city.get("/operations", lang="zh")
            assert alert.text["zh"] in page.text
            assert "串车" in page.text
            for minute in range(21, 33):
                city.now = at(f"07:{minute:02}:00")
                await city.step()
            over = SupervisionAlerts.model_validate((await city.get("/v1/supervision/alerts")).json())
            assert [one.id for one in over.alerts] == []
            assert [(one.id, one.state) for one in over.closed] == [(alert.id, "closed")]
            assert json.loads(await client.recv())["data"]["alerts"] == []

    run_async(scenario())


def test_the_page_is_complete_in_both_languages_and_says_nothing_when_the_engine_stands(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with bunched(tmp_path) as city:
            chinese, english = [(await city.get("/operations", lang=lang)).text for lang in ("zh", "en")]
            words = re.sub(r"<[^>]*>", " ", english.replace("中文", ""))
            names = [*city.runtime.network.stop_names, city.runtime.network.agency]
            for name in sorted(names, key=len, reverse=True):
                words = words.replace(name, "")
            assert set(CHINESE.findall(words)) <= set("路")  # nothing but names of the feed
            for word in ("告警", "扣车建议", "超额候车", "调度"):
                assert word in chinese
            city.now += 600.0  # without a step
            for lang, none, good in (("en", "No data", "No open alerts"), ("zh", "暂无数据", "没有未结告警")):
                empty = await city.get("/operations", lang=lang)
                assert empty.status_code == 200
                assert none in empty.text
                assert good not in empty.text
                assert "V1" not in empty.text

    run_async(scenario())


@pytest.mark.parametrize("topic", ["supervision:", "supervision:1", "Supervision", "stop"])
def test_the_topic_has_no_address(tmp_path: Path, topic: str) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": [topic]}))
            answer: dict[str, Any] = json.loads(await client.recv())
            assert (answer["op"], answer["code"]) == ("error", "bad_topic")

    run_async(scenario())
