from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.live_server import run_async
from tests.support.postgres import fresh_database, postgres_server
from tests.support.running_parking import PATH, RunningParking

SHARES = "/v1/parking/shares"
WINDOW = {"place_id": "garden.1", "first_day": "2026-04-27", "days": "workdays", "start": "18:00", "end": "08:00", "buffer_s": 1800}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def toml(request: pytest.FixtureRequest) -> Iterator[str]:
    """What parking.toml says of the store."""
    if request.param == "sqlite":
        yield ""
        return
    with fresh_database(request.getfixturevalue("server")) as database:
        yield f'database = "{database}"'


def test_staying_longer_is_priced_before_it_is_done(tmp_path: Path, toml: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, toml).open() as parking:
            tariff = {"id": "dear", "name": "dear", "bands": [{"name": "day", "steps": [{"fen": 300, "unit_min": 30}]}]}
            assert (await parking.operate("PUT", "/v1/parking/tariffs/dear", tariff)).status_code == 200
            held = await parking.reserve("ann", confirm=True)
            lot = {"name": "东站", "lat": 36.71, "lon": 117.53, "tariff_id": "dear"}
            assert (await parking.operate("PUT", "/v1/parking/lots/east", lot)).status_code == 200
            path = f"{PATH}/{held.json()['id']}/extension-quote"
            offer = await parking.ask("ann", "POST", path, {"to": parking.moment(3)})
            assert (offer.status_code, offer.json()["from"], offer.json()["to"]) == (201, parking.moment(2), parking.moment(3))
            assert offer.json()["price"]["amount"] == 600
            assert (await parking.see("ann", held)).json()["to"] == parking.moment(2), "nothing was done"
            longer = await parking.act("ann", held, "extend", {"quote_id": offer.json()["id"]})
            assert (longer.json()["to"], longer.json()["price"]["amount"]) == (parking.moment(3), 600)
            for who, body, code in (("bob", {"to": parking.moment(4)}, "unknown_reservation"), ("ann", {}, "invalid_request"),
                                    ("ann", {"to": parking.moment(2)}, "bad_interval")):  # fmt: skip
                assert (await parking.ask(who, "POST", path, body)).json()["code"] == code

    run_async(scenario())


def test_who_waits_hears_how_many_wait_before_them(tmp_path: Path, toml: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, toml).open() as parking:
            for _ in range(3):
                assert (await parking.reserve(secrets.token_hex(4), confirm=True)).status_code == 201
            entries = []
            for who in ("ann", "bob", "cleo"):
                parking.now += 1  # else the order of their ids decides
                wish = parking.wish(start=0.9, end=1.5)
                key = secrets.token_hex(8)
                entries.append((who, await parking.ask(who, "POST", "/v1/parking/waitlist", wish, idempotency_key=key)))
            for ahead, (who, entry) in enumerate(entries):
                told = await parking.ask(who, "GET", f"{PATH}/{entry.json()['id']}/waiting")
                assert told.json()["ahead"] == ahead
            path = f"{PATH}/{entries[0][1].json()['id']}/waiting"
            assert (await parking.ask("bob", "GET", path)).status_code == 404
            await parking.act("ann", entries[0][1], "cancel")
            over = await parking.ask("ann", "GET", path)
            assert (over.status_code, over.json()["code"]) == (409, "wrong_state")
            assert (await parking.ask("cleo", "GET", f"{PATH}/{entries[2][1].json()['id']}/waiting")).json()["ahead"] == 1

    run_async(scenario())


def test_an_owner_sees_when_a_space_is_really_open_and_who_has_it(tmp_path: Path, toml: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, toml).open() as parking:
            made = await parking.ask("olga", "POST", SHARES, WINDOW)
            path = f"{SHARES}/{made.json()['id']}/openings"
            booked = await parking.reserve("ann", lot_id="garden", place_id="garden.1", start=12, end=14, confirm=True)
            assert booked.status_code == 201, booked.text
            told = (await parking.ask("olga", "GET", f"{path}?days=14")).json()
            opened = {one["from"][:10]: one for one in told["openings"]}
            assert opened["2026-04-28"] == {"from": "2026-04-28T18:00:00+08:00", "to": "2026-04-29T07:30:00+08:00"}
            assert "2026-05-01" not in opened, "a holiday"
            assert "2026-05-09" in opened, "a Saturday on which people work"
            assert told["unknown_from"] is None
            (one,) = told["reserved"]
            assert (one["from"], one["state"]) == (parking.moment(12), "confirmed")
            assert "*" in one["plate"]
            assert (await parking.ask("ann", "GET", path)).json()["code"] == "unknown_share"
            await parking.ask("olga", "DELETE", f"{SHARES}/{made.json()['id']}", if_match="*")
            assert (await parking.ask("olga", "GET", path)).json()["openings"] == []

    run_async(scenario())
