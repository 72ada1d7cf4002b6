from __future__ import annotations

import json
from pathlib import Path

from google.transit import gtfs_realtime_pb2 as pb

from tests.support.live_server import run_async
from tests.support.running_city import EASTBOUND, RunningCity


def parse(raw: bytes) -> pb.FeedMessage:
    message = pb.FeedMessage()
    message.ParseFromString(raw)
    return message


def test_the_three_feeds_say_what_the_engine_knows(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            await city.drive("V1", EASTBOUND, trip_id="1E-0700")
            feeds = {name: await city.get(f"/gtfs-rt/{name}.pb") for name in ("trip-updates", "vehicle-positions", "alerts")}
            for answer in feeds.values():
                assert answer.headers["content-type"] == "application/x-protobuf"
                assert parse(answer.content).header.timestamp == int(city.now)
            updates = parse(feeds["trip-updates"].content).entity
            assert "1E-0700" in [one.trip_update.trip.trip_id for one in updates]
            (position,) = parse(feeds["vehicle-positions"].content).entity
            assert position.vehicle.vehicle.id == "V1"
            as_json = (await city.get("/gtfs-rt/vehicle-positions.json")).json()
            assert "V1" in json.dumps(as_json)

    run_async(scenario())


def test_a_feed_is_encoded_once_a_snapshot_and_tagged(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningCity(tmp_path).open() as city:
            path = "/gtfs-rt/trip-updates.pb"
            first = await city.get(path)
            tag = {"if-none-match": first.headers["etag"]}
            assert (await city.http.get(path, headers=tag)).status_code == 304
            assert (await city.http.get(f"{path}?x=1", headers=tag)).status_code == 304, "the documented route says the same"
            city.now += 1
            await city.step()
            assert (await city.http.get(path, headers=tag)).status_code == 200

    run_async(scenario())
