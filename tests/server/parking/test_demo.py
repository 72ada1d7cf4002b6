from __future__ import annotations

from pathlib import Path

from feeds.parking.simulated import OWNER, lots
from server.parking.demo import DemoIssuer, enter_lots
from tests.support.live_server import run_async
from tests.support.running_city import RunningCity, at


def test_the_demos_car_parks_answer_at_once_and_its_citizen_may_reserve(tmp_path: Path) -> None:
    issuer = DemoIssuer(tmp_path)
    enter_lots(tmp_path, lots(), lambda: at("06:00:00"))

    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            while not city.runtime.parking.ready:
                await city.step()
            found = (await city.get("/v1/parking/lots", near="36.72,117.54", radius=2000)).json()["lots"]
            assert len(found) == len(lots())
            headers = {"authorization": f"Bearer {issuer.token(OWNER.removeprefix('id:'), city.now)}"}
            window = {"place_id": "demo-garden.117", "first_day": "2026-04-27", "days": "daily", "start": "08:00", "end": "18:00"}
            assert (await city.http.post("/v1/parking/shares", json=window, headers=headers)).status_code == 201

    run_async(scenario())
