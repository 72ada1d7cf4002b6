"""What this process shows of its signals: the newest snapshot, coverage and bus priority, and the values of the topics made of them.

The loops swap values in; everything here runs in the event loop's thread.
"""

from __future__ import annotations

from typing import Any

import orjson

from server.problems import ProblemException
from server.published import NOT_READY
from server.signals.diagrams import figures, last_rows
from server.signals.priority import PriorityNow
from server.signals.priority_views import request_view
from server.signals.snapshot import SignalSnapshot
from server.signals.views import Stamps, signal_now, standing
from server.topic_values import Maker, Value
from server.topics import TopicError
from signals.measures_parameters import MeasureParameters
from signals.priority import PriorityRequest

Json = dict[str, Any]
INTERSECTION, COVERAGE = "intersection", "coverage"


class SignalsShown:
    """Of one district; `timezone` is that of its agency."""

    def __init__(self, timezone: str, parameters: MeasureParameters) -> None:
        self._parameters = parameters
        self._figures: dict[int, bytes] = {}
        self.timezone, self.stamps = timezone, Stamps(timezone)
        self.snapshot: SignalSnapshot | None = None
        self.priority: PriorityNow | None = None
        self._coverage: Json | None = None
        self._requests: dict[int, list[PriorityRequest]] = {}

    def swap(self, snapshot: SignalSnapshot) -> list[str]:
        """From now on this is what readers see. → topics that have something new to say."""
        self.snapshot = snapshot
        for row in snapshot.measured:
            self._figures.pop(row, None)
        ids = snapshot.inventory.intersection_ids
        return [f"{INTERSECTION}:{ids[row]}" for row in snapshot.changed]

    def swap_priority(self, told: PriorityNow) -> list[str]:
        """The same of bus priority."""
        self.priority = told
        self._requests = {}
        for one in told.requests:
            self._requests.setdefault(one.ask.intersection, []).append(one)
        ids = self.current().inventory.intersection_ids
        return [f"{INTERSECTION}:{ids[row]}" for row in sorted({one.ask.intersection for one in told.changes})]

    def swap_coverage(self, view: Json) -> None:
        """The same of coverage."""
        self._coverage = view

    @property
    def ready(self) -> bool:
        """Whether every topic has a value."""
        return self.snapshot is not None and self._coverage is not None

    def current(self) -> SignalSnapshot:
        """The newest snapshot. Before the first one: a 503 problem."""
        if self.snapshot is None:
            raise _not_ready()
        return self.snapshot

    def coverage(self) -> Json:
        """Coverage as counted last. Before the first time: a 503 problem."""
        if self._coverage is None:
            raise _not_ready()
        return self._coverage

    def requests_at(self, row: int) -> list[Json]:
        """Open priority requests at an intersection."""
        inventory = self.current().inventory
        return [request_view(one, inventory, self.timezone) for one in self._requests.get(row, ())]

    def topics(self) -> dict[str, Maker]:
        """The topics whose values are made here."""
        return {INTERSECTION: self._intersection_value, COVERAGE: self._coverage_value}

    def _intersection_value(self, topic: str, intersection_id: str) -> Value:
        snapshot = self._of_topic(topic)
        row = snapshot.inventory.intersection_index.get(intersection_id)
        if row is None:
            raise TopicError(topic, "unknown_topic", f"no intersection has the id {intersection_id!r}")
        told = {
            "id": intersection_id, **signal_now(snapshot, row, self.stamps), **standing(snapshot.findings[row]),
            "last_measures": orjson.Fragment(self._figures_of(row)), "priority_requests": self.requests_at(row),
        }  # fmt: skip
        return Value(orjson.dumps(told), None, snapshot.now / 1000)

    def _figures_of(self, row: int) -> bytes:
        told = self._figures.get(row)
        if told is None:
            rows = last_rows(self.current(), row, self._parameters)
            told = self._figures[row] = orjson.dumps(figures(rows, self.stamps))
        return told

    def _coverage_value(self, topic: str, _address: str) -> Value:
        return Value(orjson.dumps(self._coverage), None, self._of_topic(topic).now / 1000)

    def _of_topic(self, topic: str) -> SignalSnapshot:
        if self.snapshot is None or self._coverage is None:
            raise TopicError(topic, "not_ready", NOT_READY)
        return self.snapshot


def _not_ready() -> ProblemException:
    return ProblemException(503, "not_ready", NOT_READY, headers={"retry-after": "1"})
