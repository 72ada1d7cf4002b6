"""What shared places earned and who was paid, over HTTP."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from parking.rules import Rules
from server.parking.simulated_provider import Manners, SimulatedProvider
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

API = "/v1/parking"
WINDOW = {"place_id": "garden.1", "first_day": "2026-04-27", "days": "daily", "start": "00:00", "end": "24:00",
          "price_fen_per_hour": 333}  # fmt: skip


def with_provider(tmp_path: Path, stored: str) -> RunningParking:
    parking = RunningParking(tmp_path, stored)
    parking.parking.rules = Rules(platform_parts=1000, tax_parts=600)
    parking.parking.provider = SimulatedProvider(b"secret", lambda: parking.now, 1, Manners(failing=0.0, lost=0.0, payout_s=0))
    return parking


async def paid(parking: RunningParking, who: str, start: float, end: float) -> dict[str, Any]:
    held = await parking.reserve(who, lot_id="garden", place_id="garden.1", start=start, end=end)
    assert held.status_code == 201, held.text
    asked = await parking.ask(who, "POST", f"{API}/reservations/{held.json()['id']}/payments")
    provider, cashier = parking.parking.provider, parking.parking.cashier
    assert isinstance(provider, SimulatedProvider)
    assert cashier is not None
    provider.pay(asked.json()["id"])
    parking.now += 20
    await cashier.turn()
    found: dict[str, Any] = (await parking.see(who, held)).json()
    assert found["state"] == "confirmed"
    return found


def test_an_owner_sees_share_fee_and_tax_to_the_fen_and_is_paid(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        parking = with_provider(tmp_path, stored)
        async with parking.open():
            assert (await parking.ask("olga", "POST", f"{API}/shares", WINDOW)).status_code == 201
            names = [(await paid(parking, who, start, start + 1))["id"] for who, start in (("ann", 1), ("bob", 3), ("cui", 5))]
            gone = await parking.ask("cui", "POST", f"{API}/reservations/{names[2]}/cancel", {}, if_match="*")
            assert gone.json()["refunded"]["amount"] == 333
            found = (await parking.ask("olga", "GET", f"{API}/statements?limit=2")).json()
            more = (await parking.ask("olga", "GET", f"{API}/statements?limit=2&cursor={found['next']}")).json()
            rows = found["reservations"] + more["reservations"]
            assert [one["reservation_id"] for one in rows] == names
            figures = [[one[name]["amount"] for name in ("charged", "share", "fee", "tax", "earned")] for one in rows]
            assert figures == [[333, 280, 33, 20, 280], [333, 280, 33, 20, 280], [0, 0, 0, 0, 0]]
            assert found["sums"]["charged"]["amount"] == 666
            assert not any(who in str(found) for who in ("ann", "鲁"))
            sheet = await parking.ask("olga", "GET", f"{API}/statements.csv")
            assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
            table = list(csv.DictReader(io.StringIO(sheet.content.decode("utf-8-sig"))))
            assert [one["share_fen"] for one in table] == ["280", "280", "0", "560"]
            assert (await parking.ask("ann", "GET", f"{API}/statements")).json()["count"] == 0
            for query in ("account=operator", "holder=id:olga"):
                assert (await parking.ask("ann", "GET", f"{API}/statements?{query}")).status_code == 403
            headers = {"x-api-key": parking.operator_key}
            named = {"account": "owner", "holder": "id:olga"}
            theirs = await parking.http.get(f"{API}/statements", params=named, headers=headers)
            assert theirs.json()["sums"] == found["sums"]
            assert (await parking.http.get(f"{API}/statements", headers=headers)).status_code == 422
            backwards = {**named, "from": parking.moment(1), "to": parking.moment(0)}
            assert (await parking.http.get(f"{API}/statements", params=backwards, headers=headers)).status_code == 422
            owed = (await parking.ask("olga", "GET", f"{API}/settlements")).json()
            assert (owed["settlements"], owed["payable"]["amount"]) == ([], 560)
            made = (await parking.operate("POST", f"{API}/settlements", {"day": "2026-04-27"})).json()
            again = (await parking.operate("POST", f"{API}/settlements", {"day": "2026-04-27"})).json()
            assert made["settlements"] == again["settlements"]
            assert [(one["holder"], one["amount"]["amount"], one["state"]) for one in made["settlements"]] == [("id:olga", 560, "sent")]
            assert (await parking.ask("olga", "POST", f"{API}/settlements", {})).status_code == 403
            cashier = parking.parking.cashier
            assert cashier is not None
            for _ in range(8):
                parking.now += 3600
                await cashier.turn()
            done = (await parking.ask("olga", "GET", f"{API}/settlements")).json()
            assert [one["state"] for one in done["settlements"]] == ["paid"]
            assert (done["payable"]["amount"], done["balance"]["amount"]) == (0, 0)
            listed = (await parking.http.get(f"{API}/settlements", headers=headers)).json()
            assert [one["holder"] for one in listed["settlements"]] == ["id:olga"]
            assert (await parking.ask("ann", "GET", f"{API}/settlements")).json()["settlements"] == []

    run_async(scenario())


def test_who_declines_another_place_is_told_of_the_compensation_before_and_gets_it(tmp_path: Path, stored: str) -> None:
    async def scenario() -> None:
        parking = with_provider(tmp_path, stored)
        async with parking.open():
            lend = {"lot_id": "garden", "id": "garden.2", "owner": "id:fay", "numbered": True,
                    "windows": [{name: text for name, text in WINDOW.items() if name != "place_id"}]}  # fmt: skip
            assert (await parking.operate("POST", f"{API}/owned-places", lend)).status_code == 201
            made = await parking.ask("olga", "POST", f"{API}/shares", WINDOW)
            name = (await paid(parking, "ann", 3, 5))["id"]
            path = f"{API}/shares/{made.json()['id']}"
            shown = (await parking.ask("olga", "POST", f"{path}/preview", {"withdraw": True})).json()["summary"]
            assert (shown["relocated"], shown["compensation_if_declined"]["amount"]) == (1, 66)
            assert (await parking.ask("olga", "DELETE", path, if_match="*")).status_code == 204
            offered = (await parking.ask("ann", "GET", f"{API}/reservations/{name}")).json()
            assert (offered["state"], offered["place_id"], offered["moved_from"]) == ("relocation_offered", "garden.2", "garden.1")
            preview = (await parking.ask("ann", "POST", f"{API}/reservations/{name}/cancellation-preview", {})).json()
            assert (preview["refund"]["amount"], preview["kept"]["amount"], preview["compensation"]["amount"]) == (666, 0, 66)
            gone = (await parking.ask("ann", "POST", f"{API}/reservations/{name}/cancel", {}, if_match="*")).json()
            assert (gone["refunded"]["amount"], gone["compensation"]["amount"], gone["reason"]) == (666, 66, "offer_declined")
            told = (await parking.ask("olga", "GET", f"{API}/statements")).json()["sums"]
            assert (told["charged"]["amount"], told["compensation"]["amount"], told["earned"]["amount"]) == (0, 66, -66)

    run_async(scenario())
