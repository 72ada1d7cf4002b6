"""The same service on PostgreSQL: what is special about many writers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from tests.support.live_server import run_async
from tests.support.postgres import fresh_database, postgres_server
from tests.support.running_parking import PATH, RunningParking


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as address:
        yield address


@asynccontextmanager
async def on_postgres(directory: Path, server: str) -> AsyncIterator[RunningParking]:
    with fresh_database(server) as database:
        async with RunningParking(directory, f'database = "{database}"').open() as parking:
            yield parking


def test_reservations_answers_topics_and_barriers(tmp_path: Path, server: str) -> None:
    async def scenario() -> None:
        async with on_postgres(tmp_path, server) as parking:
            plate = {"text": "鲁A77777", "color": "blue"}
            wish = parking.wish(plate=plate, start=0.1)
            answers = await asyncio.gather(*(parking.ask("ann", "POST", PATH, wish, idempotency_key="k") for _ in range(6)))
            assert Counter(one.status_code for one in answers)[201] >= 1
            first = await parking.ask("ann", "POST", PATH, wish, idempotency_key="k")
            assert {one.content for one in answers if one.status_code == 201} == {first.content}
            confirmed = await parking.act("ann", first, "confirm")
            assert confirmed.json()["state"] == "confirmed"
            async with connect(f"ws://{parking.address}/v1/ws") as socket:
                topic = f"reservation:{first.json()['id']}"
                since = {topic: {"epoch": "v1", "seq": 1}}
                said = {"op": "subscribe", "topics": [topic], "token": parking.token("ann"), "since": since}
                await socket.send(json.dumps(said))
                assert json.loads(await socket.recv())["seq"] == 2
                events = {"events": [{"id": "e1", "lot_id": "east", "direction": "entry", "at": parking.moment(0), "plate": plate}]}
                assert (await parking.operate("POST", "/v1/parking/gate-events", events)).json()["matched"] == 1
                assert json.loads(await socket.recv())["data"]["state"] == "checked_in"
            taken = await parking.reserve("bob", place_id="east.7", start=2, end=3)
            again = await parking.reserve("cui", place_id="east.7", start=2, end=3)
            assert (taken.status_code, again.json()["code"]) == (201, "taken")
            assert len((await parking.ask("ann", "GET", f"{PATH}?state=checked_in&limit=1")).json()["reservations"]) == 1
            here = await parking.operate("GET", "/v1/parking/lots/east/reservations", None)
            assert [one["state"] for one in here.json()["reservations"]] == ["checked_in", "hold"]
            known = (await parking.operate("POST", "/v1/parking/lots/east/plate-lookup", plate)).json()["reservations"]
            assert [one["id"] for one in known] == [first.json()["id"]]
            counted = {"reports": [{"lot_id": "east", "at": parking.moment(0), "occupied": 5}]}
            assert (await parking.operate("POST", "/v1/parking/occupancy", counted)).json()["accepted"] == 1
            assert (await parking.get("/v1/parking/lots/east")).json()["occupied_reported"] == 5

    run_async(scenario())


def test_a_crowd_at_one_space_gets_it_once(tmp_path: Path, server: str) -> None:
    async def scenario() -> None:
        async with on_postgres(tmp_path, server) as parking:
            answers = await asyncio.gather(*(parking.reserve(f"c{k}", place_id="east.7") for k in range(24)))
            codes = Counter((one.status_code, one.json().get("code", "")) for one in answers)
            assert codes == {(201, ""): 1, (409, "taken"): 23}

    run_async(scenario())
