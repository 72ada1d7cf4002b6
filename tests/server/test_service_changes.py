"""The bureau's service changes over HTTP: refused with reasons, in force at the next step, on boards and feeds, across restarts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from server.bureau_changes import MOST, BureauChanges
from server.change_schemas import CHANGE, ServiceChange, ServiceChangeList
from server.change_sources import ChangeSources
from server.errors import ChangesFileError
from tests.support.live_server import run_async
from tests.support.running_city import EASTBOUND, RunningCity, at

PATH = "/v1/service-changes"
CANCEL = {"kind": "cancel_trip", "trip_id": "1W-0715"}
CLOSE = {
    "kind": "close_stop", "stop_id": "E4", "starts_at": "2026-04-27T07:00:00+08:00", "ends_at": "2026-04-27T09:00:00+08:00",
    "cause": "construction", "text": {"zh": "道路施工，本站暂停停靠", "en": "Road works: stop closed"},
    "description": {"zh": "请到人民医院站乘车"}, "url": "https://bus.example/7",
}  # fmt: skip


async def enter(city: RunningCity, change: dict[str, Any]) -> httpx.Response:
    return await city.http.post(PATH, json=change, headers={"x-api-key": city.key})


async def known(city: RunningCity) -> dict[str, Any]:
    answer: dict[str, Any] = (await city.http.get(PATH, headers={"x-api-key": city.key})).json()
    ServiceChangeList.model_validate_json(json.dumps(answer))
    return answer


def test_a_cancelled_trip_is_on_boards_and_in_the_feed_and_its_block_goes_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            answer = await enter(city, CANCEL)
            assert answer.status_code == 201
            kept = ServiceChange.model_validate_json(answer.text)
            assert answer.headers["location"] == f"{PATH}/{kept.id}"
            assert answer.json()["change"]["date"] == "2026-04-27"
            assert answer.json()["change"]["ends_at"] == "2026-04-27T07:26:00+08:00", "the end of the run"
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            board = (await city.get("/v1/stops/W3/arrivals")).json()
            states = {call["trip_id"]: (call["state"], call["source"]) for call in board["arrivals"]}
            assert states["1W-0715"] == ("cancelled", "schedule")
            (call,) = [call for call in board["arrivals"] if call["trip_id"] == "1W-0715"]
            assert call["text"] == {"zh": "07:21班次已取消", "en": "07:21 bus cancelled"}
            assert call["short"] == {"zh": "07:21已取消", "en": "07:21 cancelled"}
            assert (call["minutes"], call["seconds"], call["boarding"]) == (None, None, True)
            updates = pb.FeedMessage.FromString((await city.get("/gtfs-rt/trip-updates.pb")).content).entity
            relation = {one.trip_update.trip.trip_id: one.trip_update.trip.schedule_relationship for one in updates}
            assert relation["1W-0715"] == pb.TripDescriptor.CANCELED
            assert relation["1E-0730"] == pb.TripDescriptor.SCHEDULED
            assert "CANCELED" in (await city.get("/gtfs-rt/trip-updates.json")).text

    run_async(scenario())


def test_a_closed_stop_is_skipped_and_its_alert_is_everywhere_it_should_be(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            assert (await enter(city, CLOSE)).status_code == 201
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            board = (await city.get("/v1/stops/E4/arrivals")).json()
            assert {call["state"] for call in board["arrivals"]} == {"skipped"}
            assert board["arrivals"][0]["text"] == {"zh": "07:08班次不停靠本站", "en": "07:08 bus skips this stop"}
            (alert,) = board["alerts"]
            assert alert["text"] == CLOSE["text"]
            assert alert["description"] == {"zh": "请到人民医院站乘车", "en": "请到人民医院站乘车"}
            assert (alert["code"], alert["cause"], alert["effect"]) == ("service_alert", "construction", "no_service")
            assert (await city.get("/v1/stops/E3/arrivals")).json()["alerts"] == []
            rows = (await city.get("/v1/stops/E4/board.txt", rows=3, columns=30, charset="utf-8")).text.splitlines()
            assert rows[-1].rstrip() == "道路施工，本站暂停停靠"
            assert "07:08" in rows[0]
            for page in ("board", "stop"):
                html = (await city.get(f"/{page}/E4", lang="zh")).text
                assert "道路施工，本站暂停停靠：请到人民医院站乘车" in html
                assert "panel zh stale" not in html
            (entity,) = pb.FeedMessage.FromString((await city.get("/gtfs-rt/alerts.pb")).content).entity
            assert entity.alert.informed_entity[0].stop_id == "E4"
            assert "Road works: stop closed" in (await city.get("/gtfs-rt/alerts.json")).text
            (update,) = [
                one.trip_update
                for one in pb.FeedMessage.FromString((await city.get("/gtfs-rt/trip-updates.pb")).content).entity
                if one.trip_update.trip.trip_id == "1E-0700"
            ]
            told = {one.stop_sequence: one for one in update.stop_time_update}
            assert told[4].schedule_relationship == pb.TripUpdate.StopTimeUpdate.SKIPPED
            assert not told[4].HasField("arrival")
            assert told[5].HasField("arrival")

    run_async(scenario())


def test_changes_outlive_a_restart_and_end_when_they_are_deleted_or_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            first = (await enter(city, CANCEL)).json()["id"]
            second = (await enter(city, CLOSE)).json()["id"]
        async with RunningCity(tmp_path).open() as city:
            assert [one["id"] for one in (await known(city))["changes"]] == [first, second]
            await city.step()
            assert len(city.runtime.published.current().changes.cancelled) == 1
            (source,) = (await known(city))["sources"]
            assert (source["source"], source["cancelled_trips"], source["closed_stops"], source["expires_at"]) == ("bureau", 1, 1, None)
            gone = await city.http.delete(f"{PATH}/{first}", headers={"x-api-key": city.key})
            assert (gone.status_code, gone.content) == (204, b"")
            again = await city.http.delete(f"{PATH}/{first}", headers={"x-api-key": city.key})
            assert (again.status_code, again.json()["code"]) == (404, "unknown_service_change")
            await city.step()
            assert city.runtime.published.current().changes.cancelled == {}
            city.now = at("09:00:00")
            await city.step()
            assert not city.runtime.published.current().changes.changes_calls
            assert (await known(city))["changes"] == []
        assert [one for one in os.listdir(tmp_path) if one.endswith(".new")] == []

    run_async(scenario())


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"kind": "cancel_trip", "trip_id": "X"}, "unknown_trip", "/body/trip_id"),
        ({"kind": "cancel_trip", "trip_id": "1E-0800-S", "date": "2026-04-27"}, "trip_not_on_that_day", "/body/date"),
        ({"kind": "cancel_trip", "trip_id": "2-0900-H"}, "trip_not_on_these_days", "/body/trip_id"),
        ({"kind": "cancel_trip", "trip_id": "4"}, "headway_trip", "/body/trip_id"),
        ({"kind": "skip_stop", "trip_id": "1E-0715", "stop_id": "X"}, "unknown_stop", "/body/stop_id"),
        ({"kind": "skip_stop", "trip_id": "1E-0715", "stop_id": "W1"}, "stop_not_on_trip", "/body/stop_id"),
        ({"kind": "skip_stop", "trip_id": "3-0710", "stop_id": "T1"}, "ambiguous_stop", "/body/stop_id"),
        ({"kind": "close_stop", "stop_id": "E3", "route_id": "R2"}, "stop_not_on_route", "/body/stop_id"),
        ({"kind": "close_stop", "stop_id": "E3", "route_id": "R9"}, "unknown_route", "/body/route_id"),
        ({"kind": "detour", "route_id": "R1", "from_stop_id": "X"}, "unknown_stop", "/body/from_stop_id"),
        ({"kind": "detour", "route_id": "R1", "from_stop_id": "E3", "to_stop_id": "E2"}, "detour_not_on_route", "/body/from_stop_id"),
        ({"kind": "detour", "route_id": "R2", "direction_id": 1, "from_stop_id": "L0"}, "no_such_direction", "/body/direction_id"),
        ({"kind": "alert", "text": {"zh": "x"}, "stop_ids": ["E1", "X"]}, "unknown_stop", "/body/stop_ids/1"),
        ({"kind": "alert", "text": {"zh": "x"}, "route_ids": ["R9"]}, "unknown_route", "/body/route_ids/0"),
        ({"kind": "detour", "route_id": "R1"}, "invalid_request", "/body"),
        ({"kind": "alert", "text": {}}, "invalid_request", "/body/text"),
        ({"kind": "fly"}, "invalid_request", "/body"),
        (CLOSE | {"ends_at": "2026-04-27T07:00:00+08:00"}, "invalid_request", "/body"),
        (CLOSE | {"ends_at": "2026-04-27T07:00:00"}, "invalid_request", "/body/ends_at"),
        (CLOSE | {"colour": "red"}, "invalid_request", "/body/colour"),
    ],
)
def test_a_change_that_means_nothing_is_refused_with_its_field(
    tmp_path: Path, change: dict[str, Any], code: str, pointer: str
) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            answer = await enter(city, change)
            assert (answer.status_code, answer.json()["code"]) == (422, code)
            assert answer.headers["content-type"] == "application/problem+json"
            assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
            assert (await known(city))["changes"] == []

    run_async(scenario())


def test_it_takes_a_key_for_operations_and_a_body_of_sense(tmp_path: Path) -> None:
    async def scenario() -> None:
        city = RunningCity(tmp_path)
        other, _ = city.runtime.keys.create_key(("positions",), "bus", city.now)
        async with city.open():
            for method, path in (("POST", PATH), ("GET", PATH), ("DELETE", f"{PATH}/x")):
                assert (await city.http.request(method, path)).status_code == 401
                answer = await city.http.request(method, path, headers={"x-api-key": other})
                assert (answer.status_code, answer.json()["code"]) == (403, "wrong_scope")
            for body, status in ((b"{", 422), (b"", 422), (b'"' + b"x" * 70_000 + b'"', 413)):
                answer = await city.http.post(PATH, content=body, headers={"x-api-key": city.key})
                assert answer.status_code == status

    run_async(scenario())


def test_an_alert_without_a_place_is_for_everybody_and_one_of_no_service_suspends_the_route(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await enter(city, {"kind": "alert", "text": {"en": "Snow"}, "cause": "weather"})
            await enter(city, {"kind": "alert", "text": {"zh": "停运"}, "effect": "no_service", "route_ids": ["R2"]})
            await enter(city, {"kind": "detour", "route_id": "R1", "direction_id": 0, "from_stop_id": "E2", "to_stop_id": "E5"})
            await enter(city, {"kind": "skip_stop", "trip_id": "3-0710", "stop_id": "T1", "stop_sequence": 4})
            await city.step()
            boards = {stop: (await city.get(f"/v1/stops/{stop}/arrivals", lang="en")).json() for stop in ("L1", "E3", "T1")}
            assert [one["text"]["en"] for one in boards["L1"]["alerts"] if one["code"] == "service_alert"] == ["Snow", "停运"]
            assert boards["L1"]["lines"][0]["state"] == "cancelled"
            assert {call["text"]["en"] for call in boards["E3"]["arrivals"]} >= {"07:05 bus skips this stop"}
            assert [call["text"]["en"] for call in boards["T1"]["arrivals"]] == [
                "Scheduled 07:13", "07:22 bus skips this stop", "Scheduled 07:43", "Scheduled 07:52",
            ]  # fmt: skip

    run_async(scenario())


def test_too_many_changes_or_a_full_disk_are_said_and_change_nothing(tmp_path: Path) -> None:
    change = CHANGE.validate_python({"kind": "alert", "text": {"zh": "x"}})
    sources = ChangeSources()
    bureau = BureauChanges(tmp_path, sources, "agency")
    bureau._kept = [ServiceChange(id=str(k), created_at="", change=change) for k in range(MOST)]
    assert bureau.add(change, 0.0, "Asia/Shanghai") is None
    bureau._kept = []
    (tmp_path / "service-changes.new").mkdir()
    with pytest.raises(ChangesFileError, match=r"service-changes\.json: cannot be written"):
        bureau.add(change, 0.0, "Asia/Shanghai")
    assert (bureau.list_changes(0.0), sources.current.told) == ([], ())


def test_a_damaged_file_ends_the_start_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "service-changes.json").write_text('[{"id": 1}]')
    with pytest.raises(ChangesFileError, match=r"service-changes\.json: cannot be read as a file of service changes"):
        BureauChanges(tmp_path, ChangeSources(), "agency")
