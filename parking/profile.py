"""How many claims overlap: the profile of a place. A pool takes a claim exactly when no instant of it is full."""

from __future__ import annotations

from collections.abc import Sequence

from parking.records import Interval


def most(claims: Sequence[tuple[int, int]], span: Interval) -> int:
    """The largest number of half-open `claims` (start, end) that hold at one instant of `span`."""
    edges = []
    for start, end in claims:
        if start < span.end and end > span.start:
            edges.append((max(start, span.start), 1))
            edges.append((end, -1))
    edges.sort()
    most = count = 0
    for _, step in edges:
        count += step
        most = max(most, count)
    return most


def fits(claims: Sequence[tuple[int, int]], span: Interval, room: int) -> bool:
    """Whether one more claim of `span` leaves at most `room` at every instant."""
    return len(claims) < room or most(claims, span) < room
