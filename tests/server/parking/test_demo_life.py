"""The demo's car parks live over the real HTTP: counts come, citizens reserve and are let in, nobody complains."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import numpy as np

from feeds.parking.simulated import NEIGHBOURS, guest, guest_place, lots, tariffs
from server.parking.demo import DemoIssuer, bind_demo, enter_lots
from server.parking.demo_citizens import DemoCitizens
from server.parking.demo_life import DemoLife
from tests.support.live_server import run_async
from tests.support.running_city import RunningCity, at

MINUTE = 60


class Living:
    """A demo at eight in the morning of a working day; time passes by `minutes`."""

    def __init__(self, city: RunningCity, issuer: DemoIssuer) -> None:
        self.city, self.issuer = city, issuer
        self.key, _ = city.runtime.keys.create_key(("parking",), "demo", city.now)
        self.life = DemoLife(issuer, 1, lambda: city.now)
        self.citizens = DemoCitizens(city.http, issuer, self.life.gates, np.random.default_rng(4))

    async def minutes(self, count: int) -> None:
        for _ in range(count):
            self.city.now += MINUTE
            await self.life.step(self.city.http, self.key, self.citizens)

    async def open(self) -> None:
        await self.life.tell(self.city.http, self.key, *self.life.gates.opening())
        await self.citizens.share(self.city.now)


def play(directory: Path, scenario: object) -> None:
    issuer = DemoIssuer(directory)
    enter_lots(directory, lots(), lambda: at("08:00:00"), tariffs())

    async def run() -> None:
        city = RunningCity(directory)
        city.now = at("08:00:00")
        deliver = bind_demo(city.runtime.parking, issuer, directory, lambda: city.now)
        async with city.open():
            while not city.runtime.parking.catalogue.lots:
                await asyncio.sleep(0.01)
            paying = asyncio.create_task(deliver())
            await scenario(Living(city, issuer))  # type: ignore[operator]
            paying.cancel()

    run_async(run())


def test_every_car_park_tells_how_full_it_is_and_what_is_free_now(tmp_path: Path) -> None:
    async def scenario(demo: Living) -> None:
        await demo.open()
        await demo.minutes(5)
        found = {one["id"]: one for one in (await demo.city.get("/v1/parking/lots")).json()["lots"]}
        truth = demo.life.gates.inside()
        assert set(found) == set(truth)
        for lot, one in found.items():
            assert abs(one["occupied_now"] - truth[lot]) <= 3, lot
            assert one["free_now"] is not None

    play(tmp_path, scenario)


def test_citizens_reserve_are_let_in_by_barriers_and_leave(tmp_path: Path) -> None:
    async def scenario(demo: Living) -> None:
        await demo.open()
        await demo.minutes(150)
        assert demo.citizens.booked > 20
        parking = demo.city.runtime.parking
        states = dict(await parking.read(lambda unit, _now: unit.sql("select state, count(*) from reservations group by state")))
        assert states["checked_in"] + states.get("completed", 0) > 5
        heard = await parking.read(lambda unit, _now: unit.sql("select count(*) from passages"))
        assert heard[0][0] > 300

    play(tmp_path, scenario)


def test_neighbours_share_and_a_visitor_who_shares_is_visited(tmp_path: Path) -> None:
    async def scenario(demo: Living) -> None:
        await demo.open()
        windows = await demo.city.runtime.parking.read(lambda unit, _now: unit.sql("select count(*) from windows"))
        assert windows[0][0] == NEIGHBOURS
        token, place = demo.issuer.guest(demo.city.now)
        assert (place, demo.issuer.handed_out) == (guest_place(0), [0])
        body = {"place_id": place, "first_day": "2026-04-27", "days": "daily", "start": "09:00", "end": "22:00"}
        headers = {"authorization": f"Bearer {token}"}
        made = await demo.city.http.post("/v1/parking/shares", json=body, headers=headers)
        await demo.minutes(40)
        told = await demo.city.http.get(f"/v1/parking/shares/{made.json()['id']}/openings", headers=headers)
        assert len(told.json()["reserved"]) == 1
        assert guest(0) == "guest-01"

    play(tmp_path, scenario)


def test_a_server_that_does_not_answer_costs_one_step(tmp_path: Path) -> None:
    async def scenario(demo: Living) -> None:
        def broken(_request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("nobody listens")

        async with httpx.AsyncClient(transport=httpx.MockTransport(broken), base_url="http://x") as client:
            turns = iter([True, False, False])
            await demo.life._guarded(demo.life.step(client, demo.key, demo.citizens), lambda: next(turns))
        await demo.minutes(2)

    play(tmp_path, scenario)
