"""An operator closes a car park or a part of it: preview, notice, what search and those who reserved see of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

PATH = "/v1/parking/lots/east/closures"


async def lot(parking: RunningParking, start: float, end: float, name: str = "east") -> Any:
    query = {"from": parking.moment(start), "to": parking.moment(end)}
    (found,) = [one for one in (await parking.get("/v1/parking/lots", **query)).json()["lots"] if one["id"] == name]
    return found


def test_closing_is_previewed_given_notice_of_and_seen(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            soon = await parking.reserve("ann", start=3, end=5, confirm=True)
            later = await parking.reserve("bob", start=50, end=52, confirm=True)
            span = {"from": parking.moment(4), "to": parking.moment(51)}
            body = {"spans": [span], "reason": "路面施工"}
            refused = await parking.operate("POST", f"{PATH}/preview", body)
            assert (refused.status_code, refused.json()["code"], refused.json()["reservations"]) == (409, "too_late", 1)
            seen = (await parking.operate("POST", f"{PATH}/preview", {**body, "urgent": True})).json()
            assert [(one["reservation_id"], one["before"], one["after"]) for one in seen["effects"]] == [
                (soon.json()["id"], "confirmed", "cancelled"), (later.json()["id"], "confirmed", "cancelled"),
            ]  # fmt: skip
            assert (await parking.see("ann", soon)).json()["state"] == "confirmed"
            assert (await lot(parking, 4, 5))["open"]
            made = await parking.operate("POST", PATH, {**body, "urgent": True})
            assert (made.status_code, len(made.json()["effects"])) == (201, 2)
            gone = (await parking.see("ann", soon)).json()
            assert (gone["state"], gone["reason"]) == ("cancelled", "place_withdrawn")
            closed = await lot(parking, 50, 52)
            assert (closed["open"], closed["free"], closed["closed_because"]) == (False, None, "路面施工")
            assert (await lot(parking, 51, 52))["free"] == 3
            answer = await parking.reserve("ann", start=4, end=5)
            assert (answer.status_code, answer.json()["code"]) == (409, "closed")
            listed = await parking.http.get(PATH, headers={"x-api-key": parking.operator_key})
            assert [one["id"] for one in listed.json()["closures"]] == [made.json()["id"]]
            east = {"id": "east", "name": "东", "lat": 36.71, "lon": 117.53}
            again = await parking.operate("POST", "/v1/parking/lots", {"lots": [east]})
            assert again.status_code == 200  # entering it anew does not open it
            assert not (await lot(parking, 50, 52))["open"]
            assert (await parking.operate("DELETE", f"{PATH}/{made.json()['id']}", None)).status_code == 204
            assert (await parking.operate("DELETE", f"{PATH}/{made.json()['id']}", None)).status_code == 404
            assert (await lot(parking, 50, 52))["free"] == 3

    run_async(scenario())


def test_stalls_are_closed_at_night_until_it_is_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            day = parking.moment(48)[:10]
            nights = {"first_day": day, "last_day": day, "start": "00:00", "end": "00:00"}
            body = {"nights": nights, "place_id": "east.pool", "stalls": 2}
            made = await parking.operate("POST", PATH, body)
            assert (made.status_code, made.json()["stalls"], made.json()["waits"]) == (201, 2, 0)
            hour = int(parking.moment(48)[11:13])
            noon = 48 + 12 - hour
            assert ((await lot(parking, noon, noon + 1))["free"], (await lot(parking, 1, 2))["free"]) == (1, 3)
            view = (await parking.get("/v1/parking/lots/east/availability", **{
                "from": parking.moment(noon), "to": parking.moment(noon + 1), "kind": "general"})).json()  # fmt: skip
            assert {(one["free"], one["reserved"]) for one in view["steps"]} == {(1, 2)}
            parking.now += 4 * 86_400
            await parking.parking.keep_closed()
            await parking.parking.reload()
            listed = await parking.http.get(PATH, headers={"x-api-key": parking.operator_key})
            assert listed.json()["closures"] == []

    run_async(scenario())


def test_what_makes_no_sense_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            span = {"from": parking.moment(50), "to": parking.moment(51)}
            for body, status in (
                ({}, 422), ({"spans": [span], "stalls": 2}, 422), ({"spans": [span, span]}, 422),
                ({"spans": [{**span, "to": span["from"]}]}, 422),
                ({"spans": [span], "place_id": "west.pool"}, 404), ({"spans": [span], "place_id": "east.pool", "stalls": 9}, 422),
                ({"nights": {"first_day": "2026-02-30", "last_day": "2026-03-01", "start": "22:00", "end": "06:00"}}, 422),
            ):  # fmt: skip
                answer = await parking.operate("POST", PATH, body)
                assert answer.status_code == status, (body, answer.text)
            assert (await parking.operate("POST", PATH.replace("east", "nowhere"), {"spans": [span]})).status_code == 404
            assert (await parking.ask("ann", "POST", PATH, {"spans": [span]})).status_code == 403

    run_async(scenario())
