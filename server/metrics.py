"""Prometheus metrics of one process. What others count anyway is read when somebody asks; only times are observed here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from server.front_door import FrontDoor
from server.hub import Hub
from server.inbox import Inbox
from server.published import Published
from transit.model import State

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STEP_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_HUB = {
    "publications": "publications made",
    "deliveries": "frames written to readers",
    "conflated": "deliveries replaced by a newer one because the reader was behind",
    "closed_slow": "readers closed with 1013",
    "recovered": "subscriptions whose missed publications were all sent",
    "unrecovered": "subscriptions that asked for missed ones and got a snapshot",
}


class Metrics:
    """Its own registry, so that several apps can live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.step_seconds = self._histogram("baimai_step_seconds", "time one step of the engine took")
        self.publish_seconds = self._histogram("baimai_publish_seconds", "time to bring all topics up to date after a step")
        self.step_failures = self._counter("baimai_step_failures", "steps that raised an exception")
        self.signal_step_seconds = self._histogram("baimai_signal_step_seconds", "time one step of the signal engine took")
        self.signal_step_failures = self._counter("baimai_signal_step_failures", "steps of the signal engine that raised an exception")
        self.topic_failures = self._counter("baimai_topic_failures", "topics that could not be encoded")
        self.topics_put_off = self._counter("baimai_topics_put_off", "topics left for the next step because there were too many")
        self.polls = Counter("baimai_feed_polls", "answers of polled feeds", ["feed", "outcome"], registry=self._registry)

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self._registry)

    def watch(self, read: Callable[[], Iterable[Metric]]) -> None:
        """Ask `read` for more whenever somebody asks for the metrics."""

        class Reading(Collector):
            def collect(self) -> Iterable[Metric]:
                return read()

        self._registry.register(Reading())

    def _histogram(self, name: str, text: str) -> Histogram:
        return Histogram(name, text, buckets=_STEP_BUCKETS, registry=self._registry)

    def _counter(self, name: str, text: str) -> Counter:
        return Counter(name, text, registry=self._registry)


def hub_metrics(hub: Hub) -> Iterable[Metric]:
    """Sockets and publications."""
    yield GaugeMetricFamily("baimai_sockets", "open WebSockets", len(hub.readers))
    yield GaugeMetricFamily("baimai_topics", "topics that are kept up", len(hub.list_topics()))
    for name, count in asdict(hub.counts).items():
        yield CounterMetricFamily(f"baimai_{name}", _HUB[name], count)


def door_metrics(door: FrontDoor) -> Iterable[Metric]:
    """The prepared answers."""
    yield CounterMetricFamily("baimai_prepared_answers", "requests answered from prepared bytes", door.answered)
    yield CounterMetricFamily("baimai_not_modified", "of these, with 304", door.not_modified)
    yield CounterMetricFamily("baimai_rate_limited", "requests refused with 429", door.refused)


def inbox_metrics(inbox: Inbox) -> Iterable[Metric]:
    """What came in."""
    yield CounterMetricFamily("baimai_positions_accepted", "positions decoded", inbox.counters.accepted)
    yield _by("baimai_positions_refused", "items that were no usable position", "reason", inbox.counters.refused)
    yield _by("baimai_positions_ignored", "items that were never meant to be one", "reason", inbox.counters.ignored)
    yield CounterMetricFamily("baimai_positions_dropped", "positions pushed out of a full inbox", inbox.dropped)
    yield GaugeMetricFamily("baimai_positions_waiting", "positions waiting for the next step", inbox.waiting)


def engine_metrics(published: Published, clock: Callable[[], float]) -> Iterable[Metric]:
    """What the newest snapshot says."""
    snapshot = published.snapshot
    if snapshot is None:
        return
    words = {state.word for state in State}
    states = {name: count for name, count in snapshot.counts.items() if name in words}
    yield _by("baimai_positions", "positions by what became of them", "state", states)
    for name, count in snapshot.counts.items():
        if name not in words:
            yield GaugeMetricFamily(f"baimai_{name}", name.replace("_", " "), count)
    unresolved = GaugeMetricFamily(
        "baimai_changes_unresolved", "service changes that mean nothing in this timetable", labels=["reason"]
    )
    for reason, count in snapshot.changes.unresolved.items():
        unresolved.add_metric([reason], count)
    yield unresolved
    yield CounterMetricFamily("baimai_steps", "steps of the engine", snapshot.number)
    yield GaugeMetricFamily("baimai_step_age_seconds", "age of the newest snapshot", clock() - snapshot.now)
    age = clock() - snapshot.last_received
    yield GaugeMetricFamily("baimai_newest_position_age_seconds", "age of the newest position; NaN before the first", age)


def relay_metrics(connected: bool, counts: Mapping[str, int]) -> Iterable[Metric]:
    """The way through Redis; `counts` by name."""
    yield GaugeMetricFamily("baimai_relay_connected", "1 while Redis is reached", float(connected))
    for name, count in counts.items():
        yield CounterMetricFamily(f"baimai_relay_{name}", f"relay: {name}", count)


def _by(name: str, text: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family
