from __future__ import annotations

import json
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from feeds.errors import FeedError
from server.problems import ProblemException
from server.signals.vendors import chosen_vendor, declared_vendors
from tests.support.live_server import run_async
from tests.support.running_signals import RunningSignals


def test_what_a_phase_shows_is_pushed_as_soon_as_its_event_came(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": ["intersection:J1", "intersection:J0b", "intersection:none"]}))
            first = [json.loads(await client.recv()) for _ in range(3)]
            assert [one.get("code") for one in first] == [None, None, "unknown_topic"]
            assert first[0]["data"]["phases"] == []
            answer = await city.send([(-1, "D1", 1, 2), (-2, "D0", 131, 5), (-1, "nowhere", 1, 2), (-1, "D1", 299, 1)])
            assert answer.status_code == 202
            assert answer.json()["accepted"] == 3
            assert answer.json()["refused"] == {"unknown_device": 1}
            assert answer.json()["unknown_codes"] == {"299": 1}
            told = {one["topic"]: one["data"] for one in [json.loads(await client.recv()) for _ in range(2)]}
            assert told["intersection:J1"]["phases"] == [
                {"phase": 2, "state": "green", "since": "2026-04-27T06:59:59+08:00", "since_ms": 1_777_244_399_000}
            ]
            assert told["intersection:J0b"]["plan"] == 5

    run_async(scenario())


def test_intersections_are_listed_with_where_they_stand(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            await city.send([(-1, "D1", 1, 2)])
            await city.settle()
            whole = (await city.get("/v1/signals/intersections")).json()
            assert [one["id"] for one in whole["intersections"]] == ["J0a", "J0b", "J1", "J2"]
            assert whole["summary"] == {
                "intersections": 4,
                "rungs": {"listed": 4, "online": 0, "declared": 0, "adapting": 0, "healthy": 0, "effective": 0},
                "verdicts": {"unknown": 4, "not_adapting": 0, "adapting": 0},
            }
            page = (await city.get("/v1/signals/intersections", limit=3)).json()
            rest = (await city.get("/v1/signals/intersections", limit=3, cursor=page["next"])).json()
            assert [*page["intersections"], *rest["intersections"]] == whole["intersections"]
            assert rest["next"] is None
            box = (await city.get("/v1/signals/intersections", bbox="117.4995,36.6995,117.5005,36.7005")).json()
            assert [one["id"] for one in box["intersections"]] == ["J0a"]
            assert (await city.get("/v1/signals/intersections", rung="online")).json()["intersections"] == []
            shifted = (await city.get("/v1/signals/intersections", crs="gcj02")).json()["intersections"][0]
            assert 0.001 < abs(shifted["lon"] - whole["intersections"][0]["lon"]) < 0.01
            detail = (await city.get("/v1/signals/intersections/J1")).json()
            assert (detail["device_id"], detail["heard"], detail["rung"], detail["window"]) == ("D1", True, "listed", None)
            assert [one["channel"] for one in detail["approaches"][0]["detectors"]] == [1, 2]
            assert (await city.get("/v1/signals/intersections/none")).json()["code"] == "unknown_intersection"

    run_async(scenario())


def test_events_need_a_key_of_their_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            city.signals_key = city.key  # positions and operations
            answer = await city.send([(-1, "D1", 1, 2)])
            assert (answer.status_code, answer.json()["code"]) == (403, "wrong_scope")

    run_async(scenario())


def test_a_source_names_its_numbering_and_an_operator_declares_one(tmp_path: Path) -> None:
    folder = tmp_path / "signals" / "vendors"
    folder.mkdir(parents=True)
    (folder / "ours.toml").write_text('name = "ours"\n[events]\n"700" = 1\n')
    vendors = declared_vendors(tmp_path / "signals")
    assert chosen_vendor("ours", vendors).events == {700: 1}
    assert {"gat1049", "openatc", "ours"} <= set(vendors)
    with pytest.raises(ProblemException) as refused:
        chosen_vendor("theirs", vendors)
    assert (refused.value.status, refused.value.code) == (422, "unknown_vendor")
    (folder / "odd.json").write_text("{")
    with pytest.raises(FeedError, match=r"odd\.json"):
        declared_vendors(tmp_path / "signals")
