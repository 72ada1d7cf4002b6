"""What this process shows of its signals: the newest snapshot, and the values of the topics made from it.

The pipeline swaps snapshots in; everything runs in the event loop's thread.
"""

from __future__ import annotations

import orjson

from server.problems import ProblemException
from server.published import NOT_READY
from server.signals.snapshot import SignalSnapshot
from server.signals.views import Stamps, signal_now, standing, tally
from server.topic_values import Maker, Value
from server.topics import TopicError

INTERSECTION, COVERAGE = "intersection", "coverage"


class SignalsShown:
    """Of one district; `timezone` is that of its agency."""

    def __init__(self, timezone: str) -> None:
        self.stamps = Stamps(timezone)
        self.snapshot: SignalSnapshot | None = None

    def swap(self, snapshot: SignalSnapshot) -> list[str]:
        """From now on this is what readers see. → topics that have something new to say."""
        self.snapshot = snapshot
        ids = snapshot.inventory.intersection_ids
        return [*(f"{INTERSECTION}:{ids[row]}" for row in snapshot.changed), COVERAGE]

    def current(self) -> SignalSnapshot:
        """The newest snapshot. Before the first one: a 503 problem."""
        if self.snapshot is None:
            raise ProblemException(503, "not_ready", NOT_READY, headers={"retry-after": "1"})
        return self.snapshot

    def topics(self) -> dict[str, Maker]:
        """The topics whose values are made here."""
        return {INTERSECTION: self._intersection, COVERAGE: self._coverage}

    def _intersection(self, topic: str, intersection_id: str) -> Value:
        snapshot = self.current()
        row = snapshot.inventory.intersection_index.get(intersection_id)
        if row is None:
            raise TopicError(topic, "unknown_topic", f"no intersection has the id {intersection_id!r}")
        finding = snapshot.findings[row]
        told = {"id": intersection_id, **signal_now(snapshot, row, self.stamps), **standing(finding)}
        return Value(orjson.dumps(told), None, snapshot.now / 1000)

    def _coverage(self, _topic: str, _address: str) -> Value:
        snapshot = self.current()
        told = tally(range(len(snapshot.findings)), snapshot.findings)
        return Value(orjson.dumps(told), None, snapshot.now / 1000)
