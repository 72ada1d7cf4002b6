from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from google.transit import gtfs_realtime_pb2 as pb

from server.inbox import Inbox
from server.listeners import Poller, PositionsTaker
from server.metrics import Metrics
from server.settings import Settings
from tests.support.live_server import run_async, served

Answer = tuple[int, dict[str, str], bytes]


def feed(*vehicles: str) -> bytes:
    """A VehiclePositions feed."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = 1_777_246_000
    for vehicle in vehicles:
        entity = message.entity.add(id=vehicle)
        entity.vehicle.vehicle.id = vehicle
        entity.vehicle.timestamp = 1_777_246_000
        entity.vehicle.position.latitude, entity.vehicle.position.longitude = 36.71, 117.53
    return bytes(message.SerializeToString())


class Agency:
    """A real web server that answers one prepared answer after the other, and keeps the headers it was asked with."""

    def __init__(self, *answers: Answer, delay: float = 0.0) -> None:
        self.answers, self.asked, self.delay = list(answers), list[dict[str, str]](), delay

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        if scope["type"] != "http":
            return
        self.asked.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await asyncio.sleep(self.delay)
        status, headers, body = self.answers.pop(0)
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        length = [] if status == 304 else [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": pairs + length})
        await send({"type": "http.response.body", "body": body})


async def poll(agency: Agency, times: int, **settings: Any) -> tuple[list[str], Inbox, Poller]:
    """Ask that often. → outcomes, the inbox, the poller."""
    inbox = Inbox(1000)
    async with served(agency, Settings()) as address, httpx.AsyncClient() as client:
        url, taker = f"http://{address}/vp.pb?key=secret", PositionsTaker(inbox)
        poller = Poller(url, Settings(**settings), taker, Metrics(), lambda: 1_777_246_001.0)
        return [await poller.poll(client) for _ in range(times)], inbox, poller


def test_positions_of_a_feed_reach_the_inbox_with_the_time_of_receipt() -> None:
    async def scenario() -> None:
        outcomes, inbox, _ = await poll(Agency((200, {}, feed("A", "B"))), 1)
        assert outcomes == ["ok"]
        (positions,) = inbox.drain()
        assert positions.received.tolist() == [1_777_246_001.0] * 2

    run_async(scenario())


def test_a_feed_that_has_not_changed_is_not_read_again() -> None:
    async def scenario() -> None:
        stamp = "Mon, 27 Apr 2026 07:00:00 GMT"
        agency = Agency((200, {"etag": '"7"', "last-modified": stamp}, feed("A")), (304, {}, b""), (200, {}, feed("B")), (200, {}, b""))
        outcomes, inbox, _ = await poll(agency, 4)
        assert outcomes == ["ok", "not_modified", "ok", "bad_feed"]
        assert inbox.waiting == 2
        assert "if-none-match" not in agency.asked[0]
        assert (agency.asked[1]["if-none-match"], agency.asked[1]["if-modified-since"]) == ('"7"', stamp)
        assert "if-none-match" not in agency.asked[3]

    run_async(scenario())


def test_whatever_a_feed_does_is_an_outcome_and_the_next_question_comes_later() -> None:
    async def scenario() -> None:
        agency = Agency((500, {}, b"no"), (200, {}, b"<html>busy</html>"), (200, {}, b"x" * 5000), (200, {}, feed("A")))
        outcomes, inbox, poller = await poll(agency, 4, poll_bytes=4000, poll_seconds=10.0)
        assert outcomes == ["status_500", "bad_feed", "too_large", "ok"]
        assert inbox.waiting == 1
        assert poller.wait() == 10.0
        outcomes, _, poller = await poll(Agency(*[(503, {}, b"")] * 8), 8, poll_seconds=10.0)
        assert set(outcomes) == {"status_503"}
        assert 150.0 <= poller.wait() <= 300.0

    run_async(scenario())


def test_a_feed_that_dawdles_or_is_not_there_is_given_up() -> None:
    async def scenario() -> None:
        outcomes, _, _ = await poll(Agency((200, {}, feed("A")), delay=0.5), 1, poll_timeout=0.1)
        assert outcomes == ["timeout"]
        poller = Poller("http://127.0.0.1:9/vp.pb", Settings(), PositionsTaker(Inbox(10)), Metrics(), lambda: 0.0)
        async with httpx.AsyncClient() as client:
            assert await poller.poll(client) == "unreachable"

    run_async(scenario())


def test_a_poller_goes_on_asking_and_its_metrics_hold_no_secret() -> None:
    async def scenario() -> None:
        agency, inbox, metrics = Agency((500, {}, b""), *[(200, {}, feed("A"))] * 50), Inbox(1000), Metrics()
        async with served(agency, Settings()) as address:
            settings = Settings(poll_seconds=0.01)
            task = asyncio.create_task(Poller(f"http://{address}/vp.pb?key=secret", settings, PositionsTaker(inbox), metrics).run())
            while inbox.waiting < 3:
                await asyncio.sleep(0.01)
            task.cancel()
        text = metrics.text().decode()
        assert 'outcome="ok"' in text
        assert "secret" not in text

    run_async(scenario())
