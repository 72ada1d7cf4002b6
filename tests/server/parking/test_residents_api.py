"""The register of a community over HTTP: in bulk, each bad row named, and residents first in quotes and reservations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from server.parking.residents import read_residents
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

PATH = "/v1/parking/communities/mingzhu"


async def send(parking: RunningParking, path: str, content: str, kind: str = "text/csv; charset=utf-8") -> httpx.Response:
    headers = {"x-api-key": parking.operator_key, "content-type": kind}
    return await parking.http.post(path, content=content.encode(), headers=headers)


def test_a_register_is_entered_listed_and_taken_off_in_bulk(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            rows = "client,name\nid:ann,安\n\n,nobody\nid:bob,b\nbob,no kind\nid:ann,again\nid:cui,c,too many\napp:k1:dan,d\n"
            told = (await send(parking, f"{PATH}/residents", rows)).json()
            assert (told["changed"], told["unchanged"], told["repeated"], told["refused"]) == (3, 0, 1, 3)
            assert [(one["line"], one["field"], one["pointer"]) for one in told["errors"]] == [
                (4, "client", "/body/4/client"), (6, "client", "/body/6/client"), (8, "", "/body/8"),
            ]  # fmt: skip
            more: dict[str, Any] = {"residents": ["id:ann", 7, "id:eve"]}
            told = (await parking.operate("POST", f"{PATH}/residents", more)).json()
            assert (told["changed"], told["unchanged"], told["errors"][0]["pointer"]) == (1, 1, "/body/residents/1")
            page = (await parking.get(f"{PATH}/residents?limit=3")).status_code
            assert page == 401
            headers = {"x-api-key": parking.operator_key}
            first = (await parking.http.get(f"{PATH}/residents", params={"limit": 3}, headers=headers)).json()
            rest = (await parking.http.get(f"{PATH}/residents", params={"cursor": first["next"]}, headers=headers)).json()
            assert (first["residents"] + rest["residents"], rest["next"]) == (["app:k1:dan", "id:ann", "id:bob", "id:eve"], None)
            known = (await parking.http.get("/v1/parking/communities", headers=headers)).json()
            assert known == {"communities": [{"id": "mingzhu", "lots": [], "residents": 4}], "next": None}
            gone = (await send(parking, f"{PATH}/residents/removals", "client\nid:bob\nid:nobody\n")).json()
            assert (gone["changed"], gone["unchanged"]) == (1, 1)
            without = await send(parking, f"{PATH}/residents", "name\nann\n")
            assert (without.status_code, "client" in without.json()["detail"]) == (422, True)
            bad = await parking.http.post(f"{PATH}/residents", content=b"client\n\xff", headers={**headers, "content-type": "text/csv"})
            assert (bad.status_code, "UTF-8" in bad.json()["detail"]) == (422, True)
            assert (await parking.ask("ann", "GET", f"{PATH}/residents")).status_code == 403

    run_async(scenario())


def test_residents_come_first_in_quotes_and_reservations(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path, stored).open() as parking:
            set_up = await parking.operate("PUT", PATH, {"lots": ["garden"]})
            assert set_up.json() == {"id": "mingzhu", "lots": ["garden"], "residents": 0}
            assert (await parking.operate("PUT", PATH, {"lots": ["nowhere"]})).status_code == 404
            await parking.operate("POST", f"{PATH}/residents", {"residents": ["id:ann"]})
            await parking.operate("PUT", "/v1/parking/lots/garden/places/garden.r", {"kind": "resident", "capacity": 3})
            window = {"place_id": "garden.1", "first_day": "2026-04-27", "days": "daily", "start": "00:00", "end": "24:00",
                      "residents_first_s": 7200}  # fmt: skip
            assert (await parking.ask("olga", "POST", "/v1/parking/shares", window)).status_code == 201
            for kind, place in (("general", "garden.1"), ("resident", None), ("resident", "garden.r")):
                wish = {"lot_id": "garden", "kind": kind, "from": parking.moment(5), "to": parking.moment(6)}
                wish |= {"place_id": place} if place else {}
                no = await parking.ask("bob", "POST", "/v1/parking/quotes", wish)
                assert (no.status_code, no.json()["code"]) == (403, "not_eligible"), no.text
                plate = parking.wish()["plate"]
                body, key = {**wish, "plate": plate}, f"{kind}{place}"
                held = await parking.ask("bob", "POST", "/v1/parking/reservations", body, idempotency_key=key)
                assert (held.status_code, held.json()["code"]) == (403, "not_eligible")
                assert (await parking.ask("ann", "POST", "/v1/parking/quotes", wish)).status_code == 201
            assert held.json().get("from") is None
            late = await parking.reserve("bob", lot_id="garden", place_id="garden.1", start=5, end=6)
            assert late.json()["from"] == parking.moment(3), "from when others may book is told as a time"
            parking.now += 4 * 3600
            assert (await parking.reserve("bob", lot_id="garden", place_id="garden.1", start=1, end=2)).status_code == 201

    run_async(scenario())


def test_a_row_that_is_none_loses_no_other() -> None:
    rows = ["client", *(f"id:r{k}" if k % 10 else "?" for k in range(20_000))]
    sent = read_residents("\n".join(rows).encode(), True)
    assert (len(sent.clients), sent.refused, len(sent.errors), sent.errors[1]["line"]) == (18_000, 2000, 1000, 12)
