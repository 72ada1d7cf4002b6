from __future__ import annotations

from pathlib import Path

from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

PATH = "/v1/parking/shares"
WINDOW = {"place_id": "garden.1", "first_day": "2026-04-27", "days": "daily", "start": "08:00", "end": "18:00"}


def test_an_owner_shares_changes_and_withdraws_a_space(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            shut = await parking.reserve("ann", lot_id="garden", place_id="garden.1", start=2, end=3)
            assert shut.json()["code"] == "closed"
            made = await parking.ask("olga", "POST", PATH, WINDOW)
            assert (made.status_code, made.json()["lot_id"], made.json()["start"]) == (201, "garden", "08:00")
            path = f"{PATH}/{made.json()['id']}"
            booked = await parking.reserve("ann", lot_id="garden", place_id="garden.1", start=2, end=3, confirm=True)
            assert booked.status_code == 201
            late = await parking.reserve("bob", lot_id="garden", place_id="garden.1", start=10, end=12)
            assert late.json()["code"] == "closed"
            kept = await parking.ask("olga", "PATCH", path, {"end": "17:00"}, if_match=made.headers["etag"])
            assert (kept.json()["end"], kept.json()["version"]) == ("17:00", 2)
            stale = await parking.ask("olga", "DELETE", path, if_match=made.headers["etag"])
            assert (stale.status_code, stale.json()["code"]) == (412, "stale_version")
            assert (await parking.ask("olga", "DELETE", path)).status_code == 428
            assert (await parking.see("ann", booked)).json()["state"] == "confirmed"
            assert (await parking.ask("olga", "DELETE", path, if_match="*")).status_code == 204
            seen = (await parking.see("ann", booked)).json()
            assert (seen["state"], seen["reason"]) == ("cancelled", "place_withdrawn")
            assert [one["active"] for one in (await parking.ask("olga", "GET", PATH)).json()["shares"]] == [False]

    run_async(scenario())


def test_nobody_shares_what_is_not_theirs(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            for place in ("garden.1", "east.7", "nothing"):
                refused = await parking.ask("mallory", "POST", PATH, {**WINDOW, "place_id": place})
                assert (refused.status_code, refused.json()["code"]) == (404, "unknown_place")
            made = await parking.ask("olga", "POST", PATH, WINDOW)
            for method, body in (("PATCH", {"end": "09:00"}), ("DELETE", None)):
                theirs = await parking.ask("mallory", method, f"{PATH}/{made.json()['id']}", body, if_match="*")
                assert (theirs.status_code, theirs.json()["code"]) == (404, "unknown_share")
            for wrong in ({"days": "sometimes"}, {"start": "25:00"}, {"first_day": "2026-13-01"}, {"colour": 1}):
                assert (await parking.ask("olga", "POST", PATH, {**WINDOW, **wrong})).status_code == 422
            assert (await parking.ask("mallory", "GET", PATH)).json() == {"shares": [], "next": None}

    run_async(scenario())
