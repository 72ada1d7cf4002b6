from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from server.parking.idempotency import KEPT, forget_old
from tests.support.live_server import run_async
from tests.support.running_parking import PATH, RunningParking

Scenario = Callable[[RunningParking], Awaitable[None]]


def play(tmp_path: Path, scenario: Scenario) -> None:
    async def run() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await scenario(parking)

    run_async(run())


def test_a_reservation_from_hold_to_completed_with_its_tags(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        held = await parking.reserve("ann")
        assert (held.status_code, held.headers["etag"]) == (201, '"1"')
        assert held.headers["location"] == f"{PATH}/{held.json()['id']}"
        assert held.json()["state"] == "hold"
        confirmed = await parking.act("ann", held, "confirm")
        assert (confirmed.status_code, confirmed.json()["state"], confirmed.headers["etag"]) == (200, "confirmed", '"2"')
        longer = await parking.act("ann", confirmed, "extend", {"to": parking.moment(3)})
        assert longer.json()["to"] == parking.moment(3)
        parking.now += 3700
        inside = await parking.act("ann", longer, "check-in")
        assert (inside.json()["state"], inside.json()["stall"]) == ("checked_in", "1")
        left = await parking.act("ann", inside, "check-out")
        assert left.json()["state"] == "completed"
        seen = await parking.see("ann", held)
        assert seen.json()["version"] == 5
        again = await parking.ask("ann", "GET", f"{PATH}/{held.json()['id']}", if_none_match=seen.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")

    play(tmp_path, scenario)


def test_a_change_needs_the_version_it_is_about(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        held = await parking.reserve("ann")
        path = f"{PATH}/{held.json()['id']}/confirm"
        unquoted = await parking.ask("ann", "POST", path, {}, if_match="1")
        assert (unquoted.status_code, unquoted.json()["code"]) == (400, "bad_request")
        assert unquoted.json()["detail"] == 'If-Match is an ETag with its quotation marks, such as "1"'
        missing = await parking.ask("ann", "POST", path, {})
        assert (missing.status_code, missing.json()["code"]) == (428, "if_match_required")
        for stale in ('"7"', 'W/"1"'):
            refused = await parking.ask("ann", "POST", path, {}, if_match=stale)
            assert (refused.status_code, refused.json()["code"], refused.json()["version"]) == (412, "stale_version", 1)
        good = await parking.ask("ann", "POST", path, {}, if_match='"9", "1"')
        assert good.json()["state"] == "confirmed"

    play(tmp_path, scenario)


def test_the_same_key_gets_the_same_bytes_and_another_wish_is_told(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        wish = parking.wish()
        first = await parking.ask("ann", "POST", PATH, wish, idempotency_key="k1")
        spaced = json.dumps(wish, indent=2).encode()
        headers = {"authorization": f"Bearer {parking.token('ann')}", "idempotency-key": "k1"}
        again = await parking.http.post(PATH, content=spaced, headers=headers)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert {name: again.headers[name] for name in ("etag", "location")} == {
            name: first.headers[name] for name in ("etag", "location")
        }
        other = await parking.ask("ann", "POST", PATH, wish | {"to": parking.moment(3)}, idempotency_key="k1")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
        missing = await parking.ask("ann", "POST", PATH, wish)
        assert (missing.status_code, missing.json()["code"]) == (400, "no_idempotency_key")
        bobs = await parking.ask("bob", "POST", PATH, parking.wish(), idempotency_key="k1")
        assert bobs.status_code == 201
        listed = await parking.ask("ann", "GET", PATH)
        assert len(listed.json()["reservations"]) == 1

    play(tmp_path, scenario)


def test_the_same_request_at_the_same_time_is_carried_out_once(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        wish = parking.wish()
        answers = await asyncio.gather(*(parking.ask("ann", "POST", PATH, wish, idempotency_key="k") for _ in range(8)))
        made = [one for one in answers if one.status_code == 201]
        late = [one for one in answers if one.status_code == 409]
        assert len(made) >= 1
        assert len(made) + len(late) == 8
        assert len({one.content for one in made}) == 1
        assert all(one.json()["code"] == "in_flight" and one.headers["retry-after"] == "1" for one in late)
        assert len((await parking.ask("ann", "GET", PATH)).json()["reservations"]) == 1

    play(tmp_path, scenario)


def test_answers_outlive_a_restart_and_go_after_two_days(tmp_path: Path) -> None:
    wish: dict[str, Any] = {}
    bodies: list[bytes] = []

    async def before(parking: RunningParking) -> None:
        wish.update(parking.wish())
        bodies.append((await parking.ask("ann", "POST", PATH, wish, idempotency_key="k")).content)

    async def after(parking: RunningParking) -> None:
        bodies.append((await parking.ask("ann", "POST", PATH, wish, idempotency_key="k")).content)
        await parking.parking.run_rule(lambda unit, now: forget_old(unit, now + KEPT - 1))
        assert (await parking.ask("ann", "POST", PATH, wish, idempotency_key="k")).content == bodies[0]
        await parking.parking.run_rule(lambda unit, now: forget_old(unit, now + KEPT + 1))
        assert (await parking.ask("ann", "POST", PATH, wish, idempotency_key="k")).json()["code"] == "plate_busy"

    play(tmp_path, before)
    play(tmp_path, after)
    assert bodies[0] == bodies[1]


def test_what_is_refused_may_be_tried_again_with_the_same_key(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        first = await parking.reserve("ann", place_id="east.7")
        wish = parking.wish(place_id="east.7")
        taken = await parking.ask("bob", "POST", PATH, wish, idempotency_key="k")
        assert (taken.status_code, taken.json()["code"], taken.json()["retryable"]) == (409, "taken", False)
        assert [(one["lot_id"], one["free"]) for one in taken.json()["alternatives"]] == [("east", 3), ("west", 50)]
        await parking.act("ann", first, "cancel")
        assert (await parking.ask("bob", "POST", PATH, wish, idempotency_key="k")).status_code == 201

    play(tmp_path, scenario)


def test_nobody_sees_or_changes_what_is_anothers(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        held = await parking.reserve("ann")
        path = f"{PATH}/{held.json()['id']}"
        assert (await parking.ask("bob", "GET", path)).status_code == 404
        assert (await parking.ask("bob", "POST", f"{path}/cancel", {}, if_match='"1"')).status_code == 404
        assert (await parking.ask("bob", "POST", f"{path}/cancellation-preview", {})).status_code == 404
        assert (await parking.ask("bob", "GET", PATH)).json() == {"reservations": [], "next": None}
        ours, none = await parking.ask("bob", "GET", path), await parking.ask("bob", "GET", f"{PATH}/nothing")
        assert {**ours.json(), "instance": "", "detail": ""} == {**none.json(), "instance": "", "detail": ""}
        assert (await parking.http.get(path)).status_code == 401
        assert (await parking.http.get(path, headers={"x-api-key": parking.operator_key})).status_code == 403

    play(tmp_path, scenario)


def test_a_mistyped_sign_is_put_right_after_check_in_and_no_other_plate_is_taken(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        made = await parking.reserve("ann", start=0.01, confirm=True, plate={"text": "鲁A12845", "color": "blue"})
        there = await parking.act("ann", made, "check-in")
        other = await parking.act("ann", there, "plate", {"text": "鲁A99999", "color": "blue"})
        assert (other.status_code, other.json()["code"]) == (409, "wrong_state")
        mended = await parking.act("ann", there, "plate", {"text": "鲁A12345", "color": "blue"})
        assert (await parking.see("ann", mended)).json()["plate"]["text"] == "鲁A12345"
        again = await parking.act("ann", mended, "plate", {"text": "鲁A12346", "color": "blue"})
        assert again.json()["code"] == "wrong_state"

    play(tmp_path, scenario)


def test_plates_are_masked_but_for_their_owner_and_sealed_at_rest(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario(parking: RunningParking) -> None:
        plate = {"text": "鲁a·98O76", "color": "blue"}
        held = await parking.reserve("ann", plate=plate)
        assert held.json()["plate"] == {"text": "鲁A·9**76", "color": "blue", "masked": True}
        assert (await parking.see("ann", held)).json()["plate"] == {"text": "鲁A98076", "color": "blue", "masked": False}
        assert (await parking.ask("ann", "GET", PATH)).json()["reservations"][0]["plate"]["text"] == "鲁A·9**76"
        bad = await parking.reserve("ann", plate={"text": "鲁A98", "color": "blue"})
        assert (bad.status_code, bad.json()["code"]) == (422, "bad_plate")
        assert "鲁A98" not in bad.text
        other = await parking.act("ann", held, "plate", {"text": "鲁B55555", "color": "blue"})
        assert other.json()["plate"]["text"] == "鲁B·5**55"

    play(tmp_path, scenario)
    logged = capfd.readouterr()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for text in ("98076", "98O76", "鲁B55555"):
        assert text not in logged.out + logged.err
        assert text.encode() not in kept
    assert (tmp_path / "parking.key").stat().st_mode & 0o777 == 0o600


def test_lists_go_on_where_the_page_before_ended(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        made = []
        for hour in range(5):
            made.append((await parking.reserve("ann", start=1 + hour, end=2 + hour, confirm=True)).json()["id"])
            parking.now += 2 if hour % 2 else 0
        seen, cursor = [], ""
        while True:
            page = (await parking.ask("ann", "GET", f"{PATH}?limit=2{cursor}")).json()
            seen += [one["id"] for one in page["reservations"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert sorted(seen) == sorted(made)
        assert seen[0] == made[-1]
        assert (await parking.ask("ann", "GET", f"{PATH}?state=hold")).json()["reservations"] == []
        assert (await parking.ask("ann", "GET", f"{PATH}?cursor=QUJD")).status_code == 422

    play(tmp_path, scenario)


def test_a_hold_lapses_by_itself_and_who_waits_is_offered_its_room(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        held = await parking.reserve("ann", place_id="east.7", kind="charging")
        wish = parking.wish(kind="charging")
        waiting = await parking.ask("bob", "POST", "/v1/parking/waitlist", wish, idempotency_key="w")
        assert (waiting.status_code, waiting.json()["state"]) == (201, "waiting")
        parking.now += 601
        for _ in range(100):
            await asyncio.sleep(0.05)
            if (await parking.see("bob", waiting)).json()["state"] == "offered":
                break
        assert (await parking.see("ann", held)).json()["state"] == "expired"
        offered = await parking.see("bob", waiting)
        assert (offered.json()["state"], offered.json()["place_id"]) == ("offered", "east.7")
        assert (await parking.act("bob", offered, "confirm")).json()["state"] == "confirmed"

    play(tmp_path, scenario)


def test_a_web_page_and_the_short_cut_reach_the_same_desk(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        wish = parking.wish()
        direct = await parking.ask("ann", "POST", PATH, wish, idempotency_key="k")
        through = await parking.ask("ann", "POST", PATH, wish, idempotency_key="k", origin="https://app.example.org")
        assert (through.status_code, through.content) == (201, direct.content)
        for origin in ({}, {"origin": "https://app.example.org"}):
            large = await parking.ask("ann", "POST", PATH, {"x": "y" * 20_000}, idempotency_key="z", **origin)
            assert (large.status_code, large.json()["code"]) == (413, "too_large")
            numbered = wish | {"plate": {"text": 5, "color": "blue"}}
            wrong = await parking.ask("ann", "POST", PATH, numbered, idempotency_key="z", **origin)
            assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/body/plate/text")

    play(tmp_path, scenario)


def test_every_answer_of_the_store_is_durable_before_it_is_told(tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        held = await parking.reserve("ann")
        with sqlite3.connect(tmp_path / "parking.db") as other:
            rows = other.execute("select state from reservations where id = ?", (held.json()["id"],)).fetchall()
            kept = other.execute("select status, body from answers").fetchall()
        other.close()
        assert rows == [("hold",)]
        assert kept == [(201, held.content)]

    play(tmp_path, scenario)


def test_a_fault_of_our_own_is_told_as_a_problem_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a rule is wrong")

    async def scenario() -> None:
        monkeypatch.setattr("server.parking.desk.reserve", fail)
        async with RunningParking(tmp_path).open() as parking:
            answer = await parking.reserve("ann")
            assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
            assert answer.headers["content-type"] == "application/problem+json"
            assert "wrong" not in answer.text

    run_async(scenario())


@pytest.mark.parametrize(
    ("field", "spoilt", "wanted"),
    [
        ("from", "2026-11-28T08:00:00", "it is a time with its offset, like 2026-11-28T08:00:00+08:00"),
        ("plate", "鲁A12345", 'it is an object like {"text": "鲁A12345", "color": "blue"}'),
        ("plate/color", "red", "it is one of blue, yellow, green, yellow_green, white, black, other"),
        ("kind", "car", "it is one of general, disabled, charging, family, women, bus, truck, motorcycle, resident"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_answered_with_what_is_wanted_there(field: str, spoilt: str, wanted: str, tmp_path: Path) -> None:
    async def scenario(parking: RunningParking) -> None:
        wish = parking.wish()
        first, _, second = field.partition("/")
        (wish[first] if second else wish)[second or first] = spoilt
        wrong = await parking.ask("ann", "POST", PATH, wish, idempotency_key="k")
        assert wrong.json()["errors"] == [{"pointer": f"/body/{field}", "detail": wanted}]

    play(tmp_path, scenario)
