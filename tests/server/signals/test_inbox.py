from __future__ import annotations

import asyncio

import pytest

from feeds.signals.counters import SignalCounters
from server.signals.inbox import InboxFull, SignalInbox
from signals.kernels.columns import EventColumns
from tests.support.signal_district import events


def batch(count: int) -> tuple[int, EventColumns, SignalCounters]:
    return 0, events([(float(k), 0, 82, 1) for k in range(count)]), SignalCounters(count)


def test_what_does_not_fit_is_refused_whole_and_nothing_of_it_is_counted() -> None:
    inbox = SignalInbox(10)
    inbox.put_events(*batch(8))
    with pytest.raises(InboxFull):
        inbox.put_events(*batch(3))
    assert (inbox.waiting, inbox.turned_away, inbox.counters["events"].accepted) == (8, 1, 8)
    assert [len(one.events.time) for one in inbox.drain().deliveries] == [8]
    inbox.put_events(*batch(3))
    assert inbox.waiting == 3


def test_a_message_larger_than_the_inbox_is_taken_when_nothing_waits() -> None:
    inbox = SignalInbox(2)
    inbox.put_events(*batch(5))
    assert inbox.waiting == 5


def test_whoever_waits_is_woken_by_the_first_event() -> None:
    async def scenario() -> None:
        inbox = SignalInbox(10)
        assert not await inbox.wait(0.01)
        waiting = asyncio.create_task(inbox.wait(10))
        await asyncio.sleep(0)
        inbox.put_events(*batch(1))
        assert await waiting
        inbox.drain()
        assert not await inbox.wait(0.01)

    asyncio.run(scenario())
