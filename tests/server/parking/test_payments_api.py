"""Priced car parks over HTTP: price lists, quotes, payments by a provider, cancellation."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.parking.simulated_provider import Manners, SimulatedProvider
from tests.support.live_server import run_async
from tests.support.running_parking import PATH, RunningParking

NOTICES = "/v1/parking/payments/notices"
GOOD = Manners(lost=0.0, repeated=1, latest_s=0, failing=0.0, payout_s=0)
TARIFF = {
    "id": "centre", "name": "中心区", "bands": [{"name": "全天", "steps": [{"fen": 200, "unit_min": 30}]}],
    "refund_steps": [[3600, 100], [0, 50]], "vehicles": [{"vehicle": "nev", "percent": 50}],
}  # fmt: skip
LOT = {"name": "收费", "lat": 36.7, "lon": 117.5, "tariff_id": "centre", "places": [{"id": "paid.pool", "capacity": 2}]}


def provider_of(parking: RunningParking, manners: Manners = GOOD) -> SimulatedProvider:
    provider = SimulatedProvider(b"secret", lambda: parking.now, 1, manners)
    parking.parking.provider = provider
    return provider


async def enter(parking: RunningParking) -> None:
    for version in (1, 2):
        answer = await parking.operate("PUT", "/v1/parking/tariffs/centre", TARIFF)
        assert answer.json() == {"id": "centre", "name": "中心区", "version": version}, answer.text
    assert (await parking.operate("PUT", "/v1/parking/lots/paid", LOT)).status_code == 200


async def ask_to_pay(parking: RunningParking, held: httpx.Response, who: str = "ann") -> httpx.Response:
    return await parking.ask(who, "POST", f"{PATH}/{held.json()['id']}/payments")


def test_a_priced_place_is_paid_confirmed_and_paid_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        parking = RunningParking(tmp_path)
        provider = provider_of(parking)
        async with parking.open():
            await enter(parking)
            held = await parking.reserve("ann", lot_id="paid", start=2, end=4)
            assert (held.json()["state"], held.json()["price"]["amount"]) == ("hold", 800)
            early = await parking.act("ann", held, "confirm")
            assert (early.status_code, early.json()["due_fen"]) == (402, 800)
            assert (await ask_to_pay(parking, held, "bob")).status_code == 404
            asked = await ask_to_pay(parking, held)
            assert (asked.status_code, asked.json()["amount"]["amount"]) == (201, 800)
            assert (await ask_to_pay(parking, held)).json() == asked.json()
            assert provider.pay(asked.json()["id"])
            ((headers, body),) = provider.notices()
            for _ in range(2):
                assert (await parking.http.post(NOTICES, content=body, headers=headers)).status_code == 204
            seen = await parking.see("ann", held)
            assert (seen.json()["state"], seen.json()["paid"]["amount"]) == ("confirmed", 800)
            preview = (await parking.ask("ann", "POST", f"{PATH}/{held.json()['id']}/cancellation-preview")).json()
            assert (preview["refund"]["amount"], preview["kept"]["amount"]) == (800, 0)
            assert [one["refund"]["amount"] for one in preview["later"]] == [400, 0]
            longer = await parking.act("ann", seen, "extend", {"to": parking.moment(5)})
            assert longer.json()["price"]["amount"] == 1200
            gone = await parking.act("ann", longer, "cancel")
            assert gone.json()["refunded"]["amount"] == 800
            while provider.taken(asked.json()["id"]):
                await asyncio.sleep(0.05)

    run_async(scenario())


def test_the_plates_colour_decides_the_price(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await enter(parking)
            wish = {"lot_id": "paid", "from": parking.moment(1), "to": parking.moment(2)}
            quote = (await parking.ask("ann", "POST", "/v1/parking/quotes", {**wish, "color": "green"})).json()
            assert quote["price"]["amount"] == 200
            body: dict[str, Any] = {"quote_id": quote["id"], "plate": {"text": "鲁A12345", "color": "blue"}}
            other = await parking.ask("ann", "POST", PATH, body, idempotency_key="a" * 16)
            assert (other.status_code, other.json()["code"]) == (409, "quote_differs")
            body["plate"] = {"text": "鲁AD12345", "color": "green"}
            assert (await parking.ask("ann", "POST", PATH, body, idempotency_key="b" * 16)).status_code == 201

    run_async(scenario())


def test_without_a_provider_nothing_is_paid(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            await enter(parking)
            held = await parking.reserve("ann", lot_id="paid")
            for answer in (await ask_to_pay(parking, held), await parking.http.post(NOTICES, content=b"")):
                assert (answer.status_code, answer.json()["code"]) == (503, "no_provider")

    run_async(scenario())


def test_a_silent_provider_and_false_notices(tmp_path: Path) -> None:
    async def scenario() -> None:
        parking = RunningParking(tmp_path)
        provider = provider_of(parking, Manners(failing=2.0))
        async with parking.open():
            await enter(parking)
            held = await parking.reserve("ann", lot_id="paid")
            silent = await ask_to_pay(parking, held)
            assert (silent.status_code, silent.json()["code"]) == (503, "provider_silent")
            assert silent.headers["retry-after"] == "2"
            good = provider.sign(b'["payment","nobody-1",1,"CNY"]', int(parking.now))
            for headers in ({}, good, {**good, "x-provider-signature": "0"}):
                false = await parking.http.post(NOTICES, content=b'["payment","nobody-1",1,"CNY"]', headers=headers)
                assert (false.status_code, false.json()["code"]) == (400, "bad_notice")
            assert (await parking.see("ann", held)).json()["state"] == "hold"

    run_async(scenario())


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"bands": []}, "/body/bands"), ({"id": "other"}, "/body/id"), ({"free_min": -1}, "/body/free_min"), ({"x": 1}, "/body"),
     ({"day_cap_fen": 2**70}, "/body")],
)  # fmt: skip
def test_a_price_list_with_a_fault_is_refused(tmp_path: Path, change: dict[str, Any], pointer: str) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            refused = await parking.operate("PUT", "/v1/parking/tariffs/centre", {**TARIFF, **change})
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), refused.text

    run_async(scenario())
