from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterable

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from server.hub import SLICE, Hub, Reader
from server.publications import Publication

AT = "2026-01-01T00:00:00+08:00"


class Paper:
    """A line that keeps what was written, and can stop taking it like a transport whose peer does not read."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.frames, self.closed = hub, list[bytes](), False
        self.reader = Reader(self, deflate=False)
        self.full_after: int | None = None
        hub.join(self.reader)

    def write(self, data: bytes) -> None:
        self.frames.append(data)
        if self.full_after is not None and len(self.frames) >= self.full_after:
            self.hub.pause(self.reader, 0.0)

    def close_slow(self) -> None:
        self.closed = True

    @property
    def messages(self) -> list[dict[str, object]]:
        return [json.loads(frame[frame.index(b"{") :]) for frame in self.frames]

    @property
    def read(self) -> list[tuple[object, object]]:
        return [(one["topic"], one["seq"]) for one in self.messages]


def make_hub(history: int = 4) -> Hub:
    return Hub(history, recovery_seconds=60.0, slow_seconds=10.0)


def publish(hub: Hub, name: str, value: int) -> Publication:
    hub.open_topic(name, 0.0)
    publication = hub.put(name, str(value).encode(), AT)
    assert publication is not None
    asyncio.run(hub.deliver([publication]))
    return publication


def test_a_subscriber_gets_the_current_value_first_and_then_every_publication() -> None:
    hub = make_hub()
    publish(hub, "a", 1)
    paper = Paper(hub)
    hub.subscribe(paper.reader, "a", None, 0.0)
    publish(hub, "a", 2)
    publish(hub, "b", 9)
    assert [(one["topic"], one["seq"], one["data"]) for one in paper.messages] == [("a", 1, 1), ("a", 2, 2)]


def test_a_value_that_says_the_same_is_not_published_again() -> None:
    hub = make_hub()
    hub.open_topic("a", 0.0)
    assert hub.put("a", b'{"at":1,"v":5}', AT, mark=5) is not None
    assert hub.put("a", b'{"at":2,"v":5}', AT, mark=5) is None
    assert hub.put("a", b'{"at":3,"v":6}', AT, mark=6) is not None


def test_since_brings_exactly_what_was_missed_in_order() -> None:
    hub = make_hub(history=4)
    epoch = publish(hub, "a", 1).epoch
    for value in (2, 3, 4):
        publish(hub, "a", value)
    paper = Paper(hub)
    hub.subscribe(paper.reader, "a", (epoch, 2), 0.0)
    assert [(one["seq"], one["recovered"]) for one in paper.messages] == [(3, True), (4, True)]


def test_since_the_current_one_brings_nothing_and_then_the_next() -> None:
    hub = make_hub()
    epoch = publish(hub, "a", 1).epoch
    paper = Paper(hub)
    hub.subscribe(paper.reader, "a", (epoch, 1), 0.0)
    assert paper.frames == []
    publish(hub, "a", 2)
    assert paper.read == [("a", 2)]


def test_since_something_unknown_brings_the_snapshot_and_says_so() -> None:
    hub = make_hub(history=2)
    epoch = publish(hub, "a", 1).epoch
    for value in (2, 3, 4):
        publish(hub, "a", value)
    for since in ((epoch, 1), (epoch, 5), ("other", 3), (epoch, -1)):
        paper = Paper(hub)
        hub.subscribe(paper.reader, "a", since, 0.0)
        assert [(one["seq"], one["recovered"]) for one in paper.messages] == [(4, False)]


def test_a_topic_goes_on_for_a_while_after_its_last_reader_and_then_starts_a_new_epoch() -> None:
    hub = make_hub()
    paper = Paper(hub)
    hub.subscribe(paper.reader, "a", None, 0.0)
    old = publish(hub, "a", 1)
    hub.leave(paper.reader, 100.0)
    assert hub.sweep(160.0) == []
    assert hub.sweep(161.0) == ["a"]
    assert hub.find_topic("a") is None
    fresh = publish(hub, "a", 1)
    assert fresh.seq == 1
    assert fresh.epoch != old.epoch


def test_a_stalled_reader_owes_topics_not_messages_and_gets_the_newest_of_each() -> None:
    hub = make_hub()
    paper, other = Paper(hub), Paper(hub)
    for one in (paper, other):
        hub.subscribe(one.reader, "a", None, 0.0)
        hub.subscribe(one.reader, "b", None, 0.0)
    hub.pause(paper.reader, 0.0)
    for value in range(100):
        publish(hub, "a", value)
    publish(hub, "b", 1)
    assert paper.frames == []
    assert len(other.frames) == 101, "nobody else waits"
    assert len(paper.reader.behind) == 2
    hub.resume(paper.reader)
    assert paper.read == [("a", 100), ("b", 1)]
    assert hub.counts.conflated == 101


def test_a_reader_that_fills_up_again_while_it_drains_keeps_the_rest_for_later() -> None:
    hub = make_hub()
    paper = Paper(hub)
    for name in "abc":
        hub.subscribe(paper.reader, name, None, 0.0)
    hub.pause(paper.reader, 0.0)
    for name in "abc":
        publish(hub, name, 1)
    paper.full_after = 2
    hub.resume(paper.reader)
    assert len(paper.frames) == 2
    paper.full_after = None
    hub.resume(paper.reader)
    assert sorted(paper.read) == [("a", 1), ("b", 1), ("c", 1)]


def test_one_who_stays_too_far_behind_is_closed_and_nobody_else() -> None:
    hub = make_hub()
    paper, other = Paper(hub), Paper(hub)
    hub.subscribe(paper.reader, "a", None, 0.0)
    hub.pause(paper.reader, 5.0)
    hub.sweep(15.0)
    assert not paper.closed
    hub.sweep(15.1)
    assert paper.closed
    assert not other.closed
    assert hub.counts.closed_slow == 1
    publish(hub, "a", 1)
    assert paper.frames == []
    assert list(hub.readers) == [other.reader]


def test_one_who_has_left_is_not_written_to_whatever_is_still_under_way() -> None:
    hub = make_hub()
    paper = Paper(hub)
    hub.subscribe(paper.reader, "a", None, 0.0)
    hub.leave(paper.reader, 0.0)
    hub.leave(paper.reader, 0.0)
    paper.reader.say(b"{}")
    hub.subscribe(paper.reader, "a", None, 0.0)
    publish(hub, "a", 1)
    assert paper.frames == []
    assert not hub.open_topic("a", 0.0).readers


def test_the_loop_runs_between_slices_of_a_large_topic() -> None:
    hub = make_hub()
    papers = [Paper(hub) for _ in range(3 * SLICE)]
    for paper in papers:
        hub.subscribe(paper.reader, "a", None, 0.0)
    hub.open_topic("a", 0.0)
    publication = hub.put("a", b"1", AT)
    assert publication is not None
    turns = 0

    async def run() -> None:
        nonlocal turns
        sweep = asyncio.create_task(hub.deliver([publication]))
        while not sweep.done():
            turns += 1
            await asyncio.sleep(0)

    asyncio.run(run())
    assert turns >= 3
    assert all(len(paper.frames) == 1 for paper in papers)


def test_a_newer_publication_that_overtakes_an_older_one_is_not_followed_by_it() -> None:
    hub = make_hub()
    papers = [Paper(hub) for _ in range(SLICE + 10)]
    for paper in papers:
        hub.subscribe(paper.reader, "a", None, 0.0)
    hub.open_topic("a", 0.0)
    first, second = hub.put("a", b"1", AT), hub.put("a", b"2", AT)
    assert first is not None
    assert second is not None

    async def run() -> None:
        await asyncio.gather(hub.deliver([first]), hub.deliver([second]))

    asyncio.run(run())
    assert {tuple(seq for _, seq in paper.read) for paper in papers} <= {(1, 2), (2,)}


def test_publications_numbered_elsewhere_are_adopted_in_order_and_a_gap_forgets_the_past() -> None:
    hub = make_hub()
    hub.open_topic("a", 0.0)
    assert hub.adopt("a", "e", 7, b"7", b'{"topic":"a","seq":7}') is not None
    assert hub.adopt("a", "e", 7, b"7", b"{}") is None
    assert hub.adopt("a", "e", 6, b"6", b"{}") is None
    assert hub.adopt("a", "e", 8, b"8", b'{"topic":"a","seq":8}') is not None
    topic = hub.open_topic("a", 0.0)
    assert topic.missed("e", 6) is not None
    assert hub.adopt("a", "e", 11, b"11", b'{"topic":"a","seq":11}') is not None
    assert topic.missed("e", 8) is None
    assert topic.missed("e", 10) is not None
    assert hub.adopt("a", "f", 1, b"1", b'{"topic":"a","seq":1}') is not None
    assert topic.missed("e", 11) is None


class Traffic(RuleBasedStateMachine):
    """Whatever happens in whatever order: nobody is told anything twice or backwards, and who reads ends at the newest."""

    def __init__(self) -> None:
        super().__init__()
        self.hub = make_hub()
        self.papers = [Paper(self.hub) for _ in range(3)]
        self.value = 0

    who = st.integers(0, 2)
    topic = st.sampled_from("ab")

    @rule(who=who, topic=topic, seq=st.none() | st.integers(0, 9))
    def subscribe(self, who: int, topic: str, seq: int | None) -> None:
        held = self.hub.open_topic(topic, 0.0)
        self.hub.subscribe(self.papers[who].reader, topic, None if seq is None else (held.epoch, seq), 0.0)

    @rule(who=who, topic=topic)
    def unsubscribe(self, who: int, topic: str) -> None:
        self.hub.unsubscribe(self.papers[who].reader, topic, 0.0)

    @rule(topic=topic)
    def publish(self, topic: str) -> None:
        self.value += 1
        publish(self.hub, topic, self.value)

    @rule(who=who)
    def pause(self, who: int) -> None:
        self.hub.pause(self.papers[who].reader, 0.0)

    @rule(who=who)
    def resume(self, who: int) -> None:
        self.hub.resume(self.papers[who].reader)

    @invariant()
    def whoever_reads_has_the_newest(self) -> None:
        for paper in self.papers:
            for name in paper.reader.seen:
                topic = self.hub.open_topic(name, 0.0)
                assert paper.reader in topic.readers
                current = topic.current
                if current is not None and paper.reader.paused_since is None:
                    assert paper.reader.seen[name] == current.number
                elif current is not None and paper.reader.seen[name] < current.number:
                    assert name in paper.reader.behind

    @invariant()
    def the_past_of_a_topic_has_no_gap(self) -> None:
        for name in self.hub.list_topics():
            kept: Iterable[Publication] = self.hub.open_topic(name, 0.0).recent
            seqs = [one.seq for one in kept]
            assert all(after == before + 1 for before, after in itertools.pairwise(seqs))


TestTraffic = Traffic.TestCase
