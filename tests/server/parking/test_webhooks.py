from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from server.parking.webhook_targets import BadTarget, pinned
from server.parking.webhooks import FIRST, REST
from tests.support.live_server import run_async, served
from tests.support.running_parking import RunningParking

LOCAL = '[webhooks]\nnetworks = ["127.0.0.0/8"]'
PATH = "/v1/parking/webhooks"


class Receiver:
    """An app's address: keeps what is posted, answers with `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        message = await receive()
        self.got.append(({name.decode(): text.decode() for name, text in scope["headers"]}, message["body"]))
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]

    async def wait(self, count: int) -> None:
        while len(self.got) < count:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def hooked(directory: Path) -> AsyncIterator[tuple[RunningParking, Receiver, str]]:
    receiver = Receiver()
    async with served(receiver) as address, RunningParking(directory, LOCAL).open() as parking:
        yield parking, receiver, f"http://{address}/events"


def test_events_come_signed_in_order_to_their_owner_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with hooked(tmp_path) as (parking, receiver, url):
            made = await parking.ask("ann", "POST", PATH, {"url": url})
            assert made.status_code == 201, made.text
            secret = base64.b64decode(made.json()["secret"].removeprefix("whsec_"))
            await parking.reserve("bob")
            held = await parking.reserve("ann")
            await parking.act("ann", held, "confirm")
            await receiver.wait(2)
            assert receiver.types() == ["reservation.hold", "reservation.confirmed"]
            for headers, body in receiver.got:
                said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
                mark = base64.b64encode(hmac.digest(secret, said, "sha256")).decode()
                assert headers["webhook-signature"] == f"v1,{mark}"
                assert json.loads(body)["id"] == headers["webhook-id"]
            first, second = (int(headers["webhook-sequence"]) for headers, _ in receiver.got)
            assert first < second
            listed = (await parking.ask("ann", "GET", PATH)).json()["webhooks"]
            assert "secret" not in listed[0]
            assert (await parking.ask("bob", "GET", PATH)).json()["webhooks"] == []
            another = await parking.ask("bob", "DELETE", f"{PATH}/{made.json()['id']}")
            assert (another.status_code, another.json()["code"]) == (404, "unknown_webhook")
            assert secret not in (tmp_path / "parking.db").read_bytes() + (tmp_path / "parking.db-wal").read_bytes()

    run_async(scenario())


def test_what_was_not_taken_comes_again_later_and_a_replay_wakes_who_rests(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with hooked(tmp_path) as (parking, receiver, url):
            made = await parking.ask("ann", "POST", PATH, {"url": url})
            path = f"{PATH}/{made.json()['id']}"
            receiver.status = 500
            held = await parking.reserve("ann")
            await receiver.wait(1)
            await asyncio.sleep(1.2)
            assert len(receiver.got) == 1
            parking.now += FIRST + 1
            await receiver.wait(2)
            await asyncio.sleep(0.3)
            parking.now += REST + 1
            await asyncio.sleep(1.2)
            (kept,) = (await parking.ask("ann", "GET", PATH)).json()["webhooks"]
            assert (kept["failures"], kept["resting"], len(receiver.got)) == (2, True, 2)
            receiver.status = 200
            again = await parking.ask("ann", "POST", f"{path}/replay", {"after_sequence": 0})
            assert (again.status_code, again.json()["resting"]) == (200, False)
            await receiver.wait(4)
            assert receiver.types()[2:] == ["reservation.hold", "reservation.expired"]
            assert json.loads(receiver.got[2][1])["reservation_id"] == held.json()["id"]
            assert (await parking.ask("ann", "DELETE", path)).status_code == 204

    run_async(scenario())


def test_an_app_hears_of_its_users_and_an_operator_of_all_also_after_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        apps, operators = Receiver(), Receiver()
        async with served(apps) as first, served(operators) as second:
            async with RunningParking(tmp_path, LOCAL).open() as parking:
                body = json.dumps({"url": f"http://{first}/"}).encode()
                headers = parking.signed("", "POST", PATH, body)
                assert (await parking.http.post(PATH, content=body, headers=headers)).status_code == 201
                assert (await parking.operate("POST", PATH, {"url": f"http://{second}/"})).status_code == 201
                operators.status = 503
                wish = json.dumps(parking.wish()).encode()
                target = "/v1/parking/reservations"
                headers = parking.signed("zoe", "POST", target, wish) | {"idempotency-key": "k"}
                assert (await parking.http.post(target, content=wish, headers=headers)).status_code == 201
                await parking.reserve("ann")
                await apps.wait(1)
                await operators.wait(1)
            operators.status = 200
            again = RunningParking(tmp_path, LOCAL)
            again.now += FIRST + 1
            async with again.open():
                await operators.wait(3)
        assert apps.types() == ["reservation.hold"]
        assert operators.types()[1:] == ["reservation.hold", "reservation.hold"]

    run_async(scenario())


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x", "https://127.0.0.1/x", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/latest",
            "https://localhost/", "http://1.1.1.1/", "https://user:x@1.1.1.1/", "https://[::ffff:10.0.0.1]/", "ftp://1.1.1.1/"],
)  # fmt: skip
def test_private_and_plain_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadTarget):
        run_async(pinned(url, ()))


def test_a_target_is_the_address_that_was_checked() -> None:
    public: Any = run_async(pinned("https://1.1.1.1:8443/a?b=c", ()))
    assert (public.url, public.headers["host"]) == ("https://1.1.1.1:8443/a?b=c", "1.1.1.1:8443")
    private: Any = run_async(pinned("http://localhost:81/a", ("127.0.0.0/8", "::1/128")))
    assert private.url in ("http://127.0.0.1:81/a", "http://[::1]:81/a")
    assert private.headers["host"] == "localhost:81"
