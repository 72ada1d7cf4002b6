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


def test_the_first_mistake_is_told_in_a_sentence_with_a_pointer(tmp_path: Path) -> None:
    wrong = (
        ({"days": "sometimes"}, "/body/days", "daily, workdays, days_off"), ({"start": "25:00"}, "/body/start", "18:00"),
        ({"first_day": "2026-13-01"}, "/body/first_day", "2026-12-01"), ({"first_day": "2026-02-30"}, "/body/first_day", "2026-10-01"),
        ({"last_day": "2020-01-01"}, "/body/last_day", "not before the first"), ({"days": "66"}, "/body/days", "weekdays"),
        ({"price_fen_per_hour": -1}, "/body/price_fen_per_hour", "fen for each hour"),
        ({"buffer_s": "1h"}, "/body/buffer_s", "seconds"),
        ({"more": [{"days": "67", "start": "8", "end": "10:00"}]}, "/body/more/0/start", "18:00"), ({"colour": 1}, "/body", "colour"),
        ({"start": "08:00", "end": "09:00", "buffer_s": 7200}, "/body/buffer_s", "shorter than"),
        ({"place_id": "east.7"}, "/body/place_id", "owned-places"),
    )  # fmt: skip

    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            for change, pointer, hint in wrong:
                told = (await parking.ask("olga", "POST", PATH, {**WINDOW, **change})).json()
                assert [one["pointer"] for one in told["errors"]] == [pointer], told
                assert hint in told["detail"], told
                assert "regex" not in told["detail"]
            told = (await parking.ask("olga", "POST", PATH, {"place_id": "garden.1"})).json()
            assert told["errors"][0]["pointer"] == "/body/first_day"
            assert (await parking.ask("olga", "POST", PATH, [])).status_code == 422
            made = await parking.ask("olga", "POST", PATH, WINDOW)
            nothing = await parking.ask("olga", "PATCH", f"{PATH}/{made.json()['id']}", {}, if_match='"1"')
            assert (nothing.status_code, nothing.json()["errors"][0]["detail"]) == (422, "name what changes")

    run_async(scenario())


def test_an_owner_sees_openings_by_the_decreed_calendar_and_from_when_nobody_knows_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:  # 2026-04-27, a Monday; 1 to 5 May are off
            nights = {**WINDOW, "days": "workdays", "start": "18:00", "end": "08:00", "first_day": "2026-04-27",
                      "more": [{"days": "days_off", "start": "00:00", "end": "24:00"}], "buffer_s": 1800}  # fmt: skip
            made = await parking.ask("olga", "POST", PATH, nights, idempotency_key="once")
            again = await parking.ask("olga", "POST", PATH, nights, idempotency_key="once")
            assert (made.status_code, again.content) == (201, made.content)
            view = made.json()
            assert view["more"] == nights["more"]
            assert view["openings"][-1]["from"] == "2026-04-30T18:00:00+08:00", "Thursday night joins the days off"
            assert view["unknown_from"] == "2027-01-01T00:00:00+08:00"
            seen = await parking.ask("olga", "GET", f"{PATH}/{view['id']}")
            assert (seen.json(), seen.headers["etag"]) == (view, made.headers["etag"])
            assert (await parking.ask("olga", "GET", f"{PATH}/{view['id']}", if_none_match='"1"')).status_code == 304
            assert (await parking.ask("ann", "GET", f"{PATH}/{view['id']}")).status_code == 404
            ended = await parking.ask("olga", "PATCH", f"{PATH}/{view['id']}", {"last_day": "2026-12-31", "more": []}, if_match='"1"')
            assert (ended.json()["last_day"], ended.json()["more"]) == ("2026-12-31", [])
            open_ended = await parking.ask("olga", "PATCH", f"{PATH}/{view['id']}", {"last_day": ""}, if_match='"2"')
            assert (open_ended.status_code, open_ended.json()["last_day"]) == (200, None)

    run_async(scenario())


def test_a_preview_shows_what_the_change_then_does(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, stored).open() as parking:
            made = await parking.ask("olga", "POST", PATH, WINDOW)
            path = f"{PATH}/{made.json()['id']}"
            booked = await parking.reserve("ann", lot_id="garden", place_id="garden.1", start=2, end=3, confirm=True)
            unharmed = await parking.ask("olga", "POST", f"{path}/preview", {"price_fen_per_hour": 100})
            assert (unharmed.status_code, unharmed.json()["effects"]) == (200, [])
            shown = await parking.ask("olga", "POST", f"{path}/preview", {"withdraw": True}, if_match='"1"')
            (effect,) = shown.json()["effects"]
            assert (effect["reservation_id"], effect["before"], effect["after"]) == (booked.json()["id"], "confirmed", "cancelled")
            assert "ann" not in shown.text
            assert (await parking.see("ann", booked)).json()["state"] == "confirmed"
            assert (await parking.ask("olga", "POST", f"{path}/preview", {"withdraw": True}, if_match='"9"')).status_code == 412
            assert (await parking.ask("olga", "POST", f"{path}/preview", {"withdraw": True, "end": "09:00"})).status_code == 422
            assert (await parking.ask("mallory", "POST", f"{path}/preview", {"withdraw": True})).status_code == 404
            done = await parking.ask("olga", "DELETE", path, if_match='"1"', prefer="return=representation")
            assert (done.status_code, done.json()) == (200, shown.json())
            assert (await parking.see("ann", booked)).json()["state"] == "cancelled"

    run_async(scenario())


def test_who_waits_is_offered_a_place_as_soon_as_its_owner_shares_it(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, stored).open() as parking:
            wish = {**parking.wish(2, 3), "lot_id": "garden", "most_fen": 300}
            waiting = await parking.ask("ann", "POST", "/v1/parking/waitlist", wish, idempotency_key="w")
            assert (waiting.status_code, waiting.json()["state"]) == (201, "waiting"), waiting.text
            dear = await parking.ask("olga", "POST", PATH, {**WINDOW, "price_fen_per_hour": 400})
            assert (await parking.see("ann", waiting)).json()["state"] == "waiting"
            cheaper = {"price_fen_per_hour": 250}
            await parking.ask("olga", "PATCH", f"{PATH}/{dear.json()['id']}", cheaper, if_match=dear.headers["etag"])
            seen = (await parking.see("ann", waiting)).json()
            assert (seen["state"], seen["place_id"], seen["price"]["amount"]) == ("offered", "garden.1", 250)

    run_async(scenario())
