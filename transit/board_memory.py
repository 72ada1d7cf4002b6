"""What a board remembers from one composition to the next: its timetable, and the minutes it has shown.

Rule (MBTA realtime_signs): a number never counts up by exactly one minute, since a rider reads that as a clock running
backwards and it carries no news; the time shown before stays. A rise by two or more is a real correction and passes. The
comparison is with what was *shown*, so small slips add up until they matter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from transit.board_text import shown_minutes
from transit.changed_departures import ChangedTimetable
from transit.departures import StopTimetable
from transit.parameters import BoardParameters

CallKey = tuple[int, int, int]
"""(vehicle, trip, pattern stop): a stop served twice by a trip has two"""
UNKNOWN_TRIP = -1


class Shown(NamedTuple):
    """What the board said of one call."""

    time: float
    minutes: int
    at: float
    """epoch s it was last said"""


@dataclass(frozen=True, slots=True, eq=False)
class BoardMemory:
    """Of one stop's board. Starts empty; at most `3 * parameters.rows` calls."""

    timetable: StopTimetable | None = None
    changed: ChangedTimetable | None = None
    """the same with the service changes that were in force"""
    shown: Mapping[CallKey, Shown] = field(default_factory=lambda: MappingProxyType({}))


def steady_time(shown: Mapping[CallKey, Shown], key: CallKey, time: float, now: float, parameters: BoardParameters) -> float:
    """The time to show: the earlier one where the new would raise the shown minutes by exactly 1."""
    before = shown.get(key)
    if before is None and key[1] != UNKNOWN_TRIP:
        before = shown.get((key[0], UNKNOWN_TRIP, key[2]))  # its trip became known meanwhile
    if before is None or now - before.at > parameters.memory_after:
        return time
    return before.time if shown_minutes(time - now) == before.minutes + 1 else time


def remember(
    before: Mapping[CallKey, Shown], current: dict[CallKey, Shown], now: float, parameters: BoardParameters
) -> Mapping[CallKey, Shown]:
    """`current`, and what was shown lately beside it, the newest first to stay when there is too much."""
    if before.keys() <= current.keys():
        return current
    kept = {key: one for key, one in before.items() if key not in current and now - one.at <= parameters.memory_after}
    room = max(0, 3 * parameters.rows - len(current))
    if len(kept) > room:
        kept = dict(sorted(kept.items(), key=lambda item: -item[1].at)[:room])
    return current | kept
