"""What this process shows of its signals: the newest snapshot, the bus priority requests, and the values of their topics.

The pipeline swaps snapshots in; all methods run in the event loop's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from server.problems import ProblemException
from server.published import NOT_READY
from server.signals.snapshot import SignalSnapshot
from server.signals.views import coverage_mark, coverage_now, intersection_now
from server.topic_values import Value
from server.topics import TopicError

INTERSECTION, COVERAGE = "intersection", "coverage"
