"""Polled feeds of service changes: what they say holds while they speak."""

from __future__ import annotations

import httpx
from google.transit import gtfs_realtime_pb2 as pb

from server.change_sources import ChangeSources, ChangesTaker
from server.listeners import Poller
from server.metrics import Metrics
from server.settings import Settings
from tests.server.test_listeners import Agency, Answer
from tests.support.live_server import run_async, served
from transit.changes import NO_CHANGES

NOW, LASTS = 1_777_246_100.0, 600.0


def feed(*trips: str, stamp: float = NOW) -> bytes:
    """TripUpdates that cancel these trips."""
    message = pb.FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    if stamp:
        message.header.timestamp = int(stamp)
    for trip in trips:
        update = message.entity.add(id=trip).trip_update
        update.trip.trip_id, update.trip.schedule_relationship = trip, pb.TripDescriptor.CANCELED
    return bytes(message.SerializeToString())


def ask(agency: Agency, times: int, stamped: bool = True) -> tuple[ChangeSources, list[str], list[float]]:
    """Poll that often, a minute apart. → sources, outcomes, when the word expires after each."""
    sources, outcomes, expires = ChangeSources(), list[str](), list[float]()
    clock = iter(NOW + 60.0 * k for k in range(times))

    async def scenario() -> None:
        async with served(agency, Settings()) as address, httpx.AsyncClient() as client:
            taker = ChangesTaker(sources, "trip-updates-1", LASTS, stamped)
            poller = Poller(f"http://{address}/tu.pb", Settings(), taker, Metrics(), lambda: next(clock))
            for _ in range(times):
                outcomes.append(await poller.poll(client))
                expires.append(sources.current.told[0].expires - NOW if sources.current.told else 0.0)

    run_async(scenario())
    return sources, outcomes, expires


OK: Answer = (200, {"etag": '"1"'}, feed("a"))
SAME: Answer = (304, {}, b"")


def test_what_a_feed_cancels_is_known_by_its_source_and_replaced_by_its_next_answer() -> None:
    sources, outcomes, _ = ask(Agency(OK, (200, {}, feed("b", "c"))), 2)
    assert outcomes == ["ok", "ok"]
    ((source, statements, _),) = sources.current.told
    assert (source, [one.run.trip_id for one in statements.cancelled]) == ("trip-updates-1", ["b", "c"])
    assert sources.counters["trip-updates-1"].accepted == 2
    assert ask(Agency(OK, (200, {}, feed())), 2)[0].current == NO_CHANGES


def test_a_feed_that_fails_or_is_frozen_grows_old_from_its_own_stamp() -> None:
    _, outcomes, expires = ask(Agency(OK, (503, {}, b""), (200, {}, b"<html>"), (200, {}, feed("a"))), 4)
    assert outcomes == ["ok", "status_503", "bad_feed", "ok"]
    assert expires == [LASTS] * 4
    assert ask(Agency(OK, SAME), 2)[2] == [LASTS] * 2, "a copy that is never made anew may be of any age"
    assert ask(Agency((200, {}, feed("a", stamp=NOW + 900))), 1)[2] == [LASTS], "no stamp of the future is believed"
    assert ask(Agency((200, {}, feed("a", stamp=0)), (200, {}, feed("a", stamp=0))), 2)[2] == [LASTS, LASTS + 60]


def test_alerts_hold_as_long_as_their_feed_answers() -> None:
    assert ask(Agency(OK, SAME, OK), 3, stamped=False)[2] == [LASTS, LASTS + 60, LASTS + 120]
