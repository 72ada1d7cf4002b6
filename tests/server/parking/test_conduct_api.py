"""Conduct over HTTP: one's own record, appeals and their decision, bars, the rules; and what the citizen hears of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect

from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

API = "/v1/parking"
HOUR, DAY = 3600, 86_400


async def overstay(parking: RunningParking, who: str, plate: dict[str, str], late: int) -> httpx.Response:
    """A stay of an hour that begins now and ends `late` s after its end."""
    made = await parking.reserve(who, plate=plate, start=0, end=1, confirm=True)
    assert made.status_code == 201, made.text
    inside = await parking.act(who, made, "check-in")
    assert inside.status_code == 200, inside.text
    parking.now += HOUR + late
    out = await parking.act(who, inside, "check-out", if_match="*")
    assert out.status_code == 200, out.text
    return out


async def appeal(parking: RunningParking, who: str, reservation: str, key: str = "k1", **more: Any) -> httpx.Response:
    body = {"reservation_id": reservation, "grounds": "出口道闸坏了", **more}
    return await parking.ask(who, "POST", f"{API}/appeals", body, idempotency_key=key)


async def operate(parking: RunningParking, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
    named = {"x-api-key": parking.operator_key, **{name.replace("_", "-"): text for name, text in headers.items()}}
    return await parking.http.request(method, f"{API}{path}", json=body, headers=named)


def test_three_overstays_bar_and_an_upheld_appeal_lets_in_again(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, stored).open() as parking:
            plate = {"text": "鲁A50001", "color": "blue"}
            outs = [await overstay(parking, "ann", plate, 1000) for _ in range(3)]
            ids = [one.json()["id"] for one in outs]
            record = (await parking.ask("ann", "GET", f"{API}/conduct")).json()
            assert [one["reservation_id"] for one in record["overstays"]] == ids[::-1]
            (bar,) = record["bars"]
            assert (record["barred_until"], bar["cause"], bar["overstays"]) == (bar["until"], "overstays", ids)
            assert "鲁A50001" not in json.dumps(record, ensure_ascii=False)
            shut = await parking.reserve("ann", plate=plate)
            assert (shut.status_code, shut.json()["code"], shut.json()["until"]) == (403, "barred", bar["until"])
            nobody = await appeal(parking, "bob", ids[1])
            assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_reservation")
            assert (await parking.ask("ann", "POST", f"{API}/appeals", {"reservation_id": ids[1], "grounds": "x"})).status_code == 400
            filed = await appeal(parking, "ann", ids[1])
            assert (filed.status_code, filed.json()["state"], filed.headers["location"]) == (201, "filed", f"{API}/appeals/{ids[1]}")
            again = await appeal(parking, "ann", ids[1])
            assert (again.content, again.headers["etag"]) == (filed.content, filed.headers["etag"])
            other = await appeal(parking, "ann", ids[0])
            assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
            listed = (await operate(parking, "GET", "/appeals?state=filed")).json()
            assert [(one["reservation_id"], one["plate"]) for one in listed["appeals"]] == [(ids[1], "鲁A·5**01")]
            assert (await parking.ask("bob", "GET", f"{API}/appeals")).json()["appeals"] == []
            path, said = f"/appeals/{ids[1]}/decision", {"upheld": True, "reason": "道闸日志证实"}
            assert (await operate(parking, "POST", path, said)).status_code == 428
            assert (await operate(parking, "POST", path, said, if_match='"7"')).status_code == 412
            assert (await parking.ask("ann", "POST", f"{API}{path}", said, if_match='"1"')).status_code == 403
            decided = await operate(parking, "POST", path, said, if_match=filed.headers["etag"])
            assert (decided.status_code, decided.json()["state"], decided.headers["etag"]) == (200, "upheld", '"2"')
            twice = await operate(parking, "POST", path, said, if_match='"2"')
            assert (twice.status_code, twice.json()["code"]) == (409, "wrong_state")
            mine = (await parking.ask("ann", "GET", f"{API}/conduct")).json()
            assert (mine["barred_until"], mine["counted"], mine["bars"][0]["lifted"]) == (None, 2, "appeal_upheld")
            assert (await parking.reserve("ann", plate=plate)).status_code == 201
            seen = await parking.ask("ann", "GET", f"{API}/appeals/{ids[1]}", if_none_match='"2"')
            assert seen.status_code == 304

    run_async(scenario())


def test_the_citizen_hears_of_the_decision_on_the_topic_of_the_reservation(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking, connect(f"ws://{parking.address}/v1/ws") as socket:
            out = await overstay(parking, "ann", {"text": "鲁A50002", "color": "blue"}, 2 * DAY)
            name = out.json()["id"]
            await socket.send(json.dumps({"op": "subscribe", "topics": [f"reservation:{name}"], "token": parking.token("ann")}))
            assert (await appeal(parking, "ann", name)).status_code == 201
            said = {"upheld": True, "reason": "医院证明"}
            assert (await operate(parking, "POST", f"/appeals/{name}/decision", said, if_match="*")).status_code == 200
            heard: list[Any] = []
            while not heard or heard[-1]["type"] != "reservation.bar_lifted":
                heard.append(json.loads(await asyncio.wait_for(socket.recv(), 10))["data"])
            upheld = next(one for one in heard if one["type"] == "reservation.appeal_upheld")
            assert upheld["appeal"] == {"state": "upheld", "reason": "医院证明"}
            assert [one["sequence"] for one in heard] == sorted(one["sequence"] for one in heard)

    run_async(scenario())


def test_one_mistyped_character_is_cancelled_on_appeal_and_the_next_is_for_an_operator(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            first = await overstay(parking, "ann", {"text": "鲁A60001", "color": "blue"}, 2 * DAY)
            second = await overstay(parking, "ann", {"text": "鲁A70001", "color": "blue"}, 2 * DAY)
            bad = await appeal(parking, "ann", first.json()["id"], "a", plate={"text": "鲁A", "color": "blue"})
            assert (bad.status_code, bad.json()["code"]) == (422, "bad_plate")
            done = (await appeal(parking, "ann", first.json()["id"], "b", plate={"text": "鲁A60007", "color": "blue"})).json()
            assert (done["state"], done["by_rules"], done["one_character"]) == ("upheld", True, True)
            assert done["plate_as_it_should_be"] == "鲁A·6**07"
            assert (await parking.reserve("ann", plate={"text": "鲁A60001", "color": "blue"})).status_code == 201
            true = {"text": "鲁A70007", "color": "blue"}
            passed = [{"id": f"g{k}", "lot_id": "east", "direction": way, "at": parking.moment(hours), "plate": true}
                      for k, (way, hours) in enumerate((("entry", -49), ("exit", -48.5)))]  # fmt: skip
            assert (await parking.operate("POST", f"{API}/gate-events", {"events": passed})).json()["accepted"] == 2
            more = (await appeal(parking, "ann", second.json()["id"], "c", plate=true)).json()
            assert (more["state"], more["one_character"], more.get("stays")) == ("filed", True, None)
            seen = (await operate(parking, "GET", f"/appeals/{second.json()['id']}")).json()
            assert [(one["plate"], one["as_reserved"], one["left_at"]) for one in seen["stays"]] == [
                ("鲁A·7**07", False, parking.moment(-48.5)),
            ]  # fmt: skip
            own = (await parking.ask("ann", "GET", f"{API}/appeals/{second.json()['id']}")).json()
            assert own.get("stays") is None

    run_async(scenario())


def test_an_operator_lists_bars_and_lifts_one_with_a_reason(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, stored).open() as parking:
            plates = [{"text": f"鲁A8000{k}", "color": "blue"} for k in range(3)]
            for who, plate in zip(("ann", "bob", "cui"), plates, strict=True):
                await overstay(parking, who, plate, 2 * DAY)
            page = (await operate(parking, "GET", "/bars?standing=true&limit=2")).json()
            rest = (await operate(parking, "GET", f"/bars?standing=true&limit=2&cursor={page['next']}")).json()
            assert (len(page["bars"]), len(rest["bars"]), rest["next"]) == (2, 1, None)
            assert (await operate(parking, "GET", "/bars?cursor=nonsense")).status_code == 422
            assert (await parking.ask("ann", "GET", f"{API}/bars")).status_code == 403
            bar = rest["bars"][0]
            tag = (await operate(parking, "GET", f"/bars/{bar['id']}")).headers["etag"]
            path = f"/bars/{bar['id']}/lift"
            empty = await operate(parking, "POST", path, {}, if_match=tag)
            assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/body/reason")
            lifted = await operate(parking, "POST", path, {"reason": "医院急诊"}, if_match=tag)
            assert (lifted.status_code, lifted.json()["lifted"], lifted.json()["reason"]) == (200, "by_operator", "医院急诊")
            assert (await operate(parking, "POST", path, {"reason": "again"}, if_match=tag)).status_code == 412
            assert (await operate(parking, "POST", "/bars/none/lift", {"reason": "x"}, if_match="*")).status_code == 404
            assert (await parking.reserve("ann", plate=plates[0])).status_code == 201
            assert (await parking.reserve("bob", plate=plates[1])).json()["code"] == "barred"

    run_async(scenario())


def test_rules_are_data_in_versions_that_an_operator_sets_and_anybody_reads(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            first = await parking.get(f"{API}/conduct/rules")
            assert (first.json()["most"], first.json()["bar_s"], first.headers["etag"]) == (3, 365 * DAY, '"1"')
            wanted = {"most": 1, "within_s": DAY, "longest_s": HOUR, "bar_s": DAY, "appeal_s": DAY}
            assert (await operate(parking, "PUT", "/conduct/rules", wanted)).status_code == 428
            assert (await parking.ask("ann", "PUT", f"{API}/conduct/rules", wanted, if_match='"1"')).status_code == 403
            zero = await operate(parking, "PUT", "/conduct/rules", {**wanted, "most": 0}, if_match='"1"')
            assert (zero.status_code, zero.json()["errors"][0]["pointer"]) == (422, "/body/most")
            made = await operate(parking, "PUT", "/conduct/rules", wanted, if_match='"1"')
            assert (made.json()["version"], made.headers["etag"]) == (2, '"2"')
            stale = await operate(parking, "PUT", "/conduct/rules", wanted, if_match='"1"')
            assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
            assert (await parking.get(f"{API}/conduct/rules", version="1")).json()["most"] == 3
            assert (await parking.get(f"{API}/conduct/rules", version="9")).status_code == 404
            plate = {"text": "鲁A50009", "color": "blue"}
            await overstay(parking, "ann", plate, 1000)
            assert (await parking.reserve("ann", plate=plate)).json()["code"] == "barred"

    run_async(scenario())
