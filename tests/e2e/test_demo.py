"""`baimai demo` as a user starts it: one process, real sockets, live boards within seconds."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.transit import gtfs_realtime_pb2 as pb

from server.demo_sources import POLLED, POSTED, SENT

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATIENCE = 120.0
"""s: a first start on a busy machine compiles every kernel"""


@contextmanager
def running_demo(folder: Path, *options: str) -> Iterator[tuple[str, str, str]]:
    """(what it printed, its address, its key) of a demo that runs during the block and ends by an interrupt."""
    command = [sys.executable, "-m", "server", "demo", "--port", "0", "--data-dir", str(folder), *options]
    with (
        open(folder / "errors", "w+", encoding="utf-8") as errors,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8") as process,
    ):
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if line.startswith("Ctrl-C"):
                break
        try:
            address, key = re.search(r"map +(http://localhost:\d+)/", said), re.search(r"API key +(\S+)", said)
            errors.seek(0)
            assert address, errors.read()
            assert key
            yield said, address[1], key[1]
        finally:
            process.send_signal(2)
            process.wait(20)
        errors.seek(0)
        assert errors.read() == "", "the demo complained"


def eventually(found: Any) -> Any:
    """What `found()` returns as soon as it is something."""
    ends = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < ends, "nothing came"
        time.sleep(0.3)
    return value


def live_calls(client: httpx.Client, stop: str) -> list[dict[str, Any]]:
    payload = client.get(f"/v1/stops/{stop}/arrivals").raise_for_status().json()
    assert payload["status"] in ("live", "schedule_only")
    return [call for call in payload["arrivals"] if call["source"] == "live"]


def test_the_demo_shows_live_buses_takes_positions_by_every_input_and_refuses_strangers(tmp_path: Path) -> None:
    with running_demo(tmp_path) as (said, address, key), httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        boards = re.findall(r"/board/(\S+)", said)
        assert len(boards) == 3

        call = eventually(lambda: [call for stop in boards for call in live_calls(client, stop)])[0]
        assert call["vehicle_id"].startswith("ZQ")
        assert call["text"]["zh"]
        text = client.get(f"/v1/stops/{boards[0]}/board.txt?charset=gbk").raise_for_status().content.decode("gbk")
        assert "路" in text
        assert client.get(f"/board/{boards[0]}").status_code == 200
        assert client.get("/").status_code == 200

        feed = pb.FeedMessage()
        feed.ParseFromString(client.get("/gtfs-rt/trip-updates.pb").raise_for_status().content)
        assert any(entity.trip_update.stop_time_update for entity in feed.entity)

        body = [{"vehicle_id": "X1", "timestamp_unix": time.time(), "lat": 36.72, "lon": 117.54}]
        changes = eventually(lambda: cancelled_and_alerts(client))
        assert set(changes) == {"cancelled", "alerts"}
        headers = {"authorization": f"Bearer {key}"}
        sources = client.get("/v1/service-changes", headers=headers).raise_for_status().json()["sources"]
        assert {one["source"] for one in sources} == {"trip-updates-1", "alerts-1"}

        refused = client.post("/v1/positions", json=body)
        assert refused.status_code == 401
        assert refused.headers["content-type"].startswith("application/problem+json")
        taken = client.post("/v1/positions", json=body, headers={"authorization": f"Bearer {key}"})
        assert (taken.status_code, taken.json()["accepted"]) == (202, 1)

        began = time.time()
        eventually(lambda: ways_in(client, began) == {"posted", "polled", "sent"})


def cancelled_and_alerts(client: httpx.Client) -> dict[str, int] | None:
    """How many trips are cancelled and how many alerts there are, in the feeds that we publish, as soon as both are there."""
    feeds = [
        pb.FeedMessage.FromString(client.get(f"/gtfs-rt/{name}.pb").raise_for_status().content) for name in ("trip-updates", "alerts")
    ]
    cancelled = [one for one in feeds[0].entity if one.trip_update.trip.schedule_relationship == pb.TripDescriptor.CANCELED]
    return {"cancelled": len(cancelled), "alerts": len(feeds[1].entity)} if cancelled and feeds[1].entity else None


def ways_in(client: httpx.Client, since: float) -> set[str]:
    """By which inputs positions of vehicles in service came after `since`: the last digit of a vehicle tells which it uses."""
    vehicles = client.get("/v1/vehicles?limit=1000").raise_for_status().json()["vehicles"]
    fresh = [one for one in vehicles if datetime.fromisoformat(one["observed_at"]).timestamp() > since and one["id"] != "X1"]
    ways = ["posted"] * POSTED + ["polled"] * POLLED + ["sent"] * SENT
    return {ways[(int(one["id"][2:]) - 1001) % len(ways)] for one in fresh}


def test_a_demo_of_another_hour_begins_there_and_keeps_its_network(tmp_path: Path) -> None:
    for _ in range(2):
        with running_demo(tmp_path, "--at", "08:00", "--seed", "2", "--speed", "5") as (said, address, _):
            stop = re.findall(r"/board/(\S+)", said)[0]
            payload = httpx.get(f"{address}/v1/stops/{stop}/arrivals", trust_env=False).raise_for_status().json()
            assert payload["generated_at"][11:14] == "08:"
            assert "seed 2" in said
        assert [one.name for one in tmp_path.glob("*.npz")] == ["simulated-1-2.npz"]


def test_the_demos_car_parks_live(tmp_path: Path) -> None:
    options = ("--at", "08:00", "--seed", "3", "--speed", "20")
    with running_demo(tmp_path, *options) as (_, address, _), httpx.Client(base_url=address, trust_env=False, timeout=30) as client:

        def lots() -> dict[str, dict[str, Any]]:
            found = client.get("/v1/parking/lots?near=36.72,117.54&radius=20000").raise_for_status().json()["lots"]
            return {one["id"]: one for one in found}

        first = eventually(lambda: all(one["occupied_now"] is not None for one in lots().values()) and lots())
        assert len(first) == 5
        assert all(one["walk_s"] > 0 and one["free_now"] is not None for one in first.values())
        moving = ("demo-station", "demo-market")
        eventually(lambda: all(lots()[name]["occupied_now"] != first[name]["occupied_now"] for name in moving))
        told = eventually(lambda: client.get("/v1/parking/lots/demo-station/availability").json()["forecast"])
        assert [one["minutes"] for one in told] == [15, 30, 60]
        eventually(lambda: lots()["demo-station"]["free"] < 180)
