"""Coverage, where next, priority requests, states and counts over HTTP; what OpenAPI and AsyncAPI say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
from websockets.asyncio.client import connect

from server.asyncapi import asyncapi_document
from signals.finding import Finding
from signals.model import Rung, Verdict
from tests.support.live_server import run_async
from tests.support.running_city import at
from tests.support.running_signals import RunningSignals

NOW = int(at("07:00:00") * 1000)
TRIPS = "trip_id,intersection_id\n" + "".join(f"t{k},J0a\nt{k},J1\n" for k in range(30)) + "u,J2\n"


def finding(row: int, proved: Rung, verdict: Verdict, end: int) -> Finding:
    return Finding(row, end - 900_000, end, verdict, proved, proved, 22, 1.0, {"p": 0.001})


def check(document: dict[str, Any], path: str, value: Any) -> None:
    """Hold an answer against what OpenAPI says of its route."""
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema_rs.validate({**schema, "components": document["components"]}, value)


def test_coverage_now_then_and_over_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": ["coverage"]}))
            first = json.loads(await client.recv())
            assert shares(first["data"], "adapting") == [0.0, 0.25 * 4]  # nothing proved, all possible
            inbox = city.runtime.signals.inbox
            inbox.put_findings([finding(2, Rung.ADAPTING, Verdict.ADAPTING, NOW), finding(3, Rung.ONLINE, Verdict.NOT_ADAPTING, NOW)])
            second = json.loads(await client.recv())
            assert (second["topic"], second["seq"]) == ("coverage", 2)
            assert shares(second["data"], "adapting") == [0.25, 0.75]
            schema = asyncapi_document()
            payload = {**schema["components"]["messages"]["coverage"]["payload"], "components": schema["components"]}
            jsonschema_rs.validate(payload, second)

            document = (await city.get("/openapi.json")).json()
            answer = await city.get("/v1/signals/coverage")
            assert shares(answer.json(), "adapting") == [0.25, 0.75]
            check(document, "/v1/signals/coverage", answer.json())
            again = await city.http.get("/v1/signals/coverage", headers={"if-none-match": answer.headers["etag"]})
            assert again.status_code == 304
            before = (await city.get("/v1/signals/coverage", as_of="2026-04-27T06:00:00+08:00")).json()
            assert shares(before, "adapting") == [0.0, 1.0]
            series = (await city.get("/v1/signals/coverage", **{"from": "2026-04-27T06:30:00+08:00", "items": "true"})).json()
            check(document, "/v1/signals/coverage", series)
            proved = series["series"]["scopes"][0]["by"]["count"]["proved"]["adapting"]
            assert (proved[0], proved[-1]) == (0.0, 0.25)
            for wrong in ({"as_of": "2026-05-27T06:00:00+08:00"}, {"as_of": "x"}, {"from": "2026-04-27T08:00:00+08:00"}):
                assert (await city.get("/v1/signals/coverage", **wrong)).json()["code"] == "invalid_request"
            listed = (await city.get("/v1/signals/intersections", verdict="adapting")).json()
            check(document, "/v1/signals/intersections", listed)
            assert [one["id"] for one in listed["intersections"]] == ["J1"]
            detail = (await city.get("/v1/signals/intersections/J1")).json()
            check(document, "/v1/signals/intersections/{intersection_id}", detail)
            assert (detail["rung"], detail["evidence"]) == ("adapting", {"p": 0.001})
            assert detail["window"]["to"] == "2026-04-27T07:00:00+08:00"

    run_async(scenario())


def shares(view: dict[str, Any], rung: str) -> list[float]:
    count = view["scopes"][0]["by"]["count"]
    return [count[side][rung]["share"] for side in ("proved", "possible")]


def test_where_next_from_the_files_beside_the_inventory(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            missing = await city.get("/v1/signals/next")
            assert (missing.status_code, missing.json()["code"]) == (404, "no_siting_data")
            (tmp_path / "signals" / "trips.csv").write_text(TRIPS, "utf-8")
            told = await city.get("/v1/signals/next", n=2)
            document = (await city.get("/openapi.json")).json()
            check(document, "/v1/signals/next", told.json())
            assert {one["intersection_id"] for one in told.json()["intersections"]} == {"J0a", "J1"}
            assert (told.json()["trips_source"], told.json()["bus_delay"]["weighed"]) == ("file", False)
            without = (await city.get("/v1/signals/next", n=2, exclude="J1")).json()
            assert [one["intersection_id"] for one in without["intersections"]] == ["J0a", "J2"]
            assert (await city.get("/v1/signals/next", exclude="nowhere")).status_code == 404

    run_async(scenario())


def test_states_and_counts_are_taken_in(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            headers = {"x-api-key": city.signals_key, "content-type": "application/json"}

            async def post(path: str, value: Any) -> Any:
                return await city.http.post(f"/v1/signals/{path}", content=json.dumps(value), headers=headers)

            state = {"cross_id": "J1", "at": "2026-04-27T06:59:58+08:00", "online": True, "mode": 23, "plan_no": 4}
            answer = await post("states", [state, {"cross_id": "nowhere", "at": state["at"], "online": True}])
            assert (answer.status_code, answer.json()["accepted"]) == (202, 1), answer.text
            count = {"approach_id": "J1-E", "start": "2026-04-27T06:30:00+08:00", "end": "2026-04-27T06:45:00+08:00", "volume": 120}
            assert (await post("counts", [count])).json()["accepted"] == 1
            events = [{"timestamp_unix": city.now - 1, "device_id": "D1", "event_code": 1, "parameter": 2}, {"device_id": "D1"}]
            told = await post("events", events)
            assert (told.json()["accepted"], sum(told.json()["refused"].values()), len(told.json()["errors"])) == (1, 1, 1)
            assert (await post("events", 7)).json()["code"] == "not_signals"
            await city.settle()
            told = (await city.get("/v1/signals/intersections/J1")).json()
            assert told["clock"] == {"offset_ms": None, "drift_ppm": None, "applied_ms": 0, "jumps": 0}
            now = told["now"]
            assert (now["mode_name"], now["plan"], now["controller"], now["phases"][0]["state"]) == ("adaptive", 4, "online", "green")
            (day,) = city.runtime.signals.engine.volumes.kept()
            assert day.volume[2, 26] == 120.0
            metrics = (await city.get("/metrics")).text
            assert 'baimai_signal_accepted_total{kind="states"} 1.0' in metrics
            assert "baimai_signal_controllers_online 1.0" in metrics

    run_async(scenario())


def test_a_full_inbox_turns_messages_away_to_be_sent_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            city.runtime.signals.inbox._limit = 3
            city.runtime.signals.inbox.waiting = 3  # the engine is behind
            answer = await city.send([(-1, "D1", 1, 2)])
            assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "inbox_full", True)
            assert answer.headers["retry-after"] == "1"

    run_async(scenario())


def test_priority_requests_are_listed(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningSignals(tmp_path).open() as city:
            document = (await city.get("/openapi.json")).json()
            told = (await city.get("/v1/signals/priority-requests", intersection="J1", closed="true")).json()
            check(document, "/v1/signals/priority-requests", told)
            assert told["requests"] == []
            assert (await city.get("/v1/signals/priority-requests", intersection="x")).json()["code"] == "unknown_intersection"

    run_async(scenario())
