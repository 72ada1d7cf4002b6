from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from server.board_schemas import Arrivals
from server.schemas import (
    LineDetail,
    LineList,
    PositionsAccepted,
    RouteVehicles,
    StopList,
    TileVehicles,
    VehicleDetail,
    VehicleList,
)  # fmt: skip
from tests.support.live_server import run_async
from tests.support.running_city import EASTBOUND, RunningCity


def test_a_bus_that_reports_is_on_the_board_the_map_and_its_route(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            board = Arrivals.model_validate((await city.get("/v1/stops/E3/arrivals")).json(), strict=True)
            assert board.status == "live"
            assert (board.arrivals[0].vehicle_id, board.arrivals[0].trip_id) == ("V1", "1E-0700")
            assert board.arrivals[0].source == "live"
            vehicle = VehicleDetail.model_validate((await city.get("/v1/vehicles/V1")).json())
            assert (vehicle.state, vehicle.trip_id, vehicle.direction_id) == ("in_service", "1E-0700", 0)
            assert vehicle.next_stop is not None
            assert vehicle.next_stop.id == "E3"
            on_route = RouteVehicles.model_validate((await city.get("/v1/routes/R1/vehicles")).json())
            assert [one.id for one in on_route.vehicles] == ["V1"]
            inside = VehicleList.model_validate((await city.get("/v1/vehicles", bbox="117.53,36.70,117.54,36.72")).json())
            outside = VehicleList.model_validate((await city.get("/v1/vehicles", bbox="117.60,36.70,117.70,36.72")).json())
            assert ([one.id for one in inside.vehicles], outside.vehicles) == (["V1"], [])
            text = (await city.get("/v1/stops/E3/board.txt", rows=2, columns=24)).content.decode("gbk").split("\n")
            assert text[0].startswith("1路")
            assert [len(line.encode("gbk")) for line in text] == [24, 24, 0]

    run_async(scenario())


def test_stops_are_found_by_place_name_and_box_and_come_in_pages(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            near = StopList.model_validate((await city.get("/v1/stops", near="36.7100,117.5370", radius=50)).json())
            assert [(stop.id, stop.distance_m) for stop in near.stops] == [("E2", 11), ("W2", 11)]
            named = (await city.get("/v1/stops", q="百脉泉")).json()["stops"]
            assert [stop["name"] for stop in named] == ["百脉泉公园", "百脉泉公园", "百脉泉北门"]
            assert [stop["id"] for stop in (await city.get("/v1/stops", q="e2")).json()["stops"]] == ["E2"]
            whole = [stop["id"] for stop in (await city.get("/v1/stops")).json()["stops"]]
            pages, cursor = [], None
            while True:
                page = (await city.get("/v1/stops", limit=7, **({"cursor": cursor} if cursor else {}))).json()
                pages += [stop["id"] for stop in page["stops"]]
                cursor = page["next"]
                if cursor is None:
                    break
            assert pages == whole
            assert len(whole) == len(city.runtime.network.stop_ids)
            moved = (await city.get("/v1/stops", q="E2", crs="gcj02")).json()["stops"][0]
            assert moved["lon"] - 117.5370 == pytest.approx(0.0059, abs=1e-3)

    run_async(scenario())


def test_a_route_shows_its_patterns_with_stops_and_shape(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            lines = LineList.model_validate((await city.get("/v1/routes")).json())
            assert [line.short_name for line in lines.routes] == ["1路", "2路", "3路", "K4", "5路", "N1"]
            line = LineDetail.model_validate((await city.get("/v1/routes/R1")).json())
            east = next(pattern for pattern in line.patterns if pattern.direction_id == 0)
            assert [stop.id for stop in east.stops] == ["E1", "E2", "E3", "E4", "E5"]
            assert east.shape.coordinates[0] == (117.53, 36.71)
            assert [stop.distance_m for stop in east.stops] == sorted(stop.distance_m for stop in east.stops)

    run_async(scenario())


@pytest.mark.parametrize(
    ("path", "status", "code", "pointer"),
    [
        ("/v1/stops/zz/arrivals", 404, "unknown_stop", None),
        ("/v1/stops/zz/arrivals?lang=en", 404, "unknown_stop", None),
        ("/v1/routes/zz", 404, "unknown_route", None),
        ("/v1/vehicles/zz", 404, "unknown_vehicle", None),
        ("/v1/nothing", 404, "not_found", None),
        ("/v1/stops?limit=0", 422, "invalid_request", "/query/limit"),
        ("/v1/stops?near=here", 422, "invalid_request", "/query/near"),
        ("/v1/stops?near=117.5,36.7", 422, "invalid_request", "/query/near"),
        ("/v1/stops?bbox=36.7,117.5,36.8,117.6", 422, "invalid_request", "/query/bbox"),
        ("/v1/stops?cursor=x", 422, "invalid_request", "/query/cursor"),
        ("/v1/stops?crs=bd09", 422, "invalid_request", "/query/crs"),
        ("/gtfs-rt/everything.pb", 422, "invalid_request", "/path/feed"),
    ],
)
def test_errors_are_problems_that_point_into_the_request(
    tmp_path: Path, path: str, status: int, code: str, pointer: str | None
) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            answer = await city.get(path)
            assert answer.headers["content-type"] == "application/problem+json"
            problem = answer.json()
            assert list(problem) == ["type", "title", "status", "code", "detail", "instance", "errors", "retryable"]
            assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
            assert problem["instance"] == path.partition("?")[0]
            assert [error["pointer"] for error in problem["errors"]] == ([pointer] if pointer else [])
            assert pointer is None or pointer.rpartition("/")[2] in problem["detail"]

    run_async(scenario())


def test_an_unforeseen_fault_is_a_problem_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            monkeypatch.setattr(city.runtime.published, "_vehicles", "no table")
            answer = await city.get("/v1/vehicles")
            assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
            assert "Traceback" not in answer.text
            assert "no table" not in answer.text

    run_async(scenario())


def test_arrivals_are_the_same_bytes_through_the_front_door_and_the_documented_route(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            prepared = await city.get("/v1/stops/E3/arrivals")
            routed = await city.get("/v1/stops/E3/arrivals?crs=wgs84")
            assert prepared.content == routed.content
            assert prepared.headers["etag"] == routed.headers["etag"]
            assert prepared.headers["cache-control"] == routed.headers["cache-control"] == "public, max-age=5"
            for path in ("/v1/stops/E3/arrivals", "/v1/stops/E3/arrivals?crs=wgs84"):
                head = await city.http.head(path)
                assert (head.status_code, head.content) == (200, b"")
                assert head.headers["content-length"] == str(len(prepared.content))
            for path in ("/v1/stops/E3/arrivals", "/v1/stops/E3/arrivals?crs=wgs84"):
                for tag in (prepared.headers["etag"], f"W/{prepared.headers['etag']}", f'"x", {prepared.headers["etag"]}', "*"):
                    same = await city.http.get(path, headers={"if-none-match": tag})
                    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", prepared.headers["etag"])
                assert (await city.http.get(path, headers={"if-none-match": '"other"'})).status_code == 200

    run_async(scenario())


def test_arrivals_can_be_cut_to_what_a_screen_needs(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            board = (await city.get("/v1/stops/E3/arrivals", limit=1, lang="en", routes="1路", crs="gcj02")).json()
            Arrivals.model_validate(board)
            assert len(board["arrivals"]) == 1
            assert list(board["arrivals"][0]["text"]) == ["en"]
            assert board["stop"]["lon"] > 117.545
            assert (await city.get("/v1/stops/E3/arrivals", routes="K4")).json()["lines"] == []

    run_async(scenario())


def test_positions_need_a_key_with_their_scope(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            wrong = [{}, {"x-api-key": "baimai_x_y"}, {"authorization": "Basic abc"}]
            for headers in wrong:
                answer = await city.http.post("/v1/positions", content=b"[]", headers=headers)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"].startswith("Bearer")
            for headers in ({"x-api-key": city.key}, {"authorization": f"Bearer {city.key}"}):
                assert (await city.http.post("/v1/positions", content=b"[]", headers=headers)).status_code == 202
            city.runtime.keys.revoke_key(city.key.split("_")[1], city.now)
            assert (await city.post(b"[]")).status_code == 401

    run_async(scenario())


def test_one_bad_position_does_not_lose_the_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            good = {"vehicle_id": "V1", "timestamp_unix": city.now, "lat": 36.71, "lon": 117.53}
            rows = [good, {**good, "lat": "north"}, {**good, "vehicle_id": "V2"}, 7]
            for body in (json.dumps(rows).encode(), b"\n".join(json.dumps(row).encode() for row in rows)):
                answer = await city.post(body)
                receipt = PositionsAccepted.model_validate(answer.json())
                assert (answer.status_code, receipt.accepted, sum(receipt.refused.values())) == (202, 2, 2)
                assert [error.pointer for error in receipt.errors] == ["/1/lat", "/3"]
            assert city.runtime.inbox.waiting == 4
            metrics = (await city.get("/metrics")).text
            assert 'baimai_positions_refused_total{reason="lat_not_a_number"} 2.0' in metrics

    run_async(scenario())


def test_bodies_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path, body_bytes=2000).open() as city:
            assert (await city.post(b"{]")).json()["code"] == "not_positions"
            assert (await city.post(b"[]", **{"content-encoding": "gzip"})).status_code == 415
            assert (await city.post(b" " * 2001)).status_code == 413

            async def chunks() -> object:
                for _ in range(30):
                    yield b" " * 100

            headers = {"x-api-key": city.key}
            streamed = await city.http.post("/v1/positions", content=chunks(), headers=headers)  # type: ignore[arg-type]
            assert streamed.json()["code"] == "too_large"
            assert (await city.post(b"[]")).status_code == 202

    run_async(scenario())


def test_vehicles_may_send_by_websocket(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            url = f"ws://{city.address}/v1/positions/ws"
            with pytest.raises(Exception, match="HTTP 401"):
                await connect(url)
            async with connect(url, additional_headers={"authorization": f"Bearer {city.key}"}) as client:
                row = {"vehicle_id": "V1", "timestamp_unix": city.now, "lat": 36.71, "lon": 117.53}
                await client.send(json.dumps([row, {**row, "lat": 91}]))
                receipt = PositionsAccepted.model_validate(json.loads(await client.recv()))
                assert receipt.accepted + sum(receipt.refused.values()) == 2
                await client.send("nonsense")
                assert json.loads(await client.recv())["code"] == "not_positions"
                await client.send(json.dumps(row).encode())
                assert json.loads(await client.recv())["accepted"] == 1

    run_async(scenario())


def test_readers_of_the_socket_are_told_what_changes(tmp_path: Path) -> None:
    topics = ["stop:E3", "route:R1", "vehicle:V1", "tile:13/6770/3196"]

    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": topics}))
            first = [json.loads(await client.recv()) for _ in topics]
            assert [one.get("code") for one in first] == [None, None, "unknown_topic", None]
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            await client.send(json.dumps({"op": "subscribe", "topics": topics}))
            told: dict[str, Any] = {}
            while told.keys() != set(topics):
                message = json.loads(await client.recv())
                if "V1" in json.dumps(message["data"]):
                    told[message["topic"]] = message["data"]
            assert Arrivals.model_validate(told["stop:E3"]).arrivals[0].vehicle_id == "V1"
            assert [one.id for one in RouteVehicles.model_validate(told["route:R1"]).vehicles] == ["V1"]
            assert VehicleDetail.model_validate(told["vehicle:V1"]).state == "in_service"
            assert [one.id for one in TileVehicles.model_validate(told["tile:13/6770/3196"]).vehicles] == ["V1"]

    run_async(scenario())


def test_anybody_may_read_from_any_web_page(tmp_path: Path) -> None:
    async def scenario() -> None:
        origin = {"origin": "https://elsewhere.example"}
        async with RunningCity(tmp_path).open() as city:
            for path in ("/v1/stops/E3/arrivals", "/v1/routes"):
                assert (await city.http.get(path, headers=origin)).headers["access-control-allow-origin"] == "*"
        async with RunningCity(tmp_path, allowed_origins=("https://here.example",)).open() as city:
            for path in ("/v1/stops/E3/arrivals", "/v1/routes"):
                assert "access-control-allow-origin" not in (await city.http.get(path, headers=origin)).headers
                here = await city.http.get(path, headers={"origin": "https://here.example"})
                assert here.headers["access-control-allow-origin"] == "https://here.example"

    run_async(scenario())


def test_before_the_first_step_answers_are_503_and_say_that_they_may_be_had_soon(tmp_path: Path) -> None:
    async def scenario() -> None:
        city = RunningCity(tmp_path)
        transport = httpx.ASGITransport(city.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://board") as client:
            for path in ("/readyz", "/v1/vehicles", "/v1/stops/E3/arrivals"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "not_ready", True)
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/v1/stops")).status_code == 200

    run_async(scenario())
