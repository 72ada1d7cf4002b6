"""An hour and a half of a simulated controller through the whole server: measures, diagrams, coverage, and a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.asyncio.client import connect

from bench.signal_workload import busy_sites, write_inventory
from feeds.signals.simulated import SimulatedSignals
from server.signals.inbox import Delivery, SignalInput
from signals.events import join_batches
from signals.kernels.columns import EventColumns
from signals.measures import Measures
from signals.measures_report import report
from tests.support.live_server import run_async
from tests.support.running_city import RunningCity, at
from tests.support.running_signals import RunningSignals

NOW = int(at("07:00:00") * 1000)
PAST = 5_400_000


class Simulated(RunningSignals):
    """Three simulated controllers that have run for an hour and a half."""

    def __init__(self, directory: Path, warm: bool = True) -> None:
        self.signals = SimulatedSignals(3, NOW - PAST, busy_sites(3))
        write_inventory(directory / "signals", self.signals.inventory)
        RunningCity.__init__(self, directory)
        self.signals_key, _ = self.runtime.keys.create_key(("signals",), "signals", self.now)
        self.batches: list[EventColumns] = []
        for until in range(NOW - PAST + 60_000, NOW + 1, 60_000) if warm else ():
            self.batches.append(self.signals.advance(until))
            snapshot = self.runtime.signals.engine.step(until, SignalInput((Delivery(until, self.batches[-1]),)))
            if until == NOW:
                self.runtime.signals.judge.weigh_next(snapshot)  # kernels are compiled before the server's minute begins


def test_measures_over_http_are_those_of_the_events(tmp_path: Path) -> None:
    async def scenario() -> tuple[list[Any], Simulated]:
        async with Simulated(tmp_path).open() as city:
            answer = await city.get("/v1/signals/intersections/J001/measures", **{"from": "2026-04-27T05:30:00+08:00"})
            wide = await city.get("/v1/signals/intersections/J001/measures", bin=1800, **{"from": "2026-04-27T05:30:00+08:00"})
            wrong = [
                await city.get("/v1/signals/intersections/J001/measures", bin=1000),
                await city.get("/v1/signals/intersections/J001/measures", **{"from": "yesterday"}),
                await city.get("/v1/signals/intersections/J001/measures", **{"from": "2026-04-01", "to": "2026-04-20"}),
            ]
            assert [one.status_code for one in wrong] == [422, 422, 422]
            assert (wide.json()["from"], wide.json()["measures"][0]["bin_seconds"]) == ("2026-04-27T05:30:00+08:00", 1800)
            assert isinstance(city, Simulated)
            return answer.json()["measures"], city

    rows, city = run_async(scenario())
    measures = Measures(city.signals.inventory)
    measures.feed(join_batches(city.batches), NOW - 30_000)
    expected = report(measures.take(), 900, city.signals.inventory)
    mine = [one for one in expected if one["device_id"] == city.signals.inventory.device_ids[0]]
    assert len(mine) >= 8
    assert json.loads(json.dumps([{name: part for name, part in row.items() if name != "start"} for row in rows])) == json.loads(
        json.dumps(mine)
    )


def test_diagrams_show_the_kept_events(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Simulated(tmp_path).open() as city:
            assert isinstance(city, Simulated)
            events = join_batches(city.batches)
            whole = (await city.get("/v1/signals/intersections/J001/coordination", phase=1)).json()
            greens = events.time[(events.device == 0) & (events.code == 1) & (events.parameter == 1) & (events.time >= NOW - 1_800_000)]
            shown = [one for one in whole["cycles"]["green_start_ms"] if one is not None and one >= NOW - 1_800_000]
            assert shown == greens.tolist()
            assert len(whole["arrivals"]["time_ms"]) == len(whole["arrivals"]["state"]) > 100
            since = whole["arrivals"]["since_red_s"][-1]
            cycle = whole["arrivals"]["cycle"][-1]
            assert whole["arrivals"]["time_ms"][-1] - whole["cycles"]["red_start_ms"][cycle] == pytest.approx(since * 1000)
            splits = (await city.get("/v1/signals/intersections/J001/splits")).json()
            assert [one["phase"] for one in splits["phases"]] == whole["phases"]
            assert splits["phases"][0]["start_ms"] == greens.tolist()
            assert np.all(np.array(splits["phases"][0]["green_s"][:-1], float) > 4)
            assert (await city.get("/v1/signals/intersections/J001/coordination")).status_code == 422
            assert (await city.get("/v1/signals/intersections/none/splits")).status_code == 404

    run_async(scenario())


def test_the_newest_bin_is_told_beside_what_phases_show(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Simulated(tmp_path).open() as city, connect(f"ws://{city.address}/v1/ws") as client:
            await client.send(json.dumps({"op": "subscribe", "topics": ["intersection:J001", "coverage"]}))
            told = [json.loads(await client.recv()) for _ in range(2)]
            data = next(one["data"] for one in told if one["topic"] == "intersection:J001")
            detail = (await city.get("/v1/signals/intersections/J001")).json()
            assert data["last_measures"]["start"] == "2026-04-27T06:30:00+08:00"
            assert [one["phase"] for one in data["last_measures"]["phases"]] == [one["phase"] for one in detail["measures"]]
            assert data["last_measures"]["phases"][0]["cycle_s"] == pytest.approx(detail["measures"][0]["cycle"]["mean_s"], abs=0.06)

    run_async(scenario())


def test_what_was_measured_survives_a_restart_and_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    async def measured(city: RunningCity) -> list[Any]:
        answer = await city.get("/v1/signals/intersections/J001/measures", **{"from": "2026-04-27T05:30:00+08:00"})
        return list(answer.json()["measures"])

    async def first() -> list[Any]:
        async with Simulated(tmp_path).open() as city:
            return await measured(city)

    async def second() -> tuple[list[Any], Any]:
        async with Simulated(tmp_path, warm=False).open() as city:
            return await measured(city), (await city.get("/v1/signals/intersections/J001")).json()

    before = run_async(first())
    after, detail = run_async(second())
    assert after[: len(before)] == before  # the bins that were open at the end are told as far as they went
    assert (detail["heard"], detail["now"]["phases"]) == (False, [])
    volumes = next((tmp_path / "signals" / "volumes").glob("*.parquet"))
    volumes.write_bytes(b"x")
    states = next((tmp_path / "signals" / "measures" / "2026-04-27").glob("06*.states.parquet"))
    states.write_bytes(states.read_bytes()[:100])
    hurt, _ = run_async(second())
    assert len(hurt) == len(after)  # requests of that hour are there still
    assert hurt[-1]["state_s"]["green"] == 0.0
    assert {volumes.with_name(volumes.name + ".damaged").is_file(), states.with_name(states.name + ".damaged").is_file()} == {True}
