from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from server.gateway import create_gateway
from server.settings import Settings
from tests.support.live_server import run_async, served
from tests.support.running_parking import RunningParking
from tests.support.valkey import own_prefix, redis_server


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps({"op": "subscribe", **message}))


async def hear(socket: ClientConnection) -> Any:
    return json.loads(await socket.recv())


def test_its_owner_hears_of_a_reservation_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    topics: list[str] = []

    async def first() -> None:
        async with RunningParking(tmp_path).open() as parking, connect(f"ws://{parking.address}/v1/ws") as socket:
            held = await parking.reserve("ann")
            topics.append(f"reservation:{held.json()['id']}")
            await say(socket, topics=topics, token=parking.token("ann"))
            now = await hear(socket)
            assert (now["epoch"], now["seq"], now["data"]["state"]) == ("v1", 1, "hold")
            await parking.act("ann", held, "confirm")
            then = await hear(socket)
            assert (then["seq"], then["data"]["type"], then["data"]["sequence"]) == (2, "reservation.confirmed", 2)
            assert then["data"]["from"] == held.json()["from"]
            assert "*" in then["data"]["plate"]

    async def second() -> None:
        async with RunningParking(tmp_path).open() as parking, connect(f"ws://{parking.address}/v1/ws") as socket:
            await say(socket, topics=topics, token=parking.token("ann"), since={topics[0]: {"epoch": "v1", "seq": 1}})
            missed = await hear(socket)
            assert (missed["seq"], missed["recovered"], missed["data"]["state"]) == (2, True, "confirmed")

    run_async(first())
    run_async(second())


def test_others_hear_nothing_and_are_told_no_more_than_of_what_is_not_there(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking, connect(f"ws://{parking.address}/v1/ws") as socket:
            held = await parking.reserve("ann")
            topic = f"reservation:{held.json()['id']}"
            await say(socket, topics=[topic])
            assert (await hear(socket))["code"] == "no_token"
            await say(socket, topics=[topic], token="x.y.z")
            assert (await hear(socket))["code"] == "bad_token"
            await say(socket, topics=[topic, "reservation:nothing"], token=parking.token("bob"))
            theirs, none = await hear(socket), await hear(socket)
            assert theirs["code"] == none["code"] == "unknown_topic"
            headers = {"authorization": f"Bearer {parking.token('ann')}"}
            async with connect(f"ws://{parking.address}/v1/ws", additional_headers=headers) as known:
                await say(known, topics=[topic])
                assert (await hear(known))["data"]["state"] == "hold"
            await say(socket, topics=[topic])
            assert (await hear(socket))["code"] == "unknown_topic"

    run_async(scenario())


def test_a_lots_room_is_told_as_it_changes(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with RunningParking(tmp_path).open() as parking, connect(f"ws://{parking.address}/v1/ws") as socket:
            await say(socket, topics=["lot:east", "lot:none"])
            first, none = await hear(socket), await hear(socket)
            assert (first["data"]["free"], first["data"]["capacity"]) == (3, 3)
            assert none["code"] == "unknown_topic"
            await parking.step()
            await parking.reserve("ann", start=0.1, end=1)
            assert (await hear(socket))["data"]["free"] == 2

    run_async(scenario())


def test_a_gateway_tells_the_room_of_lots_and_no_reservation(tmp_path: Path) -> None:
    async def scenario() -> None:
        with redis_server() as url:
            more = {"redis_url": url, "redis_prefix": own_prefix()}
            gateway = create_gateway(Settings(**more))
            async with RunningParking(tmp_path, **more).open() as parking, served(gateway, Settings()) as address:
                held = await parking.reserve("ann")
                topic = f"reservation:{held.json()['id']}"
                async with connect(f"ws://{parking.address}/v1/ws") as own, connect(f"ws://{address}/v1/ws") as socket:
                    await say(own, topics=[topic], token=parking.token("ann"))
                    assert (await hear(own))["seq"] == 1
                    while await subscribed(socket, "lot:east") is None:
                        await asyncio.sleep(0.05)
                    assert await subscribed(socket, topic, parking.token("ann")) is None
                    await parking.reserve("bob", start=0.1, end=1)
                    assert (await hear(socket))["data"]["free"] == 2

    run_async(scenario())


async def subscribed(socket: ClientConnection, topic: str, token: str = "") -> Any:
    """Its first value; None when it was refused."""
    await say(socket, topics=[topic], token=token)
    return (await hear(socket)).get("data")
