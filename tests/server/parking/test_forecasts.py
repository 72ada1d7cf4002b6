"""The forecast in the server: learned from the slots it counts, kept over a restart, told with its interval or why there is none."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from parking.occupancy import SlotColumns
from parking.records import Lot
from server.parking.forecasts import FILE, Forecasts
from tests.support.live_server import run_async
from tests.support.running_parking import RunningParking

LOTS = [Lot("a", "", 36.7, 117.5), Lot("b", "", 36.7, 117.5)]
STALLS = {"a": 2000, "b": 300}
MONDAY = 1_772_380_800
"""2026-03-02 00:00 in Shanghai"""


def slots(model: Forecasts, days: range, until: int = 288) -> int:
    """Weekdays that are alike: a fills up and b is not counted. The end of the last slot."""
    rng, end = np.random.default_rng(5), 0
    for day in days:
        inside = 20.0
        for slot in range(288 if day != days[-1] else until):
            came, left = rng.poisson(3.0 if slot < 150 else 0.5), rng.poisson(0.5 if slot < 150 else 2.0)
            left = min(left, int(inside))
            inside += came - left
            end = MONDAY + day * 86_400 + (slot + 1) * 300
            model.observe(end, SlotColumns(np.array([inside, np.nan]), np.array([came, np.nan]), np.array([left, np.nan])))
    return end


def test_it_is_given_once_a_day_of_the_kind_was_seen_and_outlives_a_restart(tmp_path: Path) -> None:
    model = Forecasts(tmp_path)
    assert model.of("a", MONDAY) == ([], "not_observed_yet")
    model.take(LOTS, STALLS)
    end = slots(model, range(1), 100)
    assert model.of("a", end) == ([], "not_learned_yet")
    assert model.of("b", end) == ([], "occupancy_unknown")
    end = slots(model, range(1, 4), 100)
    ahead, missing = model.of("a", end + 60)
    assert ([one.minutes for one in ahead], missing) == ([15, 30, 60], None)
    assert [one.at for one in ahead] == [end + 900, end + 1800, end + 3600]
    assert all(one.low < one.mid < one.high for one in ahead)
    assert model.of("a", end + 901) == ([], "not_observed_yet")
    assert slots(model, range(3, 4), 100) == end  # told again: changes nothing
    model.save()
    again = Forecasts(tmp_path)
    again.take([*LOTS, Lot("c", "", 36.7, 117.5)], {**STALLS, "c": 5})
    columns = SlotColumns(np.array([200.0, np.nan, 1.0]), np.array([3.0, np.nan, 0.0]), np.array([0.0, np.nan, 0.0]))
    again.observe(end + 300, columns)
    assert len(again.of("a", end + 300)[0]) == 3
    assert again.of("c", end + 300) == ([], "not_learned_yet")
    (tmp_path / FILE).write_bytes(b"PK broken")
    broken = Forecasts(tmp_path)
    broken.take(LOTS, STALLS)
    slots(broken, range(1), 2)
    assert broken.of("a", MONDAY + 600) == ([], "not_learned_yet")


async def count(parking: RunningParking, occupied: int) -> None:
    report = {"reports": [{"lot_id": "west", "at": parking.moment(0), "occupied": occupied}]}
    await parking.operate("POST", "/v1/parking/occupancy", report)
    await parking.parking.counting.tick()


def test_the_server_learns_as_days_go_by_and_tells_it_everywhere(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking:
            path = "/v1/parking/lots/west/availability"

            async def view() -> Any:
                found = (await parking.get(path)).json()
                return found["forecast"], found["forecast_missing"]

            assert await view() == (None, "not_observed_yet")
            began = parking.now
            for day in range(2):
                for slot in range(30):
                    parking.now = began + day * 86_400 + slot * 300
                    await count(parking, 10 + slot)
                if day == 0:
                    assert await view() == (None, "not_learned_yet")
            for slot in range(6):
                parking.now = began + 2 * 86_400 + slot * 300
                await count(parking, 10 + slot)
            forecast, missing = await view()
            assert (missing, [one["minutes"] for one in forecast]) == (None, [15, 30, 60])
            assert all(one["p10"] <= one["occupied"] <= one["p90"] for one in forecast)
            assert all(one["free_p10"] <= one["free"] <= one["free_p90"] for one in forecast)
            assert forecast[0]["occupied"] > 15
            assert (await parking.get("/v1/parking/lots/west")).json()["forecast"] == forecast
            rows = {one["id"]: one["forecast"] for one in (await parking.get("/v1/parking/lots")).json()["lots"]}
            assert (rows["west"], rows["east"]) == (forecast, None)
            assert (await parking.get("/v1/parking/lots/east")).json()["forecast_missing"] == "occupancy_unknown"
            async with connect(f"ws://{parking.address}/v1/ws") as socket:
                await socket.send(json.dumps({"op": "subscribe", "topics": ["lot:west"]}))
                told = json.loads(await asyncio.wait_for(socket.recv(), 10))["data"]
            assert (told["forecast"], told["occupied_now"], told["free_now"], told["free"]) == (forecast, 15, 35, 50)
            assert (tmp_path / "parking" / FILE).is_file()

    run_async(scenario())
