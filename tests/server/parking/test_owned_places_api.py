"""Institutions lend pools for windows and resize them, over HTTP."""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

PATH = "/v1/parking/owned-places"
LEND = {
    "lot_id": "west", "id": "west.bureau", "owner": "id:bureau", "capacity": 3, "from_pool": "west.pool",
    "windows": [{"first_day": "2026-04-27", "days": "daily", "start": "00:00", "end": "24:00"}],
}  # fmt: skip


def test_stalls_of_a_pool_are_lent_for_windows_and_taken_back_with_a_preview(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, stored).open() as parking:
            made = await parking.operate("POST", PATH, LEND)
            assert (made.status_code, made.json()["title"], made.headers["etag"]) == (201, 3, '"1"'), made.text
            assert len(made.json()["shares"]) == 1
            lot = (await parking.get("/v1/parking/lots/west")).json()
            assert {one["id"]: one["capacity"] for one in lot["places"]} == {"west.bureau": 3, "west.pool": 47}
            twice = await parking.operate("POST", PATH, LEND)
            assert (twice.status_code, twice.json()["code"]) == (409, "wrong_state")
            mine = (await parking.ask("bureau", "GET", PATH)).json()
            assert [(one["id"], one["capacity"]) for one in mine["places"]] == [("west.bureau", 3)]
            assert [one["id"] for one in (await parking.ask("olga", "GET", PATH)).json()["places"]] == ["garden.1"]
            held = [await parking.reserve(who, lot_id="west", place_id="west.bureau", confirm=True) for who in ("ann", "bob", "cui")]
            assert [one.status_code for one in held] == [201] * 3
            path = f"{PATH}/west.bureau"
            shown = await parking.ask("bureau", "POST", f"{path}/preview", {"capacity": 2})
            assert (shown.json()["capacity"], shown.json()["summary"]["relocated"]) == (2, 1), shown.text
            assert (await parking.see("cui", held[2])).json()["state"] == "confirmed"
            assert (await parking.ask("bureau", "PATCH", path, {"capacity": 2})).status_code == 428
            assert (await parking.ask("olga", "PATCH", path, {"capacity": 2}, if_match="*")).status_code == 404
            done = await parking.ask("bureau", "PATCH", path, {"capacity": 2}, if_match='"1"')
            assert (done.json(), done.headers["etag"]) == (shown.json(), '"2"')
            now = [(await parking.see(who, one)).json() for who, one in zip(("ann", "bob", "cui"), held, strict=True)]
            assert sorted((one["state"], one["place_id"]) for one in now) == [
                ("confirmed", "west.bureau"), ("confirmed", "west.bureau"), ("relocation_offered", "west.pool"),
            ]  # fmt: skip
            beyond = await parking.ask("bureau", "PATCH", path, {"capacity": 4}, if_match='"2"')
            assert (beyond.status_code, beyond.json()["errors"][0]["pointer"]) == (403, "/body/capacity")
            more = await parking.http.patch(path, json={"capacity": 4}, headers={"x-api-key": parking.operator_key, "if-match": '"2"'})
            assert (more.status_code, more.json()["title"]) == (200, 4)
            seen = await parking.ask("bureau", "GET", path)
            assert (seen.json()["capacity"], seen.headers["etag"]) == (4, '"3"')

    run_async(scenario())


def test_only_an_operator_enters_whose_a_place_is_and_takes_no_reserved_stalls(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            assert (await parking.ask("bureau", "POST", PATH, LEND)).status_code == 403
            for who in ("ann", "bob"):
                await parking.reserve(who, lot_id="east", confirm=True)
            taken = await parking.operate("POST", PATH, {**LEND, "lot_id": "east", "from_pool": "east.pool", "capacity": 2})
            assert (taken.status_code, taken.json()["code"]) == (409, "taken")
            for wrong, code in (
                ({"from_pool": "east.pool"}, "unknown_place"), ({"lot_id": "none"}, "unknown_lot"), ({"capacity": 99}, "not_eligible"),
                ({"windows": [{**LEND["windows"][0], "first_day": "2026-02-30"}]}, "bad_window"),  # type: ignore[dict-item]
            ):  # fmt: skip
                refused = await parking.operate("POST", PATH, {**LEND, **wrong})
                assert refused.json()["code"] == code, refused.text
            assert (await parking.get("/v1/parking/lots/west")).json()["capacity"] == 50

    run_async(scenario())
