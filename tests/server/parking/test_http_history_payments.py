"""Payments over HTTP with a provider that is elsewhere: notices repeated, reordered, lost and late, calls without an answer, a server
that dies: everything is paid once, and what was paid for nothing goes back once."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from parking.model import Account, State
from server.parking.simulated_provider import Manners
from tests.support.outside_provider import OutsideProvider
from tests.support.parking_clients import moment
from tests.support.parking_http_proof import LONG
from tests.support.parking_rows import Rows, rows_of
from tests.support.parking_site import BY_ID, PRICED, QUARTER, Site
from tests.support.parking_talk import PATH
from tests.support.postgres import emptied, fresh_database, postgres_server

pytestmark = pytest.mark.slow
BAD = Manners(lost=0.3, repeated=3, latest_s=5, failing=0.2, payout_s=2)
RULES = {"hold_s": 3, "retry_first_s": 2, "retry_most_s": 3, "platform_parts": 2500, "tax_parts": 2500}
UNLUCKY = (httpx.TransportError, json.JSONDecodeError)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server("-c", "fsync=off") as server, fresh_database(server) as one:
        yield one


class Bazaar:
    """Citizens who hold, pay, dawdle and cancel; the provider; the server."""

    def __init__(self, folder: Path, database: str, seed: int, **more: Any) -> None:
        self.random = random.Random(seed)
        self.provider = OutsideProvider(time.time, seed, BAD)
        self.folder, self.database, self.more = folder, database, more
        self.statuses: dict[int, int] = defaultdict(int)
        self.base = int(time.time()) // QUARTER * QUARTER + 12 * QUARTER

    async def run(self, citizens: int, kills: int) -> Site:
        """→ the site, its server gone, when nothing is under way any more."""
        await self.provider.start()
        site = Site(self.folder, self.database, provider=str(self.provider.port), **RULES, **self.more)
        site.start()
        try:
            await self._trade(site, citizens, kills)
        finally:
            self.provider.stop()
            site.kill()
        return site

    async def _trade(self, site: Site, citizens: int, kills: int) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{site.port}", timeout=10) as self.http:
            delivering = asyncio.create_task(self.provider.deliver(self._notice))
            going = asyncio.gather(*(self._citizen(site, f"p{k}") for k in range(citizens)))
            for _ in range(kills):
                await asyncio.sleep(self.random.uniform(0.8, 2.0))
                site.kill()
                await asyncio.to_thread(site.start)
            await going
            await self._quiet(site)
            delivering.cancel()

    async def _quiet(self, site: Site) -> None:
        """Nothing is to be asked or sent any more, and every hold has lapsed."""
        ends = time.monotonic() + 40
        while True:
            await asyncio.sleep(0.3)
            rows = rows_of(site.where)
            waiting = [one for one in rows.reservations.values() if one.state is State.HOLD]
            if not waiting and all(one.due is None for one in (*rows.payments, *rows.payouts)):
                return
            assert time.monotonic() < ends, (len(waiting), rows.payments[-3:], rows.payouts[-3:], site.log()[-2000:])

    async def _notice(self, body: bytes, headers: dict[str, str]) -> bool:
        try:
            status = (await self.http.post("/v1/parking/payments/notices", content=body, headers=headers)).status_code
        except UNLUCKY:
            return False
        self.statuses[status] += 1
        return status == 204

    async def _citizen(self, site: Site, name: str) -> None:
        token = {"authorization": f"Bearer {site.token(name)}"}
        for k in range(3):
            start = self.base + self.random.randrange(6) * QUARTER
            times = {"from": moment(start), "to": moment(start + QUARTER), "plate": {"text": f"{name}X{k}", "color": "other"}}
            wish = {"lot_id": PRICED, "place_id": self.random.choice(("T1", "T2")), **times}
            held = await self._ask(PATH, wish, {**token, "idempotency-key": f"{name}-{k}"})
            if held.status_code != 201:
                continue
            where = f"{PATH}/{held.json()['id']}"
            for _ in range(self.random.randint(1, 3)):
                asked = await self._ask(f"{where}/payments", {}, token)
                if asked.status_code == 201:
                    await asyncio.sleep(self.random.choice((0.0, 0.5, 1.5, 2.8)))
                    self.provider.books.pay(asked.json()["id"])
            await asyncio.sleep(self.random.uniform(0, 4))
            if self.random.random() < 0.4:
                await self._ask(f"{where}/cancel", {}, {**token, "if-match": "*"})

    async def _ask(self, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        """Until there is an answer."""
        while True:
            try:
                answer = await self.http.post(path, content=json.dumps(body).encode(), headers=headers)
            except UNLUCKY:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code != 503:
                assert answer.status_code < 500, answer.text
                return answer
            await asyncio.sleep(0.1)


def audit(bazaar: Bazaar, rows: Rows) -> dict[str, int]:
    """The provider's books against ours, to the fen."""
    rows.check(BY_ID, rows.now)
    orders, payouts = bazaar.provider.books._books.orders, bazaar.provider.books._books.payouts
    captured = {line.posting.removeprefix("capture:"): line.amount for lines in rows.lines.values() for line in lines
                if line.posting.startswith("capture:") and line.account is Account.PROVIDER}  # fmt: skip
    assert captured == {name: order.amount for name, order in orders.items() if order.paid_at is not None}
    assert {one.key: one.amount for one in rows.payouts} == {key: one.amount for key, one in payouts.items()}
    assert all(one.done is not None for one in rows.payouts)
    paid: dict[str, int] = defaultdict(int)
    for payment in rows.payments:
        paid[payment.reservation_id] += bazaar.provider.books.taken(payment.id)
    for name, one in rows.reservations.items():
        assert one.state in (State.CONFIRMED, State.EXPIRED, State.CANCELLED)
        assert paid[name] == one.paid - one.refunded
        if one.state is not State.CANCELLED:
            assert paid[name] == (one.terms.amount if one.state is State.CONFIRMED else 0)
    ours = sum(line.amount for lines in rows.lines.values() for line in lines if line.account is Account.PROVIDER)
    assert ours == bazaar.provider.books.holds()
    assert sum(line.amount for lines in rows.lines.values() for line in lines) == 0
    kinds: dict[str, int] = defaultdict(int)
    for one in rows.reservations.values():
        kinds[f"{one.state.value}{' paid' if one.paid else ''}"] += 1
    return dict(kinds)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"] if LONG else ["sqlite"])
def test_everything_is_paid_once_or_goes_back_once(kind: str, address: str, tmp_path: Path) -> None:
    bazaar = Bazaar(tmp_path, emptied(address) if kind == "postgres" else "", 5)
    site = asyncio.run(asyncio.wait_for(bazaar.run(14, kills=2 if kind == "sqlite" else 1), 120))
    kinds = audit(bazaar, rows_of(site.where))
    assert kinds["confirmed paid"] > 2
    assert kinds.get("expired paid", 0) + kinds.get("cancelled paid", 0) > 0
    assert set(bazaar.statuses) <= {204, 503}
    assert bazaar.provider.taken > kinds["confirmed paid"]


def test_shares_that_are_rounded_each_for_itself_are_caught(tmp_path: Path) -> None:
    bazaar = Bazaar(tmp_path, "", 5, broken="rounding")

    async def scenario() -> None:
        running = asyncio.create_task(bazaar.run(4, kills=0))
        while not running.done() and 500 not in bazaar.statuses:
            await asyncio.sleep(0.05)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    began = time.monotonic()
    asyncio.run(asyncio.wait_for(scenario(), 60))
    assert bazaar.statuses[500] > 0
    assert time.monotonic() < began + 60
